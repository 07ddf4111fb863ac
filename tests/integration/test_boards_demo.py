"""Boards of the demo city: edges close every unit and the figures are the stored plan's."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import shapely
from sqlalchemy import Engine, text

from gis.geometry import metric_crs, to_metric
from gis.planning.adjacency.graph import build_graph
from gis.store.boards import board_plan
from gis.store.engine import make_engine
from gis.workflows.boards import Boards
from tests.integration.boards_help import around, shapes_of


@pytest.fixture(scope="module")
def demo(demo_url: str) -> Iterator[Engine]:
    made = make_engine(demo_url)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def demo_plan(demo: Engine) -> int:
    with demo.connect() as connection:
        return int(connection.execute(text("SELECT id FROM plan")).scalar_one())


def test_edges_of_the_demo_are_what_its_units_share(demo: Engine, demo_plan: int) -> None:
    with demo.connect() as connection:
        board = Boards().of(connection, demo_plan)
        polygons = shapes_of(connection, board.unit_id.tolist())
    assert board.size == len(polygons) > 900
    metric = to_metric(polygons, metric_crs(shapely.total_bounds(polygons).tolist()))
    assert around(board) == pytest.approx(shapely.length(metric), rel=1e-9)
    assert board.perimeter_m == pytest.approx(shapely.length(metric), rel=1e-9)
    known = build_graph(metric)
    assert (board.graph.start == known.start).all()
    assert (board.graph.neighbour == known.neighbour).all()
    assert board.graph.shared_m == pytest.approx(known.shared_m, rel=1e-9)
    assert shapely.intersects_xy(polygons, board.lon, board.lat).all()
    # Streets part most units, and the best of them few.
    cls = board.edges.cls[~board.edges.outer]
    assert np.mean(cls >= 0) > 0.2
    assert 0.02 < np.mean(cls >= 4) < 0.5


def test_the_drawn_edges_of_a_unit_are_its_outline(demo: Engine, demo_plan: int) -> None:
    with demo.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT u.id, ST_Length(ST_Boundary(u.geom_3857)), sum(ST_Length(e.geom_3857)),"
                " ST_Length(ST_Difference(ST_Boundary(u.geom_3857), ST_Buffer("
                "   ST_Collect(e.geom_3857), 0.05)))"
                " FROM unit AS u JOIN unit_edge AS e ON u.id IN (e.left_id, e.right_id)"
                " WHERE u.id % 40 = 0 GROUP BY u.id"
            )
        ).all()
    assert len(rows) > 20
    for _, outline_m, edges_m, missing_m in rows:
        assert edges_m == pytest.approx(outline_m, rel=1e-6)
        assert missing_m == 0


def test_figures_of_the_demo_are_the_stored_ones(demo: Engine, demo_plan: int) -> None:
    with demo.connect() as connection:
        plan = board_plan(connection, demo_plan)
        found = Boards().figures(connection, plan)
        stored = connection.execute(
            text(
                "SELECT level, code, units, population AS pop, households, area_m2, load,"
                " deviation, compactness FROM grid WHERE plan_id = :id ORDER BY level, code"
            ),
            {"id": demo_plan},
        ).all()
        measures = connection.execute(
            text("SELECT measures FROM plan WHERE id = :id"), {"id": demo_plan}
        ).scalar_one()
    assert found.unassigned == 0
    for level in (1, 2, 3):
        mine = found.grids[level]
        rows = [row for row in stored if row.level == level]
        assert mine.code.tolist() == [row.code for row in rows]
        for name in ("units", "pop", "households"):
            assert getattr(mine, name).tolist() == [getattr(row, name) for row in rows], name
        for name in ("area_m2", "load", "deviation", "compactness"):
            expected = [getattr(row, name) for row in rows]
            assert getattr(mine, name) == pytest.approx(expected, rel=1e-9, abs=1e-12), name
        kept, whole = measures["levels"][str(level)], found.levels[level]
        assert whole.grids == kept["grids"]
        assert whole.within == kept["within_tolerance"]
        assert whole.max_deviation == pytest.approx(kept["max_deviation"], rel=1e-9)
        assert whole.mean_deviation == pytest.approx(kept["mean_deviation"], rel=1e-9)
        assert whole.cut_m == pytest.approx(kept["boundary_m"], rel=1e-9)
        assert whole.compactness == pytest.approx(kept["compactness"], rel=1e-9)
    assert plan.tolerance == 0.05


def test_compounds_and_incidents_of_the_demo_are_in_its_units(demo: Engine, demo_plan: int) -> None:
    boards = Boards()
    boards.prepare(demo, demo_plan)
    with demo.connect() as connection:
        board = boards.of(connection, demo_plan)
        people, expected = connection.execute(
            text(
                "SELECT (SELECT sum(population) FROM building WHERE compound IS NOT NULL),"
                " (SELECT count(*) FROM incident WHERE dismissed IS NULL AND reported_at >"
                "  (SELECT as_of FROM expectation_count) - interval '365 days' AND EXISTS ("
                "  SELECT FROM unit WHERE"
                "  ST_Intersects(unit.geom_3857, location_3857)))"
            )
        ).one()
        counted = connection.scalar(text("SELECT sum(population) FROM unit_compound"))
        found = boards.figures(connection, board_plan(connection, demo_plan))
    assert counted == people
    assert board.incidents.sum() == expected
    for level in (1, 2, 3):
        assert found.grids[level].incidents.sum() == pytest.approx(expected)
    assert found.levels[1].compounds_cut <= found.levels[2].compounds_cut
    assert found.levels[3].compounds_cut == sum(
        len(set(rows)) > 1 for rows in _grids_of_compounds(demo, demo_plan)
    )


def _grids_of_compounds(demo: Engine, plan: int) -> list[list[str]]:
    with demo.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT array_agg(g.code) FROM unit_compound AS c JOIN grid_unit AS m"
                " ON m.unit_id = c.unit_id AND m.plan_id = :plan JOIN grid AS g ON g.id = m.grid_id"
                " GROUP BY compound"
            ),
            {"plan": plan},
        )
        return [row[0] for row in rows]
