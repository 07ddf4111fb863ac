"""A code means one grid for good, from the moment that a plan with it comes into force."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gis.store.engine import acting, make_engine
from gis.workflows import draft_check
from gis.workflows.drafts import copy_plan, discard_draft
from tests.conftest import module_database
from tests.integration.drafts_help import Planner
from tests.integration.reviews_help import (
    COMMUNITY,
    NE,
    NORTHERN,
    SE,
    SW,
    Desk,
    changed,
    draw,
    make_desk,
    publish,
)


@pytest.fixture
def desk(maintenance_url: str, template_database: str) -> Iterator[Desk]:
    with module_database(maintenance_url, template_database) as url:
        engine = make_engine(url)
        yield make_desk(engine)
        engine.dispose()


def drawn(desk: Desk, *, of: int | None = None) -> Planner:
    """A draft of a plan, else of the one in force."""
    with acting(desk.engine, "tests") as connection:
        plan = copy_plan(
            connection, of or desk.plan_id, jurisdiction_id=desk.town.jurisdiction_id, name="稿",
            note=None, actor="tests", account_id=None,
        )  # fmt: skip
    return Planner(desk.engine, plan)


def new_code(planner: Planner, unit: int) -> str:
    done = planner.do("new_grid", units=[unit], parent=COMMUNITY)
    ((code, _, _),) = done["delta"]["grids"]
    return str(code)


def faults(planner: Planner) -> set[str]:
    found = draft_check.check_draft(planner.engine, planner.plan_id, actor="tests")
    return {code for one in found if one.code == "check-codes-reused" for code in one.grids}


def test_what_was_in_force_once_is_given_to_no_other_grid(desk):
    first = drawn(desk)
    code = new_code(first, desk.units[SE])
    publish(desk, first.plan_id)
    gone = drawn(desk, of=first.plan_id)
    gone.do("merge", grids=[code], into=NORTHERN)
    publish(desk, gone.plan_id)
    later = drawn(desk, of=gone.plan_id)
    assert new_code(later, desk.units[SW]) != code and not faults(later)


def test_what_only_a_discarded_draft_had_is_nobodys(desk):
    put_aside = drawn(desk)
    code = new_code(put_aside, desk.units[SE])
    assert not faults(put_aside)  # which derives its grids, too
    discard_draft(desk.engine, put_aside.plan_id, actor="tests")
    other = drawn(desk)
    assert new_code(other, desk.units[SW]) == code
    publish(desk, other.plan_id)
    # Taken back, it has a code that means another grid by now.
    assert faults(put_aside) == {code}


def test_of_two_drafts_beside_each_other_a_code_is_whose_comes_into_force(desk):
    """Both begin with the same plan, and each calls another piece of land by the next number."""
    one, other = drawn(desk), drawn(desk)
    code = new_code(one, desk.units[SE])
    assert new_code(other, desk.units[NE]) == code
    # A third has the same grid as the first, and more of it; a fourth is a copy of the first.
    alike = drawn(desk)
    alike.do("new_grid", units=[desk.units[SE]], parent=COMMUNITY)
    alike.do("assign", units=[desk.units[NE]], grid=code)
    copied = drawn(desk, of=one.plan_id)
    publish(desk, one.plan_id)
    assert faults(other) == {code}
    assert not faults(alike) and not faults(copied)
    # Made anew, the grid gets a number of its own.
    other.do("merge", grids=[code], into=NORTHERN)
    assert new_code(other, desk.units[NE]) != code and not faults(other)


def test_grids_without_land_are_found_at_every_level(desk):
    planner = Planner(desk.engine, draw(desk, changed(desk, {})))
    units = [desk.units[code] for code in desk.units if code.startswith(COMMUNITY)]
    planner.do("assign", units=units, grid="410102004002001")
    found = draft_check.check_draft(desk.engine, planner.plan_id, actor="tests")
    (empty,) = [one for one in found if one.code == "check-grids-empty"]
    assert set(empty.grids) == {COMMUNITY, f"{COMMUNITY}001", f"{COMMUNITY}003"}
