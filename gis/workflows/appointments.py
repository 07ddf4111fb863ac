"""Appointed to a post, replaced without a gap, released; and leaders attached to units below."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from gis.errors import ConflictError, InputError
from gis.store import attachments, audit, departures, organisations, posts, responsibility, staff
from gis.store.absences import require_staff
from gis.store.engine import acting
from gis.store.plans_in_force import hold_in_force
from gis.workflows import hand_on
from gis.workflows.locators import Locators

ACTION = "appoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """Who is to hold which post from when. `seat`: the first free one unless given."""

    grid_code: str
    role: str
    seat: int | None = None
    person_id: int
    since: datetime | None = None
    until: datetime | None = None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attaching:
    """Whose leader is to be attached to what. `organisation_id`: the person's own unless given."""

    person_id: int
    organisation_id: int | None = None
    kind: str
    target_code: str
    place: str = ""
    since: datetime | None = None
    until: datetime | None = None
    reason: str


def appoint(engine: Engine, jurisdiction_id: int, given: Appointment, *, actor: str) -> int:
    """Put a person on a post of the plan in force; gives its id.

    It may begin in the past, where nobody held it, or in the future. Raises NotFoundError
    `post-grid-unknown`, `person-not-found`; InputError `post-role-unknown`, `post-seat-unknown`,
    `window-reversed`; ConflictError `post-taken`, `post-full`, `post-held-already`,
    `person-has-left`.
    """
    with acting(engine, actor, action=ACTION, reason=given.reason) as connection:
        responsibility.plans_in_force(connection, lock=True)
        made = put_on(connection, jurisdiction_id, given, actor)
        audit.record(
            connection, "post-appoint", f"person {given.person_id}",
            {"post": made, "grid": given.grid_code, "role": given.role, "reason": given.reason},
            organisation_id=jurisdiction_id,
        )  # fmt: skip
        return made


def put_on(connection: Connection, jurisdiction_id: int, given: Appointment, actor: str) -> int:
    """The same in a running transaction."""
    since = given.since or organisations.clock(connection)
    if given.until is not None and given.until <= since:
        raise InputError("window-reversed", field="until")
    grid = posts.grid_of(connection, jurisdiction_id, given.grid_code)
    seats = dict(posts.SEATS[grid["level"]]).get(given.role)
    if seats is None:
        known = ", ".join(role for role, _ in posts.SEATS[grid["level"]])
        raise InputError("post-role-unknown", role=given.role, known=known, field="role")
    if given.seat is not None and not 1 <= given.seat <= seats:
        raise InputError("post-seat-unknown", seat=given.seat, seats=seats, field="seat")
    there(connection, jurisdiction_id, given.person_id, since)
    seat = given.seat
    if seat is None and seats == 1:
        seat = 1
    if seat is None:
        seat = posts.free_seat(connection, grid["id"], given.role, seats, since, given.until)
    if seat is None:
        raise ConflictError("post-full", role=given.role, seats=seats, field="role")
    return posts.add(
        connection, person_id=given.person_id, grid=grid, role=given.role, seat=seat,
        since=since, until=given.until, reason=given.reason, actor=actor,
    )  # fmt: skip


def there(
    connection: Connection, jurisdiction_id: int, person_id: int, at: datetime
) -> dict[str, Any]:
    """A jurisdiction's person who has not left by a moment.

    Raises NotFoundError `person-not-found`, ConflictError `person-has-left`.
    """
    require_staff(connection, jurisdiction_id, person_id)
    found = staff.person(connection, jurisdiction_id, person_id)
    if found["left_at"] is not None and found["left_at"] <= at:
        raise ConflictError("person-has-left", name=found["name"], field="person_id")
    return found


def release(
    engine: Engine,
    locators: Locators,
    jurisdiction_id: int,
    post_id: int,
    *,
    successor_id: int | None = None,
    at: datetime | None = None,
    reason: str,
    actor: str,
) -> int | None:
    """End a post now or at a moment to come, and let a successor hold it from that very moment.

    The open cases that its holder answers for by it go to whoever answers then. A post that has
    not begun is called off, and the successor has it from its beginning. Gives the id of the
    successor's post. Raises NotFoundError `post-not-found`, `person-not-found`; InputError
    `staff-past`, `leave-to-self`; ConflictError `post-ended`, `post-held-already`,
    `person-has-left`, `publish-busy`.
    """
    with acting(engine, actor, action="hand_over", reason=reason) as connection:
        if at is None:
            hold_in_force(connection, jurisdiction_id)
        else:
            responsibility.plans_in_force(connection, lock=True)
        begun = let_go(
            connection, locators, jurisdiction_id, post_id, successor_id=successor_id, at=at,
            reason=reason, actor=actor,
        )  # fmt: skip
        audit.record(
            connection, "post-release", f"post {post_id}",
            {"successor": successor_id, "begun": begun, "at": at, "reason": reason},
            organisation_id=jurisdiction_id,
        )  # fmt: skip
        return begun


def let_go(
    connection: Connection,
    locators: Locators,
    jurisdiction_id: int,
    post_id: int,
    *,
    successor_id: int | None,
    at: datetime | None,
    reason: str,
    actor: str,
) -> int | None:
    """The same in a running transaction."""
    now = organisations.clock(connection)
    moment = at or now
    if moment < now:
        raise InputError("staff-past", field="at")
    post = posts.post(connection, jurisdiction_id, post_id)
    if post["gone"] or (post["until"] is not None and post["until"] <= moment):
        raise ConflictError("post-ended", id=post_id)
    if successor_id == post["person_id"]:
        raise InputError("leave-to-self", field="person_id")
    begins = max(moment, post["since"])
    if successor_id is not None:
        there(connection, jurisdiction_id, successor_id, begins)
    posts.end(connection, post_id, moment, actor=actor, reason=reason)
    begun = None
    if successor_id is not None:
        grid = {"id": post["grid_id"], "level": post["level"], "code": post["code"]}
        begun = posts.add(
            connection, person_id=successor_id, grid=grid, role=post["role"], seat=post["seat"],
            since=begins, until=post["until"], reason=reason, actor=actor,
        )  # fmt: skip
    told = {name: post[name] for name in ("id", "role", "seat", "since", "until", "ended_by",
                                          "ended_reason")}  # fmt: skip
    grid_told = {"id": post["grid_id"], "level": post["level"], "code": post["code"]}
    done = {"posts": [told | {"grid": grid_told, "to": successor_id, "begun": begun}]}
    departure_id = departures.add(
        connection, person_id=post["person_id"], jurisdiction_id=jurisdiction_id, whole=False,
        post_ids=[post_id], at=moment, reason=reason, done=done,
    )  # fmt: skip
    if moment <= now:
        cases = departures.cases_of(connection, post["person_id"], [post_id], lock=True)
        handed = hand_on.move(connection, locators, cases, departure_id)
        departures.note_moved(connection, departure_id, handed.moved())
    return begun


def attach(engine: Engine, jurisdiction_id: int, given: Attaching, *, actor: str) -> int:
    """Attach a leader to a unit below their organisation; gives the id.

    Raises NotFoundError `person-not-found`, `organisation-not-found`; InputError
    `attachment-not-below`, `attachment-target-unknown`, `window-reversed`; ConflictError
    `attachment-taken`, `attachment-twice`, `person-has-left`.
    """
    with acting(engine, actor, action="attach", reason=given.reason) as connection:
        made = attach_in(connection, jurisdiction_id, given)
        audit.record(
            connection, "leader-attach", f"person {given.person_id}",
            {"attachment": made, "to": given.target_code, "reason": given.reason},
            organisation_id=jurisdiction_id,
        )  # fmt: skip
        return made


def attach_in(connection: Connection, jurisdiction_id: int, given: Attaching) -> int:
    """The same in a running transaction."""
    since = given.since or organisations.clock(connection)
    if given.until is not None and given.until <= since:
        raise InputError("window-reversed", field="until")
    person = there(connection, jurisdiction_id, given.person_id, since)
    organisation_id = given.organisation_id or person["organisation_id"]
    if organisation_id is None:
        raise InputError("attachment-organisation-missing", field="organisation_id")
    _below(connection, jurisdiction_id, organisation_id, given.target_code)
    return attachments.add(
        connection, person_id=given.person_id, organisation_id=organisation_id, kind=given.kind,
        target_code=given.target_code, place=given.place, since=since, until=given.until,
        reason=given.reason,
    )  # fmt: skip


def _below(connection: Connection, jurisdiction_id: int, organisation_id: int, target: str) -> None:
    """A leader is attached to what lies below: of a department, below the unit that has it."""
    own = organisations.related(connection, jurisdiction_id, organisation_id)
    above = own
    if own["kind"] == "department" and own["parent_id"] is not None:
        above = organisations.related(connection, jurisdiction_id, own["parent_id"])
    if above["kind"] == "department" or not (
        target.startswith(above["code"]) and len(target) > len(above["code"])
    ):
        raise InputError("attachment-not-below", target=target, code=above["code"],
                         field="target_code")  # fmt: skip
    if not attachments.is_unit(connection, target):
        raise InputError("attachment-target-unknown", target=target, field="target_code")


def detach(
    engine: Engine,
    jurisdiction_id: int,
    attachment_id: int,
    *,
    successor_id: int | None = None,
    at: datetime | None = None,
    reason: str,
    actor: str,
) -> int | None:
    """End an attachment now or later, and let a successor have it from that very moment.

    Gives the id of the successor's. Raises NotFoundError `attachment-not-found`,
    `person-not-found`; InputError `staff-past`, `leave-to-self`; ConflictError `attachment-twice`.
    """
    with acting(engine, actor, action="attach", reason=reason) as connection:
        now = organisations.clock(connection)
        moment = at or now
        if moment < now:
            raise InputError("staff-past", field="at")
        found = attachments.attachment(connection, attachment_id)
        require_staff(connection, jurisdiction_id, found["person_id"])
        begins = max(moment, found["since"])
        attachments.end(connection, attachment_id, moment)
        begun = None
        if successor_id is not None:
            if successor_id == found["person_id"]:
                raise InputError("leave-to-self", field="person_id")
            there(connection, jurisdiction_id, successor_id, begins)
            told = ("organisation_id", "kind", "target_code", "place")
            begun = attachments.add(
                connection, person_id=successor_id, since=begins, until=found["until"],
                reason=reason, **{name: found[name] for name in told},
            )  # fmt: skip
        audit.record(
            connection, "leader-detach", f"person {found['person_id']}",
            {"attachment": attachment_id, "successor": successor_id, "reason": reason},
            organisation_id=jurisdiction_id,
        )  # fmt: skip
        return begun
