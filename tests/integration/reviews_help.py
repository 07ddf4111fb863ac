"""What tests of comparing, reviewing and going back share: a town of coarse grids, its drafts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.app import create_app
from gis.settings import Settings
from gis.store.drafts_writing import DraftGrid
from gis.store.engine import acting
from gis.workflows.drafts import make_draft
from gis.workflows.publishing import Publication, publish_plan
from tests.factories import WEST, Town, hold, make_town
from tests.signing import sign_in

API = "/api/v1"
# A community has four units: south-west, south-east, north-west, north-east; its two grids are the
# southern and the northern pair.
COMMUNITY = "410102004001"
SW, SE, NW, NE = (f"{COMMUNITY}{k:03d}" for k in (1, 2, 3, 4))
SOUTHERN, NORTHERN, THIRD = f"{COMMUNITY}001", f"{COMMUNITY}003", f"{COMMUNITY}007"


@dataclass(slots=True)
class Desk:
    """A town whose plan of coarse grids is in force, and headers of people by name."""

    engine: Engine
    town: Town
    plan_id: int
    units: dict[str, int]
    people: dict[str, dict[str, str]] = field(default_factory=dict)

    def header(self, name: str) -> dict[str, str]:
        return self.people[name]


def coarse(units: Mapping[str, int]) -> dict[str, str]:
    """The grid of each unit, by the unit's code, of the plan in force."""
    return {code: f"{code[:12]}{1 if code[12:] in ('001', '002') else 3:03d}" for code in units}


def make_desk(engine: Engine) -> Desk:
    """The town, its coarse plan in force, a lead on each of its grids, and who works on plans."""
    town = make_town(engine, published=False, posts=False)
    with engine.begin() as connection:
        # Neighbours have common corners to the last bit, as units that were built have.
        connection.execute(text("UPDATE unit SET geom = ST_SnapToGrid(geom, 1e-9)"))
        found = connection.execute(text("SELECT code, id FROM unit"))
        units = {row.code: row.id for row in found}
    desk = Desk(engine, town, 0, units)
    desk.plan_id = draw(desk, coarse(units), name="现行")
    publish(desk, desk.plan_id)
    with acting(engine, "tests") as connection:
        rows = connection.execute(
            text("SELECT id, code, level FROM grid WHERE plan_id = :id"), {"id": desk.plan_id}
        ).all()
        for row in rows:
            person = connection.scalar(
                text("INSERT INTO person (name, phone) VALUES (:name, '000') RETURNING id"),
                {"name": f"岗{row.code}"},
            )
            role = {1: "first_responsible", 2: "director", 3: "lead"}[row.level]
            hold(connection, person, row.id, row.level, role)
            town.person_ids[row.code] = person
            town.grid_ids[row.code] = row.id
    here = town.jurisdiction_id
    with engine.connect() as connection:
        part = connection.scalar(text("SELECT id FROM organisation WHERE code = '410102004'"))
    for name, role, of in (
        ("drawer", "planner", here), ("planner", "planner", here), ("leader", "leader", here),
        ("part", "planner", part), ("dispatcher", "dispatcher", here),
    ):  # fmt: skip
        desk.people[name] = sign_in(engine, role, organisation_id=of, name=name)
    return desk


def draw(
    desk: Desk,
    where: Mapping[str, str | None],
    *,
    name: str = "草案",
    names: Mapping[str, str] | None = None,
    based_on: int | None = None,
    actor: str = "tests",
) -> int:
    """A draft in which each unit, by its code, is in that grid."""
    codes = sorted({code[:n] for code in where.values() if code for n in (9, 12, 15)})
    with acting(desk.engine, actor, reason="a draft to test with") as connection:
        return make_draft(
            connection, jurisdiction_id=desk.town.jurisdiction_id, name=name, note=None,
            units={desk.units[unit]: code for unit, code in where.items()},
            grids=[
                DraftGrid(code=code, name_zh=(names or {}).get(code, f"网格{code[-6:]}"))
                for code in codes
            ],
            balance="pop", tolerance=0.05, based_on_id=based_on, actor=actor, account_id=None,
            kind="tests", params={},
        )  # fmt: skip


def changed(desk: Desk, moves: Mapping[str, str | None]) -> dict[str, str | None]:
    """The coarse plan with some units in other grids."""
    return {**coarse(desk.units), **moves}


def publish(desk: Desk, plan_id: int, **more: Any) -> Publication:
    """Publish as whoever runs the machine does."""
    with acting(desk.engine, "tests", action="publish") as connection:
        return publish_plan(connection, plan_id, **more)


def rows(engine: Engine, query: str, **values: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(query), values))


def status_of(engine: Engine, plan_id: int) -> str:
    return str(rows(engine, "SELECT status FROM plan WHERE id = :id", id=plan_id)[0][0])


def at(column: float, row: float) -> dict[str, float]:
    """A place in a unit of the town, by its column and row of four, counted from the south-west."""
    return {"lon": WEST + (column + 0.5) * 0.0025, "lat": 34.75 + (row + 0.5) * 0.0025}


@contextmanager
def client_of(engine: Engine, folder: Path) -> Iterator[TestClient]:
    url = engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data_dir=folder, log_level="CRITICAL"), url)
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


def step(client: TestClient, desk: Desk, who: str, plan: int, what: str, **more: Any) -> Any:
    """Take a step of a review as somebody; the answer."""
    return client.post(
        f"{API}/drafts/{plan}/review", json={"step": what, **more}, headers=desk.header(who)
    )


def approved(client: TestClient, desk: Desk, plan: int) -> None:
    """Send a draft as its drawer, and approve it as the other planner."""
    for who, what in (("drawer", "send"), ("planner", "approve")):
        answer = step(client, desk, who, plan, what)
        assert answer.status_code == 200, answer.text
