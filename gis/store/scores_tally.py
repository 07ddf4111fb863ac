"""How far the histories of each office have been read for scoring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

TOUCHED = """
SELECT DISTINCT e.incident_id FROM incident_event AS e JOIN incident AS i ON i.id = e.incident_id
WHERE e.transaction_id >= :since AND e.transaction_id < :until
  AND i.jurisdiction_id = :jurisdiction
ORDER BY 1
"""
OLDER = """
SELECT id FROM incident WHERE jurisdiction_id = :jurisdiction AND id > :after AND id <= :until
  -- What was over before any rule held is worth nothing.
  AND coalesce(closed_at, 'infinity') >= (
    SELECT min(lower(held))::timestamptz - interval '1 day' FROM score_rule
    WHERE jurisdiction_id = :jurisdiction)
ORDER BY id LIMIT :limit
"""
SNAPSHOT = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest,
       pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next
"""
BEGIN = """
INSERT INTO score_tally (jurisdiction_id, since_transaction, archive_after, archive_until,
  whistle_after)
SELECT :jurisdiction,
       -- What this transaction itself has written is there already, and part of the archive.
       CASE WHEN :oldest = own THEN own + 1 ELSE :oldest END,
       0, (SELECT coalesce(max(id), 0) FROM incident), 0
FROM (SELECT pg_current_xact_id()::text::bigint AS own) AS this
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What has been read: see the table `score_tally`."""

    jurisdiction_id: int
    since_transaction: int
    archive_after: int
    archive_until: int
    whistle_after: int
    tallied_at: datetime | None

    @property
    def archive_done(self) -> bool:
        return self.archive_after >= self.archive_until

    @property
    def fraction(self) -> float:
        """How much of the older cases has been read."""
        return 1.0 if self.archive_done else self.archive_after / self.archive_until


def hold(connection: Connection, jurisdiction_id: int) -> None:
    """One after the other: whatever writes entries of an office, or counts them for good."""
    query = "SELECT pg_advisory_xact_lock(hashtext('wangge_score ' || cast(:id AS text)))"
    connection.execute(text(query), {"id": jurisdiction_id})


def begin(connection: Connection, jurisdiction_id: int) -> None:
    """From now on histories are followed; what is older is an archive to be read in blocks."""
    oldest, _ = snapshot(connection)
    connection.execute(text(BEGIN), {"jurisdiction": jurisdiction_id, "oldest": oldest})


def snapshot(connection: Connection) -> tuple[int, int]:
    """The oldest transaction that is under way, and the next to come."""
    row = connection.execute(text(SNAPSHOT)).one()
    return row.oldest, row.next


def offices(connection: Connection) -> list[int]:
    """The offices that score."""
    query = "SELECT jurisdiction_id FROM score_tally ORDER BY jurisdiction_id"
    return list(connection.scalars(text(query)))


def progress(connection: Connection, jurisdiction_id: int) -> Progress | None:
    """How far an office has been read; None where it does not score."""
    query = "SELECT * FROM score_tally WHERE jurisdiction_id = :id"
    row = connection.execute(text(query), {"id": jurisdiction_id}).mappings().first()
    return None if row is None else Progress(**row)


def touched(connection: Connection, jurisdiction_id: int, since: int, until: int) -> list[int]:
    """The incidents of which transactions from `since` to before `until` told."""
    values = {"jurisdiction": jurisdiction_id, "since": since, "until": until}
    return list(connection.scalars(text(TOUCHED), values))


def older(connection: Connection, at: Progress, limit: int) -> list[int]:
    """The next incidents of the archive."""
    values = {
        "jurisdiction": at.jurisdiction_id, "after": at.archive_after, "until": at.archive_until,
        "limit": limit,
    }  # fmt: skip
    return list(connection.scalars(text(OLDER), values))


def note(connection: Connection, jurisdiction_id: int, **values: int) -> None:
    """Write down how far it has been read."""
    told = ", ".join(f"{name} = :{name}" for name in values)
    connection.execute(
        text(
            f"UPDATE score_tally SET {told}{', ' if told else ''} tallied_at = clock_timestamp()"
            " WHERE jurisdiction_id = :id"
        ),
        {"id": jurisdiction_id, **values},
    )
