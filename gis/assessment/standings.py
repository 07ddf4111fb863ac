"""A ranking by points, with its rules for ties, for those without work, and for the last three."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Points of one who is ranked, the cases closed, and the people who live there."""

    subject_id: int
    code: str
    added: Decimal
    taken: Decimal
    corrections: Decimal
    entries: int
    cases: int
    people: int | None

    @property
    def points(self) -> Decimal:
        return self.added + self.taken + self.corrections


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """rank: by points, 1 is the most; None for who had neither points nor cases. per_100_cases and
    per_10_000_people: the same points by how much there was to do; with ranks of their own. small:
    too few cases to be compared. bottom: named among the last three."""

    tally: Tally
    rank: int | None
    per_100_cases: Decimal | None
    rank_per_case: int | None
    per_10_000_people: Decimal | None
    small: bool
    bottom: bool


def standings(tallies: Sequence[Tally], *, small_below: int, name_bottom: bool) -> list[Standing]:
    """Everybody by points, the most first.

    Equal points share the better rank, and the next rank is left out (1, 2, 2, 4); they stand in
    the order of their codes. The last three are named, and whoever has as few points as the third
    from the end, too; but never more than half of those ranked, so that nobody is named last among
    three. Who had nothing to do has no rank.
    """
    busy = [one for one in tallies if one.entries or one.cases]
    ranks = _ranks({one.subject_id: one.points for one in busy})
    each_case = {
        one.subject_id: _share(one.points, one.cases, 100) for one in tallies if one.cases > 0
    }
    case_ranks = _ranks(each_case)
    last = last_of({one.subject_id: one.points for one in busy}) if name_bottom else set()
    found = [
        Standing(
            tally=one,
            rank=ranks.get(one.subject_id),
            per_100_cases=each_case.get(one.subject_id),
            rank_per_case=case_ranks.get(one.subject_id),
            per_10_000_people=_share(one.points, one.people, 10_000) if one.people else None,
            small=one.cases < small_below,
            bottom=one.subject_id in last,
        )
        for one in tallies
    ]
    return sorted(found, key=lambda one: (one.rank is None, one.rank or 0, one.tally.code))


def last_of(values: Mapping[Any, Any]) -> set[Any]:
    """The three with the least values, and whoever has as little as the third from the end; never
    more than half of all."""
    least = sorted(values.values())
    for count in range(min(NAMED, len(least) // 2), 0, -1):
        named = {one for one, value in values.items() if value <= least[count - 1]}
        if len(named) <= len(least) // 2:
            return named
    return set()


def _ranks(values: dict[int, Decimal]) -> dict[int, int]:
    ordered = sorted(values.values(), reverse=True)
    first: dict[Decimal, int] = {}
    for place, value in enumerate(ordered, 1):
        first.setdefault(value, place)
    return {subject: first[value] for subject, value in values.items()}


def _share(points: Decimal, whole: int, unit: int) -> Decimal:
    return (points * unit / whole).quantize(Decimal("0.01"))
