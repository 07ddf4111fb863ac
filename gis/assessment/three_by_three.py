"""The year-end three-by-three review of work teams (三三考核法).

A team reports on its year to three; three sides vote on it in one meeting; the result is told to
three. Votes become points by the grade, sides come together by their weights, and few votes carry
an interval that says how few they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from math import sqrt

# To whom a team reports (三方述职), who judges it (三方评议), and by which grades.
REPORTS = ("sending_unit", "sub_district", "assembly")
SIDES = ("sub_district", "community", "households")
GRADES = ("excellent", "good", "fair", "poor")
WHOLE = Decimal(100)
HUNDREDTH = Decimal("0.01")
Z = 1.959963984540054  # 95 % of a normal distribution lie within


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRule:
    """How votes become a result. weights: of each side, in percent, 100 together. points: what a
    vote of each grade is worth, 0 to 100, falling. results: from which score on the result is
    excellent, good or fair; below it is poor. quorum: which part of those invited must be present,
    as (part, whole). small_below: with fewer votes a side is marked as small."""

    weights: Mapping[str, Decimal]
    points: Mapping[str, Decimal]
    results: Mapping[str, Decimal]
    quorum: tuple[int, int]
    small_below: int


EXAMPLE = ReviewRule(
    weights={"sub_district": Decimal(30), "community": Decimal(30), "households": Decimal(40)},
    points={"excellent": Decimal(100), "good": Decimal(85), "fair": Decimal(70),
            "poor": Decimal(40)},
    results={"excellent": Decimal(90), "good": Decimal(80), "fair": Decimal(60)},
    quorum=(2, 3),
    small_below=5,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """One side's vote: who was asked to come, who came, ballots that say nothing, and votes by
    grade."""

    invited: int
    present: int
    void: int
    votes: Mapping[str, int]

    @property
    def valid(self) -> int:
        return sum(self.votes.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A team as it is judged: to whom it has reported, and the vote of each side so far."""

    team_id: int
    name: str
    reports: frozenset[str]
    ballots: Mapping[str, Ballot]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one side thinks. points: the mean of its votes; None without any."""

    side: str
    points: Decimal | None
    turnout: Fraction | None
    quorate: bool
    small: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A team's result. missing: what keeps it from being published. score: of whom nothing is
    missing of the votes; low to high: its interval of 95 %. rank: 1 is the best, equal scores share
    it; it might as well be any from rank_low to rank_high. grade: by the score; worst to best: by
    the ends of the interval."""

    team_id: int
    name: str
    missing: tuple[str, ...]
    sides: tuple[Side, ...]
    score: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    grade: str | None = None
    worst: str | None = None
    best: str | None = None
    rank: int | None = None
    rank_low: int | None = None
    rank_high: int | None = None


def rule_fault(rule: ReviewRule) -> str | None:
    """What is wrong with a rule, as a code; None if it can be used."""
    weights = [rule.weights[side] for side in SIDES]
    if any(weight <= 0 for weight in weights) or sum(weights) != WHOLE:
        return "team-rule-weights"
    points = [rule.points[grade] for grade in GRADES]
    if not _falls(points) or points[0] > WHOLE or points[-1] < 0:
        return "team-rule-points"
    bounds = [rule.results[grade] for grade in GRADES[:-1]]
    if not _falls(bounds) or bounds[0] > WHOLE or bounds[-1] <= 0:
        return "team-rule-results"
    part, whole = rule.quorum
    if not 1 <= part <= whole:
        return "team-rule-quorum"
    return None


def ballot_fault(ballot: Ballot) -> str | None:
    """What does not add up in a vote, as a code: no side has more people than were invited, nor
    more ballots than people."""
    if ballot.invited < 1 or min(ballot.present, ballot.void, *ballot.votes.values()) < 0:
        return "team-votes-negative"
    if ballot.present > ballot.invited:
        return "team-votes-present"
    if ballot.valid + ballot.void > ballot.present:
        return "team-votes-too-many"
    return None


def outcomes(teams: Sequence[Judged], rule: ReviewRule) -> list[Outcome]:
    """Every team with its result or what it lacks: by rank, then those without one by name.

    Scores are equal if they are so to two decimals; then they share the better rank, and the next
    one is left out (1, 2, 2, 4). A side that was not quorate, or has no vote, leaves no score. A
    missing report keeps a team from being published, but not from being counted.
    """
    found = [_outcome(team, rule) for team in teams]
    ranked = [one for one in found if one.score is not None]
    placed = [_placed(one, ranked) for one in found]
    return sorted(placed, key=lambda one: (one.rank is None, one.rank or 0, one.name))


def _outcome(team: Judged, rule: ReviewRule) -> Outcome:
    sides = tuple(_side(side, team.ballots.get(side), rule) for side in SIDES)
    missing = [f"report_{to}" for to in REPORTS if to not in team.reports]
    missing += [f"votes_{one.side}" for one in sides if one.points is None]
    missing += [f"quorum_{one.side}" for one in sides if one.points is not None and not one.quorate]
    told = Outcome(team_id=team.team_id, name=team.name, missing=tuple(missing), sides=sides)
    if any(not name.startswith("report_") for name in missing):
        return told
    score = _rounded(_score(team.ballots, rule))
    low, high = _interval(team.ballots, rule)
    low, high = min(low, score), max(high, score)
    return replace(
        told, score=score, low=low, high=high, grade=grade_of(score, rule),
        worst=grade_of(low, rule), best=grade_of(high, rule),
    )  # fmt: skip


def grade_of(score: Decimal, rule: ReviewRule) -> str:
    """The result that a score comes to."""
    return next((g for g in GRADES[:-1] if score >= rule.results[g]), GRADES[-1])


def _side(side: str, ballot: Ballot | None, rule: ReviewRule) -> Side:
    if ballot is None:
        return Side(side=side, points=None, turnout=None, quorate=False, small=False)
    part, whole = rule.quorum
    return Side(
        side=side,
        points=_rounded(_mean(ballot, rule)) if ballot.valid else None,
        turnout=Fraction(ballot.present, ballot.invited),
        quorate=ballot.present * whole >= part * ballot.invited,
        small=ballot.valid < rule.small_below,
    )


def _mean(ballot: Ballot, rule: ReviewRule) -> Fraction:
    given = sum(Fraction(rule.points[grade]) * count for grade, count in ballot.votes.items())
    return Fraction(given) / ballot.valid


def _score(ballots: Mapping[str, Ballot], rule: ReviewRule) -> Fraction:
    weighed = (Fraction(rule.weights[side]) * _mean(ballots[side], rule) for side in SIDES)
    return sum(weighed, Fraction(0)) / 100


def _interval(ballots: Mapping[str, Ballot], rule: ReviewRule) -> tuple[Decimal, Decimal]:
    """Where the score would be had many more of the same kind voted, with a chance of 95 %.

    One vote, spread evenly over the grades, is added to each side (the prior of Perks 1947), so
    that five equal votes do not pass for certainty; the spread of the votes does the rest.
    """
    middle = spread = 0.0
    values = [float(rule.points[grade]) for grade in GRADES]
    for side in SIDES:
        counts = [ballots[side].votes.get(grade, 0) + 1 / len(GRADES) for grade in GRADES]
        many = sum(counts)
        mean = sum(n * x for n, x in zip(counts, values, strict=True)) / many
        square = sum(n * x * x for n, x in zip(counts, values, strict=True)) / many
        weight = float(rule.weights[side]) / 100
        middle += weight * mean
        spread += weight**2 * max(square - mean**2, 0.0) / (many + 1)
    half = Z * sqrt(spread)
    least, most = min(values), max(values)
    return _two(max(middle - half, least)), _two(min(middle + half, most))


def _placed(own: Outcome, ranked: Sequence[Outcome]) -> Outcome:
    """With its rank, and the ranks that it might as well have: others are surely better, or surely
    worse, whose interval does not meet its own."""
    score, low, high = own.score, own.low, own.high
    if score is None or low is None or high is None:
        return own
    better = sum(one.score > score for one in ranked if one.score is not None)
    surely_better = sum(one.low > high for one in ranked if one.low is not None)
    surely_worse = sum(one.high < low for one in ranked if one.high is not None)
    return replace(
        own, rank=better + 1, rank_low=surely_better + 1, rank_high=len(ranked) - surely_worse
    )


def _falls(values: Sequence[Decimal]) -> bool:
    return all(a > b for a, b in pairwise(values))


def _rounded(value: Fraction) -> Decimal:
    """To two decimals, halves up."""
    hundred = value * 100
    return Decimal((2 * hundred.numerator + hundred.denominator) // (2 * hundred.denominator)) / 100


def _two(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(HUNDREDTH, ROUND_HALF_UP)
