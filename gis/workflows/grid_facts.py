"""Base data of grids: imported from files, kept with its days and sources, summed for any level."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from gis.errors import ConflictError, InputError
from gis.files.grid_facts import read_grid_facts, write_facts_template
from gis.report import Report
from gis.store import grid_facts as store
from gis.store import known
from gis.store.engine import acting
from gis.store.grid_names import grid_names
from gis.workflows.base_data_files import FileRequest, refuse_any, take_in

MOST_RETIRED = 500
MOST_GRIDS = 100_000  # of a template


def import_facts(
    engine: Engine,
    request: FileRequest,
    path: Path,
    *,
    as_of: date | None,
    source: str | None,
    today: date,
    report: Report,
    max_bytes: int | None = None,
) -> dict[str, Any]:
    """Import counts from Excel or CSV: whole or not at all, the same content once.

    What is recorded for a grid, a kind and a day in the same way is left alone; another number for
    the same day is added and counts from now on, the former one stays in history. Gives `added`,
    `corrected` (of them) and `unchanged`. Raises what `take_in` and `read_grid_facts` do,
    InputError `base-file-refused`, `facts-day-in-future`.
    """
    if as_of is not None and as_of > today:
        raise InputError("facts-day-in-future", field="as_of")

    def write(connection: Connection, job_id: int) -> dict[str, int]:
        known.require(connection, request.jurisdiction_id)
        listed = [
            one for one in store.kinds(connection, request.jurisdiction_id) if not one["retired"]
        ]
        by_name: dict[str, str] = {}
        for one in listed:
            for name in (one["name"]["en"], one["name"]["zh"], one["code"]):
                by_name[name.lower()] = one["code"]
        rows = read_grid_facts(
            path, by_name, as_of=as_of, source=source, zone=request.zone, report=report,
            max_bytes=max_bytes,
        )  # fmt: skip
        plan = store.in_force(connection, request.jurisdiction_id, request.time_zone)
        basic = store.basic_grids(connection, plan.plan_id, store.WHOLE) if plan else []
        mine = {code for code, _ in basic}
        unknown = ~rows["grid_code"].isin(mine)
        if unknown.any():
            report.add(
                "refused", "facts-row-grid-unknown", rows=sorted(set(rows.loc[unknown, "row"])),
                examples=", ".join(sorted(set(rows.loc[unknown, "grid_code"]))[:5]),
            )  # fmt: skip
        future = rows["as_of"].map(lambda day: day > today).astype(bool)
        if future.any():
            report.add("refused", "facts-row-future", rows=sorted(set(rows.loc[future, "row"])))
        refuse_any(report)
        ids = {one["code"]: one["id"] for one in listed}
        former = store.present(connection, request.jurisdiction_id, store.WHOLE)
        fresh: list[tuple[str, int, date, int, str]] = []
        corrected = 0
        given: list[Any] = list(rows.itertuples(index=False))
        for row in given:
            there = former.get((row.grid_code, ids[row.kind]))
            if there is not None and there.as_of == row.as_of:
                if (there.value, there.source) == (row.value, row.source):
                    continue
                corrected += 1
            fresh.append((row.grid_code, ids[row.kind], row.as_of, int(row.value), row.source))
        store.write(connection, request.jurisdiction_id, fresh, job_id=job_id)
        return {"added": len(fresh), "corrected": corrected, "unchanged": len(rows) - len(fresh)}

    return take_in(engine, request, path, kind="facts", report=report, write=write)


def record_fact(
    engine: Engine,
    jurisdiction_id: int,
    *,
    grid_code: str,
    kind: str,
    value: int | None,
    as_of: date,
    source: str,
    today: date,
    actor: str,
    expected: int | None = None,
) -> None:
    """Record one count, or with no value take back the one of a day (`source`: why).

    `expected`: the id of the count of that day that the sender has seen, 0 for none; None: whatever
    there is. Raises InputError `base-grid-unknown`, `fact-kind-unknown`, `facts-day-in-future`,
    `fact-not-there`; ConflictError `fact-changed` where somebody was first.
    """
    if as_of > today:
        raise InputError("facts-day-in-future", field="as_of")
    with acting(engine, actor, action="grid-fact") as connection:
        known.require(connection, jurisdiction_id)
        store.require_basic(connection, jurisdiction_id, grid_code)
        kind_id = store.kind_id(connection, jurisdiction_id, kind)
        former = store.of_day(connection, jurisdiction_id, grid_code, kind_id, as_of)
        if former is not None and (former["value"], former["source"]) == (value, source):
            return
        if expected is not None and expected != (former["id"] if former is not None else 0):
            at = former["recorded_at"].isoformat(timespec="seconds") if former is not None else ""
            raise ConflictError(
                "fact-changed", by=former["recorded_by"] if former is not None else "", at=at,
                value=_said(former), field="value",
            )  # fmt: skip
        if value is None and (former is None or former["value"] is None):
            raise InputError("fact-not-there", day=as_of.isoformat(), field="as_of")
        row = (grid_code, kind_id, as_of, value, source)
        store.write(connection, jurisdiction_id, [row], job_id=None)


def _said(former: dict[str, Any] | None) -> str:
    return "–" if former is None or former["value"] is None else str(former["value"])


def facts_table(
    connection: Connection,
    jurisdiction_id: int,
    *,
    level: int,
    parent: str,
    after: str,
    limit: int,
    at: date | None,
    today: date,
    time_zone: str,
) -> dict[str, Any]:
    """A page of the grids of a level with their sums by kind, as of a day or of now.

    Each sum says of how many basic grids it is, the oldest and newest day, what is old and what
    was counted before the boundaries of today. On the first page also the sums of all that the
    caller sees, and the counts of codes that no grid bears any more. Without a plan in force there
    are no items. Raises NotFoundError `jurisdiction-not-found`.
    """
    known.require(connection, jurisdiction_id)
    kinds = [
        {name: one[name] for name in ("id", "code", "group", "name", "max_age_days", "own")}
        for one in store.kinds(connection, jurisdiction_id)
        if not one["retired"]
    ]
    plan = store.in_force(connection, jurisdiction_id, time_zone)
    answer: dict[str, Any] = {
        "kinds": kinds, "boundaries_since": None, "items": [], "next": None, "total": None,
        "retired": [],
    }  # fmt: skip
    if plan is None:
        return answer
    day, then = at or today, at if at is not None and at < today else None
    rows = store.grids(
        connection, plan.plan_id, level=level, parent=parent, after=after, limit=limit + 1
    )
    shown = rows[:limit]
    answer["boundaries_since"] = plan.since
    answer["next"] = shown[-1]["code"] if len(rows) > limit else None
    if shown:
        bounds = store.span([one["code"] for one in shown])
        found = store.sums(connection, jurisdiction_id, plan, bounds, level=level, day=day, at=then)
        basic = store.basic_grids(connection, plan.plan_id, bounds)
        answer["items"] = _rows(shown, found, basic, store.DIGITS[level])
    if not after:
        whole = store.span([parent])
        all_ = store.sums(connection, jurisdiction_id, plan, whole, level=0, day=day, at=then)
        basic = store.basic_grids(connection, plan.plan_id, whole)
        (answer["total"],) = _rows([{"code": "", "name": None}], all_, basic, 0)
        answer["retired"] = _retired(connection, jurisdiction_id, plan) if at is None else []
    return answer


def _rows(
    grids: list[dict[str, Any]],
    sums: list[dict[str, Any]],
    basic: list[tuple[str, int]],
    digits: int,
) -> list[dict[str, Any]]:
    facts: dict[str, dict[str, Any]] = defaultdict(dict)
    for one in sums:
        facts[one["code"]][one["kind"]] = {
            name: it for name, it in one.items() if name not in ("code", "kind")
        }
    numbers: dict[str, int] = defaultdict(int)
    for code, _ in basic:
        numbers[code[:digits]] += 1
    return [
        {**grid, "grids": numbers[grid["code"]], "facts": facts.get(grid["code"], {})}
        for grid in grids
    ]


def _retired(
    connection: Connection, jurisdiction_id: int, plan: store.InForce
) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in store.retired(connection, jurisdiction_id, plan, limit=MOST_RETIRED):
        told = {name: row[name] for name in ("value", "as_of", "source")}
        found[row["code"]][row["kind"]] = told
    called = grid_names(connection, jurisdiction_id, list(found))
    return [{"code": code, "name": called.get(code), "facts": it} for code, it in found.items()]


def write_template(
    connection: Connection, jurisdiction_id: int, path: Path, *, time_zone: str
) -> None:
    """Write a table to fill in, with the basic grids that the caller sees and every kind in use.

    Raises NotFoundError `jurisdiction-not-found`, InputError `file-kind-unknown`.
    """
    known.require(connection, jurisdiction_id)
    plan = store.in_force(connection, jurisdiction_id, time_zone)
    rows = [] if plan is None else store.grids(
        connection, plan.plan_id, level=3, parent="", after="", limit=MOST_GRIDS
    )  # fmt: skip
    kinds = [one for one in store.kinds(connection, jurisdiction_id) if not one["retired"]]
    write_facts_template(path, kinds, [(row["code"], row["name"]["zh"]) for row in rows])
