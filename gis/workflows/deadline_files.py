"""The table of deadlines by Excel or CSV: checked, taken in whole or not at all, and given out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from gis.errors import InputError
from gis.files.deadline_table import FileRow, plain, read_deadlines, write_deadlines
from gis.report import Report
from gis.store import audit, deadline_rows, deadlines, known
from gis.store.engine import acting
from gis.store.incidents import categories

Key = tuple[str | None, int | None, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinesDone:
    """What came of a file, or would of one that is only checked.

    `missing`: rows that hold and that the file does not name; `ended` of them if that was asked
    for. Rows that are to come are in neither.
    """

    added: int
    replaced: int
    unchanged: int
    missing: int
    ended: int

    def as_dict(self) -> dict[str, int]:
        """As JSON-ready values."""
        return asdict(self)


def import_deadlines(
    engine: Engine,
    jurisdiction_id: int,
    path: Path,
    *,
    file_name: str,
    actor: str,
    reason: str | None = None,
    dry_run: bool = False,
    end_missing: bool = False,
    report: Report,
) -> DeadlinesDone:
    """Make the table what a file says, from now on, in one transaction; or nothing.

    A row for the same category, severity and stage takes the place of the one that holds; what is
    the same stays as it is, and so does what is to come; running clocks keep what they started
    with. Every fault is in `report`
    by row and column. Raises InputError `deadlines-refused`, `calendar-missing`, what
    `read_deadlines` raises, NotFoundError `jurisdiction-not-found`.
    """
    rows = read_deadlines(path, report=report)
    why = reason or file_name
    with acting(engine, actor, action="deadlines", reason=why) as connection:
        known.require(connection, jurisdiction_id)
        deadline_rows.one_after_the_other(connection)
        if deadlines.calendar_in_force(connection, jurisdiction_id) is None:
            raise InputError("calendar-missing")
        held, coming = _held(connection, jurisdiction_id)
        wanted = _checked(connection, rows, held, coming, report)
        refused = sum(one.count for one in report.findings if one.outcome == "refused")
        if refused:
            raise InputError("deadlines-refused", count=refused, file=file_name)
        changed = [key for key, row in wanted.items() if key in held and not _same(held[key], row)]
        added = [key for key in wanted if key not in held]
        missing = [key for key in held if key not in wanted]
        done = DeadlinesDone(
            added=len(added), replaced=len(changed),
            unchanged=len(wanted) - len(added) - len(changed), missing=len(missing),
            ended=len(missing) if end_missing else 0,
        )  # fmt: skip
        if dry_run:
            connection.rollback()
            return done
        for key in [*changed, *(missing if end_missing else [])]:
            deadline_rows.end(connection, jurisdiction_id, held[key]["id"])
        for key in [*changed, *added]:
            _write(connection, jurisdiction_id, key, wanted[key], why)
        audit.record(
            connection, "deadlines-import", f"organisation {jurisdiction_id}",
            {"file": file_name, **done.as_dict()},
        )  # fmt: skip
    return done


def export_deadlines(
    engine: Engine, jurisdiction_id: int, path: Path, *, language: str, actor: str
) -> int:
    """Write the rows that hold now, ready to be changed and imported; gives how many.

    By the extension of `path`: .xlsx or .csv. Raises InputError `file-kind-unknown`,
    `file-not-writable`, NotFoundError `jurisdiction-not-found`.
    """
    with acting(engine, actor) as connection:
        known.require(connection, jurisdiction_id)
        rows = [
            {**row, "category": row["category"] and row["category"]["code"]}
            for row in deadline_rows.listed(connection, jurisdiction_id)
            if row["state"] == "current"
        ]
        write_deadlines(path, rows, _named(connection, language), language)
        audit.record(
            connection, "deadlines-export", f"organisation {jurisdiction_id}", {"rows": len(rows)}
        )
    return len(rows)


def write_template(connection: Connection, path: Path, language: str) -> None:
    """Write an empty table to fill in. Raises as `export_deadlines`."""
    write_deadlines(path, [], _named(connection, language), language)


def _named(connection: Connection, language: str) -> dict[str, str]:
    tongue = language[:2]
    return {row["code"]: row["name"][tongue] for row in categories(connection)}


def _held(
    connection: Connection, jurisdiction_id: int
) -> tuple[dict[Key, dict[str, Any]], set[Key]]:
    """The rows that hold, by what they are for, and what rows are to come for."""
    held: dict[Key, dict[str, Any]] = {}
    coming: set[Key] = set()
    for row in deadline_rows.listed(connection, jurisdiction_id):
        key = (row["category"] and row["category"]["code"], row["severity"], row["stage"])
        if row["state"] == "coming":
            coming.add(key)
        else:
            held[key] = row
    return held, coming


def _checked(
    connection: Connection,
    rows: Sequence[FileRow],
    held: dict[Key, dict[str, Any]],
    coming: set[Key],
    report: Report,
) -> dict[Key, FileRow]:
    """The rows by what they are for. Refused are categories that are unknown or may be several,
    rows for the same, and changes of what is to change later anyhow."""
    meant = _meant(connection, {code for code, _, _ in held})
    for code, those in (
        ("row-category-unknown", [row for row in rows if not meant(row)]),
        ("row-category-ambiguous", [row for row in rows if len(meant(row)) > 1]),
    ):
        if those:
            report.add(
                "refused", code, rows=[row.row for row in those], column="category",
                examples=", ".join(sorted({str(row.category) for row in those})[:5]),
            )  # fmt: skip
    wanted: dict[Key, FileRow] = {}
    twice, later = [], []
    for row in rows:
        codes = meant(row)
        if len(codes) != 1:
            continue
        key = (codes[0], row.severity, row.stage)
        if key in wanted:
            twice.append(row.row)
        elif key in coming and not (key in held and _same(held[key], row)):
            later.append(row.row)
        wanted.setdefault(key, row)
    if twice:
        report.add("refused", "row-deadline-twice", rows=twice)
    if later:
        report.add("refused", "row-deadline-coming", rows=later)
    return wanted


def _meant(connection: Connection, held: set[str | None]) -> Callable[[FileRow], list[str | None]]:
    """A function that gives the codes of the categories that a row may mean: None for any, else
    the one of the code, or those of the name. `held`: codes of which there are rows, though the
    category may be out of use by now."""
    listed = categories(connection)
    codes = held | {one["code"] for one in listed}
    named: defaultdict[str, set[str]] = defaultdict(set)
    for one in listed:
        for name in one["name"].values():
            named[plain(name)].add(one["code"])

    def meant(row: FileRow) -> list[str | None]:
        if row.category is None or row.category in codes:
            return [row.category]
        return [*sorted(named.get(row.category, ()))]

    return meant


def _same(held: dict[str, Any], row: FileRow) -> bool:
    return (held["amount"], held["unit"], held["soon_share"]) == (
        row.allowance.amount, row.allowance.unit, row.soon_share,
    )  # fmt: skip


def _write(
    connection: Connection, jurisdiction_id: int, key: Key, row: FileRow, reason: str
) -> None:
    category, severity, stage = key
    values = {
        "category_code": category, "severity": severity, "stage": stage,
        "amount": row.allowance.amount, "unit": row.allowance.unit, "soon_share": row.soon_share,
    }  # fmt: skip
    deadline_rows.add(connection, jurisdiction_id, values, since=None, reason=reason)
