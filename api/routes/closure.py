"""Closure figures: how much of what was due is closed, and in time; as numbers and as a table."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response

from api import closure_schemas
from api.errors import language_of
from api.filters import Somebody, counted_filter, incident_filter
from api.schemas import CategoryCode, GridCode, Moment, RowId, Severity, Source
from api.services import Held, Reading
from gis.files.closure_table import MEDIA, Kind, write_closure
from gis.workflows.below import units_below
from gis.workflows.boundaries import Boundaries
from gis.workflows.closure import Asked, closure_figures

router = APIRouter(prefix="/stats/closure", tags=["analysis"])

ByWhat = Literal[
    "category", "subcategory", "level1", "level2", "level3", "organisation", "department",
    "source", "day", "week", "month",
]  # fmt: skip


async def asked(
    held: Held,
    reading: Reading,
    jurisdiction: RowId,
    category: CategoryCode | None = None,
    severity: Severity | None = None,
    source: Source | None = None,
    grid: GridCode | None = None,
    queue: bool = False,
    since: Moment | None = None,
    until: Moment | None = None,
    as_of: Moment | None = None,
    boundaries: Boundaries = "then",
    department: Somebody | None = None,
    body: Somebody | None = None,
) -> Asked:
    """The window, and which cases; what `boundaries` mean: `GET /stats/grids`.

    `as_of`: known as of a moment, now unless said. `department` is in charge beside the grid,
    `body` is the organisation that answers.
    """
    shared = await incident_filter(
        held, reading, jurisdiction, category=category, severity=severity, source=source,
        grid=grid, queue=queue, since=since, until=until,
    )  # fmt: skip
    await counted_filter(shared)
    return Asked(
        jurisdiction_id=jurisdiction,
        since=since,
        until=until,
        as_of=as_of,
        boundaries=boundaries,
        category=category,
        severity=severity,
        source=source,
        grid_code=shared.grid_code,
        queue_only=queue,
        department_id=department,
        body_id=body,
    )


Wanted = Annotated[Asked, Depends(asked)]


@router.get("", response_model=closure_schemas.Closure)
def closure(held: Held, reading: Reading, wanted: Wanted, by: ByWhat = "category") -> Any:
    """Figures of a window by category, place, organisation, department, source or period.

    Closure rate = closed / due, on-time rate = closed on time / due: an open overdue case counts
    against both. A case is judged by the deadline that it missed first, or else by the one that it
    has; rejected and merged ones do not count, and are told `beside`.
    """
    return closure_figures(reading, held.closure, wanted, by=by, time_zone=held.settings.time_zone)


@router.get("/below", response_model=closure_schemas.Below)
def closure_below(held: Held, reading: Reading, wanted: Wanted) -> Any:
    """The same of the units directly below the caller's own organisation: districts, sub-districts,
    communities or basic grids."""
    found = units_below(reading, held.closure, wanted, time_zone=held.settings.time_zone)
    return {
        "by": found.by, "as_of": found.as_of, "items": found.rows, "total": found.total,
        "named": found.named,
    }  # fmt: skip


@router.get("/people", response_model=closure_schemas.Closure)
def closure_by_person(
    held: Held, reading: Reading, wanted: Wanted, person: Somebody | None = None
) -> Any:
    """The same by the person who answers, or answered, for each case."""
    mine = replace(wanted, person_id=person)
    return closure_figures(
        reading, held.closure, mine, by="person", time_zone=held.settings.time_zone
    )


@router.get("/file", response_class=Response)
def closure_file(
    request: Request,
    held: Held,
    reading: Reading,
    wanted: Wanted,
    by: ByWhat = "category",
    kind: Kind = "xlsx",
) -> Response:
    """The table as a file, headed in the reader's language, with its sum and how it is counted."""
    zone = held.settings.time_zone
    figures = closure_figures(reading, held.closure, wanted, by=by, time_zone=zone)
    return _file(figures, wanted, kind, language_of(request), zone)


@router.get("/people/file", response_class=Response)
def closure_by_person_file(
    request: Request, held: Held, reading: Reading, wanted: Wanted, kind: Kind = "xlsx"
) -> Response:
    """The same of persons."""
    zone = held.settings.time_zone
    figures = closure_figures(reading, held.closure, wanted, by="person", time_zone=zone)
    return _file(figures, wanted, kind, language_of(request), zone)


def _file(figures: dict[str, Any], wanted: Asked, kind: Kind, language: str, zone: str) -> Response:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"closure.{kind}"
        write_closure(
            figures, path, since=wanted.since, until=wanted.until, language=language, zone=zone
        )
        named = {"Content-Disposition": f'attachment; filename="closure.{kind}"'}
        return Response(path.read_bytes(), media_type=MEDIA[kind], headers=named)
