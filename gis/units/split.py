"""Units over a limit, cut until nothing is over it or nothing more can be cut."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyproj
import shapely

from gis.geometry import Floats
from gis.progress import Progress
from gis.report import Report
from gis.units.cuts import Block, cut_lines
from gis.units.faces import Geometries, Ints, areas_m2, as_lines, in_order, outlines, polygonise
from gis.units.merge import without_slivers
from gis.units.options import Limits, UnitOptions
from gis.units.people import People, locate, spread

UNITS_PER_GRID = 6  # grids of so many units or more can be balanced to some per cent
_ROUNDS = 4


def limits_for(options: UnitOptions, units: Geometries, folk: People, crs: pyproj.CRS) -> Limits:
    """The wanted limits; those not given are derived from the number of grids.

    A unit then holds at most a sixth of a grid's people and half of its area, or, where no
    people are known, a sixth of its area.
    """
    max_pop, max_area_m2 = options.max_pop, options.max_area_m2
    if options.grids:
        counts, _ = spread(folk, units, crs)
        total, area_m2 = float(counts[:, 0].sum()), float(areas_m2(units, crs).sum())
        if total > 0:
            max_pop = max_pop or total / options.grids / UNITS_PER_GRID
        share = 2 if total > 0 else UNITS_PER_GRID
        max_area_m2 = max_area_m2 or area_m2 / options.grids / share
    return Limits(max_pop=max_pop, max_area_m2=max_area_m2)


def split_over_limit(
    units: Geometries,
    zone: Ints,
    folk: People,
    houses: Geometries,
    *,
    limits: Limits,
    options: UnitOptions,
    crs: pyproj.CRS,
    report: Report,
    progress: Progress,
) -> tuple[Geometries, Ints]:
    """The units, and their zones, with those over a limit cut (see `gis.units.cuts`).

    Each round adds the cuts to the outlines of the units that they cut and of all that touch
    these, and nodes them anew, so that the result is a coverage again; scraps of cuts are joined
    to neighbours.
    """
    if limits.max_pop is None and limits.max_area_m2 is None:
        return units, zone
    before = len(units)
    tried: set[bytes] = set()
    for turn in range(_ROUNDS):
        pop = spread(folk, units, crs)[0][:, 0]
        over = np.flatnonzero(limits.weight(pop, areas_m2(units, crs)) > 1)
        shapes = shapely.to_wkb(units[over]).tolist()
        over = over[[shape not in tried for shape in shapes]]
        tried.update(shapes)
        blocks = _blocks(units[over], pop[over], folk, houses, crs)
        cuts: list[Any] = []
        for number, block in enumerate(blocks):
            cuts.extend(cut_lines(block, limits, min_area_m2=options.min_area_m2))
            progress("units-step-splitting", (turn + (number + 1) / len(blocks)) / _ROUNDS)
        if not cuts:
            break
        near = np.unique(shapely.STRtree(units).query(units[over], "intersects")[1])
        ways = np.concatenate([outlines(units[near]), as_lines(np.array(cuts, object))])
        faces = polygonise(ways)
        parent = locate(units[near], shapely.point_on_surface(faces))
        faces, parent = faces[parent >= 0], near[parent[parent >= 0]]
        weight = limits.weight(spread(folk, faces, crs)[0][:, 0], areas_m2(faces, crs))
        joined = without_slivers(
            faces, zone[parent], weight, crs=crs,
            min_area_m2=options.min_area_m2, min_width_m=options.min_width_m,
        )  # fmt: skip
        units = np.concatenate([np.delete(units, near), joined.units])
        zone = np.concatenate([np.delete(zone, near), joined.zone])
        order = in_order(units)
        units, zone = units[order], zone[order]
    progress("units-step-splitting", 1.0)
    report.add("repaired", "units-split", count=max(len(units) - before, 0))
    return units, zone


def _blocks(
    units: Geometries, pop: Floats, folk: People, houses: Geometries, crs: pyproj.CRS
) -> list[Block]:
    """Each unit with the buildings and the places of people in it."""
    places = folk.geometry if folk.are_points else np.empty(0, object)
    place_pop = folk.counts[: len(places), 0]
    inside = _members(locate(units, places), len(units))
    built = _members(locate(units, shapely.point_on_surface(houses)), len(units))
    blocks = []
    for number, (polygon, area_m2) in enumerate(zip(units, areas_m2(units, crs), strict=True)):
        spots, own = places[inside[number]], houses[built[number]]
        blocks.append(
            Block(
                polygon=polygon,
                area_m2=float(area_m2),
                pop=float(pop[number]),
                buildings=own,
                building_pop=_housed(spots, place_pop[inside[number]], own, float(pop[number])),
                places=shapely.get_coordinates(spots).reshape(-1, 2),
                place_pop=place_pop[inside[number]],
            )
        )
    return blocks


def _members(owner: Ints, count: int) -> list[Ints]:
    """For each owner 0…count-1 the positions that are its own, in order."""
    order = np.argsort(owner, kind="stable")
    ends = np.searchsorted(owner[order], np.arange(count + 1))
    return [order[ends[number] : ends[number + 1]] for number in range(count)]


def _housed(spots: Geometries, spot_pop: Floats, built: Geometries, pop: float) -> Floats:
    """People per building of a block: each place's go to the nearest building."""
    if len(built) == 0:
        return np.zeros(0)
    if len(spots) == 0:
        return np.full(len(built), pop / len(built))
    nearest = shapely.STRtree(built).nearest(spots)
    return np.bincount(nearest, spot_pop, minlength=len(built)).astype(np.float64)
