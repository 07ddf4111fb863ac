"""People, the posts that they hold, and what happens to these when somebody leaves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection

from api import staff_schemas as schemas
from api.errors import language_of
from api.schemas import GridCode, PlainText, RowId
from api.services import Held, Reading
from gis.messages import translate
from gis.store import attachments, departures, known, posts, staff
from gis.store.names import names
from gis.store.responsibility import people
from gis.workflows import appointments, taking_back, units_and_people
from gis.workflows import departures as leaving
from gis.workflows.appointments import Appointment
from gis.workflows.departures import Departed, Leaving
from gis.workflows.units_and_people import UNSET

router = APIRouter(tags=["staff"])


@router.get("/staff", response_model=schemas.Members)
def search(
    reading: Reading,
    jurisdiction: RowId,
    q: Annotated[PlainText, Query(max_length=100)] = "",
    organisation: RowId | None = None,
    deep: bool = True,
    left: bool = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[PlainText | None, Query(max_length=130)] = None,
) -> dict[str, Any]:
    """People by name, number, staff number, or the beginning of their name in pinyin.

    `organisation`: of that one and, if `deep`, all below it. `left`: also those who have left.
    """
    known.require_reach(reading, jurisdiction)
    items, following = staff.search(
        reading, jurisdiction, words=q, organisation_id=organisation, deep=deep, left=left,
        limit=limit, after=after,
    )  # fmt: skip
    return {"items": items, "next": following}


@router.get("/staff/{person_id}", response_model=schemas.PersonDetail)
def person(
    request: Request, reading: Reading, person_id: RowId, jurisdiction: RowId
) -> dict[str, Any]:
    """A person: what was said of them when, and what they held, hold and will hold."""
    known.require_reach(reading, jurisdiction)
    found = staff.person(reading, jurisdiction, person_id)
    return {
        **found,
        "open_incidents": staff.open_incidents(reading, person_id),
        "versions": staff.versions(reading, person_id),
        "posts": posts.of_person(reading, jurisdiction, person_id),
        "attachments": attachments.of_person(reading, person_id),
        "departures": [
            _failed(request, row)
            for row in departures.departures(reading, jurisdiction, person_id=person_id, limit=50)
        ],
    }


@router.post("/staff", response_model=schemas.Recorded, status_code=201)
def record(held: Held, given: schemas.NewPerson) -> dict[str, int]:
    """Record a person of an organisation."""
    values = given.model_dump(exclude={"jurisdiction", "reason"})
    made = units_and_people.record_person(
        held.engine, given.jurisdiction, units_and_people.NewPerson(**values),
        reason=given.reason, actor=held.actor,
    )  # fmt: skip
    return {"id": made}


@router.post("/staff/{person_id}/changes", status_code=204)
def change(held: Held, person_id: RowId, given: schemas.ChangePerson) -> None:
    """Change a name, a number or the organisation from a moment on."""
    said = given.model_fields_set
    units_and_people.change_person(
        held.engine, given.jurisdiction, person_id, name=given.name,
        phone=given.phone or None if "phone" in said else UNSET,
        organisation_id=given.organisation_id,
        staff_number=given.staff_number or None if "staff_number" in said else UNSET,
        at=given.at, reason=given.reason, actor=held.actor,
    )  # fmt: skip


@router.post("/staff/{person_id}/leaving/preview", response_model=schemas.Departed)
def preview(held: Held, person_id: RowId, given: schemas.Leave) -> dict[str, Any]:
    """What leaving would end, hand over and leave vacant, and who would get the open cases."""
    done = leaving.preview(held.engine, held.locators, given.jurisdiction, _asked(person_id, given))
    with held.engine.connect() as connection:
        return _told(connection, done)


@router.post("/staff/{person_id}/leaving", response_model=schemas.Departed)
def leave(held: Held, person_id: RowId, given: schemas.Leave) -> dict[str, Any]:
    """Let a person leave: all that they hold ends and begins with the successors at one moment."""
    done = leaving.leave(
        held.engine, held.locators, given.jurisdiction, _asked(person_id, given), actor=held.actor
    )
    with held.engine.connect() as connection:
        return _told(connection, done)


@router.get("/departures", response_model=schemas.Departures)
def list_departures(
    request: Request,
    reading: Reading,
    jurisdiction: RowId,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: RowId | None = None,
) -> dict[str, Any]:
    """Who left or gave up posts, the newest first."""
    known.require_reach(reading, jurisdiction)
    found = departures.departures(reading, jurisdiction, limit=limit + 1, before=before)
    more = len(found) > limit
    items = [_failed(request, row) for row in found[:limit]]
    return {"items": items, "next": found[limit - 1]["id"] if more else None}


@router.post("/departures/{departure_id}/undo", response_model=schemas.TakenBack)
def undo(held: Held, departure_id: RowId, given: schemas.Undo) -> dict[str, int]:
    """Call a departure off before its moment, or take it back by a new change after it."""
    done = taking_back.take_back(
        held.engine, held.locators, given.jurisdiction, departure_id, reason=given.reason,
        actor=held.actor,
    )  # fmt: skip
    return {"restored": done.restored, "kept": done.kept, "cases": done.cases, "acted": done.acted}


@router.get("/grid-posts", response_model=schemas.GridPosts)
def grid_posts(reading: Reading, jurisdiction: RowId, grid: GridCode) -> dict[str, Any]:
    """All seats of a grid of the plan in force, vacant ones included, and who held them when."""
    known.require(reading, jurisdiction)
    found = posts.grid_of(reading, jurisdiction, grid)
    history = posts.of_grids(reading, jurisdiction, [grid])
    now = datetime.now(UTC)
    lasting = [
        row for row in history
        if row["in_force"] and posts.lasts(row, now)
    ]  # fmt: skip
    seats = []
    for role, _ in posts.SEATS[found["level"]]:
        taken = {row["seat"] for row in lasting if row["role"] == role}
        for seat in sorted(taken | set(range(1, posts.WANTED.get(role, 0) + 1))):
            here = [row for row in lasting if (row["role"], row["seat"]) == (role, seat)]
            seats.append(
                {
                    "role": role,
                    "seat": seat,
                    "wanted": role in posts.WANTED,
                    "holder": next((row for row in here if row["since"] <= now), None),
                    "coming": [row for row in here if row["since"] > now],
                }
            )
    told = {key: found[key] for key in ("id", "code", "name")}
    return {"grid": told, "level": found["level"], "seats": seats, "history": history[::-1]}


@router.post("/grid-posts", response_model=schemas.Recorded, status_code=201)
def appoint(held: Held, given: schemas.Appoint) -> dict[str, int]:
    """Put a person on a post, from a moment on or for a time."""
    asked = Appointment(**given.model_dump(exclude={"jurisdiction"}))
    made = appointments.appoint(held.engine, given.jurisdiction, asked, actor=held.actor)
    return {"id": made}


@router.post("/grid-posts/{post_id}/end", response_model=schemas.Begun)
def end_post(held: Held, post_id: RowId, given: schemas.EndPost) -> dict[str, int | None]:
    """End a post now or at a moment to come; a successor holds it from that very moment. The open
    cases that its holder answers for by it move then."""
    begun = appointments.release(
        held.engine, held.locators, given.jurisdiction, post_id, successor_id=given.person_id,
        at=given.at, reason=given.reason, actor=held.actor,
    )  # fmt: skip
    return {"id": begun}


def _failed(request: Request, row: dict[str, Any]) -> dict[str, Any]:
    """A departure with what stood against carrying it out, in the reader's language."""
    fault = row["fault"]
    told = fault and translate(fault["code"], language_of(request), fault["params"])
    return row | {"failed": told}


def _asked(person_id: int, given: schemas.Leave) -> Leaving:
    return Leaving(
        person_id=person_id, at=given.at, successor_id=given.successor_id,
        successors={one.post_id: one.person_id for one in given.successors}, reason=given.reason,
    )  # fmt: skip


def _told(connection: Connection, done: Departed) -> dict[str, Any]:
    ids = {one["to"] for one in done.posts} | set(done.cases)
    by_id = people(connection, sorted(one for one in ids if one is not None))
    cases = sorted(done.cases.items(), key=lambda pair: (-pair[1], pair[0] or 0))
    return {
        "departure_id": done.departure_id,
        "at": done.at,
        "posts": [
            {
                **{name: one[name] for name in ("id", "role", "seat")},
                "grid": {"code": one["grid"]["code"],
                         "name": one["grid"].get("name") or names(one["grid"]["code"], None)},
                "to": by_id.get(one["to"]),
            }
            for one in done.posts
        ],
        "also": done.also,
        "cases": [{"person": by_id.get(one), "count": count} for one, count in cases],
        "moved": done.moved,
    }  # fmt: skip
