"""An office that scores: its cases taken through steps, and what its people ask of the API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from api.app import create_app
from gis.settings import Settings
from gis.store.engine import acting, make_engine
from gis.workflows import scores
from gis.workflows.scores_tally import tally
from tests.conftest import module_database
from tests.factories import inserter
from tests.integration.two_districts import GRIDS, City, make_city, place_of, sign_in_all

SCORES = "/api/v1/scores"
GRID = "410102004001001"
FIRST = date(2026, 1, 1)


class Scoring:
    """The city with its first district scoring since `FIRST`."""

    def __init__(self, engine: Engine, city: City, client: TestClient) -> None:
        self.engine, self.city, self.client = engine, city, client
        self.office = city.organisations["410102"]
        scores.begin(engine, self.office, since=FIRST, actor="tests", time_zone="Asia/Shanghai")

    def ask(
        self, who: str, method: str, path: str = "", key: str = "", **sent: Any
    ) -> httpx.Response:
        headers = self.city.headers[who] | ({"Idempotency-Key": key} if key else {})
        if method == "GET":
            sent["params"] = {"jurisdiction": self.office} | sent.get("params", {})
        return self.client.request(method, SCORES + path, headers=headers, **sent)

    def get(self, who: str, path: str = "", **params: Any) -> Any:
        answer = self.ask(who, "GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def put(self, who: str, path: str, *, status: int = 201, key: str = "", **told: Any) -> Any:
        answer = self.ask(who, "POST", path, key, json=told)
        assert answer.status_code == status, answer.text
        return answer.json()

    def report(self, grid: str = GRID, *, source: str = "patrol", at: str = "2026-03-02",
               due: str | None = "2026-03-20", department: bool = False) -> int:  # fmt: skip
        """A new case in a grid; gives its id."""
        lon, lat = place_of(grid)
        with acting(self.engine, "tests") as connection:
            return inserter(connection)(
                "incident", serial=f"s-{grid}-{self.count('incident')}", ref_of="410102",
                jurisdiction_id=self.city.organisations[grid[:6]], category_code="0101", severity=3,
                source=source, title=f"事件 {grid}", reported_at=f"{at}T01:00:00Z",
                stage="dispatched", plan_id=self.city.plans[grid[:6]],
                grid_id=self.city.grids[grid], grid_code=grid, post_id=self.city.posts[grid],
                person_id=self.city.people[f"post-{grid}"], responsible_level=3,
                department_id=self.city.organisations["410102-D01"] if department else None,
                route_rule="inside", due_at=due and f"{due}T01:00:00Z",
                location=f"SRID=4326;POINT({lon} {lat})",
            )  # fmt: skip

    def step(self, incident: int, action: str, at: str = "2026-03-05", **changes: Any) -> None:
        """A step of a case, as the history tells of it, that happened on a day."""
        told = ", ".join(f"{name} = :{name}" for name in changes) or "title = title || ' '"
        with acting(self.engine, "tests", action=action) as connection:
            connection.execute(
                text(f"UPDATE incident SET {told} WHERE id = :id"), {"id": incident, **changes}
            )
            # Only the owner of the tables can say that it was another day.
            connection.execute(text("ALTER TABLE incident_event DISABLE TRIGGER USER"))
            connection.execute(
                text(
                    "UPDATE incident_event SET at = :at WHERE id ="
                    " (SELECT max(id) FROM incident_event WHERE incident_id = :id)"
                ),
                {"at": f"{at}T02:00:00Z", "id": incident},
            )
            connection.execute(text("ALTER TABLE incident_event ENABLE TRIGGER USER"))

    def close(self, incident: int, at: str = "2026-03-05") -> None:
        self.step(incident, "close", at, stage="closed", closed_at=f"{at}T02:00:00Z")

    def reopen(self, incident: int, at: str = "2026-03-06") -> None:
        self.step(incident, "reopen", at, stage="registered", closed_at=None)

    def enter(self, who: str, kind: str = "media_exposed", *, key: str = "", **given: Any
              ) -> httpx.Response:  # fmt: skip
        """Points by hand, by the rule of a kind."""
        (rule,) = [one for one in self.get("district", "/rules")["items"] if one["kind"] == kind]
        told = {
            "jurisdiction": self.office, "rule_id": rule["id"], "reason": "电视台曝光",
            "document": "督字〔2026〕3号", **given,
        }  # fmt: skip
        return self.ask(who, "POST", "/entries", key, json=told)

    def tally(self) -> None:
        tally(self.engine, self.office)

    def ledger(self, incident: int) -> list[tuple[str, str, float]]:
        """The entries of a case: kind, whose, points; in their order."""
        query = (
            "SELECT f.kind, e.subject, e.points FROM score_entry AS e"
            " JOIN score_fact AS f ON f.id = e.fact_id WHERE f.incident_id = :id"
            " ORDER BY f.id, e.id"
        )
        with self.engine.connect() as connection:
            rows = connection.execute(text(query), {"id": incident})
            return [(row.kind, row.subject, float(row.points)) for row in rows]

    def count(self, table: str) -> int:
        with self.engine.connect() as connection:
            return int(connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)

    def dump(self) -> list[Any]:
        """All entries by what they are for, without their numbers."""
        query = (
            "SELECT f.source, f.event_id, f.of_event, f.kind, e.subject, e.organisation_id,"
            " e.person_id, e.code, e.day, e.points, e.corrects_id IS NULL FROM score_entry AS e"
            " JOIN score_fact AS f ON f.id = e.fact_id WHERE e.appeal_id IS NULL"
            " AND f.source <> 'hand' ORDER BY 1, 2, 3, 4, 5, 6, 7"
        )
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]


@contextmanager
def scoring(maintenance_url: str, template_database: str, folder: Path) -> Iterator[Scoring]:
    """A city of its own, whose people are signed in to a real API."""
    with module_database(maintenance_url, template_database) as url:
        engine = make_engine(url)
        city = make_city(engine)
        sign_in_all(engine, city)
        app = create_app(Settings(data_dir=folder, log_level="ERROR"), url)
        with TestClient(app) as client:
            yield Scoring(engine, city, client)
        engine.dispose()


def tomorrow(office: Scoring) -> str:
    day = date.fromisoformat(office.get("district")["today"])
    return (day + timedelta(days=1)).isoformat()


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


assert GRID in GRIDS
