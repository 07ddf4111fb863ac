"""The ground of a heatmap: grid boundaries, main streets and names, small enough for a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
import shapely.geometry

GeoJson = Mapping[str, Any]

DECIMALS = 5  # about 1 m
MAX_NAMES = 80
_PIXELS = 1500  # shapes are simplified to about one pixel of a screen that shows all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name to write on the map, in WGS 84."""

    text: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Boundaries:
    """The lines and names of grids, ready to be drawn again and again."""

    lines: dict[str, Any]
    names: list[Name]

    @classmethod
    def of(cls, grids: GeoJson) -> Boundaries:
        """From a GeoJSON of polygons with their `name`."""
        return cls(lines=boundary_lines(grids), names=names(grids))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Streets:
    """Streets by class, ready to be drawn again and again."""

    classes: list[tuple[int, dict[str, Any]]]

    @classmethod
    def of(cls, streets: GeoJson) -> Streets:
        """From a GeoJSON of lines with their `class`."""
        return cls(classes=street_lines(streets))


def boundary_lines(grids: GeoJson) -> dict[str, Any]:
    """Every boundary of a GeoJSON of polygons once, as one MultiLineString."""
    polygons = np.array([shape for shape, _ in _shapes(grids, "Polygon")], dtype=object)
    if len(polygons) == 0:
        return _feature([])
    simple = shapely.coverage_simplify(polygons, _tolerance_deg(polygons))
    lines = shapely.line_merge(shapely.union_all(shapely.boundary(simple)))
    return _feature(_coordinates([lines]))


def street_lines(streets: GeoJson) -> list[tuple[int, dict[str, Any]]]:
    """Streets as one MultiLineString for each `class`, the widest (6) last, to be drawn on top."""
    by_class: defaultdict[int, list[Any]] = defaultdict(list)
    for shape, properties in _shapes(streets, "LineString"):
        rank = properties.get("class")
        by_class[rank if isinstance(rank, int) else 0].append(shape)
    everything = [shape for shapes in by_class.values() for shape in shapes]
    tolerance = _tolerance_deg(np.array(everything, dtype=object)) if everything else 0.0
    return [
        (rank, _feature(_coordinates(shapely.simplify(by_class[rank], tolerance))))
        for rank in sorted(by_class)
    ]


def names(grids: GeoJson) -> list[Name]:
    """The `name` properties of the polygons, the largest polygon first, at points inside them."""
    named = [
        (shape.area, str(properties["name"]), shapely.point_on_surface(shape))
        for shape, properties in _shapes(grids, "Polygon")
        if properties.get("name")
    ]
    named.sort(key=lambda entry: (-entry[0], entry[1]))
    return [Name(text=text, lon=at.x, lat=at.y) for _, text, at in named[:MAX_NAMES]]


def _shapes(data: GeoJson, kind: str) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    features = data.get("features", [])
    for feature in features:
        geometry = feature.get("geometry")
        if not geometry:
            continue
        shape = shapely.geometry.shape(geometry)
        if shape.geom_type in (kind, f"Multi{kind}") and not shape.is_empty:
            yield shape, feature.get("properties") or {}


def _tolerance_deg(shapes: Any) -> float:
    west, south, east, north = shapely.total_bounds(shapes)
    return float(max(east - west, north - south)) / _PIXELS


def _coordinates(shapes: Any) -> list[Any]:
    lines: list[Any] = []
    for shape in shapely.get_parts(shapes):
        for line in shapely.get_parts(shape):
            rounded = shapely.get_coordinates(line).round(DECIMALS)
            if len(rounded) > 1:
                lines.append(rounded.tolist())
    return lines


def _feature(lines: list[Any]) -> dict[str, Any]:
    feature = {
        "type": "Feature",
        "properties": {},
        "geometry": {"type": "MultiLineString", "coordinates": lines},
    }
    return {"type": "FeatureCollection", "features": [feature] if lines else []}
