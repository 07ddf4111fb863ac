"""Incidents counted as they were routed then, or by the boundaries of today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal, overload
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from gis.hotspots.columns import Columns, Sieve, span
from gis.hotspots.density import Cells, Lattice
from gis.hotspots.h3_cells import H3Cells, H3Lattice
from gis.routing.locator import Locator
from gis.routing.nearest import nearest_other
from gis.routing.query import NO_GRID
from gis.store.choices import routing_settings
from gis.store.responsibility import plans_in_force
from gis.workflows.locators import Locators

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Boundaries = Literal["then", "now"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """A plan in force: from which place of `Today` its grids stand, behind that of its queue."""

    plan_id: int
    jurisdiction_id: int
    start: int
    codes: npt.NDArray[np.int64]
    locator: Locator
    nearest_within_m: float

    @property
    def end(self) -> int:
        return self.start + 1 + len(self.codes)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Today:
    """All grids in force numbered in one row, plan by plan, the most local jurisdiction first."""

    blocks: Sequence[Block]

    @property
    def key(self) -> tuple[tuple[int, float], ...]:
        """The same as long as every place keeps its number."""
        return tuple((block.plan_id, block.nearest_within_m) for block in self.blocks)

    def find(self, lon: Floats, lat: Floats) -> npt.NDArray[np.int32]:
        """The number of the grid, or queue, that each place (WGS 84) belongs to by place alone.

        By the same rules as a report: the grid of the most local jurisdiction; off all grids the
        nearest one within the distance that its jurisdiction has set; else the topmost queue.
        """
        found = np.full(len(lon), self.blocks[-1].start, np.int32)
        rest = np.arange(len(lon))
        for block in self.blocks:
            inside = block.locator.locate(lon[rest], lat[rest])
            hit = inside != NO_GRID
            found[rest[hit]] = block.start + 1 + inside[hit]
            rest = rest[~hit]
        shortest = np.full(len(rest), np.inf)
        nobody = np.full(len(rest), NO_GRID)
        for block in self.blocks:
            near = nearest_other(
                block.locator, lon[rest], lat[rest], nobody, within_m=block.nearest_within_m
            )
            nearer = near.distance_m < shortest
            found[rest[nearer]] = block.start + 1 + near.grids[nearer]
            shortest = np.minimum(shortest, near.distance_m)
        return found

    def block(self, jurisdiction_id: int) -> Block | None:
        """The plan in force of a jurisdiction."""
        found = (one for one in self.blocks if one.jurisdiction_id == jurisdiction_id)
        return next(found, None)


def today_of(
    connection: Connection, locators: Locators, former: Today | None = None
) -> Today | None:
    """The grids in force now; `former` as long as it is still true; None without any plan."""
    plans = plans_in_force(connection)
    settings = routing_settings(connection, [plan.jurisdiction_id for plan in plans])
    key = tuple((plan.plan_id, settings[plan.jurisdiction_id].nearest_within_m) for plan in plans)
    if former is not None and former.key == key:
        return former
    blocks: list[Block] = []
    for plan, (_, within_m) in zip(plans, key, strict=True):
        locator = locators.get(connection, plan.plan_id).locator
        blocks.append(
            Block(
                plan_id=plan.plan_id,
                jurisdiction_id=plan.jurisdiction_id,
                start=blocks[-1].end if blocks else 0,
                codes=np.asarray(locator.codes).astype(np.int64),
                locator=locator,
                nearest_within_m=within_m,
            )
        )
    return Today(blocks=blocks) if blocks else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counted:
    """The incidents that pass a sieve, in one or several columns that are held for this.

    block: the plan by whose grids they are counted; None for those that they had then.
    """

    parts: Sequence[Columns]
    sieve: Sieve
    block: Block | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """The same as long as the answers are."""
        return (*self.question, *self.changes)

    @property
    def question(self) -> tuple[object, ...]:
        """What is asked, whatever the answer."""
        return (self.sieve, self.block and self.block.plan_id)

    @property
    def changes(self) -> tuple[object, ...]:
        """The same as long as the incidents are."""
        return tuple((id(part), part.changes) for part in self.parts)

    def narrowed(self, **changed: Any) -> Counted:
        """The same with another window or category."""
        return replace(self, sieve=replace(self.sieve, **changed))

    def by_category(self) -> dict[str, dict[str, int]]:
        """Found, closed and open by code of the top category, of those with any."""
        found: Counter[str] = Counter()
        still_open: Counter[str] = Counter()
        for part in self.parts:
            for category, (all_, open_) in part.by_category(part.choose(self.sieve)).items():
                found[category] += all_
                still_open[category] += open_
        return {category: figures(found[category], still_open[category]) for category in
                sorted(found)}  # fmt: skip

    def by_day(self, zone: ZoneInfo) -> list[tuple[date, str, int, int]]:
        """Day of the zone's calendar, top category, found and open, of those with any, in order."""
        found: Counter[tuple[date, str]] = Counter()
        still_open: Counter[tuple[date, str]] = Counter()
        for part in self.parts:
            for day, category, all_, open_ in part.by_day(part.choose(self.sieve), zone):
                found[day, category] += all_
                still_open[day, category] += open_
        return [(*key, found[key], still_open[key]) for key in sorted(found)]

    def by_grid(self) -> dict[int, tuple[int, int]]:
        """Found and open by the code of the basic grid, 0 off all grids, of those with any."""
        found: Counter[int] = Counter()
        still_open: Counter[int] = Counter()
        for part in self.parts:
            counts = part.by_place(part.choose(self.sieve), "today" if self.block else "grid")
            for place in np.flatnonzero(counts[:, 0]).tolist():
                code = self._code(part, place)
                found[code] += int(counts[place, 0])
                still_open[code] += int(counts[place, 1])
        return {code: (found[code], still_open[code]) for code in sorted(found)}

    @overload
    def cells(self, lattice: Lattice) -> Cells: ...
    @overload
    def cells(self, lattice: H3Lattice) -> H3Cells: ...

    def cells(self, lattice: Lattice | H3Lattice) -> Cells | H3Cells:
        """Counted in the cells of a lattice."""
        counts = np.zeros(len(lattice) + 1)
        for part in self.parts:
            counts += part.cells(part.choose(self.sieve), lattice)
        return lattice.cells(counts[1:], outside=float(counts[0]))

    def cells_in_time(self, lattice: Lattice | H3Lattice, edges: Ints) -> Ints:
        """How many lie in each period and cell (t, n), periods between t + 1 microseconds."""
        counts = np.zeros((len(edges) - 1, len(lattice) + 1), np.int64)
        for part in self.parts:
            part.on_lattice(lattice)
            found = part.by_time(part.choose(self.sieve), edges, lattice.column)
            counts[:, : found.shape[1]] += found
        return counts[:, 1:]

    def grids_in_time(self, edges: Ints) -> dict[int, Ints]:
        """The same by the code of the basic grid, 0 off all grids: (t,) each, of those with any."""
        found: dict[int, Ints] = {}
        for part in self.parts:
            counts = part.by_time(part.choose(self.sieve), edges, "today" if self.block else "grid")
            for place in np.flatnonzero(counts.any(axis=0)).tolist():
                code = self._code(part, place)
                found[code] = found.get(code, 0) + counts[:, place]
        return found

    def series(self, edges: Ints, digits: int, tops: Ints) -> tuple[Ints, Ints]:
        """Codes of places (n,), and counts (c, n, t) by top category, place and period.

        digits of the codes of the level asked for; 0: the whole, as one place of code 0. What lies
        off all grids counts in the whole alone.
        """
        column: Literal["grid", "today"] = "today" if self.block else "grid"
        each = [self._codes(part) // 10 ** (15 - digits) if digits else
                np.zeros(len(self._codes(part)), np.int64) for part in self.parts]  # fmt: skip
        every = np.concatenate([np.zeros(0, np.int64), *each])
        codes = np.unique(every[every > 0]) if digits else np.zeros(1, np.int64)
        total = np.zeros((len(tops), len(codes), len(edges) - 1), np.int64)
        for part, of in zip(self.parts, each, strict=True):
            rank = np.searchsorted(codes, of) if digits else of
            rank = np.where((of > 0) | (digits == 0), rank, -1)
            found = part.by_series(part.choose(self.sieve), edges, column, rank, tops)
            total[:, : found.shape[1]] += found
        return codes, total

    def _codes(self, part: Columns) -> Ints:
        """The code of each place that `by_place` numbers, 0 off all grids and beyond the plan."""
        if self.block is None:
            return part.codes
        codes = np.zeros(int(part.column("today").max(initial=0)) + 1, np.int64)
        end = min(len(codes), self.block.end)
        first = self.block.start + 1
        if end > first:
            codes[first:end] = self.block.codes[: end - first]
        return codes

    def earliest(self) -> datetime | None:
        """When the first incident of these columns was reported."""
        return min((at for part in self.parts if (at := part.earliest()) is not None), default=None)

    def _code(self, part: Columns, place: int) -> int:
        if self.block is None:
            return int(part.codes[place])
        rank = place - self.block.start - 1
        return int(self.block.codes[rank]) if rank >= 0 else 0


def on_today(
    columns: Mapping[int, Columns],
    today: Today,
    jurisdiction_id: int,
    sieve: Sieve,
    *,
    per_grid: bool,
) -> Counted:
    """The incidents, of whichever jurisdiction then, whose places lie in one with a plan today.

    Where nothing tells them from those of then, because there is one jurisdiction and grids are
    neither told apart (`per_grid`) nor asked for, these are counted.
    """
    block = today.block(jurisdiction_id)
    assert block is not None
    whole = not per_grid and sieve.grid is None and not sieve.queue_only
    if whole and len(today.blocks) == 1 and set(columns) <= {jurisdiction_id}:
        return Counted(parts=list(columns.values()), sieve=sieve)
    for part in columns.values():
        part.on_today(today.find)
    asked = (block.start, block.end)
    if sieve.grid is not None:
        first, end = np.searchsorted(block.codes, span(sieve.grid)).tolist()
        asked = (block.start + 1 + first, block.start + 1 + end)
    if sieve.queue_only:
        asked = (asked[0], min(asked[1], block.start + 1))
    return Counted(
        parts=[columns[key] for key in sorted(columns)],
        sieve=replace(sieve, today=asked),
        block=block,
    )


def figures(found: int, still_open: int) -> dict[str, int]:
    """How counts are told."""
    return {"found": found, "closed": found - still_open, "open": still_open}
