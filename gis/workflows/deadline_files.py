"""The table of deadlines by Excel or CSV: checked, taken in whole or not at all, and given out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from gis.errors import InputError
from gis.files.deadline_table import FileRow, read_deadlines, write_deadlines
from gis.report import Report
from gis.store import audit, deadline_rows, deadlines, known
from gis.store.engine import acting
from gis.store.incidents import categories

Key = tuple[str | None, int | None, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinesDone:
    """What came of a file, or would of one that is only checked.

    `missing`: rows that hold and that the file does not name; `ended` of them if that was asked
    for.
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
    the same stays as it is; running clocks keep what they started with. Every fault is in `report`
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
        held = _held(connection, jurisdiction_id)
        wanted = _checked(connection, rows, held, report)
        refused = sum(one.count for one in report.findings if one.outcome == "refused")
        if refused:
            raise InputError("deadlines-refused", count=refused, file=file_name)
        changed = [
            key for key, row in wanted.items() if key in held and not _same(held[key][0], row)
        ]
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
            for row in held[key]:
                deadline_rows.end(connection, jurisdiction_id, row["id"])
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


def _held(connection: Connection, jurisdiction_id: int) -> dict[Key, list[dict[str, Any]]]:
    """Rows that hold or are to come, by what they are for."""
    held: dict[Key, list[dict[str, Any]]] = defaultdict(list)
    for row in deadline_rows.listed(connection, jurisdiction_id):
        code = row["category"] and row["category"]["code"]
        held[code, row["severity"], row["stage"]].append(row)
    return dict(held)


def _checked(
    connection: Connection,
    rows: Sequence[FileRow],
    held: dict[Key, list[dict[str, Any]]],
    report: Report,
) -> dict[Key, FileRow]:
    """The rows by what they are for; unknown categories and rows for the same are refused."""
    codes: dict[str, str] = {}
    for one in categories(connection):
        codes |= {one["code"]: one["code"], one["name"]["zh"]: one["code"]}
        codes.setdefault(one["name"]["en"], one["code"])
    unknown = [row for row in rows if row.category is not None and row.category not in codes]
    if unknown:
        report.add(
            "refused", "row-category-unknown", rows=[row.row for row in unknown],
            column="category",
            examples=", ".join(sorted({str(row.category) for row in unknown})[:5]),
        )  # fmt: skip
    wanted: dict[Key, FileRow] = {}
    twice, coming = [], []
    for row in rows:
        if row in unknown:
            continue
        key = (codes[row.category] if row.category else None, row.severity, row.stage)
        if key in wanted:
            twice.append(row.row)
        elif any(one["state"] == "coming" for one in held.get(key, ())):
            coming.append(row.row)
        wanted.setdefault(key, row)
    if twice:
        report.add("refused", "row-deadline-twice", rows=twice)
    if coming:
        report.add("refused", "row-deadline-coming", rows=coming)
    return wanted


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
