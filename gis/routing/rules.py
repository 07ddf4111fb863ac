"""Rules beside polygons: who is in charge by what is reported, how, when, and at which thing.

The grid that a place lies in (块) stays its grid whatever rules say. What they add, in this order:

1. Named rules of the effect `override`, in their order: the first that matches wins, and all later
   ones are beaten. Its target is an organisation, whose contact answers for the case instead of
   the grid's person; another basic grid, to which the case goes with its people; or a role of the
   chain (`officer`), whose holder answers.
2. Named rules of the effect `refine`, in the same order among themselves: every one that matches
   adds its organisation beside the grid (条). One that names a role lets its holder answer, if no
   override and no earlier refinement has said who does.
3. Assets in somebody's charge: a place on one puts that organisation beside the grid, unless an
   override has won: then the asset is beaten by it.
4. The duty list: who handles the category, for a department beside the grid. An entry for the
   category itself hides those for the category above it. The street and its communities are the
   grid's own line (块), so that an entry of theirs puts nobody beside it.

An organisation comes beside a grid once, by the first that names it. A rule matches if it holds at
the moment and all of its conditions do; a condition that it does not name asks for nothing, and
one about something that is not known of the report does not hold. Moments are half open: a rule
holds from `since` up to, not including, `until`. The order of the rules is that of the moment.
A rule whose grid is not in the plan, or whose asset is not there, is passed over and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gis.routing.assets import LEFT, RIGHT, Ints, Mask, stamp
from gis.routing.query import NO_GRID
from gis.routing.rule_set import Duty, Facts, Rule, RuleSet

PIECE = 100_000  # places decided together
NOBODY = 0  # no organisation
Test = Callable[[Ints], Mask]


class Outcome(StrEnum):
    """What became of a rule, an asset or a duty for one place."""

    WON = "won"
    ADDED = "added"
    NOT_YET = "not_yet"
    ENDED = "ended"
    OTHER_CATEGORY = "other_category"
    OTHER_SEVERITY = "other_severity"
    OTHER_SOURCE = "other_source"
    OTHER_GRID = "other_grid"
    ASSET_UNKNOWN = "asset_unknown"
    OTHER_PLACE = "other_place"
    OTHER_SIDE = "other_side"
    GRID_UNKNOWN = "grid_unknown"
    NO_GRID = "no_grid"
    BEATEN = "beaten"
    ALREADY = "already"
    OWN = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What rules make of n places; numbers are of `RuleSet.rules`, -1 for none.

    override: the rule that won. role: the refinement whose role answers. department: the first
    organisation in charge, 0 for none; it answers where the override names it.
    """

    override: Ints
    role: Ints
    department: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one rule, asset or duty (by its id). `by`: the rule that beat it, or the
    organisation's earlier one; `distance_m` from the asset or street that it asks for."""

    kind: Literal["rule", "asset", "duty"]
    id: int
    outcome: Outcome
    by: int | None = None
    distance_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """An organisation in charge beside the grid, and by what."""

    organisation_id: int
    why: Literal["rule", "asset", "duty"]
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What rules make of one place, and the verdict on each that was looked at.

    listed: whether any entry of the duty list is for the category there; street: whether one of
    the street or community itself is.
    """

    override: Rule | None
    role: Rule | None
    department: int | None
    beside: tuple[Beside, ...]
    verdicts: tuple[Verdict, ...]
    listed: bool
    street: bool


def decide(facts: Facts, rules: RuleSet) -> Decided:
    """Who is in charge of each of n reports, by the rule in the head of this module."""
    n = len(facts.at)
    decided = Decided(
        override=np.full(n, -1, np.intp),
        role=np.full(n, -1, np.intp),
        department=np.zeros(n, np.int64),
    )
    periods = rules.periods(facts.at) if rules.orders else np.zeros(n, np.intp)
    for period in np.unique(periods).tolist():
        rows = np.flatnonzero(periods == period)
        for first in range(0, len(rows), PIECE):
            piece = rows[first : first + PIECE]
            found = _Case(facts.some(piece), rules).decided(rules.in_order(period))
            decided.override[piece] = found.override
            decided.role[piece] = found.role
            decided.department[piece] = found.department
    return decided


def explain(facts: Facts, rules: RuleSet) -> Explained:
    """The same for one report, with the verdict on every rule, on the assets that the place is on
    and on the entries of the duty list for its category."""
    period = int(rules.periods(facts.at)[0]) if rules.orders else 0
    return _Case(facts, rules).explained(rules.in_order(period))


class _Case:
    """Some reports, ready to be tested against rules."""

    def __init__(self, facts: Facts, rules: RuleSet) -> None:
        self.facts, self.rules = facts, rules
        self.n = len(facts.at)
        self.all: Ints = np.arange(self.n)
        self._categories, self._category = _factorised(facts.category)
        self._sources, self._source = _factorised(facts.source)
        self._severity = np.array([one or 0 for one in facts.severity], np.int8)

    @cached_property
    def _known(self) -> set[str]:
        return set(self.facts.codes)

    @cached_property
    def _points(self) -> npt.NDArray[Any]:
        return self.rules.assets.placed(self.facts.lon, self.facts.lat)

    def decided(self, order: list[int]) -> Decided:
        override, role = np.full(self.n, -1, np.intp), np.full(self.n, -1, np.intp)
        department = np.zeros(self.n, np.int64)
        rules = self.rules.rules
        for number in (k for k in order if rules[k].effect == "override"):
            rows = self._matching(number, np.flatnonzero(override < 0))
            override[rows] = number
            department[rows] = rules[number].organisation_id or NOBODY
        says_who = np.array(
            [rule.organisation_id is not None or rule.role is not None for rule in rules] or [False]
        )
        for number in (k for k in order if rules[k].effect == "refine"):
            if rules[number].role is not None:
                free = (role < 0) & ~((override >= 0) & says_who[override])
                role[self._matching(number, np.flatnonzero(free))] = number
            else:
                rows = self._matching(number, np.flatnonzero(department == NOBODY))
                department[rows] = rules[number].organisation_id or NOBODY
        if len(self.rules.assets):
            place, asset = self.rules.assets.holding(self._points, self.facts.at)
            # The first of each place's assets, by code.
            place, first = np.unique(place, return_index=True)
            open_to = (override[place] < 0) & (department[place] == NOBODY)
            department[place[open_to]] = [
                self.rules.assets.assets[k].organisation_id for k in asset[first[open_to]].tolist()
            ]
        for duties in self._duties():
            for duty, rows in duties:
                if not duty.own:
                    department[rows[department[rows] == NOBODY]] = duty.organisation_id
        return Decided(override=override, role=role, department=department)

    def explained(self, order: list[int]) -> Explained:
        rules, assets = self.rules.rules, self.rules.assets
        winner: Rule | None = None
        speaker: Rule | None = None  # the rule that says who answers
        role: Rule | None = None
        beside: dict[int, Beside] = {}
        verdicts: dict[int, Verdict] = {}

        def add(organisation: int, why: Literal["rule", "asset", "duty"], of: int) -> Outcome:
            if organisation in beside or (winner and winner.organisation_id == organisation):
                return Outcome.ALREADY
            beside[organisation] = Beside(organisation_id=organisation, why=why, id=of)
            return Outcome.ADDED

        for effect in ("override", "refine"):
            for number in (k for k in order if rules[k].effect == effect):
                rule = rules[number]
                outcome, by = self._failing(number), None
                if outcome is None and effect == "override":
                    outcome = Outcome.WON if winner is None else Outcome.BEATEN
                    by = winner.rule_id if winner else None
                    winner = winner or rule
                    if outcome == Outcome.WON and (rule.organisation_id or rule.role):
                        speaker = rule
                elif outcome is None and rule.role is not None:
                    outcome = Outcome.ADDED if speaker is None else Outcome.BEATEN
                    by = speaker.rule_id if speaker else None
                    role = role or (rule if speaker is None else None)
                    speaker = speaker or rule
                elif outcome is None and rule.organisation_id is not None:
                    outcome = add(rule.organisation_id, "rule", rule.rule_id)
                verdicts[number] = Verdict(
                    kind="rule", id=rule.rule_id, outcome=outcome or Outcome.ADDED, by=by,
                    distance_m=self._distance_m(rule),
                )  # fmt: skip
        listed = [verdicts[number] for number in order]
        if len(assets):
            for number in assets.holding(self._points, self.facts.at)[1].tolist():
                asset = assets.assets[number]
                outcome = Outcome.BEATEN
                if winner is None and asset.organisation_id is not None:
                    outcome = add(asset.organisation_id, "asset", asset.asset_id)
                listed.append(
                    Verdict(
                        kind="asset", id=asset.asset_id, outcome=outcome,
                        by=winner.rule_id if winner else None,
                        distance_m=assets.distance_m(number, self._points[0]),
                    )
                )  # fmt: skip
        on_list = street = False
        for duties in self._duties():
            for duty, rows in duties:
                if len(rows):
                    on_list, street = True, street or duty.own
                    outcome = (
                        Outcome.OWN if duty.own else add(duty.organisation_id, "duty", duty.duty_id)
                    )
                    listed.append(Verdict(kind="duty", id=duty.duty_id, outcome=outcome))
        first = next(iter(beside), None)
        return Explained(
            override=winner,
            role=role,
            department=(winner.organisation_id if winner else None) or first,
            beside=tuple(beside.values()),
            verdicts=tuple(listed),
            listed=on_list,
            street=street,
        )

    def _matching(self, number: int, rows: Ints) -> Ints:
        for _, test in self._tests(number):
            if not len(rows):
                break
            rows = rows[test(rows)]
        return rows

    def _failing(self, number: int) -> Outcome | None:
        """What first stands against a rule, for one report."""
        return next(
            (outcome for outcome, test in self._tests(number) if not test(self.all).all()), None
        )

    def _tests(self, number: int) -> Iterator[tuple[Outcome, Test]]:
        """A rule's conditions, the cheap ones first, each with what it is called if it fails."""
        rule, at, assets = self.rules.rules[number], self.facts.at, self.rules.assets
        since, until = self.rules.span(number)
        yield Outcome.NOT_YET, lambda rows: at[rows] >= since
        yield Outcome.ENDED, lambda rows: at[rows] < until
        if rule.categories:
            fits = np.array([_covers(rule.categories, one) for one in self._categories])
            yield Outcome.OTHER_CATEGORY, lambda rows: fits[self._category[rows]]
        if rule.severities:
            yield (
                Outcome.OTHER_SEVERITY,
                lambda rows: np.isin(self._severity[rows], rule.severities),
            )
        if rule.sources:
            named = np.array([one in rule.sources for one in self._sources])
            yield Outcome.OTHER_SOURCE, lambda rows: named[self._source[rows]]
        if rule.grid_prefix is not None:
            prefix = rule.grid_prefix
            yield Outcome.OTHER_GRID, lambda rows: self._in_grids(prefix, rows)
        if rule.grid_code is not None and rule.grid_code not in self._known:
            yield Outcome.GRID_UNKNOWN, lambda rows: np.zeros(len(rows), np.bool_)
        if rule.role is not None:
            yield Outcome.NO_GRID, lambda rows: self.facts.grid[rows] != NO_GRID
        code, kind = rule.asset_code, rule.asset_kind
        if code is not None:
            yield Outcome.ASSET_UNKNOWN, lambda rows: assets.coded(code, at[rows]) >= 0
            yield (
                Outcome.OTHER_PLACE,
                lambda rows: assets.near(
                    assets.coded(code, at[rows]), self._points[rows], rule.within_m
                ),
            )
        if kind is not None:
            yield Outcome.ASSET_UNKNOWN, lambda rows: assets.kind_known(kind, at[rows])
            yield (
                Outcome.OTHER_PLACE,
                lambda rows: assets.near_kind(kind, self._points[rows], at[rows], rule.within_m),
            )
        street = rule.street_code
        if street is not None:
            side = LEFT if rule.street_side == "left" else RIGHT
            yield Outcome.ASSET_UNKNOWN, lambda rows: assets.street(street, at[rows]) >= 0
            yield (
                Outcome.OTHER_PLACE,
                lambda rows: assets.near(
                    assets.street(street, at[rows]), self._points[rows], rule.street_within_m
                ),
            )
            yield Outcome.OTHER_SIDE, lambda rows: self._sides(street, rows) == side

    def _sides(self, street: str, rows: Ints) -> npt.NDArray[np.int8]:
        numbers = self.rules.assets.street(street, self.facts.at[rows])
        sides = np.zeros(len(rows), np.int8)
        for number in np.unique(numbers).tolist():
            here = np.flatnonzero(numbers == number)
            sides[here] = self.rules.assets.sides(number, self._points[rows[here]])
        return sides

    def _in_grids(self, prefix: str, rows: Ints) -> Mask:
        """Which reports lie in grids whose code begins so."""
        grid, codes = self.facts.grid[rows], self.facts.codes
        hit, where = np.unique(grid, return_inverse=True)
        found = [k != NO_GRID and codes[k].startswith(prefix) for k in hit.tolist()]
        return np.array(found, np.bool_)[where]

    def _distance_m(self, rule: Rule) -> float | None:
        at, assets = self.facts.at, self.rules.assets
        if rule.asset_kind is not None:
            return assets.nearest_of_kind(rule.asset_kind, self._points[0], at[0])
        code = rule.asset_code or rule.street_code
        if code is None:
            return None
        number = int(assets.coded(code, at)[0])
        return assets.distance_m(number, self._points[0]) if number >= 0 else None

    def _duties(self) -> Iterator[list[tuple[Duty, Ints]]]:
        """For each category that was reported, and then for the one above it, its duties with the
        reports that each is for; those that the category's own are for are not asked again."""
        for number, category in enumerate(self._categories):
            if category is None or not self.rules.duties:
                continue
            rows = np.flatnonzero(self._category == number)
            for code in dict.fromkeys((category, category[:2])):
                found = [
                    (duty, rows[self._in_duty(duty, rows)])
                    for duty in self.rules.duties
                    if duty.category == code
                ]
                yield found
                for _, taken in found:
                    rows = np.setdiff1d(rows, taken, assume_unique=True)

    def _in_duty(self, duty: Duty, rows: Ints) -> Mask:
        at = self.facts.at[rows]
        there: Mask = (stamp(duty.since) <= at) & (at < stamp(duty.until))
        return there & self._in_grids(duty.scope, rows) if duty.scope else there


def _covers(categories: tuple[str, ...], category: str | None) -> bool:
    return category is not None and (category in categories or category[:2] in categories)


def _factorised(values: Any) -> tuple[list[Any], Ints]:
    """The values that occur, and for each place the position of its own."""
    known: dict[Any, int] = {}
    positions = np.array([known.setdefault(value, len(known)) for value in values], np.intp)
    return list(known), positions
