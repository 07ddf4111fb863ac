"""The report of vacant posts: which, since when, and who answers meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from gis.errors import InputError, NotFoundError
from gis.routing.owner import Ownership, Roster
from gis.store import responsibility, vacancies
from gis.store.absences import presence
from gis.store.names import pop_names
from gis.store.plans_in_force import plans_at
from gis.store.scope import beyond, scope_on

PAGE = 1000


def vacant_posts(
    connection: Connection,
    jurisdiction_id: int,
    *,
    at: datetime | None = None,
    limit: int = PAGE,
    after: str | None = None,
) -> tuple[list[dict[str, Any]], str | None]:
    """One page of the posts that nobody fills at a moment (now unless given), and the next's mark.

    `kind`: `vacant` if nobody holds the post, `away` if its holder is and nobody stands in.
    `since`: None if it was never held. `answers`: who does meanwhile, of the level `answers_level`
    (None: by duty or the fallback queue). Of the caller's part of the jurisdiction.
    Raises NotFoundError `no-published-plan`, InputError `cursor-invalid`.
    """
    scope = scope_on(connection)
    below = (scope.below if scope is not None else None) or ""
    with beyond(connection):  # a post that is hidden is not vacant
        return _vacant(connection, jurisdiction_id, at or datetime.now(UTC), limit, after, below)


def _vacant(
    connection: Connection,
    jurisdiction_id: int,
    moment: datetime,
    limit: int,
    after: str | None,
    below: str,
) -> tuple[list[dict[str, Any]], str | None]:
    plan_id = _plan(connection, jurisdiction_id, moment)
    found = vacancies.unfilled(
        connection, plan_id=plan_id, jurisdiction_id=jurisdiction_id, at=moment,
        limit=limit + 1, after=_read(after), below=below,
    )  # fmt: skip
    page = found[:limit]
    there = presence(connection, jurisdiction_id, moment, moment)
    bare = [
        row
        for row in page
        if row["holder_id"] is None or there.acting(row["holder_id"], moment) is None
    ]
    codes = sorted({row["code"] for row in bare})
    chains = [[code[:length] for length in (15, 12, 9) if length <= len(code)] for code in codes]
    wanted = sorted({code for chain in chains for code in chain})
    posts = responsibility.posts_of_grids(connection, plan_id, wanted, moment, moment)
    roster = Roster(chains, posts, responsibility.queue_of(connection, jurisdiction_id), there)
    owners = {code: roster.owner(place, moment) for place, code in enumerate(codes)}
    answering = {owner.responsible_person_id for owner in owners.values()} - {None}
    people = vacancies.people(connection, {one for one in answering if one is not None})
    mark = f"{page[-1]['code']}-{page[-1]['place']}" if len(found) > limit else None
    return [_shown(row, owners[row["code"]], people) for row in bare], mark


def all_vacant_posts(
    connection: Connection, jurisdiction_id: int, *, at: datetime | None = None
) -> Iterator[dict[str, Any]]:
    """The same, page after page."""
    after: str | None = None
    moment = at or datetime.now(UTC)
    while True:
        items, after = vacant_posts(connection, jurisdiction_id, at=moment, after=after)
        yield from items
        if after is None:
            return


def _shown(
    row: dict[str, Any], owner: Ownership, people: dict[int, dict[str, Any]]
) -> dict[str, Any]:
    away = row["holder_id"] is not None
    last_id, last_name = (
        (row["holder_id"], row["holder_name"]) if away else (row["last_id"], row["last_name"])
    )
    person_id = owner.responsible_person_id
    return {
        "grid": {"id": row["grid_id"], "code": row["code"], "name": pop_names(row)},
        "level": row["level"],
        "role": row["role"],
        "seat": row["seat"],
        "kind": "away" if away else "vacant",
        "since": row["away_since"] if away else row["vacant_since"],
        "last": {"id": last_id, "name": last_name} if last_id is not None else None,
        "answers": people[person_id] if person_id is not None else None,
        "answers_level": owner.level,
    }


def _plan(connection: Connection, jurisdiction_id: int, at: datetime) -> int:
    for plan in plans_at(connection, at):
        if plan.jurisdiction_id == jurisdiction_id:
            return plan.plan_id
    raise NotFoundError("no-published-plan", id=jurisdiction_id)


def _read(mark: str | None) -> tuple[str, int]:
    if mark is None:
        return "", 0
    code, _, place = mark.partition("-")
    if not (code.isdecimal() and place.isdecimal() and len(mark) < 20):
        raise InputError("cursor-invalid", field="after")
    return code, int(place)
