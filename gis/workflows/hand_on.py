"""Open cases of somebody who gives up posts go to whoever answers now, each with its history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection

from gis.errors import NotFoundError
from gis.store import departures, hand_over, hand_over_notes, organisations
from gis.store.hand_over import OpenIncident
from gis.store.hand_over_notes import Move
from gis.workflows.kept_hands import from_level_up, keep_sent
from gis.workflows.locators import Locators
from gis.workflows.near import chosen_still_near
from gis.workflows.ownership import Owner, owners_under, plan_of
from gis.workflows.ruling import Matter, read_book
from gis.workflows.step_notices import tell_of_handing_over

Case = tuple[int, OpenIncident]  # with its jurisdiction


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """Open cases and the owner that each gets, in the same order."""

    cases: Sequence[OpenIncident]
    owners: Sequence[Owner]

    def moved(self) -> list[OpenIncident]:
        """Those cases, as they were."""
        ids = {move.incident_id for move in self.moves()}
        return [case for case in self.cases if case.incident_id in ids]

    def moves(self) -> list[Move]:
        """Those that another person or grid gets."""
        return [
            Move(
                incident_id=case.incident_id,
                from_grid_id=case.grid_id, to_grid_id=owner.grid_id,
                from_queue_id=case.queue_id, to_queue_id=owner.queue_id,
                from_person_id=case.person_id, to_person_id=owner.person_id,
                choice_ended=case.route_rule == "chosen" and owner.rule != "chosen",
            )
            for case, owner in zip(self.cases, self.owners, strict=True)
            if (case.person_id, case.grid_code, case.queue_id)
            != (owner.person_id, owner.grid_code, owner.queue_id)
        ]  # fmt: skip


def new_owners(
    connection: Connection, locators: Locators, cases: Sequence[Case], at: datetime
) -> Handed:
    """Who answers for open cases at a moment: by place, plan, posts, presence and rules.

    A grid that a dispatcher chose stays while it is near; a case that went up to a higher level
    does not fall below it. Where no plan is in force a case stays as it is.
    """
    by_jurisdiction: dict[int, list[OpenIncident]] = defaultdict(list)
    for jurisdiction_id, case in cases:
        by_jurisdiction[jurisdiction_id].append(case)
    kept: list[OpenIncident] = []
    owners: list[Owner] = []
    for jurisdiction_id, listed in sorted(by_jurisdiction.items()):
        try:
            found = _in(connection, locators, jurisdiction_id, listed, at)
        except NotFoundError:
            continue
        kept += listed
        owners += found
    return Handed(cases=kept, owners=owners)


def _in(
    connection: Connection,
    locators: Locators,
    jurisdiction_id: int,
    cases: Sequence[OpenIncident],
    at: datetime,
) -> list[Owner]:
    plan = plan_of(connection, jurisdiction_id, lock=False)
    lon = np.array([case.lon for case in cases])
    lat = np.array([case.lat for case in cases])
    matter = Matter(
        category=[case.category for case in cases],
        severity=[case.severity for case in cases],
        source=[case.source for case in cases],
    )
    # Read here and not kept: contacts may have changed in this very transaction.
    book = read_book(connection, jurisdiction_id)
    moments = np.array([at] * len(cases), dtype=object)
    owners = list(
        owners_under(connection, locators, plan, lon, lat, moments, matter, book=book).owners
    )
    chosen = {k: case.grid_code for k, case in enumerate(cases) if case.route_rule == "chosen"}
    for k, owner in chosen_still_near(connection, locators, plan, lon, lat, chosen, at).items():
        owners[k] = replace(owner, department_id=owners[k].department_id)
    owners = _not_below(connection, jurisdiction_id, plan.plan_id, cases, owners, at)
    ids = [case.incident_id for case in cases]
    return keep_sent(connection, jurisdiction_id, plan.plan_id, ids, owners, at)


def _not_below(
    connection: Connection,
    jurisdiction_id: int,
    plan_id: int,
    cases: Sequence[OpenIncident],
    owners: list[Owner],
    at: datetime,
) -> list[Owner]:
    """Cases that were answered for above the level that they would get: from that level up."""
    up: dict[tuple[str, int], list[int]] = defaultdict(list)
    for k, (case, owner) in enumerate(zip(cases, owners, strict=True)):
        was, to_be = case.responsible_level, owner.responsible_level
        if case.grid_code is not None and was is not None and to_be is not None and to_be > was:
            up[case.grid_code, was].append(k)
    if not up:
        return owners
    for key, found in from_level_up(connection, jurisdiction_id, plan_id, sorted(up), at).items():
        for k in up[key]:
            case = cases[k]
            owners[k] = replace(
                owners[k], plan_id=case.plan_id, grid_id=case.grid_id, grid_code=case.grid_code,
                queue_id=None, post_id=found.responsible_post_id,
                person_id=found.responsible_person_id, role=found.role,
                responsible_level=found.level, contact_id=None,
            )  # fmt: skip
    return owners


def move(
    connection: Connection, locators: Locators, cases: Sequence[Case], departure_id: int
) -> Handed:
    """Give open cases to whoever answers now, in the running transaction, with a note to both."""
    moment = organisations.clock(connection)
    handed = new_owners(connection, locators, cases, moment)
    _write(connection, handed, moment, departure_id)
    return handed


def move_back(
    connection: Connection,
    locators: Locators,
    cases: Sequence[Case],
    departure_id: int,
    were: Mapping[int, Mapping[str, Any]],
) -> Handed:
    """The same for cases that a departure moved, by where they had come to before it: what fell to
    a level above because a post stood vacant goes back to the post. `were`: what `note_moved` kept,
    by incident."""
    moment = organisations.clock(connection)
    now = {case.incident_id: case for _, case in cases}
    asked = []
    for jurisdiction_id, case in cases:
        former = were.get(case.incident_id)
        if former is not None and former["plan_id"] == case.plan_id:
            asked.append((jurisdiction_id, OpenIncident(**former)))
        else:
            level = case.responsible_level if former is None else former["responsible_level"]
            asked.append((jurisdiction_id, replace(case, responsible_level=level)))
    found = new_owners(connection, locators, asked, moment)
    handed = Handed(cases=[now[case.incident_id] for case in found.cases], owners=found.owners)
    _write(connection, handed, moment, departure_id)
    return handed


def _write(connection: Connection, handed: Handed, moment: datetime, departure_id: int) -> None:
    """Store the new owners of open cases, and tell everybody whom it concerns."""
    hand_over.move_incidents(connection, handed.cases, handed.owners)
    moves = handed.moves()
    hand_over_notes.write(connection, None, moment, moves, departure_id=departure_id)
    tell_of_handing_over(connection, moves)


def move_due(connection: Connection, locators: Locators, departure: dict[str, Any]) -> int:
    """What a departure that has come leaves: its cases, parts and queues; gives how many cases."""
    done = departure["done"]
    if done.get("keeper") is not None:
        departures.keep_queues(connection, done["queues"], done["keeper"])
    posts = None if departure["whole"] else departure["post_ids"]
    cases = departures.cases_of(connection, departure["person_id"], posts, lock=True)
    handed = move(connection, locators, cases, departure["id"])
    parts = departures.move_parts(connection, departure["person_id"]) if departure["whole"] else []
    departures.note_moved(connection, departure["id"], handed.moved(), parts)
    return len(handed.moved())
