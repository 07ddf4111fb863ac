"""Long work on drafts: asked for, followed, cancelled, and what of its result still fits.

The work itself is done by a worker (see `draft_jobs_run`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine

from gis.errors import ConflictError, ForbiddenError, InputError, NotFoundError, WanggeError
from gis.planning.help.fit import Fit, fitted
from gis.planning.help.rebalance import Wanted
from gis.planning.help.suggest import next_moves
from gis.store import draft_jobs as store
from gis.store import drafts, jobs
from gis.store.engine import acting
from gis.store.scope import beyond, scope_on
from gis.workflows.boards import Boards
from gis.workflows.draft_jobs_desk import DraftDesk, desk_of
from gis.workflows.draft_jobs_search import ALTERNATIVES, GIVEN

TASK = "wangge.draft-job"
RECENT = 20
# A proposal on a large draft takes megabytes, and fits the draft less with every day.
KEPT_DAYS, LOST_HOURS = 30, 1.0


def start_search(
    engine: Engine,
    plan_id: int,
    kind: str,
    request: Mapping[str, Any],
    *,
    actor: str,
    account_id: int | None,
) -> int:
    """Have a draft evened out, or alternatives to it found, by whichever worker is free.

    `request` as the routes have it; a caller of a part of the jurisdiction gets that part only.
    Raises what `drafts.hold` raises, ConflictError `draft-job-at-work`, InputError
    `draft-job-grid-unknown` and what a search says of its wishes.
    """
    with acting(engine, actor, action=kind) as connection:
        held = drafts.hold(connection, plan_id)
        scope = scope_on(connection)
        if scope is not None and not scope.acts_in(held.jurisdiction_id):
            raise NotFoundError("draft-not-found", id=plan_id)
        _check(connection, plan_id, request)
        below = (scope.below if scope is not None else None) or ""
        job = store.add(
            connection, jurisdiction_id=held.jurisdiction_id, plan_id=plan_id, kind=kind,
            request={**request, "below": below}, base_version=held.version, actor=actor,
            account_id=account_id,
        )  # fmt: skip
        hand_to_worker(connection, job)
    return job


def hand_to_worker(connection: Connection, job: int) -> None:
    """Have a job done once this transaction commits."""
    with beyond(connection):  # the queue is the owner's
        jobs.defer(connection, TASK, {"job": job}, lock=f"draft job {job}", queue=jobs.LONG)


def _check(connection: Connection, plan_id: int, request: Mapping[str, Any]) -> None:
    """Refuse at once what the search would refuse a minute later."""
    Wanted(
        tolerance=request.get("tolerance") or 0.05,
        **{name: request[name] for name in GIVEN if request.get(name) is not None},
    )
    named = request.get("grids")
    if named is not None:
        there = {code for code in drafts.grids_of(connection, plan_id) if len(code) == 15}
        unknown = sorted(set(named) - there)
        if unknown or not named:
            raise InputError(
                "draft-job-grid-unknown", count=len(unknown), grids=", ".join(unknown[:5])
            )


def job(connection: Connection, job_id: int) -> dict[str, Any]:
    """Where work stands, and what came of it. Raises NotFoundError `draft-job-not-found`."""
    return store.get(connection, job_id, result=True)


def fits(
    connection: Connection, boards: Boards, found: Mapping[str, Any]
) -> list[dict[str, Any]] | None:
    """Of each proposal of a job how much fits the draft as it is now: `version`, `units` that
    would move, those that are there already (`arrived`), and units that stay, by why (`dropped`,
    see `help.fit`). None where there is no proposal."""
    if found["status"] != "done" or found["plan_id"] is None or found["result"] is None:
        return None
    version = drafts.version(connection, found["plan_id"])
    items = found["result"]["items"] if found["kind"] == ALTERNATIVES else [None]
    now = _desk_now(connection, boards, found)
    told = []
    for choice in range(len(items)):
        fit = _fit(connection, now, moves_of(found, choice))
        told.append(
            {
                "version": version, "units": len(fit.moves), "arrived": fit.arrived,
                "dropped": {why: list(units) for why, units in fit.dropped.items()},
            }
        )  # fmt: skip
    return told


def jobs_of_draft(connection: Connection, plan_id: int) -> list[dict[str, Any]]:
    """The last work on a draft, without results, the newest first. Raises NotFoundError
    `draft-not-found`."""
    drafts.draft(connection, plan_id)
    return store.of_draft(connection, plan_id, limit=RECENT)


def cancel(engine: Engine, job_id: int, *, actor: str) -> None:
    """End work before it is done; its search stops within a moment. What has ended stays.

    Raises ForbiddenError `draft-job-not-yours` for another's, unless the whole jurisdiction is the
    caller's.
    """
    with acting(engine, actor, action="cancel") as connection:
        found, scope = store.get(connection, job_id), scope_on(connection)
        part = scope is not None and not (scope.whole or scope.everything)
        if part and scope is not None and found["account_id"] != scope.account_id:
            raise ForbiddenError("draft-job-not-yours", id=job_id)
        store.cancel(connection, job_id)


def tidy(engine: Engine) -> None:
    """Let go of old proposals, and end work that a queue has lost, for the worker."""
    with acting(engine, "system") as connection:
        store.let_go(connection, KEPT_DAYS)
        store.give_up_lost(connection, WanggeError("draft-job-lost"), LOST_HOURS)


def suggestions(
    connection: Connection, boards: Boards, plan_id: int, count: int
) -> tuple[DraftDesk, list[dict[str, Any]]]:
    """The next moves in a draft, each on top of those before it (see `help.suggest`).

    Of a caller of a part of the jurisdiction, in that part only. Raises as `desk_of`.
    """
    draft = desk_of(connection, boards, plan_id)
    scope = scope_on(connection)
    below = (scope.below if scope is not None else None) or ""
    desk = draft.desk
    items = [
        {
            "units": desk.unit_id[move.units].tolist(),
            "from": None if move.before < 0 else desk.codes[move.before],
            "to": desk.codes[move.after],
            "people": round(move.people),
            "load": move.load,
            "deviation_from": move.deviation_of_before,
            "deviation_to": move.deviation_of_after,
            "largest": move.largest,
        }
        for move in next_moves(desk, count, below=below)
    ]
    return draft, items


def result_of(
    connection: Connection,
    job_id: int,
    *,
    plan_id: int | None = None,
    choice: int | None = None,
    boards: Boards | None = None,
) -> dict[int, str]:
    """What taking a proposal changes in the draft as the transaction sees it: the code of the grid
    that each unit goes to.

    `choice` is the place of an alternative in its list. Of a draft that has changed since the job
    began it is as much as still fits. Raises NotFoundError `draft-job-not-found` also for another
    draft's; ConflictError `draft-job-not-done`, `draft-job-let-go`, `draft-job-taken` where all is
    as it proposes, and `draft-job-overtaken` where nothing of it fits any more; InputError
    `draft-job-choice`.
    """
    found = job(connection, job_id)
    if found["plan_id"] is None or (plan_id is not None and found["plan_id"] != plan_id):
        raise NotFoundError("draft-job-not-found", id=job_id)
    if found["status"] != "done":
        raise ConflictError("draft-job-not-done", id=job_id)
    if found["result"] is None:
        raise ConflictError("draft-job-let-go", id=job_id, days=KEPT_DAYS)
    moves = moves_of(found, choice)
    if not moves:
        raise ConflictError("draft-job-taken", id=job_id)
    fit = _fit(connection, _desk_now(connection, boards or Boards(), found), moves)
    if not fit.moves:
        if not fit.dropped:
            raise ConflictError("draft-job-taken", id=job_id)
        raise ConflictError(
            "draft-job-overtaken", id=job_id, count=sum(map(len, fit.dropped.values()))
        )
    return dict(fit.moves)


def _desk_now(connection: Connection, boards: Boards, found: Mapping[str, Any]) -> DraftDesk | None:
    """The draft of a job as it is now; None where it is as it was when the job began."""
    if drafts.version(connection, found["plan_id"]) == found["result"]["version"]:
        return None
    return desk_of(connection, boards, found["plan_id"])


def _fit(
    connection: Connection, draft: DraftDesk | None, moves: Mapping[int, tuple[str | None, str]]
) -> Fit:
    """How much of a proposal fits the draft as it is now."""
    if draft is None:
        return Fit(moves={unit: after for unit, (_, after) in moves.items()}, dropped={}, arrived=0)
    scope = scope_on(connection)
    below = (scope.below if scope is not None else None) or ""
    return fitted(draft.desk, moves, below=below)


def moves_of(found: Mapping[str, Any], choice: int | None) -> dict[int, tuple[str | None, str]]:
    """The grids before and after of each unit of a proposal. Raises InputError `draft-job-choice`
    where there are several and none of them is named."""
    proposal = found["result"]
    if found["kind"] == ALTERNATIVES:
        items = proposal["items"]
        if choice is None or not 0 <= choice < len(items):
            raise InputError("draft-job-choice", count=len(items))
        proposal = items[choice]
    return {
        int(unit): (before, after) for before, after, units in proposal["moves"] for unit in units
    }
