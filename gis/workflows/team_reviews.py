"""The year-end review of work teams: opened for a year, its teams kept, its result published.

Whoever is over the whole jurisdiction keeps it; everybody in it reads what was published, as it was
published. Each change names the version that it was made on, so that nobody writes over another.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, text

from gis.assessment.three_by_three import EXAMPLE, ReviewRule, rule_fault
from gis.errors import ConflictError, InputError, NotFoundError
from gis.incidents.notices import Notice
from gis.store import audit, deadlines, known, request_keys, scores
from gis.store import team_reviews as store
from gis.store.engine import acting
from gis.store.scope import beyond
from gis.workflows.notices import tell_all
from gis.workflows.scores import over_all, require_over_all
from gis.workflows.team_results import HEARING, result_of

FIRST_YEAR = 2000


def overview(connection: Connection, jurisdiction_id: int, *, time_zone: str) -> dict[str, Any]:
    """The years that the caller keeps, and what was published to them; newest first."""
    known.require(connection, jurisdiction_id)
    keeps = over_all(connection)
    found = {one["year"]: one for one in store.listed(connection, jurisdiction_id)}
    editions: dict[int, list[dict[str, Any]]] = {}
    for one in store.editions(connection, jurisdiction_id):
        editions.setdefault(one["year"], []).append(one)
    years = sorted({*found, *editions}, reverse=True)
    return {
        "keeps": keeps,
        "today": today(connection, jurisdiction_id, time_zone),
        "items": [
            {
                "id": found[year]["id"] if year in found else editions[year][0]["review_id"],
                "year": year,
                "teams": found[year]["teams"] if year in found else None,
                "editions": editions.get(year, []),
            }
            for year in years
        ],
    }


def today(connection: Connection, jurisdiction_id: int, time_zone: str) -> date:
    """The office's day."""
    return scores.today(connection, zone_of(connection, jurisdiction_id, time_zone))


def zone_of(connection: Connection, jurisdiction_id: int, time_zone: str) -> str:
    """The zone that an office scores in, else that of its calendar."""
    setting = scores.found_setting(connection, jurisdiction_id)
    calendar = deadlines.calendar_in_force(connection, jurisdiction_id)
    return setting.zone if setting else calendar[1].zone if calendar else time_zone


def open_review(
    engine: Engine,
    jurisdiction_id: int,
    year: int,
    *,
    take_over: bool,
    actor: str,
    time_zone: str,
    key: str | None,
) -> int:
    """Open the review of a year, with the teams of the one before if that is wanted; gives its id.

    Where no rule holds for it, the example does, which says that it is one. The same key again
    opens nothing again. Raises InputError `team-review-year`; ConflictError `team-review-open`;
    NotFoundError; ForbiddenError `scores-need-whole`.
    """
    with acting(engine, actor, action="team-review") as connection:
        require_over_all(connection, jurisdiction_id)
        return request_keys.once(
            connection, actor, key, "team-review", [jurisdiction_id, year, take_over],
            lambda: _open(connection, jurisdiction_id, year, take_over, time_zone),
        )  # fmt: skip


def _open(
    connection: Connection, jurisdiction_id: int, year: int, take_over: bool, time_zone: str
) -> int:
    now = today(connection, jurisdiction_id, time_zone)
    if not FIRST_YEAR <= year <= now.year:
        raise InputError(
            "team-review-year", first=str(FIRST_YEAR), last=str(now.year), field="year"
        )
    made = store.add_review(connection, jurisdiction_id, year)
    if made is None:
        raise ConflictError("team-review-open", year=str(year))
    if store.rule_of(connection, jurisdiction_id, year) is None:
        store.add_rule(
            connection, jurisdiction_id, EXAMPLE, from_year=year, reason=None, example=True
        )
    if take_over:
        store.take_over(connection, made)
    audit.record(connection, "team-review-open", f"team-review {made}", {"year": year},
                 organisation_id=jurisdiction_id)  # fmt: skip
    return made


def record_rule(
    engine: Engine,
    jurisdiction_id: int,
    rule: ReviewRule,
    *,
    from_year: int,
    reason: str,
    actor: str,
    key: str | None,
) -> int:
    """Let weights, points and quorum hold for the reviews from a year on; gives the rule's id.

    Not for a year of which votes have come in: those are counted by the rule that they were cast
    under. Raises InputError `team-rule-…`; ConflictError `team-rule-voted`; as `open_review`.
    """
    fault = rule_fault(rule)
    if fault is not None:
        raise InputError(fault, field=_field_of(fault))
    with acting(engine, actor, action="team-review-rule", reason=reason) as connection:
        require_over_all(connection, jurisdiction_id)

        def make() -> int:
            _hold_all(connection, jurisdiction_id)
            voted = store.voted_year(connection, jurisdiction_id, from_year)
            if voted is not None:
                raise ConflictError("team-rule-voted", year=str(voted), field="from_year")
            made = store.add_rule(
                connection, jurisdiction_id, rule, from_year=from_year, reason=reason
            )
            audit.record(connection, "team-review-rule", f"team-review-rule {made}",
                         {"from_year": from_year}, organisation_id=jurisdiction_id)  # fmt: skip
            return made

        said = [jurisdiction_id, from_year, repr(rule), reason]
        return request_keys.once(connection, actor, key, "team-review-rule", said, make)


def add_team(
    engine: Engine,
    review_id: int,
    given: Mapping[str, Any],
    *,
    reason: str | None,
    actor: str,
    key: str | None,
) -> int:
    """Add a team to a review; gives its id. With a reason, where a result was published already.

    The same key again adds nothing again. Raises NotFoundError `team-review-not-found`;
    ConflictError `team-name-taken`; InputError `team-sender`, `team-sub-district`,
    `team-communities`, `team-reason-needed`.
    """
    with acting(engine, actor, action="team-add", reason=reason) as connection:
        found = _held_review(connection, review_id)

        def make() -> int:
            if found["edition"] and not reason:
                raise InputError("team-reason-needed", field="reason")
            _check_team(connection, found, given, None)
            return store.add_team(connection, review_id, given)

        return request_keys.once(
            connection, actor, key, "work-team", [review_id, dict(given), reason], make
        )


def change_team(
    engine: Engine,
    team_id: int,
    given: Mapping[str, Any],
    *,
    version: int,
    reason: str,
    actor: str,
) -> None:
    """Write what a team is. Raises as `add_team`, NotFoundError `work-team-not-found` and
    ConflictError `team-changed`, `team-left-out`."""
    with acting(engine, actor, action="team-change", reason=reason) as connection:
        team, found = held_team(connection, team_id, version)
        _check_team(connection, found, given, team_id)
        if any(team[name] != value for name, value in given.items()):
            store.change_team(connection, team_id, given)


def leave_out(
    engine: Engine, team_id: int, *, left_out: bool, version: int, reason: str, actor: str
) -> None:
    """Leave a team out of its review, or take it back in. Raises as `change_team`."""
    with acting(engine, actor, action="team-leave-out", reason=reason) as connection:
        team, _ = held_team(connection, team_id, version, in_it=False)
        if (team["left_out_at"] is not None) != left_out:
            store.leave_out(connection, team_id, reason if left_out else None)


def publish(
    engine: Engine,
    review_id: int,
    *,
    version: int,
    reason: str | None,
    actor: str,
    time_zone: str,
    key: str | None,
) -> int:
    """Publish the result as it stands at a version; gives the edition. What was published before
    stays, and another edition says why.

    All sub-districts, the sending units and, through both, the teams are told. Raises NotFoundError
    `team-review-not-found`; ConflictError `team-review-changed`, `team-review-empty`,
    `team-review-incomplete` (with what each team lacks), `team-review-same`; InputError
    `team-reason-needed`.
    """
    with acting(engine, actor, action="team-publish", reason=reason) as connection:
        found = _held_review(connection, review_id)

        def make() -> int:
            return _publish(connection, found, version, reason, time_zone)

        return request_keys.once(
            connection, actor, key, "team-publication", [review_id, version, reason], make
        )


def _publish(
    connection: Connection,
    found: Mapping[str, Any],
    version: int,
    reason: str | None,
    time_zone: str,
) -> int:
    if found["version"] != version:
        raise ConflictError("team-review-changed", year=str(found["year"]))
    if found["edition"]:
        if not reason:
            raise InputError("team-reason-needed", field="reason")
        if store.history(connection, found["id"], before=None, limit=1)[0]["action"] == "publish":
            raise ConflictError("team-review-same", edition=found["edition"])
    result = result_of(connection, found)
    result["zone"] = zone_of(connection, found["jurisdiction_id"], time_zone)
    if not result["teams"]:
        raise ConflictError("team-review-empty", year=str(found["year"]))
    lacking = [one for one in result["teams"] if one["missing"]]
    if lacking:
        raise ConflictError(
            "team-review-incomplete", team=lacking[0]["name"],
            missing=lacking[0]["missing"][0].replace("_", "-"),
            others=sum(len(one["missing"]) for one in lacking) - 1,
            data={"teams": [{"id": one["id"], "missing": one["missing"]} for one in lacking]},
        )  # fmt: skip
    edition = store.publish(connection, found, result, reason)
    told = result["recipients"]
    tell_all(
        connection,
        [
            Notice(
                kind="team_review_published",
                organisations=[
                    one["id"] for side in HEARING for one in told[side] if one["id"] is not None
                ],
                params={"review": found["id"], "year": str(found["year"]), "edition": edition,
                        "reason": reason or "none"},
            )
        ],
    )  # fmt: skip
    audit.record(connection, "team-review-publish", f"team-review {found['id']}",
                 {"year": found["year"], "edition": edition},
                 organisation_id=found["jurisdiction_id"])  # fmt: skip
    return edition


def held_team(
    connection: Connection, team_id: int, version: int | None, *, in_it: bool = True
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A team and its review, kept from others until the transaction ends, if it is still at the
    version that the caller saw. Raises as `change_team`."""
    seen = store.team(connection, team_id)
    found = _held_review(connection, seen["review_id"])
    team = store.team(connection, team_id)
    if version is not None and team["version"] != version:
        raise ConflictError("team-changed", team=team["name"])
    if in_it and team["left_out_at"] is not None:
        raise ConflictError("team-left-out", team=team["name"])
    return team, found


def _held_review(connection: Connection, review_id: int) -> dict[str, Any]:
    found = store.review(connection, review_id, hold=True)
    try:
        require_over_all(connection, found["jurisdiction_id"])
    except NotFoundError as error:
        raise NotFoundError("team-review-not-found", id=review_id) from error
    return found


def _hold_all(connection: Connection, jurisdiction_id: int) -> None:
    """Keep votes from coming in, to any review of an office, until the transaction ends."""
    query = "SELECT FROM team_review WHERE jurisdiction_id = :id ORDER BY id FOR UPDATE"
    connection.execute(text(query), {"id": jurisdiction_id})


def _check_team(
    connection: Connection, review: Mapping[str, Any], given: Mapping[str, Any], team_id: int | None
) -> None:
    if store.named(connection, review["id"], given["name"], team_id):
        raise ConflictError("team-name-taken", name=given["name"], field="name")
    office = review["code"]
    places = _places(connection, [given["sub_district_id"], *given["community_ids"]])
    sub_district = places.get(given["sub_district_id"])
    if (
        sub_district is None
        or sub_district[0] != "sub_district"
        or not sub_district[1].startswith(office)
    ):
        raise InputError("team-sub-district", field="sub_district_id")
    for one in given["community_ids"]:
        kind, code = places.get(one, ("", ""))
        if kind != "community" or not code.startswith(sub_district[1]):
            raise InputError("team-communities", field="community_ids")
    sender = given["sender_id"]
    if (sender is None) == (given["sender_name"] is None) or (
        sender is not None and not _sends(connection, sender, office)
    ):
        raise InputError("team-sender", field="sender_id")


def _places(connection: Connection, ids: list[int]) -> dict[int, tuple[str, str]]:
    query = "SELECT id, kind, code FROM organisation WHERE id = ANY (:ids)"
    rows = connection.execute(text(query), {"ids": ids})
    return {row.id: (row.kind, row.code) for row in rows}


def _sends(connection: Connection, organisation_id: int, office: str) -> bool:
    """Whether it is a department of the office, of what is below it, or of what it belongs to."""
    query = """SELECT above.code FROM organisation AS o JOIN organisation AS above
      ON above.id = o.parent_id WHERE o.id = :id AND o.kind = 'department'"""
    with beyond(connection):
        code = connection.scalar(text(query), {"id": organisation_id})
    return code is not None and (code.startswith(office) or office.startswith(code))


def _field_of(fault: str) -> str:
    return fault.removeprefix("team-rule-")
