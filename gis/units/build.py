"""Atomic units of a jurisdiction: the pieces that grids are made of, without gap or overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely

from gis.errors import InfeasibleError, InputError
from gis.geometry import BD09, GCJ02, WGS84, Floats, likelier_crs, metric_crs
from gis.progress import Progress, silent
from gis.report import Report
from gis.units import people as living
from gis.units.cells import cell_outlines, choose_resolution
from gis.units.faces import Geometries, Ints, areas_m2, as_lines, outlines, polygonise, reaching
from gis.units.jurisdiction import OUTSIDE, zones_of
from gis.units.merge import without_slivers
from gis.units.names import unit_ids
from gis.units.options import Limits, UnitOptions, UnitsResult
from gis.units.people import People
from gis.units.split import limits_for, split_over_limit

if TYPE_CHECKING:
    import geopandas as gpd


def build_units(
    *,
    streets: gpd.GeoDataFrame | None,
    boundary: gpd.GeoDataFrame | None = None,
    buildings: gpd.GeoDataFrame | None = None,
    barriers: gpd.GeoDataFrame | None = None,
    population: gpd.GeoDataFrame | None = None,
    options: UnitOptions | None = None,
    report: Report | None = None,
    progress: Progress = silent,
) -> UnitsResult:
    """Cut a jurisdiction into units that tile it: a valid coverage, nobody lost, deterministic.

    All frames are in WGS 84 (as `gis.files.layers.read_layer` gives them).
    streets: lines; their dead ends are ignored. None or empty: H3 cells are the units.
    boundary: polygons of the jurisdiction, one row or several (sub-districts); no unit crosses
    from one row into another; holes stay holes. None: the outermost streets bound it.
    buildings: polygons, with `pop` and `households` if known; between them units are split.
    barriers: lines (railway, river) or polygons (lake), which part units as streets do.
    population: points with `pop` (and `households`), or polygons (zones) with them: spread over
    the buildings that stand in them by ground area, or evenly where none do. Without it the
    buildings' columns count.
    Raises InputError and InfeasibleError (`units-…`, `boundary-…`).
    """
    options, report = options or UnitOptions(), report or Report()
    if options.parent and (boundary is None or options.parent not in boundary.columns):
        raise InputError("units-no-parent", column=options.parent)
    crs = metric_crs(_bounds(boundary, streets))
    houses = _geometry(buildings)
    units, zone = _blocks(
        _geometry(streets), _geometry(barriers), _geometry(boundary), crs, options, report, progress
    )
    folk = _people(population, buildings, houses, crs)
    limits = limits_for(options, units, folk, crs)
    units, zone = split_over_limit(
        units, zone, folk, houses, limits=limits, options=options, crs=crs,
        report=report, progress=progress,
    )  # fmt: skip
    progress("units-step-checking", 0.0)
    if not (shapely.is_valid(units).all() and shapely.coverage_is_valid(units)):
        raise InfeasibleError("units-not-a-coverage")
    parent = None
    if boundary is not None and options.parent:
        parent = boundary[options.parent].to_numpy()[zone]
    result = _result(units, parent, folk, limits, crs, options, report)
    progress("units-step-checking", 1.0)
    return result


def _bounds(*frames: gpd.GeoDataFrame | None) -> list[float]:
    for frame in frames:
        if frame is not None and len(frame):
            return [float(value) for value in frame.total_bounds]
    raise InputError("units-no-streets")


def _geometry(frame: gpd.GeoDataFrame | None) -> Geometries:
    if frame is None:
        return np.empty(0, object)
    geometry: Geometries = np.asarray(frame.geometry.to_numpy(), object)
    return geometry


def _blocks(
    streets: Geometries,
    barriers: Geometries,
    boundary: Geometries,
    crs: pyproj.CRS,
    options: UnitOptions,
    report: Report,
    progress: Progress,
) -> tuple[Geometries, Ints]:
    """The first units, slivers joined, and the boundary row of each (0 without a boundary)."""
    progress("units-step-blocks", 0.0)
    bounded = len(boundary) > 0
    ways, min_area_m2 = as_lines(streets), options.min_area_m2
    if len(ways) == 0 or options.h3_resolution is not None:
        if not bounded:
            raise InputError("units-no-streets")
        area_m2 = float(areas_m2(boundary, crs).sum())
        resolution, cell_m2 = choose_resolution(options, area_m2)
        ways = cell_outlines(boundary, area_m2, resolution)
        min_area_m2 = max(min_area_m2, 0.2 * cell_m2)  # scraps of cells along the boundary
    ways = np.concatenate([ways, as_lines(barriers)])
    if bounded:
        ways = ways[np.unique(shapely.STRtree(ways).query(boundary, "intersects")[1])]
        if len(ways) == 0:
            report.add("warned", "units-streets-elsewhere")
    faces = polygonise(np.concatenate([ways, reaching(ways), outlines(boundary)]))
    progress("units-step-blocks", 0.6)
    if len(faces) == 0:
        raise InfeasibleError("units-no-blocks")
    zone = np.zeros(len(faces), np.int64)
    if bounded:
        zone = zones_of(faces, boundary, crs=crs, seam_m=options.min_width_m, report=report)
        faces, zone = faces[zone != OUTSIDE], zone[zone != OUTSIDE]
    joined = without_slivers(
        faces, zone, np.zeros(len(faces)), crs=crs,
        min_area_m2=min_area_m2, min_width_m=options.min_width_m,
    )  # fmt: skip
    units, zone = joined.units, joined.zone
    report.add("repaired", "units-slivers-joined", count=joined.merged)
    report.add(
        "warned" if bounded else "refused", "units-slivers-alone", count=int(joined.alone.sum())
    )
    if not bounded:  # a scrap among roads that touches no block is no place to answer for
        units, zone = units[~joined.alone], zone[~joined.alone]
        if len(units) == 0:
            raise InfeasibleError("units-no-blocks")
    progress("units-step-blocks", 1.0)
    return units, zone


def _people(
    population: gpd.GeoDataFrame | None,
    buildings: gpd.GeoDataFrame | None,
    houses: Geometries,
    crs: pyproj.CRS,
) -> People:
    """Who lives where, at points as far as it is known."""
    folk = living.people_of(population if population is not None else buildings)
    if folk.are_points:
        return folk
    if population is None:
        return living.at_points(folk)
    return living.into_buildings(folk, houses, crs) if len(houses) else folk


def _result(
    units: Geometries,
    parent: object,
    folk: People,
    limits: Limits,
    crs: pyproj.CRS,
    options: UnitOptions,
    report: Report,
) -> UnitsResult:
    import geopandas as gpd

    counts, outside = living.spread(folk, units, crs)
    area_m2 = areas_m2(units, crs)
    columns: dict[str, object] = {"unit_id": unit_ids(units)}
    if options.parent:
        columns[options.parent] = parent
    columns["pop"] = living.whole_numbers(counts[:, 0])
    if folk.has_households:
        columns["households"] = living.whole_numbers(counts[:, 1])
    columns["area_m2"] = np.round(area_m2, 2)
    frame = gpd.GeoDataFrame(columns, geometry=units, crs=WGS84)
    weight = np.asarray(limits.weight(counts[:, 0], area_m2))
    over = tuple(frame["unit_id"][weight > 1 + 1e-9])
    if over:
        report.add(
            "warned", "units-over-limit", count=len(over), ids=", ".join(over[:10]),
            times=round(float(weight.max()), 2),
        )  # fmt: skip
    _doubts(folk, units, outside, report)
    return UnitsResult(
        frame=frame, report=report, people=int(frame["pop"].sum()),
        people_outside=round(float(outside[0])), over_limit=over,
    )  # fmt: skip


def _doubts(folk: People, units: Geometries, outside: Floats, report: Report) -> None:
    """Warn of no people, of people left outside, and of places in another system than said."""
    if not folk.has_pop:
        report.add("warned", "units-no-people")
    elif folk.counts[:, 0].sum() == 0:
        report.add("warned", "units-all-empty")
    if round(float(outside[0])) > 0:
        report.add("warned", "units-people-outside", people=round(float(outside[0])))
    if folk.are_points and len(folk.geometry):
        xy = shapely.get_coordinates(folk.geometry)
        reading = likelier_crs(xy[:, 0], xy[:, 1], shapely.coverage_union_all(units))
        count = int((living.locate(units, folk.geometry) < 0).sum())
        if reading in (GCJ02, BD09):
            report.add("warned", "crs-doubtful", count=count, crs=reading)
        elif reading is not None:
            report.add("warned", "coordinates-swap-doubtful", count=count)
