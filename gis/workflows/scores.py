"""How an office scores: begun with an example, and changed by whoever is over the whole of it.

A change of a rule is a new version from a day to come. What was scored on a past day was scored by
the version of that day, whatever is changed later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from gis.assessment.example_rules import EXAMPLE
from gis.assessment.scoring import BY_HAND, KINDS, SUBJECTS, WHISTLED
from gis.errors import ConflictError, ForbiddenError, InputError
from gis.store import audit, deadlines, known, scores, scores_tally
from gis.store.engine import acting
from gis.store.scope import scope_on
from gis.store.scores import Setting

LEADER, ADMINISTRATOR = "leader", "administrator"
APPEAL_DAYS, SMALL_BELOW = 7, 30


def standing(connection: Connection, jurisdiction_id: int) -> dict[str, Any]:
    """Whether and how an office scores, how far it has been read, and what the caller may do."""
    known.require(connection, jurisdiction_id)
    setting = scores.found_setting(connection, jurisdiction_id)
    at = scores_tally.progress(connection, jurisdiction_id)
    scope = scope_on(connection)
    return {
        "begun": setting is not None,
        "setting": None if setting is None else asdict(setting),
        "today": None if setting is None else scores.today(connection, setting.zone),
        "archive": 1.0 if at is None else at.fraction,
        "tallied_at": None if at is None else at.tallied_at,
        "over_all": over_all(connection),
        "enters_below": enters_below(connection),
        "scored": scope is not None and not (scope.whole or scope.everything),
    }


def begin(
    engine: Engine, jurisdiction_id: int, *, since: date | None, actor: str, time_zone: str
) -> None:
    """Let an office score, by the example's rules from a day on (the office's today by default);
    histories since that day are read by the worker.

    Raises ConflictError `scores-begun`, NotFoundError, ForbiddenError `scores-need-whole`.
    """
    with acting(engine, actor, action="scores-begin") as connection:
        require_over_all(connection, jurisdiction_id)
        begin_in(connection, jurisdiction_id, since=since, time_zone=time_zone)
        audit.record(connection, "scores-begin", f"organisation {jurisdiction_id}")


def begin_in(
    connection: Connection, jurisdiction_id: int, *, since: date | None, time_zone: str
) -> None:
    """The same in a running transaction."""
    scores_tally.hold(connection, jurisdiction_id)
    if scores.found_setting(connection, jurisdiction_id) is not None:
        raise ConflictError("scores-begun")
    calendar = deadlines.calendar_in_force(connection, jurisdiction_id)
    zone = time_zone if calendar is None else calendar[1].zone
    given = Setting(zone=zone, appeal_days=APPEAL_DAYS, small_below=SMALL_BELOW)
    scores.add_setting(connection, jurisdiction_id, given)
    first = since or scores.today(connection, zone)
    for rule in EXAMPLE:
        terms = {name: _plain(value) for name, value in asdict(rule).items()}
        scores.add_rule(
            connection, jurisdiction_id, terms, since=first, until=None, former_id=None, reason=None
        )
    scores_tally.begin(connection, jurisdiction_id)


def change_setting(
    engine: Engine, jurisdiction_id: int, *, appeal_days: int, small_below: int, actor: str
) -> None:
    """Another time for appeals, or bound of small numbers, from now on. Raises as `begin`, and
    ConflictError `scores-not-begun`."""
    with acting(engine, actor, action="scores") as connection:
        require_over_all(connection, jurisdiction_id)
        old = scores.setting(connection, jurisdiction_id)
        given = Setting(zone=old.zone, appeal_days=appeal_days, small_below=small_below)
        scores.add_setting(connection, jurisdiction_id, given)
        audit.record(connection, "scores-setting", f"organisation {jurisdiction_id}", asdict(given))


def record_rule(
    engine: Engine,
    jurisdiction_id: int,
    given: Mapping[str, Any],
    *,
    since: date | None,
    until: date | None,
    former_id: int | None,
    reason: str,
    actor: str,
) -> int:
    """Record a rule from a day to come (tomorrow by default), or the next version of `former_id`,
    which then holds to the day before; gives its id.

    Raises InputError `score-rule-past`, `score-rule-reversed`, `score-kind-unknown`,
    `score-subjects`, `category-unknown`; NotFoundError `score-rule-not-found`; ConflictError
    `score-rule-later`, `score-rule-twice`, `scores-not-begun`; ForbiddenError `scores-need-whole`.
    """
    with acting(engine, actor, action="score-rule", reason=reason) as connection:
        require_over_all(connection, jurisdiction_id)
        _check(connection, given)
        setting = scores.setting(connection, jurisdiction_id)
        scores_tally.hold(connection, jurisdiction_id)
        first = _coming(connection, setting, since)
        if until is not None and until <= first:
            raise InputError("score-rule-reversed", field="until")
        if former_id is not None:
            former = scores.rule(connection, former_id, hold=True)
            if former["jurisdiction_id"] != jurisdiction_id or former["kind"] != given["kind"]:
                raise InputError("score-kind-fixed", field="kind")
            _end(connection, former, first, reason)
        same = scores.same_rule(connection, jurisdiction_id, given, since=first, until=until)
        if same is not None:
            raise ConflictError("score-rule-twice", id=same)
        try:
            made = scores.add_rule(
                connection, jurisdiction_id, given, since=first, until=until, former_id=former_id,
                reason=reason,
            )  # fmt: skip
        except IntegrityError as error:
            raise ConflictError("score-rule-later", id=former_id or 0) from error
        audit.record(connection, "score-rule", f"score-rule {made}", {"former": former_id})
        return made


def end_rule(
    engine: Engine, rule_id: int, *, until: date | None, reason: str, actor: str
) -> dict[str, Any]:
    """Let a version of a rule end before a day to come (tomorrow by default). Raises as
    `record_rule`, and ConflictError `score-rule-ended`."""
    with acting(engine, actor, action="score-rule-end", reason=reason) as connection:
        rule = scores.rule(connection, rule_id, hold=False)
        require_over_all(connection, rule["jurisdiction_id"])
        scores_tally.hold(connection, rule["jurisdiction_id"])
        setting = scores.setting(connection, rule["jurisdiction_id"])
        _end(connection, rule, _coming(connection, setting, until), reason)
        audit.record(connection, "score-rule-end", f"score-rule {rule_id}", {"reason": reason})
        return scores.rule(connection, rule_id)


def require_over_all(connection: Connection, jurisdiction_id: int) -> None:
    """Let pass leaders and administrators of the whole jurisdiction. Raises NotFoundError
    `jurisdiction-not-found`, ForbiddenError `scores-need-whole`."""
    known.require(connection, jurisdiction_id)
    if not over_all(connection):
        raise ForbiddenError("scores-need-whole")


def over_all(connection: Connection) -> bool:
    """Whether the caller leads or administers whole jurisdictions."""
    scope = scope_on(connection)
    if scope is None:
        return True
    return bool(scope.roles & {LEADER, ADMINISTRATOR}) and (scope.whole or scope.everything)


def enters_below(connection: Connection) -> str | None:
    """The code of the sub-district whose leader the caller is, and so enters points by hand for its
    communities and for those who work there."""
    scope = scope_on(connection)
    if scope is None or scope.organisation_kind != "sub_district" or LEADER not in scope.roles:
        return None
    return scope.prefix


def _end(connection: Connection, rule: Mapping[str, Any], until: date, reason: str) -> None:
    if rule["withdrawn"] or (rule["until"] is not None and rule["until"] <= until):
        raise ConflictError("score-rule-ended", id=rule["id"])
    scores.end_rule(connection, rule["id"], max(until, rule["since"]), reason)


def _coming(connection: Connection, setting: Setting, given: date | None) -> date:
    """A day after the office's today: what happened until then has been, or will be, scored."""
    tomorrow = scores.today(connection, setting.zone) + timedelta(days=1)
    if given is not None and given < tomorrow:
        raise InputError("score-rule-past", field="since", first=tomorrow.isoformat())
    return given or tomorrow


def _check(connection: Connection, given: Mapping[str, Any]) -> None:
    kind, subjects = given["kind"], set(given["subjects"])
    if kind not in KINDS:
        raise InputError("score-kind-unknown", kind=kind, field="kind")
    allowed = {"department"} if kind in WHISTLED else set(SUBJECTS)
    if not subjects or not subjects <= allowed:
        raise InputError("score-subjects", field="subjects")
    for code in given["categories"]:
        known.require_category(connection, code)
    if kind in BY_HAND and (given["categories"] or given["severities"] or given["sources"]):
        raise InputError("score-hand-conditions", field="categories")


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
