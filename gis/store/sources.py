"""The coordinate system in which each source reports: the newest row of a source holds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

# Of each source the newest reports that came singly since its system was named. How far back is
# bounded by the number of incidents looked at, whatever their source.
SINGLE = """
WITH named AS (
  SELECT DISTINCT ON (source) source, recorded_at FROM source_system ORDER BY source, id DESC
), newest AS (
  SELECT id, source, jurisdiction_id, location, recorded_at FROM incident
  ORDER BY id DESC LIMIT :window
), single AS (
  SELECT newest.*, row_number() OVER (PARTITION BY newest.source ORDER BY newest.id DESC) AS place
  FROM newest LEFT JOIN named ON named.source = newest.source
  -- LIMIT: looked up one by one; the history of a big office is too long to be joined whole
  CROSS JOIN LATERAL (SELECT FROM incident_event AS e
                      WHERE e.incident_id = newest.id AND e.action = 'report' LIMIT 1) AS reported
  WHERE newest.recorded_at > coalesce(named.recorded_at, '-infinity')
)
SELECT source, jurisdiction_id, array_agg(ST_X(location) ORDER BY id) AS lon,
       array_agg(ST_Y(location) ORDER BY id) AS lat
FROM single WHERE place <= :each GROUP BY source, jurisdiction_id
ORDER BY source, jurisdiction_id
"""


def systems(connection: Connection) -> dict[str, dict[str, Any]]:
    """The named system of each source that has one: crs, recorded_at, recorded_by."""
    rows = connection.execute(
        text(
            "SELECT DISTINCT ON (source) source, crs, recorded_at, recorded_by"
            " FROM source_system ORDER BY source, id DESC"
        )
    )
    return {row.source: dict(row._mapping) for row in rows}


def record(connection: Connection, source: str, crs: str) -> None:
    """Write that from now on a source reports in a system, in the name of who acts."""
    connection.execute(
        text(
            "INSERT INTO source_system (source, crs, recorded_by)"
            " VALUES (:source, :crs, current_actor())"
        ),
        {"source": source, "crs": crs},
    )


def single_reports(connection: Connection, *, each: int, window: int) -> list[Any]:
    """Where the newest single reports of each source lie, by jurisdiction: `each` at the most.

    Rows of source, jurisdiction_id, lon, lat (lists in WGS 84), of the newest `window` incidents,
    since the system of the source was named. Imported files are checked when they come.
    """
    return list(connection.execute(text(SINGLE), {"each": each, "window": window}))
