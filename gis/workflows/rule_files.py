"""Rules from a JSON file: all of them, in its order, or none."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from gis.errors import InputError, TooLargeError, WanggeError
from gis.files.assets import KINDS
from gis.incidents.plain_text import clean_line
from gis.incidents.sources import SOURCES
from gis.report import Report
from gis.store import audit, dated, known
from gis.store.contacts import organisations
from gis.store.engine import acting
from gis.store.rules import list_rules
from gis.workflows.assets import Imported, refuse
from gis.workflows.rules import GIVEN, ROLES, add_rule, check_rule

MOST_BYTES = 10 * 2**20
# As over HTTP: what a program cannot hold as a date would stop all routing.
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
Test = Callable[[Any], bool]


def _text(pattern: str) -> Test:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _line(most: int) -> Test:
    return lambda value: isinstance(value, str) and 0 < len(value) <= most and _plain(value)


def _plain(value: str) -> bool:
    # PostgreSQL holds no NUL, and nothing holds half a character.
    return "\x00" not in value and clean_line(value) == value


def _one_of(*values: str) -> Test:
    return lambda value: isinstance(value, str) and value in values


def _number(least: float, most: float) -> Test:
    return lambda value: (
        isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
    )


def _list_of(test: Test) -> Test:
    return lambda value: isinstance(value, list) and all(test(one) for one in value)


def _moment(value: Any) -> bool:
    try:
        return isinstance(value, str) and EARLIEST <= datetime.fromisoformat(value) <= LATEST
    except (ValueError, TypeError):  # TypeError: without an offset
        return False


FIELDS: Mapping[str, Test] = {
    "name_zh": _line(200),
    "name_en": _line(200),
    "effect": _one_of("override", "refine"),
    "categories": _list_of(_text(r"\d{2}(\d{2})?")),
    "severities": _list_of(lambda value: type(value) is int and 1 <= value <= 4),
    "sources": _list_of(_one_of(*SOURCES)),
    "grid_prefix": _text(r"\d{6}(\d{3}){0,3}"),
    "asset_code": _line(60),
    "asset_kind": _one_of(*set(KINDS.values())),
    "within_m": _number(0, 2000),
    "street_code": _line(60),
    "street_side": _one_of("left", "right"),
    "street_within_m": _number(1, 500),
    "organisation": _line(60),
    "grid_code": _text(r"\d{15}"),
    "role": _one_of(*ROLES),
    "since": _moment,
    "until": _moment,
    "reason": _line(500),
}
NEEDED = ("name_zh", "effect")
LISTS = ("categories", "severities", "sources")


def import_rules(
    engine: Engine,
    jurisdiction_id: int,
    path: Path,
    *,
    dry_run: bool = False,
    actor: str,
    report: Report,
) -> Imported:
    """Record the rules of a file behind those that are there, in one transaction; those that hold
    or are to come already, word for word, stay as they are.

    The file is a JSON list of objects with the fields of FIELDS; an organisation is named by its
    code. Every bad rule is in `report`, by its place in the list. Raises InputError
    `rules-file-invalid`, `import-refused`, TooLargeError `file-too-large`.
    """
    listed = _read(path, report)
    with acting(engine, actor, action="rule", reason=path.name) as connection:
        dated.one_after_the_other(connection)
        known.require(connection, jurisdiction_id)
        codes = {one["code"]: one["id"] for one in organisations(connection, jurisdiction_id)}
        there = _there(connection, jurisdiction_id)
        known_already = 0
        for number, given in enumerate(listed, start=1):
            try:
                row = _row(given, codes)
                check_rule(connection, jurisdiction_id, row)
                since, until = _when(given, "since"), _when(given, "until")
                if _told(row, since, until) in there:
                    known_already += 1
                    continue
                add_rule(
                    connection, jurisdiction_id, row, since=since, until=until,
                    reason=given.get("reason", path.name),
                )  # fmt: skip
            except WanggeError as wrong:
                report.add("refused", wrong.code, rows=[number], **wrong.params)
                report.rows_accepted -= 1
        refuse(report, 0, skip_bad=False)
        if dry_run:
            connection.rollback()
        else:
            audit.record(
                connection, "rules-import", f"organisation {jurisdiction_id}",
                {"file": path.name, "rows": len(listed) - known_already},
            )  # fmt: skip
    return Imported(added=len(listed) - known_already, replaced=0, unchanged=known_already)


def _there(connection: Connection, jurisdiction_id: int) -> set[tuple[Any, ...]]:
    """What the rules say that hold or are to come, with their beginning and without it."""
    found = set()
    for row in list_rules(connection, jurisdiction_id):
        target = row["target"]
        said = {
            **row["conditions"], "name_zh": row["name"]["zh"], "name_en": row["name"]["en"],
            "effect": row["effect"], "role": target["role"],
            "organisation_id": target["organisation"] and target["organisation"]["id"],
            "grid_code": target["grid"] and target["grid"]["code"],
        }  # fmt: skip
        found |= {_told(said, since, row["until"]) for since in (None, row["since"])}
    return found


def _told(
    said: Mapping[str, Any], since: datetime | None, until: datetime | None
) -> tuple[Any, ...]:
    values = dict(said) | {"name_en": said.get("name_en") or said["name_zh"]}
    lists = {name: tuple(sorted(set(values.get(name) or ()))) for name in LISTS}
    return *((values | lists).get(name) for name in GIVEN), since, until


def _read(path: Path, report: Report) -> list[Any]:
    if not path.is_file():
        raise InputError("file-missing", file=str(path))
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise TooLargeError(
            "file-too-large", file=str(path), size_mb=round(size / 2**20, 1), limit_mb=10
        )
    try:
        listed = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError("rules-file-invalid", file=str(path)) from error
    if not isinstance(listed, list) or not listed:
        raise InputError("rules-file-invalid", file=str(path))
    report.rows_read = report.rows_accepted = len(listed)
    return listed


def _row(given: Any, codes: Mapping[str, int]) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise InputError("rule-field-wrong", field="{ }")
    for name in (*given, *NEEDED):
        if name not in FIELDS or not FIELDS[name](given.get(name)):
            raise InputError("rule-field-wrong", field=str(name)[:60])
    row = dict(given)
    code = row.pop("organisation", None)
    if code is not None and code not in codes:
        raise InputError("organisation-unknown", id=code, field="organisation")
    return row | {"organisation_id": codes[code] if code is not None else None}


def _when(given: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(given[name]) if name in given else None
