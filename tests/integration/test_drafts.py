"""Drafts on a real database: strokes, undo and redo of several people, keys, and conflicts."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from gis.errors import ConflictError, InputError, NotFoundError
from gis.planning.editing.delta import from_json
from gis.store import drafts
from gis.store.engine import make_engine
from tests.conftest import module_database
from tests.factories import Town, make_town
from tests.integration.drafts_help import Planner, new_draft, rows

A, B, C = "410102004001001", "410102004001002", "410102004001003"


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


def test_a_new_draft_has_each_unit_of_its_plan_once(engine: Engine, planner: Planner) -> None:
    working = planner.working()
    assert len(working.units) == 16
    assert {one.grid for one in working.units.values()} == {
        code for code in working.grids if len(code) == 15
    }
    with engine.connect() as connection:
        shown = drafts.draft(connection, planner.plan_id)
    assert (shown["version"], shown["settled"], shown["status"]) == (0, -1, "draft")


def test_a_stroke_moves_units_and_is_kept_as_an_operation(planner: Planner) -> None:
    unit = planner.units_of(B)[0]
    done = planner.do("assign", units=[unit], grid=A, before=[[B, [unit]]])
    assert done["number"] == 1 and done["delta"]["units"] == [[B, A, [unit]]]
    assert planner.working().units[unit].grid == A
    assert from_json(done["delta"]).as_json() == done["delta"]


def test_the_same_key_again_changes_nothing_and_gives_the_same(planner: Planner) -> None:
    key, (unit,) = uuid.uuid4(), planner.units_of(B)
    first = planner.do("assign", key=key, units=[unit], grid=A)
    planner.do("assign", units=[unit], grid=C)
    assert planner.do("assign", key=key, units=[unit], grid=A) == first
    assert planner.working().units[unit].grid == C
    with pytest.raises(ConflictError, match="another operation"):
        planner.do("undo", key=key)


def test_who_was_quicker_is_told_and_nothing_is_lost(planner: Planner) -> None:
    other, (unit,) = planner.beside("other (o)"), planner.units_of(B)
    other.do("assign", units=[unit], grid=C)
    with pytest.raises(ConflictError, match=r"changed last by other") as refused:
        planner.do("assign", base=0, units=[unit], grid=A, before=[[B, [unit]]])
    assert refused.value.params["data"] == {"units": [unit]}
    assert planner.working().units[unit].grid == C


def test_each_undoes_and_redoes_the_own_operations(planner: Planner) -> None:
    other = planner.beside("other (o)")
    (b,), (c,) = planner.units_of(B), planner.units_of(C)
    start = planner.working()
    planner.do("assign", units=[b], grid=A)
    other.do("assign", units=[c], grid=A)
    planner.do("assign", units=[b], grid=C)
    end = planner.working()
    planner.do("undo")
    planner.do("undo")
    assert planner.working().units[b].grid == B and planner.working().units[c].grid == A
    with pytest.raises(ConflictError, match="nothing to undo"):
        planner.do("undo")
    planner.do("redo")
    planner.do("redo")
    assert planner.working() == end
    with pytest.raises(ConflictError, match="nothing to redo"):
        planner.do("redo")
    planner.do("undo")
    planner.do("undo")
    other.do("undo")
    assert planner.working() == start


def test_redo_ends_with_a_new_operation(planner: Planner) -> None:
    (b,), (c,) = planner.units_of(B), planner.units_of(C)
    planner.do("assign", units=[b], grid=A)
    planner.do("undo")
    planner.do("assign", units=[c], grid=A)
    with pytest.raises(ConflictError, match="nothing to redo"):
        planner.do("redo")


def test_what_somebody_changed_since_is_not_undone(planner: Planner) -> None:
    other, (unit,) = planner.beside("other (o)"), planner.units_of(B)
    planner.do("assign", units=[unit], grid=A)
    other.do("assign", units=[unit], grid=C)
    with pytest.raises(ConflictError, match=r"last by other"):
        planner.do("undo")
    other.do("undo")
    planner.do("undo")
    assert planner.working().units[unit].grid == B


def test_faults_change_nothing(engine: Engine, planner: Planner) -> None:
    (unit,) = planner.units_of(B)
    for error, params in (
        (ConflictError, {"units": [unit, 2**40], "grid": A}),
        (InputError, {"units": [unit], "grid": "410102004001999"}),
        (InputError, {"units": [unit], "grid": B}),
    ):
        with pytest.raises(error):
            planner.do("assign", **params)
    with pytest.raises(InputError, match="no operation 7"):
        planner.do("assign", base=7, units=[unit], grid=A)
    with pytest.raises(NotFoundError):
        Planner(engine, 2**40).do("undo", base=0)
    assert rows(engine, "SELECT FROM draft_operation WHERE plan_id = :p", p=planner.plan_id) == []
