"""Incidents read for showing: the keyset list, points for the map, a bounded count, categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import InputError
from gis.store.engine import planned_once
from gis.store.incident_filter import (
    LISTED,
    SOON_AT,
    Among,
    IncidentFilter,
    Listed,
    Order,
    read_cursor,
    write_cursor,
)
from gis.store.names import names
from gis.store.scope import scope_on
from gis.store.words import Words, look_for

ROW = f"""
SELECT i.id, i.serial, i.category_code, c.name_zh AS category_zh, c.name_en AS category_en,
       i.title, i.severity, i.stage, CASE WHEN i.is_open THEN 'open' ELSE 'closed' END AS status,
       ST_X(i.location) AS lon, ST_Y(i.location) AS lat, i.address, i.reported_at, i.due_at,
       i.closed_at, CASE WHEN i.is_open THEN {SOON_AT} END AS soon_at,
       i.parked_until, i.supervised_until, i.synthetic, i.plan_id,
       i.responsible_level, i.description, i.source,
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

# What a map shows of each; the last column is there for the order alone.
POINT = """
SELECT i.id, ST_X(i.location) AS lon, ST_Y(i.location) AS lat, i.top_category AS category,
       i.severity, i.is_open::int AS open, extract(epoch FROM i.reported_at)::bigint AS reported,
       i.reported_at
FROM incident AS i
"""
COUNTED = "SELECT i.id, i.reported_at FROM incident AS i"

# So many of the newest incidents are read for a word before the index is asked for it: a word that
# fills no page by then is rare, on 2 million incidents in 20,000 or so.
READ_FIRST = 5000
GROWTH = 8  # each further look among known incidents takes so many times as many
READ_FIRST_OF_A_PART = 500  # between which many others lie, of a sub-district or a grid


def read_first(connection: Connection) -> int:
    """How many of the newest incidents that the caller sees are read before an index is asked."""
    scope = scope_on(connection)
    return READ_FIRST if scope is None or scope.whole or scope.everything else READ_FIRST_OF_A_PART


def incident_page(
    connection: Connection,
    wanted: IncidentFilter,
    *,
    limit: int,
    order: Order = "newest",
    cursor: str | None = None,
) -> tuple[list[dict[str, Any]], str | None]:
    """One page of incidents in an order, and the cursor of the page after it.

    By `due` only open incidents can be ordered. Raises InputError `order-needs-open`.
    """
    if order == "due" and wanted.status != "open":
        raise InputError("order-needs-open", field="order")
    found = _found(connection, ROW, wanted, limit=limit + 1, order=order, cursor=cursor)
    rows = [list_row(item) for item in found[:limit]]
    if len(found) <= limit:
        return rows, None
    last = found[limit - 1]
    return rows, write_cursor(last["due_at" if order == "due" else "reported_at"], last["id"])


def incident_points(
    connection: Connection, wanted: IncidentFilter, *, limit: int
) -> tuple[list[tuple[Any, ...]], bool]:
    """Where the newest incidents of a filter lie, for a map (POINT), and whether there are more."""
    found = _found(connection, POINT, wanted, limit=limit + 1)
    return [tuple(item.values())[:-1] for item in found[:limit]], len(found) > limit


def incident_count(
    connection: Connection, wanted: IncidentFilter, *, most: int
) -> tuple[int, bool]:
    """How many incidents a filter has, counted to `most` and no further; and: are there more?"""
    found = len(_found(connection, COUNTED, wanted, limit=most + 1))
    return min(found, most), found > most


def _found(
    connection: Connection,
    select: str,
    wanted: IncidentFilter,
    *,
    limit: int,
    order: Order = "newest",
    cursor: str | None = None,
) -> Sequence[Mapping[Any, Any]]:
    where, values = wanted.where()
    listed = LISTED[order]
    if cursor is not None:
        where += f" AND {listed.after}"
        values |= read_cursor(cursor)
    part = wanted.grid_code or wanted.organisation_code or wanted.own
    values |= {"limit": limit, "read": READ_FIRST_OF_A_PART if part else read_first(connection)}
    words = look_for(connection, wanted.words) if wanted.words else None
    if wanted.among is not None:
        if words is not None:
            where += f" AND {words.reading}"
            values |= words.values
        return _among(connection, select, where, listed, values, wanted.among, order)
    if words is None:
        with planned_once(connection) if wanted.steady else nullcontext():
            return _page(connection, select, "incident", f"WHERE {where}", listed, values)
    if order == "newest":
        return _with_words(connection, select, where, words, values)
    where += f" AND {words.reading}"  # open ones are few: each can be read
    return _page(connection, select, "incident", f"WHERE {where}", listed, values | words.values)


def _among(
    connection: Connection,
    select: str,
    where: str,
    listed: Listed,
    values: dict[str, Any],
    among: Among,
    order: Order,
) -> Sequence[Mapping[Any, Any]]:
    """The first of known incidents that pass: looked up by their ids, as few as fill the page.

    Those that are due are ordered by something else, and are open, so not too many to be read.
    """
    # Materialised, or the planner would hope to meet them soon on a walk through all rows.
    source = f"""(
        WITH known AS MATERIALIZED (
          SELECT i.id, i.reported_at, i.due_at FROM incident AS i
          WHERE i.id = ANY(:among) AND {where}
        ), page AS (SELECT i.id FROM known AS i {listed.by} LIMIT :limit)
        SELECT incident.* FROM page JOIN incident USING (id))"""
    if order == "newest" and "after_at" in values:
        among = among.after(values["after_at"], values["after_id"])
    found: list[Mapping[Any, Any]] = []
    start, step = 0, values["limit"] if order == "newest" else max(len(among.ids), 1)
    while start < len(among.ids) and len(found) < values["limit"]:
        ids = among.ids[start : start + step].tolist()
        more = {**values, "among": ids, "limit": values["limit"] - len(found)}
        found += _page(connection, select, source, "", listed, more)
        start, step = start + step, step * GROWTH
    return found


def _with_words(
    connection: Connection, select: str, where: str, words: Words, values: dict[str, Any]
) -> Sequence[Mapping[Any, Any]]:
    """Frequent words stand among the newest incidents; all others come from the index.

    Read so, no word is sorted that many incidents have, and none is searched for row by row.
    Marks without a letter or digit are looked for among the newest only.
    """
    values |= words.values
    listed = LISTED["newest"]
    first = f"(SELECT i.* FROM incident AS i WHERE {where} {listed.by} LIMIT :read)"
    found = _page(connection, select, first, f"WHERE {words.reading}", listed, values)
    if len(found) == values["limit"] or words.indexed is None:
        return found
    # Materialised, or the planner would hope to meet the word soon on a walk through all rows.
    by_index = f"""(
        WITH found AS MATERIALIZED (
          SELECT i.id, i.reported_at FROM incident AS i WHERE {where} AND {words.indexed}
        ), page AS (SELECT i.id FROM found AS i {listed.by} LIMIT :limit)
        SELECT incident.* FROM page JOIN incident USING (id))"""
    return _page(connection, select, by_index, "", listed, values)


def _page(
    connection: Connection,
    select: str,
    source: str,
    where: str,
    listed: Listed,
    values: dict[str, Any],
) -> Sequence[Mapping[Any, Any]]:
    # The number of rows is written out, or a plan for any values would be one for many rows.
    query = select.replace("FROM incident AS i", f"FROM {source} AS i")
    query += f" {where} {listed.by} LIMIT {values['limit']:d}"
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
        "reported_at", "due_at", "soon_at", "closed_at", "parked_until", "supervised_until",
        "synthetic", "rule", "version",
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
