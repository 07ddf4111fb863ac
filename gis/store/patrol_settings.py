"""How long tracks are kept, how near is walked, and whether missing diaries are told of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

KEEP_DAYS, WITHIN_M = 30, 20.0
SETTINGS = """
SELECT id AS version, keep_days, within_m, remind, recorded_at, recorded_by FROM patrol_setting
WHERE jurisdiction_id = :of ORDER BY id DESC LIMIT :limit
"""
USUAL: dict[str, Any] = {
    "version": 0, "keep_days": KEEP_DAYS, "within_m": WITHIN_M, "remind": True,
    "recorded_at": None, "recorded_by": None,
}  # fmt: skip


def settings(connection: Connection, jurisdiction_id: int, limit: int) -> list[dict[str, Any]]:
    """What was set, the newest first, by whom and when."""
    rows = connection.execute(text(SETTINGS), {"of": jurisdiction_id, "limit": limit}).mappings()
    return [dict(row) for row in rows]


def setting(connection: Connection, jurisdiction_id: int) -> dict[str, Any]:
    """What holds now; what is usual, as version 0, where nobody has said."""
    return next(iter(settings(connection, jurisdiction_id, 1)), USUAL)


def set_setting(
    connection: Connection, jurisdiction_id: int, *, keep_days: int, within_m: float, remind: bool
) -> None:
    """Say it anew, from now on."""
    connection.execute(
        text(
            "INSERT INTO patrol_setting (jurisdiction_id, keep_days, within_m, remind)"
            " VALUES (:of, :keep, :within, :remind)"
        ),
        {"of": jurisdiction_id, "keep": keep_days, "within": within_m, "remind": remind},
    )


def gate(connection: Connection, jurisdiction_id: int) -> None:
    """Wait for whoever sets it at this moment."""
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('patrol setting ' || :of, 0))"),
        {"of": str(jurisdiction_id)},
    )
