"""Points: rules, rankings, the entries behind them, and appeals."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from api import ranking_schemas
from api import score_schemas as schemas
from api.routes.incidents import Key
from api.schemas import RowId
from api.services import Held, Reading
from gis.store import known, scores_entries, scores_rankings
from gis.store import scores as store
from gis.store.scope import reading
from gis.workflows import scores
from gis.workflows import scores_city as city
from gis.workflows import scores_entries as entering
from gis.workflows import scores_marks as marking
from gis.workflows import scores_people as people
from gis.workflows import scores_rankings as rankings

router = APIRouter(prefix="/scores", tags=["scores"])
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("", response_model=schemas.Standing)
def standing(reading: Reading, jurisdiction: RowId) -> dict[str, Any]:
    """Whether and how an office scores, and what the caller may do."""
    return scores.standing(reading, jurisdiction)


@router.post("/begin", response_model=schemas.Standing, status_code=201)
def begin(held: Held, given: schemas.Begin) -> dict[str, Any]:
    """Begin to score by an example of rules, which is to be edited."""
    scores.begin(
        held.engine, given.jurisdiction, since=given.since, actor=held.actor,
        time_zone=held.settings.time_zone,
    )  # fmt: skip
    with reading(held.engine) as connection:
        return scores.standing(connection, given.jurisdiction)


@router.put("/setting", response_model=schemas.Standing)
def change_setting(held: Held, given: schemas.SettingGiven) -> dict[str, Any]:
    """Another time for appeals, or bound of small numbers, from now on."""
    scores.change_setting(
        held.engine, given.jurisdiction, appeal_days=given.appeal_days,
        small_below=given.small_below, actor=held.actor,
    )  # fmt: skip
    with reading(held.engine) as connection:
        return scores.standing(connection, given.jurisdiction)


@router.get("/rules", response_model=schemas.Rules)
def rules(reading: Reading, jurisdiction: RowId, day: schemas.Day | None = None) -> dict[str, Any]:
    """All versions of all rules, or those that held on a day."""
    known.require(reading, jurisdiction)
    return {"items": store.rules(reading, jurisdiction, day=day)}


@router.post("/rules", response_model=schemas.Rule, status_code=201)
def record_rule(held: Held, given: schemas.RuleGiven) -> dict[str, Any]:
    """Record a rule from a day to come, or the next version of one."""
    made = scores.record_rule(
        held.engine, given.jurisdiction, given.terms(), since=given.since, until=given.until,
        former_id=given.former_id, reason=given.reason, actor=held.actor,
    )  # fmt: skip
    with reading(held.engine) as connection:
        return store.rule(connection, made)


@router.post("/rules/{score_rule_id}/end", response_model=schemas.Rule)
def end_rule(held: Held, score_rule_id: RowId, given: schemas.RuleEnd) -> dict[str, Any]:
    """Let a rule hold to before a day to come, tomorrow by default."""
    return scores.end_rule(
        held.engine, score_rule_id, until=given.until, reason=given.reason, actor=held.actor
    )


@router.get("/places", response_model=ranking_schemas.Places)
def places(reading: Reading, jurisdiction: RowId) -> dict[str, Any]:
    """The sub-districts, each of which ranks its communities."""
    known.require(reading, jurisdiction)
    return {"items": scores_rankings.places(reading, jurisdiction)}


@router.get("/ranking", response_model=ranking_schemas.Ranking)
def ranking(
    reading: Reading,
    jurisdiction: RowId,
    board: ranking_schemas.BoardName = "district",
    place: Annotated[str | None, Query(pattern="^[0-9]{9}$")] = None,
    day: schemas.Day | None = None,
) -> dict[str, Any]:
    """The ranking of the week or month that a day is in: communities of a sub-district (`street`,
    by the week), sub-districts (`district`) and departments (`centre`, both by the month)."""
    found = rankings.ranking(reading, jurisdiction, board, code=place, day=day)
    told = {**asdict(found), "items": found.rows}
    return {**told, **{name: told["board"][name] for name in ("subject", "tally")},
            "board": found.board.name}  # fmt: skip


@router.get("/people", response_model=ranking_schemas.PeopleRanking)
def people_ranking(
    held: Held,
    reading: Reading,
    jurisdiction: RowId,
    level: Annotated[int, Query(ge=1, le=3)] = 3,
    span: Literal["week", "month"] = "month",
    place: Annotated[str | None, Query(pattern="^[0-9]{6,12}$")] = None,
    day: schemas.Day | None = None,
) -> dict[str, Any]:
    """Those on posts of a level by points and closure figures in the week or month of a day: ranks
    are among all of the office or of a `place`; shown are those whom the caller leads, or is."""
    found = people.people_ranking(
        reading, held.closure, jurisdiction, span=span, level=level, place=place, day=day
    )
    return {**asdict(found), "items": found.rows}


@router.get("/districts", response_model=ranking_schemas.CityRanking)
def city_ranking(
    held: Held, reading: Reading, jurisdiction: RowId, day: schemas.Day | None = None
) -> dict[str, Any]:
    """The districts of the city that an office is of, by on-time rate for the same mix of
    categories, in the month of a day; with the last three."""
    found = city.city_ranking(reading, held.closure, jurisdiction, day=day)
    return {**asdict(found), "items": found.rows}


@router.get("/entries", response_model=schemas.Entries)
def entries(
    reading: Reading,
    jurisdiction: RowId,
    organisation: RowId | None = None,
    person: RowId | None = None,
    since: schemas.Day | None = None,
    until: schemas.Day | None = None,
    before: RowId | None = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Points with the event behind each, the newest first, as far as they are the caller's own or
    those of whom they lead."""
    known.require(reading, jurisdiction)
    organisations, people = entering.whose(reading, organisation, person)
    rows = scores_entries.listed(
        reading, jurisdiction, organisation_ids=organisations, person_ids=people, since=since,
        until=until, before=before, limit=limit + 1,
    )  # fmt: skip
    return {
        "items": entering.shown(reading, rows[:limit]),
        "next": rows[limit - 1]["id"] if len(rows) > limit else None,
    }


@router.post("/entries", response_model=schemas.Entry, status_code=201)
def enter(held: Held, given: schemas.EntryGiven, idempotency_key: Key = None) -> dict[str, Any]:
    """Enter points by hand. The same `Idempotency-Key` again enters nothing again."""
    told = {name: value for name, value in dict(given).items() if name != "jurisdiction"}
    made = entering.enter(
        held.engine, given.jurisdiction, **told, actor=held.actor, key=idempotency_key
    )
    return _entry(held, made)


@router.post("/entries/{entry_id}/appeal", response_model=schemas.Entry, status_code=201)
def appeal(held: Held, entry_id: RowId, given: schemas.AppealGiven) -> dict[str, Any]:
    """Appeal against points, as who is scored or their organisation."""
    entering.appeal(held.engine, entry_id, reason=given.reason, actor=held.actor)
    return _entry(held, entry_id)


@router.get("/appeals", response_model=schemas.Entries)
def appeals(
    reading: Reading,
    jurisdiction: RowId,
    open: bool = False,
    before: RowId | None = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Entries that were appealed, the newest appeal first."""
    known.require(reading, jurisdiction)
    rows = scores_entries.appeals(
        reading, jurisdiction, only_open=open, before=before, limit=limit + 1
    )
    return {
        "items": entering.shown(reading, rows[:limit]),
        "next": rows[limit - 1]["appeal"]["id"] if len(rows) > limit else None,
    }


@router.post("/appeals/{appeal_id}/decide", response_model=schemas.Entry)
def decide(held: Held, appeal_id: RowId, given: schemas.Decision) -> dict[str, Any]:
    """Decide an appeal; not by who appealed."""
    entry = entering.decide(
        held.engine, appeal_id, decision=given.decision, reason=given.reason,
        points=given.points, actor=held.actor,
    )  # fmt: skip
    return _entry(held, entry)


@router.get("/satisfaction", response_model=schemas.Satisfaction)
def satisfaction(
    reading: Reading, jurisdiction: RowId, since: schemas.Day, until: schemas.Day
) -> dict[str, Any]:
    """How satisfied reporters are, by sub-district and department."""
    return marking.satisfaction(reading, jurisdiction, since=since, until=until)


@router.get("/marks", response_model=schemas.Marks)
def marks(reading: Reading, jurisdiction: RowId, day: schemas.Day | None = None) -> dict[str, Any]:
    """The marks that sub-districts and departments gave each other in the month of a day."""
    return marking.marks(reading, jurisdiction, day=day)


@router.post("/marks", response_model=schemas.Marks, status_code=201)
def give_marks(held: Held, given: schemas.MarksGiven) -> dict[str, Any]:
    """Mark a partner's work in this month or the last; once."""
    marking.give(
        held.engine, given.jurisdiction, receiver_id=given.receiver_id, month=given.month,
        marks=given.marks, remark=given.remark, actor=held.actor,
    )  # fmt: skip
    with reading(held.engine) as connection:
        return marking.marks(connection, given.jurisdiction, day=given.month)


def _entry(held: Held, entry_id: int) -> dict[str, Any]:
    with reading(held.engine) as connection:
        return entering.shown(connection, [scores_entries.entry(connection, entry_id)])[0]
