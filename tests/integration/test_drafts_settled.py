"""Grids derived from a draft: the same as those of a plan that is stored with them at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import shapely
from sqlalchemy import Engine

from gis.store.engine import acting, make_engine
from gis.workflows.settling import settle
from tests.conftest import module_database
from tests.factories import Town, make_town
from tests.integration.drafts_help import Planner, new_draft, rows

A, B = "410102004001001", "410102004001002"


@pytest.fixture(scope="module")
def engine(maintenance_url: str, template_database: str) -> Iterator[Engine]:
    with module_database(maintenance_url, template_database) as url:
        made = make_engine(url)
        yield made
        made.dispose()


@pytest.fixture(scope="module")
def town(engine: Engine) -> Town:
    return make_town(engine)


@pytest.fixture
def planner(engine: Engine, town: Town) -> Planner:
    return new_draft(engine, town)


def settled(planner: Planner) -> dict[str, tuple]:
    with acting(planner.engine, "tests") as connection:
        settle(connection, planner.plan_id)
    found = rows(
        planner.engine,
        "SELECT id, code, units, population, deviation, ST_AsBinary(geom) AS wkb FROM grid"
        " WHERE plan_id = :p",
        p=planner.plan_id,
    )
    return {row.code: row for row in found}


def test_a_draft_settles_into_the_polygons_of_its_units(planner: Planner, town: Town) -> None:
    grids = settled(planner)
    stored = {
        row.code: shapely.from_wkb(bytes(row.wkb))
        for row in rows(planner.engine, "SELECT code, ST_AsBinary(geom) AS wkb FROM grid"
                        " WHERE plan_id = :p", p=town.plan_id)
    }  # fmt: skip
    assert grids.keys() == stored.keys()
    for code, row in grids.items():
        assert shapely.from_wkb(bytes(row.wkb)).equals(stored[code])


def test_grids_keep_their_rows_and_what_has_no_units_goes(planner: Planner) -> None:
    before = settled(planner)
    planner.do("assign", units=planner.units_of(B), grid=A)
    after = settled(planner)
    assert before.keys() - after.keys() == {B}
    assert {code: row.id for code, row in after.items()} == {
        code: row.id for code, row in before.items() if code in after
    }
    assert (after[A].units, after[A].population) == (2, 200)
    assert after[A].deviation == pytest.approx(200 / (1600 / 15) - 1)
    planner.do("undo")
    again = settled(planner)
    assert {c: r[2:] for c, r in again.items()} == {c: r[2:] for c, r in before.items()}
    (row,) = rows(planner.engine, "SELECT version, settled FROM draft WHERE plan_id = :p",
                  p=planner.plan_id)  # fmt: skip
    assert row == (2, 2)


def test_a_draft_without_any_unit_in_a_grid_has_no_grids(planner: Planner) -> None:
    planner.do("assign", units=list(planner.working().units), grid=None)
    assert settled(planner) == {}
