"""Reports become incidents: owned, answered for and numbered in one transaction, or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError

from gis.errors import ConflictError, InputError, WanggeError
from gis.store import intake, patrols, photos, reports, serials, sources
from gis.store.cases import cases
from gis.store.engine import acting
from gis.store.hands import settings_of
from gis.store.reports import UsedKey
from gis.store.scope import Scope, caller_of, visible
from gis.workflows import near
from gis.workflows.clocks import office_of
from gis.workflows.emergencies import EMERGENCY, raise_emergencies
from gis.workflows.first_clocks import FirstClocks, first_clocks
from gis.workflows.incident_report import FreshReport, IncidentReport, checked, row, sent_on
from gis.workflows.locators import Locators
from gis.workflows.ownership import (
    owners_under,
    plans_of_points,
)
from gis.workflows.ruling import Matter
from gis.workflows.step_notices import tell_of_new

ANSWER_S = 20  # at most for reading what was written, or later answers would wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A report as it was sent, with the idempotency key of its sender if there was one.

    scope: what the sender may see and do; None: everything. series: the code of the city or
    district whose number the reference is, where it is not the sender's.
    """

    report: IncidentReport
    scope: Scope | None = None
    key: str | None = None
    series: str | None = None

    @property
    def numbers_of(self) -> str | None:
        """Whose number the reference is; None: nobody said."""
        return self.series or (self.scope.series if self.scope is not None else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The incident that a report became; `created` is False when it had come in before."""

    incident_id: int
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported(Written):
    """The same with the whole case."""

    case: dict[str, Any]


Outcome = Reported | Exception


def report_incident(
    engine: Engine,
    locators: Locators,
    report: IncidentReport,
    *,
    actor: str,
    time_zone: str,
    scope: Scope | None = None,
    series: str | None = None,
) -> Reported:
    """Register one report, as `report_incidents` does; raises what stood against it."""
    sent = Sent(report=report, scope=scope, series=series)
    (outcome,) = report_incidents(engine, locators, [sent], actor=actor, time_zone=time_zone)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def report_incidents(
    engine: Engine, locators: Locators, sent: Sequence[Sent], *, actor: str, time_zone: str
) -> list[Outcome]:
    """Register reports with their grids, the persons who answer, and serial numbers.

    As `write_reports`, and then the cases are read.
    """
    return with_cases(
        engine, locators, write_reports(engine, locators, sent, actor=actor, time_zone=time_zone)
    )


def write_reports(
    engine: Engine, locators: Locators, sent: Sequence[Sent], *, actor: str, time_zone: str
) -> list[Written | Exception]:
    """Register reports with their grids, the persons who answer, and serial numbers.

    All in one transaction, committed before this returns: what one report costs in statements and
    in waiting for the disk, many cost once. Each has its own outcome; one that is refused leaves
    no trace and stands in nobody's way. A report under a `source_ref` that is among its sender's
    numbers gives the first incident; so does one under an idempotency key that its sender has used
    for the same report, and for another one it is refused. Outcomes are InputError
    (`idempotency-key-reused` among them), NotFoundError (no plan), ConflictError, or the database's
    error.
    """
    first, repeats = _apart(sent)
    outcomes: list[Written | Exception] = [ConflictError("incident-conflict")] * len(sent)
    for places in (first, repeats):  # a repeat is answered once the first has been written
        together = [sent[place] for place in places]
        for place, outcome in zip(
            places, _written(engine, locators, together, actor, time_zone), strict=True
        ):
            outcomes[place] = outcome
    return outcomes


def with_cases(
    engine: Engine, locators: Locators, outcomes: Sequence[Written | Exception]
) -> list[Outcome]:
    """The same outcomes with whole cases, and the grids that those are near to. Where they cannot
    be read, that is the outcome: the report is safe, and one with a key or a reference is known
    again when it is sent again."""
    ids = sorted({one.incident_id for one in outcomes if isinstance(one, Written)})
    if not ids:
        return [one for one in outcomes if isinstance(one, Exception)]
    try:
        with engine.connect() as connection:
            connection.execute(text(f"SET LOCAL statement_timeout = '{ANSWER_S}s'"))
            whole = cases(connection, ids)
            near.tell(connection, locators, whole, only_near=True)
    except Exception as fault:  # whatever it is, it is not the fault of those that were refused
        return [fault if isinstance(one, Written) else one for one in outcomes]
    return [
        Reported(incident_id=one.incident_id, created=one.created, case=whole[one.incident_id])
        if isinstance(one, Written)
        else one
        for one in outcomes
    ]


def _apart(sent: Sequence[Sent]) -> tuple[list[int], list[int]]:
    """The places of reports that differ in key and reference, and of those that repeat one."""
    seen: set[tuple[str, ...]] = set()
    first: list[int] = []
    repeats: list[int] = []
    for place, one in enumerate(sent):
        marks = {("key", one.key)} if one.key is not None else set()
        if one.report.source_ref is not None:
            marks.add((one.report.source, one.report.source_ref))
        (repeats if marks & seen else first).append(place)
        seen |= marks
    return first, repeats


def _written(
    engine: Engine, locators: Locators, sent: Sequence[Sent], actor: str, time_zone: str
) -> list[Written | Exception]:
    """The outcomes of one transaction; or of one for each, if together they cannot be written."""
    if not sent:
        return []
    fault: Exception | None = None
    for _ in range(2):
        try:
            with acting(engine, actor, action="report") as connection:
                return _write(connection, locators, sent, actor, ZoneInfo(time_zone))
        except OperationalError as away:
            return [away] * len(sent)
        except IntegrityError as conflict:
            # Another process was first with one of these keys or references: look again.
            fault = ConflictError("incident-conflict")
            fault.__cause__ = conflict
        except (WanggeError, DatabaseError) as refused:
            fault = refused
            break
    if len(sent) == 1 and fault is not None:
        return [fault]
    return [
        outcome for one in sent for outcome in _written(engine, locators, [one], actor, time_zone)
    ]


def _write(
    connection: Connection, locators: Locators, sent: Sequence[Sent], actor: str, zone: ZoneInfo
) -> list[Written | Exception]:
    now = datetime.now(UTC)
    caller = caller_of(sent[0].scope, actor)
    used = reports.used_keys(connection, caller, [one.key for one in sent if one.key is not None])
    known = reports.known(
        connection,
        [
            (one.report.source, one.report.source_ref)
            for one in sent
            if one.report.source_ref is not None
        ],
    )
    severities = reports.severities(connection, [one.report.category for one in sent])
    silent = any(one.report.crs is None for one in sent)
    named = sources.systems(connection) if silent else {}
    former: dict[int, int] = {}
    refused: dict[int, WanggeError] = {}
    fresh: list[FreshReport] = []
    for place, one in enumerate(sent):
        try:
            before = _former(one, used, known)
            if before is None:
                fresh.append(checked(place, one.report, severities, named, now, zone))
            else:
                former[place] = before
        except WanggeError as fault:
            refused[place] = fault
    _refuse_hidden(connection, sent, used, former, refused)
    scopes = {one.place: sent[one.place].scope for one in fresh}
    series = {one.place: sent[one.place].numbers_of for one in fresh}
    made = _insert(connection, locators, fresh, actor, now, scopes, series)
    for new in fresh:
        if new.place not in made:
            refused[new.place] = InputError("place-outside-scope", field="lon")
    fresh = [new for new in fresh if new.place in made]
    for new in fresh:
        if new.report.photo_ids:
            photos.attach(
                connection, made[new.place], new.report.photo_ids, stage="collected", actor=actor,
                scope=sent[new.place].scope,
            )  # fmt: skip
    patrols.add_finds(connection, list(_finds(sent, fresh, made)))
    intake.write_steps(
        connection, actor, [step for one in fresh for step in sent_on(made[one.place], one, now)]
    )
    raise_emergencies(connection, [made[one.place] for one in fresh if one.severity == EMERGENCY])
    tell_of_new(connection, sorted(made.values()))
    ids = former | made
    reports.use_keys(
        connection,
        caller,
        {
            key: UsedKey(fingerprint=sent[place].report.fingerprint(), incident_id=incident_id)
            for place, incident_id in ids.items()
            if (key := sent[place].key) is not None and key not in used
        },
    )
    return [
        refused.get(place) or Written(incident_id=ids[place], created=place in made)
        for place in range(len(sent))
    ]


def _finds(
    sent: Sequence[Sent], fresh: Sequence[FreshReport], made: Mapping[int, int]
) -> Iterator[dict[str, Any]]:
    """Whose finds new cases are: what somebody reports as found on patrol, by an account."""
    for new in fresh:
        scope = sent[new.place].scope
        if scope is not None and new.report.source == "patrol":
            yield {
                "incident_id": made[new.place], "account_id": scope.account_id,
                "person_id": scope.person_id, "patrol_key": new.report.patrol_key,
            }  # fmt: skip


def _former(
    one: Sent,
    used: Mapping[str, UsedKey],
    known: Mapping[tuple[str, str], Sequence[tuple[str, int]]],
) -> int | None:
    """The incident that an earlier report under the same key or reference became."""
    if one.key is not None and one.key in used:
        if used[one.key].fingerprint != one.report.fingerprint():
            raise InputError("idempotency-key-reused", key=one.key)
        return used[one.key].incident_id
    if one.report.source_ref is None:
        return None
    # Whoever is over the whole installation has no numbers of its own, and may mean any.
    series = one.numbers_of
    for ref_of, incident_id in known.get((one.report.source, one.report.source_ref), ()):
        if series is None or series == ref_of:
            return incident_id
    return None


def _refuse_hidden(
    connection: Connection,
    sent: Sequence[Sent],
    used: Mapping[str, UsedKey],
    former: dict[int, int],
    refused: dict[int, WanggeError],
) -> None:
    """Whoever names the reference of a case that is not theirs to see learns nothing of it. What
    they sent themselves under a key they get again."""
    for place, incident_id in list(former.items()):
        one = sent[place]
        if one.scope is None or (one.key is not None and one.key in used):
            continue
        if not visible(connection, one.scope, [incident_id]):
            del former[place]
            refused[place] = ConflictError("source-ref-elsewhere", field="source_ref")


def _insert(
    connection: Connection,
    locators: Locators,
    fresh: list[FreshReport],
    actor: str,
    now: datetime,
    scopes: Mapping[int, Scope | None],
    series: Mapping[int, str | None],
) -> dict[int, int]:
    """Store new incidents and their clocks under the plans in force; gives their ids by place.

    None of a place in whose jurisdiction its sender may not act.
    """
    if not fresh:
        return {}
    lon, lat = np.array([one.lon for one in fresh]), np.array([one.lat for one in fresh])
    # Nothing of a plan is remembered but what cannot change: its locator, by its id. Which plans
    # are in force is asked and held in this transaction, so none is replaced before it commits;
    # categories, posts and queues are asked for here too, because nothing would tell of a change.
    plans = plans_of_points(connection, locators, lon, lat, lock=True)
    allowed = [
        index
        for index, plan in enumerate(plans)
        if (scope := scopes[fresh[index].place]) is None or scope.acts_in(plan.jurisdiction_id)
    ]
    order = sorted(allowed, key=lambda index: plans[index].jurisdiction_id)
    rows: list[dict[str, Any]] = []
    place_of: dict[str, int] = {}
    started: list[tuple[FirstClocks, list[str]]] = []
    # In the order of jurisdictions and days, or two processes could wait for each other's counters.
    for _, group in groupby(order, key=lambda index: plans[index].jurisdiction_id):
        chosen = list(group)
        moments = np.array([fresh[index].at for index in chosen], dtype=object)
        plan = plans[chosen[0]]
        matter = Matter(
            category=[fresh[index].report.category for index in chosen],
            severity=[fresh[index].severity for index in chosen],
            source=[fresh[index].report.source for index in chosen],
        )
        owners = owners_under(connection, locators, plan, lon[chosen], lat[chosen], moments, matter)
        _place_in_stage(connection, plan.jurisdiction_id, fresh, chosen)
        days = Counter(fresh[index].day for index in chosen)
        numbers = serials.take(connection, plan.jurisdiction_id, days)
        first = first_clocks(
            office_of(connection, plan.jurisdiction_id),
            categories=[fresh[index].report.category for index in chosen],
            severities=[fresh[index].severity for index in chosen],
            stages=[fresh[index].stage for index in chosen],
            reported_at=[fresh[index].at for index in chosen],
            since=[max(fresh[index].at, now) for index in chosen],
            actor=actor,
        )
        numbered: list[str] = []
        for index, owner, due_at in zip(chosen, owners.owners, first.due_at, strict=True):
            one = fresh[index]
            serial = serials.serial(plan.jurisdiction_code, one.day, next(numbers[one.day]))
            place_of[serial] = one.place
            numbered.append(serial)
            rows.append(row(one, plan, owner, serial, series[one.place]) | {"due_at": due_at})
        started.append((first, numbered))
    ids = reports.insert(connection, rows)
    for first, numbered in started:
        first.write(connection, {place: ids[serial] for place, serial in enumerate(numbered)})
    return {place_of[serial]: incident_id for serial, incident_id in ids.items()}


def _place_in_stage(
    connection: Connection, jurisdiction_id: int, fresh: list[FreshReport], chosen: Sequence[int]
) -> None:
    """Keep back the reports that are to be checked on site before they are registered."""
    setting = settings_of(connection, [jurisdiction_id])[jurisdiction_id]
    for index in chosen:
        if fresh[index].report.source in setting.checked_sources:
            fresh[index] = replace(fresh[index], stage="collected")
