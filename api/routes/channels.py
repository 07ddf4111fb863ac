"""Other systems (12345, 110): reports by machines, what became of them, those without a place."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import ValidationError

from api import channel_schemas
from api.errors import problem_of
from api.routes.incidents import Key
from api.schemas import RowId
from api.seals import Sealed
from api.services import Held, Reading
from gis.store import known, photos, unlocated
from gis.store.reporters import masked
from gis.workflows.channels import ChannelReport, Taken, changes_since, state_of, take_in
from gis.workflows.unlocated import join_report, place_report, refuse_report

router = APIRouter(tags=["channels"])
Channel = Literal["hotline_12345", "hotline_110"]
Ref = Annotated[str, Path(min_length=1, max_length=200)]


@router.post("/channels/{channel}/reports", response_model=channel_schemas.Outcomes)
def take_in_reports(
    request: Request,
    held: Held,
    channel: Channel,
    given: channel_schemas.ChannelReports,
    idempotency_key: Key = None,
) -> dict[str, Any]:
    """Take in up to 1,000 reports; each is answered for itself, in its place, and once: by its
    `source_ref`, for ever.

    Without coordinates a report waits until the desk places it, or it comes again with them. With
    an `Idempotency-Key` the same reference under the same key with another content is refused.
    Answers when all are durable.
    """
    outcomes: dict[int, Taken] = {}
    good: list[tuple[int, ChannelReport]] = []
    for place, raw in enumerate(given.reports):
        try:
            read = channel_schemas.ChannelReport.model_validate(raw)
        except ValidationError as wrong:
            ref = raw.get("source_ref")
            shown = ref[:200] if isinstance(ref, str) else ""
            outcomes[place] = Taken(source_ref=shown, outcome="refused", problem=wrong)
        else:
            good.append((place, ChannelReport(**dict(read))))
    taken = take_in(
        held.intake.engine,
        held.locators,
        [one for _, one in good],
        scope=held.caller.scope,
        source=channel,
        actor=held.actor,
        time_zone=held.settings.time_zone,
        key=idempotency_key,
    )
    outcomes |= {place: one for (place, _), one in zip(good, taken, strict=True)}
    return {"items": [_shown(request, outcomes[place]) for place in range(len(given.reports))]}


def _shown(request: Request, taken: Taken) -> dict[str, Any]:
    return {
        "source_ref": taken.source_ref or None,
        "outcome": taken.outcome,
        "serial": taken.serial,
        "stage": taken.stage,
        "problem": None if taken.problem is None else problem_of(request, taken.problem),
    }


@router.get("/channels/{channel}/reports", response_model=channel_schemas.ChannelChanges)
def changes(
    held: Held,
    reading: Reading,
    channel: Channel,
    since: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> dict[str, Any]:
    """What became of the channel's reports since a cursor: each that changed, as it is now.

    Without `since` only the cursor to begin with. Keep the new cursor once the answer is processed.
    """
    return changes_since(reading, held.caller.scope, channel, since, limit=limit)


@router.get("/channels/{channel}/reports/{ref:path}", response_model=channel_schemas.ChannelState)
def state(held: Held, reading: Reading, channel: Channel, ref: Ref) -> dict[str, Any]:
    """How the report with the channel's own reference stands."""
    return state_of(reading, held.caller.scope, channel, ref)


@router.get("/unlocated-reports", response_model=channel_schemas.UnlocatedPage)
def unlocated_reports(
    held: Held,
    reading: Reading,
    sealed: Sealed,
    jurisdiction: RowId,
    after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Reports that wait for a place, in the order in which they came; who reported, under masks."""
    known.require_reach(reading, jurisdiction)
    rows = unlocated.waiting(reading, jurisdiction_id=jurisdiction, after=after, limit=limit + 1)
    more = len(rows) > limit
    items = _waiting(held, reading, sealed, rows[:limit])
    return {
        "items": items,
        "next": rows[limit - 1]["id"] if more else None,
        "count": unlocated.count(reading, jurisdiction),
    }


@router.post(
    "/unlocated-reports/{report_id}/place", response_model=channel_schemas.Settled, status_code=201
)
def place(held: Held, report_id: RowId, given: channel_schemas.PlaceReport) -> dict[str, Any]:
    """Give a report its place: it becomes a case."""
    done = place_report(
        held.engine,
        held.intake.engine,
        held.locators,
        report_id,
        **dict(given),
        scope=held.caller.scope,
        actor=held.actor,
        time_zone=held.settings.time_zone,
    )
    held.tiles.touch(done.case["lon"], done.case["lat"])
    return {"incident_id": done.incident_id, "serial": done.case["serial"]}


@router.post("/unlocated-reports/{report_id}/join", response_model=channel_schemas.Settled)
def join(held: Held, report_id: RowId, given: channel_schemas.JoinReport) -> dict[str, Any]:
    """Add a report to a case that is there already."""
    done = join_report(held.engine, report_id, given.incident_id, actor=held.actor)
    return {"incident_id": done.incident_id, "serial": done.serial}


@router.post("/unlocated-reports/{report_id}/refuse", response_model=channel_schemas.Unlocated)
def refuse(
    held: Held,
    reading: Reading,
    sealed: Sealed,
    report_id: RowId,
    given: channel_schemas.RefuseReport,
) -> dict[str, Any]:
    """Refuse a report; the channel is told the reason."""
    row = refuse_report(held.engine, report_id, given.reason, actor=held.actor)
    return _waiting(held, reading, sealed, [row])[0]


def _waiting(
    held: Held, reading: Reading, sealed: Sealed, rows: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Reports as they are shown: their senders under masks, with links to their photos."""
    found = photos.of_unlocated(reading, [row["id"] for row in rows])
    return [
        row
        | masked(row, held.caller.roles, prefix="reporter_")
        | {"photos": [sealed.shown(one) for one in found.get(row["id"], [])]}
        for row in rows
    ]
