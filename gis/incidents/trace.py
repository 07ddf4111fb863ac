"""Root-cause trace (自下而上逐级倒查): how long each hand held a case, and where time was lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gis.incidents.calendars import OfficeCalendar

NONE = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From a moment up to another; None: still."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandSpan(Span):
    """The time in which somebody had a case that stood in a stage. `lead`: it counts for the case,
    not for a part of it only."""

    stage: str
    lead: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StageClock(Span):
    """A clock of a stage, or (None) of the whole case: from start to stop, due at a moment."""

    stage: str | None
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How long a hand held a case: by the calendar, in office hours (None without an office's
    calendar), of that parked, and beyond what was allowed (None where nothing was)."""

    held: timedelta
    worked: timedelta | None
    parked: timedelta
    over: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Each hand's time, in the order given. `lost`: the place of the lead hand that went furthest
    beyond its allowance; `longest`: of the one that held the case longest, without rests."""

    hands: tuple[Held, ...]
    lost: int | None
    longest: int | None


def trace(
    hands: Sequence[HandSpan],
    *,
    rests: Sequence[Span],
    clocks: Sequence[StageClock],
    calendar: OfficeCalendar | None,
    now: datetime,
) -> Trace:
    """How long hands held a case up to now. Times for which it was parked (`rests`) are told apart;
    they count neither as worked nor as beyond the allowance."""
    told = tuple(_held(hand, rests, clocks, calendar, now) for hand in hands)
    leads = [place for place, hand in enumerate(hands) if hand.lead]
    beyond = [place for place in leads if (told[place].over or NONE) > NONE]
    return Trace(
        hands=told,
        lost=max(beyond, key=lambda place: told[place].over or NONE, default=None),
        longest=max(leads, key=lambda place: told[place].held - told[place].parked, default=None),
    )


def _held(
    hand: HandSpan,
    rests: Sequence[Span],
    clocks: Sequence[StageClock],
    calendar: OfficeCalendar | None,
    now: datetime,
) -> Held:
    since, until = hand.since, max(hand.since, hand.until or now)
    resting = [both for rest in rests if (both := _common(since, until, rest, now))]
    worked = None
    if calendar is not None:
        worked = calendar.worked_between(since, until)
        worked -= sum((calendar.worked_between(*both) for both in resting), NONE)
    meets = [clock for clock in clocks if _common(since, until, clock, now)]
    # A stage without a deadline of its own is judged by that of the whole case.
    meets = [clock for clock in meets if clock.stage == hand.stage] or [
        clock for clock in meets if clock.stage is None
    ]
    return Held(
        held=until - since,
        worked=worked,
        parked=sum((end - begin for begin, end in resting), NONE),
        over=max((_over(since, until, clock, rests, now) for clock in meets), default=None),
    )


def _over(
    since: datetime, until: datetime, clock: StageClock, rests: Sequence[Span], now: datetime
) -> timedelta:
    """How much of a hand's time was past the clock's due date while the clock ran."""
    late_since, late_until = max(since, clock.due_at), min(until, clock.until or now)
    if late_until <= late_since:
        return NONE
    rested = [both for rest in rests if (both := _common(late_since, late_until, rest, now))]
    return late_until - late_since - sum((end - begin for begin, end in rested), NONE)


def _common(
    since: datetime, until: datetime, other: Span, now: datetime
) -> tuple[datetime, datetime] | None:
    begin, end = max(since, other.since), min(until, other.until or now)
    return (begin, end) if begin < end else None
