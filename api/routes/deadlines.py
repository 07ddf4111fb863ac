"""The table of deadlines, the office calendar, settings, their history, and what if."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api import deadline_schemas as schemas
from api.rule_schemas import End, Recorded
from api.schemas import Moment, RowId
from api.services import Held, Reading
from gis.errors import InputError
from gis.incidents.public_holidays import china_calendar, settled_through
from gis.store import deadline_rows, known
from gis.store import deadlines as store
from gis.workflows import deadlines

router = APIRouter(tags=["deadlines"])


@router.get("/deadlines", response_model=schemas.Table)
def show(
    reading: Reading, jurisdiction: RowId, at: Moment | None = None, ended: bool = False
) -> dict[str, Any]:
    """The table that holds or is to come (`at`: then; `ended`: also what has ended), the calendar
    in force and what is done about overdue cases."""
    known.require(reading, jurisdiction)
    setting = store.setting_of(reading, jurisdiction)
    return {
        "items": deadline_rows.listed(reading, jurisdiction, at=at, ended=ended),
        "calendar": _calendar(reading, jurisdiction),
        "setting": {
            "delay_amount": setting.delay and setting.delay.amount,
            "delay_unit": setting.delay and setting.delay.unit,
            "reopened": setting.reopened,
        },
        "known_through": settled_through(),
    }


def _calendar(reading: Reading, jurisdiction: int) -> dict[str, Any] | None:
    held = store.calendar_in_force(reading, jurisdiction)
    if held is None:
        return None
    calendar_id, calendar = held
    return schemas.calendar_shown(calendar) | store.calendar_note(reading, calendar_id)


@router.post("/deadlines", response_model=Recorded, status_code=201)
def record(held: Held, given: schemas.NewDeadline) -> dict[str, int]:
    """Add a row, in place of the one that it `replaces`. 409 `deadline-twice` where the table says
    something of the same already."""
    made = deadlines.record(
        held.engine, given.jurisdiction, given.row(), replaces=given.replaces,
        reason=given.reason, actor=held.actor,
    )  # fmt: skip
    return {"id": made}


@router.post("/deadlines/begin", status_code=204)
def begin(held: Held, given: schemas.Begin) -> None:
    """Fill an empty table with defaults to be edited, and a calendar where there is none. 409
    `deadlines-there`."""
    deadlines.begin(held.engine, given.jurisdiction, actor=held.actor, reason=given.reason)


@router.put("/deadlines/calendar", response_model=Recorded)
def change_calendar(held: Held, given: schemas.NewCalendar) -> dict[str, int]:
    """Record a calendar that holds from now on; running clocks keep theirs. 409 `calendar-changed`
    where another one than `version` is in force."""
    made = deadlines.change_calendar(
        held.engine, given.jurisdiction, given.calendar.plain(), version=given.version,
        reason=given.reason, actor=held.actor,
    )  # fmt: skip
    return {"id": made}


@router.get("/deadlines/holidays", response_model=schemas.Suggested)
def holidays(held: Held, year: Annotated[int, Query(ge=2000, le=2100)]) -> dict[str, Any]:
    """China's public holidays and make-up days of a year, as the installed list has them."""
    found = china_calendar(year, year)
    return {"days": schemas.days_shown(found), "settled": year <= settled_through()}


@router.put("/deadlines/setting", status_code=204)
def change_setting(held: Held, given: schemas.NewSetting) -> None:
    """Say what is done about overdue and reopened cases from now on."""
    if (given.delay_amount is None) != (given.delay_unit is None):
        raise InputError("delay-whole", field="delay_amount")
    deadlines.change_setting(
        held.engine, given.jurisdiction, given.setting(), reason=given.reason, actor=held.actor
    )


@router.post("/deadlines/preview", response_model=schemas.Trial)
def preview(reading: Reading, given: schemas.Try) -> dict[str, Any]:
    """When a report of a kind would be due, as if a calendar or a row held. Nothing is stored."""
    at = given.at or datetime.now(UTC)
    calendar = None
    if given.calendar is not None:
        calendar = deadlines.calendar_of(given.calendar.plain())
    found = deadlines.preview(
        reading, given.jurisdiction, category=given.category, severity=given.severity, at=at,
        calendar=calendar, row=None if given.row is None else given.row.row(),
    )  # fmt: skip
    if calendar is None:
        held = store.calendar_in_force(reading, given.jurisdiction)
        calendar = held[1] if held else None
    return {"at": at, "zone": calendar.zone if calendar else "UTC", "items": found}


@router.get("/deadlines/history", response_model=schemas.Changes)
def history(
    reading: Reading,
    jurisdiction: RowId,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> dict[str, Any]:
    """Every change of the table, the calendar and the settings, the newest first: who and why."""
    known.require(reading, jurisdiction)
    items, after = deadline_rows.history(reading, jurisdiction, limit=limit, cursor=cursor)
    return {"items": items, "next": after}


@router.post("/deadlines/{deadline_id}/end", status_code=204)
def end(held: Held, deadline_id: RowId, given: End) -> None:
    """End a row now. Clocks that run by it go on."""
    deadlines.end(
        held.engine, given.jurisdiction, deadline_id, reason=given.reason, actor=held.actor
    )
