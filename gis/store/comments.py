"""Comments on drafts: pinned to a place or a grid, answered, resolved and opened again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from gis.errors import InputError, NotFoundError
from gis.store import audit

SHOWN = """
SELECT id, at, actor, account_id, grid_code, text, answers_id, resolved_at, resolved_by,
       CASE WHEN place IS NOT NULL THEN ARRAY[ST_X(place), ST_Y(place)] END AS place
FROM plan_comment WHERE plan_id = :plan ORDER BY id
"""


def of_plan(connection: Connection, plan_id: int) -> list[dict[str, Any]]:
    """The comments on a plan, the oldest first, each with its `answers`. `place` is lon, lat."""
    found: dict[int, dict[str, Any]] = {}
    for row in connection.execute(text(SHOWN), {"plan": plan_id}).mappings():
        one = {name: value for name, value in row.items() if name != "answers_id"}
        if row["answers_id"] is None:
            found[row["id"]] = {**one, "answers": []}
        else:
            answer = {name: one[name] for name in ("id", "at", "actor", "text")}
            found[row["answers_id"]]["answers"].append(answer)
    return list(found.values())


def open_count(connection: Connection, plan_id: int) -> int:
    """How many comments on a plan are not resolved."""
    query = (
        "SELECT count(*) FROM plan_comment"
        " WHERE plan_id = :plan AND answers_id IS NULL AND resolved_at IS NULL"
    )
    return int(connection.execute(text(query), {"plan": plan_id}).scalar_one())


def add(
    connection: Connection,
    plan_id: int,
    *,
    words: str,
    actor: str,
    account_id: int | None,
    place: tuple[float, float] | None = None,
    grid_code: str | None = None,
    answers_id: int | None = None,
) -> int:
    """Write a comment, or an answer to one, which is where that is. `place`: lon, lat in WGS 84.

    Raises NotFoundError `comment-not-found`; InputError `comment-grid-unknown`.
    """
    if answers_id is not None:
        _known(connection, plan_id, answers_id)
        place = grid_code = None
    if grid_code is not None:
        known = connection.scalar(
            text(
                "SELECT EXISTS (SELECT FROM draft_grid WHERE plan_id = :plan AND code = :code"
                " UNION ALL SELECT FROM grid WHERE plan_id = :plan AND code = :code)"
            ),
            {"plan": plan_id, "code": grid_code},
        )
        if not known:
            raise InputError("comment-grid-unknown", code=grid_code, field="grid_code")
    return int(
        connection.execute(
            text(
                "INSERT INTO plan_comment (plan_id, actor, account_id, place, grid_code, text,"
                " answers_id) VALUES (:plan, :actor, :account,"
                " ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :grid, :words, :answers)"
                " RETURNING id"
            ),
            {
                "plan": plan_id, "actor": actor, "account": account_id, "grid": grid_code,
                "lon": None if place is None else place[0],
                "lat": None if place is None else place[1],
                "words": words, "answers": answers_id,
            },
        ).scalar_one()
    )  # fmt: skip


def resolve(
    connection: Connection, plan_id: int, comment_id: int, *, resolved: bool, actor: str
) -> None:
    """Mark a comment as resolved, or open it again; again changes nothing.

    Raises NotFoundError `comment-not-found`.
    """
    _known(connection, plan_id, comment_id)
    changed = connection.execute(
        text(
            "UPDATE plan_comment SET"
            " resolved_at = CASE WHEN :resolved THEN clock_timestamp() END,"
            " resolved_by = CASE WHEN :resolved THEN :actor END"
            " WHERE id = :id AND (resolved_at IS NOT NULL) <> :resolved"
        ),
        {"id": comment_id, "resolved": resolved, "actor": actor},
    )
    if changed.rowcount:
        action = "comment-resolve" if resolved else "comment-reopen"
        audit.record(connection, action, f"plan {plan_id}", {"comment": comment_id})


def _known(connection: Connection, plan_id: int, comment_id: int) -> None:
    query = (
        "SELECT FROM plan_comment WHERE id = :id AND plan_id = :plan AND answers_id IS NULL"
        " FOR UPDATE"
    )
    if connection.execute(text(query), {"id": comment_id, "plan": plan_id}).first() is None:
        raise NotFoundError("comment-not-found", id=comment_id)
