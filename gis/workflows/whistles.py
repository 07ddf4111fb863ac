"""Whistles: departments called to report in, what they answer, and how it ends."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from gis.errors import ConflictError, InputError, NotFoundError
from gis.incidents.lifecycle import Doer
from gis.incidents.whistles import (
    Department,
    WhistleStep,
    allowed,
    allowed_of_call,
    check,
    check_call,
    may_call,
    standing,
)
from gis.store import hands, known, seats, whistles
from gis.store.engine import acting
from gis.store.scope import caller_of, scope_on
from gis.store.unlocated import jurisdiction_of
from gis.store.whistles import NewWhistle
from gis.workflows.case_state import placed
from gis.workflows.locators import Locators
from gis.workflows.points import describe
from gis.workflows.whistle_notices import tell_absent, tell_arrived, tell_called

MOST_OF_A_CASE = 200
# Held, so that the same department is not called twice at the same moment.
CASE = """
SELECT jurisdiction_id, grid_code, is_open, address, ST_X(location) AS lon, ST_Y(location) AS lat
FROM incident WHERE id = :id FOR NO KEY UPDATE
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedWhistle:
    """A whistle as it is asked for: about a case, or a place (`lon`, `lat` in `crs`).

    `organisation_id`: the sub-district in whose name, where it is not that of whoever calls or of
    the place. `until` without an offset is the office's time; else `minutes` from now.
    """

    departments: tuple[int, ...]
    purpose: str
    place: str | None = None
    incident_id: int | None = None
    lon: float | None = None
    lat: float | None = None
    crs: str = "EPSG:4326"
    organisation_id: int | None = None
    until: datetime | None = None
    minutes: int | None = None

    def fingerprint(self) -> bytes:
        """What makes a repeated request the same one."""
        return hashlib.sha256(
            json.dumps(asdict(self), sort_keys=True, default=str).encode()
        ).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Where:
    lon: float
    lat: float
    grid_code: str | None
    address: str | None
    jurisdiction_id: int | None


def blow(
    engine: Engine,
    locators: Locators,
    wanted: WantedWhistle,
    *,
    doer: Doer,
    time_zone: str,
    key: str | None = None,
) -> int:
    """Call departments to report in; gives the whistle's id, and the same one for the same `key` of
    the same account.

    Raises NotFoundError `incident-not-found`, `no-published-plan`, ConflictError
    `whistle-case-closed`, `whistle-called-already`, InputError `whistle-needs-time`,
    `whistle-needs-place`, `whistle-needs-caller`, `whistle-place-outside`,
    `idempotency-key-reused`, and as `gis.incidents.whistles.check_call`.
    """
    try:
        return _blow(engine, locators, wanted, doer=doer, time_zone=time_zone, key=key)
    except IntegrityError:
        if key is None:
            raise
        # The same key came twice at the same moment: the other one has called.
        return _blow(engine, locators, wanted, doer=doer, time_zone=time_zone, key=key)


def _blow(
    engine: Engine,
    locators: Locators,
    wanted: WantedWhistle,
    *,
    doer: Doer,
    time_zone: str,
    key: str | None,
) -> int:
    with acting(engine, doer.actor) as connection:
        caller = caller_of(scope_on(connection), doer.actor)
        before = whistles.of_key(connection, caller, key) if key is not None else None
        if before is not None:
            made, fingerprint = before
            if fingerprint != wanted.fingerprint():
                raise InputError("idempotency-key-reused", key=key)
            return made
        doer = placed(connection, doer)
        now = hands.moment(connection)
        where = _where(connection, locators, wanted)
        organisation_id, code = _caller(connection, doer, wanted, where)
        due_at = _due_at(wanted, now, time_zone)
        check_call(
            doer, code=code, departments=_departments(connection, wanted.departments),
            due_at=due_at, now=now,
        )  # fmt: skip
        if wanted.incident_id is not None:
            twice = whistles.called_already(connection, wanted.incident_id, wanted.departments)
            if twice:
                raise ConflictError("whistle-called-already", id=twice[0], field="departments")
        made = whistles.insert(
            connection,
            NewWhistle(
                jurisdiction_id=where.jurisdiction_id
                or jurisdiction_of(connection, organisation_id),
                organisation_id=organisation_id,
                code=code,
                incident_id=wanted.incident_id,
                lon=where.lon,
                lat=where.lat,
                place=wanted.place or where.address or f"{where.lon:.5f}, {where.lat:.5f}",
                purpose=wanted.purpose,
                called_at=now,
                due_at=due_at,
                caller=caller,
                key=key,
                fingerprint=None if key is None else wanted.fingerprint(),
            ),
            wanted.departments,
        )
        tell_called(connection, made)
        return made


def take(engine: Engine, whistle_id: int, step: WhistleStep, *, doer: Doer) -> None:
    """Take a step of a whistle: a department comes, or has arrived; the whole is ended, cancelled.

    Raises NotFoundError `whistle-not-found`, and as `gis.incidents.whistles.check`. Whoever is not
    there when it is ended after its time is counted as absent with it.
    """
    with acting(engine, doer.actor) as connection:
        doer = placed(connection, doer)
        _, state = whistles.hold(connection, whistle_id)
        now = hands.moment(connection)
        call = check(state, doer, step, now=now)
        if call is None:
            over = now >= state.due_at
            if over:
                absent = whistles.count_absent(connection, whistle_id, at=now)
                tell_absent(connection, whistle_id, absent)
            how = "done" if step.action == "end" else "cancelled"
            whistles.end(connection, whistle_id, how, step.reason or "", at=now, counted=over)
            return
        person = (step.person or "").strip() or None
        if step.action == "come":
            whistles.coming(
                connection, whistle_id, call.organisation_id, person=person or "", phone=step.phone
            )
            return
        whistles.arrived(
            connection, whistle_id, call.organisation_id, person=person, phone=step.phone,
            at=step.at or now,
        )  # fmt: skip
        tell_arrived(connection, whistle_id)


def whistle(connection: Connection, whistle_id: int, doer: Doer) -> dict[str, Any]:
    """A whistle with its history, as `shown`. Raises NotFoundError `whistle-not-found`."""
    return shown(connection, [whistles.one(connection, whistle_id)], doer)[0]


def shown(connection: Connection, found: list[dict[str, Any]], doer: Doer) -> list[dict[str, Any]]:
    """Whistles with how each of those called stands, and what the doer may do about them."""
    doer, now = placed(connection, doer), hands.moment(connection)
    for told in found:
        state = whistles.state_of(told)
        told["now"] = now
        told["actions"] = allowed(state, doer, now=now)
        for call, shown_call in zip(state.calls, told["calls"], strict=True):
            shown_call["standing"] = standing(state, call)
            shown_call["actions"] = allowed_of_call(state, call, doer)
            # Whoever reads may be one of those called: the page shows them their own first.
            shown_call["own"] = doer.organisation_id == call.organisation_id
    return found


def whistles_of(connection: Connection, incident_id: int) -> list[dict[str, Any]]:
    """The whistles of a case in order, with how each of those called stands."""
    found = whistles.listed(connection, incident_id=incident_id, limit=MOST_OF_A_CASE)[::-1]
    for told in found:
        state = whistles.state_of(told)
        for call, shown_call in zip(state.calls, told["calls"], strict=True):
            shown_call["standing"] = standing(state, call)
    return found


def may_blow(connection: Connection, doer: Doer, *, incident_id: int | None = None) -> bool:
    """Whether somebody may blow the whistle: somewhere, or for a case that can be seen."""
    doer = placed(connection, doer)
    if doer.rank == 0 or doer.organisation_kind in ("department", "community"):
        return False
    if incident_id is None:
        return True
    row = connection.execute(
        text("SELECT grid_code, is_open FROM incident WHERE id = :id"), {"id": incident_id}
    ).first()
    return row is not None and row.is_open and (
        row.grid_code is None or may_call(doer, row.grid_code[:9])
    )  # fmt: skip


def _where(connection: Connection, locators: Locators, wanted: WantedWhistle) -> _Where:
    if wanted.incident_id is not None:
        row = connection.execute(text(CASE), {"id": wanted.incident_id}).first()
        if row is None:
            raise NotFoundError("incident-not-found", id=wanted.incident_id)
        if not row.is_open:
            raise ConflictError("whistle-case-closed")
        return _Where(
            lon=row.lon, lat=row.lat, grid_code=row.grid_code, address=row.address,
            jurisdiction_id=row.jurisdiction_id,
        )  # fmt: skip
    if wanted.lon is None or wanted.lat is None:
        raise InputError("whistle-needs-place", field="place")
    told = describe(connection, locators, lon=wanted.lon, lat=wanted.lat, crs=wanted.crs)
    return _Where(
        lon=told["lon"], lat=told["lat"], grid_code=told["grid"] and told["grid"]["code"],
        address=None, jurisdiction_id=None,
    )  # fmt: skip


def _caller(
    connection: Connection, doer: Doer, wanted: WantedWhistle, where: _Where
) -> tuple[int, str]:
    """The sub-district in whose name the whistle is blown, and its code."""
    # A case may lie off all grids, in somebody's queue; a place must lie in the sub-district.
    if where.grid_code is None and wanted.incident_id is None:
        raise InputError("whistle-place-outside", field="place")
    given = wanted.organisation_id
    if given is None and doer.organisation_kind == "sub_district":
        given = doer.organisation_id
    if given is None and where.grid_code is not None:
        mine = seats.minding(connection, where.grid_code[:9])
        given = mine.organisation_id if mine is not None else None
    kind, code = known.organisation(connection, given) if given is not None else ("", "")
    if given is None or kind != "sub_district":
        raise InputError("whistle-needs-caller", field="organisation_id")
    if where.grid_code is not None and not where.grid_code.startswith(code):
        raise InputError("whistle-place-outside", field="place")
    return given, code


def _due_at(wanted: WantedWhistle, now: datetime, time_zone: str) -> datetime:
    """Hours of the clock, whatever the office hours are: a whistle is an emergency."""
    if wanted.until is not None and wanted.minutes is None:
        zone = wanted.until.tzinfo or ZoneInfo(time_zone)
        return wanted.until.replace(tzinfo=zone)
    if wanted.minutes is None or wanted.until is not None:
        raise InputError("whistle-needs-time", field="until")
    return now + timedelta(minutes=wanted.minutes)


def _departments(connection: Connection, ids: tuple[int, ...]) -> list[Department]:
    found = {row.id: row for row in whistles.departments(connection, ids)}
    return [
        Department(
            organisation_id=one, kind=found[one].kind, above=found[one].above,
            closed=found[one].closed,
        )
        if one in found
        else Department(organisation_id=one, kind="", above=None)
        for one in ids
    ]  # fmt: skip
