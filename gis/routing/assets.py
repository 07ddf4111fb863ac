"""Named assets and how far places are from them, and on which side of a street. In metres.

A street's sides are those of its line as it was stored, left and right of whoever walks along it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.geometry import metric_crs, places_in_metres, to_metric
from gis.routing.presence import utc

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
Stamps = npt.NDArray[np.datetime64]

LEFT, RIGHT = 1, -1
ON_LINE_M = 1e-6  # nearer to its line than this a place is on no side of a street
PAIRS = 2_000_000  # places times segments looked at together
LINES = (1, 2, 5)  # shapely's numbers of line strings, rings and multi line strings


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A named thing in WGS 84, in charge of an organisation or of none, from `since` to `until`.

    A place is on it up to `reach_m` from it: 0 for a polygon means in it or on its edge.
    """

    asset_id: int
    code: str
    kind: str
    geometry: Any
    organisation_id: int | None
    reach_m: float
    since: datetime
    until: datetime | None = None


def stamp(moment: datetime | None) -> np.datetime64:
    """A moment as datetime64 in UTC; without one, a moment after all others."""
    if moment is None:
        return np.datetime64("9999-12-31", "us")
    return np.datetime64(utc(moment).replace(tzinfo=None), "us")


def stamps(moments: npt.NDArray[Any]) -> Stamps:
    """The same of many: aware datetimes, or datetime64 in UTC."""
    if moments.dtype.kind == "M":
        return moments.astype("datetime64[us]")
    plain = [utc(moment).replace(tzinfo=None) for moment in moments.tolist()]
    return np.array(plain, "datetime64[us]")


class Assets:
    """Assets of any moment, ready to be measured to."""

    def __init__(self, assets: Sequence[Asset] = ()) -> None:
        self.assets = tuple(sorted(assets, key=lambda it: (it.code, utc(it.since))))
        self.since = np.array([stamp(it.since) for it in self.assets], "datetime64[us]")
        self.until = np.array([stamp(it.until) for it in self.assets], "datetime64[us]")
        self._codes: dict[str, list[int]] = {}
        self._kinds: dict[str, list[int]] = {}
        self._trees: dict[str, shapely.STRtree] = {}
        self._lines: dict[int, _Line] = {}
        for number, asset in enumerate(self.assets):
            self._codes.setdefault(asset.code, []).append(number)
            self._kinds.setdefault(asset.kind, []).append(number)

    def __len__(self) -> int:
        return len(self.assets)

    @cached_property
    def _crs(self) -> Any:
        # Where most of them are: one that was recorded far off must not bend what all are measured
        # by, as the middle of their bounds would.
        bounds = shapely.bounds([it.geometry for it in self.assets])
        lon, lat = np.sort((bounds[:, :2] + bounds[:, 2:]) / 2, axis=0)[len(bounds) // 2]
        return metric_crs((float(lon), float(lat)))

    @cached_property
    def _shapes(self) -> npt.NDArray[Any]:
        given = np.array([*(it.geometry for it in self.assets), None], dtype=object)[:-1]
        shapes: npt.NDArray[Any] = to_metric(given, self._crs)
        shapely.prepare(shapes)
        return shapes

    @cached_property
    def _grasp(self) -> tuple[Ints, shapely.STRtree, Floats]:
        """Assets in somebody's charge: which, a tree of how far they reach, and their reach."""
        held = np.array(
            [k for k, it in enumerate(self.assets) if it.organisation_id is not None], np.intp
        )
        reach = np.array([self.assets[k].reach_m for k in held.tolist()], np.float64)
        boxes = np.empty(0, dtype=object)
        if len(held):
            west, south, east, north = shapely.bounds(self._shapes[held]).T
            boxes = shapely.box(west - reach, south - reach, east + reach, north + reach)
        return held, shapely.STRtree(boxes), reach

    def placed(self, lon: Floats, lat: Floats) -> npt.NDArray[Any]:
        """Places (WGS 84) as points to measure from."""
        points: npt.NDArray[Any] = np.asarray(
            shapely.points(*places_in_metres(lon, lat, self._crs))
        )
        return points

    def coded(self, code: str, at: Stamps) -> Ints:
        """For each moment the number of the asset that has this code then, -1 for none."""
        found = np.full(len(at), -1, np.intp)
        for number in self._codes.get(code, ()):
            found[(self.since[number] <= at) & (at < self.until[number])] = number
        return found

    def street(self, code: str, at: Stamps) -> Ints:
        """The same, but only of assets that are lines."""
        found = self.coded(code, at)
        for number in np.unique(found[found >= 0]).tolist():
            if shapely.get_type_id(self._shapes[number]) not in LINES:
                found[found == number] = -1
        return found

    def near(self, numbers: Ints, points: npt.NDArray[Any], within_m: float) -> Mask:
        """Which points are at most so far from the asset of the same position (by its number)."""
        near: Mask = np.asarray(shapely.dwithin(self._shapes[numbers], points, within_m))
        return near

    def near_kind(self, kind: str, points: npt.NDArray[Any], at: Stamps, within_m: float) -> Mask:
        """Which points are at most so far from any asset of a kind that is there then."""
        numbers = np.array(self._kinds.get(kind, ()), np.intp)
        near = np.zeros(len(points), np.bool_)
        if not len(numbers) or not len(points):
            return near
        if kind not in self._trees:
            self._trees[kind] = shapely.STRtree(self._shapes[numbers])
        place, found = self._trees[kind].query(points, predicate="dwithin", distance=within_m)
        there = self._there(numbers[found], at[place])
        near[place[there]] = True
        return near

    def kind_known(self, kind: str, at: Stamps) -> Mask:
        """At which moments there is any asset of a kind."""
        known = np.zeros(len(at), np.bool_)
        for number in self._kinds.get(kind, ()):
            known |= (self.since[number] <= at) & (at < self.until[number])
        return known

    def holding(self, points: npt.NDArray[Any], at: Stamps) -> tuple[Ints, Ints]:
        """Pairs of a point's position and the number of an asset in somebody's charge that it is
        on at its moment; in the order of the points, then of the assets' codes."""
        held, tree, reach = self._grasp
        place, found = tree.query(points)
        near = shapely.dwithin(self._shapes[held[found]], points[place], reach[found])
        place, found = place[near], held[found[near]]
        there = self._there(found, at[place])
        place, found = place[there], found[there]
        order = np.lexsort((found, place))  # assets are numbered by code
        return place[order], found[order]

    def distance_m(self, number: int, point: Any) -> float:
        """How far a point is from an asset."""
        return float(shapely.distance(self._shapes[number], point))

    def nearest_of_kind(self, kind: str, point: Any, at: np.datetime64) -> float | None:
        """How far the nearest asset of a kind is that is there at a moment."""
        numbers = np.array(self._kinds.get(kind, ()), np.intp)
        numbers = numbers[(self.since[numbers] <= at) & (at < self.until[numbers])]
        if not len(numbers):
            return None
        return float(np.min(shapely.distance(self._shapes[numbers], point)))

    def sides(self, number: int, points: npt.NDArray[Any]) -> npt.NDArray[np.int8]:
        """On which side of a street each point is: LEFT, RIGHT, or 0 on its line and beyond its
        ends."""
        if number not in self._lines:
            self._lines[number] = _Line.of(self._shapes[number])
        return self._lines[number].sides(shapely.get_coordinates(points))

    def _there(self, numbers: Ints, at: Stamps) -> Mask:
        there: Mask = (self.since[numbers] <= at) & (at < self.until[numbers])
        return there


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """The segments of a line, from `a` to `b`; the one before and after each, -1 at its ends."""

    a: Floats
    b: Floats
    before: Ints
    after: Ints

    @classmethod
    def of(cls, shape: Any) -> _Line:
        starts: list[Floats] = []
        ends: list[Floats] = []
        before: list[int] = []
        after: list[int] = []
        for part in shapely.get_parts(shape):
            xy = shapely.get_coordinates(part)
            xy = xy[np.concatenate(([True], (np.diff(xy, axis=0) != 0).any(axis=1)))]
            count, first = len(xy) - 1, len(before)
            if count < 1:
                continue
            starts.append(xy[:-1])
            ends.append(xy[1:])
            closed = bool((xy[0] == xy[-1]).all())
            numbers = range(first, first + count)
            before += [first + count - 1 if closed else -1, *numbers[:-1]]
            after += [*numbers[1:], first if closed else -1]
        return cls(
            a=np.concatenate(starts),
            b=np.concatenate(ends),
            before=np.array(before, np.intp),
            after=np.array(after, np.intp),
        )

    def sides(self, xy: Floats) -> npt.NDArray[np.int8]:
        found = np.zeros(len(xy), np.int8)
        step = max(1, PAIRS // len(self.a))
        for first in range(0, len(xy), step):
            found[first : first + step] = self._sides(xy[first : first + step])
        return found

    def _sides(self, xy: Floats) -> npt.NDArray[np.int8]:
        along = self.b - self.a
        length_2 = (along**2).sum(axis=1)
        to = xy[:, None, :] - self.a[None, :, :]
        share = np.clip((to * along).sum(axis=2) / length_2, 0.0, 1.0)
        gap = to - share[:, :, None] * along
        distance_2 = (gap**2).sum(axis=2)
        nearest = distance_2.argmin(axis=1)
        rows = np.arange(len(xy))
        t = share[rows, nearest]
        side = np.sign(_cross(along[nearest], to[rows, nearest]))
        # Nearest to a corner, one segment alone misleads: left of a left turn is left of both of
        # its segments; everything else there is right. And the other way about.
        at_end, at_start = t >= 1.0, t <= 0.0
        first = np.where(at_start, self.before[nearest], nearest)
        second = np.where(at_end, self.after[nearest], nearest)
        corner = (at_end | at_start) & (first >= 0) & (second >= 0)
        turn = np.sign(_cross(along[first], along[second]))
        one = np.sign(_cross(along[first], xy - self.a[first]))
        two = np.sign(_cross(along[second], xy - self.a[second]))
        both = np.where(turn > 0, np.minimum(one, two), np.maximum(one, two))
        straight = turn == 0
        side = np.where(corner & ~straight, np.sign(both), side)
        # Where it turns back on itself, what lies beyond the tip is on no side of it.
        back = corner & straight & ((along[first] * along[second]).sum(axis=1) < 0)
        beyond = (at_end | at_start) & ~corner
        beyond &= (
            np.abs((gap[rows, nearest] * along[nearest]).sum(axis=1)) > 1e-9 * length_2[nearest]
        )
        on_line = distance_2[rows, nearest] <= ON_LINE_M**2
        return np.where(beyond | back | on_line, 0, side).astype(np.int8)


def _cross(u: Floats, v: Floats) -> Floats:
    result: Floats = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    return result
