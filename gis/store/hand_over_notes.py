"""Hand-overs as notes to the people between whom an incident went: written, shown, marked read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import InputError, NotFoundError
from gis.store.names import names

# `moved` is a table or a list of hand-overs, those to come included.
SHOWN = """
SELECT moved.*, i.serial, i.title, i.category_code,
       fg.code AS from_code, fg.name_zh AS from_zh, fg.name_en AS from_en,
       tg.code AS to_code, tg.name_zh AS to_zh, tg.name_en AS to_en,
       fq.code AS from_queue, fq.name_zh AS from_queue_zh, fq.name_en AS from_queue_en,
       tq.code AS to_queue, tq.name_zh AS to_queue_zh, tq.name_en AS to_queue_en,
       fp.name AS from_name, fp.phone AS from_phone, tp.name AS to_name, tp.phone AS to_phone
FROM {moved} AS moved
JOIN incident AS i ON i.id = moved.incident_id
LEFT JOIN grid AS fg ON fg.id = moved.from_grid_id
LEFT JOIN grid AS tg ON tg.id = moved.to_grid_id
LEFT JOIN queue AS fq ON fq.id = moved.from_queue_id
LEFT JOIN queue AS tq ON tq.id = moved.to_queue_id
LEFT JOIN person AS fp ON fp.id = moved.from_person_id
LEFT JOIN person AS tp ON tp.id = moved.to_person_id
"""

WHOSE = """
WHERE i.jurisdiction_id = :jurisdiction
  AND (cast(:plan AS bigint) IS NULL OR moved.plan_id = :plan)
  AND (cast(:person AS bigint) IS NULL OR :person IN (moved.from_person_id, moved.to_person_id))
  AND (cast(:incident AS bigint) IS NULL OR moved.incident_id = :incident)
  AND (NOT :unread OR CASE WHEN cast(:person AS bigint) IS NULL
       THEN moved.read_by_from_at IS NULL OR moved.read_by_to_at IS NULL
       ELSE moved.from_person_id = :person AND moved.read_by_from_at IS NULL
         OR moved.to_person_id = :person AND moved.read_by_to_at IS NULL END)
  AND moved.id < :before
ORDER BY moved.id DESC LIMIT :limit
"""

READ = """
UPDATE hand_over SET
  read_by_from_at = CASE WHEN from_person_id = :person
                         THEN coalesce(read_by_from_at, now()) ELSE read_by_from_at END,
  read_by_to_at = CASE WHEN to_person_id = :person
                       THEN coalesce(read_by_to_at, now()) ELSE read_by_to_at END
WHERE id = :id AND :person IN (from_person_id, to_person_id)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """An open incident that a plan gives to another grid, queue or person: row ids.

    choice_ended: a dispatcher had given it to a near grid, which is near no more.
    """

    incident_id: int
    from_grid_id: int | None
    to_grid_id: int | None
    from_queue_id: int | None
    to_queue_id: int | None
    from_person_id: int | None
    to_person_id: int | None
    choice_ended: bool = False


COLUMNS = tuple(field.name for field in fields(Move))
LISTS = ", ".join(
    f"cast(:{name} AS {'boolean' if name == 'choice_ended' else 'bigint'}[])" for name in COLUMNS
)


def write(
    connection: Connection,
    plan_id: int | None,
    at: datetime,
    moves: Sequence[Move],
    *,
    departure_id: int | None = None,
) -> None:
    """Record what a plan handed over when it came into force, or a departure when it was due."""
    if moves:
        connection.execute(
            text(
                f"INSERT INTO hand_over (plan_id, departure_id, at, {', '.join(COLUMNS)})"
                f" SELECT :plan, :departure, :at, * FROM unnest({LISTS})"
            ),
            {"plan": plan_id, "departure": departure_id, "at": at, **_lists(moves)},
        )


def to_come(connection: Connection, moves: Sequence[Move]) -> list[dict[str, Any]]:
    """Moves that a plan would make, with all names, in the order given."""
    if not moves:
        return []
    moved = f"unnest({LISTS}) WITH ORDINALITY"
    query = SHOWN.format(moved=moved).replace(
        "AS moved\n", f"AS moved ({', '.join(COLUMNS)}, place)\n"
    )
    rows = connection.execute(text(query + " ORDER BY place"), _lists(moves)).mappings()
    return [_shown(row) for row in rows]


def notes(
    connection: Connection,
    jurisdiction_id: int,
    *,
    plan_id: int | None = None,
    person_id: int | None = None,
    incident_id: int | None = None,
    unread: bool = False,
    limit: int,
    before: int | None = None,
) -> tuple[list[dict[str, Any]], int | None]:
    """Hand-overs of a jurisdiction, the newest first, and what to send as `before` for more.

    `unread` by that person; without one, by either side.
    """
    values = {
        "jurisdiction": jurisdiction_id,
        "plan": plan_id,
        "person": person_id,
        "incident": incident_id,
        "unread": unread,
        "before": before if before is not None else 2**63 - 1,
        "limit": limit + 1,
    }
    query = SHOWN.format(moved="hand_over") + WHOSE
    rows = connection.execute(text(query), values).mappings().all()
    by_departure = _by_departure(connection, rows)
    kept = [
        {
            "id": row["id"],
            "plan_id": row["plan_id"],
            "departure_id": row["departure_id"],
            "by_departure": by_departure.get(row["id"]),
            "at": row["at"],
            "read_by_from_at": row["read_by_from_at"],
            "read_by_to_at": row["read_by_to_at"],
            **_shown(row),
        }
        for row in rows[:limit]
    ]
    return kept, kept[-1]["id"] if len(rows) > limit else None


def _by_departure(connection: Connection, rows: Sequence[Any]) -> dict[int, str]:
    """Of notes that a departure brought, by id: whether it carried it out, or was taken back."""
    wanted = {row["departure_id"] for row in rows} - {None}
    if not wanted:
        return {}
    found = connection.execute(
        text("SELECT id, undone_at FROM departure WHERE id = ANY(:ids)"), {"ids": sorted(wanted)}
    )
    undone = {row.id: row.undone_at for row in found}
    told = {}
    for row in rows:
        if row["departure_id"] is not None:
            at = undone.get(row["departure_id"])
            told[row["id"]] = "back" if at is not None and row["at"] >= at else "leave"
    return told


def mark_read(connection: Connection, note_id: int, person_id: int) -> None:
    """Say that one of the two people has read a note; again changes nothing.

    Raises NotFoundError `hand-over-not-found`, InputError `hand-over-not-theirs`.
    """
    done = connection.execute(text(READ), {"id": note_id, "person": person_id})
    if done.rowcount:
        return
    known = connection.scalar(text("SELECT id FROM hand_over WHERE id = :id"), {"id": note_id})
    if known is None:
        raise NotFoundError("hand-over-not-found", id=note_id)
    raise InputError("hand-over-not-theirs", id=note_id, person=person_id, field="person_id")


def _lists(moves: Sequence[Move]) -> dict[str, list[int | None]]:
    rows = [asdict(move) for move in moves]
    return {name: [row[name] for row in rows] for name in COLUMNS}


def _shown(row: Any) -> dict[str, Any]:
    return {
        "incident_id": row["incident_id"],
        "serial": row["serial"],
        "title": row["title"],
        "category": row["category_code"],
        "before": _side(row, "from"),
        "after": _side(row, "to"),
        "choice_ended": row["choice_ended"],
    }


def _side(row: Any, side: str) -> dict[str, Any]:
    def place(row_id: str, code: str, zh: str, en: str) -> dict[str, Any] | None:
        if row[row_id] is None:
            return None
        return {"id": row[row_id], "code": row[code], "name": names(row[zh], row[en])}

    person = row[f"{side}_person_id"]
    return {
        "grid": place(f"{side}_grid_id", f"{side}_code", f"{side}_zh", f"{side}_en"),
        "queue": place(f"{side}_queue_id", f"{side}_queue", f"{side}_queue_zh", f"{side}_queue_en"),
        "person": {"id": person, "name": row[f"{side}_name"], "phone": row[f"{side}_phone"]}
        if person is not None
        else None,
    }
