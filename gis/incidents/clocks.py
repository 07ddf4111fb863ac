"""The clock of a deadline: started with a rule and a calendar, and never anything else after that.

Its state is small: when it started, when it is due, since when it rests. Whatever time it rests,
its due date moves by that time, counted as the clock counts; so what was left when it was paused
or stopped is left when it goes on, to the second, in any order of pauses, extensions and
reopenings, before the due date and after it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gis.errors import ConflictError, InputError
from gis.incidents.calendars import OfficeCalendar
from gis.incidents.deadlines import STAGES, Allowance, advance, due_at, measure

KINDS = ("start", "stop", "pause", "resume", "extend", "keep")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockEffect:
    """What a step in the life of an incident does to its clocks.

    start: it enters `stage`, whose clock begins anew; the clock of the whole case begins, or goes
    on after a reopening. stop: it is closed. pause, resume: it is parked, and taken up again.
    extend: `until` a moment or `by` an allowance. keep: nothing.
    """

    kind: str
    stage: str | None = None
    until: datetime | None = None
    by: Allowance | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no effect on a clock: {self.kind}")
        if (self.stage in STAGES) != (self.kind == "start") or (self.stage is None) == (
            self.kind == "start"
        ):
            raise ValueError("a start, and nothing else, names a stage in which something is due")
        if (self.kind == "extend") != ((self.until is None) != (self.by is None)):
            raise ValueError("an extension, and nothing else, names a moment or an allowance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A clock as it stands. `base_due_at` is when it would be due, had it not rested since.

    round: counts the deadlines that it has had, one more with every extension.
    """

    allowance: Allowance
    calendar: OfficeCalendar
    started_at: datetime
    base_due_at: datetime
    paused_at: datetime | None = None
    stopped_at: datetime | None = None
    rested: timedelta = timedelta()
    round: int = 0

    @classmethod
    def start(cls, allowance: Allowance, calendar: OfficeCalendar, at: datetime) -> Clock:
        """A clock that starts now."""
        due = due_at(calendar, at, allowance)
        return cls(allowance=allowance, calendar=calendar, started_at=at, base_due_at=due)

    @property
    def resting_since(self) -> datetime | None:
        """When it was paused or stopped, whichever came first; None while it runs."""
        return self.paused_at or self.stopped_at

    @property
    def due_at(self) -> datetime | None:
        """When it is due; None while it is paused. A stopped clock keeps what it had."""
        return None if self.paused_at is not None else self.base_due_at

    def remaining(self, at: datetime) -> timedelta:
        """What is left at a moment, as the clock counts; negative once it is overdue."""
        return self._measure(self.resting_since or at, self.base_due_at)

    def used(self, at: datetime) -> timedelta:
        """What has been used at a moment, without the time for which it rested."""
        return self._measure(self.started_at, self.resting_since or at) - self.rested

    def soon_at(self, share: float) -> datetime:
        """From when on no more is left than a share of all that it may take."""
        whole = self._measure(self.started_at, self.base_due_at) - self.rested
        left = timedelta(seconds=int(max(whole, timedelta()).total_seconds() * share))
        soon = advance(self.calendar, self.base_due_at, -left, self.allowance.working)
        return max(soon, self.started_at)

    def pause(self, at: datetime) -> Clock:
        """The clock of a case that is parked. Raises ConflictError `clock-not-running`."""
        if self.resting_since is not None:
            raise ConflictError("clock-not-running")
        return replace(self, paused_at=max(at, self.started_at))

    def resume(self, at: datetime) -> Clock:
        """The clock goes on, due later by the time it rested. Raises ConflictError
        `clock-not-paused`."""
        if self.paused_at is None or self.stopped_at is not None:
            raise ConflictError("clock-not-paused")
        return self._go_on(self.paused_at, at)

    def stop(self, at: datetime) -> Clock:
        """The clock of a case that is closed; a paused one rests from its pause on.

        Raises ConflictError `clock-not-running`.
        """
        if self.stopped_at is not None:
            raise ConflictError("clock-not-running")
        return replace(self, stopped_at=max(at, self.paused_at or self.started_at))

    def reopen(self, at: datetime) -> Clock:
        """The clock of a case that is taken up again, with what it had left. Raises ConflictError
        `clock-not-stopped`."""
        if self.stopped_at is None:
            raise ConflictError("clock-not-stopped")
        return self._go_on(self.paused_at or self.stopped_at, at)

    def extend(
        self, at: datetime, *, by: Allowance | None = None, until: datetime | None = None
    ) -> Clock:
        """The clock with a later due date: an allowance after the present one, or a moment.

        A paused clock is taken as if it went on now. Raises ConflictError `clock-not-running`,
        InputError `extension-not-later`.
        """
        if self.stopped_at is not None:
            raise ConflictError("clock-not-running")
        at = max(at, self.paused_at or self.started_at)
        clock = self if self.paused_at is None else self._go_on(self.paused_at, at)
        due = until if by is None else due_at(clock.calendar, clock.base_due_at, by)
        if due is None or due <= clock.base_due_at or due <= at:
            raise InputError(
                "extension-not-later", due=clock.base_due_at.isoformat(timespec="minutes"),
                field="until",
            )  # fmt: skip
        return replace(
            clock,
            base_due_at=due,
            paused_at=None if self.paused_at is None else at,
            round=self.round + 1,
        )

    def _go_on(self, since: datetime, at: datetime) -> Clock:
        # Two machines' clocks differ by moments: what came later never counts as earlier.
        rest = self._measure(since, max(at, since))
        due = advance(self.calendar, self.base_due_at, rest, self.allowance.working)
        return replace(
            self, base_due_at=due, paused_at=None, stopped_at=None, rested=self.rested + rest
        )

    def _measure(self, start: datetime, end: datetime) -> timedelta:
        return measure(self.calendar, start, end, self.allowance.working)
