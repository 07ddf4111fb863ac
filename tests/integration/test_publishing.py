"""A plan from files to force, and from force to the next: responsibility moves once, and whole."""

from __future__ import annotations

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
from gis.workflows.intake import IncidentReport, report_incident
from gis.workflows.locators import Locators
from tests.factories import hold, tie

WEST, SOUTH, STEP = 113.60, 34.75, 0.001
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


def rows(engine, query, **values):
    with engine.connect() as connection:
        return connection.execute(text(query), values).all()


def report_at(engine, column, row):
    lon, lat = WEST + (column + 0.5) * STEP, SOUTH + (row + 0.5) * STEP
    done = report_incident(
        engine,
        Locators(),
        IncidentReport(category="01", title="t", source="patrol", lon=lon, lat=lat),
        actor="tests",
        time_zone="Asia/Shanghai",
    )
    return done.incident_id


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
