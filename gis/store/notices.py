"""Notices: written with what they tell of, put into the inboxes of accounts, read and marked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from gis.incidents.notices import KINDS, Notice
from gis.store.scope import beyond

# One statement, however many: into the inbox of whoever is addressed, except that of the actor,
# and into the outbox of each web hook that hears of the case or of what its department is told.
# What nobody hears is not written.
TELL = """
WITH given AS MATERIALIZED (
  SELECT nextval(pg_get_serial_sequence('notice', 'id')) AS id, r.*, k.roles, k.urgent,
         coalesce(i.grid_code, j.code, w.code) AS code,
         jsonb_strip_nulls(jsonb_build_object('serial', i.serial, 'category', i.category_code,
           'title', i.title)) || r.params AS words
  FROM jsonb_to_recordset(cast(:rows AS jsonb)) AS r (kind text, incident_id bigint,
    organisations bigint[], persons bigint[], accounts bigint[], params jsonb, at timestamptz)
  JOIN jsonb_to_recordset(cast(:kinds AS jsonb)) AS k (kind text, roles text[], urgent boolean)
    USING (kind)
  LEFT JOIN incident AS i ON i.id = r.incident_id
  LEFT JOIN organisation AS j ON j.id = i.jurisdiction_id
  LEFT JOIN whistle AS w ON w.id = (r.params ->> 'whistle')::bigint
), addressed AS (
  SELECT g.id, a.id AS account_id FROM given AS g JOIN account AS a ON a.person_id = ANY (g.persons)
  UNION
  SELECT g.id, a.id FROM given AS g JOIN account AS a ON a.id = ANY (g.accounts)
  UNION
  SELECT g.id, a.id FROM given AS g JOIN account AS a ON a.organisation_id = ANY (g.organisations)
  WHERE EXISTS (SELECT FROM account_role AS r WHERE r.account_id = a.id AND r.role = ANY (g.roles))
), inbox AS MATERIALIZED (
  SELECT g.id, a.id AS account_id, g.urgent, coalesce(g.kind = ANY (m.kinds), false) AS by_mail
  FROM addressed JOIN given AS g USING (id) JOIN account AS a ON a.id = addressed.account_id
  LEFT JOIN mail_choice AS m ON m.account_id = a.id
  WHERE a.disabled_at IS NULL
    AND (g.urgent OR a.name || ' (' || a.login || ')' <> current_actor())
), calls AS MATERIALIZED (
  SELECT g.id, h.id AS hook_id FROM given AS g
  JOIN web_hook AS h ON g.kind = ANY (h.kinds) AND h.ended_at IS NULL AND NOT h.paused
  JOIN organisation AS o ON o.id = h.organisation_id
  WHERE o.id = ANY (g.organisations) OR o.is_platform AND starts_with(g.code, o.code)
     OR o.kind = 'department' AND EXISTS (
       SELECT FROM person AS p WHERE p.id = ANY (g.persons) AND p.organisation_id = o.id)
), told AS (
  INSERT INTO notice (id, kind, incident_id, at, told_by, params, organisation_ids, person_ids)
  SELECT id, kind, incident_id, coalesce(at, clock_timestamp()), current_actor(), words,
         organisations, persons
  FROM given WHERE id IN (SELECT id FROM inbox UNION SELECT id FROM calls) ORDER BY id
), put_in AS (
  INSERT INTO notice_account (account_id, notice_id, urgent, by_mail)
  SELECT account_id, id, urgent, by_mail FROM inbox ORDER BY id, account_id
)
INSERT INTO delivery (hook_id, notice_id) SELECT hook_id, id FROM calls ORDER BY id, hook_id
"""
KINDS_TOLD = json.dumps(
    [{"kind": name, "roles": kind.roles, "urgent": kind.urgent} for name, kind in KINDS.items()]
)
LIST = """
SELECT n.id, n.kind, n.incident_id, n.at, n.params, a.urgent, a.read_at, a.acknowledged_at,
       CASE WHEN n.incident_id IS NOT NULL THEN i.id IS NOT NULL
            WHEN n.params ? 'whistle'
              THEN EXISTS (SELECT FROM whistle WHERE id = (n.params ->> 'whistle')::bigint)
            ELSE true END AS visible
FROM notice_account AS a JOIN notice AS n ON n.id = a.notice_id
LEFT JOIN incident AS i ON i.id = n.incident_id
WHERE a.account_id = :account AND (cast(:before AS bigint) IS NULL OR a.notice_id < :before)
"""
COUNT = """
SELECT count(*) FROM (SELECT FROM notice_account WHERE account_id = :account AND read_at IS NULL
                      LIMIT :most) AS counted
"""
ADDRESSED = """
SELECT a.organisation_id, o.name_zh, o.name_en, a.person_id, p.name, p.phone, a.level, a.role,
       a.raised_at, got.account_name, got.acknowledged_at, got.reached
FROM alarm AS a
LEFT JOIN organisation AS o ON o.id = a.organisation_id
LEFT JOIN person AS p ON p.id = a.person_id
LEFT JOIN LATERAL (
  SELECT count(*) > 0 AS reached, min(na.acknowledged_at) AS acknowledged_at,
         (array_agg(c.name ORDER BY na.acknowledged_at)
            FILTER (WHERE na.acknowledged_at IS NOT NULL))[1] AS account_name
  FROM notice AS n JOIN notice_account AS na ON na.notice_id = n.id
  JOIN account AS c ON c.id = na.account_id
  WHERE n.incident_id = a.incident_id AND n.kind = 'emergency'
    AND (c.disabled_at IS NULL OR na.acknowledged_at IS NOT NULL)
    AND (c.person_id = a.person_id OR c.organisation_id = a.organisation_id AND EXISTS (
           SELECT FROM account_role AS r WHERE r.account_id = c.id AND r.role = ANY (:desk)))
) AS got ON true
WHERE a.incident_id = :id ORDER BY a.level DESC, a.id
"""
MOST_COUNTED = 1000


def tell(connection: Connection, notices: Sequence[Notice]) -> None:
    """Write notices into the inboxes of whoever is addressed and into the outbox.

    Seen by those addressed whatever the scope of the transaction. Whoever acts, by the
    transaction's actor, is not told of what is not urgent.
    """
    if not notices:
        return
    rows = [
        {
            "kind": one.kind, "incident_id": one.incident_id, "params": dict(one.params),
            "organisations": sorted(set(one.organisations)), "persons": sorted(set(one.persons)),
            "accounts": sorted(set(one.accounts)),
            "at": one.at and one.at.isoformat(),
        }
        for one in notices
    ]  # fmt: skip
    given = {"rows": json.dumps(rows, ensure_ascii=False), "kinds": KINDS_TOLD}
    with beyond(connection):
        connection.execute(text(TELL), given)


def inbox(
    connection: Connection,
    account_id: int,
    *,
    limit: int,
    before: int | None = None,
    unread: bool = False,
    urgent: bool = False,
) -> list[dict[str, Any]]:
    """An account's notices, the newest first; `before`: older than this one. `urgent`: those that
    wait to be acknowledged. `visible`: the account sees the case, or else the whistle, that it is
    about."""
    query = LIST + (" AND a.read_at IS NULL" if unread else "")
    query += " AND a.urgent AND a.acknowledged_at IS NULL" if urgent else ""
    query += " ORDER BY a.notice_id DESC LIMIT :limit"
    rows = connection.execute(
        text(query), {"account": account_id, "before": before, "limit": limit}
    )
    return [dict(row) for row in rows.mappings()]


def unread_count(connection: Connection, account_id: int) -> int:
    """How many are not read; of more than MOST_COUNTED, that number."""
    given = {"account": account_id, "most": MOST_COUNTED}
    return int(connection.execute(text(COUNT), given).scalar_one())


def mark_read(connection: Connection, account_id: int, ids: Sequence[int] | None) -> int:
    """Mark notices of an account as read, all with None; gives how many were not yet."""
    query = "UPDATE notice_account SET read_at = now() WHERE account_id = :account"
    query += " AND read_at IS NULL"
    given: dict[str, Any] = {"account": account_id}
    if ids is not None:
        query += " AND notice_id = ANY(:ids)"
        given["ids"] = list(ids)
    return connection.execute(text(query), given).rowcount


def acknowledge(connection: Connection, account_id: int, notice_id: int) -> int | None:
    """Note that an account has taken notice of something urgent; gives the case when it is news,
    None when it was noted before or is not in the account's inbox."""
    row = connection.execute(
        text(
            "UPDATE notice_account SET acknowledged_at = now(), read_at = coalesce(read_at, now())"
            " WHERE account_id = :account AND notice_id = :id AND urgent"
            " AND acknowledged_at IS NULL RETURNING notice_id"
        ),
        {"account": account_id, "id": notice_id},
    ).first()
    if row is None:
        return None
    query = "SELECT incident_id FROM notice WHERE id = :id"
    found: int | None = connection.scalar(text(query), {"id": notice_id})
    return found


def holds(connection: Connection, account_id: int, notice_id: int) -> bool:
    """Whether a notice is in an account's inbox."""
    query = "SELECT EXISTS (SELECT FROM notice_account WHERE account_id = :a AND notice_id = :n)"
    return bool(connection.scalar(text(query), {"a": account_id, "n": notice_id}))


def note_acknowledged(connection: Connection, incident_id: int) -> None:
    """Write into the history of a case that the actor has acknowledged its alarm."""
    with beyond(connection):
        connection.execute(
            text(
                "INSERT INTO incident_event (incident_id, at, actor, action, from_stage, to_stage)"
                " SELECT id, clock_timestamp(), current_actor(), 'acknowledge', stage, stage"
                " FROM incident WHERE id = :id"
            ),
            {"id": incident_id},
        )


def alarm_of(connection: Connection, incident_id: int) -> list[dict[str, Any]]:
    """Everybody who was told of an emergency, from the ground up: whether an account of theirs, of
    an organisation one of its desk's, has it, and who acknowledged it first, and when."""
    given = {"id": incident_id, "desk": list(KINDS["emergency"].roles)}
    with beyond(connection):
        rows = connection.execute(text(ADDRESSED), given)
        return [dict(row) for row in rows.mappings()]
