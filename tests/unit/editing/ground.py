"""A drawn town of square units in nine basic grids, with polygons, people and boundaries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from gis.geometry import metric_crs
from gis.planning.adjacency.edges import unit_edges
from gis.planning.board import Board, Edges, make_board
from gis.planning.editing import cut as lines
from gis.planning.editing.borders import Borders
from gis.planning.editing.delta import Delta
from gis.planning.editing.problems import Problem, problems
from gis.planning.editing.working import GridState, UnitState, Working

WEST, SOUTH, STEP = 113.60, 34.75, 0.001
SIDE = 9
CRS = metric_crs((WEST, SOUTH))
NOBODY = lines.Housing(
    places=np.zeros((0, 2)), people=np.zeros(0), households=np.zeros(0), floor_m2=np.zeros(0)
)


def code_of(column: int, row: int) -> str:
    """One sub-district of three communities, each a row of three basic grids."""
    return f"410102004{row // 3 + 1:03d}{column // 3 + 1:03d}"


@dataclass(slots=True)
class Ground:
    """What a database would hold: all units that ever were, and the working copy."""

    working: Working
    polygon: dict[int, Any] = field(default_factory=dict)
    people: dict[int, int] = field(default_factory=dict)
    area_m2: dict[int, float] = field(default_factory=dict)

    def shapes(self) -> np.ndarray:
        return np.array([self.polygon[unit] for unit in sorted(self.working.units)], object)

    def borders(self) -> Borders:
        ids, shapes = sorted(self.working.units), self.shapes()
        one, other = shapely.STRtree(shapes).query(shapes, predicate="touches")
        once = one < other
        one, other = one[once], other[once]
        common = shapely.length(shapely.intersection(shapes[one], shapes[other])) * 1e5
        return Borders.between(
            (ids[a], ids[b], float(metres))
            for a, b, metres in zip(one.tolist(), other.tolist(), common.tolist(), strict=True)
            if metres > 0.01
        )

    def board(self) -> Board:
        """The units and their boundaries as pages and the server count them."""
        ids, shapes = sorted(self.working.units), self.shapes()
        found = unit_edges(shapes, CRS)
        edges = Edges(
            id=np.arange(len(found.left)), left=found.left, right=found.right,
            length_m=found.length_m, cls=np.full(len(found.left), -1),
        )  # fmt: skip
        return make_board(
            unit_id=np.array(ids), code=np.array([str(unit) for unit in ids], object),
            lon=shapely.get_x(shapely.centroid(shapes)), edges=edges, balance="pop",
            lat=shapely.get_y(shapely.centroid(shapes)),
            pop=np.array([self.people[unit] for unit in ids]),
            households=np.zeros(len(ids), np.int64),
            area_m2=np.array([self.area_m2[unit] for unit in ids]),
            incidents=np.zeros(len(ids)), compound_of=np.zeros(0, np.int64),
            compound_name=np.zeros(0, str),
        )  # fmt: skip

    def problems(self) -> list[Problem]:
        basic = sorted(code for code in self.working.grids if len(code) == 15)
        place = {code: number for number, code in enumerate(basic)}
        grid = [place.get(state.grid or "", -1) for _, state in sorted(self.working.units.items())]
        above = [code for code in self.working.grids if len(code) < 15]
        return problems(self.board(), np.array(grid), basic, above)

    def cut(self, units: list[int], line: shapely.LineString) -> dict[int, list[int]]:
        """Cut polygons as the store does; gives the pieces of each unit that was cut."""
        found = lines.pieces_of(np.array([self.polygon[unit] for unit in units], object), line)
        made: dict[int, list[int]] = {}
        for unit, parts in zip(units, found, strict=True):
            if len(parts) == 1:
                continue
            counts = lines.counts_of(
                parts, NOBODY, population=self.people[unit], households=0,
                area_m2=self.area_m2[unit],
            )  # fmt: skip
            corners = lines.new_corners(self.polygon[unit], parts)
            for other, polygon in list(self.polygon.items()):
                if len(corners) and polygon.distance(shapely.MultiPoint(corners)) < 1e-9:
                    self.polygon[other] = lines.with_vertices(polygon, corners)
            first = max(self.polygon) + 1
            made[unit] = list(range(first, first + len(parts)))
            for number, (piece, part) in enumerate(zip(made[unit], parts, strict=True)):
                self.polygon[piece] = part
                self.people[piece] = int(counts.population[number])
                self.area_m2[piece] = float(counts.area_m2[number])
        return made

    def do(self, delta: Delta) -> None:
        self.working = delta.apply(self.working)

    def total(self) -> int:
        return sum(self.people[unit] for unit in self.working.units)


def make_ground() -> Ground:
    units, polygon = {}, {}
    for row in range(SIDE):
        for column in range(SIDE):
            number = row * SIDE + column + 1
            xs = [WEST + STEP * at for at in (column, column + 1)]
            ys = [SOUTH + STEP * at for at in (row, row + 1)]
            units[number] = UnitState(grid=code_of(column, row))
            polygon[number] = shapely.box(xs[0], ys[0], xs[1], ys[1])
    codes = {state.grid[:digits] for state in units.values() for digits in (9, 12, 15)}  # type: ignore[index]
    grids = {code: GridState(name_zh=f"网格{code}") for code in sorted(codes)}
    return Ground(
        working=Working(units=units, grids=grids),
        polygon=polygon,
        people={unit: 10 + unit * 7 % 90 for unit in units},
        area_m2=dict.fromkeys(units, 10_000.0),
    )
