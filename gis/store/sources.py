"""The coordinate system in which each source reports: the newest row of a source holds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text


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
