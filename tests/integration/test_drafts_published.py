"""A draft with cut units comes into force: its pieces are the jurisdiction's units from then on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from gis.errors import ConflictError
from gis.store.engine import acting, make_engine
from gis.workflows import drafts_editing
from gis.workflows.publishing import publish_plan
from tests.conftest import module_database
from tests.factories import SOUTH, STEP, WEST, Town, make_town
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


def in_use(engine: Engine) -> set[int]:
    return {row.id for row in rows(engine, "SELECT id FROM unit WHERE retired_at IS NULL")}


def publish(planner: Planner) -> None:
    with acting(planner.engine, "planner", action="publish") as connection:
        publish_plan(connection, planner.plan_id)


def test_publishing_retires_what_was_cut_and_revives_what_was_not(
    engine: Engine, town: Town
) -> None:
    beside = new_draft(engine, town)
    planner = new_draft(engine, town)
    before = in_use(engine)
    line = [[WEST - STEP, SOUTH + STEP / 3], [WEST + 1.5 * STEP, SOUTH + STEP / 2]]
    planner.do("cut", units=planner.units_of(A), line=line)
    moved = planner.units_of(A)[0]
    planner.do("assign", units=[moved], grid=B)
    assert in_use(engine) == before
    publish(planner)
    assert in_use(engine) == set(planner.working().units) != before
    pieces = in_use(engine) - before
    parents = rows(engine, "SELECT DISTINCT split_from_id AS id FROM unit WHERE id = ANY (:u)",
                   u=sorted(pieces))  # fmt: skip
    assert {row.id for row in parents} == before - in_use(engine)
    with pytest.raises(ConflictError, match="in force and stays as it is"):
        planner.do("undo")
    # A draft that was made before the cut has the whole unit, and brings it back.
    beside.do("assign", units=beside.units_of(A), grid=B)
    publish(beside)
    assert in_use(engine) == before
    # And a draft of the plan that was in force in between begins with its pieces.
    town.plan_id = planner.plan_id
    again = new_draft(engine, town)
    assert pieces <= set(again.working().units)


def test_a_draft_with_a_unit_in_no_grid_is_not_published(engine: Engine, town: Town) -> None:
    planner = new_draft(engine, town)
    planner.do("assign", units=planner.units_of(B)[:1], grid=None)
    with pytest.raises(ConflictError):
        publish(planner)


def test_an_operation_that_dies_half_way_leaves_nothing(
    engine: Engine, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last step fails after units were stored, boundaries found and the copy changed."""
    planner = new_draft(engine, town)
    start, units = planner.working(), rows(engine, "SELECT count(*) FROM unit")

    def die(connection, *_, **__):
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with monkeypatch.context() as patched:
        patched.setattr(drafts_editing.drafts_writing, "record", die)
        with pytest.raises(Exception, match=r"terminat|closed"):
            planner.do("cut", units=planner.units_of(B), line=[
                [WEST - STEP, SOUTH + STEP / 4], [WEST + 3 * STEP, SOUTH + STEP / 4]])  # fmt: skip
    assert planner.working() == start
    assert rows(engine, "SELECT count(*) FROM unit") == units
    planner.do("pin", units=planner.units_of(B), pinned=True)
    assert rows(engine, "SELECT version FROM draft WHERE plan_id = :p",
                p=planner.plan_id) == [(1,)]  # fmt: skip
