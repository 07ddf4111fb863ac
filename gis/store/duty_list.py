"""The duty list (权责清单): who handles which category, by which document."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from gis.routing.rule_set import Duty
from gis.store import dated
from gis.store.names import names

# Whoever belongs to a part of the jurisdiction handles what lies in its grids: the street and its
# communities, and the departments that hang below them or below one of several districts.
HELD = """
SELECT t.id, t.category_code, t.organisation_id, lower(t.held) AS since, upper(t.held) AS until,
       o.kind IN ('sub_district', 'community') AS own,
       CASE WHEN home.code IS NULL OR starts_with(whole.code, home.code) THEN ''
            ELSE home.code END AS scope
FROM duty_item AS t JOIN organisation AS o ON o.id = t.organisation_id
JOIN organisation AS whole ON whole.id = t.jurisdiction_id
LEFT JOIN organisation AS home
  ON home.id = CASE o.kind WHEN 'department' THEN o.parent_id ELSE o.id END
WHERE t.jurisdiction_id = :id AND NOT isempty(t.held) ORDER BY t.category_code, o.code, t.id
"""
LISTED = f"""
SELECT t.id, t.category_code, c.name_zh AS category_zh, c.name_en AS category_en, t.kind,
       t.document, {dated.ORGANISATION}, {dated.DATES}
FROM duty_item AS t JOIN organisation AS o ON o.id = t.organisation_id
JOIN category AS c ON c.code = t.category_code
WHERE t.jurisdiction_id = :id AND {dated.SHOWN} AND t.id > :after
  AND (cast(:category AS text) IS NULL OR t.category_code = :category)
  AND (cast(:organisation AS bigint) IS NULL OR t.organisation_id = :organisation)
ORDER BY t.id LIMIT :limit
"""
STANDING = """
SELECT id, category_code, organisation_id, kind, document FROM duty_item
WHERE jurisdiction_id = :id AND ended_at IS NULL
  AND (upper_inf(planned) OR upper(planned) > clock_timestamp())
ORDER BY lower(planned)
"""


def duties_of(connection: Connection, jurisdiction_id: int) -> list[Duty]:
    """All entries of a jurisdiction's duty list, of any moment."""
    return [
        Duty(
            duty_id=row.id, category=row.category_code, organisation_id=row.organisation_id,
            scope=row.scope, own=row.own, since=row.since, until=row.until,
        )
        for row in connection.execute(text(HELD), {"id": jurisdiction_id})
    ]  # fmt: skip


def list_duties(
    connection: Connection,
    jurisdiction_id: int,
    *,
    limit: int,
    after: int = 0,
    category: str | None = None,
    organisation: int | None = None,
    at: datetime | None = None,
    ended: bool = False,
) -> list[dict[str, Any]]:
    """Entries as they are shown, by id."""
    values = {
        "id": jurisdiction_id, "limit": limit, "after": after, "category": category,
        "organisation": organisation, "at": at, "ended": ended,
    }  # fmt: skip
    rows = []
    for found in connection.execute(text(LISTED), values).mappings():
        row = dict(found)
        row["category"] = {
            "code": row.pop("category_code"),
            "name": names(row.pop("category_zh"), row.pop("category_en")),
        }
        row["organisation"] = dated.organisation(row)
        rows.append(row)
    return rows


def standing(connection: Connection, jurisdiction_id: int) -> dict[tuple[str, int, str], list[Any]]:
    """What holds or is to come, by category, organisation and kind; the earliest first."""
    found: dict[tuple[str, int, str], list[Any]] = {}
    for row in connection.execute(text(STANDING), {"id": jurisdiction_id}):
        found.setdefault((row.category_code, row.organisation_id, row.kind), []).append(row)
    return found


def add_duty(
    connection: Connection,
    jurisdiction_id: int,
    values: dict[str, Any],
    *,
    since: datetime | None,
    until: datetime | None = None,
) -> int:
    """Insert an entry: category_code, organisation_id, kind, document, reason.

    Raises ConflictError `duty-item-twice` where the same stands there already in that time.
    """
    row = {"jurisdiction_id": jurisdiction_id, **values}
    return dated.add(
        connection, "duty_item", row, since=since, until=until, twice="duty-item-twice",
        category=values["category_code"],
    )  # fmt: skip


def end_duty(connection: Connection, jurisdiction_id: int, duty_id: int) -> None:
    """End an entry now, or call it off. Raises NotFoundError `duty-item-not-found`."""
    where = "jurisdiction_id = :jurisdiction"
    done = dated.end(connection, "duty_item", duty_id, where, jurisdiction=jurisdiction_id)
    dated.ended_or_refused(done, "duty-item-not-found", duty_id)
