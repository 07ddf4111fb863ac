"""What can be counted in a grid: common kinds, and a jurisdiction's own with their history."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from gis.errors import ConflictError, NotFoundError
from gis.store.grid_facts import GROUPS, kinds
from gis.store.names import names

OWN = """
SELECT k.id, k.code, k.name_zh, k.name_en, k.max_age_days, k.retired_at IS NOT NULL AS retired,
       k.version, c.recorded_at, c.recorded_by,
       EXISTS (SELECT FROM grid_fact AS f WHERE f.kind_id = k.id) AS counted
FROM fact_kind AS k JOIN fact_kind_change AS c ON c.kind_id = k.id AND c.version = k.version
WHERE k.jurisdiction_id = :of ORDER BY k.code
"""
CHANGES = """
SELECT version, name_zh, name_en, max_age_days, retired, reason, recorded_at, recorded_by
FROM fact_kind_change WHERE kind_id = :id ORDER BY version DESC LIMIT 200
"""
HELD = """
SELECT k.id, k.jurisdiction_id, k.code, k.name_zh, k.name_en, k.max_age_days, k.retired_at,
       k.version, c.recorded_by, c.recorded_at
FROM fact_kind AS k LEFT JOIN fact_kind_change AS c ON c.kind_id = k.id AND c.version = k.version
WHERE k.id = :id AND k.jurisdiction_id IS NOT NULL FOR UPDATE OF k
"""
CHANGE = """
UPDATE fact_kind SET name_zh = :name_zh, name_en = :name_en, max_age_days = :max_age_days,
  retired_at = CASE WHEN :retired THEN coalesce(retired_at, now()) END, version = version + 1
WHERE id = :id
"""


def add_kind(
    connection: Connection,
    jurisdiction_id: int,
    *,
    group: str,
    name_zh: str,
    name_en: str | None,
    max_age_days: int,
) -> str:
    """A kind of a jurisdiction's own with the next free code of its group; gives the code.

    Raises ConflictError `fact-kind-twice`, `fact-kinds-full`.
    """
    head = next(code for code, one in GROUPS.items() if one == group)
    known = kinds(connection, jurisdiction_id)
    if any(one["name"]["zh"] == name_zh and not one["retired"] for one in known):
        raise ConflictError("fact-kind-twice", name=name_zh, field="name_zh")
    taken = [int(one["code"][2:]) for one in known if one["code"].startswith(head) and one["own"]]
    number = max(taken, default=49) + 1
    if number > 99:
        raise ConflictError("fact-kinds-full")
    try:
        with connection.begin_nested():
            connection.execute(
                text(
                    "INSERT INTO fact_kind (jurisdiction_id, code, name_zh, name_en, max_age_days)"
                    " VALUES (:of, :code, :zh, :en, :age)"
                ),
                {"of": jurisdiction_id, "code": f"{head}{number}", "zh": name_zh, "en": name_en,
                 "age": max_age_days},
            )  # fmt: skip
    except IntegrityError as taken_meanwhile:
        raise ConflictError("fact-kind-twice", name=name_zh, field="name_zh") from taken_meanwhile
    return f"{head}{number}"


def own_kinds(connection: Connection, jurisdiction_id: int) -> list[dict[str, Any]]:
    """A jurisdiction's own kinds by code, retired ones as well, and who changed them last.
    `counted`: there are counts of it, of whatever day."""
    rows = connection.execute(text(OWN), {"of": jurisdiction_id}).mappings()
    return [
        {**row, "group": GROUPS[row["code"][:2]], "name": names(row["name_zh"], row["name_en"])}
        for row in rows
    ]


def changes(connection: Connection, kind_id: int) -> list[dict[str, Any]]:
    """What an own kind was in each of its versions, the newest first.

    Raises NotFoundError `fact-kind-not-found`.
    """
    rows = [dict(row) for row in connection.execute(text(CHANGES), {"id": kind_id}).mappings()]
    if not rows:
        raise NotFoundError("fact-kind-not-found", id=kind_id)
    return rows


def change_kind(connection: Connection, kind_id: int, *, version: int | None, **given: Any) -> None:
    """Give an own kind other names or another age (`name_zh`, `name_en`, `max_age_days`), retire it
    or take it up again (`retired`). Counts stay.

    Raises NotFoundError `fact-kind-not-found`; ConflictError `fact-kind-changed` where it is no
    longer of that version, `fact-kind-twice`.
    """
    row = connection.execute(text(HELD), {"id": kind_id}).mappings().first()
    if row is None:
        raise NotFoundError("fact-kind-not-found", id=kind_id)
    if version is not None and version != row["version"]:
        raise ConflictError(
            "fact-kind-changed", by=row["recorded_by"],
            at=row["recorded_at"].isoformat(timespec="seconds"),
        )  # fmt: skip
    former = {name: row[name] for name in ("name_zh", "name_en", "max_age_days")}
    former["retired"] = row["retired_at"] is not None
    wanted = former | given
    if wanted == former:
        return
    if not wanted["retired"]:
        for one in kinds(connection, row["jurisdiction_id"]):
            same = one["name"]["zh"] == wanted["name_zh"] and one["id"] != kind_id
            if same and not one["retired"]:
                raise ConflictError("fact-kind-twice", name=wanted["name_zh"], field="name_zh")
    if not connection.execute(text(CHANGE), {"id": kind_id, **wanted}).rowcount:
        raise NotFoundError("fact-kind-not-found", id=kind_id)
