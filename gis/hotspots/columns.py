"""The incidents of a jurisdiction as columns in memory, 61 bytes each: any window, any filter.

A table of counts by place, category and day would hardly be smaller than the incidents themselves
(measured: 0.77 of them), and knows only the filters that it was made for. A pass over 2 million
rows of the columns takes some milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from gis.geometry import Bounds
from gis.hotspots.density import Lattice, Spots
from gis.hotspots.h3_cells import H3Lattice

# As the database gives them: `at` microseconds since 1970 in UTC; `px`, `py` Web Mercator pixels at
# zoom 30 (4 cm or less); `lon`, `lat` the exact place, which alone tells the side of a boundary;
# `grid` the code of the basic grid as a number, 0 for the queue; `category` the code as a number
# behind a 1: 101 is "01", 10102 is "0102"; `source` a number.
FIELDS: dict[str, np.dtype[Any]] = {
    "id": np.dtype(np.int64),
    "at": np.dtype(np.int64),
    "px": np.dtype(np.int32),
    "py": np.dtype(np.int32),
    "lon": np.dtype(np.float64),
    "lat": np.dtype(np.float64),
    "grid": np.dtype(np.int64),
    "category": np.dtype(np.int16),
    "severity": np.dtype(np.int8),
    "source": np.dtype(np.int8),
    "open": np.dtype(np.bool_),
}
HELD_AS = {"grid": np.dtype(np.int32)}  # its place in `Columns.codes`
PIXELS = 1 << 30
FEW = 20  # one in so many
BLOCK = 1 << 18
DAY_US = 86_400_000_000
MOMENT = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TOP = np.array(
    [0] + [code - 100 if 100 <= code < 200 else max(code - 10_000, 0) // 100
           for code in range(1, 20_000)],
    dtype=np.int8,
)  # fmt: skip
Rows = Mapping[str, npt.NDArray[Any]]
Chosen = Any  # a mask over the rows, or a slice of them all
Finder = Callable[[npt.NDArray[np.float64], npt.NDArray[np.float64]], npt.NDArray[np.int32]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sieve:
    """Which incidents: None is any. `category`, `grid`: beginnings of codes; `until` excluded.

    `today`: from which to before which place on the boundaries of today (see `Columns.on_today`),
    in the stead of `grid` and `queue_only`.
    """

    category: str | None = None
    open: bool | None = None
    severity: int | None = None
    source: int | None = None
    grid: str | None = None
    queue_only: bool = False
    since: datetime | None = None
    until: datetime | None = None
    bbox: Bounds | None = None
    today: tuple[int, int] | None = None


class Columns:
    """Incidents by ascending id. Not safe between threads: whoever shares it holds a lock.

    codes: those of all grids that incidents have, ascending; the first is 0, the queue's.
    """

    fields: ClassVar[Mapping[str, np.dtype[Any]]] = FIELDS

    def __init__(self) -> None:
        self.changes = 0
        self._length = 0
        self.codes = np.zeros(1, np.int64)
        self._held: dict[str, npt.NDArray[Any]] = {
            name: np.empty(0, kind) for name, kind in {**self.fields, **HELD_AS}.items()
        }
        self._lattices: dict[str, Lattice | H3Lattice] = {}
        self._today: Finder | None = None

    def __len__(self) -> int:
        return self._length

    def column(self, name: str) -> npt.NDArray[Any]:
        """One field of all rows; changed in place by the next `merge`."""
        return self._held[name][: self._length]

    def merge(self, rows: Rows) -> None:
        """Take over rows (each id once): those with a known id replace what was held."""
        if not len(rows["id"]):
            return
        order = np.argsort(rows["id"], kind="stable")
        given = {name: np.asarray(rows[name], kind)[order] for name, kind in self.fields.items()}
        given["grid"] = self._ranks(given["grid"])
        for name, lattice in self._lattices.items():
            given[name] = lattice.find(given["lon"], given["lat"])
        if self._today is not None:
            given["today"] = self._today(given["lon"], given["lat"])
        at = np.searchsorted(self.column("id"), given["id"])
        known = np.zeros(len(at), np.bool_)
        inner = at < self._length
        known[inner] = self._held["id"][at[inner]] == given["id"][inner]
        for name, values in given.items():
            self._held[name][at[known]] = values[known]
        self._insert(at[~known], {name: values[~known] for name, values in given.items()})
        self.changes += 1

    def drop(self, ids: npt.NDArray[np.int64]) -> None:
        """Forget the rows with these ids, as far as they are held."""
        gone = np.isin(self.column("id"), ids)
        if gone.any():
            self._held = {name: self.column(name)[~gone] for name in self._held}
            self._length = len(self._held["id"])
            self.changes += 1

    def on_today(self, find: Finder) -> None:
        """Have each row's place on the boundaries of today ready, as `find` numbers the grids.

        Kept until it is asked for with another finder.
        """
        if self._today != find:  # methods of the same object are equal, not the same
            place = find(self.column("lon"), self.column("lat"))
            self._held["today"] = np.resize(place, len(self._held["id"]))
            self._today = find
            self.changes += 1

    def choose(self, sieve: Sieve) -> Chosen:
        """The rows that pass."""
        tests: list[Any] = []
        if sieve.category is not None:
            category, number = self.column("category"), int("1" + sieve.category)
            of_code = category == number
            if len(sieve.category) == 2:
                first = 10_000 + 100 * int(sieve.category)
                of_code |= (category >= first) & (category < first + 100)
            tests.append(of_code)
        if sieve.open is not None:
            tests.append(self.column("open") == sieve.open)
        if sieve.severity is not None:
            tests.append(self.column("severity") == sieve.severity)
        if sieve.source is not None:
            tests.append(self.column("source") == sieve.source)
        if sieve.today is not None:
            today = self.column("today")
            tests.append((today >= sieve.today[0]) & (today < sieve.today[1]))
        elif sieve.queue_only:
            tests.append(self.column("grid") == 0)
        if sieve.today is None and sieve.grid is not None:
            grid, (first, end) = self.column("grid"), np.searchsorted(self.codes, span(sieve.grid))
            tests.append((grid >= first) & (grid < end))
        if sieve.since is not None:
            tests.append(self.column("at") >= (sieve.since - EPOCH) // MOMENT)
        if sieve.until is not None:
            tests.append(self.column("at") < (sieve.until - EPOCH) // MOMENT)
        if sieve.bbox is not None:
            tests.append(self.within(sieve.bbox))
        if not tests:
            return slice(None)
        return np.logical_and.reduce(tests) if len(tests) > 1 else tests[0]

    def by_category(self, chosen: Chosen) -> dict[str, tuple[int, int]]:
        """Found and open by code of the top category, of those with any."""
        key = 2 * TOP[self.column("category")[chosen]].astype(np.int16)
        counts = np.bincount(key + self.column("open")[chosen], minlength=200).reshape(-1, 2)
        return {
            f"{top:02d}": (int(counts[top].sum()), int(counts[top, 1]))
            for top in np.flatnonzero(counts.sum(axis=1))
        }

    def by_place(self, chosen: Chosen, column: Literal["grid", "today"]) -> npt.NDArray[np.int64]:
        """Found and open (n, 2) by place in `codes`, or on the boundaries of today."""
        key = 2 * self.column(column)[chosen] + self.column("open")[chosen]
        counts = np.bincount(key)
        counts = np.append(counts, np.zeros(len(counts) % 2, counts.dtype)).reshape(-1, 2)
        counts[:, 0] += counts[:, 1]
        return counts

    def by_day(self, chosen: Chosen, zone: ZoneInfo) -> list[tuple[date, str, int, int]]:
        """Day of the zone's calendar, top category, found and open, of those with any, in order."""
        at = self.column("at")[chosen]
        if not len(at):
            return []
        day = _local(at, zone) // DAY_US
        first = int(day.min())
        key = ((day - first) * 100 + TOP[self.column("category")[chosen]]) * 2
        counts = np.bincount(key + self.column("open")[chosen])
        counts = np.append(counts, np.zeros(len(counts) % 2, counts.dtype)).reshape(-1, 2)
        start = EPOCH.date() + timedelta(days=first)
        return [
            (
                start + timedelta(days=int(at) // 100),
                f"{at % 100:02d}",
                int(both.sum()),
                int(both[1]),
            )
            for at, both in ((at, counts[at]) for at in np.flatnonzero(counts.sum(axis=1)))
        ]

    def by_series(
        self, chosen: Chosen, edges: npt.NDArray[np.int64], column: Literal["grid", "today"],
        rank: npt.NDArray[np.int64], tops: npt.NDArray[np.int64],
    ) -> npt.NDArray[np.int64]:  # fmt: skip
        """Counts (c, n, t) by top category of `tops` (c,), place and period.

        rank: of each place of the column, from 0 to n − 1, or -1 for those that are left out.
        """
        periods, places = len(edges) - 1, int(rank.max(initial=-1)) + 1
        kind = np.full(100, -1, np.int64)
        kind[tops] = np.arange(len(tops))
        period = np.searchsorted(edges, self.column("at")[chosen], side="right") - 1
        place = rank[self.column(column)[chosen]]
        of = kind[TOP[self.column("category")[chosen]]]
        inner = (period >= 0) & (period < periods) & (place >= 0) & (of >= 0)
        key = (of[inner] * places + place[inner]) * periods + period[inner]
        counts = np.bincount(key, minlength=len(tops) * places * periods)
        return counts.reshape(len(tops), places, periods)

    def earliest(self) -> datetime | None:
        """When the first incident was reported."""
        return EPOCH + int(self.column("at").min()) * MOMENT if self._length else None

    def cells(self, chosen: Chosen, lattice: Lattice | H3Lattice) -> npt.NDArray[np.int64]:
        """How many rows lie off a lattice, and in each of its cells (1 + n,).

        The cell of each row is kept for the lattice of each kind last used; not for a few rows'
        sake.
        """
        few = not isinstance(chosen, slice) and FEW * np.count_nonzero(chosen) < self._length
        if self._lattices.get(lattice.column) is not lattice and few:
            some = lattice.find(self.column("lon")[chosen], self.column("lat")[chosen])
            return np.bincount(some + 1, minlength=len(lattice) + 1)
        self.on_lattice(lattice)
        at = self.column(lattice.column)[chosen]
        return np.bincount(at.astype(np.int64) + 1, minlength=len(lattice) + 1)

    def on_lattice(self, lattice: Lattice | H3Lattice) -> None:
        """Have each row's cell ready. Kept until another lattice of its kind is asked for."""
        if self._lattices.get(lattice.column) is not lattice:
            self._lattices.pop(lattice.column, None)
            self._held.pop(lattice.column, None)
            place = np.empty(len(self._held["id"]), np.int32)
            for first in range(0, self._length, BLOCK):  # in blocks: sines take room
                rows = slice(first, min(first + BLOCK, self._length))
                place[rows] = lattice.find(self._held["lon"][rows], self._held["lat"][rows])
            self._held[lattice.column] = place
            self._lattices[lattice.column] = lattice

    def h3_lattice(self) -> H3Lattice | None:
        """The lattice whose cells the column `h3` holds, if there is one."""
        found = self._lattices.get("h3")
        return found if isinstance(found, H3Lattice) else None

    def by_time(
        self,
        chosen: Chosen,
        edges: npt.NDArray[np.int64],
        column: Literal["grid", "today", "cell", "h3"],
    ) -> npt.NDArray[np.int64]:
        """How many rows lie in each place of a column (0: off all) and period (t, 1 + n).

        edges: t + 1 microseconds, ascending; what lies before or after them counts nowhere.
        `cell` and `h3` are those of `on_lattice`.
        """
        at, place = self.column("at")[chosen], self.column(column)[chosen]
        off = column in ("cell", "h3")
        return _table(np.searchsorted(edges, at, side="right") - 1, place + off, len(edges) - 1)

    def spots(self, chosen: Chosen, bbox: Bounds, at_most: int) -> tuple[Spots, float]:
        """The rows within bounds as at most so many weighted spots, and how many lie beyond.

        Squares of equal size; each spot is the mean of what it stands for.
        """
        inside = self.within(bbox)
        passing = self._length if isinstance(chosen, slice) else int(np.count_nonzero(chosen))
        chosen = inside if isinstance(chosen, slice) else inside & chosen
        px, py = self.column("px")[chosen], self.column("py")[chosen]
        west, north, east, south = _frame(bbox)
        step = max(1, int(np.ceil(np.sqrt((east - west + 1) * (south - north + 1) / at_most))))
        while ((east - west) // step + 1) * ((south - north) // step + 1) > at_most:
            step += max(1, step // 100)
        width = (east - west) // step + 1
        square = (py - north) // step * width + (px - west) // step
        count = np.bincount(square)
        filled = np.flatnonzero(count)
        weight = count[filled].astype(np.float64)
        lon, lat = degrees(
            np.bincount(square, weights=px)[filled] / weight,
            np.bincount(square, weights=py)[filled] / weight,
        )
        return Spots(lon=lon, lat=lat, weight=weight), float(passing - len(px))

    def _ranks(self, given: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
        """Where codes stand in `codes`, to which those that are new are added."""
        codes = np.union1d(self.codes, given)
        if len(codes) > len(self.codes):
            moved = np.searchsorted(codes, self.codes).astype(np.int32)
            self._held["grid"][: self._length] = moved[self.column("grid")]
            self.codes = codes
        return np.searchsorted(codes, given).astype(np.int32)

    def within(self, bbox: Bounds) -> Any:
        """Whether each row lies within bounds, to the pixel."""
        west, north, east, south = _frame(bbox)
        px, py = self.column("px"), self.column("py")
        return (px >= west) & (px <= east) & (py >= north) & (py <= south)

    def _insert(self, at: npt.NDArray[np.int64], fresh: Rows) -> None:
        count, length = len(at), self._length
        if count and at[0] == length:
            if length + count > len(self._held["id"]):
                capacity = length + count + max(1000, (length + count) // 16)
                for name, held in self._held.items():
                    self._held[name] = (
                        np.resize(held[:length], capacity)
                        if length
                        else np.empty(capacity, held.dtype)
                    )
            for name, values in fresh.items():
                self._held[name][length : length + count] = values
        elif count:
            self._held = {
                name: np.insert(self.column(name), at, fresh[name]) for name in self._held
            }
        self._length += count


def _table(
    period: npt.NDArray[Any], place: npt.NDArray[Any], periods: int
) -> npt.NDArray[np.int64]:
    """Counts (periods, places), as many places as there are."""
    inner = (period >= 0) & (period < periods)
    places = int(place.max(initial=0)) + 1
    key = period[inner].astype(np.int64) * places + place[inner]
    return np.bincount(key, minlength=periods * places).reshape(periods, places)


def span(grid: str) -> tuple[int, int]:
    """From which to before which number the codes of basic grids begin with a code."""
    scale = 10 ** (15 - len(grid))
    return int(grid) * scale, (int(grid) + 1) * scale


def degrees(px: npt.NDArray[Any], py: npt.NDArray[Any]) -> tuple[Any, Any]:
    """Longitude and latitude (WGS 84) of the middles of pixels at zoom 30."""
    lon = (px + 0.5) * (360 / PIXELS) - 180
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - (py + 0.5) * (2 / PIXELS)))))
    return lon, lat


def _frame(bbox: Bounds) -> tuple[int, int, int, int]:
    """Pixels of bounds: west, north, east, south, all included."""
    west, south, east, north = bbox

    def row(lat: float) -> int:
        turned = np.log(np.tan(np.pi / 4 + np.radians(lat) / 2))
        return int(np.clip(np.floor((0.5 - turned / (2 * np.pi)) * PIXELS), 0, PIXELS - 1))

    def column(lon: float) -> int:
        return int(np.clip(np.floor((lon + 180) / 360 * PIXELS), 0, PIXELS - 1))

    return column(west), row(north), column(east), row(south)


def _local(at: npt.NDArray[np.int64], zone: ZoneInfo) -> npt.NDArray[np.int64]:
    """Microseconds on the clocks of a zone since 1970 there."""

    def offset(moment_us: int) -> int:
        given = (EPOCH + moment_us * MOMENT).astimezone(zone).utcoffset()
        return 0 if given is None else given // MOMENT

    first, last = int(at.min()), int(at.max())
    days = [*range(first, last, DAY_US), last]
    offsets = [offset(day) for day in days]
    turns, shifts = [], [offsets[0]]
    for day, following, before, after in zip(days, days[1:], offsets, offsets[1:], strict=False):
        if before != after:  # clocks are put forward or back in between: at which microsecond?
            low, high = day, following
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if offset(middle) == after else (middle, high)
            turns.append(high)
            shifts.append(after)
    if not turns:
        return at + shifts[0]
    return np.asarray(at + np.array(shifts)[np.searchsorted(np.array(turns), at, side="right")])
