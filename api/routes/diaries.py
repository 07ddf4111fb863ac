"""Diaries of grids (民情日志): written, listed, and checked month by month."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator, BaseModel, Field

from api.routes.grid_facts import AfterCode, BasicCode, Limit, PrefixCode, today_of
from api.routes.visits import LAST_ID, Made
from api.rule_schemas import Body, Id
from api.schemas import Names, RowId, Text, not_blank
from api.services import Held, Reading
from gis.store import diaries as store
from gis.store import known
from gis.workflows import diaries

router = APIRouter(prefix="/diaries", tags=["base data"])

Words = Annotated[Text, AfterValidator(not_blank), Field(max_length=4000)]
Kind = Literal["people", "places", "things", "feelings", "events", "organisations"]
Verdict = Literal["good", "enough", "missing"]


class NewDiary(Body):
    """`people`: how many were talked to. `replaces_id`: the own entry that this one corrects.
    `key`: once, however often sent."""

    jurisdiction: Id
    grid_code: BasicCode
    day: date
    text: Words
    kinds: Annotated[list[Kind], Field(max_length=6, default_factory=list)]
    people: Annotated[int, Field(strict=True, ge=0, le=100_000)] = 0
    incident_id: Id | None = None
    replaces_id: Id | None = None
    key: UUID | None = None


class IncidentRef(BaseModel):
    id: int
    serial: str


class Diary(BaseModel):
    """`replaced_by`: a later entry that corrects this one. `own`: the caller's."""

    id: int
    grid_code: str
    day: date
    text: str
    kinds: list[Kind]
    people: int
    incident: IncidentRef | None
    author: str
    own: bool
    recorded_at: datetime
    replaces_id: int | None
    replaced_by: int | None


class Diaries(BaseModel):
    items: list[Diary]
    next: int | None


class Checked(BaseModel):
    """`entries`: as many as there were when it was checked."""

    entries: int
    verdict: Verdict
    remark: str | None
    checked_at: datetime
    checked_by: str


class GridMonth(BaseModel):
    """Without `entries` nothing was submitted; `check` null: not checked yet."""

    code: str
    name: Names
    lead: str | None
    entries: int
    days: int
    people: int
    last: date | None
    check: Checked | None


class MonthTotal(BaseModel):
    grids: int
    submitted: int
    checked: int
    entries: int


class Month(BaseModel):
    month: date
    items: list[GridMonth]
    next: str | None
    total: MonthTotal | None


class NewCheck(Body):
    jurisdiction: Id
    grid_code: BasicCode
    month: date
    verdict: Verdict
    remark: Annotated[Text, Field(max_length=1000)] | None = None


@router.get("", response_model=Diaries)
def listed(
    held: Held,
    reading: Reading,
    jurisdiction: RowId,
    month: date | None = None,
    grid: AfterCode = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: RowId = LAST_ID,
) -> dict[str, Any]:
    """The entries of a month (this one) in a grid of any level, the newest first."""
    known.require(reading, jurisdiction)
    rows = store.listed(
        reading, jurisdiction, grid=grid, month=diaries.month_start(month or today_of(held)),
        account_id=held.caller.account_id, limit=limit + 1, before=before,
    )  # fmt: skip
    items = rows[:limit]
    return {"items": items, "next": items[-1]["id"] if len(rows) > limit else None}


@router.post("", response_model=Made, status_code=201)
def write(held: Held, given: NewDiary, response: Response) -> dict[str, Any]:
    """Write an entry; 200 with the same id for a key that came before with the same entry. 409
    `diary-month-checked` where the month was checked."""
    diary_id, new = diaries.write_diary(
        held.engine, given.jurisdiction, grid_code=given.grid_code, day=given.day,
        words=given.text, kinds=list(given.kinds), people=given.people,
        incident_id=given.incident_id, replaces_id=given.replaces_id,
        author=held.caller.name, key=given.key, today=today_of(held), actor=held.actor,
    )  # fmt: skip
    response.status_code = 201 if new else 200
    return {"id": diary_id}


@router.get("/months", response_model=Month)
def months(
    held: Held,
    reading: Reading,
    jurisdiction: RowId,
    month: date | None = None,
    parent: PrefixCode = "",
    after: AfterCode = "",
    limit: Limit = 200,
) -> dict[str, Any]:
    """Each basic grid's month: what was written, by whom it is led, and how it was checked."""
    return diaries.month_table(
        reading, jurisdiction, month=month or today_of(held), parent=parent, after=after,
        limit=limit, time_zone=held.settings.time_zone,
    )  # fmt: skip


@router.post("/checks", response_model=Made, status_code=201)
def check(held: Held, given: NewCheck) -> dict[str, Any]:
    """Check a grid's month when it is over. Nothing is written into it from then on, and whoever
    wrote in it cannot check it."""
    check_id = diaries.check_month(
        held.engine, given.jurisdiction, grid_code=given.grid_code, month=given.month,
        verdict=given.verdict, remark=given.remark or None, today=today_of(held),
        actor=held.actor,
    )  # fmt: skip
    return {"id": check_id}
