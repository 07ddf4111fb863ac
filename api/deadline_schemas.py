"""The table of deadlines, the office calendar and settings as HTTP carries them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from api.case_schemas import Reason
from api.rule_schemas import Body, Dated, Id
from api.schemas import CategoryCode, CategoryRef, Line, Moment, Severity
from gis.incidents.calendars import OfficeCalendar
from gis.incidents.deadlines import Allowance, Setting
from gis.workflows.deadlines import Row

Unit = Literal["working_hours", "working_days", "calendar_hours", "calendar_days"]
Stage = Literal["case", "collected", "registered", "dispatched", "handled", "fed_back"]
Amount = Annotated[float, Field(strict=False, gt=0, le=20_000, allow_inf_nan=False)]
Clock = Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
Spans = Annotated[list[tuple[Clock, Clock]], Field(max_length=12)]
Version = Annotated[int, Field(strict=True, ge=1)]


class Cell(Body):
    """What a row says: null is any category, any severity."""

    category: CategoryCode | None = None
    severity: Severity | None = None
    stage: Stage = "case"
    amount: Amount
    unit: Unit
    soon_share: Annotated[float, Field(gt=0, lt=1)] = 0.25

    def row(self) -> Row:
        """The row; raises InputError where it makes no sense."""
        return Row(
            category=self.category,
            severity=self.severity,
            stage=self.stage,
            allowance=Allowance(amount=self.amount, unit=self.unit),
            soon_share=self.soon_share,
        )


class NewDeadline(Cell):
    jurisdiction: Id
    replaces: Id | None = None
    reason: Reason


class Begin(Body):
    jurisdiction: Id
    reason: Reason


class Deadline(Dated):
    id: int
    category: CategoryRef | None
    severity: int | None
    stage: Stage
    amount: float
    unit: Unit
    soon_share: float


class Day(Body):
    """A holiday, or a make-up working day; `hours` null: those of an ordinary working day."""

    date: date
    kind: Literal["holiday", "make_up"]
    name_zh: Annotated[Line, Field(max_length=100)] = ""
    name_en: Annotated[Line, Field(max_length=100)] = ""
    hours: Spans | None = None


class Calendar(Body):
    """Office hours of seven weekdays, Monday first, and special days, in a time zone.

    `settled_through`: the last year whose holidays are decided; due dates beyond are provisional.
    """

    zone: Annotated[Line, Field(max_length=60)]
    week: Annotated[list[Spans], Field(min_length=7, max_length=7)]
    days: Annotated[list[Day], Field(max_length=2000)]
    settled_through: Annotated[int, Field(ge=1900, le=2400)] | None = None

    def plain(self) -> dict[str, Any]:
        """As `gis.store.deadlines.calendar_from` wants it."""
        return {
            "zone": self.zone,
            "week": [_seconds(spans) for spans in self.week],
            "days": {
                day.date.isoformat(): {
                    "kind": day.kind,
                    "name_zh": day.name_zh,
                    "name_en": day.name_en,
                    "spans": None if day.hours is None else _seconds(day.hours),
                }
                for day in self.days
            },
            "settled_through": self.settled_through,
        }


class NewCalendar(Body):
    """`version`: the id of the calendar that was looked at; null where there was none."""

    jurisdiction: Id
    calendar: Calendar
    version: Version | None = None
    reason: Reason


class NewSetting(Body):
    """`delay` null: overdue cases do not go up by themselves."""

    jurisdiction: Id
    delay_amount: Amount | None = None
    delay_unit: Unit | None = None
    reopened: Literal["remaining", "anew"] = "remaining"
    reason: Reason

    def setting(self) -> Setting:
        """The setting; raises InputError where it makes no sense."""
        if self.delay_amount is None or self.delay_unit is None:
            return Setting(reopened=self.reopened)
        delay = Allowance(amount=self.delay_amount, unit=self.delay_unit)
        return Setting(delay=delay, reopened=self.reopened)


class Try(Body):
    """A report of a kind, now or at a moment; as if a calendar or a row held, if they are given."""

    jurisdiction: Id
    category: CategoryCode
    severity: Severity
    at: Moment | None = None
    calendar: Calendar | None = None
    row: Cell | None = None


class KeptCalendar(Calendar):
    id: int
    at: datetime
    actor: str
    reason: str | None


class KeptSetting(BaseModel):
    delay_amount: float | None
    delay_unit: Unit | None
    reopened: Literal["remaining", "anew"]


class Table(BaseModel):
    """`known_through`: the last year whose arrangement the installed list of holidays knows."""

    items: list[Deadline]
    calendar: KeptCalendar | None
    setting: KeptSetting
    known_through: int


class Due(BaseModel):
    """`provisional`: the holidays of that year are not decided yet."""

    stage: Stage
    amount: float
    unit: Unit
    due_at: datetime
    soon_at: datetime
    deadline_id: int | None
    provisional: bool


class Trial(BaseModel):
    at: datetime
    zone: str
    items: list[Due]


class ChangedRow(BaseModel):
    id: int
    category: CategoryRef | None
    severity: int | None
    stage: Stage
    amount: float
    unit: Unit


class Change(BaseModel):
    at: datetime
    change: Literal["add", "end", "calendar", "setting"]
    id: int
    actor: str
    reason: str | None
    row: ChangedRow | None


class Changes(BaseModel):
    items: list[Change]
    next: str | None


class Suggested(BaseModel):
    """The days of a year as the installed list has them; `settled`: with the make-up days."""

    days: list[Day]
    settled: bool


def calendar_shown(calendar: OfficeCalendar) -> dict[str, Any]:
    """A calendar as it is sent."""
    return {
        "zone": calendar.zone,
        "week": [_clocks(spans) for spans in calendar.week],
        "days": days_shown(calendar),
        "settled_through": calendar.settled_through,
    }


def days_shown(calendar: OfficeCalendar) -> list[dict[str, Any]]:
    """The special days of a calendar as they are sent, in their order."""
    return [
        {
            "date": day,
            "kind": it.kind,
            "name_zh": it.name_zh,
            "name_en": it.name_en,
            "hours": None if it.spans is None else _clocks(it.spans),
        }
        for day, it in sorted(calendar.days.items())
    ]


def _seconds(spans: list[tuple[str, str]]) -> list[list[int]]:
    return [[int(end[:2]) * 3600 + int(end[3:]) * 60 for end in span] for span in spans]


def _clocks(spans: Any) -> list[list[str]]:
    return [[f"{end // 3600:02d}:{end % 3600 // 60:02d}" for end in span] for span in spans]
