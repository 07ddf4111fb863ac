"""Small towns for tests of units, drawn in metres, and the promise that all units must keep."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.geometry import DECIMALS, from_metric, metric_crs, to_metric
from gis.messages import LANGUAGES
from gis.report import Report
from gis.units.options import UnitsResult

ORIGIN = (113.60, 34.75)
CRS = metric_crs(ORIGIN)
CORNER = shapely.get_coordinates(to_metric(shapely.Point(*ORIGIN), CRS))[0]


def placed(shape: Any) -> Any:
    """A shape drawn in metres from the town's south-west corner, in WGS 84."""
    return from_metric(shapely.transform(shape, lambda xy: xy + CORNER), CRS)


def layer(*shapes: Any, **columns: list) -> gpd.GeoDataFrame:
    """A WGS 84 frame of shapes drawn in metres."""
    return gpd.GeoDataFrame(columns, geometry=placed(np.array(shapes, object)), crs=4326)


def raster_streets(width_m: float, height_m: float, step_m: float) -> gpd.GeoDataFrame:
    """A grid of streets that stick out of the town by 10 m on each side."""
    lines = [
        shapely.LineString([(x, -10), (x, height_m + 10)])
        for x in np.arange(0, width_m + 1, step_m)
    ] + [
        shapely.LineString([(-10, y), (width_m + 10, y)])
        for y in np.arange(0, height_m + 1, step_m)
    ]
    return layer(*lines)


def random_streets(seed: int, *, count: int = 12, size_m: float = 1000) -> gpd.GeoDataFrame:
    """Straight lines through the town in any direction, and as many dead ends."""
    rng = np.random.default_rng(seed)
    lines = []
    for _ in range(count):
        centre, angle = rng.uniform(0, size_m, 2), rng.uniform(0, np.pi)
        reach = np.array([np.cos(angle), np.sin(angle)]) * size_m * 2
        lines.append(shapely.LineString([centre - reach, centre + reach]))
        lines.append(shapely.LineString(rng.uniform(0, size_m, (3, 2))))
    return layer(*lines)


def yards(width_m: float, height_m: float, *, pop: int, step_m: float = 40) -> gpd.GeoDataFrame:
    """Buildings of 20 m by 12 m in rows, each with `pop` people and a third as many homes."""
    shapes = [
        shapely.box(x + 10, y + 14, x + 30, y + 26)
        for x in np.arange(0, width_m, step_m)
        for y in np.arange(0, height_m, step_m)
    ]
    return layer(*shapes, pop=[pop] * len(shapes), households=[pop // 3] * len(shapes))


def measured_m2(geometry: Any) -> float:
    """The area of a WGS 84 geometry (or all of several) in the town's projection."""
    return float(np.sum(shapely.area(to_metric(geometry, CRS))))


TOWN = layer(shapely.box(0, 0, 1000, 1000))


def codes(report: Report) -> dict[str, int]:
    for finding in report.findings:
        for language in LANGUAGES:
            assert finding.text(language) != finding.code and "{" not in finding.text(language)
    return {finding.code: finding.count for finding in report.findings}


def assert_tiles(result: UnitsResult, boundary: gpd.GeoDataFrame) -> None:
    """The promise: valid single polygons on the stored grid that cover the boundary exactly."""
    units = result.frame.geometry.to_numpy()
    xy = shapely.get_coordinates(units)
    assert (np.round(xy, DECIMALS) == xy).all()
    assert shapely.is_valid(units).all() and (shapely.get_type_id(units) == 3).all()
    assert shapely.coverage_is_valid(units)
    whole = shapely.union_all(boundary.geometry.to_numpy())
    # coordinates are stored to a centimetre: the outline may differ by so much, the inside not
    tolerance_m2 = 0.03 * shapely.length(shapely.transform(whole, lambda xy: xy * 111_320)) + 1
    assert abs(measured_m2(units) - measured_m2(whole)) < tolerance_m2
    assert measured_m2(shapely.difference(whole, shapely.coverage_union_all(units))) < tolerance_m2
    assert result.frame["unit_id"].is_unique
    assert result.frame["area_m2"].sum() == pytest.approx(measured_m2(units), abs=0.01 * len(units))
