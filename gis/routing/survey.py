"""How well grids tile: where they overlap, and where they leave gaps, in square metres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.geometry import metric_crs, projector, to_metric
from gis.report import Report

# Below this a fault is the rounding of stored coordinates (1 cm), not something to mend.
LEAST_AREA_M2 = 0.01
NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One overlap of two grids, or one gap enclosed by grids (then `codes` is empty)."""

    codes: tuple[str, ...]
    area_m2: float
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Overlaps and enclosed gaps, the largest first."""

    overlaps: tuple[Fault, ...]
    gaps: tuple[Fault, ...]

    def add_to(self, report: Report) -> None:
        """Note how much and where as warnings `routing-overlaps` and `routing-gaps`."""
        for code, faults in (("routing-overlaps", self.overlaps), ("routing-gaps", self.gaps)):
            if faults:
                report.add(
                    "warned",
                    code,
                    count=len(faults),
                    area_m2=round(sum(fault.area_m2 for fault in faults), 2),
                    places="; ".join(_told(fault) for fault in faults[:NAMED]),
                )


def survey(polygons: npt.NDArray[Any], codes: npt.NDArray[Any]) -> Survey:
    """The faults of valid polygons in WGS 84, measured in the metric projection of the place."""
    there = ~(shapely.is_missing(polygons) | shapely.is_empty(polygons))
    shapes, names = polygons[there], np.asarray(codes)[there].astype(str)
    if not len(shapes):
        return Survey(overlaps=(), gaps=())
    if shapely.coverage_is_valid(shapes):
        overlaps: list[tuple[tuple[str, ...], Any]] = []
        union = shapely.coverage_union_all(shapes)
    else:
        overlaps = _overlaps(shapes, names)
        union = shapely.union_all(shapes)
    crs = metric_crs(tuple(shapely.total_bounds(shapes)))
    return Survey(
        overlaps=_measured(overlaps, crs),
        gaps=_measured([((), hole) for hole in _holes(union)], crs),
    )


def _overlaps(shapes: npt.NDArray[Any], names: npt.NDArray[Any]) -> list[tuple[Any, Any]]:
    # Only a grid with an edge that no neighbour matches can take part in an overlap.
    faulty = np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(shapes)))
    one, other = shapely.STRtree(shapes).query(shapes[faulty], predicate="intersects")
    one = faulty[one]
    pair = np.unique(np.sort(np.stack((one, other), axis=1)[one != other], axis=1), axis=0)
    pair = pair[names[pair[:, 0]] != names[pair[:, 1]]]  # parts of one grid may
    common = shapely.intersection(shapes[pair[:, 0]], shapes[pair[:, 1]])
    flat = shapely.get_dimensions(common) < 2
    return [
        (tuple(sorted(names[list(at)])), shape)
        for at, shape in zip(pair[~flat].tolist(), common[~flat], strict=True)
    ]


def _holes(union: Any) -> list[Any]:
    parts = shapely.get_parts(union)
    shells = shapely.polygons(shapely.get_exterior_ring(parts))
    holes = shapely.get_parts(shapely.difference(shells, parts))
    return list(holes[~shapely.is_empty(holes)])


def _measured(found: list[tuple[tuple[str, ...], Any]], crs: Any) -> tuple[Fault, ...]:
    if not found:
        return ()
    shapes = to_metric(np.array([shape for _, shape in found], dtype=object), crs)
    areas = shapely.area(shapes)
    lonlat = shapely.get_coordinates(projector(crs, 4326)(shapely.point_on_surface(shapes)))
    faults = [
        Fault(codes=names, area_m2=float(area), lon=float(lon), lat=float(lat))
        for (names, _), area, (lon, lat) in zip(found, areas, lonlat, strict=True)
        if area >= LEAST_AREA_M2
    ]
    return tuple(sorted(faults, key=lambda fault: (-fault.area_m2, fault.codes)))


def _told(fault: Fault) -> str:
    name = " + ".join(fault.codes)
    return f"{name} {fault.area_m2:,.2f} m² ({fault.lon:.6f}, {fault.lat:.6f})".strip()
