"""Somebody leaves: posts, attachments, duty and open cases go on, in one transaction; or back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from gis.errors import ConflictError, InputError, WanggeError
from gis.store import audit, departures, organisations, posts, responsibility, staff
from gis.store.absences import require_staff
from gis.store.engine import acting, speak_as
from gis.store.plans_in_force import hold_in_force
from gis.workflows import hand_on
from gis.workflows.locators import Locators

ACTION = "hand_over"
DUE_AS = "system"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What a departure is to do.

    `successors`: by post, who takes it over; None lets it stand vacant. What is not named there
    goes to `successor_id`, or stands vacant. `at`: None is now.
    """

    person_id: int
    at: datetime | None = None
    successor_id: int | None = None
    successors: Mapping[int, int | None] = field(default_factory=dict)
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Departed:
    """What a departure changes, done or only tried.

    posts: each that ends, with `to`, the successor's id or None. kept: how many attachments,
    shifts, substitutions and contacts end or go on. cases: how many open ones move to whom (id, or
    None for nobody), when its moment comes.
    """

    departure_id: int | None
    at: datetime
    posts: Sequence[Mapping[str, Any]]
    also: Mapping[str, Mapping[str, int]]
    cases: Mapping[int | None, int]
    moved: bool


def leave(
    engine: Engine, locators: Locators, jurisdiction_id: int, given: Leaving, *, actor: str
) -> Departed:
    """Let a person leave now or at a moment to come.

    Their posts, attachments, shifts, substitutions and contacts end then, and begin with the
    successors at the same moment. Open cases move then to whoever answers, by the rules of routing.
    Raises NotFoundError `person-not-found`; InputError `staff-past`, `leave-to-self`,
    `leave-needs-keeper`; ConflictError `person-has-left`, `post-held-already`, `publish-busy`.
    """
    with acting(engine, actor, action=ACTION, reason=given.reason) as connection:
        if given.at is None:
            hold_in_force(connection, jurisdiction_id)
        done = leave_in(connection, locators, jurisdiction_id, given, actor)
        audit.record(
            connection, "person-leave", f"person {given.person_id}",
            {"departure": done.departure_id, "at": done.at, "reason": given.reason},
        )  # fmt: skip
        return done


def preview(engine: Engine, locators: Locators, jurisdiction_id: int, given: Leaving) -> Departed:
    """What `leave` would do, found by doing it and taking it back; nobody waits meanwhile."""
    with engine.connect() as connection:
        try:
            speak_as(connection, "preview", action=ACTION, reason=given.reason)
            return leave_in(connection, locators, jurisdiction_id, given, "preview", tried=True)
        finally:
            connection.rollback()


def move_what_is_due(engine: Engine, locators: Locators) -> int:
    """Carry out what has come due: names and units of now, and cases of people who have left.

    For the worker, every minute, on the owner's engine; gives how many cases moved. Several
    workers share the work. One that cannot be carried out stands in nobody's way: what was wrong
    stands with it and in the log, and it is tried again after ten minutes.
    """
    with acting(engine, DUE_AS, action=ACTION) as connection:
        organisations.show_due(connection)
    with engine.connect() as connection:
        found = departures.due(connection)
    moved = 0
    for departure_id, jurisdiction_id in found:
        try:
            moved += _carry_out(engine, locators, departure_id, jurisdiction_id)
        except DBAPIError as fault:
            if fault.connection_invalidated:
                raise
            _failed(engine, departure_id, fault)
        except Exception as fault:
            _failed(engine, departure_id, fault)
    return moved


def _carry_out(engine: Engine, locators: Locators, departure_id: int, jurisdiction_id: int) -> int:
    with acting(engine, DUE_AS, action=ACTION) as connection:
        # The plans in force come before the departure, as for whoever takes it back.
        hold_in_force(connection, jurisdiction_id)
        one = departures.take_due(connection, departure_id)
        if one is None:
            return 0
        speak_as(connection, one["recorded_by"], action=ACTION, reason=one["reason"])
        return hand_on.move_due(connection, locators, one)


def _failed(engine: Engine, departure_id: int, fault: Exception) -> None:
    log.error("a departure could not be carried out", departure=departure_id, exc_info=fault)
    known = fault if isinstance(fault, WanggeError) else WanggeError("departure-failed")
    with acting(engine, DUE_AS, action=ACTION) as connection:
        departures.note_failed(connection, departure_id, known.code, known.params)


def leave_in(
    connection: Connection,
    locators: Locators,
    jurisdiction_id: int,
    given: Leaving,
    actor: str,
    *,
    tried: bool = False,
) -> Departed:
    """The same as `leave` in a running transaction."""
    now = organisations.clock(connection)
    at = given.at or now
    if at < now:
        raise InputError("staff-past", field="at")
    responsibility.plans_in_force(connection, lock=True)
    person = staff.person(connection, jurisdiction_id, given.person_id, lock=True)
    if person["left_at"] is not None and person["left_at"] <= at:
        raise ConflictError("person-has-left", name=person["name"])
    _ready(connection, jurisdiction_id, given, at)
    ended = _posts(connection, given, at, actor)
    done, also = _rest(connection, given, at)
    version = staff.last_version(connection, given.person_id)
    if version is not None and (version["until"] is None or version["until"] > at):
        staff.end_version(connection, version["id"], at)
        done["version"] = version["id"]
    done["posts"] = ended
    departure_id = departures.add(
        connection, person_id=given.person_id, jurisdiction_id=jurisdiction_id, whole=True,
        post_ids=[post["id"] for post in ended], at=at, reason=given.reason, done=done,
    )  # fmt: skip
    to_come = at > now or tried
    # Cases that stay for now are not held: whoever takes a step holds its case first.
    cases = departures.cases_of(connection, given.person_id, None, lock=not to_come)
    if to_come:
        handed = hand_on.new_owners(connection, locators, cases, at)
        counts = Counter(owner.person_id for owner in handed.owners)
    else:
        counts = Counter()
        if done["keeper"] is not None:
            departures.keep_queues(connection, done["queues"], done["keeper"])
        handed = hand_on.move(connection, locators, cases, departure_id)
        counts.update(owner.person_id for owner in handed.owners)
        parts = departures.move_parts(connection, given.person_id)
        departures.note_moved(connection, departure_id, handed.moved(), parts)
    return Departed(
        departure_id=None if tried else departure_id,
        at=at,
        posts=ended,
        also=also,
        cases=dict(counts),
        moved=at <= now and not tried,
    )


def _ready(connection: Connection, jurisdiction_id: int, given: Leaving, at: datetime) -> None:
    """Let pass successors who are people of the jurisdiction, there at that moment, and others."""
    named = {given.successor_id, *given.successors.values()} - {None}
    people = sorted(one for one in named if one is not None)
    if given.person_id in people:
        raise InputError("leave-to-self", field="successor_id")
    require_staff(connection, jurisdiction_id, *people)
    for one in people:
        found = staff.person(connection, jurisdiction_id, one)
        if found["left_at"] is not None and found["left_at"] <= at:
            raise ConflictError("person-has-left", name=found["name"])
    if departures.queues(connection, given.person_id) and given.successor_id is None:
        raise InputError("leave-needs-keeper", field="successor_id")


def _posts(
    connection: Connection, given: Leaving, at: datetime, actor: str
) -> list[dict[str, Any]]:
    """End the posts and let them begin with the successors; what is needed to take it back."""
    listed = []
    for post in posts.lasting(connection, given.person_id, at):
        to = given.successors.get(post["id"], given.successor_id)
        posts.end(connection, post["id"], at, actor=actor, reason=given.reason)
        grid = {"id": post["grid_id"], "level": post["level"], "code": post["code"]}
        begun = None
        if to is not None:
            begun = posts.add(
                connection, person_id=to, grid=grid, role=post["role"], seat=post["seat"],
                since=max(at, post["since"]), until=post["until"], reason=given.reason, actor=actor,
            )  # fmt: skip
        told = ("id", "role", "seat", "since", "until", "ended_by", "ended_reason",
                "jurisdiction_id")  # fmt: skip
        listed.append(
            {name: post[name] for name in told}
            | {"grid": grid | {"name": post["name"]}, "to": to, "begun": begun}
        )
    return listed


def _rest(
    connection: Connection, given: Leaving, at: datetime
) -> tuple[dict[str, Any], dict[str, dict[str, int]]]:
    """The same for attachments, shifts, substitutions, own leave and contacts; queues are noted."""
    done: dict[str, Any] = {}
    also: dict[str, dict[str, int]] = {}
    for table, column in (
        ("attachment", "person_id"), ("duty", "person_id"), ("contact", "person_id"),
        ("absence", "person_id"), ("absence", "substitute_id"),
    ):  # fmt: skip
        name = "substitute" if column == "substitute_id" else table
        rows = departures.lasting(connection, table, given.person_id, at, column=column)
        listed = []
        for row in rows:
            departures.end(connection, table, row["id"], at)
            begun = None
            if name == "substitute":  # the leave goes on, with somebody else or nobody
                to = given.successor_id if given.successor_id != row["person_id"] else None
                begun = departures.copy(
                    connection, table, row, since=max(at, row["since"]), until=row["until"],
                    reason=given.reason, substitute_id=to,
                )  # fmt: skip
            elif name != "absence" and given.successor_id is not None:
                begun = departures.copy(
                    connection, table, row, since=max(at, row["since"]), until=row["until"],
                    reason=given.reason, person_id=given.successor_id,
                )  # fmt: skip
            listed.append({**row, "begun": begun})
        done[name] = listed
        also[name] = {
            "ended": len(listed), "handed": sum(one["begun"] is not None for one in listed),
        }  # fmt: skip
    queues = departures.queues(connection, given.person_id)
    done["queues"] = queues
    done["keeper"] = given.successor_id if queues else None
    also["queue"] = {"ended": len(queues), "handed": len(queues)}
    return done, also
