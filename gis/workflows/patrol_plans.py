"""Plans of patrols and their setting: made, corrected by a new one, ended; nothing is lost."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine

from gis.errors import ConflictError, InputError
from gis.store import grid_facts, known, patrol_plans, patrol_settings
from gis.store.engine import acting

AWAY_DEG = 0.01  # about a kilometre: of another grid altogether


def add_plan(engine: Engine, jurisdiction_id: int, values: dict[str, Any], *, actor: str) -> int:
    """Record a patrol plan; gives its id. Raises InputError `base-grid-unknown`,
    `patrol-plan-hours`, `patrol-plan-until`, `patrol-plan-who`, `patrol-plan-route`,
    `person-not-found`."""
    given = _checked(values)
    with acting(engine, actor, action="patrol-plan", reason=given["reason"]) as connection:
        known.require(connection, jurisdiction_id)
        _require(connection, jurisdiction_id, given)
        return patrol_plans.add_plan(connection, {"jurisdiction_id": jurisdiction_id, **given})


def correct_plan(
    engine: Engine,
    patrol_plan_id: int,
    values: dict[str, Any],
    *,
    version: int | None,
    actor: str,
) -> int:
    """Put another plan in the place of one that holds or was ended, from its first day on; gives
    the new one's id. `version`: as the sender has seen it.

    Raises what `add_plan` does; NotFoundError `patrol-plan-not-found`; ConflictError
    `patrol-plan-changed`.
    """
    given = _checked(values)
    with acting(engine, actor, action="patrol-plan", reason=given["reason"]) as connection:
        former = patrol_plans.hold(connection, patrol_plan_id, version)
        _require(connection, former["jurisdiction_id"], given)
        if former["version"] == 1:
            patrol_plans.end_plan(
                connection, patrol_plan_id, reason=given["reason"] or "", actor=actor
            )
        chain = {"replaces_id": former["id"], "first_id": former["first_id"] or former["id"]}
        of = {"jurisdiction_id": former["jurisdiction_id"]}
        return patrol_plans.add_plan(connection, {**of, **given, **chain})


def end_plan(
    engine: Engine, patrol_plan_id: int, *, version: int | None, reason: str, actor: str
) -> None:
    """End a plan now. Raises NotFoundError `patrol-plan-not-found`, ConflictError
    `patrol-plan-changed` where it has ended already."""
    with acting(engine, actor, action="patrol-plan", reason=reason) as connection:
        patrol_plans.hold(connection, patrol_plan_id, 1 if version is None else version)
        patrol_plans.end_plan(connection, patrol_plan_id, reason=reason, actor=actor)


def set_setting(
    engine: Engine,
    jurisdiction_id: int,
    *,
    keep_days: int,
    within_m: float,
    remind: bool | None,
    version: int | None,
    actor: str,
) -> dict[str, Any]:
    """Set how long tracks are kept, how near is walked, and whether missing diaries are told of;
    None leaves that as it is. Gives what holds now. Raises NotFoundError, ConflictError
    `patrol-setting-changed` where `version` is no longer what holds."""
    with acting(engine, actor, action="patrol-setting") as connection:
        known.require(connection, jurisdiction_id)
        patrol_settings.gate(connection, jurisdiction_id)
        now = patrol_settings.setting(connection, jurisdiction_id)
        if version is not None and version != now["version"]:
            at = now["recorded_at"]
            raise ConflictError(
                "patrol-setting-changed", by=now["recorded_by"],
                at=at.isoformat(timespec="seconds") if at is not None else "",
            )  # fmt: skip
        wanted: dict[str, Any] = {
            "keep_days": keep_days, "within_m": within_m,
            "remind": now["remind"] if remind is None else remind,
        }  # fmt: skip
        if now["version"] == 0 or any(now[name] != value for name, value in wanted.items()):
            patrol_settings.set_setting(connection, jurisdiction_id, **wanted)
        return patrol_settings.setting(connection, jurisdiction_id)


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    if values["begins"] >= values["ends"]:
        raise InputError("patrol-plan-hours", field="ends")
    if values["until"] is not None and values["until"] < values["since"]:
        raise InputError("patrol-plan-until", field="until")
    if (values["role"] is None) == (values["person_id"] is None):
        raise InputError("patrol-plan-who", field="person_id" if values["role"] else "role")
    return {**values, "weekdays": sorted(set(values["weekdays"]))}


def _require(connection: Connection, jurisdiction_id: int, values: dict[str, Any]) -> None:
    grid_facts.require_basic(connection, jurisdiction_id, values["grid_code"])
    if values["person_id"] is not None:
        known.person(connection, values["person_id"])
    if values.get("route") is not None and not patrol_plans.near(
        connection, jurisdiction_id, values["grid_code"], values["route"], AWAY_DEG
    ):
        raise InputError("patrol-plan-route", grid=values["grid_code"], field="route")
