"""Leave and duty rosters, recorded and ended in somebody's name for one jurisdiction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from gis.errors import InputError
from gis.store import absences, known
from gis.store.choices import RoutingSetting, set_routing
from gis.store.engine import acting


def record_absence(
    engine: Engine,
    jurisdiction_id: int,
    *,
    person_id: int,
    substitute_id: int | None,
    since: datetime,
    until: datetime | None,
    reason: str,
    actor: str,
) -> int:
    """Record a person's leave and who stands in; gives its id.

    Reports that come in during it go to the substitute, or one level up without one. Raises
    NotFoundError `jurisdiction-not-found`, `person-not-found`, InputError `window-reversed`,
    `substitute-is-absent`, ConflictError `absence-twice`.
    """
    _in_order(since, until)
    if substitute_id == person_id:
        raise InputError("substitute-is-absent", field="substitute_id")
    with acting(engine, actor, action="absence", reason=reason) as connection:
        known.require(connection, jurisdiction_id)
        absences.require_staff(connection, jurisdiction_id, person_id, substitute_id)
        return absences.add_absence(
            connection, person_id=person_id, substitute_id=substitute_id,
            since=since, until=until, reason=reason,
        )  # fmt: skip


def record_duty(
    engine: Engine,
    jurisdiction_id: int,
    *,
    grid_code: str,
    person_id: int,
    since: datetime,
    until: datetime,
    reason: str | None,
    actor: str,
) -> int:
    """Record a shift of a duty roster; gives its id.

    Raises as `record_absence`, InputError `grid-code-unknown`, ConflictError `duty-twice`.
    """
    _in_order(since, until)
    with acting(engine, actor, action="duty", reason=reason) as connection:
        known.require(connection, jurisdiction_id, grid_code=grid_code)
        absences.require_staff(connection, jurisdiction_id, person_id)
        return absences.add_duty(
            connection, jurisdiction_id=jurisdiction_id, grid_code=grid_code, person_id=person_id,
            since=since, until=until, reason=reason,
        )  # fmt: skip


def end_absence(
    engine: Engine, jurisdiction_id: int, absence_id: int, *, reason: str, actor: str
) -> None:
    """End leave now, or call it off before it begins. Raises NotFoundError `absence-not-found`."""
    with acting(engine, actor, action="absence", reason=reason) as connection:
        absences.end_absence(connection, jurisdiction_id, absence_id)


def end_duty(
    engine: Engine, jurisdiction_id: int, duty_id: int, *, reason: str, actor: str
) -> None:
    """End a shift now, or call it off before it begins. Raises NotFoundError `duty-not-found`."""
    with acting(engine, actor, action="duty", reason=reason) as connection:
        absences.end_duty(connection, jurisdiction_id, duty_id)


def set_near(engine: Engine, jurisdiction_id: int, setting: RoutingSetting, *, actor: str) -> None:
    """Set what counts as near from now on. Raises NotFoundError `jurisdiction-not-found`."""
    with acting(engine, actor, action="routing-setting") as connection:
        known.require(connection, jurisdiction_id)
        set_routing(connection, jurisdiction_id, setting)


def _in_order(since: datetime, until: datetime | None) -> None:
    if until is not None and since >= until:
        raise InputError("window-reversed", field="until")
