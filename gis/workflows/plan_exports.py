"""A plan or draft as a file for others, in any format: read, held to what the caller may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from gis.errors import ConflictError, ForbiddenError, NotFoundError
from gis.files.plan_export import PlanExtract, check_format, write_export
from gis.progress import Progress, silent
from gis.store import known, plan_extracts
from gis.store.scope import scope_on
from gis.workflows.settling import settle

# Whose drafts they are, and who judges them.
SEE_DRAFTS = frozenset({"planner", "leader"})
SEE_PHONES = frozenset({"planner", "leader", "dispatcher"})
DRAFTS = ("draft", "in_review")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """What is wanted of which plan. `within`: the code of the part that is wanted, or "".

    phones: whether telephone numbers may be printed, where the caller may see them at all.
    """

    plan_id: int
    form: str
    language: str
    time_zone: str
    within: str = ""
    phones: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A file that was written: a name for whoever receives it, and how many basic grids it has."""

    name: str
    grids: int


def export_plan(
    engine: Engine, request: ExportRequest, out: Path, *, progress: Progress = silent
) -> Exported:
    """Write a plan to `out`; a draft is settled first, so that its polygons are those of now.

    Raises InputError `plan-export-format`, ForbiddenError `plan-export-draft`, NotFoundError
    `plan-not-found`, `plan-export-within`, ConflictError `plan-export-empty`, and what the writers
    raise.
    """
    check_format(request.form)
    with engine.begin() as connection:
        allow(connection, request)
        settle(connection, request.plan_id, progress)
    with engine.connect() as connection:
        extract = read_extract(connection, request, progress=progress)
        grids = int((extract.grids["level"] == 3).sum())
        if request.form == "atlas":
            _write_atlas(connection, extract, request, out, progress)
        else:
            write_export(extract, request.form, out, progress=progress)
    return Exported(name=extract.file_name(request.form), grids=grids)


def allow(connection: Connection, request: ExportRequest) -> None:
    """Let pass whoever may have the plan. Raises as `export_plan`."""
    check_format(request.form)
    head = plan_extracts.head(connection, request.plan_id)
    scope = scope_on(connection)
    if scope is not None and not scope.acts_in(head["jurisdiction_id"]):
        raise NotFoundError("plan-not-found", id=request.plan_id)
    known.require(connection, head["jurisdiction_id"])
    if head["status"] in DRAFTS and scope is not None and not scope.roles & SEE_DRAFTS:
        raise ForbiddenError("plan-export-draft")


def read_extract(
    connection: Connection, request: ExportRequest, *, progress: Progress = silent
) -> PlanExtract:
    """A plan's grids and units, of the part that is asked for. Raises as `export_plan`."""
    progress("plan-export-step-read", 0.0)
    head = plan_extracts.head(connection, request.plan_id)
    grids = plan_extracts.grids(connection, request.plan_id, request.within)
    progress("plan-export-step-read", 0.4)
    if len(grids) == 0 or (request.within and request.within not in set(grids["code"])):
        if request.within:
            raise NotFoundError("plan-export-within", code=request.within, id=request.plan_id)
        raise ConflictError("plan-export-empty", id=request.plan_id)
    units = plan_extracts.units(connection, request.plan_id, request.within)
    progress("plan-export-step-read", 1.0)
    return PlanExtract(
        plan=head, grids=grids, units=units, language=request.language,
        at=datetime.now(ZoneInfo(request.time_zone)),
    )  # fmt: skip


def _write_atlas(
    connection: Connection,
    extract: PlanExtract,
    request: ExportRequest,
    out: Path,
    progress: Progress,
) -> None:
    from gis.files.atlas import write_atlas

    scope = scope_on(connection)
    phones = request.phones and (scope is None or bool(scope.roles & SEE_PHONES))
    jurisdiction = extract.plan["jurisdiction_id"]
    # Who held the posts of a plan that is over answers for nothing of it today.
    over = extract.plan["status"] == "superseded"

    def ground(bounds: Sequence[float], cls: int) -> Mapping[str, Any]:
        return plan_extracts.ground(connection, bounds, least_class=cls)

    write_atlas(
        extract, out, ground=ground, phones=phones, progress=progress,
        posts={} if over else plan_extracts.posts(connection, jurisdiction),
        attached={}
        if over
        else plan_extracts.attached(connection, extract.plan["jurisdiction_code"]),
    )  # fmt: skip
