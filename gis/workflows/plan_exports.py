"""A plan or draft as a file for others, in any format: read, held to what the caller may see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from gis.errors import ConflictError, ForbiddenError, NotFoundError
from gis.files.atlas_press import Press
from gis.files.plan_export import People, PlanExtract, check_format, write_export
from gis.progress import Progress, silent
from gis.store import audit, known, plan_extracts
from gis.store.engine import acting
from gis.store.scope import scope_on
from gis.workflows.settling import settle

# Whose drafts they are, and who judges them.
SEE_DRAFTS = frozenset({"planner", "leader"})
SEE_PHONES = frozenset({"planner", "leader", "dispatcher"})
DRAFTS = ("draft", "in_review")
MOST_AT_ONCE = 60  # pages that are printed while somebody waits: some ten seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """What is wanted of which plan. `within`: the code of the part that is wanted, or "".

    people, phones: whether names of people, and their telephone numbers, go with it, where the
    caller may see them at all.
    """

    plan_id: int
    form: str
    language: str
    time_zone: str
    within: str = ""
    people: bool = True
    phones: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A file that was written: a name for whoever receives it, how many basic grids it has, and
    how many pages, where it is an atlas."""

    name: str
    grids: int
    pages: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Printing:
    """How an atlas is printed: by which press, until when, and where its parts lie meanwhile."""

    press: Press
    stop: Callable[[], bool] = lambda: False
    scratch: Path | None = None


def export_plan(
    engine: Engine,
    request: ExportRequest,
    out: Path,
    *,
    printing: Printing,
    actor: str | None = None,
    progress: Progress = silent,
) -> Exported:
    """Write a plan to `out`; a draft is settled first, so that its polygons are those of now.

    actor: in whose name the audit trail tells of it; None where it has told already.

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
    pages = None
    if request.form == "atlas":
        pages = _write_atlas(engine, extract, out, printing, progress)
    else:
        write_export(extract, request.form, out, progress=progress)
    if actor is not None:
        with acting(engine, actor, action="plan-export") as connection:
            note_export(connection, request, extract.plan)
    grids = int((extract.grids["level"] == 3).sum())
    return Exported(name=extract.file_name(request.form), grids=grids, pages=pages)


def note_export(connection: Connection, request: ExportRequest, head: Mapping[str, Any]) -> None:
    """Tell the audit trail what of a plan leaves, and whether people's names and telephone numbers
    may be in it. `head`: as `allow` gives it."""
    names, phones = _telling(connection, head, request)
    detail = {"format": request.form, "within": request.within, "names": names, "phones": phones}
    audit.record(connection, "plan-export", f"plan {request.plan_id}", detail)


def allow(connection: Connection, request: ExportRequest) -> dict[str, Any]:
    """Let pass whoever may have the plan, and give its head. Raises as `export_plan`."""
    check_format(request.form)
    head = plan_extracts.head(connection, request.plan_id)
    scope = scope_on(connection)
    if scope is not None and not scope.acts_in(head["jurisdiction_id"]):
        raise NotFoundError("plan-not-found", id=request.plan_id)
    known.require(connection, head["jurisdiction_id"])
    if head["status"] in DRAFTS and scope is not None and not scope.roles & SEE_DRAFTS:
        raise ForbiddenError("plan-export-draft")
    return head


def check_at_once(engine: Engine, request: ExportRequest) -> None:
    """Raise ConflictError `atlas-as-job` for an atlas that nobody should wait for."""
    with engine.connect() as connection:
        grids = plan_extracts.count(connection, request.plan_id, request.within)
    if grids > MOST_AT_ONCE:
        raise ConflictError("atlas-as-job", id=request.plan_id, grids=grids, most=MOST_AT_ONCE)


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
        people=_people(connection, head, request),
        at=datetime.now(ZoneInfo(request.time_zone)),
    )  # fmt: skip


def _people(connection: Connection, head: Mapping[str, Any], request: ExportRequest) -> People:
    """Who answers for the grids, of those that the caller may see."""
    names, phones = _telling(connection, head, request)
    if not names:
        return People()
    return People(
        posts=plan_extracts.posts(connection, head["jurisdiction_id"]),
        attached=plan_extracts.attached(connection, head["jurisdiction_code"]),
        names=True,
        phones=phones,
    )


def _telling(
    connection: Connection, head: Mapping[str, Any], request: ExportRequest
) -> tuple[bool, bool]:
    """Whether names of people, and telephone numbers, go with a plan."""
    # Who held the posts of a plan that is over answers for nothing of it today.
    names = request.people and head["status"] != "superseded"
    scope = scope_on(connection)
    may = scope is None or bool(scope.roles & SEE_PHONES)
    return names, names and request.phones and may


def _write_atlas(
    engine: Engine,
    extract: PlanExtract,
    out: Path,
    printing: Printing,
    progress: Progress,
) -> int:
    from gis.files.atlas import write_atlas

    def ground(bounds: Sequence[float], cls: int) -> Mapping[str, Any]:
        # Page by page: a transaction as long as a book would keep the database from tidying up.
        with engine.connect() as connection:
            return plan_extracts.ground(connection, bounds, least_class=cls)

    return write_atlas(
        extract, out, ground=ground, press=printing.press, stop=printing.stop,
        scratch=printing.scratch, progress=progress,
    )  # fmt: skip
