"""A plan from units: grids, polygons and measures derived and stored. In force: `publishing`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import Connection

from gis.errors import InputError
from gis.geometry import WEB_MERCATOR, WGS84, projector
from gis.planning.adjacency.graph import UnitGraph, build_graph
from gis.planning.colouring import grid_neighbours, hues
from gis.planning.coverage import union_by_label
from gis.planning.judging.grounds import Ground, Wanted
from gis.planning.judging.reasons import reasons
from gis.planning.judging.score import measure
from gis.progress import Progress, silent
from gis.store import plan_writing
from gis.store.boards import any_edges
from gis.store.plan_writing import GridRow
from gis.store.unit_edges import renew_edges

# Where a tile of zoom 12 still shows it: half a pixel of its 512.
LOW_ZOOM_TOLERANCE_M = 10.0
LEVELS = (1, 2, 3)
# A plan with more grids outside its tolerance has another fault than each single grid's.
MOST_REASONS = 500
DIGITS = {1: 9, 2: 12, 3: 15}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanUnits:
    """n units of a plan, each with the code of its basic grid. Polygons are WGS 84."""

    code: npt.NDArray[Any]
    polygon: npt.NDArray[Any]
    metric_polygon: npt.NDArray[Any]
    population: npt.NDArray[np.int64]
    households: npt.NDArray[np.int64]
    load: npt.NDArray[np.float64]
    grid_code: npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class GridNaming:
    """What grids are called, and which organisation a grid of level 1 or 2 belongs to, by code."""

    names: Mapping[str, tuple[str, str | None]]
    organisations: Mapping[str, int]


def store_plan(
    connection: Connection,
    *,
    jurisdiction_id: int,
    name: str,
    balance: str,
    tolerance: float,
    created_by: str,
    units: PlanUnits,
    naming: GridNaming,
    progress: Progress = silent,
) -> int:
    """Store the units and a draft plan of them: grids of all levels, polygons, measures, hues."""
    progress("plan-step-store-units", 0.0)
    broken = shapely.get_num_coordinates(shapely.coverage_invalid_edges(units.metric_polygon)) > 0
    if broken.any():
        names = ", ".join(units.code[broken][:5].tolist())
        raise InputError("plan-units-overlap", count=int(broken.sum()), units=names)
    areas = shapely.area(units.metric_polygon)
    unit_ids = plan_writing.write_units(
        connection,
        jurisdiction_id,
        zip(
            units.code.tolist(),
            units.population.tolist(),
            units.households.tolist(),
            areas.tolist(),
            units.polygon,
            strict=True,
        ),
    )
    progress("plan-step-edges", 0.2)
    if not any_edges(connection, jurisdiction_id):
        renew_edges(connection, jurisdiction_id)
    progress("plan-step-grids", 0.3)
    grids, measures = derive_grids(units, naming, tolerance)
    progress("plan-step-store-grids", 0.8)
    plan_id = plan_writing.write_plan(
        connection,
        jurisdiction_id=jurisdiction_id,
        name=name,
        balance=balance,
        tolerance=tolerance,
        measures=measures,
        created_by=created_by,
        grids=grids,
        grid_of_unit={
            unit_ids[code]: grid for code, grid in zip(units.code, units.grid_code, strict=True)
        },
    )
    progress("plan-step-store-grids", 1.0)
    return plan_id


def derive_grids(
    units: PlanUnits, naming: GridNaming, tolerance: float
) -> tuple[list[GridRow], dict[str, Any]]:
    """The grids of every level with polygons and figures, and the whole plan's measures, which
    give a reason for each basic grid outside the tolerance.

    A grid's deviation is from its fair load: its sub-district's load times its share of the
    sub-district's basic grids; a sub-district's own is from its share of all basic grids.
    """
    graph = build_graph(units.metric_polygon)
    basic_codes, basic = np.unique(units.grid_code.astype(str), return_inverse=True)
    shapes = union_by_label(units.polygon, basic, len(basic_codes))
    mercator = projector(WGS84, WEB_MERCATOR)(shapes)
    low_shapes = np.asarray(shapely.coverage_simplify(mercator, LOW_ZOOM_TOLERANCE_M), object)
    fair = _fair_loads(basic_codes, basic, units.load)
    rows: list[GridRow] = []
    levels: dict[str, Any] = {}
    for level in LEVELS:
        of_basic = np.array([code[: DIGITS[level]] for code in basic_codes])
        codes, parent = np.unique(of_basic, return_inverse=True)
        labels = parent[basic].astype(np.int64)
        share = np.bincount(parent, minlength=len(codes)) / len(basic_codes)
        measures = measure(
            graph,
            labels,
            units.load,
            grids=len(codes),
            pop=units.population.astype(np.float64),
            target=float(units.load.sum()) * share
            if level == 1
            else np.bincount(parent, fair, len(codes)).astype(np.float64),
        )
        households = np.bincount(labels, units.households, len(codes))
        colours = hues(grid_neighbours(graph, labels))
        for number, code in enumerate(codes.tolist()):
            children = parent == number
            name_zh, name_en = naming.names[code]
            rows.append(
                GridRow(
                    code=code,
                    name_zh=name_zh,
                    name_en=name_en,
                    organisation_id=naming.organisations.get(code),
                    population=round(float(measures.pop[number])),
                    households=round(float(households[number])),
                    area_m2=float(measures.area_m2[number]),
                    load=float(measures.load[number]),
                    deviation=float(measures.deviation[number]),
                    units=int(measures.units[number]),
                    compactness=min(float(measures.compactness[number]), 1.0),
                    hue=int(colours[number]),
                    geom=_whole(shapes[children]),
                    geom_low=_whole(low_shapes[children]),
                )
            )
        spread = np.abs(measures.deviation)
        levels[str(level)] = {
            "grids": len(codes),
            "max_deviation": float(spread.max()),
            "mean_deviation": float(spread.mean()),
            "within_tolerance": int((spread <= tolerance + 1e-12).sum()),
            "boundary_m": float(measures.cut_m),
            "compactness": float(measures.compactness.mean()),
        }
    whole = {
        "levels": levels,
        "outside": _outside(units, graph, basic_codes, basic, fair, tolerance),
        "population": int(units.population.sum()),
        "area_m2": float(shapely.area(units.metric_polygon).sum()),
    }
    return rows, whole


def _outside(
    units: PlanUnits,
    graph: UnitGraph,
    codes: npt.NDArray[Any],
    basic: npt.NDArray[np.int64],
    fair: npt.NDArray[np.float64],
    tolerance: float,
) -> list[dict[str, Any]]:
    """The basic grids outside the tolerance, the worst first, each with its reason and figures."""
    communities, community = np.unique([code[:12] for code in codes], return_inverse=True)
    _, area = np.unique([code[:9] for code in codes], return_inverse=True)
    ground = Ground.plain(
        graph, basic, codes.tolist(), units.code,
        parent=community, area=area, names=communities.tolist(), searched=False,
    )  # fmt: skip
    found = reasons(ground, Wanted.within(units.load, fair, tolerance))
    return [
        {
            "grid": reason.grid,
            "deviation": reason.deviation,
            "code": reason.code,
            "proven": reason.proven,
            "figures": dict(reason.figures),
        }
        for reason in found[:MOST_REASONS]
    ]


def _fair_loads(
    basic_codes: npt.NDArray[Any], basic: npt.NDArray[Any], load: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The load that each basic grid would have if its sub-district were divided evenly."""
    areas, area = np.unique([code[:9] for code in basic_codes], return_inverse=True)
    total = np.bincount(area[basic], load, len(areas))
    return np.asarray((total / np.bincount(area))[area])


def _whole(pieces: npt.NDArray[Any]) -> Any:
    """Pieces of a coverage as one multipolygon."""
    joined = shapely.coverage_union_all(pieces)
    parts = shapely.get_parts(joined)
    return shapely.multipolygons(parts[shapely.get_type_id(parts) == 3])
