"""The boundaries between units: each piece of outline once, with its length and what runs along."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from shapely.ops import split

from gis.geometry import WEB_MERCATOR, WGS84, metric_crs, projector, to_metric
from gis.planning.adjacency.edges import UnitEdges, unit_edges
from gis.planning.adjacency.graph import build_graph

WEST, SOUTH, STEP = 113.6, 34.75, 0.0025
CRS = metric_crs((WEST, SOUTH, WEST + 3 * STEP, SOUTH + 3 * STEP))


def box(column: float, row: float, width: float = 1, height: float = 1) -> Any:
    x, y = WEST + column * STEP, SOUTH + row * STEP
    return shapely.box(x, y, x + width * STEP, y + height * STEP)


def town() -> Any:
    """Nine square units, three a row."""
    return np.array([box(c, r) for r in range(3) for c in range(3)], object)


def cut(polygon: Any, *points: tuple[float, float]) -> list[Any]:
    """The pieces of a polygon that a line cuts off, in stored precision."""
    line = shapely.LineString([(WEST + x * STEP, SOUTH + y * STEP) for x, y in points])
    return [shapely.set_precision(piece, 1e-7) for piece in split(polygon, line).geoms]


def around(edges: UnitEdges, count: int) -> Any:
    inner = edges.right >= 0
    return np.bincount(edges.left, edges.length_m, count) + np.bincount(
        edges.right[inner], edges.length_m[inner], count
    )


def pairs(edges: UnitEdges) -> dict[tuple[int, int], float]:
    sides = zip(edges.left.tolist(), edges.right.tolist(), strict=True)
    return dict(zip(sides, edges.length_m.tolist(), strict=True))


def voronoi(seed: int, count: int = 60) -> Any:
    """Crooked units that tile a square, with a lake and an island in it, in stored precision."""
    rng = np.random.default_rng(seed)
    points = shapely.multipoints(WEST + rng.random((count, 2)) * 0.02 + [0, SOUTH - WEST])
    whole = shapely.box(WEST, SOUTH, WEST + 0.02, SOUTH + 0.02)
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=whole))
    lake = shapely.Point(WEST + 0.01, SOUTH + 0.01).buffer(0.003, quad_segs=3)
    cells = shapely.difference(shapely.intersection(cells, whole), lake)
    parts = shapely.get_parts(cells[~shapely.is_empty(cells)])
    island = shapely.Point(WEST + 0.01, SOUTH + 0.01).buffer(0.001, quad_segs=3)
    return np.array([*parts, island], object)


def test_edges_of_a_drawn_town_are_the_sides_of_its_units() -> None:
    units = town()
    edges = unit_edges(units, CRS)
    graph = build_graph(to_metric(units, CRS))
    left, right, at = graph.pairs()
    inner = edges.right >= 0
    assert edges.left[inner].tolist() == left.tolist()
    assert edges.right[inner].tolist() == right.tolist()
    assert edges.length_m[inner] == pytest.approx(graph.shared_m[at], rel=1e-12)
    assert sorted(edges.left[~inner].tolist()) == [0, 1, 2, 3, 5, 6, 7, 8]
    assert around(edges, 9) == pytest.approx(graph.perimeter_m, rel=1e-12)
    assert (edges.cls == -1).all()


@pytest.mark.parametrize("seed", range(4))
def test_the_edges_of_each_unit_close_its_outline(seed: int) -> None:
    units = voronoi(seed)
    assert shapely.coverage_is_valid(units)
    edges = unit_edges(units, CRS)
    metric = to_metric(units, CRS)
    assert around(edges, len(units)) == pytest.approx(shapely.length(metric), rel=1e-9)
    drawn = projector(WGS84, WEB_MERCATOR)(units)
    for unit in range(len(units)):
        mine = edges.line[(edges.left == unit) | (edges.right == unit)]
        outlined = shapely.build_area(shapely.union_all(mine))
        differing = shapely.symmetric_difference(outlined, drawn[unit])
        assert shapely.area(differing) < 1e-6 * shapely.area(drawn[unit])
    graph = build_graph(metric)
    left, right, at = graph.pairs()
    known = dict(zip(zip(left.tolist(), right.tolist(), strict=True), graph.shared_m[at],
                     strict=True))  # fmt: skip
    found = {sides: metres for sides, metres in pairs(edges).items() if sides[1] >= 0}
    assert found == pytest.approx(known, rel=1e-9)


def test_pieces_border_on_what_their_unit_bordered_on_and_on_each_other() -> None:
    """Given with the unit itself, and with the pieces of another cut of a neighbour."""
    units = town()
    pieces = cut(units[4], (1.3, 0), (1.77, 3))
    beside = cut(units[5], (2, 1.41), (3, 1.63))
    every = np.array([*units, *pieces, *beside], object)
    of = np.arange(len(every)) >= 9
    found = pairs(unit_edges(every, CRS, of=of))
    before = pairs(unit_edges(units, CRS))
    for neighbour in (1, 3, 7):
        shared = sum(found.get((neighbour, piece), 0) for piece in (9, 10))
        assert shared == pytest.approx(before[min(neighbour, 4), max(neighbour, 4)], abs=0.03)
    metric = to_metric(every, CRS)
    coming_together = to_metric(shapely.LineString([(WEST + 1.457 * STEP, SOUTH + STEP),
                                                    (WEST + 1.613 * STEP, SOUTH + 2 * STEP)]),
                                CRS)  # fmt: skip
    assert found[9, 10] == pytest.approx(shapely.length(coming_together), abs=1)
    assert not [sides for sides in found if 4 in sides and sides[0] != 4 and sides[1] < 11]
    # The eastern piece touches both pieces of its neighbour, and the whole neighbour as well.
    east = max((9, 10), key=lambda piece: shapely.bounds(every[piece])[2])
    assert found[east, 11] + found[east, 12] == pytest.approx(found[5, east], abs=0.03)
    # What a draft has that takes the first cut but not the second: it closes every outline.
    present = {0, 1, 2, 3, 5, 6, 7, 8, 9, 10}
    draft = {sides: m for sides, m in (before | found).items() if set(sides) <= present | {-1}}
    for unit in present:
        length = sum(metres for sides, metres in draft.items() if unit in sides)
        assert length == pytest.approx(float(shapely.length(metric[unit])), abs=0.05)


def test_the_class_is_what_runs_along_half_of_the_edge() -> None:
    units = town()
    x, y = WEST + STEP, SOUTH + 2 * STEP

    def line(*points: tuple[float, float]) -> Any:
        return shapely.LineString(points)

    lines = np.array(
        [
            line((x, SOUTH), (x, SOUTH + STEP)),  # all of the edge between units 0 and 1
            line((x, SOUTH + STEP), (x, SOUTH + 1.3 * STEP)),  # a third of that between 3 and 4
            line((WEST, y), (WEST + 3 * STEP, y)),
            line((WEST, SOUTH + STEP * 0.5), (WEST + 3 * STEP, SOUTH + STEP * 0.5)),  # across
        ],
        object,
    )
    edges = unit_edges(
        shapely.segmentize(units, STEP / 10), CRS, lines=lines, classes=np.array([5, 6, 7, 4])
    )
    cls = dict(zip(zip(edges.left.tolist(), edges.right.tolist(), strict=True), edges.cls.tolist(),
                   strict=True))  # fmt: skip
    assert cls[0, 1] == 5
    assert cls[3, 4] == -1
    assert [cls[pair] for pair in ((3, 6), (4, 7), (5, 8))] == [7, 7, 7]
    assert cls[1, 2] == -1
    assert cls[2, 5] == -1


def test_no_units_have_no_edges() -> None:
    edges = unit_edges(np.zeros(0, object), CRS)
    assert len(edges.left) == len(edges.line) == 0
