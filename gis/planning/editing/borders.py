"""Which units of a draft have a common boundary, and whom units go to that lose their grid."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gis.planning.editing.working import Working


@dataclass(frozen=True, slots=True, kw_only=True)
class Borders:
    """Neighbours of units with the metres that they share; `outer`: units at the land's edge."""

    of: Mapping[int, Sequence[tuple[int, float]]]
    outer: frozenset[int] = field(default_factory=frozenset)

    @classmethod
    def between(cls, rows: Iterable[tuple[int, int, float]], outer: Iterable[int] = ()) -> Borders:
        """From pairs of units with their common boundary, each pair once, in any order."""
        found: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
        for left, right, length_m in rows:
            found[left].append((right, length_m))
            found[right].append((left, length_m))
        return cls(of=dict(found), outer=frozenset(outer))

    def parts(self, units: Iterable[int]) -> list[list[int]]:
        """Units by what hangs together, each part and all of them in order."""
        left, parts = set(units), []
        for first in sorted(left):
            if first not in left:
                continue
            left.discard(first)
            part, waiting = [first], [first]
            while waiting:
                for other, _ in self.of.get(waiting.pop(), ()):
                    if other in left:
                        left.discard(other)
                        part.append(other)
                        waiting.append(other)
            parts.append(sorted(part))
        return parts

    def around(self, units: Collection[int]) -> set[int]:
        """The neighbours of a set of units that are not in it."""
        inside = set(units)
        return {other for unit in inside for other, _ in self.of.get(unit, ())} - inside


def handed_on(
    working: Working,
    lumps: Sequence[Collection[int]],
    borders: Borders,
    *,
    takes: Callable[[str], bool],
    home: Callable[[int], str],
) -> dict[int, str]:
    """Where lumps of units go that lose their grid: each to the neighbour with which it has the
    longest boundary, the longest first, and on from those that have gone.

    Grids that `takes` refuses get nothing; those of another sub-district than `home` (of the lump,
    by its position) get what none of its own touches. Lumps without any neighbour are left out.
    """
    lump_of = {unit: number for number, lump in enumerate(lumps) for unit in lump}
    shared: list[defaultdict[str, float]] = [defaultdict(float) for _ in lumps]
    queue: list[tuple[bool, float, str, int]] = []

    def offer(number: int, code: str, length_m: float) -> None:
        if takes(code):
            shared[number][code] += length_m
            abroad = code[:9] != home(number)[:9]
            heapq.heappush(queue, (abroad, -shared[number][code], code, number))

    for number, lump in enumerate(lumps):
        for unit in sorted(lump):
            for other, length_m in borders.of.get(unit, ()):
                code = working.units[other].grid if other in working.units else None
                if code is not None and other not in lump_of:
                    offer(number, code, length_m)
    gone: dict[int, str] = {}
    while queue:
        _, length_m, code, number = heapq.heappop(queue)
        if number in gone or shared[number][code] != -length_m:
            continue
        gone[number] = code
        for unit in sorted(lumps[number]):
            for other, metres in borders.of.get(unit, ()):
                if other in lump_of and lump_of[other] not in gone:
                    offer(lump_of[other], code, metres)
    return {unit: gone[number] for unit, number in lump_of.items() if number in gone}
