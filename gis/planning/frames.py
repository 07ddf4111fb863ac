"""Units out of a GeoDataFrame and a plan's grids as one: planning without files or database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely

from gis.errors import InputError
from gis.geometry import WGS84, metric_crs, projector
from gis.planning.adjacency.graph import UnitGraph, build_graph, sums
from gis.planning.coverage import grid_polygons
from gis.planning.judging.score import numbered, score_plan
from gis.planning.model import PlanResult, Units

if TYPE_CHECKING:
    import geopandas as gpd


def units_from_frame(
    frame: gpd.GeoDataFrame,
    *,
    unit_id: str | None = "unit_id",
    columns: Sequence[str] | Mapping[str, str] = ("pop",),
) -> Units:
    """Units in the order of the frame's rows, carried to the metric projection of the place.

    The frame may be in any coordinate system, geographic or projected, but must name it.
    `unit_id` is the column of ids, or None for the index. `columns` are those to balance by, or a
    mapping from the names that `balance` uses to columns of the frame: `{"pop": "人口"}`. Nothing
    is repaired. Raises InputError `frame-…` and `plan-…` for what is missing, doubled, negative,
    no number, no polygon, invalid, or outside the world.
    """
    shapes = np.asarray(frame.geometry, object) if _has_geometry(frame) else None
    if shapes is None:
        raise InputError("frame-no-geometry")
    if len(frame) == 0:
        raise InputError("plan-no-units")
    named = columns if isinstance(columns, Mapping) else {name: name for name in columns}
    ids = np.asarray(frame.index if unit_id is None else _column(frame, unit_id), object)
    _check_shapes(shapes, ids)
    crs = _metric(frame)
    return Units(
        unit_id=ids,
        polygons=projector(frame.crs, crs)(shapely.force_2d(shapes)),
        columns={name: _column(frame, column) for name, column in named.items()},
    )


def grids_frame(
    frame: gpd.GeoDataFrame,
    units: Units,
    plan: PlanResult | Sequence[str],
    *,
    balance: str | None = None,
    graph: UnitGraph | None = None,
    simplify_m: float = 0.0,
) -> gpd.GeoDataFrame:
    """One row per grid of a plan, with its polygon in the coordinate system of `frame`.

    `units` are those made of the frame (see `units_from_frame`); `plan` is a result, or the grid
    id of each unit. Columns: grid_id, units, the sum of each column of the units, area_m2, load,
    deviation (from the mean load), contiguous, compactness, boundary_m, arterial_m. The load is
    `balance`, or what the plan was made by. Units of one grid are joined without gap or overlap,
    simplified together by `simplify_m`. Raises InputError `frame-length` where frame, units and
    plan are not of one length.
    """
    import geopandas as gpd

    grid_of_unit = plan.grid_of_unit() if isinstance(plan, PlanResult) else list(plan)
    if not len(frame) == len(units.unit_id) == len(grid_of_unit):
        raise InputError(
            "frame-length", rows=len(frame), units=len(units.unit_id), grids=len(grid_of_unit)
        )
    made_by = plan.certificate.balance if isinstance(plan, PlanResult) else "pop"
    graph = graph or build_graph(units.polygons)
    labels, ids = numbered(grid_of_unit)
    table = score_plan(units, graph, grid_of_unit, balance=balance or made_by)["grids"]
    added = {name: sums(labels, values, len(ids)) for name, values in units.columns.items()}
    kept = ("area_m2", "load", "deviation", "contiguous", "compactness", "boundary_m", "arterial_m")
    values: dict[str, Any] = {
        "grid_id": ids,
        "units": [row["units"] for row in table],
        **{name: value for name, value in added.items() if name not in kept},
        **{name: [row[name] for row in table] for name in kept},
    }
    shapes = grid_polygons(units.polygons, [labels], simplify_m=simplify_m)[0]
    back = projector(_metric(frame), frame.crs)(shapes)
    return gpd.GeoDataFrame(values, geometry=list(back), crs=frame.crs)


def _has_geometry(frame: Any) -> bool:
    return getattr(frame, "active_geometry_name", None) is not None


def _metric(frame: gpd.GeoDataFrame) -> pyproj.CRS:
    """The metric projection of the place of a frame. Raises InputError."""
    if frame.crs is None:
        raise InputError(
            "frame-crs-missing", bounds=" ".join(f"{value:.6g}" for value in frame.total_bounds)
        )
    west, south, east, north = (float(value) for value in frame.to_crs(WGS84).total_bounds)
    # NaN, as of coordinates that no projection reaches, is not within the world either.
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise InputError(
            "frame-outside-world", crs=frame.crs.name,
            bounds=" ".join(f"{value:.6g}" for value in frame.total_bounds),
        )  # fmt: skip
    return metric_crs((west, south, east, north))


def _column(frame: gpd.GeoDataFrame, name: str) -> Any:
    if name not in frame.columns:
        found = [str(column) for column in frame.columns if column != frame.geometry.name]
        raise InputError("frame-column-missing", column=name, found=", ".join(found) or "-")
    return frame[name].to_numpy()


def _check_shapes(shapes: Any, ids: Any) -> None:
    """Raise InputError for units that are no polygons or invalid, naming the first."""
    kind = shapely.get_type_id(shapes)
    bad = np.flatnonzero(~np.isin(kind, (3, 6)) | shapely.is_empty(shapes))
    if len(bad):
        raise InputError("frame-no-polygon", count=len(bad), unit=str(ids[bad[0]]))
    invalid = np.flatnonzero(~shapely.is_valid(shapes))
    if len(invalid):
        raise InputError(
            "frame-invalid", count=len(invalid), unit=str(ids[invalid[0]]),
            reason=str(shapely.is_valid_reason(shapes[invalid[0]])),
        )  # fmt: skip
