"""Posts in grids: who holds them, held them or will, and their beginning and end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg.errors import ExclusionViolation
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from gis.errors import ConflictError, NotFoundError
from gis.store.names import names

# The roles of each level, in the order in which they are shown, with how many seats each has.
SEATS = {
    1: (("first_responsible", 2),),
    2: (("leader", 1), ("secretary", 1), ("director", 1), ("officer", 1)),
    3: (("lead", 1), ("adviser", 99), ("assistant", 99), ("participant", 99)),
}
WANTED = {"first_responsible": 2, "leader": 1, "secretary": 1, "director": 1, "officer": 1,
          "lead": 1}  # fmt: skip

# A post lasts no longer than the plan of its grid: with the next one it begins anew.
SPAN = """lower(post.held) AS since,
  CASE WHEN plan.status = 'superseded'
       THEN least(coalesce(upper(post.held), 'infinity'), upper(plan.effective))
       ELSE upper(post.held) END AS until"""
ROWS = f"""
SELECT post.id, post.person_id, p.name AS person_name, p.phone, post.role, post.seat,
       g.id AS grid_id, g.code, g.level, g.name_zh, g.name_en,
       plan.status = 'published' AS in_force,
       {SPAN}, isempty(post.held) AS called_off, post.reason, post.recorded_by, post.recorded_at,
       post.ended_by, post.ended_reason
FROM post JOIN grid AS g ON g.id = post.grid_id JOIN plan ON plan.id = g.plan_id
JOIN person AS p ON p.id = post.person_id
WHERE plan.jurisdiction_id = :of AND plan.status IN ('published', 'superseded')
"""


def grid_of(connection: Connection, jurisdiction_id: int, code: str) -> dict[str, Any]:
    """The grid with a code of the plan in force. Raises NotFoundError `post-grid-unknown`."""
    row = connection.execute(
        text(
            "SELECT g.id, g.code, g.level, g.name_zh, g.name_en FROM grid AS g"
            " JOIN plan ON plan.id = g.plan_id WHERE plan.jurisdiction_id = :of"
            " AND plan.status = 'published' AND g.code = :code"
        ),
        {"of": jurisdiction_id, "code": code},
    )
    found = row.mappings().first()
    if found is None:
        raise NotFoundError("post-grid-unknown", code=code, field="grid_code")
    return {**found, "name": names(found["name_zh"], found["name_en"])}


def of_grids(
    connection: Connection, jurisdiction_id: int, codes: list[str]
) -> list[dict[str, Any]]:
    """All posts in grids of these codes, of any plan and moment, by beginning."""
    query = ROWS + " AND g.code = ANY(:codes) ORDER BY lower(post.held), post.id"
    values = {"of": jurisdiction_id, "codes": codes}
    return joined([_shown(row) for row in connection.execute(text(query), values).mappings()])


def of_person(connection: Connection, jurisdiction_id: int, person_id: int) -> list[dict[str, Any]]:
    """All posts that a person holds, held or will hold in a jurisdiction, by beginning."""
    query = ROWS + " AND post.person_id = :person ORDER BY lower(post.held), post.id"
    values = {"of": jurisdiction_id, "person": person_id}
    return joined([_shown(row) for row in connection.execute(text(query), values).mappings()])


def lasting(connection: Connection, person_id: int, at: datetime) -> list[dict[str, Any]]:
    """The posts in plans in force, of any jurisdiction, that a person holds at a moment or later.

    Kept until the transaction ends.
    """
    query = """SELECT post.id, post.grid_id, post.role, post.seat, g.level, g.code, g.name_zh,
        g.name_en, lower(post.held) AS since, upper(post.held) AS until, post.ended_by,
        post.ended_reason, plan.jurisdiction_id
      FROM post JOIN grid AS g ON g.id = post.grid_id JOIN plan ON plan.id = g.plan_id
      WHERE post.person_id = :person AND plan.status = 'published' AND NOT isempty(post.held)
        AND coalesce(upper(post.held) > :at, true)
      ORDER BY g.level, g.code, post.role FOR NO KEY UPDATE OF post"""
    found = connection.execute(text(query), {"person": person_id, "at": at}).mappings()
    return [{**row, "name": names(row["name_zh"], row["name_en"])} for row in found]


def post(connection: Connection, jurisdiction_id: int, post_id: int) -> dict[str, Any]:
    """A post of the plan in force, kept until the transaction ends.

    Raises NotFoundError `post-not-found`, also where it belongs to a former plan.
    """
    row = connection.execute(
        text(
            "SELECT post.id, post.person_id, post.grid_id, post.role, post.seat, g.level, g.code,"
            " lower(post.held) AS since, upper(post.held) AS until, isempty(post.held) AS gone,"
            " post.ended_by, post.ended_reason"
            " FROM post JOIN grid AS g ON g.id = post.grid_id JOIN plan ON plan.id = g.plan_id"
            " WHERE post.id = :id AND plan.jurisdiction_id = :of AND plan.status = 'published'"
            " FOR NO KEY UPDATE OF post"
        ),
        {"id": post_id, "of": jurisdiction_id},
    )
    found = row.mappings().first()
    if found is None:
        raise NotFoundError("post-not-found", id=post_id)
    return dict(found)


def add(
    connection: Connection,
    *,
    person_id: int,
    grid: dict[str, Any],
    role: str,
    seat: int,
    since: datetime,
    until: datetime | None,
    reason: str,
    actor: str,
) -> int:
    """Put a person on a seat; `grid` has id, level and code. Ends to come are told at once.

    Raises ConflictError `post-taken` (by whom, until when) or `post-held-already`.
    """
    values = {
        "person": person_id, "grid": grid["id"], "level": grid["level"], "role": role,
        "seat": seat, "since": since, "until": until, "reason": reason, "actor": actor,
    }  # fmt: skip
    query = """INSERT INTO post (person_id, grid_id, grid_level, role, seat, held, recorded_by,
        reason, ended_by, ended_reason)
      VALUES (:person, :grid, :level, :role, :seat,
        tstzrange(cast(:since AS timestamptz), cast(:until AS timestamptz)), :actor, :reason,
        CASE WHEN cast(:until AS timestamptz) IS NULL THEN NULL ELSE :actor END,
        CASE WHEN cast(:until AS timestamptz) IS NULL THEN NULL ELSE :reason END) RETURNING id"""
    try:
        with connection.begin_nested():
            return int(connection.execute(text(query), values).scalar_one())
    except IntegrityError as refused:
        if isinstance(refused.orig, ExclusionViolation):
            raise _taken(connection, values, grid["code"], refused) from refused
        raise


def _taken(
    connection: Connection, values: dict[str, Any], code: str, refused: IntegrityError
) -> ConflictError:
    holder = connection.execute(
        text(
            "SELECT p.name, lower(held) AS since, upper(held) AS until FROM post"
            " JOIN person AS p ON p.id = post.person_id"
            " WHERE grid_id = :grid AND role = :role"
            " AND (seat = :seat OR post.person_id = :person)"
            " AND held && tstzrange(cast(:since AS timestamptz), cast(:until AS timestamptz))"
            " ORDER BY post.person_id = :person DESC, lower(held) LIMIT 1"
        ),
        values,
    ).first()
    same = "ex_post_person" in str(refused.orig)
    return ConflictError(
        "post-held-already" if same else "post-taken",
        name=holder.name if holder else "-",
        since=f"{holder.since:%Y-%m-%d}" if holder else "-",
        until=f"{holder.until:%Y-%m-%d}" if holder and holder.until else "-",
        grid=code, role=values["role"], field="person_id" if same else "seat",
    )  # fmt: skip


def end(
    connection: Connection,
    post_id: int,
    at: datetime | None,
    *,
    actor: str | None,
    reason: str | None,
) -> None:
    """Let a post end at a moment; if it begins later it is called off. `at` None, without an
    actor: it lasts, where its end has not come yet."""
    connection.execute(
        text(
            "UPDATE post SET held = CASE WHEN lower(held) >= cast(:at AS timestamptz)"
            " THEN 'empty'::tstzrange ELSE tstzrange(lower(held), cast(:at AS timestamptz)) END,"
            " ended_by = :actor, ended_reason = :reason WHERE id = :id"
        ),
        {"id": post_id, "at": at, "actor": actor, "reason": reason},
    )


def held_now_or_later(connection: Connection, post_id: int, at: datetime) -> bool:
    """Whether a post of a plan in force lasts beyond a moment; kept until the transaction ends."""
    query = """SELECT post.id FROM post JOIN grid AS g ON g.id = post.grid_id
        JOIN plan ON plan.id = g.plan_id
      WHERE post.id = :id AND plan.status = 'published' AND NOT isempty(held)
        AND coalesce(upper(held) > :at, true) FOR NO KEY UPDATE OF post"""
    return connection.scalar(text(query), {"id": post_id, "at": at}) is not None


def free_seat(
    connection: Connection,
    grid_id: int,
    role: str,
    seats: int,
    since: datetime,
    until: datetime | None,
) -> int | None:
    """The lowest seat that is free for the whole time; None if all are taken then."""
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('seats of a grid'), cast(:id AS int))"),
        {"id": grid_id % 2**31},
    )
    found: int | None = connection.scalar(
        text(
            "SELECT min(seat) FROM generate_series(1, :seats) AS seat WHERE NOT EXISTS ("
            " SELECT FROM post WHERE grid_id = :grid AND role = :role AND post.seat = seat.seat"
            " AND held && tstzrange(cast(:since AS timestamptz), cast(:until AS timestamptz)))"
        ),
        {"grid": grid_id, "role": role, "seats": seats, "since": since, "until": until},
    )
    return found


def lasts(row: dict[str, Any], at: datetime) -> bool:
    """Whether a post as it is shown lasts at a moment or is to come."""
    return not row["called_off"] and (row["until"] is None or row["until"] > at)


def joined(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Posts that one plan after the other carried on, as the one time that they were held.

    The id and the end are those of the last piece, the beginning and its reason of the first.
    """
    kept: list[dict[str, Any]] = []
    open_to: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = (row["person"]["id"], row["grid"]["code"], row["role"], row["seat"])
        before = open_to.get(key)
        if before is not None and not row["called_off"] and before["until"] == row["since"]:
            told = ("id", "until", "in_force", "grid", "ended_by", "ended_reason")
            before.update({name: row[name] for name in told})
            continue
        kept.append(row)
        if not row["called_off"]:
            open_to[key] = row
    return kept


def _shown(found: Any) -> dict[str, Any]:
    row = dict(found)
    until = row["until"]
    return {
        "id": row["id"],
        "person": {"id": row["person_id"], "name": row["person_name"], "phone": row["phone"]},
        "grid": {"id": row["grid_id"], "code": row["code"],
                 "name": names(row["name_zh"], row["name_en"])},
        "level": row["level"],
        "role": row["role"],
        "seat": row["seat"],
        "since": row["since"],
        "until": until,
        **{name: row[name] for name in ("in_force", "called_off", "reason", "recorded_by",
                                        "recorded_at", "ended_by", "ended_reason")},
    }  # fmt: skip
