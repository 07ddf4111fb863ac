"""Which faces belong to the jurisdiction, and to which of its polygons (sub-districts)."""

from __future__ import annotations

import numpy as np
import pyproj
import shapely

from gis.errors import InfeasibleError
from gis.report import Report
from gis.units.faces import Geometries, Ints, areas_m2, shared_edges

OUTSIDE = -1


def zones_of(
    faces: Geometries,
    boundary: Geometries,
    *,
    crs: pyproj.CRS,
    seam_m: float,
    report: Report,
) -> Ints:
    """The row of `boundary` that each face lies in, or OUTSIDE (also in a hole of the boundary).

    Where rows overlap, the first has the face. A seam, a face in no row but between two of
    them and thinner than `seam_m`, goes to the row with which it shares the longest line. Both
    are noted as repaired. Raises InfeasibleError `boundary-row-empty` for a row left without
    any area.
    """
    inside = shapely.point_on_surface(faces)
    face, row = shapely.STRtree(boundary).query(inside, predicate="intersects")
    zone = np.full(len(faces), len(boundary), np.int64)
    np.minimum.at(zone, face, row)
    zone[zone == len(boundary)] = OUTSIDE
    claims = np.bincount(face, minlength=len(faces))
    area_m2 = areas_m2(faces, crs)
    if (claims > 1).any():
        report.add(
            "repaired", "boundary-overlap", count=int((claims > 1).sum()),
            area_m2=round(float(area_m2[claims > 1].sum()), 1),
        )  # fmt: skip
    if len(boundary) > 1 and (zone == OUTSIDE).any():
        zone = _without_seams(faces, zone, area_m2, crs=crs, seam_m=seam_m, report=report)
    empty = np.setdiff1d(np.arange(len(boundary)), zone)
    if len(empty):
        rows = ", ".join(str(number + 1) for number in empty[:20])
        raise InfeasibleError("boundary-row-empty", count=len(empty), rows=rows)
    return zone


def _without_seams(
    faces: Geometries,
    zone: Ints,
    area_m2: np.ndarray,
    *,
    crs: pyproj.CRS,
    seam_m: float,
    report: Report,
) -> Ints:
    edges = shared_edges(faces, crs)
    perimeter_m = edges.outer_m.copy()
    np.add.at(perimeter_m, edges.left, edges.length_m)
    np.add.at(perimeter_m, edges.right, edges.length_m)
    thin = (zone == OUTSIDE) & (2 * area_m2 < seam_m * perimeter_m)
    touched: dict[int, dict[int, float]] = {int(face): {} for face in np.flatnonzero(thin)}
    for one, other, length in zip(
        np.concatenate([edges.left, edges.right]).tolist(),
        np.concatenate([edges.right, edges.left]).tolist(),
        np.concatenate([edges.length_m, edges.length_m]).tolist(),
        strict=True,
    ):
        if one in touched and zone[other] != OUTSIDE:
            row = int(zone[other])
            touched[one][row] = touched[one].get(row, 0.0) + length
    filled = zone.copy()
    for face, rows in touched.items():
        if len(rows) > 1:
            filled[face] = max(rows, key=lambda row: (rows[row], -row))
    seams = filled != zone
    if seams.any():
        report.add(
            "repaired", "boundary-seams", count=int(seams.sum()),
            area_m2=round(float(area_m2[seams].sum()), 1),
        )  # fmt: skip
    return filled
