"""Which incidents a request asks about: what all share, and what the desk asks on top of it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import Depends, Query
from fastapi.concurrency import run_in_threadpool

from api.schemas import CategoryCode, GridCode, Line, Moment, RowId, Severity, Source
from api.services import Held, Reading
from gis.errors import ForbiddenError, InputError
from gis.store import known
from gis.store.incident_filter import Due, IncidentFilter, Marked, OwnCases
from gis.store.scope import Scope
from gis.workflows.boundaries import Boundaries
from gis.workflows.cells import incidents_in_cell
from gis.workflows.closure import Asked, Measure, cases_behind

Stage = Literal[
    "collected", "registered", "dispatched", "handled", "fed_back", "closed", "evaluated"
]

# An id; 0 is nobody.
Somebody = Annotated[int, Query(ge=0, le=2**31 - 1)]


async def incident_filter(
    held: Held,
    reading: Reading,
    jurisdiction: RowId,
    status: Literal["open", "closed", "all"] = "all",
    category: CategoryCode | None = None,
    severity: Severity | None = None,
    source: Source | None = None,
    grid: GridCode | None = None,
    queue: bool = False,
    since: Moment | None = None,
    until: Moment | None = None,
    bbox: Annotated[str | None, Query(description="west,south,east,north")] = None,
    q: Annotated[Line | None, Query(max_length=100)] = None,
) -> IncidentFilter:
    """The filter that lists, counts, heatmaps and hotspots share.

    What it names must exist: an empty answer means that there is nothing, never a misspelling.
    """
    if since is not None and until is not None and since >= until:
        raise InputError("window-reversed", field="until")
    scope = held.caller.scope
    named = category is not None or grid is not None
    if named or jurisdiction not in held.jurisdictions or not scope.acts_in(jurisdiction):
        await run_in_threadpool(
            known.require, reading, jurisdiction, category=category, grid_code=grid
        )
        held.jurisdictions.add(jurisdiction)
    return IncidentFilter(
        jurisdiction_id=jurisdiction,
        status=status,
        category=category,
        severity=severity,
        source=source,
        grid_code=narrowed(grid, scope),
        own=None if scope.desk else _own_cases(scope),
        queue_only=queue,
        since=since,
        until=until,
        bbox=bbox_of(bbox),
        words=q,
    )


def narrowed(grid: str | None, scope: Scope) -> str | None:
    """The grid asked for, or the part of it that is the caller's: what is counted in memory is
    held to no policy of the database. Raises InputError `grid-code-unknown` for another's."""
    below = scope.below
    if grid is None or below is None or grid.startswith(below):
        return grid if grid is not None else below
    if below.startswith(grid):
        return below
    raise InputError("grid-code-unknown", code=grid, field="grid")


def _own_cases(scope: Scope) -> OwnCases:
    return OwnCases(
        grid_codes=scope.grid_codes if scope.person is not None else (),
        person_id=scope.person,
        department_ids=scope.departments,
    )


Filter = Annotated[IncidentFilter, Depends(incident_filter)]


async def counted_filter(wanted: Filter) -> IncidentFilter:
    """The same for counts, which are taken of whole parts of a jurisdiction.

    Raises ForbiddenError `counts-of-desks` for whoever sees single cases only.
    """
    if wanted.own is not None:
        raise ForbiddenError("counts-of-desks")
    return wanted


Counted = Annotated[IncidentFilter, Depends(counted_filter)]


async def desk_filter(
    held: Held,
    reading: Reading,
    shared: Filter,
    stage: Stage | None = None,
    person: RowId | None = None,
    organisation: RowId | None = None,
    due: Due | None = None,
    marked: Marked | None = None,
    mine: bool = False,
    measure: Measure | None = None,
    as_of: Moment | None = None,
    boundaries: Boundaries = "then",
    body: Somebody | None = None,
    department: Somebody | None = None,
    responsible: Somebody | None = None,
    exact: bool = False,
    cell: Annotated[
        str | None, Query(max_length=40, description="An H3 cell, such as 8a31a5b2cc87fff.")
    ] = None,
) -> IncidentFilter:
    """What the desk narrows its list by.

    `person` answers for it. `organisation`: in its tree, or a department in charge or with a hand
    in it. `mine`: the caller, or the caller's organisation, has it in hand. `measure`: the cases
    that a figure of `GET /stats/closure` counts; `since` and `until` are then its window, and
    `as_of`, `boundaries`, `body`, `department` and `responsible` (a person) go with it;
    `exact`: of the category itself, not of those below it. `cell`: in an H3 cell, exactly those
    that the leader's map counts in it.
    """
    code, of_department = None, None
    if organisation is not None:
        kind, code = await run_in_threadpool(known.organisation, reading, organisation)
        if kind == "department":
            code, of_department = None, organisation
    if person is not None:
        await run_in_threadpool(known.person, reading, person)
    wanted = replace(
        shared,
        stage=stage,
        person_id=person,
        organisation_code=code,
        department_id=of_department,
        due=due,
        marked=marked,
        in_hand=(held.caller.person_id, held.caller.organisation_id) if mine else None,
    )
    if cell is not None:
        within = await run_in_threadpool(
            incidents_in_cell, reading, held.leader.columns, shared.jurisdiction_id, cell
        )
        wanted = replace(wanted, among=within)
    if measure is None:
        return wanted
    asked = Asked(
        jurisdiction_id=shared.jurisdiction_id,
        since=shared.since,
        until=shared.until,
        as_of=as_of,
        boundaries=boundaries,
        category=shared.category,
        exact=exact,
        severity=shared.severity,
        source=shared.source,
        grid_code=shared.grid_code,
        queue_only=shared.queue_only,
        person_id=responsible,
        department_id=department,
        body_id=body,
    )
    among = await run_in_threadpool(cases_behind, reading, held.closure, asked, measure)
    if wanted.among is not None:
        among = among.both(wanted.among)
    # The window is the measure's, not that of the report; the grids may be those of today.
    return replace(wanted, among=among, since=None, until=None, grid_code=None, queue_only=False)


DeskFilter = Annotated[IncidentFilter, Depends(desk_filter)]


def bbox_of(given: str | None) -> tuple[float, float, float, float] | None:
    """What `west,south,east,north` says. Raises InputError `bbox-invalid`."""
    if given is None:
        return None
    number = r"\s*(-?\d{1,3}(?:\.\d+)?)\s*"
    match = re.fullmatch(",".join([number] * 4), given)
    if match is None:
        raise InputError("bbox-invalid", given=given[:100], field="bbox")
    west, south, east, north = (float(part) for part in match.groups())
    if not (-180 <= west < east <= 180 and -85 <= south < north <= 85):
        raise InputError("bbox-invalid", given=given[:100], field="bbox")
    return west, south, east, north
