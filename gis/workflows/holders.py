"""Where a step sends a case: to its owner, to whoever is named, one level up, or to the desk."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection

from gis.errors import ConflictError, InputError, NotFoundError
from gis.incidents.lifecycle import Target, code_at_level
from gis.incidents.transitions import DESK_TASKS
from gis.routing.ladder import seat_at
from gis.store import responsibility, seats
from gis.store.absences import presence
from gis.store.hands import Found, Holder
from gis.store.seats import Seat
from gis.workflows.locators import Locators
from gis.workflows.ownership import owners_in, owners_under, plan_of
from gis.workflows.ruling import Matter


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """What is asked to find a holder: the database, the locators, the case and the moment."""

    connection: Connection
    locators: Locators
    found: Found
    at: datetime

    @property
    def case(self) -> Mapping[str, Any]:
        return self.found.case


def desk(of: Whereabouts) -> Holder:
    """The desk over the case's place that had it last, or else that of its jurisdiction."""
    place = of.case["grid_code"] or of.case["jurisdiction_code"]
    had = [
        one for one in of.found.hands
        if one["task"] in DESK_TASKS and one["organisation_id"]
        and one["organisation_kind"] != "department" and place.startswith(one["code"])
    ]  # fmt: skip
    if had:
        return Holder(
            level=had[-1]["level"], organisation_id=had[-1]["organisation_id"], sent=False
        )
    return own_desk(of)


def own_desk(of: Whereabouts) -> Holder:
    """The desk of the case's jurisdiction."""
    kind = of.case["jurisdiction_kind"]
    level = {"city": -1, "district": 0, "sub_district": 1}.get(kind, 2)
    return Holder(level=level, organisation_id=of.case["jurisdiction_id"], sent=False)


def again(of: Whereabouts, hand: Mapping[str, Any]) -> Holder:
    """Whoever stands now where a hand was: the organisation with whoever speaks for it now, or the
    post with whoever holds it. Where nobody does, or another grid has the place by now, whoever
    answers for the place, not below the level to which the case was escalated."""
    organisation_id = hand["organisation_id"]
    if organisation_id is not None:
        if not seats.is_known(of.connection, of.case["jurisdiction_id"], organisation_id):
            return owner(of)
        return replace(_at(of, organisation_id, level=hand["level"]), sent=hand["sent"])
    seat = _same_seat(of, hand["post_id"])
    code = of.case["grid_code"]
    if seat is not None and (hand["sent"] or (code or "").startswith(seat.code)):
        there = presence(of.connection, of.case["jurisdiction_id"], of.at, of.at)
        acting = there.acting(seat.person_id, of.at)
        if acting is not None:
            return Holder(
                level=seat.level, post_id=seat.post_id, person_id=acting, sent=hand["sent"]
            )
    if hand["sent"] and 0 < hand["level"] < 3 and code is not None:
        return _at_level(of, code_at_level(code, hand["level"]), hand["level"]) or own_desk(of)
    return owner(of)


def same(hand: Mapping[str, Any]) -> Holder:
    """Whoever has a hand."""
    return Holder(
        level=hand["level"],
        organisation_id=hand["organisation_id"],
        post_id=hand["post_id"],
        person_id=hand["person_id"],
        department=hand["organisation_kind"] == "department",
        sent=hand["sent"],
    )


def owner(of: Whereabouts) -> Holder:
    """Whoever answers for the place of the case now, by the plan, the people and the rules of now.

    A grid that a dispatcher has chosen stays chosen. Where no plan is in force, whoever the case
    names.
    """
    case = of.case
    try:
        plan = plan_of(of.connection, case["jurisdiction_id"], lock=True)
    except NotFoundError:
        return _named(of)
    kept = of.locators.get(of.connection, plan.plan_id)
    chosen = case["route_rule"] == "chosen" and case["grid_code"] in kept.locator.codes
    if chosen:
        grids = kept.positions([case["grid_code"]]).tolist()
        (found,) = owners_in(of.connection, kept, plan, grids, of.at)
    else:
        matter = Matter.one(case["category_code"], case["severity"], case["source"])
        found = owners_under(
            of.connection, of.locators, plan, np.array([case["lon"]]), np.array([case["lat"]]),
            np.array([of.at], dtype=object), matter,
        ).one(0)  # fmt: skip
    if found.contact_id is not None and found.department_id is not None:
        department = seats.organisation(of.connection, found.department_id)
        return Holder(
            level=department.level, organisation_id=found.department_id, person_id=found.person_id,
            contact_id=found.contact_id, department=True, sent=False,
        )  # fmt: skip
    if found.post_id is None or found.responsible_level is None:
        desk_of = own_desk(of)
        return Holder(
            level=desk_of.level, organisation_id=desk_of.organisation_id,
            person_id=found.person_id, sent=False,
        )  # fmt: skip
    return Holder(
        level=found.responsible_level, post_id=found.post_id, person_id=found.person_id, sent=False
    )


def _named(of: Whereabouts) -> Holder:
    case = of.case
    if case["post_id"] is None:
        desk_of = own_desk(of)
        return Holder(
            level=desk_of.level, organisation_id=desk_of.organisation_id,
            person_id=case["person_id"], sent=False,
        )  # fmt: skip
    return Holder(
        level=case["responsible_level"], post_id=case["post_id"], person_id=case["person_id"],
        sent=False,
    )  # fmt: skip


def target(of: Whereabouts, given: Target) -> Holder:
    """Whoever a step names, or the owner if it names nobody.

    Raises InputError `target-unknown` for an organisation that the jurisdiction does not know or a
    person without a post in it, `target-twofold`.
    """
    if given.organisation_id is not None and given.person_id is not None:
        raise InputError("target-twofold", field="target")
    if given.organisation_id is not None:
        return organisation(of, given.organisation_id)
    if given.person_id is None:
        return owner(of)
    post = seats.post_of(of.connection, of.case["jurisdiction_id"], given.person_id, of.at)
    if post is None:
        raise InputError("target-unknown", id=given.person_id, field="target")
    return Holder(level=post.level, post_id=post.post_id, person_id=given.person_id)


def organisation(of: Whereabouts, organisation_id: int) -> Holder:
    """A department or a desk that the jurisdiction knows, with the person who speaks for it.

    Raises InputError `target-unknown`.
    """
    jurisdiction_id = of.case["jurisdiction_id"]
    if not seats.is_known(of.connection, jurisdiction_id, organisation_id):
        raise InputError("target-unknown", id=organisation_id, field="target")
    return _at(of, organisation_id)


def parts(of: Whereabouts, given: Target, *, lead: Holder) -> list[Holder]:
    """The organisations that assist; each once, and not the lead. Raises InputError
    `target-unknown`, `target-twofold`, `target-lead-part`."""
    if len(set(given.assisting)) < len(given.assisting):
        raise InputError("target-twofold", field="target")
    if lead.organisation_id in given.assisting:
        raise InputError("target-lead-part", field="target")
    return [organisation(of, one) for one in given.assisting]


def one_up(of: Whereabouts) -> Holder:
    """Exactly one level above whoever has the case.

    The seat of the grid at that level that answers; where it is vacant the level's other seats;
    where nobody sits there, the level's desk. Where that organisation is not set up, the nearest
    one above minds the desk, and the case is still at that level. Raises ConflictError
    `step-at-top`.
    """
    lead = of.found.lead
    assert lead is not None
    found = _at_level(of, _above(of, lead), lead["level"] - 1)
    if found is None:
        raise ConflictError("step-at-top", action="escalate", stage=of.case["stage"])
    return found


def _at_level(of: Whereabouts, code: str, level: int) -> Holder | None:
    """Who answers at a level of the case's place; `code`: of the organisation there."""
    if level > 0 and len(code) >= 9 and of.case["grid_code"] is not None:
        seat = _seat(of, code_at_level(of.case["grid_code"], level), level)
        if seat is not None:
            return seat
    minding = seats.minding(of.connection, code)
    if minding is None or (level <= 0 and minding.level != level):
        return None
    return _at(of, minding.organisation_id, level=level)


def has_above(level: int, place: str, codes: Collection[str]) -> bool:
    """Whether there is a level above one; `place`: the code of a grid, or of the jurisdiction of a
    case off all grids; `codes`: of the organisations there are among those over it."""
    if level > 1:
        return True
    return level > -1 and len(place) >= 6 and code_at_level(place, level - 1) in codes


def _above(of: Whereabouts, lead: Mapping[str, Any]) -> str:
    """The code of the place one level above a hand."""
    if lead["organisation_kind"] == "department":
        return str(lead["code"])
    place = of.case["grid_code"] or of.case["jurisdiction_code"]
    return code_at_level(place, lead["level"] - 1)


def _same_seat(of: Whereabouts, post_id: int | None) -> Seat | None:
    if post_id is None:
        return None
    jurisdiction_id = of.case["jurisdiction_id"]
    try:
        plan = plan_of(of.connection, jurisdiction_id, lock=True)
    except NotFoundError:
        return None
    return seats.held_now(of.connection, plan.plan_id, [post_id], of.at).get(post_id)


def _seat(of: Whereabouts, code: str, level: int) -> Holder | None:
    jurisdiction_id = of.case["jurisdiction_id"]
    try:
        plan = plan_of(of.connection, jurisdiction_id, lock=True)
    except NotFoundError:
        return None
    posts = responsibility.posts_of_grids(of.connection, plan.plan_id, [code], of.at, of.at)
    there = presence(of.connection, jurisdiction_id, of.at, of.at)
    found = seat_at(posts, level, there, of.at)
    if found is None:
        return None
    post, person_id = found
    return Holder(level=level, post_id=post.post_id, person_id=person_id)


def _at(of: Whereabouts, organisation_id: int, *, level: int | None = None) -> Holder:
    """An organisation with its contact; the desk of the jurisdiction with its queue's person."""
    known = seats.organisation(of.connection, organisation_id)
    contact = _contact(of, organisation_id)
    person_id = contact[1] if contact else None
    if person_id is None and organisation_id == of.case["jurisdiction_id"]:
        queue = responsibility.queue_of(of.connection, organisation_id)
        person_id = queue.person_id if queue is not None else None
    department = known.kind == "department"
    return Holder(
        level=known.level if level is None else level,
        organisation_id=organisation_id,
        person_id=person_id,
        contact_id=contact[0] if contact and department else None,
        department=department,
    )


def _contact(of: Whereabouts, organisation_id: int) -> tuple[int, int] | None:
    """The contact of an organisation, and who acts as it now; None where nobody does."""
    contact = seats.contact(of.connection, organisation_id)
    if contact is None:
        return None
    there = presence(of.connection, of.case["jurisdiction_id"], of.at, of.at)
    acting = there.acting(contact[1], of.at)
    return None if acting is None else (contact[0], acting)
