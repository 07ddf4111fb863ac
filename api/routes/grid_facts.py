"""Base data of grids: counts by kind with day and source, imported, summed for any level."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request, Response, UploadFile
from pydantic import AfterValidator, BaseModel, Field

from api.base_data_files import Kind, Taken, take_file, template_of
from api.rule_schemas import Body, Id
from api.schemas import Line, Names, RowId, not_blank
from api.services import CallerServices, Held, Reading
from gis.store import grid_facts as store
from gis.store import known
from gis.workflows import grid_facts

router = APIRouter(tags=["base data"])

BasicCode = Annotated[str, Field(pattern=r"^\d{15}$")]
PrefixCode = Annotated[str, Query(pattern=r"^(\d{9}(\d{3})?)?$")]
AfterCode = Annotated[str, Query(pattern=r"^(\d{9}(\d{3}){0,2})?$")]
KindCode = Annotated[str, Field(pattern=r"^0[1-6]\d\d$")]
Level = Annotated[int, Query(ge=1, le=3)]
Limit = Annotated[int, Query(ge=1, le=500)]
# Of the count of that day that the sender has seen; 0: there was none.
Expected = Annotated[int, Field(strict=True, ge=0, le=2**63 - 1)] | None
SourceText = Annotated[Line, AfterValidator(not_blank), Field(max_length=200)]
Group = Literal["people", "places", "things", "feelings", "events", "organisations"]


class FactKind(BaseModel):
    """`max_age_days`: a count that is older is old."""

    id: int
    code: str
    group: Group
    name: Names
    max_age_days: int
    own: bool


class Sum(BaseModel):
    """A sum over `grids` basic grids, counted from `oldest` to `newest`; `old` of them longer ago
    than the kind allows, `before_plan` before the boundaries of today. `sources`: not of one."""

    value: int
    grids: int
    oldest: date
    newest: date
    old: int
    before_plan: int
    source: str
    sources: bool


class GridFacts(BaseModel):
    """`grids`: how many basic grids there are in it; a kind that nobody counted is not there."""

    code: str
    name: Names | None
    grids: int
    facts: dict[str, Sum]


class RetiredFact(BaseModel):
    value: int
    as_of: date
    source: str


class RetiredGrid(BaseModel):
    """Counts of a code that no grid bears any more; they are in no sum."""

    code: str
    name: Names | None
    facts: dict[str, RetiredFact]


class FactsTable(BaseModel):
    """`boundaries_since`: null without a plan in force. `total` and `retired` on the first page."""

    kinds: list[FactKind]
    boundaries_since: date | None
    items: list[GridFacts]
    next: str | None
    total: GridFacts | None
    retired: list[RetiredGrid]


class Recorded(BaseModel):
    """`value` null: the count of this day was taken back, and `source` says why."""

    id: int
    as_of: date
    value: int | None
    source: str
    recorded_at: datetime
    recorded_by: str
    file: str | None


class FactHistory(BaseModel):
    items: list[Recorded]


class NewFact(Body):
    jurisdiction: Id
    grid_code: BasicCode
    kind: KindCode
    value: Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)]
    as_of: date
    source: SourceText
    expected: Expected = None


class TakenBack(Body):
    jurisdiction: Id
    grid_code: BasicCode
    kind: KindCode
    as_of: date
    reason: SourceText
    expected: Expected = None


def today_of(held: CallerServices) -> date:
    """The day that it is in the office."""
    return datetime.now(ZoneInfo(held.settings.time_zone)).date()


@router.get("/grid-facts", response_model=FactsTable)
def facts(
    held: Held,
    reading: Reading,
    jurisdiction: RowId,
    level: Level = 1,
    parent: PrefixCode = "",
    after: AfterCode = "",
    limit: Limit = 200,
    at: date | None = None,
) -> dict[str, Any]:
    """Sums by kind for the grids of a level, below `parent`, as of now or of the day `at`."""
    return grid_facts.facts_table(
        reading, jurisdiction, level=level, parent=parent, after=after, limit=limit, at=at,
        today=today_of(held), time_zone=held.settings.time_zone,
    )  # fmt: skip


@router.get("/grid-facts/history", response_model=FactHistory)
def history(
    reading: Reading,
    jurisdiction: RowId,
    grid: BasicCode,
    kind: KindCode,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Every count of a kind in a basic grid, the latest day first; corrections beside it."""
    known.require(reading, jurisdiction)
    return {"items": store.history(reading, jurisdiction, grid, kind, limit=limit)}


@router.post("/grid-facts", status_code=204)
def record(held: Held, given: NewFact) -> None:
    """Record a count. Another one for the same day corrects it; the former stays in history. 409
    `fact-changed` where the count of the day is no longer the one `expected`."""
    grid_facts.record_fact(
        held.engine, given.jurisdiction, grid_code=given.grid_code, kind=given.kind,
        value=given.value, as_of=given.as_of, source=given.source, today=today_of(held),
        actor=held.actor, expected=given.expected,
    )  # fmt: skip


@router.post("/grid-facts/take-back", status_code=204)
def take_back(held: Held, given: TakenBack) -> None:
    """Take back the count of a day: the one of the day before holds again; all stays in history."""
    grid_facts.record_fact(
        held.engine, given.jurisdiction, grid_code=given.grid_code, kind=given.kind, value=None,
        as_of=given.as_of, source=given.reason, today=today_of(held), actor=held.actor,
        expected=given.expected,
    )  # fmt: skip


@router.get("/grid-facts/template", response_class=Response)
def template(held: Held, reading: Reading, jurisdiction: RowId, kind: Kind = "xlsx") -> Response:
    """A table to fill in: the basic grids that the caller sees, a column for each kind."""
    return template_of(
        "base-data",
        kind,
        lambda path: grid_facts.write_template(
            reading, jurisdiction, path, time_zone=held.settings.time_zone
        ),
    )


@router.post("/grid-facts/import", response_model=Taken)
def import_file(
    held: Held,
    request: Request,
    file: UploadFile,
    jurisdiction: Annotated[RowId, Form()],
    as_of: Annotated[date | None, Form()] = None,
    source: Annotated[SourceText | None, Form()] = None,
    dry_run: Annotated[bool, Form()] = False,
    again: Annotated[bool, Form()] = False,
) -> Any:
    """Take in a table of counts, whole or not at all; `as_of` and `source` stand in for cells that
    are empty. 422 `base-file-refused` with every fault by row and column in `errors`; 409
    `import-repeated` for a content that came in before, unless `again`."""
    return take_file(
        held, request, file, jurisdiction, dry_run=dry_run, again=again,
        run=lambda asked, path, report: grid_facts.import_facts(
            held.engine, asked, path, as_of=as_of, source=source, today=today_of(held),
            report=report,
        ),
    )  # fmt: skip
