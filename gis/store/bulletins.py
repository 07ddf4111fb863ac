"""Bulletins and their schedules: found, made once, kept as they were made."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import NotFoundError

FORMS = ("pdf", "xlsx")
LISTED = 60

SERIES = """
SELECT s.id, s.jurisdiction_id, s.area_code, s.kind, s.after_days, s.at_minute, s.set_at, s.set_by
FROM bulletin_series AS s WHERE s.ended_at IS NULL
"""
OF_WHOM = """jurisdiction_id = :jurisdiction AND kind = :kind
 AND coalesce(area_code, '') = coalesce(:area, '')"""
LIST = f"""
SELECT b.id, b.jurisdiction_id, b.area_code, b.kind, b.first_day, b.edition, b.reason, b.made_at,
       b.made_by, b.figures -> 'total' AS total, b.figures -> 'place' -> 'name' AS name,
       b.figures ->> 'last' AS last_day,
       coalesce((SELECT jsonb_agg(f.language || '.' || f.form ORDER BY f.language, f.form)
                 FROM bulletin_file AS f WHERE f.bulletin_id = b.id), '[]') AS files
FROM bulletin AS b
WHERE b.jurisdiction_id = :jurisdiction
  AND (CAST(:area AS text) IS NULL OR b.area_code = :area)
  AND (CAST(:kind AS text) IS NULL OR b.kind = :kind)
ORDER BY b.first_day DESC, b.kind, b.area_code NULLS FIRST, b.edition DESC
LIMIT {LISTED}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What bulletins are about: a jurisdiction, or one sub-district of it; weeks or months."""

    jurisdiction_id: int
    area_code: str | None
    kind: str

    def values(self) -> dict[str, Any]:
        """What OF_WHOM binds."""
        return {
            "jurisdiction": self.jurisdiction_id, "area": self.area_code, "kind": self.kind,
        }  # fmt: skip


def series(connection: Connection, jurisdiction_id: int | None = None) -> list[dict[str, Any]]:
    """The schedules that hold now, of one jurisdiction or of all."""
    wanted = " AND s.jurisdiction_id = :jurisdiction" if jurisdiction_id is not None else ""
    query = f"{SERIES}{wanted} ORDER BY s.jurisdiction_id, s.area_code NULLS FIRST, s.kind"
    found = connection.execute(text(query), {"jurisdiction": jurisdiction_id})
    return [dict(row) for row in found.mappings()]


def set_series(
    connection: Connection, subject: Subject, at: tuple[int, int] | None, actor: str
) -> None:
    """Have a bulletin made `at` (days after the period's end, minutes after midnight), or none."""
    now = connection.execute(
        text(f"SELECT id, after_days, at_minute FROM bulletin_series WHERE ended_at IS NULL"
             f" AND {OF_WHOM} FOR UPDATE"),
        subject.values(),
    ).first()  # fmt: skip
    if now is not None:
        if at == (now.after_days, now.at_minute):
            return
        connection.execute(
            text("UPDATE bulletin_series SET ended_at = clock_timestamp(), ended_by = :actor"
                 " WHERE id = :id"),
            {"id": now.id, "actor": actor},
        )  # fmt: skip
    if at is not None:
        connection.execute(
            text("INSERT INTO bulletin_series (jurisdiction_id, area_code, kind, after_days,"
                 " at_minute, set_by) VALUES (:jurisdiction, :area, :kind, :days, :minute, :actor)"
                 " ON CONFLICT DO NOTHING"),
            subject.values() | {"days": at[0], "minute": at[1], "actor": actor},
        )  # fmt: skip


def editions(connection: Connection, subject: Subject, first: date) -> int:
    """How many editions there are of a period."""
    query = f"SELECT coalesce(max(edition), 0) FROM bulletin WHERE first_day = :first AND {OF_WHOM}"
    found = connection.execute(text(query), subject.values() | {"first": first})
    return int(found.scalar_one())


def edition_for(
    connection: Connection, subject: Subject, first: date, reason: str, actor: str
) -> int | None:
    """The bulletin that somebody has had made for this very reason."""
    query = f"""SELECT min(id) FROM bulletin WHERE first_day = :first AND reason = :reason
                AND made_by = :actor AND {OF_WHOM}"""
    values = subject.values() | {"first": first, "reason": reason, "actor": actor}
    found: int | None = connection.execute(text(query), values).scalar()
    return found


def add(
    connection: Connection,
    subject: Subject,
    first: date,
    figures: Mapping[str, Any],
    *,
    edition: int,
    reason: str | None,
    actor: str,
) -> int | None:
    """Keep a bulletin; None where another was quicker with the same edition."""
    made: int | None = connection.execute(
        text("INSERT INTO bulletin (jurisdiction_id, area_code, kind, first_day, edition, reason,"
             " made_by, figures) VALUES (:jurisdiction, :area, :kind, :first, :edition, :reason,"
             " :actor, CAST(:figures AS jsonb)) ON CONFLICT DO NOTHING RETURNING id"),
        subject.values() | {
            "first": first, "edition": edition, "reason": reason, "actor": actor,
            "figures": json.dumps(figures, ensure_ascii=False),
        },
    ).scalar()  # fmt: skip
    return made


def listed(
    connection: Connection, jurisdiction_id: int, area_code: str | None, kind: str | None
) -> list[dict[str, Any]]:
    """The last bulletins, the newest period first, with which files are there."""
    values = {"jurisdiction": jurisdiction_id, "area": area_code, "kind": kind}
    return [dict(row) for row in connection.execute(text(LIST), values).mappings()]


def get(connection: Connection, bulletin_id: int) -> dict[str, Any]:
    """A bulletin with its figures. Raises NotFoundError `bulletin-not-found`."""
    query = "SELECT id, jurisdiction_id, edition, reason, figures FROM bulletin WHERE id = :id"
    row = connection.execute(text(query), {"id": bulletin_id}).mappings().first()
    if row is None:
        raise NotFoundError("bulletin-not-found", id=bulletin_id)
    return dict(row)


def file_of(connection: Connection, bulletin_id: int, language: str, form: str) -> bytes | None:
    """A file of a bulletin, or None where it is not made yet."""
    query = """SELECT content FROM bulletin_file
               WHERE bulletin_id = :id AND language = :language AND form = :form"""
    values = {"id": bulletin_id, "language": language, "form": form}
    found: bytes | None = connection.execute(text(query), values).scalar()
    return None if found is None else bytes(found)


def lacking(
    connection: Connection, languages: Sequence[str], most: int
) -> list[tuple[int, str, str]]:
    """Files that are not there: bulletin, language and form, the newest bulletins first."""
    query = """
    SELECT b.id, wanted.language, wanted.form FROM bulletin AS b
    CROSS JOIN (SELECT l AS language, f AS form FROM unnest(CAST(:languages AS text[])) AS l,
                unnest(CAST(:forms AS text[])) AS f) AS wanted
    WHERE NOT EXISTS (SELECT FROM bulletin_file AS f WHERE f.bulletin_id = b.id
                      AND f.language = wanted.language AND f.form = wanted.form)
    ORDER BY b.id DESC, wanted.form DESC, wanted.language LIMIT :most"""
    values = {"languages": list(languages), "forms": list(FORMS), "most": most}
    return [(row.id, row.language, row.form) for row in connection.execute(text(query), values)]


def keep_file(
    connection: Connection, bulletin_id: int, language: str, form: str, content: bytes
) -> None:
    """Keep a file; the first one stays."""
    connection.execute(
        text("INSERT INTO bulletin_file (bulletin_id, language, form, content)"
             " VALUES (:id, :language, :form, :content) ON CONFLICT DO NOTHING"),
        {"id": bulletin_id, "language": language, "form": form, "content": content},
    )  # fmt: skip


def first_incident(connection: Connection, jurisdiction_id: int) -> datetime | None:
    """When the first incident of a jurisdiction was reported: before it there is no bulletin."""
    query = "SELECT min(reported_at) FROM incident WHERE jurisdiction_id = :id"
    found: datetime | None = connection.execute(text(query), {"id": jurisdiction_id}).scalar()
    return found
