"""What the tests of steps share: a town with departments and a city above, and people who act."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, text

from gis.incidents.lifecycle import Doer, Step, Target
from gis.store.engine import acting
from gis.store.hands import find_cases
from gis.workflows.incident_report import IncidentReport
from gis.workflows.intake import report_incident
from gis.workflows.locators import Locators
from gis.workflows.points import shown_case
from gis.workflows.steps import Taken, take_step
from tests.factories import SOUTH, STEP, WEST, Town, inserter, make_town

CODE = "410102004001001"


@dataclass(slots=True)
class Desk:
    """A town, its organisations by name, and everybody who takes steps in it."""

    engine: Engine
    town: Town
    locators: Locators = field(default_factory=Locators)
    organisations: dict[str, int] = field(default_factory=dict)
    west: float = 0.0

    def doer(self, role: str, name: str = "", at: str = "district", **more: Any) -> Doer:
        """Somebody with a role in one of the organisations."""
        kind = at if at in ("city", "district", "sub_district") else "department"
        return Doer(
            actor=name or f"{role} of {at}",
            roles=frozenset({role}),
            organisation_id=self.organisations[at],
            organisation_kind=kind,
            **more,
        )

    @property
    def dispatcher(self) -> Doer:
        return self.doer("dispatcher", "王敏 (wangmin)")

    @property
    def leader(self) -> Doer:
        return self.doer("leader", "局长 (leader)")

    def lead(self, code: str = CODE) -> Doer:
        """The person on the post of a grid."""
        return self.doer(
            "grid_worker", f"lead {code}", at="sub_district", person_id=self.town.person_ids[code]
        )

    @property
    def reporter(self) -> Doer:
        return Doer(actor="报告人", roles=frozenset({"reporter"}))

    def report(self, **changed: Any) -> int:
        values = {
            "category": "0101", "title": "试验", "source": "patrol",
            "lon": WEST + STEP / 2, "lat": SOUTH + STEP / 2,
        }  # fmt: skip
        done = report_incident(
            self.engine, self.locators, IncidentReport(**values | changed), actor="tests",
            time_zone="Asia/Shanghai",
        )  # fmt: skip
        return done.incident_id

    def case(self, incident_id: int) -> dict[str, Any]:
        with self.engine.connect() as connection:
            return shown_case(connection, self.locators, incident_id)

    def hands(self, incident_id: int) -> list[Any]:
        """Every hand of a case, the oldest first."""
        with self.engine.connect() as connection:
            return list(find_cases(connection, [incident_id], lock=False)[incident_id].hands)

    def lead_hand(self, incident_id: int) -> Any:
        """The one open lead hand; fails where there is not exactly one."""
        (found,) = [h for h in self.hands(incident_id) if h["is_lead"] and h["until"] is None]
        return found

    def row(self, incident_id: int) -> Any:
        with self.engine.connect() as connection:
            query = text("SELECT * FROM incident WHERE id = :id")
            return connection.execute(query, {"id": incident_id}).mappings().one()

    def take(
        self, incident_id: int, action: str, doer: Doer, *, key: str | None = None,
        version: int | None = None, target: Target | None = None, **given: Any
    ) -> Taken:  # fmt: skip
        """Take a step of the version that the case has now."""
        step = Step(action=action, target=target or Target(), **given)
        return take_step(
            self.engine, self.locators, incident_id, step, doer=doer, key=key,
            version=version or self.row(incident_id)["version"],
        )  # fmt: skip


def make_desk(engine: Engine) -> Desk:
    """A district below a city, with two departments and contacts, and a sub-district."""
    town = make_town(engine)
    desk = Desk(engine=engine, town=town)
    with acting(engine, "tests", reason="a desk to test with") as connection:
        one = inserter(connection)
        city = one("organisation", code="4101", kind="city", name_zh="郑州市")
        desk.organisations = {"city": city, "district": town.jurisdiction_id}
        found = connection.scalar(text("SELECT id FROM organisation WHERE kind = 'sub_district'"))
        desk.organisations["sub_district"] = int(found or 0)
        for number, name in enumerate(("城管局", "消防队", "无联系人局"), start=1):
            desk.organisations[name] = one(
                "organisation", code=f"410102-D{number:02d}", kind="department", name_zh=name,
                parent_id=town.jurisdiction_id,
            )  # fmt: skip
            if number < 3:
                person = one("person", name=f"{name}联系人")
                town.person_ids[name] = person
                connection.execute(
                    text(
                        "INSERT INTO contact (organisation_id, person_id, planned)"
                        " VALUES (:of, :person, tstzrange('2020-01-01Z', NULL))"
                    ),
                    {"of": desk.organisations[name], "person": person},
                )
    return desk


def leave(engine: Engine, *person_ids: int) -> None:
    """End the posts of people now."""
    with acting(engine, "tests") as connection:
        connection.execute(
            text(
                "UPDATE post SET held = tstzrange(lower(held), now()), ended_by = 'tests'"
                " WHERE person_id = ANY(:people) AND upper_inf(held)"
            ),
            {"people": list(person_ids)},
        )


def handled(desk: Desk, **report: object) -> int:
    """A case that its grid lead has handled and fed back."""
    case = desk.report(**report)
    desk.take(case, "handle", desk.lead(), result="已清理")
    desk.take(case, "feed_back", desk.lead(), result="现场已恢复")
    return case


def closed(desk: Desk) -> int:
    case = handled(desk)
    desk.take(case, "verify_result", desk.doer("dispatcher", "核查员"), verdict=True)
    desk.take(case, "close", desk.dispatcher)
    return case


class Refused:
    """Expects a refusal of a code."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: object, _: object) -> bool:
        assert error is not None, f"{self.code} was expected"
        assert getattr(error, "code", None) == self.code, error
        return True
