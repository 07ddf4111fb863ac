"""A planner of a sub-district brings in a file: the own part changes, nothing else, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import httpx
import pytest
import shapely
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.app import create_app
from gis.settings import Settings
from gis.store.engine import make_engine
from tests.conftest import module_database
from tests.integration.two_districts import (
    GRIDS,
    SOUTH,
    STEP,
    WEST,
    City,
    make_city,
    sign_in_all,
)

ONE, TWO, FAR = "410102004001001", "410102004001002", "410102005001001"
COUNTS = """
SELECT (SELECT count(*) FROM plan), (SELECT count(*) FROM unit), (SELECT count(*) FROM draft_unit)
"""


@dataclass(slots=True)
class Desk:
    engine: Engine
    client: Any
    city: City

    def send(self, content: bytes, name: str, who: str = "sub_district/planner",
             **more: Any) -> httpx.Response:  # fmt: skip
        answer: httpx.Response = self.client.post(
            "/api/v1/drafts/files", files={"file": (name, content)},
            data={"jurisdiction": self.city.organisations["410102"], "name": name, **more},
            headers=self.city.headers[who],
        )  # fmt: skip
        return answer

    def rows(self, query: str, **values: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(query), values))

    def grids(self, plan: int) -> dict[str, str | None]:
        """The grid of each unit of a draft; of a piece, by the code of the piece."""
        query = """SELECT u.code, d.grid_code FROM draft_unit AS d JOIN unit AS u ON u.id = unit_id
                   WHERE plan_id = :plan"""
        return dict(map(tuple, self.rows(query, plan=plan)))


@pytest.fixture(scope="module")
def desk(
    maintenance_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), log_level="CRITICAL")
    with module_database(maintenance_url, template_database) as url:
        engine = make_engine(url)
        city = make_city(engine)
        sign_in_all(engine, city)
        with TestClient(create_app(settings, url)) as client:
            yield Desk(engine, client, city)
        engine.dispose()


def table(**grid_of: str) -> bytes:
    lines = [f"{unit[1:]},{grid}" for unit, grid in grid_of.items()]
    return "\n".join(["unit_id,grid_id", *lines]).encode()


def strip(west: float, east: float) -> Any:
    """A rectangle over some cells of the city, from west to east."""
    return shapely.box(WEST + west * STEP, SOUTH, WEST + east * STEP, SOUTH + STEP)


def drawn(*grids: tuple[str | None, Any], crs: int | None = 4326, to: int = 4326) -> bytes:
    frame = gpd.GeoDataFrame(
        {"code": [code for code, _ in grids]}, geometry=[shape for _, shape in grids], crs=4326
    ).to_crs(to)
    told = (
        frame.set_crs(crs, allow_override=True) if crs else frame.set_crs(None, allow_override=True)
    )
    return str(told.to_json()).encode()


def test_the_own_part_is_redrawn_by_a_table_and_by_polygons(desk: Desk) -> None:
    both = desk.send(table(**{f"u{ONE}": ONE, f"u{TWO}": ONE}), "并格 方案.csv")
    assert both.status_code == 201, both.text
    plan = both.json()["plan_id"]
    assert desk.grids(plan) == {ONE: ONE, TWO: ONE, FAR: FAR}
    named = desk.rows("SELECT name FROM plan WHERE id = :id", id=plan)
    assert named == [("并格 方案.csv",)]
    cut = desk.send(drawn((ONE, strip(0, 1.5)), (TWO, strip(1.5, 2))), "重划.geojson")
    assert cut.status_code == 201, cut.text
    found = desk.grids(cut.json()["plan_id"])
    assert found[ONE] == ONE and found[FAR] == FAR
    pieces = {code: grid for code, grid in found.items() if code.startswith(f"{TWO}-")}
    assert sorted(map(str, pieces.values())) == [ONE, TWO]
    # The whole district as it is today, with the own part redrawn, is no change of the others.
    whole = desk.send(table(**{f"u{ONE}": TWO, f"u{TWO}": TWO, f"u{FAR}": FAR}), "全区.csv")
    assert whole.status_code == 201 and desk.grids(whole.json()["plan_id"])[FAR] == FAR


@pytest.mark.parametrize(
    ("name", "content", "unit"),
    [
        ("takes.csv", table(**{f"u{ONE}": ONE, f"u{FAR}": ONE}), FAR),
        ("gives.csv", table(**{f"u{ONE}": ONE, f"u{TWO}": FAR}), TWO),
        ("takes.geojson", drawn((ONE, strip(0, 1)), (TWO, strip(1, 3))), FAR),
        ("gives.geojson", drawn((ONE, strip(0, 1)), (FAR, strip(1, 3))), TWO),
        ("cuts.geojson", drawn((TWO, strip(0, 2.5)), (FAR, strip(2.5, 3))), FAR),
        ("nameless.geojson", drawn((None, strip(0, 1)), (None, strip(1, 3))), FAR),
    ],
)  # fmt: skip
def test_what_reaches_beyond_the_own_part_is_refused_whole(
    desk: Desk, name: str, content: bytes, unit: str
) -> None:
    before = desk.rows(COUNTS)
    for dry_run in (True, False):
        answer = desk.send(content, name, dry_run=dry_run)
        assert (answer.status_code, answer.json()["code"]) == (403, "plan-import-beyond")
        told = answer.json()["detail"]
        assert unit in told and "410102004" in told
    assert desk.rows(COUNTS) == before
    # Whoever plans for the whole district may.
    assert desk.send(content, name, "district/planner", dry_run=True).status_code == 200


def test_strangers_and_other_roles_bring_in_nothing(desk: Desk) -> None:
    content, before = table(**{f"u{ONE}": TWO}), desk.rows(COUNTS)
    assert desk.send(content, "x.csv", "other").status_code == 404
    for who in ("sub_district/leader", "sub_district/dispatcher", "department", "worker"):
        answer = desk.send(content, "x.csv", who)
        assert (answer.status_code, answer.json()["code"]) == (403, "role-not-allowed"), who
    assert desk.rows(COUNTS) == before


def test_a_file_in_another_coordinate_system_is_asked_about_and_then_taken(desk: Desk) -> None:
    metres = drawn((ONE, strip(0, 1)), (TWO, strip(1, 2)), crs=4326, to=4547)
    before = desk.rows(COUNTS)
    refused = desk.send(metres, "米制.geojson")
    assert refused.status_code == 422, refused.text
    assert "EPSG:4547" in refused.json()["detail"] or "crs" in refused.json()["code"]
    assert desk.rows(COUNTS) == before
    taken = desk.send(metres, "米制.geojson", crs="EPSG:4547", dry_run=True)
    assert taken.status_code == 200, taken.text
    assert taken.json()["units_cut"] == 0 and taken.json()["unassigned"] == 0


@pytest.mark.parametrize("name", ["空.csv", "空.geojson"])
def test_an_empty_file_is_refused(desk: Desk, name: str) -> None:
    answer = desk.send(b"", name)
    assert (answer.status_code, answer.json()["code"]) == (422, "file-empty")
    assert name in answer.json()["detail"]


def test_ten_times_as_many_polygons_leave_no_unit_behind(desk: Desk) -> None:
    """Each unit in many strips: what they cut is cut, the people are all there."""
    count = 40
    strips = [(None, strip(2 * at / count, 2 * (at + 1) / count)) for at in range(count)]
    done = desk.send(drawn(*strips), "细分.geojson")
    assert done.status_code == 201, done.text
    told = done.json()
    assert told["unassigned"] == 0 and told["units_cut"] == 2
    found = desk.grids(told["plan_id"])
    assert found[FAR] == FAR and len({grid for grid in found.values() if grid != FAR}) == count
    assert all(str(grid).startswith("410102004") for grid in found.values() if grid != FAR)
    people = "SELECT sum(population) FROM unit WHERE code = ANY(:codes)"
    (now,), (today,) = (desk.rows(people, codes=sorted(codes)) for codes in (found, [*GRIDS][:3]))
    assert now == today
