"""Reports of other systems (12345, 110): many at a time, each once by the sender's own reference.

A report with coordinates becomes a case like any other. One without is kept until somebody at the
desk places it: it is never lost, and its place is never guessed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine

from gis.errors import ConflictError, InputError, NotFoundError, WanggeError
from gis.incidents.reporter import clean_phone
from gis.store import channel_states, photos, reports, unlocated
from gis.store.engine import acting
from gis.store.scope import Scope, beyond
from gis.store.unlocated import NewUnlocated
from gis.workflows.incident_report import CLOCK_SLACK, IncidentReport
from gis.workflows.intake import Reported, Sent, report_incidents
from gis.workflows.locators import Locators

CHANNELS = ("hotline_12345", "hotline_110")
HIDDEN = "source-ref-elsewhere"
LOOKED_AT = 20_000  # steps of all sources, for one answer on changes


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelReport:
    """A report as another system sends it; `source_ref` is its own number, and names it for ever.

    Without `lon` and `lat` (in `crs`, or in the system of the source) it waits for a place.
    `photo_ids` are photos that its sender sent before; when it comes again with its place, it keeps
    those that it first came with.
    """

    source_ref: str
    title: str
    category: str | None = None
    severity: int | None = None
    description: str | None = None
    lon: float | None = None
    lat: float | None = None
    crs: str | None = None
    address: str | None = None
    reported_at: datetime | None = None
    reporter_name: str | None = None
    reporter_phone: str | None = None
    photo_ids: tuple[int, ...] | None = None

    def fingerprint(self) -> bytes:
        """The same for the same report."""
        given = {name: value for name, value in asdict(self).items() if value is not None}
        return hashlib.sha256(json.dumps(given, sort_keys=True, default=str).encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one report: `created`, `known`, `waiting` (for a place) or `refused`."""

    source_ref: str
    outcome: str
    serial: str | None = None
    stage: str | None = None
    problem: Exception | None = None


def take_in(
    engine: Engine,
    locators: Locators,
    sent: Sequence[ChannelReport],
    *,
    scope: Scope,
    source: str,
    actor: str,
    time_zone: str,
    key: str | None = None,
) -> list[Taken]:
    """Take in reports of a channel: one outcome for each, in their order; a refused one stands in
    nobody's way.

    A reference that is known gives what it became. One that waits for a place and comes again with
    coordinates is placed. Under an idempotency key each reference stands for one content. Committed
    when this returns. `engine` sees all; `scope` says where the sender may report and whose numbers
    its references are. Raises InputError `channel-without-organisation`.
    """
    series = series_for(scope)
    with engine.connect() as connection:
        states = channel_states.states(connection, source, series, [one.source_ref for one in sent])
    outcomes: dict[int, Taken] = {}
    located: list[int] = []
    for place, one in enumerate(sent):
        state = states.get(one.source_ref)
        if _is_known(state) and (key is None or not _is_own(state)):
            outcomes[place] = _known(one, state)
        elif one.lon is not None and one.lat is not None and one.category is not None:
            located.append(place)
        else:
            outcomes[place] = _kept(engine, one, state, source, scope, actor)
    done = report_incidents(
        engine,
        locators,
        [
            Sent(
                report=_incident(sent[place], states.get(sent[place].source_ref), source),
                scope=scope,
                key=key and f"{key}/{sent[place].source_ref}",
            )
            for place in located
        ],
        actor=actor,
        time_zone=time_zone,
    )
    for place, outcome in zip(located, done, strict=True):
        one, state = sent[place], states.get(sent[place].source_ref)
        if isinstance(outcome, ConflictError) and outcome.code == HIDDEN and _is_known(state):
            # Its case has moved out of the sender's sight, who hears how it stands all the same.
            outcomes[place] = _known(one, state)
            continue
        if isinstance(outcome, Exception):
            outcomes[place] = Taken(source_ref=one.source_ref, outcome="refused", problem=outcome)
            continue
        _settle(engine, state, outcome, actor)
        outcomes[place] = Taken(
            source_ref=one.source_ref,
            outcome="created" if outcome.created else "known",
            serial=outcome.case["serial"],
            stage=outcome.case["stage"],
        )
    return [outcomes[place] for place in range(len(sent))]


def _incident(one: ChannelReport, state: Any, source: str) -> IncidentReport:
    waited = state is not None and state["unlocated_id"] is not None
    return IncidentReport(source=source, **asdict(replace(one, photo_ids=None) if waited else one))


def _is_known(state: Any) -> bool:
    """Whether it is known what became of a report; one that waits may yet come with its place."""
    return state is not None and bool(state["incident_id"] or state["refused_reason"])


def _is_own(state: Any) -> bool:
    """Whether the report is the first of its case, whose idempotency key intake remembers."""
    return state["incident_id"] is not None and state["supplement_id"] is None


def _known(one: ChannelReport, state: Any) -> Taken:
    refused = state["refused_reason"] is not None
    return Taken(
        source_ref=one.source_ref,
        outcome="refused" if refused else "known",
        serial=state["serial"],
        stage=state["stage"],
        problem=InputError("channel-refused", reason=state["refused_reason"]) if refused else None,
    )


def _kept(
    engine: Engine,
    one: ChannelReport,
    state: Any,
    source: str,
    scope: Scope,
    actor: str,
) -> Taken:
    """Keep a report without a place, unless it is known."""
    if _is_known(state):
        return _known(one, state)
    try:
        if (one.lon is None) != (one.lat is None):
            raise InputError("channel-half-a-place", field="lat" if one.lat is None else "lon")
        if one.lon is not None:
            raise InputError("channel-category-needed", field="category")
        now = datetime.now(UTC)
        if one.reported_at is not None and one.reported_at > now + CLOCK_SLACK:
            raise InputError("reported-in-future", at=one.reported_at.isoformat())
        with acting(engine, actor) as connection:
            known = reports.severities(connection, [one.category] if one.category else [])
            if one.category is not None and one.category not in known:
                raise InputError("category-unknown", category=one.category, field="category")
            made = unlocated.insert(
                connection,
                NewUnlocated(
                    jurisdiction_id=unlocated.jurisdiction_of(connection, scope.organisation_id),
                    source=source,
                    source_ref=one.source_ref,
                    series=series_for(scope),
                    category=one.category,
                    severity=one.severity,
                    title=one.title,
                    description=one.description,
                    address=one.address,
                    reporter_name=one.reporter_name,
                    reporter_phone=clean_phone(one.reporter_phone) if one.reporter_phone else None,
                    reported_at=one.reported_at or now,
                    fingerprint=one.fingerprint(),
                ),
            )
            if made is not None and one.photo_ids:
                photos.attach_to_unlocated(
                    connection, made, one.photo_ids, actor=actor, scope=scope
                )
        if made is None and state is None:
            # The same number, a moment ago.
            with engine.connect() as connection:
                refs = [one.source_ref]
                state = channel_states.states(connection, source, series_for(scope), refs)[refs[0]]
            if _is_known(state):
                return _known(one, state)
    except WanggeError as fault:
        return Taken(source_ref=one.source_ref, outcome="refused", problem=fault)
    return Taken(source_ref=one.source_ref, outcome="waiting")


def _settle(engine: Engine, state: Any, done: Reported, actor: str) -> None:
    """A report that waited has come again with its place."""
    if state is None or state["unlocated_id"] is None or state["incident_id"] is not None:
        return
    with acting(engine, actor) as connection:
        unlocated.settle(connection, [state["unlocated_id"]], incident_id=done.incident_id)
        photos.hand_on(connection, state["unlocated_id"], done.incident_id, None)


def series_for(scope: Scope) -> str:
    """Whose numbers a sender's references are. Raises InputError `channel-without-organisation`."""
    if scope.series is None:
        raise InputError("channel-without-organisation")
    return scope.series


def state_of(connection: Connection, scope: Scope, source: str, ref: str) -> dict[str, Any]:
    """What became of a channel's report. Raises NotFoundError `channel-report-not-found`."""
    with beyond(connection):
        found = channel_states.states(connection, source, scope.series, [ref]).get(ref)
    if found is None:
        raise NotFoundError("channel-report-not-found", ref=ref)
    return shown(found)


def shown(found: Any) -> dict[str, Any]:
    """A state as the channel is told it: nothing of people, nothing of inner numbers."""
    if found["incident_id"] is None:
        state = "waiting" if found["refused_reason"] is None else "refused"
    else:
        state = "open" if found["is_open"] else "closed"
    return {
        "source_ref": found["source_ref"],
        "state": state,
        "joined": found["supplement_id"] is not None,
        "result": found["refused_reason"] or found["result"],
        **{name: found[name] for name in ("serial", "stage", "reported_at", "due_at", "closed_at")},
    }


def changes_since(
    connection: Connection, scope: Scope, source: str, cursor: str | None, *, limit: int
) -> dict[str, Any]:
    """What became of a channel's reports since a cursor: each changed one once, as it is now.

    `cursor` of the answer is for the next question, `more` says that there is more at once. Without
    a cursor nothing is told but where to begin. No change is left out, however many write at once.
    Raises InputError `cursor-invalid`.
    """
    with beyond(connection):
        return _changes_since(connection, scope.series, source, cursor, limit)


def _changes_since(
    connection: Connection, series: str | None, source: str, cursor: str | None, limit: int
) -> dict[str, Any]:
    if cursor is None:
        return {
            "items": [],
            "cursor": _write_cursor(*channel_states.newest_step(connection)),
            "more": False,
        }
    after = _read_cursor(cursor)
    steps = channel_states.changes(connection, source, series, after, window=LOOKED_AT)
    # Each report at the last of its steps: the earlier ones lie before the cursor by then.
    last = {step["source_ref"]: place for place, step in enumerate(steps)}
    refs: list[str] = []
    used = 0
    for place, step in enumerate(steps):
        ref = step["source_ref"]
        told = ref is not None and last[ref] == place
        if told and len(refs) == limit:
            break
        used += 1
        after = (step["transaction_id"], step["id"])
        if told:
            refs.append(ref)
    found = channel_states.states(connection, source, series, refs)
    return {
        "items": [shown(found[ref]) for ref in refs if ref in found],
        "cursor": _write_cursor(*after),
        "more": used < len(steps) or len(steps) >= LOOKED_AT,
    }


def _write_cursor(transaction: int, event: int) -> str:
    return base64.urlsafe_b64encode(f"{transaction}|{event}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[int, int]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        transaction, event = base64.urlsafe_b64decode(padded).decode("ascii").split("|")
        found = int(transaction), int(event)
    except (ValueError, binascii.Error) as error:
        raise InputError("cursor-invalid", field="since") from error
    if not all(0 <= number < 2**63 for number in found):
        raise InputError("cursor-invalid", field="since")
    return found
