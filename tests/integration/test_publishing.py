"""A plan from files to force, and from force to the next: responsibility moves once, and whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from sqlalchemy import text

from gis.errors import ConflictError, InputError
from gis.store.cases import case as incident
from gis.store.engine import acting
from gis.store.hand_over import move_ties
from gis.workflows.adopt import AdoptRequest, adopt_plan
from tests.factories import STEP as CELL
from tests.factories import hold, make_draft, make_town, redrawn, tie
from tests.integration.publishing_help import (
    FIRST,
    SECOND,
    SOUTH,
    STEP,
    WEST,
    preview,
    publish,
    report_at,
    rows,
    town_with_reports,
)  # fmt: skip

CODE = "410102004"
XS = [WEST + c * STEP for c in range(7)]
YS = [SOUTH + r * STEP for r in range(7)]


@pytest.fixture
def files(tmp_path):
    """Six by six units, and two plans of four grids: halves apart, then one column moved."""
    cells = [(c, r) for r in range(6) for c in range(6)]
    frame = gpd.GeoDataFrame(
        {"unit_id": [f"u{c}{r}" for c, r in cells], "pop": [10] * 36},
        geometry=[
            shapely.box(XS[c], YS[r], XS[c + 1], YS[r + 1]) for c, r in cells
        ],
        crs=4326,
    )  # fmt: skip
    frame.to_file(tmp_path / "单元.gpkg")
    for name, split in (("a", 3), ("b", 2)):
        pd.DataFrame(
            {
                "unit_id": frame["unit_id"],
                "grid_id": [
                    f"{'东' if c >= split else '西'}{'北' if r >= 3 else '南'}" for c, r in cells
                ],
            }
        ).to_csv(tmp_path / f"{name}.csv", index=False)
    return tmp_path


def adopt(engine, files, plan="a", **changed):
    values = {
        "code": CODE, "name": "秦岭路街道", "duty_name": "值班室", "duty_phone": None,
        "plan_name": plan, "actor": "tests",
    }  # fmt: skip
    return adopt_plan(
        engine, AdoptRequest(**values | changed), files / "单元.gpkg",
        files / f"{plan}.csv",
    )  # fmt: skip


def test_files_become_a_plan_in_force_with_codes_at_three_levels(engine, files):
    done = adopt(engine, files)
    assert (done.units, done.grids) == (36, 4)
    found = rows(engine, "SELECT code, population FROM grid ORDER BY code")
    assert [row.code for row in found] == [
        CODE, f"{CODE}001", *(f"{CODE}001{n:03d}" for n in range(1, 5)),
    ]  # fmt: skip
    assert {row.population for row in found} == {360, 90}
    assert rows(engine, "SELECT status FROM plan")[0].status == "published"


def test_the_next_plan_takes_over_posts_and_open_incidents_but_not_closed_ones(engine, files):
    adopt(engine, files)
    west = f"{CODE}001001"
    with acting(engine, "tests") as connection:
        person = connection.execute(
            text("INSERT INTO person (name) VALUES ('张三') RETURNING id")
        ).scalar_one()
        grid = connection.scalar(text("SELECT id FROM grid WHERE code = :c"), {"c": west})
        hold(connection, person, grid, 3, "lead")
    moving, staying = report_at(engine, 2, 5), report_at(engine, 0, 5)
    closed = report_at(engine, 2, 5)
    with acting(engine, "tests") as connection:
        connection.execute(
            text("UPDATE incident SET stage = 'closed', closed_at = now() WHERE id = :id"),
            {"id": closed},
        )
    adopt(engine, files, "b")
    plans = rows(engine, "SELECT id, status, upper(effective) AS until FROM plan ORDER BY id")
    assert [plan.status for plan in plans] == ["superseded", "published"]
    with engine.connect() as connection:
        cases = {name: incident(connection, i) for name, i in
                 {"moving": moving, "staying": staying, "closed": closed}.items()}  # fmt: skip
        of_plan = dict(list(connection.execute(text("SELECT id, plan_id FROM incident"))))
    assert cases["closed"]["grid"]["code"] == west
    assert cases["staying"]["grid"]["code"] == west
    assert cases["moving"]["grid"]["code"] != west
    assert (of_plan[closed], of_plan[staying]) == (plans[0].id, plans[1].id)
    assert cases["staying"]["person"]["name"] == "张三"
    assert cases["staying"]["history"][-1]["action"] == "adopt"
    leads = [post["person"]["name"] for post in cases["staying"]["chain"][0]["posts"]]
    assert leads == ["张三"]
    posts = rows(engine, "SELECT upper_inf(held) AS still, ended_by FROM post ORDER BY id")
    assert [(post.still, post.ended_by) for post in posts] == [(False, "tests"), (True, None)]


def test_other_units_are_refused_and_nothing_changes(engine, files):
    adopt(engine, files)
    frame = gpd.read_file(files / "单元.gpkg")
    frame.geometry = frame.translate(0.01)
    frame.to_file(files / "单元.gpkg")
    with pytest.raises(ConflictError) as refused:
        adopt(engine, files, "b")
    assert refused.value.code == "units-differ"
    assert [row.status for row in rows(engine, "SELECT status FROM plan")] == ["published"]


def test_overlapping_units_never_come_into_force(engine, files):
    frame = gpd.read_file(files / "单元.gpkg")
    corner = 2 * 6 + 2  # where all four grids meet
    frame.loc[corner, "geometry"] = frame.geometry[corner].buffer(STEP / 4)
    frame.to_file(files / "单元.gpkg")
    with pytest.raises(InputError) as refused:
        adopt(engine, files)
    assert refused.value.code == "plan-units-overlap"
    assert rows(engine, "SELECT id FROM plan") == []
    assert rows(engine, "SELECT id FROM unit") == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"code": "4101"}, "adopt-codes-needed"), ({"code": "x"}, "adopt-code-invalid")],
)
def test_wrong_codes_say_what_is_needed(engine, files, changed, code):
    with pytest.raises(InputError) as refused:
        adopt(engine, files, **changed)
    assert refused.value.code == code


def test_departments_go_over_to_the_community_of_the_same_code(engine, files):
    adopt(engine, files)
    with acting(engine, "tests") as connection:
        tie(connection, connection.scalar(text("SELECT id FROM grid WHERE level = 2")))
    case_id = report_at(engine, 0, 5)
    adopt(engine, files, "b")
    ties = rows(
        engine,
        "SELECT plan.status, upper_inf(held) AS still, ended_by, recorded_by, upper(held) AS until,"
        " lower(held) AS since FROM department_tie AS t JOIN grid ON grid.id = t.grid_id"
        " JOIN plan ON plan.id = grid.plan_id ORDER BY t.id",
    )
    assert [(t.status, t.still, t.ended_by, t.recorded_by) for t in ties] == [
        ("superseded", False, "tests", "tests"), ("published", True, None, "tests"),
    ]  # fmt: skip
    assert ties[0].until == ties[1].since
    with engine.connect() as connection:
        shown = incident(connection, case_id)["departments"]
    assert [department["name"]["zh"] for department in shown] == ["中原区司法局"]


def test_departments_of_a_community_that_is_no_more_are_told(engine, files):
    adopt(engine, files)
    with acting(engine, "tests") as connection:
        former = connection.scalar(text("SELECT id FROM plan"))
        grid = connection.scalar(text("SELECT id FROM grid WHERE level = 2"))
        tie(connection, grid)
        tie(connection, grid, "中原区民政局")
        # A plan without that community: here, one without any grid.
        other = connection.execute(
            text(
                "INSERT INTO plan (jurisdiction_id, name, tolerance, created_by)"
                " SELECT jurisdiction_id, 'x', 0.05, 'tests' FROM plan RETURNING id"
            )
        ).scalar_one()
        at = connection.scalar(text("SELECT now()"))
        moved = move_ties(connection, former=former, plan=other, at=at, reason="plan 2")
        assert moved == (0, 2)
        assert connection.scalar(
            text("SELECT bool_and(ended_reason = 'plan 2') FROM department_tie")
        )


def contents(engine):
    """Everything that publishing writes."""
    return {
        table: rows(engine, f"SELECT t::text FROM {table} AS t ORDER BY id")
        for table in ("plan", "post", "department_tie", "incident", "incident_event",
                      "plan_event", "hand_over", "carried_over")
    }  # fmt: skip


def test_a_preview_tells_what_publishing_then_does_and_writes_nothing(engine):
    town, ids = town_with_reports(engine)
    plan = make_draft(engine, town, redrawn({0: 3}))
    before = contents(engine)
    tried, shown, following = preview(engine, plan, limit=10)
    assert contents(engine) == before
    assert (tried.former_id, tried.open_incidents, following) == (town.plan_id, 3, None)
    assert tried.changes.reshaped == (FIRST, SECOND)
    assert (tried.changes.new, tried.changes.gone) == ((), ())
    assert (tried.posts_moved, tried.posts_ended) == (21, 0)
    assert [row["incident_id"] for row in shown] == [ids[1]]
    assert shown[0]["before"]["person"]["name"] == f"lead {SECOND}"
    assert shown[0]["after"]["grid"]["code"] == FIRST
    done = publish(engine, plan, instead_of=tried.former_id)
    assert (done.moves, done.changes) == (tried.moves, tried.changes)
    assert (done.posts_moved, done.open_incidents) == (tried.posts_moved, tried.open_incidents)
    found = rows(engine, "SELECT id, grid_code, plan_id FROM incident ORDER BY id")
    assert [row.grid_code for row in found] == [FIRST, FIRST, SECOND, SECOND]
    assert [row.plan_id for row in found] == [plan, plan, plan, town.plan_id]


def test_both_people_get_one_note_of_what_went_over(engine):
    town, ids = town_with_reports(engine)
    plan = make_draft(engine, town, redrawn({0: 3}))
    publish(engine, plan)
    (note,) = rows(engine, "SELECT * FROM hand_over")
    assert (note.plan_id, note.incident_id) == (plan, ids[1])
    people = town.person_ids[SECOND], town.person_ids[FIRST]
    assert (note.from_person_id, note.to_person_id) == people
    since = rows(engine, f"SELECT lower(effective) AS since FROM plan WHERE id = {plan}")
    assert note.at == since[0].since
    with pytest.raises(Exception, match="append-only"), acting(engine, "x") as connection:
        connection.execute(text("DELETE FROM hand_over"))
    for change in ("to_person_id = from_person_id", "at = now()", "read_by_to_at = NULL"):
        with acting(engine, "x") as connection:
            connection.execute(
                text("UPDATE hand_over SET read_by_to_at = coalesce(read_by_to_at, now())")
            )
        with pytest.raises(Exception, match="only be read, once"), acting(engine, "x") as other:
            other.execute(text(f"UPDATE hand_over SET {change}"))


def test_a_preview_reads_page_by_page_and_does_not_hold_up_reports(engine):
    town, _ = town_with_reports(engine)
    more = [report_at(engine, 1.25 * CELL / STEP - 0.5, 0) for _ in range(4)]
    plan = make_draft(engine, town, redrawn({0: 3}))
    seen, after = [], 0
    while after is not None:
        _, shown, after = preview(engine, plan, limit=2, after=after)
        seen += [row["incident_id"] for row in shown]
        more.append(report_at(engine, 0.1, 0))
    assert len(seen) == 5
    assert seen == sorted(set(seen))


def test_a_plan_that_came_meanwhile_is_not_replaced_unseen(engine):
    town, _ = town_with_reports(engine)
    first, second = (make_draft(engine, town, redrawn({0: cut})) for cut in (3, 1))
    tried, _, _ = preview(engine, second, limit=1)
    publish(engine, first)
    before = contents(engine)
    with pytest.raises(ConflictError) as refused:
        publish(engine, second, instead_of=tried.former_id)
    assert refused.value.code == "plan-former-changed"
    assert contents(engine) == before


def test_a_plan_neither_waits_for_its_moment_nor_rewrites_the_past(engine):
    town, _ = town_with_reports(engine)
    plan = make_draft(engine, town, redrawn({0: 3}))
    for away in (timedelta(hours=1), -timedelta(hours=1)):
        with pytest.raises(InputError) as refused:
            publish(engine, plan, at=datetime.now(UTC) + away)
        assert refused.value.code == "publish-not-now"


def test_posts_that_begin_or_end_later_go_over_with_their_dates(engine):
    town = make_town(engine, posts=False)
    now = datetime.now(UTC)
    spans = [(now - timedelta(1), now + timedelta(1)), (now + timedelta(1), None),
             (now - timedelta(3), now - timedelta(2))]  # fmt: skip
    with acting(engine, "tests") as connection:
        for since, until in spans:
            hold(connection, town.person_ids["duty"], town.grid_ids[FIRST], 3, "lead",
                 since=since, until=until)  # fmt: skip
    plan = make_draft(engine, town, redrawn({0: 3}))
    done = publish(engine, plan)
    assert (done.posts_moved, done.posts_ended) == (2, 0)
    found = rows(
        engine,
        "SELECT lower(held) AS since, upper(held) AS until FROM post JOIN grid ON"
        f" grid.id = grid_id WHERE plan_id = {plan} ORDER BY 1",
    )
    assert [tuple(row) for row in found] == [(done.at, spans[0][1]), (spans[1][0], None)]


def test_a_grid_that_goes_leaves_its_people_and_gives_its_incidents_away(engine):
    town, ids = town_with_reports(engine)
    plan = make_draft(engine, town, redrawn({0: 4}))
    tried, shown, _ = preview(engine, plan, limit=10)
    assert (tried.changes.gone, tried.changes.reshaped) == ((SECOND,), (FIRST,))
    assert (tried.posts_moved, tried.posts_ended) == (20, 1)
    assert [row["incident_id"] for row in shown] == ids[1:3]
    assert {row["after"]["person"]["name"] for row in shown} == {f"lead {FIRST}"}
    assert [finding.code for finding in tried.report.findings] == ["plan-posts-ended"]
    assert publish(engine, plan).moves == tried.moves


def test_what_lies_in_no_grid_any_more_goes_to_the_queue(engine):
    town, ids = town_with_reports(engine)
    shapes = redrawn({0: 4})
    del shapes[FIRST]
    plan = make_draft(engine, town, shapes)
    _, shown, _ = preview(engine, plan, limit=10)
    assert [row["incident_id"] for row in shown] == ids[:3]
    assert {row["after"]["queue"]["id"] for row in shown} == {town.queue_id}
    assert {row["after"]["person"]["name"] for row in shown} == {"值班员"}
    publish(engine, plan)
    assert len(rows(engine, "SELECT FROM hand_over WHERE to_queue_id IS NOT NULL")) == 3
    back = make_draft(engine, town, redrawn({}))
    publish(engine, back)
    assert len(rows(engine, "SELECT FROM hand_over WHERE from_queue_id IS NOT NULL")) == 3
