"""Publishing a plan, its preview, and the hand-overs that it made."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api import publishing_schemas as schemas
from api.errors import language_of
from api.schemas import RowId
from api.services import Held, Reading
from gis.messages import translate
from gis.store import hand_over_notes, known
from gis.store.engine import acting
from gis.workflows import reviews
from gis.workflows.publishing import Publication

router = APIRouter(tags=["publishing"])


@router.get("/plans/{plan_id}/publishing", response_model=schemas.Preview)
def preview(
    request: Request,
    held: Held,
    plan_id: RowId,
    limit: Annotated[int, Query(ge=1, le=5000)] = 200,
    after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
) -> dict[str, Any]:
    """What publishing this draft now would move. Nothing is changed.

    Found by the same steps as publishing. `items` are the open incidents that would go to another
    grid, queue or person. The page without `after` is computed; those behind it come from the same
    list for five minutes, whatever was reported or moved since.
    """
    tried, items, following = held.previews.page(held.engine, plan_id, limit=limit, after=after)
    return {**told(tried, language_of(request)), "items": items, "next": following}


@router.post("/plans/{plan_id}/publishing", response_model=schemas.Publication)
def publish(
    request: Request, held: Held, plan_id: RowId, wanted: schemas.Publish
) -> dict[str, Any]:
    """Put a draft in force at once, whole or not at all.

    Posts and departments go over to the grids of the same codes; open incidents to whoever owns
    their place now, with a note to both people. 409 `publish-needs-approval` unless somebody else
    has approved it in a review, or it is the jurisdiction's first; 409 `plan-former-changed` if
    another plan than `instead_of` is in force meanwhile.
    """
    done = reviews.publish(held.engine, plan_id, instead_of=wanted.instead_of, actor=held.actor)
    return told(done, language_of(request))


@router.get("/hand-overs", response_model=schemas.HandOvers)
def hand_overs(
    request: Request,
    reading: Reading,
    jurisdiction: RowId,
    plan: RowId | None = None,
    person: RowId | None = None,
    incident: RowId | None = None,
    unread: bool = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: RowId | None = None,
) -> dict[str, Any]:
    """Notes of incidents that publishing gave to another grid, queue or person, the newest first.

    `unread`: by `person`, or without one by either side. `next` is what to send as `before`.
    """
    known.require(reading, jurisdiction)
    items, following = hand_over_notes.notes(
        reading, jurisdiction, plan_id=plan, person_id=person, incident_id=incident, unread=unread,
        limit=limit, before=before,
    )  # fmt: skip
    language = language_of(request)
    return {"items": [{**item, "note": _note(item, language)} for item in items], "next": following}


@router.post("/hand-overs/{note_id}/read", status_code=204)
def read(held: Held, note_id: RowId, reader: schemas.Reader) -> Response:
    """Say that one of the two people has read a note. Again changes nothing."""
    with acting(held.engine, held.actor, action="read") as connection:
        hand_over_notes.mark_read(connection, note_id, reader.person_id)
    return Response(status_code=204)


def told(done: Publication, language: str) -> dict[str, Any]:
    changes = done.changes
    return {
        "plan_id": done.plan_id,
        "former_id": done.former_id,
        "at": done.at,
        "grids": {"new": changes.new, "gone": changes.gone, "reshaped": changes.reshaped},
        "units_moved": changes.units_moved,
        "people_moved": changes.people_moved,
        "posts": {"moved": done.posts_moved, "ended": done.posts_ended},
        "ties": {"moved": done.ties_moved, "ended": done.ties_ended},
        "open_incidents": done.open_incidents,
        "incidents_moved": len(done.moves),
        "report": done.report.as_dict(language),
    }


def _note(item: dict[str, Any], language: str) -> str:
    """The hand-over in a sentence that suits both people."""
    short = "zh" if language == "zh-CN" else "en"

    def side(name: str) -> dict[str, str]:
        place = item[name]["grid"] or item[name]["queue"]
        person = item[name]["person"] or {"name": "–"}
        return {f"{name}_place": place["name"][short], f"{name}_person": person["name"]}

    params = {"serial": item["serial"], "plan": str(item["plan_id"])}
    params |= side("before") | side("after")
    kind = {None: "", "leave": "-leave", "back": "-back"}[item["by_departure"]]
    told = [translate(f"hand-over-note{kind}", language, params)]
    if item["choice_ended"]:
        told.append(translate("hand-over-choice-ended", language, params))
    return " ".join(told) if short == "en" else "".join(told)
