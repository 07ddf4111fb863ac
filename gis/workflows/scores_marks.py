"""Two-way marks of sub-districts and departments, and how satisfied reporters are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine

from gis.assessment.periods import Period, former, period_of
from gis.assessment.ranking import wilson
from gis.errors import ConflictError, ForbiddenError, InputError
from gis.store import known, scores, scores_tally
from gis.store import scores_marks as store
from gis.store.engine import acting
from gis.store.scope import beyond, scope_on

# How prompt, how well done, how willing to work together.
CRITERIA = ("promptness", "quality", "cooperation")


def marks(connection: Connection, jurisdiction_id: int, *, day: date | None) -> dict[str, Any]:
    """The marks of a month as far as the caller sees them, and whom they may still mark."""
    known.require(connection, jurisdiction_id)
    zone = scores.setting(connection, jurisdiction_id).zone
    now = scores.today(connection, zone)
    period = period_of(day or now, "month")
    found = store.given(connection, jurisdiction_id, period.since)
    by_receiver: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for one in found:
        by_receiver[one["receiver_id"]].append(one)
    giver = _giver(connection)
    done = {one["receiver_id"] for one in found if giver and one["giver_id"] == giver[0]}
    waiting = [] if giver is None or period.since not in _open_months(now) else [
        one for one in _partners(connection, jurisdiction_id, giver, period)
        if one["id"] not in done
    ]  # fmt: skip
    return {
        "period": period, "criteria": list(CRITERIA), "to_mark": waiting,
        "items": [
            {
                "id": receiver, "code": all_[0]["receiver_code"], "name": all_[0]["receiver"],
                "kind": all_[0]["receiver_kind"], "givers": len(all_),
                "mark": sum(one["mark"] for one in all_) / len(all_),
                "marks": [
                    {name: one[name] for name in (
                        "id", "giver_id", "giver", "marks", "mark", "remark", "given_at")}
                    for one in all_
                ],
            }
            for receiver, all_ in by_receiver.items()
        ],
    }  # fmt: skip


def give(
    engine: Engine,
    jurisdiction_id: int,
    *,
    receiver_id: int,
    month: date,
    marks: Mapping[str, int],
    remark: str | None,
    actor: str,
) -> None:
    """Mark a partner's work in this month or the last, once: as a sub-district's leader or a
    department, where there was a case or a whistle in common.

    Raises ForbiddenError `score-mark-not-yours`, `score-mark-nothing-common`; InputError
    `score-mark-criteria`, `score-mark-month`; ConflictError `score-marked-already`.
    """
    if set(marks) != set(CRITERIA):
        raise InputError("score-mark-criteria", field="marks")
    with acting(engine, actor, action="score-mark") as connection:
        known.require(connection, jurisdiction_id)
        scores_tally.hold(connection, jurisdiction_id)
        giver = _giver(connection)
        if giver is None:
            raise ForbiddenError("score-mark-not-yours")
        now = scores.today(connection, scores.setting(connection, jurisdiction_id).zone)
        period = period_of(month, "month")
        if period.since not in _open_months(now):
            raise InputError("score-mark-month", field="month")
        partners = _partners(connection, jurisdiction_id, giver, period)
        if receiver_id not in {one["id"] for one in partners}:
            raise ForbiddenError("score-mark-nothing-common")
        mean = Decimal(sum(marks.values())) / len(marks)
        first = store.add(
            connection, jurisdiction_id, since=period.since, giver_id=giver[0],
            receiver_id=receiver_id, marks=marks, mark=mean.quantize(Decimal("0.01")),
            remark=remark,
        )  # fmt: skip
        if not first:
            raise ConflictError("score-marked-already")


def satisfaction(
    connection: Connection, jurisdiction_id: int, *, since: date, until: date
) -> dict[str, Any]:
    """How reporters judged what was closed on days from `since` to before `until`: the share of
    satisfied among those who answered, with its interval of 95 % (Wilson), and how many of the
    cases closed were answered at all. `part`: whether only what the caller sees of a jurisdiction
    is counted."""
    known.require(connection, jurisdiction_id)
    if since >= until:
        raise InputError("window-reversed", field="until")
    found = store.answers(connection, jurisdiction_id, Period(since=since, until=until))
    for one in found:
        answered = one["satisfied"] + one["fair"] + one["dissatisfied"]
        low, high = wilson(np.array([one["satisfied"]]), np.array([answered]))
        one["answered"] = answered
        one["share"] = one["satisfied"] / answered if answered else None
        one["low"] = float(low[0]) if answered else None
        one["high"] = float(high[0]) if answered else None
    scope = scope_on(connection)
    return {
        "items": [one for one in found if one["answered"] or one["closed"]],
        "part": scope is not None and not scope.whole,
    }


def _giver(connection: Connection) -> tuple[int, bool] | None:
    """In whose name the caller marks, and whether that is a department; None where they do not."""
    scope = scope_on(connection)
    if scope is None or scope.organisation_id is None:
        return None
    if scope.organisation_kind == "department" and "department" in scope.roles:
        return scope.organisation_id, True
    if scope.organisation_kind == "sub_district" and "leader" in scope.roles:
        return scope.organisation_id, False
    return None


def _partners(
    connection: Connection, jurisdiction_id: int, giver: tuple[int, bool], period: Period
) -> list[dict[str, Any]]:
    with beyond(connection):
        return store.together(
            connection, jurisdiction_id, giver[0], department=giver[1], period=period
        )


def _open_months(now: date) -> tuple[date, date]:
    """This month and the last can be marked."""
    this = period_of(now, "month")
    return this.since, former(this, "month").since
