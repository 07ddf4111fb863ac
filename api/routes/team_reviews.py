"""The year-end three-by-three review of work teams: kept, published, read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request, Response, UploadFile

from api import team_review_schemas as schemas
from api.errors import language_of
from api.routes.incidents import Key
from api.schemas import RowId, Text
from api.score_schemas import Day, Reason
from api.services import CallerServices, Held, Reading
from gis.errors import TooLargeError
from gis.files.team_review_sheet import workbook
from gis.incidents.plain_text import clean_line
from gis.store import known
from gis.store import team_records as records
from gis.store import team_reviews as store
from gis.store.scope import reading
from gis.workflows import team_records, team_results, team_reviews

router = APIRouter(tags=["team reviews"])
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Edition = Annotated[int | None, Query(ge=1, le=30_000)]


@router.get("/team-reviews", response_model=schemas.Overview)
def overview(held: Held, reading: Reading, jurisdiction: RowId) -> dict[str, Any]:
    """The years under review, of whoever keeps them, and what was published to the caller."""
    return team_reviews.overview(reading, jurisdiction, time_zone=held.settings.time_zone)


@router.post("/team-reviews", response_model=schemas.Kept, status_code=201)
def open_review(held: Held, given: schemas.Open, idempotency_key: Key = None) -> dict[str, Any]:
    """Open the review of a year. The same `Idempotency-Key` again opens nothing again."""
    made = team_reviews.open_review(
        held.engine, given.jurisdiction, given.year, take_over=given.take_over, actor=held.actor,
        time_zone=held.settings.time_zone, key=idempotency_key,
    )  # fmt: skip
    return _kept(held, made)


@router.get("/team-reviews/rules", response_model=schemas.Rules)
def rules(reading: Reading, jurisdiction: RowId) -> dict[str, Any]:
    """The rules of all years, each with its reason; the newest of a year holds."""
    known.require(reading, jurisdiction)
    return {"items": [_rule(row) for row in store.rules(reading, jurisdiction)]}


@router.post("/team-reviews/rules", response_model=schemas.Rules, status_code=201)
def record_rule(
    held: Held, given: schemas.RuleGiven, idempotency_key: Key = None
) -> dict[str, Any]:
    """Let weights, points and quorum hold from the review of a year on. 409 `team-rule-voted` for
    a year of which votes have come in."""
    team_reviews.record_rule(
        held.engine, given.jurisdiction, given.rule(), from_year=given.from_year,
        reason=given.reason, actor=held.actor, key=idempotency_key,
    )  # fmt: skip
    with reading(held.engine) as connection:
        return {"items": [_rule(row) for row in store.rules(connection, given.jurisdiction)]}


@router.get("/team-reviews/{team_review_id}", response_model=schemas.Kept)
def kept(reading: Reading, team_review_id: RowId) -> dict[str, Any]:
    """A review with its teams, what each lacks, and what the votes come to by now."""
    return team_results.kept_review(reading, team_review_id)


@router.get("/team-reviews/{team_review_id}/history", response_model=schemas.History)
def history(
    reading: Reading,
    team_review_id: RowId,
    before: RowId | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Who changed what in a review, and why; the newest first."""
    store.review(reading, team_review_id)
    rows = store.history(reading, team_review_id, before=before, limit=limit + 1)
    more = rows[limit - 1]["id"] if len(rows) > limit else None
    return {"items": rows[:limit], "next": more}


@router.post("/team-reviews/{team_review_id}/teams", response_model=schemas.Kept, status_code=201)
def add_team(
    held: Held, team_review_id: RowId, given: schemas.TeamGiven, idempotency_key: Key = None
) -> dict[str, Any]:
    """Add a team. The same `Idempotency-Key` again adds nothing again."""
    team_reviews.add_team(
        held.engine, team_review_id, given.told(), reason=given.reason, actor=held.actor,
        key=idempotency_key,
    )  # fmt: skip
    return _kept(held, team_review_id)


@router.post(
    "/team-reviews/{team_review_id}/publication", response_model=schemas.Publication,
    status_code=201,
)  # fmt: skip
def publish(
    held: Held, team_review_id: RowId, given: schemas.Publish, idempotency_key: Key = None
) -> dict[str, Any]:
    """Publish the result as it was looked at, to all sub-districts, the teams and the sending
    units. 409 `team-review-incomplete` with what each team lacks in `data`."""
    edition = team_reviews.publish(
        held.engine, team_review_id, version=given.version, reason=given.reason,
        actor=held.actor, time_zone=held.settings.time_zone, key=idempotency_key,
    )  # fmt: skip
    with reading(held.engine) as connection:
        return store.published(connection, team_review_id, edition)


@router.get("/team-reviews/{team_review_id}/publication", response_model=schemas.Publication)
def publication(reading: Reading, team_review_id: RowId, edition: Edition = None) -> dict[str, Any]:
    """A result as it was published, by default the last edition."""
    return store.published(reading, team_review_id, edition)


@router.get("/team-reviews/{team_review_id}/publication/file", response_class=Response)
def file(
    request: Request, reading: Reading, team_review_id: RowId, edition: Edition = None
) -> Response:
    """A published result as a workbook that prints on A4, in the reader's language."""
    found = store.published(reading, team_review_id, edition)
    language = language_of(request)
    name = f"wangge-teams-{found['result']['code']}-{found['year']}-{found['edition']}.xlsx"
    return Response(
        workbook(found, language), media_type=EXCEL,
        headers={"Content-Disposition": f'attachment; filename="{name}"',
                 "Cache-Control": "private"},
    )  # fmt: skip


@router.put("/work-teams/{work_team_id}", response_model=schemas.Kept)
def change_team(held: Held, work_team_id: RowId, given: schemas.TeamChanged) -> dict[str, Any]:
    """Write what a team is. 409 `team-changed` if it is no longer at this version."""
    team_reviews.change_team(
        held.engine, work_team_id, given.told(), version=given.version, reason=given.reason,
        actor=held.actor,
    )  # fmt: skip
    return _kept_of(held, work_team_id)


@router.post("/work-teams/{work_team_id}/left-out", response_model=schemas.Kept)
def leave_out(held: Held, work_team_id: RowId, given: schemas.LeftOut) -> dict[str, Any]:
    """Leave a team out of its review, or take it back in, with a reason."""
    team_reviews.leave_out(
        held.engine, work_team_id, left_out=given.left_out, version=given.version,
        reason=given.reason, actor=held.actor,
    )  # fmt: skip
    return _kept_of(held, work_team_id)


@router.post("/work-teams/{work_team_id}/reports", response_model=schemas.Kept, status_code=201)
def report(
    held: Held,
    work_team_id: RowId,
    side: Annotated[schemas.Told, Form()],
    version: Annotated[int, Form(ge=1, le=2**31 - 1)],
    given_on: Annotated[Day, Form()],
    body: Annotated[Text | None, Form(max_length=20_000)] = None,
    reason: Annotated[Reason | None, Form()] = None,
    file: UploadFile | None = None,
    idempotency_key: Key = None,
) -> dict[str, Any]:
    """Note that a team has reported to one of three, by a text, a file of up to 10 MB, or both.
    A second one puts the first right, with its reason."""
    team_records.report(
        held.engine, work_team_id, side, given_on=given_on, body=body or None, file=_sent(file),
        version=version, reason=reason, actor=held.actor, time_zone=held.settings.time_zone,
        key=idempotency_key,
    )  # fmt: skip
    return _kept_of(held, work_team_id)


@router.post("/work-teams/{work_team_id}/reports/{side}/withdraw", response_model=schemas.Kept)
def withdraw_report(
    held: Held, work_team_id: RowId, side: schemas.Told, given: schemas.Withdrawn
) -> dict[str, Any]:
    """Take back that a team has reported to one of three."""
    team_records.report(
        held.engine, work_team_id, side, given_on=None, body=None, file=None,
        version=given.version, reason=given.reason, actor=held.actor,
        time_zone=held.settings.time_zone, key=None,
    )  # fmt: skip
    return _kept_of(held, work_team_id)


@router.get("/work-teams/{work_team_id}/reports/{team_report_id}/file", response_class=Response)
def report_file(reading: Reading, work_team_id: RowId, team_report_id: RowId) -> Response:
    """The file of a report, to be saved."""
    store.team(reading, work_team_id)
    name, media_type, content = records.report_file(reading, work_team_id, team_report_id)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "Cache-Control": "private", "X-Content-Type-Options": "nosniff",
    }  # fmt: skip
    return Response(content, media_type=media_type, headers=headers)


@router.post("/work-teams/{work_team_id}/ballots", response_model=schemas.Kept, status_code=201)
def ballots(
    held: Held, work_team_id: RowId, given: schemas.BallotsGiven, idempotency_key: Key = None
) -> dict[str, Any]:
    """Note the votes of one, two or three sides. A second count puts the first right, with its
    reason."""
    team_records.ballots(
        held.engine, work_team_id,
        {side: counts.model_dump() for side, counts in given.sides.items()},
        held_on=given.held_on, called_by=given.called_by, version=given.version,
        reason=given.reason, actor=held.actor, time_zone=held.settings.time_zone,
        key=idempotency_key,
    )  # fmt: skip
    return _kept_of(held, work_team_id)


@router.post("/work-teams/{work_team_id}/ballots/{side}/withdraw", response_model=schemas.Kept)
def withdraw_ballot(
    held: Held, work_team_id: RowId, side: schemas.Judge, given: schemas.Withdrawn
) -> dict[str, Any]:
    """Take back the votes of a side."""
    team_records.ballots(
        held.engine, work_team_id, {side: {}}, held_on=None, called_by=None,
        version=given.version, reason=given.reason, actor=held.actor,
        time_zone=held.settings.time_zone, key=None,
    )  # fmt: skip
    return _kept_of(held, work_team_id)


def _rule(row: dict[str, Any]) -> dict[str, Any]:
    told = {name: row[name] for name in ("id", "reason", "recorded_at", "recorded_by")}
    return {**team_results.rule_told(row), **told}


def _sent(file: UploadFile | None) -> tuple[str, bytes] | None:
    """What was sent along; a form without a file has one without a name."""
    if file is None or not file.filename:
        return None
    content = file.file.read(team_records.MOST_BYTES + 1)
    if len(content) > team_records.MOST_BYTES:
        raise TooLargeError("team-report-too-large", limit=team_records.MOST_BYTES // 1_000_000)
    name = clean_line(Path(file.filename.replace("\0", "")).name)[-200:] or "report"
    return name, content


def _kept(held: CallerServices, review_id: int) -> dict[str, Any]:
    with reading(held.engine) as connection:
        return team_results.kept_review(connection, review_id)


def _kept_of(held: CallerServices, team_id: int) -> dict[str, Any]:
    with reading(held.engine) as connection:
        review_id = store.team(connection, team_id)["review_id"]
        return team_results.kept_review(connection, review_id)
