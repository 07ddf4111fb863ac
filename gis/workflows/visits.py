"""Visits of households: recorded on the way or from files, and how many households they reached."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from gis.assessment.coverage import UNKNOWN, Visited, summed, visited_in
from gis.errors import ConflictError, InputError
from gis.files.visits import household_of, read_visits
from gis.report import Report
from gis.store import grid_facts, known
from gis.store import visits as store
from gis.store.engine import acting
from gis.store.scope import scope_on
from gis.workflows.base_data_files import FileRequest, refuse_any, take_in


def record_visit(
    engine: Engine,
    jurisdiction_id: int,
    *,
    grid_code: str,
    visited_on: date,
    household: str | None,
    households: int,
    visitor: str,
    key: UUID | None,
    today: date,
    actor: str,
) -> tuple[int, bool]:
    """Record a visit of one household, or of some that were not visited before in the period.

    Gives its id, and whether it is new: under a key the same visit is recorded once. Raises
    InputError `base-grid-unknown`, `visit-in-future`, `household-names-somebody`,
    `visit-which`, `idempotency-key-reused`.
    """
    if visited_on > today:
        raise InputError("visit-in-future", field="visited_on")
    if household is not None and households != 1:
        raise InputError("visit-which", field="households")
    values: dict[str, Any] = {
        "jurisdiction_id": jurisdiction_id, "grid_code": grid_code, "visited_on": visited_on,
        "household": household_of(household) if household is not None else None,
        "households": households, "visitor": visitor,
    }  # fmt: skip
    for last in (False, True):
        try:
            with acting(engine, actor, action="visit") as connection:
                return _record(connection, values, key)
        except IntegrityError as first:
            if last or key is None:
                raise ConflictError("visit-conflict") from first
    raise AssertionError("the second try returns or raises")


def _record(connection: Connection, values: dict[str, Any], key: UUID | None) -> tuple[int, bool]:
    scope = scope_on(connection)
    account = scope.account_id if scope is not None else None
    known.require(connection, values["jurisdiction_id"])
    before = store.of_key(connection, account, key) if account and key else None
    if before is not None:
        visit_id = int(before.pop("id"))
        if before != values:
            raise InputError("idempotency-key-reused", key=str(key))
        return visit_id, False
    grid_facts.require_basic(connection, values["jurisdiction_id"], values["grid_code"])
    person = scope.person_id if scope is not None else None
    return store.add(
        connection, values | {"account_id": account, "person_id": person, "key": key}
    ), True


def withdraw_visit(engine: Engine, visit_id: int, *, reason: str, actor: str) -> None:
    """Take back a visit that was none. Raises NotFoundError `visit-not-found`."""
    with acting(engine, actor, action="visit", reason=reason) as connection:
        store.withdraw(connection, visit_id, reason=reason, actor=actor)


def import_visits(
    engine: Engine,
    request: FileRequest,
    path: Path,
    *,
    today: date,
    report: Report,
    max_bytes: int | None = None,
) -> dict[str, Any]:
    """Import visits from Excel or CSV: whole or not at all, the same content once.

    A household that is recorded for the day is left alone. Gives `added` and `unchanged`. Raises
    what `take_in` and `read_visits` do, InputError `base-file-refused`.
    """

    def write(connection: Connection, job_id: int) -> dict[str, int]:
        known.require(connection, request.jurisdiction_id)
        frame = read_visits(
            path, visitor=request.actor[:100], today=today, zone=request.zone, report=report,
            max_bytes=max_bytes,
        )  # fmt: skip
        plan = grid_facts.in_force(connection, request.jurisdiction_id, request.time_zone)
        basic = grid_facts.basic_grids(connection, plan.plan_id, grid_facts.WHOLE) if plan else []
        mine = {code for code, _ in basic}
        unknown = ~frame["grid_code"].isin(mine)
        if unknown.any():
            report.add(
                "refused", "facts-row-grid-unknown", rows=frame.index[unknown],
                examples=", ".join(sorted(set(frame.loc[unknown, "grid_code"]))[:5]),
            )  # fmt: skip
        refuse_any(report)
        rows = frame.to_dict("records")
        there = store.known_already(connection, request.jurisdiction_id, rows)  # type: ignore[arg-type]
        fresh = [
            row for row in rows
            if (row["grid_code"], row["visited_on"], row["household"]) not in there
        ]  # fmt: skip
        store.write(connection, request.jurisdiction_id, fresh, job_id=job_id)  # type: ignore[arg-type]
        return {"added": len(fresh), "unchanged": len(rows) - len(fresh)}

    return take_in(engine, request, path, kind="visits", report=report, write=write)


def coverage_table(
    connection: Connection,
    jurisdiction_id: int,
    *,
    level: int,
    parent: str,
    after: str,
    limit: int,
    since: date,
    until: date,
    today: date,
    time_zone: str,
) -> dict[str, Any]:
    """A page of the grids of a level with the coverage of visits from a day to another.

    Households are those counted last by the end of the time, else those of the plan in force
    (`from_plan`: of how many basic grids). On the first page also the whole. Raises NotFoundError
    `jurisdiction-not-found`, InputError `window-reversed`.
    """
    if since > until:
        raise InputError("window-reversed", field="until")
    known.require(connection, jurisdiction_id)
    plan = grid_facts.in_force(connection, jurisdiction_id, time_zone)
    answer: dict[str, Any] = {"items": [], "next": None, "total": None}
    if plan is None:
        return answer
    rows = grid_facts.grids(
        connection, plan.plan_id, level=level, parent=parent, after=after, limit=limit + 1
    )
    shown = rows[:limit]
    answer["next"] = shown[-1]["code"] if len(rows) > limit else None
    at = until if until < today else None
    if shown:
        bounds = grid_facts.span([one["code"] for one in shown])
        answer["items"] = _covered(
            connection, jurisdiction_id, plan, shown, level, bounds, since=since, until=until, at=at
        )
    if not after:
        whole = grid_facts.span([parent])
        one = [{"code": "", "name": None}]
        (answer["total"],) = _covered(
            connection, jurisdiction_id, plan, one, 0, whole, since=since, until=until, at=at
        )
    return answer


def _covered(
    connection: Connection,
    jurisdiction_id: int,
    plan: grid_facts.InForce,
    shown: list[dict[str, Any]],
    level: int,
    within: grid_facts.Span,
    *,
    since: date,
    until: date,
    at: date | None,
) -> list[dict[str, Any]]:
    basic = grid_facts.basic_grids(connection, plan.plan_id, within)
    facts = {
        one["code"]: one["value"]
        for one in grid_facts.sums(
            connection, jurisdiction_id, plan, within, level=3, day=until, at=at
        )
        if one["kind"] == grid_facts.HOUSEHOLDS
    }
    counts = store.counts(connection, jurisdiction_id, within, since=since, until=until)
    place = {one["code"]: k for k, one in enumerate(shown)}
    digits = grid_facts.DIGITS[level]
    mine = [(code, of) for code, of in basic if code[:digits] in place]
    planned = np.array([of or UNKNOWN for _, of in mine], dtype=np.int64)
    counted = np.array([facts.get(code, -1) for code, _ in mine], dtype=np.int64)
    group = np.array([place[code[:digits]] for code, _ in mine], dtype=np.int64)

    def of_visits(name: str) -> np.ndarray:
        said = (getattr(counts[code], name) if code in counts else 0 for code, _ in mine)
        return np.fromiter((int(one) for one in said), dtype=np.int64, count=len(mine))

    households = np.where(counted >= 0, counted, planned)
    parts = visited_in(households, of_visits("named"), of_visits("counted"))
    whole = summed(parts, group, len(shown))
    from_plan = np.bincount(group[(counted < 0) & (planned > 0)], minlength=len(shown))
    last: list[date | None] = [None] * len(shown)
    for code, _ in mine:
        if code in counts:
            k = place[code[:digits]]
            last[k] = max(counts[code].last, last[k] or counts[code].last)
    return [
        {**one, **_figures(whole, k), "from_plan": int(from_plan[k]), "last": last[k]}
        for k, one in enumerate(shown)
    ]


def _figures(whole: Visited, k: int) -> dict[str, Any]:
    rate = float(whole.rate[k])
    counts = ("households", "visited", "named", "claimed", "over", "unknown")
    told = {name: int(getattr(whole, name)[k]) for name in counts}
    return {**told, "rate": None if np.isnan(rate) else rate}
