"""A district of two sub-districts drawn in blocks, with a draft that somebody has upset."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np
import shapely
from sqlalchemy import Engine, text

from gis.geometry import metric_crs, to_metric
from gis.planning.adjacency.graph import build_graph, components
from gis.store.engine import acting
from gis.workflows.drafts import copy_plan
from gis.workflows.plans import GridNaming, PlanUnits, store_plan
from tests.factories import inserter
from tests.integration.two_districts import DISTRICTS
from tests.signing import sign_in

API = "/api/v1"
WEST, SOUTH, STEP = 113.60, 34.75, 0.0011
COLUMNS, ROWS = 16, 8
AREAS = ("410102004", "410102005")
PEOPLE = ("planner", "leader", "street", "foreign", "dispatcher")
assert "410102" in DISTRICTS


@dataclass(slots=True)
class District:
    """Ids of what was made, and the headers of who works there: two in the district (`planner`,
    `leader`), one in its first sub-district (`street`), one of another district (`foreign`)."""

    jurisdiction_id: int = 0
    plan_id: int = 0
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    unit: dict[tuple[int, int], int] = field(default_factory=dict)
    people: dict[int, int] = field(default_factory=dict)


def code_at(column: int, row: int) -> str:
    """Each sub-district has eight columns: two communities above each other, of two grids each."""
    area = AREAS[column // 8]
    return f"{area}{1 + row // 4:03d}{1 + column % 8 // 4:03d}"


def make_district(engine: Engine) -> District:
    """128 blocks in 8 basic grids of two sub-districts, in force, with other people in each."""
    made, rng = District(), np.random.default_rng(4)
    cells = [(c, r) for r in range(ROWS) for c in range(COLUMNS)]
    polygons = np.array([_cell(c, r) for c, r in cells], object)
    people = rng.integers(40, 60, len(cells)).astype(np.int64)
    with acting(engine, "tests", reason="a district") as connection:
        one = inserter(connection)
        made.jurisdiction_id = one("organisation", code="410102", kind="district", name_zh="甲区")
        other = one("organisation", code="410103", kind="district", name_zh="乙区")
        streets = {
            code: one("organisation", code=code, kind="sub_district", name_zh=f"街道{code[-1]}",
                      parent_id=made.jurisdiction_id) for code in AREAS
        }  # fmt: skip
        codes = np.array([code_at(c, r) for c, r in cells], object)
        every = {code[:n] for code in codes for n in (9, 12, 15)}
        made.plan_id = store_plan(
            connection, jurisdiction_id=made.jurisdiction_id, name="现行", balance="pop",
            tolerance=0.05, created_by="tests",
            units=PlanUnits(
                code=np.array([f"u{c:02d}{r}" for c, r in cells], object), polygon=polygons,
                metric_polygon=to_metric(polygons, metric_crs([WEST, SOUTH, WEST, SOUTH])),
                population=people, households=people // 3, load=people.astype(float),
                grid_code=codes,
            ),
            naming=GridNaming(
                names={code: (f"格{code}", f"G{code}") for code in every}, organisations=streets
            ),
        )  # fmt: skip
        connection.execute(
            text("UPDATE plan SET status = 'published', effective = tstzrange('2020-01-01Z', NULL)"
                 " WHERE id = :id"), {"id": made.plan_id},
        )  # fmt: skip
        ids = dict(connection.execute(text("SELECT code, id FROM unit")).all())
        one("plan", jurisdiction_id=other, name="x", tolerance=0.05, created_by="tests")
    made.unit = {(c, r): ids[f"u{c:02d}{r}"] for c, r in cells}
    made.people = {made.unit[cell]: int(count) for cell, count in zip(cells, people, strict=True)}
    for who, role, of in (
        ("planner", "planner", made.jurisdiction_id), ("leader", "leader", made.jurisdiction_id),
        ("street", "planner", streets[AREAS[0]]), ("foreign", "planner", other),
        ("dispatcher", "dispatcher", made.jurisdiction_id),
    ):  # fmt: skip
        made.headers[who] = sign_in(engine, role, organisation_id=of, name=who)
    return made


def _cell(column: int, row: int) -> Any:
    # From the numbers of the corners, so that neighbours meet exactly.
    west, east = (WEST + at * STEP for at in (column, column + 1))
    south, north = (SOUTH + at * STEP for at in (row, row + 1))
    return shapely.box(west, south, east, north)


@dataclass(slots=True)
class Desk:
    """A draft, and whoever sits before it."""

    engine: Engine
    client: httpx.Client
    district: District
    plan_id: int
    who: str = "planner"

    def call(self, method: str, path: str, body: Any = None, *, who: str | None = None) -> Any:
        return self.client.request(
            method, f"{API}{path}", json=body, headers=self.district.headers[who or self.who]
        )

    def do(self, kind: str, who: str | None = None, **params: Any) -> Any:
        version = self.call("GET", f"/drafts/{self.plan_id}").json()["version"]
        sent = {"key": str(uuid.uuid4()), "kind": kind, "params": params, "base": version}
        return self.call("POST", f"/drafts/{self.plan_id}/operations", sent, who=who)

    def start(self, who: str | None = None, **asked: Any) -> int:
        sent = {"kind": "rebalance", "seconds": 300, "effort": 0.3, **asked}
        answer = self.call("POST", f"/drafts/{self.plan_id}/jobs", sent, who=who)
        assert answer.status_code == 202, answer.text
        return int(answer.json()["id"])

    def job(self, job: int, who: str | None = None) -> dict[str, Any]:
        answer = self.call("GET", f"/draft-jobs/{job}", who=who)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def grids(self) -> dict[int, str | None]:
        with self.engine.connect() as connection:
            rows = connection.execute(
                text("SELECT unit_id, grid_code FROM draft_unit WHERE plan_id = :id"),
                {"id": self.plan_id},
            )
            return {row.unit_id: row.grid_code for row in rows}

    def worst(self, grids: dict[int, str | None] | None = None) -> float:
        """The largest deviation of a basic grid from what is fair in its sub-district."""
        grids = grids or self.grids()
        loads: dict[str, int] = dict.fromkeys((code for code in grids.values() if code), 0)
        for unit, code in grids.items():
            if code:
                loads[code] += self.district.people[unit]
        found = 0.0
        for area in AREAS:
            mine = [load for code, load in loads.items() if code.startswith(area)]
            found = max(found, *(abs(load * len(mine) / sum(mine) - 1) for load in mine))
        return found

    def whole(self, grids: dict[int, str | None] | None = None) -> bool:
        """Whether every grid is in one piece."""
        grids = grids or self.grids()
        cells = list(self.district.unit)
        graph = build_graph(np.array([_cell(*cell) for cell in cells], object))
        label = np.array([grids[self.district.unit[cell]] or "" for cell in cells])
        left, right, _ = graph.pairs()
        same = label[left] == label[right]
        pieces = int(components(graph.size, left[same], right[same]).max()) + 1
        return pieces == len(set(label.tolist()))


def upset_draft(engine: Engine, client: httpx.Client, district: District) -> Desk:
    """A draft of the plan in which the south-western grid of each sub-district has taken the first
    column of its eastern neighbour and the first row of its northern one."""
    with acting(engine, "planner (p)") as connection:
        plan_id = copy_plan(
            connection, district.plan_id, jurisdiction_id=district.jurisdiction_id, name="改",
            note=None, actor="tests", account_id=None,
        )  # fmt: skip
        for first, area in ((0, AREAS[0]), (8, AREAS[1])):
            taken = [(first + 4, r) for r in range(3)] + [(first + c, 4) for c in range(4)]
            connection.execute(
                text("UPDATE draft_unit SET grid_code = :code WHERE plan_id = :id"
                     " AND unit_id = ANY (:units)"),
                {"id": plan_id, "code": f"{area}001001",
                 "units": [district.unit[cell] for cell in taken]},
            )  # fmt: skip
    return Desk(engine, client, district, plan_id)
