"""How many incidents a year are to be expected in each unit: those of the last 365 days."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, text

from gis.store.scope import beyond

FRESH_FOR = timedelta(days=1)
OF_LAST_YEAR = """
i.jurisdiction_id = u.jurisdiction_id AND i.dismissed IS NULL
AND i.reported_at > now() - interval '365 days' AND i.location_3857 && u.geom_3857
AND ST_Intersects(u.geom_3857, i.location_3857)
"""
# One on a boundary is counted once, as it is routed: to the least of the units that touch it.
CURRENT = f"""
INSERT INTO unit_expectation (jurisdiction_id, unit_id, per_year)
SELECT :of, unit_id, count(*) FROM (
  SELECT min(u.id) AS unit_id FROM unit AS u JOIN incident AS i ON {OF_LAST_YEAR}
  WHERE u.jurisdiction_id = :of AND u.retired_at IS NULL GROUP BY i.id) AS found
GROUP BY unit_id
"""
PIECES = f"""
INSERT INTO unit_expectation (jurisdiction_id, unit_id, per_year)
SELECT :of, u.id, count(*) FROM unnest(cast(:units AS bigint[])) AS given (id)
JOIN unit AS u USING (id) JOIN incident AS i ON {OF_LAST_YEAR} GROUP BY u.id
"""
DRAWN = """
SELECT DISTINCT unit_id FROM draft_unit JOIN unit ON unit.id = unit_id
WHERE unit.jurisdiction_id = :of AND unit.retired_at IS NOT NULL
"""


def expectations_are_due(connection: Connection, jurisdiction_id: int) -> bool:
    """Whether the incidents of a jurisdiction were last counted by unit too long ago."""
    query = "SELECT as_of < now() - :fresh FROM expectation_count WHERE jurisdiction_id = :of"
    values = {"of": jurisdiction_id, "fresh": FRESH_FOR}
    with beyond(connection):
        return connection.execute(text(query), values).scalar() is not False


def count_expectations(connection: Connection, jurisdiction_id: int) -> None:
    """Count the incidents of all units of a jurisdiction, pieces in drafts included."""
    values = {"of": jurisdiction_id}
    with beyond(connection):
        # First, so that of two who count one waits.
        connection.execute(
            text(
                "INSERT INTO expectation_count (jurisdiction_id, as_of) VALUES (:of, now())"
                " ON CONFLICT (jurisdiction_id) DO UPDATE SET as_of = EXCLUDED.as_of"
            ),
            values,
        )
        connection.execute(text("DELETE FROM unit_expectation WHERE jurisdiction_id = :of"), values)
        connection.execute(text(CURRENT), values)
        drawn = list(connection.execute(text(DRAWN), values).scalars())
        if drawn:
            count_pieces(connection, jurisdiction_id, drawn)


def count_pieces(connection: Connection, jurisdiction_id: int, unit_ids: list[int]) -> None:
    """Count the incidents of some units anew; one on a boundary counts on both sides of it."""
    values = {"of": jurisdiction_id, "units": unit_ids}
    with beyond(connection):
        connection.execute(
            text("DELETE FROM unit_expectation WHERE unit_id = ANY (:units)"), values
        )
        connection.execute(text(PIECES), values)
