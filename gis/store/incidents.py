"""Incidents read for showing: the keyset list and the categories."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import InputError
from gis.store.names import names
from gis.store.words import Words, look_for

ROW = """
SELECT i.id, i.serial, i.category_code, c.name_zh AS category_zh, c.name_en AS category_en,
       i.title, i.severity, i.stage, CASE WHEN i.is_open THEN 'open' ELSE 'closed' END AS status,
       ST_X(i.location) AS lon, ST_Y(i.location) AS lat, i.address, i.reported_at, i.due_at,
       i.closed_at, i.synthetic, i.plan_id, i.responsible_level, i.description, i.source,
       i.grid_id, i.grid_code, g.name_zh AS grid_zh, g.name_en AS grid_en,
       q.id AS queue_id, q.code AS queue_code, q.name_zh AS queue_zh, q.name_en AS queue_en,
       p.id AS person_id, p.name AS person_name, p.phone AS person_phone, post.role,
       holder.id AS holder_id, holder.name AS holder_name, holder.phone AS holder_phone,
       i.route_rule AS rule, i.version, i.rule_id, r.name_zh AS rule_zh, r.name_en AS rule_en,
       r.effect AS rule_effect, r.target_role AS rule_role, i.contact_id,
       d.id AS department_id, d.code AS department_code, d.name_zh AS department_zh,
       d.name_en AS department_en,
       greatest(i.reported_at, lower(post.held),
                (SELECT lower(effective) FROM plan WHERE plan.id = i.plan_id)) AS owned_since
FROM incident AS i
JOIN category AS c ON c.code = i.category_code
LEFT JOIN grid AS g ON g.id = i.grid_id
LEFT JOIN queue AS q ON q.id = i.queue_id
LEFT JOIN person AS p ON p.id = i.person_id
LEFT JOIN post ON post.id = i.post_id
LEFT JOIN contact ON contact.id = i.contact_id
LEFT JOIN person AS holder ON holder.id = coalesce(post.person_id, contact.person_id)
  AND holder.id <> i.person_id
LEFT JOIN routing_rule AS r ON r.id = i.rule_id
LEFT JOIN organisation AS d ON d.id = i.department_id
"""

# So many of the newest incidents are read for a word before the index is asked for it: a word that
# fills no page by then is rare, on 2 million incidents in 20,000 or so.
READ_FIRST = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFilter:
    """Which incidents of a jurisdiction to list; None is any. `bbox`: west, south, east, north."""

    jurisdiction_id: int
    status: str = "all"
    category: str | None = None
    severity: int | None = None
    grid_code: str | None = None
    queue_only: bool = False
    since: datetime | None = None
    until: datetime | None = None
    bbox: tuple[float, float, float, float] | None = None
    words: str | None = None

    def where(self) -> tuple[str, dict[str, Any]]:
        """The SQL conditions, every value bound; `words` are left to `newest`."""
        clauses = ["i.jurisdiction_id = :jurisdiction_id"]
        values: dict[str, Any] = {"jurisdiction_id": self.jurisdiction_id}
        if self.status != "all":
            clauses.append("i.is_open" if self.status == "open" else "NOT i.is_open")
        if self.category is not None:
            column = "top_category" if len(self.category) == 2 else "category_code"
            clauses.append(f"i.{column} = :category")
            values["category"] = self.category
        if self.severity is not None:
            clauses.append("i.severity = :severity")
            values["severity"] = self.severity
        if self.grid_code is not None:
            clauses.append("i.grid_code LIKE :grid_prefix")
            values["grid_prefix"] = f"{self.grid_code}%"
        if self.queue_only:
            clauses.append("i.queue_id IS NOT NULL")
        if self.since is not None:
            clauses.append("i.reported_at >= :since")
            values["since"] = self.since
        if self.until is not None:
            clauses.append("i.reported_at < :until")
            values["until"] = self.until
        if self.bbox is not None:
            clauses.append(
                "i.location_3857 && ST_Transform("
                "ST_MakeEnvelope(:west, :south, :east, :north, 4326), 3857)"
            )
            values |= dict(zip(("west", "south", "east", "north"), self.bbox, strict=True))
        return " AND ".join(clauses), values


def newest(
    connection: Connection, wanted: IncidentFilter, *, limit: int, cursor: str | None = None
) -> tuple[list[dict[str, Any]], str | None]:
    """One page of incidents, the newest first, and the cursor of the page after it."""
    where, values = wanted.where()
    if cursor is not None:
        where += " AND (i.reported_at, i.id) < (:after_at, :after_id)"
        values["after_at"], values["after_id"] = _read_cursor(cursor)
    values |= {"limit": limit + 1, "read": READ_FIRST}
    words = look_for(connection, wanted.words) if wanted.words else None
    if words is None:
        found = _page(connection, "incident", f"WHERE {where}", values)
    else:
        found = _with_words(connection, where, words, values)
    rows = [list_row(item) for item in found[:limit]]
    if len(found) <= limit:
        return rows, None
    last = found[limit - 1]
    return rows, _write_cursor(last["reported_at"], last["id"])


def _with_words(
    connection: Connection, where: str, words: Words, values: dict[str, Any]
) -> Sequence[Mapping[Any, Any]]:
    """Frequent words stand among the newest incidents; all others come from the index.

    Read so, no word is sorted that many incidents have, and none is searched for row by row.
    Marks without a letter or digit are looked for among the newest only.
    """
    values |= words.values
    newest_first = "ORDER BY i.reported_at DESC, i.id DESC"
    first = f"(SELECT i.* FROM incident AS i WHERE {where} {newest_first} LIMIT :read)"
    found = _page(connection, first, f"WHERE {words.reading}", values)
    if len(found) == values["limit"] or words.indexed is None:
        return found
    # Materialised, or the planner would hope to meet the word soon on a walk through all rows.
    by_index = f"""(
        WITH found AS MATERIALIZED (
          SELECT i.id, i.reported_at FROM incident AS i WHERE {where} AND {words.indexed}
        ), page AS (SELECT i.id FROM found AS i {newest_first} LIMIT :limit)
        SELECT incident.* FROM page JOIN incident USING (id))"""
    return _page(connection, by_index, "", values)


def _page(
    connection: Connection, source: str, where: str, values: dict[str, Any]
) -> Sequence[Mapping[Any, Any]]:
    query = ROW.replace("FROM incident AS i", f"FROM {source} AS i")
    query += f" {where} ORDER BY i.reported_at DESC, i.id DESC LIMIT :limit"
    return connection.execute(text(query), values).mappings().all()


def by_ids(connection: Connection, ids: list[int]) -> list[dict[str, Any]]:
    """The list rows of some incidents, in the order of their ids."""
    query = f"{ROW} WHERE i.id = ANY(:ids) ORDER BY i.id"
    return [list_row(item) for item in connection.execute(text(query), {"ids": ids}).mappings()]


def categories(connection: Connection) -> list[dict[str, Any]]:
    """The tree of categories in use, parents before their children."""
    rows = connection.execute(
        text(
            "SELECT code, parent_code, name_zh, name_en, severity, colour, glyph, position"
            " FROM category WHERE retired_at IS NULL ORDER BY left(code, 2), length(code), position"
        )
    ).mappings()
    listed = []
    for found in rows:
        row = dict(found)
        row["name"] = names(row.pop("name_zh"), row.pop("name_en"))
        listed.append(row)
    return listed


def list_row(item: Mapping[Any, Any]) -> dict[str, Any]:
    """An incident as lists show it, from a row of ROW."""
    plain = (
        "id", "serial", "title", "severity", "stage", "status", "lon", "lat", "address",
        "reported_at", "due_at", "closed_at", "synthetic", "rule",
    )  # fmt: skip
    row = {name: item[name] for name in plain}
    row["category"] = {
        "code": item["category_code"],
        "name": names(item["category_zh"], item["category_en"]),
    }
    row["grid"] = item["grid_id"] and {
        "id": item["grid_id"],
        "code": item["grid_code"],
        "name": names(item["grid_zh"], item["grid_en"]),
    }
    row["queue"] = item["queue_id"] and {
        "id": item["queue_id"],
        "code": item["queue_code"],
        "name": names(item["queue_zh"], item["queue_en"]),
    }
    row["person"] = item["person_id"] and {"id": item["person_id"], "name": item["person_name"]}
    return row


def _write_cursor(at: datetime, row_id: int) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{row_id}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, int]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        at, row_id = base64.urlsafe_b64decode(padded).decode().split("|")
        moment, last = datetime.fromisoformat(at), int(row_id)
    except (ValueError, binascii.Error) as error:
        raise InputError("cursor-invalid", field="cursor") from error
    if moment.tzinfo is None or not 0 < last < 2**63:
        raise InputError("cursor-invalid", field="cursor")
    return moment, last
