"""What a patrol walked: a track cleaned of what no walker does, measured against streets in metres.

All coordinates are in a metric projection of the place, moments in seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.ops import substring

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# Less sure than this, a point may lie in another street.
MOST_ACCURACY_M = 50.0
# Faster than a bicycle downhill: the receiver has jumped, or somebody drove.
MOST_SPEED_M_S = 12.0
# Longer without a point, nobody knows where somebody was.
MOST_GAP_S = 180.0
PIECE_M = 10.0
# Streets along a boundary are both grids'; this is wider than rounding of coordinates.
EDGE_M = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretch:
    """Consecutive points of a cleaned track: n × 2 metres, and n seconds that only grow."""

    xy: Floats
    at: Floats

    @property
    def length_m(self) -> float:
        return float(np.hypot(*np.diff(self.xy, axis=0).T).sum())


@dataclass(slots=True, kw_only=True)
class Cleaner:
    """Takes points in the order of a file, a block at a time, and gives stretches as they end.

    What is not sure enough, before the point ahead of it, or out of reach at walking speed is
    dropped; where nothing is known for long, a new stretch begins. After three points in a row out
    of reach the point before them is given up as the jump: a new stretch begins with the third.
    `most`: points of one stretch; a longer one is given in parts that share a point.
    """

    most: int = 2000
    points: int = 0
    dropped: int = 0
    _open: list[tuple[float, float, float]] = field(default_factory=list)
    _beyond: int = 0

    def take(self, xy: Floats, at: Floats, accuracy_m: Floats) -> list[Stretch]:
        """Points of a block: n × 2 metres, n seconds, n metres (NaN: not told)."""
        ended: list[Stretch] = []
        self.points += len(at)
        sure = ~(accuracy_m > MOST_ACCURACY_M) & np.isfinite(xy).all(axis=1) & np.isfinite(at)
        self.dropped += int((~sure).sum())
        for x, y, moment in zip(*xy[sure].T.tolist(), at[sure].tolist(), strict=True):
            ended += self._one(x, y, moment)
        return ended

    def end(self) -> list[Stretch]:
        """The last stretch."""
        return self._give(keep=False)

    def _one(self, x: float, y: float, at: float) -> list[Stretch]:
        ended: list[Stretch] = []
        if self._open:
            last_x, last_y, last_at = self._open[-1]
            passed = at - last_at
            if passed <= 0:
                self.dropped += 1
                return ended
            if passed > MOST_GAP_S:
                ended = self._give(keep=False)
            elif np.hypot(x - last_x, y - last_y) / passed > MOST_SPEED_M_S:
                self._beyond += 1
                if self._beyond < 3:
                    self.dropped += 1
                    return ended
                ended = self._give(keep=False)
            elif len(self._open) == self.most:
                ended = self._give(keep=True)
        self._beyond = 0
        self._open.append((x, y, at))
        return ended

    def _give(self, *, keep: bool) -> list[Stretch]:
        kept = self._open
        self._open = kept[-1:] if keep else []
        self._beyond = 0
        if len(kept) < 2:
            self.dropped += 0 if keep else len(kept)
            return []
        table = np.array(kept)
        return [Stretch(xy=table[:, :2], at=table[:, 2])]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pieces:
    """A grid's streets cut into pieces of some metres: their lines, and the length of each."""

    lines: npt.NDArray[Any]
    length_m: Floats

    def __len__(self) -> int:
        return len(self.length_m)

    @property
    def total_m(self) -> float:
        return float(self.length_m.sum())


def cut_streets(streets: Sequence[Any], grid: Any, piece_m: float = PIECE_M) -> Pieces:
    """The part of some lines that lies in a grid or along its boundary, in pieces of equal length
    on each line, none longer than `piece_m`. Same input, same pieces."""
    inside = shapely.intersection(
        np.asarray(list(streets), dtype=object), shapely.buffer(grid, EDGE_M)
    )
    parts = shapely.get_parts(inside)
    parts = parts[(shapely.get_type_id(parts) == 1) & (shapely.length(parts) > EDGE_M)]
    cut: list[Any] = []
    for line in parts:
        length = line.length
        ends = np.linspace(0.0, length, max(1, int(np.ceil(length / piece_m))) + 1)
        cut += [substring(line, start, end) for start, end in pairwise(ends)]
    lines = np.asarray(cut, dtype=object)
    return Pieces(lines=lines, length_m=shapely.length(lines) if cut else np.zeros(0))


def walked_pieces(pieces: Pieces, stretches: Iterable[Stretch], within_m: float) -> Bools:
    """Which pieces have their middle within some metres of a track."""
    walked = np.zeros(len(pieces), dtype=bool)
    if not len(pieces):
        return walked
    middles = shapely.line_interpolate_point(pieces.lines, 0.5, normalized=True)
    tree = shapely.STRtree(middles)
    for stretch in stretches:
        # Legs, not the whole line: each asks only for what lies near it.
        legs = shapely.linestrings(np.stack([stretch.xy[:-1], stretch.xy[1:]], axis=1))
        walked[tree.query(legs, predicate="dwithin", distance=within_m)[1]] = True
    return walked


def seconds_inside(stretch: Stretch, grid: Any) -> float:
    """How long a stretch was in a grid: of each leg, the time of its share inside."""
    legs = shapely.linestrings(np.stack([stretch.xy[:-1], stretch.xy[1:]], axis=1))
    length = shapely.length(legs)
    within = shapely.length(shapely.intersection(legs, grid))
    standing = shapely.intersects_xy(grid, stretch.xy[:-1, 0], stretch.xy[:-1, 1])
    share = np.where(length > 0, within / np.where(length > 0, length, 1), standing)
    return float((share * np.diff(stretch.at)).sum())


def packed(walked: Bools) -> bytes:
    """One bit for each piece, the first in the highest bit of the first byte."""
    return np.packbits(walked).tobytes()


def unpacked(bits: bytes, pieces: int) -> Bools:
    """The same backwards."""
    return np.unpackbits(np.frombuffer(bits, np.uint8), count=pieces).astype(bool)


def planned_days(
    weekdays: Iterable[int], since: date, until: date | None, first: date, last: date
) -> int:
    """On how many days from `first` to `last`, both included, a plan asks for rounds (1 Monday)."""
    wanted = set(weekdays)
    start = max(first, since)
    end = min(last, until) if until is not None else last
    days = (end - start).days + 1
    if days <= 0:
        return 0
    weeks, rest = divmod(days, 7)
    tail = sum((start + timedelta(days=k)).isoweekday() in wanted for k in range(rest))
    return weeks * len(wanted) + tail
