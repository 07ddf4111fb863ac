"""Points entered by hand, and appeals: asked by who is scored, decided by somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, text

from gis.assessment.scoring import BY_HAND
from gis.errors import ConflictError, ForbiddenError, InputError
from gis.store import audit, known, scores, scores_tally
from gis.store import scores_entries as store
from gis.store.engine import acting
from gis.store.scope import Scope, caller_of, scope_on
from gis.workflows.scores import enters_below, over_all, require_over_all

SPEAKING = frozenset({"leader", "dispatcher"})
ORGANISATION = """
SELECT o.kind, o.code, above.code AS above FROM organisation AS o
LEFT JOIN organisation AS above ON above.id = o.parent_id WHERE o.id = :id
"""
PERSON = """
SELECT coalesce((SELECT max(g.code) FROM post JOIN grid AS g ON g.id = post.grid_id
                 WHERE post.person_id = p.id AND post.held @> now() AND length(g.code) = 15),
                CASE WHEN o.kind IN ('community', 'sub_district') THEN o.code END, '') AS code
FROM person AS p LEFT JOIN organisation AS o ON o.id = p.organisation_id WHERE p.id = :id
"""


def shown(connection: Connection, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Entries, each with what the caller may do about it: appeal, or decide on the appeal."""
    for one in entries:
        one["may_appeal"] = one["appeal"] is None and _against(connection, one) is None
        one["may_decide"] = _undecided(one) and _deciding(connection, one) is None
    return entries


def whose(
    connection: Connection, organisation_id: int | None, person_id: int | None
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The organisations and people whose entries are asked for. Who sees only their own is asked
    by them, so that an index finds what row security would look for among all."""
    if organisation_id is not None or person_id is not None:
        return (
            () if organisation_id is None else (organisation_id,),
            () if person_id is None else (person_id,),
        )
    scope = scope_on(connection)
    if scope is None:
        return (), ()
    return scope.departments, () if scope.person is None else (scope.person,)


def enter(
    engine: Engine,
    jurisdiction_id: int,
    *,
    rule_id: int,
    organisation_id: int | None,
    person_id: int | None,
    day: date,
    points: Decimal | None,
    reason: str,
    document: str,
    incident_id: int | None,
    actor: str,
    key: str | None,
) -> int:
    """Enter points by hand, by a rule of a kind that is entered by hand; gives the entry's id.

    points: as the rule says by default; only the kind `by_hand` takes others, of those who are over
    the whole. The leader of a sub-district enters for its communities and for others who work
    there. The same key again enters nothing again. Raises InputError `score-hand-rule`,
    `score-hand-points`, `score-hand-points-fixed`, `score-hand-subject`, `score-hand-day`,
    `idempotency-key-reused`, `organisation-unknown`; NotFoundError; ForbiddenError
    `scores-need-whole`, `score-hand-below`.
    """
    with acting(engine, actor, action="score-enter", reason=reason) as connection:
        whole = over_all(connection)
        if whole or not enters_below(connection):
            require_over_all(connection, jurisdiction_id)
        known.require(connection, jurisdiction_id)
        scores_tally.hold(connection, jurisdiction_id)
        rule = scores.rule(connection, rule_id)
        subject, code = _subject(connection, jurisdiction_id, organisation_id, person_id)
        if not whole:
            _check_below(connection, subject, code, person_id)
        zone = scores.setting(connection, jurisdiction_id).zone
        _check_rule(rule, jurisdiction_id, subject, day)
        if day > scores.today(connection, zone):
            raise InputError("score-hand-day", field="day")
        given = rule["points"] if points is None else points
        if given != rule["points"]:
            if rule["kind"] != "by_hand":
                raise InputError("score-hand-points", field="points")
            if not whole:
                raise InputError("score-hand-points-fixed", field="points")
        if incident_id is not None:
            known.require_incident(connection, incident_id)
        said = {
            "kind": rule["kind"], "day": day, "reason": reason, "document": document,
            "incident_id": incident_id, "rule_id": rule_id, "subject": subject,
            "organisation_id": organisation_id, "person_id": person_id, "points": given,
        }  # fmt: skip
        scope = scope_on(connection)
        caller = caller_of(scope, actor)
        before = None if key is None else store.by_key(connection, caller, key)
        if before is not None:
            if before[1] != said:
                raise InputError("idempotency-key-reused", key=key, field="Idempotency-Key")
            return before[0]
        values = {
            **said, "jurisdiction": jurisdiction_id, "rule": rule_id, "zone": zone,
            "incident": incident_id, "organisation": organisation_id, "person": person_id,
            "department": organisation_id if subject == "department" else None, "code": code,
            "caller": None if key is None else caller, "key": key,
            "account": None if scope is None else scope.account_id,
        }  # fmt: skip
        made = store.enter(connection, values)
        audit.record(connection, "score-enter", f"score-entry {made}", {"document": document})
        return made


def appeal(engine: Engine, entry_id: int, *, reason: str, actor: str) -> None:
    """Appeal against an entry, as who is scored or their organisation, within the office's time.

    Raises NotFoundError `score-entry-not-found`; ForbiddenError `score-appeal-not-yours`;
    ConflictError `score-appeal-late`, `score-appealed-already`, `score-entry-undone`.
    """
    with acting(engine, actor, action="score-appeal", reason=reason) as connection:
        entry = store.entry(connection, entry_id)
        scores_tally.hold(connection, entry["jurisdiction_id"])
        entry = store.entry(connection, entry_id)
        if entry["appeal"] is not None:
            raise ConflictError("score-appealed-already", id=entry_id)
        fault = _against(connection, entry)
        if fault is not None:
            kind = ForbiddenError if fault == "score-appeal-not-yours" else ConflictError
            raise kind(fault, id=entry_id)
        scope = scope_on(connection)
        account = None if scope is None else scope.account_id
        made = store.appeal(connection, entry, reason=reason, account_id=account)
        if not made:
            raise ConflictError("score-appealed-already", id=entry_id)
        audit.record(connection, "score-appeal", f"score-entry {entry_id}", {"appeal": made})


def decide(
    engine: Engine,
    appeal_id: int,
    *,
    decision: str,
    reason: str,
    points: Decimal | None,
    actor: str,
) -> int:
    """Decide an appeal: `upheld` takes the points back, `changed` makes them `points`, `rejected`
    leaves them; gives the id of the entry. What changes is written as a correcting entry.

    Not by who appealed, nor by who entered the points by hand. Raises NotFoundError
    `score-appeal-not-found`; ForbiddenError `scores-need-whole`, `score-appeal-own`,
    `score-appeal-own-entry`; ConflictError `score-appeal-decided`; InputError
    `score-appeal-points`.
    """
    if (points is not None) != (decision == "changed"):
        raise InputError("score-appeal-points", field="points")
    with acting(engine, actor, action="score-decide", reason=reason) as connection:
        found = store.held_appeal(connection, appeal_id)
        require_over_all(connection, found["jurisdiction_id"])
        scores_tally.hold(connection, found["jurisdiction_id"])
        entry = store.entry(connection, found["entry_id"])
        if found["decided_at"] is not None:
            raise ConflictError("score-appeal-decided", id=appeal_id)
        fault = _deciding(connection, entry, appeal=found, actor=actor)
        if fault is not None:
            raise ForbiddenError(fault, id=appeal_id)
        scope = scope_on(connection)
        store.decide(
            connection, appeal_id, decision=decision, reason=reason, points=points,
            account_id=None if scope is None else scope.account_id,
        )  # fmt: skip
        # Undone meanwhile, nothing is left to be given back.
        wanted = {"upheld": Decimal(0), "changed": points}.get(decision)
        if wanted is not None and wanted != entry["standing"] and not _undone(entry):
            store.correct(connection, entry["id"], appeal_id, wanted - entry["standing"])
        audit.record(connection, "score-decide", f"score-appeal {appeal_id}", {"how": decision})
        return int(entry["id"])


def _against(connection: Connection, entry: Mapping[str, Any]) -> str | None:
    """What stands against the caller's appealing an entry."""
    if not _speaks_for(scope_on(connection), entry):
        return "score-appeal-not-yours"
    if entry["by_appeal"] or entry["standing"] == 0:
        return "score-entry-undone"
    setting = scores.found_setting(connection, entry["jurisdiction_id"])
    days = timedelta(days=0 if setting is None else setting.appeal_days)
    if datetime.now(UTC) > entry["recorded_at"] + days:
        return "score-appeal-late"
    return None


def _speaks_for(scope: Scope | None, entry: Mapping[str, Any]) -> bool:
    """Whether somebody is scored by an entry, or speaks for the organisation that is, or for the
    place where the person works. Who is over the whole decides instead."""
    if scope is None or scope.whole or scope.everything:
        return False
    if entry["subject"] == "person" and scope.person_id == entry["person_id"]:
        return True
    if entry["subject"] == "department":
        return entry["organisation_id"] in scope.departments
    speaks = scope.desk and bool(scope.roles & SPEAKING) and scope.prefix
    return bool(speaks) and entry["code"].startswith(scope.prefix or "-")


def _deciding(
    connection: Connection,
    entry: Mapping[str, Any],
    *,
    appeal: Mapping[str, Any] | None = None,
    actor: str | None = None,
) -> str | None:
    """What stands against the caller's deciding on the appeal of an entry."""
    if not over_all(connection):
        return "scores-need-whole"
    scope = scope_on(connection)
    account = None if scope is None else scope.account_id
    who = actor or (None if scope is None else scope.actor)
    asked_by = (appeal or entry["appeal"])["asked_by"]
    if who is not None and who == asked_by:
        return "score-appeal-own"
    if appeal is not None and account is not None and account == appeal["asked_account_id"]:
        return "score-appeal-own"
    if entry["entered_by"] is not None and (
        entry["entered_by"] == who
        or (account is not None and account == entry["entered_account_id"])
    ):
        return "score-appeal-own-entry"
    return None


def _undecided(entry: Mapping[str, Any]) -> bool:
    return entry["appeal"] is not None and entry["appeal"]["decided_at"] is None


def _undone(entry: Mapping[str, Any]) -> bool:
    return bool(entry["standing"] == 0 and entry["points"] != 0)


def _check_below(connection: Connection, subject: str, code: str, person_id: int | None) -> None:
    """Refuse what a sub-district's leader enters for the sub-district itself, for a department, for
    themselves, or for who belongs elsewhere. Raises ForbiddenError `score-hand-below`."""
    scope = scope_on(connection)
    own = enters_below(connection) or "-"
    themselves = scope is not None and scope.person_id is not None and scope.person_id == person_id
    inside = code.startswith(own) and subject in ("community", "person")
    if not inside or themselves:
        raise ForbiddenError(
            "score-hand-below", field="person_id" if person_id is not None else "organisation_id"
        )


def _check_rule(rule: Mapping[str, Any], jurisdiction_id: int, subject: str, day: date) -> None:
    held = not rule["withdrawn"] and rule["since"] <= day
    held = held and (rule["until"] is None or day < rule["until"])
    if rule["jurisdiction_id"] != jurisdiction_id or rule["kind"] not in BY_HAND or not held:
        raise InputError("score-hand-rule", field="rule_id")
    if subject not in rule["subjects"]:
        raise InputError("score-hand-subject", field="organisation_id")


def _subject(
    connection: Connection, jurisdiction_id: int, organisation_id: int | None, person_id: int | None
) -> tuple[str, str]:
    """Who is scored, and the code of the place that sees it. Raises InputError."""
    office = known.require_reach(connection, jurisdiction_id)
    if (organisation_id is None) == (person_id is None):
        raise InputError("score-hand-subject", field="organisation_id")
    if person_id is not None:
        known.person(connection, person_id)
        code = connection.execute(text(PERSON), {"id": person_id}).scalar_one()
        if code and not code.startswith(office):
            raise InputError("score-hand-subject", field="person_id")
        return "person", code
    row = connection.execute(text(ORGANISATION), {"id": organisation_id}).one_or_none()
    if row is None:
        raise InputError("organisation-unknown", id=organisation_id, field="organisation_id")
    place = row.above if row.kind == "department" else row.code
    if row.kind in ("city", "district") or not (place or "").startswith(office):
        raise InputError("score-hand-subject", field="organisation_id")
    return row.kind, "" if row.kind == "department" else row.code
