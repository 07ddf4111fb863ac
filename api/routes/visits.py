"""Visits of households: recorded on the phone or from files, and the coverage per grid."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response, UploadFile
from pydantic import AfterValidator, BaseModel, Field

from api.base_data_files import Kind, Taken, take_file, template_of
from api.case_schemas import Reason
from api.routes.grid_facts import AfterCode, BasicCode, Level, Limit, PrefixCode, today_of
from api.rule_schemas import Body, Id
from api.schemas import Line, Names, RowId, not_blank
from api.services import Held, Reading
from gis.files.visits import write_visits_template
from gis.store import grid_facts, known
from gis.store import visits as store
from gis.workflows import visits

router = APIRouter(tags=["base data"])
LAST_ID = 2**63 - 1


class Coverage(BaseModel):
    """`rate` = `visited` / `households`; null where there are none. `named`: of the visited, told
    apart by references. `over`: claimed beyond the households. `unknown`: basic grids without a
    number of households. `from_plan`: those whose number is the plan's, counted by nobody."""

    code: str
    name: Names | None
    households: int
    visited: int
    named: int
    claimed: int
    over: int
    unknown: int
    from_plan: int
    rate: float | None
    last: date | None


class CoverageTable(BaseModel):
    items: list[Coverage]
    next: str | None
    total: Coverage | None


class NewVisit(Body):
    """Either a `household`, by a reference that names nobody (3号楼2单元501), or how many
    `households` were visited that had not been in the period. `key`: once, however often sent."""

    jurisdiction: Id
    grid_code: BasicCode
    visited_on: date
    household: Annotated[Line, AfterValidator(not_blank), Field(max_length=40)] | None = None
    households: Annotated[int, Field(strict=True, ge=1, le=100_000)] = 1
    key: UUID | None = None


class Made(BaseModel):
    id: int


class Visit(BaseModel):
    id: int
    grid_code: str
    visited_on: date
    household: str | None
    households: int
    visitor: str
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdrawn_reason: str | None


class Visits(BaseModel):
    items: list[Visit]
    next: int | None


class Withdraw(Body):
    reason: Reason


class OwnGrid(BaseModel):
    jurisdiction_id: int
    code: str
    name: Names


class OwnGrids(BaseModel):
    items: list[OwnGrid]


@router.get("/my/grids", response_model=OwnGrids)
def my_grids(held: Held, reading: Reading) -> dict[str, Any]:
    """The basic grids in which the caller holds a post now: for visits, patrols and diaries."""
    return {"items": grid_facts.own_grids(reading, list(held.caller.scope.grid_codes))}


@router.get("/visits/coverage", response_model=CoverageTable)
def coverage(
    held: Held,
    reading: Reading,
    jurisdiction: RowId,
    since: date | None = None,
    until: date | None = None,
    level: Level = 1,
    parent: PrefixCode = "",
    after: AfterCode = "",
    limit: Limit = 200,
) -> dict[str, Any]:
    """Visited households of all, from `since` (the beginning of the year) to `until` (today)."""
    today = today_of(held)
    end = until or today
    return visits.coverage_table(
        reading, jurisdiction, level=level, parent=parent, after=after, limit=limit,
        since=since or end.replace(month=1, day=1), until=end, today=today,
        time_zone=held.settings.time_zone,
    )  # fmt: skip


@router.get("/visits", response_model=Visits)
def listed(
    reading: Reading,
    jurisdiction: RowId,
    grid: AfterCode = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: RowId = LAST_ID,
) -> dict[str, Any]:
    """Visits in a grid of any level, the newest first; withdrawn ones say why."""
    known.require(reading, jurisdiction)
    rows = store.listed(reading, jurisdiction, grid=grid, limit=limit + 1, before=before)
    items = rows[:limit]
    return {"items": items, "next": items[-1]["id"] if len(rows) > limit else None}


@router.post("/visits", response_model=Made, status_code=201)
def record(held: Held, given: NewVisit, response: Response) -> dict[str, Any]:
    """Record a visit; 200 with the same id for a key that came before with the same visit."""
    visit_id, new = visits.record_visit(
        held.engine, given.jurisdiction, grid_code=given.grid_code, visited_on=given.visited_on,
        household=given.household, households=given.households, visitor=held.caller.name[:100],
        key=given.key, today=today_of(held), actor=held.actor,
    )  # fmt: skip
    response.status_code = 201 if new else 200
    return {"id": visit_id}


@router.post("/visits/{visit_id}/withdraw", status_code=204)
def withdraw(held: Held, visit_id: RowId, given: Withdraw) -> None:
    """Take back a visit that was none; it stays in the list, and is counted no more."""
    visits.withdraw_visit(held.engine, visit_id, reason=given.reason, actor=held.actor)


@router.get("/visits/template", response_class=Response)
def template(kind: Kind = "xlsx") -> Response:
    """A table to fill in, with an example of each way."""
    return template_of("visits", kind, write_visits_template)


@router.post("/visits/import", response_model=Taken)
def import_file(
    held: Held,
    request: Request,
    file: UploadFile,
    jurisdiction: Annotated[RowId, Form()],
    dry_run: Annotated[bool, Form()] = False,
    again: Annotated[bool, Form()] = False,
) -> Any:
    """Take in a table of visits, whole or not at all. 422 `base-file-refused` with every fault by
    row in `errors`; 409 `import-repeated` for a content that came in before, unless `again`."""
    return take_file(
        held, request, file, jurisdiction, dry_run=dry_run, again=again,
        run=lambda asked, path, report: visits.import_visits(
            held.engine, asked, path, today=today_of(held), report=report
        ),
    )  # fmt: skip
