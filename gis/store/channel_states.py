"""What became of a channel's reports, by its own references, and what changed since a moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, text

# Each city and each district has numbers of its own, wherever their cases have gone since.
# Whoever has none of its own means the first of all that have the number. A report is a case, a
# further report of one, or waits for a place.
STATES = """
SELECT refs.ref AS source_ref, i.id AS incident_id, i.serial, coalesce(m.stage, i.stage) AS stage,
       i.is_open OR m.stage IS NOT NULL AS is_open, i.reported_at, i.due_at,
       CASE WHEN m.stage IS NULL THEN i.closed_at END AS closed_at, i.category_code,
       u.id AS unlocated_id, u.refused_reason,
       refs.supplement_id,
       (SELECT e.reason FROM incident_event AS e
        WHERE e.incident_id = i.id AND m.stage IS NULL
          AND e.action IN ('handle', 'feed_back', 'reject', 'answer') AND e.reason IS NOT NULL
        ORDER BY e.at DESC, e.id DESC LIMIT 1) AS result
FROM (
  SELECT DISTINCT ON (w.ref) w.ref, coalesce(own.id, s.incident_id, u.incident_id) AS incident_id,
         CASE WHEN own.id IS NULL THEN coalesce(s.id, u.supplement_id) END AS supplement_id,
         u.id AS unlocated_id
  FROM unnest(cast(:refs AS text[])) AS w (ref)
  LEFT JOIN incident AS own ON own.source = :source AND own.source_ref = w.ref
   AND own.ref_of = coalesce(:series, own.ref_of)
  LEFT JOIN supplement AS s ON s.source = :source AND s.source_ref = w.ref
   AND s.ref_of = coalesce(:series, s.ref_of)
  LEFT JOIN unlocated_report AS u ON u.source = :source AND u.source_ref = w.ref
   AND u.ref_of = coalesce(:series, u.ref_of)
  WHERE coalesce(own.id, s.id, u.id) IS NOT NULL
  ORDER BY w.ref, own.id, s.id, u.id
) AS refs
LEFT JOIN incident AS i ON i.id = refs.incident_id
-- One that was merged stands as the one that it went into does, while that is open.
LEFT JOIN LATERAL (
  SELECT CASE WHEN i.merged_into IS NOT NULL THEN main_stage(i.id) END AS stage
) AS m ON true
LEFT JOIN unlocated_report AS u ON u.id = refs.unlocated_id
"""
# Whoever follows changes asks for those of transactions that were finished when he last looked:
# later ones all have greater numbers. So many steps are looked at, whatever their source.
CHANGES = """
WITH looked AS (
  SELECT e.transaction_id, e.id, e.incident_id, e.at, e.action, e.to_stage
  FROM incident_event AS e
  WHERE (e.transaction_id, e.id) > (:transaction, :event)
    AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
  ORDER BY e.transaction_id, e.id LIMIT :window
), told AS (
  SELECT l.*, i.source_ref FROM looked AS l JOIN incident AS i ON i.id = l.incident_id
  WHERE i.source = :source AND i.source_ref IS NOT NULL AND i.ref_of = coalesce(:series, i.ref_of)
  UNION ALL
  SELECT l.*, s.source_ref FROM looked AS l JOIN supplement AS s ON s.incident_id = l.incident_id
  WHERE s.source = :source AND s.source_ref IS NOT NULL AND s.ref_of = coalesce(:series, s.ref_of)
)
SELECT l.transaction_id, l.id, l.at, l.action, l.to_stage, t.source_ref
FROM looked AS l LEFT JOIN told AS t ON t.id = l.id
ORDER BY l.transaction_id, l.id
"""


def states(
    connection: Connection, source: str, series: str | None, refs: Sequence[str]
) -> dict[str, Mapping[str, Any]]:
    """What became of those of a source's references that are known among the numbers of a city or
    district; a connection that sees all is asked, because a sender may always know."""
    values = {"source": source, "series": series, "refs": list(refs)}
    rows = connection.execute(text(STATES), values).mappings()
    return {row["source_ref"]: dict(row) for row in rows}


def changes(
    connection: Connection, source: str, series: str | None, after: tuple[int, int], *, window: int
) -> list[Mapping[str, Any]]:
    """The steps after a (transaction, step), at most `window`; those of the source's own reports
    have a `source_ref`, the others None."""
    values = {
        "source": source, "series": series, "transaction": after[0], "event": after[1],
        "window": window,
    }  # fmt: skip
    return [dict(row) for row in connection.execute(text(CHANGES), values).mappings()]


def newest_step(connection: Connection) -> tuple[int, int]:
    """Where somebody begins who wants to hear of what happens from now on."""
    found = connection.execute(
        text(
            "SELECT transaction_id, id FROM incident_event"
            " WHERE transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
            " ORDER BY transaction_id DESC, id DESC LIMIT 1"
        )
    ).first()
    return (0, 0) if found is None else (int(found[0]), int(found[1]))
