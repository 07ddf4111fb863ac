"""What the review of a year comes to: its teams with their reports, votes and ranks, and to whom
the result goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, text

from gis.assessment.three_by_three import REPORTS, SIDES, Judged, Outcome, outcomes
from gis.incidents.notices import KINDS
from gis.store import team_records
from gis.store import team_reviews as store
from gis.store.names import pop_names
from gis.store.scope import beyond

HEARING = ("sub_districts", "senders")
SHOWN = ("id", "name", "sender", "sub_district", "communities", "leader", "members")
COUNTED = (
    "side", "held_on", "called_by", "invited", "present", "void", "excellent", "good", "fair",
    "poor",
)  # fmt: skip
RECIPIENTS = """
SELECT o.id, o.code, o.name_zh, o.name_en, o.kind = 'sub_district' AS is_place,
       EXISTS (SELECT FROM account AS a JOIN account_role AS r ON r.account_id = a.id
               WHERE a.organisation_id = o.id AND a.disabled_at IS NULL
                 AND r.role = ANY (:roles)) AS reached
FROM organisation AS o
WHERE o.kind = 'sub_district' AND starts_with(o.code, :office)
      AND coalesce(o.closed_at > now(), true)
   OR o.id = ANY (:senders)
ORDER BY o.code
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whole:
    """A review with all that counts in it; `outcomes` of the teams that are not left out."""

    found: Mapping[str, Any]
    rule: dict[str, Any] | None
    teams: list[dict[str, Any]]
    reports: Mapping[int, list[dict[str, Any]]]
    ballots: Mapping[int, list[dict[str, Any]]]
    outcomes: list[Outcome]


def kept_review(connection: Connection, review_id: int) -> dict[str, Any]:
    """A review as whoever keeps it sees it: every team with its records, what it lacks, and what
    the votes come to by now; those left out come last. Raises NotFoundError
    `team-review-not-found`."""
    whole = _whole(connection, store.review(connection, review_id))
    by_team = {one.team_id: one for one in whole.outcomes}
    order = {one.team_id: place for place, one in enumerate(whole.outcomes)}
    shown = [
        {
            **_told(team, by_team.get(team["id"])),
            "reports": whole.reports[team["id"]], "ballots": whole.ballots[team["id"]],
            "version": team["version"], "left_out_reason": team["left_out_reason"],
            "sender_id": team["sender_id"], "sender_name": team["sender_name"],
        }
        for team in sorted(whole.teams, key=lambda one: order.get(one["id"], len(order)))
    ]  # fmt: skip
    names = ("id", "year", "version", "edition", "name", "synthetic", "opened_at", "opened_by")
    return {
        **{name: whole.found[name] for name in names},
        "rule": whole.rule, "teams": shown,
        "complete": bool(by_team) and not any(one.missing for one in whole.outcomes),
    }  # fmt: skip


def result_of(connection: Connection, found: Mapping[str, Any]) -> dict[str, Any]:
    """The result of a review as plain JSON, ready to be kept: nothing in it is looked up later."""
    whole = _whole(connection, found)
    by_id = {team["id"]: team for team in whole.teams}
    return {
        "year": found["year"], "code": found["code"], "name": found["name"],
        "synthetic": found["synthetic"], "rule": whole.rule,
        "teams": [
            {
                **_told(by_id[one.team_id], one),
                "reports": [
                    {"side": each["side"], "given_on": each["given_on"]}
                    for each in whole.reports[one.team_id]
                ],
                "ballots": [
                    {name: each[name] for name in COUNTED} for each in whole.ballots[one.team_id]
                ],
            }
            for one in whole.outcomes
        ],
        "left_out": [
            {"name": team["name"], "sender": team["sender"]["name"],
             "reason": team["left_out_reason"]}
            for team in whole.teams if team["left_out_at"] is not None
        ],
        "recipients": _recipients(connection, whole),
    }  # fmt: skip


def _whole(connection: Connection, found: Mapping[str, Any]) -> _Whole:
    row = store.rule_of(connection, found["jurisdiction_id"], found["year"])
    teams = store.teams(connection, found["id"])
    ids = [team["id"] for team in teams]
    written, cast = team_records.reports(connection, ids), team_records.ballots(connection, ids)
    reports = {team: _live(written[team], REPORTS) for team in ids}
    ballots = {team: _live(cast[team], SIDES) for team in ids}
    judged = [
        Judged(
            team_id=team["id"], name=team["name"],
            reports=frozenset(one["side"] for one in reports[team["id"]]),
            ballots={one["side"]: team_records.as_ballot(one) for one in ballots[team["id"]]},
        )
        for team in teams if team["left_out_at"] is None
    ]  # fmt: skip
    return _Whole(
        found=found, rule=None if row is None else rule_told(row), teams=teams, reports=reports,
        ballots=ballots, outcomes=[] if row is None else outcomes(judged, store.as_rule(row)),
    )  # fmt: skip


def rule_told(row: Mapping[str, Any]) -> dict[str, Any]:
    """A rule as it is shown and kept."""
    rule = store.as_rule(row)
    told: dict[str, Any] = _plain(asdict(rule))
    return {"from_year": row["from_year"], "example": row["example"], **told}


def _live(found: Mapping[str, dict[str, Any]], order: tuple[str, ...]) -> list[dict[str, Any]]:
    """The records that count, in their order."""
    return [found[side] for side in order if side in found and not found[side]["withdrawn"]]


def _told(team: Mapping[str, Any], outcome: Outcome | None) -> dict[str, Any]:
    plain = outcome or Outcome(team_id=team["id"], name=team["name"], missing=(), sides=())
    told = _plain(asdict(plain))
    del told["team_id"]
    return {**told, **{name: team[name] for name in SHOWN}}


def _plain(value: Any) -> Any:
    """Plain values: numbers for decimals and fractions, lists for tuples."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return float(value) if isinstance(value, Decimal | Fraction) else value


def _recipients(connection: Connection, whole: _Whole) -> dict[str, Any]:
    """The three to whom a result goes (三方通报): all sub-districts, the teams, the sending units.
    `reached`: an account of theirs is told in the system; the others get the printed result."""
    live = [team for team in whole.teams if team["left_out_at"] is None]
    values = {
        "office": whole.found["code"],
        "senders": sorted({team["sender_id"] for team in live} - {None}),
        "roles": list(KINDS["team_review_published"].roles),
    }
    told: dict[str, Any] = {side: [] for side in HEARING}
    with beyond(connection):
        rows = [dict(row) for row in connection.execute(text(RECIPIENTS), values).mappings()]
    for row in rows:
        name = pop_names(row)
        told["sub_districts" if row.pop("is_place") else "senders"].append({**row, "name": name})
    told["senders"] += [
        {"id": None, "code": None, "name": {"zh": name, "en": name}, "reached": False}
        for name in sorted({team["sender_name"] for team in live} - {None})
    ]
    told["teams"] = [team["name"] for team in live]
    return told
