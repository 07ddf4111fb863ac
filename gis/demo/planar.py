"""A plane cut into faces by streets, exactly: every junction is one vertex that all sides share.

Lines are added by splitting faces, so two of them meet in a common vertex or not at all, and the
faces tile the plane from the first cut to the last: nothing has to be noded or snapped later.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import shapely

XY = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A named line of the plane: street, railway, river or wall, in one class from 0 to 6."""

    kind: str
    cls: int
    name: str = ""
    name_en: str = ""


@dataclass(slots=True, kw_only=True)
class Face:
    """One cell. `ring[k]` to `ring[k + 1]` runs on segment `segments[k]`, counter-clockwise."""

    ring: list[int]
    segments: list[int]
    zone: str = ""
    owner: int = -1
    quarter: int = -1


@dataclass(slots=True)
class Plane:
    """Vertices in metres, straight segments with the vertices that lie on them, lines and faces."""

    xy: list[XY] = field(default_factory=list)
    ends: list[tuple[int, int]] = field(default_factory=list)
    on: list[dict[int, float]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    line_of: list[int] = field(default_factory=list)
    faces: list[Face] = field(default_factory=list)

    def add_vertex(self, xy: XY) -> int:
        self.xy.append((float(xy[0]), float(xy[1])))
        return len(self.xy) - 1

    def add_line(self, line: Line) -> int:
        self.lines.append(line)
        return len(self.lines) - 1

    def add_segments(self, line: int, path: Sequence[int]) -> list[int]:
        """Straight segments of a line along a path of vertices, in order."""
        first = len(self.ends)
        for a, b in pairwise(path):
            self.ends.append((a, b))
            self.on.append({a: 0.0, b: 1.0})
            self.line_of.append(line)
        return list(range(first, len(self.ends)))

    def coordinates(self, face: Face) -> list[XY]:
        return [self.xy[v] for v in face.ring]

    def polygon(self, face: Face) -> shapely.Polygon:
        shape: shapely.Polygon = shapely.polygons(self.coordinates(face))
        return shape

    def whole_ring(self, face: Face) -> list[int]:
        """The ring with the vertices that neighbours have put on it since."""
        ring: list[int] = []
        for k, segment in enumerate(face.segments):
            a, b = face.ring[k], face.ring[(k + 1) % len(face.ring)]
            ring.append(a)
            ring.extend(self._between(segment, a, b))
        return ring

    def _between(self, segment: int, a: int, b: int) -> list[int]:
        on = self.on[segment]
        low, high = on[a], on[b]
        inner = [v for v, t in on.items() if min(low, high) < t < max(low, high)]
        return sorted(inner, key=lambda v: on[v], reverse=low > high)

    def chains(self) -> Iterator[tuple[int, list[int]]]:
        """Every segment's line and its vertices in order: the noded network."""
        for segment, on in enumerate(self.on):
            yield self.line_of[segment], sorted(on, key=lambda v: on[v])

    def place(self, face: Face, k: int, at: XY, snap_m: float, corner_m: float) -> int | None:
        """A vertex near `at` on the k-th side of a face: an old one within `snap_m`, or a new one.

        None where the place is within `corner_m` of a corner: a street does not leave from there.
        With `corner_m` 0 corners are vertices like others.
        """
        segment = face.segments[k]
        a, b = face.ring[k], face.ring[(k + 1) % len(face.ring)]
        on = self.on[segment]
        near = [
            (math.dist(self.xy[v], at), v)
            for v in (a, *self._between(segment, a, b), b)
        ]  # fmt: skip
        distance, vertex = min(near)
        corner = corner_m > 0 and vertex in (a, b) and self._is_corner(face, vertex)
        if distance <= snap_m and not corner:
            return vertex
        if corner and distance < corner_m:
            return None
        (ax, ay), (bx, by) = self.xy[self.ends[segment][0]], self.xy[self.ends[segment][1]]
        dx, dy = bx - ax, by - ay
        t = ((at[0] - ax) * dx + (at[1] - ay) * dy) / (dx * dx + dy * dy)
        low, high = sorted((on[a], on[b]))
        if not low < t < high or distance < 0.05:
            return vertex
        vertex = self.add_vertex((ax + t * dx, ay + t * dy))
        on[vertex] = t
        return vertex

    def _is_corner(self, face: Face, vertex: int) -> bool:
        k = face.ring.index(vertex)
        x, y = self.xy[vertex]
        px, py = self.xy[face.ring[k - 1]]
        nx, ny = self.xy[face.ring[(k + 1) % len(face.ring)]]
        turn = math.atan2(ny - y, nx - x) - math.atan2(y - py, x - px)
        return abs((turn + math.pi) % math.tau - math.pi) > math.radians(28)

    def _seat(self, face: Face, vertex: int) -> bool:
        """Make a vertex that lies on one of the face's sides part of its ring."""
        if vertex in face.ring:
            return True
        for k, segment in enumerate(face.segments):
            on = self.on[segment]
            if vertex not in on:
                continue
            low, high = sorted((on[face.ring[k]], on[face.ring[(k + 1) % len(face.ring)]]))
            if low < on[vertex] < high:
                face.ring.insert(k + 1, vertex)
                face.segments.insert(k + 1, segment)
                return True
        return False

    def split(
        self, face: Face, a: int, b: int, between: Sequence[XY], line: int, least: float = 0.0
    ) -> tuple[Face, Face] | None:
        """Cut a face from vertex a to vertex b through `between`. None if that cannot be done.

        The line must stay inside the face, so that both parts are simple polygons, and neither
        part may be smaller than the share `least` of the face.
        """
        if a == b or not (self._seat(face, a) and self._seat(face, b)):
            return None
        ring, segments = face.ring, face.segments
        i, j = ring.index(a), ring.index(b)
        count = len(ring)
        if not between and (j - i) % count in (1, count - 1):
            return None
        way = [ring[(i + s) % count] for s in range((j - i) % count + 1)]
        back = [ring[(j + s) % count] for s in range((i - j) % count + 1)]
        inner = list(between)
        left = [self.xy[v] for v in way] + inner[::-1]
        right = [self.xy[v] for v in back] + inner
        parts = shapely.polygons([shapely.linearrings(left), shapely.linearrings(right)])
        areas, whole = shapely.area(parts), self.polygon(face).area
        if not shapely.is_valid(parts).all() or abs(areas.sum() - whole) > 1e-6 * whole:
            return None
        if areas.min() < least * whole:
            return None
        path = [a, *(self.add_vertex(xy) for xy in inner), b]
        new = self.add_segments(line, path)
        way_segments = [segments[(i + s) % count] for s in range((j - i) % count)]
        back_segments = [segments[(j + s) % count] for s in range((i - j) % count)]
        first = Face(
            ring=way[:-1] + path[:0:-1], segments=way_segments + new[::-1],
            zone=face.zone, owner=face.owner, quarter=face.quarter,
        )  # fmt: skip
        second = Face(
            ring=back[:-1] + path[:-1], segments=back_segments + new,
            zone=face.zone, owner=face.owner, quarter=face.quarter,
        )  # fmt: skip
        return first, second

    def chord(
        self, face: Face, through: XY, direction: XY
    ) -> tuple[tuple[int, XY], tuple[int, XY]] | None:
        """Where a straight line through an inner point first leaves a face, forwards and backwards.

        Each end is (index of the side, point).
        """
        ring = np.array(self.coordinates(face))
        ahead = np.concatenate((ring[1:], ring[:1]))
        ox, oy = through
        dx, dy = direction
        side = dx * (ring[:, 1] - oy) - dy * (ring[:, 0] - ox)
        after = np.concatenate((side[1:], side[:1]))
        hits = np.flatnonzero((side > 0) != (after > 0))
        if len(hits) < 2:
            return None
        share = side[hits] / (side[hits] - after[hits])
        points = ring[hits] + share[:, None] * (ahead[hits] - ring[hits])
        along = (points[:, 0] - ox) * dx + (points[:, 1] - oy) * dy
        if not (along > 0).any() or not (along < 0).any():
            return None
        front = int(np.flatnonzero(along > 0)[np.argmin(along[along > 0])])
        rear = int(np.flatnonzero(along < 0)[np.argmax(along[along < 0])])
        return (
            (int(hits[front]), (float(points[front, 0]), float(points[front, 1]))),
            (int(hits[rear]), (float(points[rear, 0]), float(points[rear, 1]))),
        )

    def cut(self, course: Sequence[XY], line: int, snap_m: float = 10.0) -> int:
        """Lay a long line (river, railway, avenue) across all faces. Returns the cuts made.

        It splits each face where it enters and leaves; what lies outside all faces is dropped.
        """
        crossings = self._crossings(course)
        by_segment: dict[int, list[Face]] = {}
        for face in self.faces:
            for segment in face.segments:
                by_segment.setdefault(segment, []).append(face)
        cuts = 0
        for (s0, seg0, at0), (s1, seg1, at1) in pairwise(crossings):
            between = [course[i] for i in range(math.ceil(s0), math.ceil(s1)) if s0 < i < s1]
            middle = (
                between[len(between) // 2]
                if between
                else ((at0[0] + at1[0]) / 2, (at0[1] + at1[1]) / 2)
            )
            for face in by_segment.get(seg0, []):
                if seg1 not in face.segments or not shapely.contains_xy(
                    self.polygon(face), *middle
                ):
                    continue
                parts = self._cut_one(face, (seg0, at0), (seg1, at1), between, line, snap_m)
                if parts is not None:
                    cuts += 1
                    at = next(i for i, other in enumerate(self.faces) if other is face)
                    self.faces[at : at + 1] = parts
                    for segment in {*face.segments}:
                        by_segment[segment] = [f for f in by_segment[segment] if f is not face]
                    for part in parts:
                        for segment in part.segments:
                            by_segment.setdefault(segment, []).append(part)
                break
        return cuts

    def _cut_one(
        self, face: Face, start: tuple[int, XY], stop: tuple[int, XY],
        between: list[XY], line: int, snap_m: float,
    ) -> tuple[Face, Face] | None:  # fmt: skip
        for snap in (snap_m, 0.0):
            ends = []
            for segment, at in (start, stop):
                ends.append(self.place(face, self._side(face, segment, at), at, snap, 0.0))
            a, b = ends
            if a is None or b is None:
                continue
            inner = [
                xy for xy in between
                if min(math.dist(xy, self.xy[a]), math.dist(xy, self.xy[b])) > max(snap, 1.0)
            ]  # fmt: skip
            parts = self.split(face, a, b, inner, line)
            if parts is not None:
                return parts
        return None

    def _side(self, face: Face, segment: int, at: XY) -> int:
        """Which of the face's sides on a segment holds a point: a segment may have several."""
        (ax, ay), (bx, by) = self.xy[self.ends[segment][0]], self.xy[self.ends[segment][1]]
        dx, dy = bx - ax, by - ay
        t = ((at[0] - ax) * dx + (at[1] - ay) * dy) / (dx * dx + dy * dy)
        on = self.on[segment]
        sides = [k for k, other in enumerate(face.segments) if other == segment]

        def off(k: int) -> float:
            low, high = sorted((on[face.ring[k]], on[face.ring[(k + 1) % len(face.ring)]]))
            return max(low - t, t - high)

        return min(sides, key=off)

    def _crossings(self, course: Sequence[XY]) -> list[tuple[float, int, XY]]:
        """(position along the course, segment, point) of each crossing with a segment, in order."""
        ends = np.array(self.ends)
        xy = np.array(self.xy)
        a, b = xy[ends[:, 0]], xy[ends[:, 1]]
        found: list[tuple[float, int, XY]] = []
        for i, ((px, py), (qx, qy)) in enumerate(pairwise(course)):
            rx, ry = qx - px, qy - py
            sx, sy = b[:, 0] - a[:, 0], b[:, 1] - a[:, 1]
            cross = rx * sy - ry * sx
            with np.errstate(divide="ignore", invalid="ignore"):
                u = ((a[:, 0] - px) * sy - (a[:, 1] - py) * sx) / cross
                t = ((a[:, 0] - px) * ry - (a[:, 1] - py) * rx) / cross
            for k in np.flatnonzero((u >= 0) & (u < 1) & (t >= 0) & (t <= 1)):
                found.append(
                    (i + float(u[k]), int(k), (px + float(u[k]) * rx, py + float(u[k]) * ry))
                )
        return sorted(found)
