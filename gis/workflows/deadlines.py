"""The table of deadlines, the calendar and the settings of an office: looked at and changed in
somebody's name. What runs already keeps what it started with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine

from gis.errors import ConflictError, InputError
from gis.incidents.calendars import OfficeCalendar
from gis.incidents.clocks import Clock
from gis.incidents.deadlines import SOON, STAGES, WHOLE, Allowance, Setting
from gis.incidents.public_holidays import china_calendar
from gis.store import audit, deadline_rows, deadlines, known
from gis.store.engine import acting
from gis.workflows.clocks import office_of, wait_anew
from gis.workflows.rules import require_category

# What an office starts with, to be edited: examples of what cities have written down, over days
# that are usual elsewhere. Category, severity, stage, amount, unit.
DEFAULTS: tuple[tuple[str | None, int | None, str, float, str], ...] = (
    (None, None, WHOLE, 7, "working_days"),
    (None, 3, WHOLE, 5, "working_days"),
    (None, 4, WHOLE, 24, "calendar_hours"),
    (None, None, "collected", 4, "working_hours"),
    (None, None, "registered", 2, "working_hours"),
    (None, None, "handled", 4, "working_hours"),
    (None, None, "fed_back", 1, "working_days"),
    ("03", None, WHOLE, 15, "working_days"),
    ("0701", None, WHOLE, 5, "working_hours"),
    ("0701", 2, WHOLE, 1, "calendar_days"),
    ("0702", None, WHOLE, 3, "working_days"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a row of the table says: category or its top or any, severity or any, stage or case."""

    category: str | None = None
    severity: int | None = None
    stage: str = WHOLE
    allowance: Allowance
    soon_share: float = SOON

    def __post_init__(self) -> None:
        if self.stage not in (WHOLE, *STAGES):
            raise InputError("deadline-stage-unknown", stage=self.stage, field="stage")
        if self.severity is not None and not 1 <= self.severity <= 4:
            raise InputError("severity-unknown", severity=self.severity, field="severity")
        if not 0 < self.soon_share < 1:
            raise InputError("soon-share", field="soon_share")


def default_rows(categories: Collection[str]) -> list[Row]:
    """The rows of DEFAULTS that speak of categories which are there."""
    return [
        Row(
            category=category,
            severity=severity,
            stage=stage,
            allowance=Allowance(amount=amount, unit=unit),
        )
        for category, severity, stage, amount, unit in DEFAULTS
        if category is None or category in categories
    ]


def begin(
    engine: Engine,
    jurisdiction_id: int,
    *,
    actor: str,
    reason: str,
    since: datetime | None = None,
    first_year: int | None = None,
) -> None:
    """Give an office without deadlines the default table, and China's calendar if it has none.

    Raises ConflictError `deadlines-there`, NotFoundError `jurisdiction-not-found`.
    """
    with acting(engine, actor, action="deadlines", reason=reason) as connection:
        known.require(connection, jurisdiction_id)
        deadline_rows.one_after_the_other(connection)
        begin_in(connection, jurisdiction_id, reason=reason, since=since, first_year=first_year)
        _tell(connection, "deadlines-begin", jurisdiction_id)


def begin_in(
    connection: Connection,
    jurisdiction_id: int,
    *,
    reason: str,
    since: datetime | None = None,
    first_year: int | None = None,
) -> None:
    """The same in a running transaction."""
    if deadline_rows.listed(connection, jurisdiction_id):
        raise ConflictError("deadlines-there")
    if deadlines.calendar_in_force(connection, jurisdiction_id) is None:
        year = deadline_rows.now(connection).year
        calendar = china_calendar(first_year or year - 2, year + 2)
        deadlines.add_calendar(connection, jurisdiction_id, calendar, reason)
    for row in default_rows(deadline_rows.categories(connection)):
        _add(connection, jurisdiction_id, row, since=since, reason=reason)


def record(
    engine: Engine,
    jurisdiction_id: int,
    row: Row,
    *,
    replaces: int | None = None,
    since: datetime | None = None,
    reason: str,
    actor: str,
) -> int:
    """Add a row of the table, in place of another one if it is named; gives its id.

    Running clocks keep what they started with. Raises ConflictError `deadline-twice`,
    NotFoundError `deadline-not-found`, `jurisdiction-not-found`, InputError `category-unknown`,
    `calendar-missing`.
    """
    with acting(engine, actor, action="deadlines", reason=reason) as connection:
        known.require(connection, jurisdiction_id)
        deadline_rows.one_after_the_other(connection)
        if deadlines.calendar_in_force(connection, jurisdiction_id) is None:
            raise InputError("calendar-missing")
        if replaces is not None:
            deadline_rows.end(connection, jurisdiction_id, replaces)
        made = _add(connection, jurisdiction_id, row, since=since, reason=reason)
        _tell(connection, "deadline-add", jurisdiction_id, id=made, replaces=replaces)
        return made


def end(engine: Engine, jurisdiction_id: int, row_id: int, *, reason: str, actor: str) -> None:
    """End a row of the table now. Raises NotFoundError `deadline-not-found`."""
    with acting(engine, actor, action="deadlines", reason=reason) as connection:
        known.require(connection, jurisdiction_id)
        deadline_rows.one_after_the_other(connection)
        deadline_rows.end(connection, jurisdiction_id, row_id)
        _tell(connection, "deadline-end", jurisdiction_id, id=row_id)


def change_calendar(
    engine: Engine,
    jurisdiction_id: int,
    given: Mapping[str, Any],
    *,
    version: int | None,
    reason: str,
    actor: str,
) -> int:
    """Record a calendar (as `gis.store.deadlines.calendar_json`) that holds from now on; its id.

    `version`: the id of the one that was looked at. Raises ConflictError `calendar-changed`,
    InputError for a calendar that makes no sense.
    """
    calendar = calendar_of(given)
    with acting(engine, actor, action="deadlines", reason=reason) as connection:
        known.require(connection, jurisdiction_id)
        deadline_rows.one_after_the_other(connection)
        held = deadlines.calendar_in_force(connection, jurisdiction_id)
        if (held and held[0]) != version:
            raise ConflictError("calendar-changed")
        made = deadlines.add_calendar(connection, jurisdiction_id, calendar, reason)
        _tell(connection, "calendar-change", jurisdiction_id, id=made)
        return made


def calendar_of(given: Mapping[str, Any]) -> OfficeCalendar:
    """A calendar as it was sent. Raises InputError `calendar-day` and those of the calendar."""
    for day in given["days"]:
        try:
            date.fromisoformat(day)
        except ValueError as error:
            raise InputError("calendar-day", day=day, field="days") from error
    return deadlines.calendar_from(given)


def change_setting(
    engine: Engine, jurisdiction_id: int, setting: Setting, *, reason: str, actor: str
) -> None:
    """Record what the office does about overdue and reopened cases from now on."""
    with acting(engine, actor, action="deadlines", reason=reason) as connection:
        known.require(connection, jurisdiction_id)
        deadline_rows.one_after_the_other(connection)
        deadline_rows.add_setting(connection, jurisdiction_id, setting, reason)
        if setting.delay is not None:
            wait_anew(connection, jurisdiction_id, setting.delay, deadline_rows.now(connection))
        _tell(connection, "deadline-setting", jurisdiction_id)


def preview(
    connection: Connection,
    jurisdiction_id: int,
    *,
    category: str,
    severity: int,
    at: datetime,
    calendar: OfficeCalendar | None = None,
    row: Row | None = None,
) -> list[dict[str, Any]]:
    """When a report of a kind would be due, for the whole case and each stage from that moment on.

    With `calendar` or `row`, as if that held. Raises InputError `calendar-missing`,
    `category-unknown`.
    """
    known.require(connection, jurisdiction_id)
    require_category(connection, category, "category")
    office = office_of(connection, jurisdiction_id)
    if office is None:
        raise InputError("calendar-missing")
    if calendar is not None:
        office = replace(office, calendar=calendar)
    found = []
    for stage in (WHOLE, *STAGES):
        rule = office.table.find(stage, category, severity, at)
        allowance, share = (rule.allowance, rule.soon_share) if rule else (None, SOON)
        if row is not None and row.stage == stage:
            allowance, share = row.allowance, row.soon_share
        if allowance is None:
            continue
        clock = Clock.start(allowance, office.calendar, at)
        found.append(
            {
                "stage": stage,
                "amount": allowance.amount,
                "unit": allowance.unit,
                "due_at": clock.base_due_at,
                "soon_at": clock.soon_at(share),
                "deadline_id": rule.deadline_id if rule and row is None else None,
                "provisional": not office.calendar.settled(clock.base_due_at),
            }
        )
    return found


def _add(
    connection: Connection,
    jurisdiction_id: int,
    row: Row,
    *,
    since: datetime | None,
    reason: str,
) -> int:
    if row.category is not None:
        require_category(connection, row.category, "category")
    values = {
        "category_code": row.category,
        "severity": row.severity,
        "stage": row.stage,
        "amount": row.allowance.amount,
        "unit": row.allowance.unit,
        "soon_share": row.soon_share,
    }
    return deadline_rows.add(connection, jurisdiction_id, values, since=since, reason=reason)


def _tell(connection: Connection, action: str, jurisdiction_id: int, **detail: Any) -> None:
    audit.record(connection, action, f"organisation {jurisdiction_id}", detail)
