"""Diaries of grids: written on the way, corrected by a new entry, checked once a month."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from psycopg.errors import RestrictViolation
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from gis.errors import ConflictError, InputError
from gis.store import diaries as store
from gis.store import grid_facts, known
from gis.store.engine import acting
from gis.store.scope import scope_on


def month_start(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def write_diary(
    engine: Engine,
    jurisdiction_id: int,
    *,
    grid_code: str,
    day: date,
    words: str,
    kinds: list[str],
    people: int,
    incident_id: int | None,
    replaces_id: int | None,
    author: str,
    key: UUID | None,
    today: date,
    actor: str,
) -> tuple[int, bool]:
    """Write an entry, or correct an own one by a new one; gives its id, and whether it is new.

    Under a key the same entry is written once. Raises InputError `base-grid-unknown`,
    `diary-in-future`, `idempotency-key-reused`; NotFoundError `incident-not-found`,
    `diary-not-found`; ConflictError `diary-month-checked`, `diary-conflict`.
    """
    if day > today:
        raise InputError("diary-in-future", field="day")
    values: dict[str, Any] = {
        "jurisdiction_id": jurisdiction_id, "grid_code": grid_code, "day": day, "text": words,
        "kinds": sorted(set(kinds)), "people": people, "incident_id": incident_id,
        "author": author, "replaces_id": replaces_id,
    }  # fmt: skip
    for last in (False, True):
        try:
            with acting(engine, actor, action="diary") as connection:
                return _write(connection, values, key)
        except IntegrityError as refused:
            if isinstance(refused.orig, RestrictViolation):
                raise ConflictError(
                    "diary-month-checked", grid=grid_code, month=f"{day:%Y-%m}", field="day"
                ) from refused
            # Another request was first with the key or with the correction: look again.
            if last:
                raise ConflictError("diary-conflict") from refused
    raise AssertionError("the second try returns or raises")


def _write(connection: Connection, values: dict[str, Any], key: UUID | None) -> tuple[int, bool]:
    scope = scope_on(connection)
    account = scope.account_id if scope is not None else None
    person = scope.person_id if scope is not None else None
    of = values["jurisdiction_id"]
    known.require(connection, of)
    before = store.of_key(connection, account, key) if account and key else None
    if before is not None:
        diary_id = int(before.pop("id"))
        if before != values:
            raise InputError("idempotency-key-reused", key=str(key))
        return diary_id, False
    grid_facts.require_basic(connection, of, values["grid_code"])
    if values["incident_id"] is not None:
        known.require_incident(connection, values["incident_id"])
    if values["replaces_id"] is not None:
        grid = store.require_correctable(
            connection, of, values["replaces_id"], account_id=account, person_id=person
        )
        if grid != values["grid_code"]:
            raise InputError("base-grid-unknown", code=values["grid_code"], field="grid_code")
    told = {"account_id": account, "person_id": person, "key": key}
    return store.add(connection, values | told), True


def check_month(
    engine: Engine,
    jurisdiction_id: int,
    *,
    grid_code: str,
    month: date,
    verdict: str,
    remark: str | None,
    today: date,
    actor: str,
) -> int:
    """Check the diary of a grid for a month that is over; gives the check's id.

    Nothing is written into it from then on. Raises InputError `base-grid-unknown`,
    `diary-month-open`, `diary-verdict-entries`; ConflictError `diary-own-check`,
    `diary-checked-already`.
    """
    first = month_start(month)
    if today < month_start(first + timedelta(days=32)) - timedelta(days=1):
        raise InputError("diary-month-open", month=f"{first:%Y-%m}", field="month")
    with acting(engine, actor, action="diary-check", reason=remark) as connection:
        scope = scope_on(connection)
        account = scope.account_id if scope is not None else None
        known.require(connection, jurisdiction_id)
        grid_facts.require_basic(connection, jurisdiction_id, grid_code)
        store.gate(connection, jurisdiction_id, grid_code, first)
        within = grid_facts.Span(grid_code, grid_code)
        written, checked = store.month_of(connection, jurisdiction_id, within, first)
        if grid_code in checked:
            raise ConflictError(
                "diary-checked-already", grid=grid_code, month=f"{first:%Y-%m}",
                by=checked[grid_code].checked_by,
            )  # fmt: skip
        if account is not None and store.wrote(
            connection, jurisdiction_id, grid_code, first, account
        ):
            raise ConflictError("diary-own-check")
        entries = written[grid_code].entries if grid_code in written else 0
        if (verdict == "missing") != (entries == 0):
            raise InputError("diary-verdict-entries", field="verdict")
        return store.check(
            connection,
            {
                "jurisdiction_id": jurisdiction_id, "grid_code": grid_code, "month": first,
                "entries": entries, "verdict": verdict, "remark": remark, "account_id": account,
            },
        )  # fmt: skip


def month_table(
    connection: Connection,
    jurisdiction_id: int,
    *,
    month: date,
    parent: str,
    after: str,
    limit: int,
    time_zone: str,
) -> dict[str, Any]:
    """A page of the basic grids with what was written in a month and how it was checked.

    On the first page also the sums of all. Raises NotFoundError `jurisdiction-not-found`.
    """
    known.require(connection, jurisdiction_id)
    first = month_start(month)
    plan = grid_facts.in_force(connection, jurisdiction_id, time_zone)
    answer: dict[str, Any] = {"month": first, "items": [], "next": None, "total": None}
    if plan is None:
        return answer
    rows = grid_facts.grids(
        connection, plan.plan_id, level=3, parent=parent, after=after, limit=limit + 1
    )
    shown = rows[:limit]
    answer["next"] = shown[-1]["code"] if len(rows) > limit else None
    if shown:
        within = grid_facts.span([one["code"] for one in shown])
        written, checked = store.month_of(connection, jurisdiction_id, within, first)
        leads = store.leads(connection, plan.plan_id, within)
        answer["items"] = [
            {
                **one,
                "lead": leads.get(one["code"]),
                **_written(written.get(one["code"])),
                "check": _check(checked.get(one["code"])),
            }
            for one in shown
        ]
    if not after:
        whole = grid_facts.span([parent])
        basic = {code for code, _ in grid_facts.basic_grids(connection, plan.plan_id, whole)}
        written, checked = store.month_of(connection, jurisdiction_id, whole, first)
        answer["total"] = {
            "grids": len(basic),
            "submitted": len(basic & set(written)),
            "checked": len(basic & set(checked)),
            "entries": sum(written[code].entries for code in basic & set(written)),
        }
    return answer


def _written(row: Any) -> dict[str, Any]:
    if row is None:
        return {"entries": 0, "days": 0, "people": 0, "last": None}
    return {"entries": row.entries, "days": row.days, "people": row.people, "last": row.last}


def _check(row: Any) -> dict[str, Any] | None:
    names = ("entries", "verdict", "remark", "checked_at", "checked_by")
    return None if row is None else {name: getattr(row, name) for name in names}
