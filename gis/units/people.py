"""People onto polygons: from places with counts, from buildings, or from zones; none lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely

from gis.geometry import Floats, to_metric
from gis.units.faces import Geometries

if TYPE_CHECKING:
    import geopandas as gpd

COUNTS = ("pop", "households")


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Where people live: points or zones (all of one kind) with counts.

    geometry: points or polygons in WGS 84, (n,). counts: float64 (n, 2), people and households.
    """

    geometry: Geometries
    counts: Floats
    has_pop: bool
    has_households: bool

    @property
    def are_points(self) -> bool:
        return len(self.geometry) == 0 or bool(shapely.get_type_id(self.geometry[0]) == 0)


def people_of(frame: gpd.GeoDataFrame | None) -> People:
    """People of a frame with `pop` and, if known, `households`; its lines and polygons as they are.

    Missing and negative counts are taken as 0: readers have named them already.
    """
    if frame is None or not set(COUNTS) & set(frame.columns):
        return People(
            geometry=np.empty(0, object), counts=np.zeros((0, 2)),
            has_pop=False, has_households=False,
        )  # fmt: skip
    counts = np.zeros((len(frame), 2))
    for column, name in enumerate(COUNTS):
        if name in frame.columns:
            values = frame[name].to_numpy(np.float64, na_value=np.nan)
            counts[:, column] = np.maximum(np.nan_to_num(values, nan=0.0, posinf=0.0), 0.0)
    return People(
        geometry=np.asarray(frame.geometry.to_numpy(), object),
        counts=counts,
        has_pop="pop" in frame.columns,
        has_households="households" in frame.columns,
    )


def at_points(people: People) -> People:
    """The same people, each polygon's gathered at a point inside it."""
    return People(
        geometry=shapely.point_on_surface(people.geometry), counts=people.counts,
        has_pop=people.has_pop, has_households=people.has_households,
    )  # fmt: skip


def into_buildings(zones: People, buildings: Geometries, crs: pyproj.CRS) -> People:
    """People of zones moved into the buildings that stand in them, by ground area.

    A building belongs to the first zone that holds a point of its inside. A zone without
    buildings gathers at a point of its own.
    """
    places = shapely.point_on_surface(buildings)
    zone = locate(zones.geometry, places)
    ground = np.where(zone >= 0, shapely.area(to_metric(buildings, crs)), 0.0)
    total = np.bincount(zone[zone >= 0], ground[zone >= 0], minlength=len(zones.geometry))
    housed = zone >= 0
    share = ground[housed] / total[zone[housed]]
    bare = total == 0
    return People(
        geometry=np.concatenate([places[housed], shapely.point_on_surface(zones.geometry[bare])]),
        counts=np.concatenate([zones.counts[zone[housed]] * share[:, None], zones.counts[bare]]),
        has_pop=zones.has_pop,
        has_households=zones.has_households,
    )


def locate(polygons: Geometries, points: Geometries) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The polygon that holds each point; on a shared line the first of them; -1 for none."""
    found = np.full(len(points), len(polygons), np.int64)
    which, polygon = shapely.STRtree(polygons).query(points, predicate="intersects")
    np.minimum.at(found, which, polygon)
    return np.where(found == len(polygons), -1, found)


def spread(people: People, polygons: Geometries, crs: pyproj.CRS) -> tuple[Floats, Floats]:
    """Counts per polygon, float64 (polygons, 2), and the counts (2,) that fell on none of them.

    Points count where they lie; zones are spread by the area that they share with each polygon.
    """
    counts = np.zeros((len(polygons), 2))
    if len(people.geometry) == 0:
        return counts, np.zeros(2)
    if people.are_points:
        unit = locate(polygons, people.geometry)
        np.add.at(counts, unit[unit >= 0], people.counts[unit >= 0])
        return counts, people.counts[unit < 0].sum(axis=0)
    zone, unit = shapely.STRtree(polygons).query(people.geometry, predicate="intersects")
    flat, flat_zones = to_metric(polygons, crs), to_metric(people.geometry, crs)
    shared = shapely.area(shapely.intersection(flat_zones[zone], flat[unit]))
    share = shared / np.maximum(shapely.area(flat_zones), 1e-9)[zone]
    # what the tiny differences between straight lines of two systems lose is given back
    covered = np.bincount(zone, share, minlength=len(people.geometry))
    whole = covered > 0.999
    share = np.where(whole[zone], share / np.where(whole, covered, 1.0)[zone], share)
    np.add.at(counts, unit, people.counts[zone] * share[:, None])
    left = 1 - np.where(whole, 1.0, np.minimum(covered, 1.0))
    return counts, (people.counts * left[:, None]).sum(axis=0)


def whole_numbers(values: Floats) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Integers whose sum is the rounded sum of `values`, each within 1 of its own.

    Largest remainder; ties go to the first.
    """
    total = round(float(values.sum()))
    floors = np.floor(values + 1e-9)
    missing = total - int(floors.sum())
    result = floors.astype(np.int64)
    if missing > 0:
        remainder = np.round(values - floors, 9)
        result[np.argsort(-remainder, kind="stable")[:missing]] += 1
    return result
