"""Reports without a place, settled by the desk: placed, joined to a case, or refused."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

from gis.errors import InputError
from gis.store import photos, unlocated
from gis.store.engine import acting
from gis.store.scope import Scope
from gis.workflows.incident_report import IncidentReport
from gis.workflows.intake import Reported, report_incident
from gis.workflows.locators import Locators
from gis.workflows.supplements import FurtherReport, Supplemented, add_in

# What a report brought besides its place.
KEPT = (
    "source", "source_ref", "title", "description", "address", "reported_at", "reporter_name",
    "reporter_phone",
)  # fmt: skip


def place_report(
    engine: Engine,
    system: Engine,
    locators: Locators,
    report_id: int,
    *,
    lon: float,
    lat: float,
    crs: str,
    category: str | None,
    severity: int | None,
    scope: Scope | None,
    actor: str,
    time_zone: str,
) -> Reported:
    """Give a report its place: it becomes a case, as if it had come in with it.

    `engine` sees what the caller may, `scope` says where he may report, and `system` routes by
    every plan. Should this be cut off between the two, the report still waits, and placing it again
    settles it with the same case. Raises NotFoundError `unlocated-not-found`, ConflictError
    `unlocated-settled`, InputError `channel-category-needed`, and as `report_incident`.
    """
    # Held until it is settled: nobody joins or refuses it meanwhile.
    with acting(engine, actor) as connection:
        row = unlocated.hold(connection, report_id)
        named = category or (row["category"] and row["category"]["code"])
        if named is None:
            raise InputError("channel-category-needed", field="category")
        done = report_incident(
            system,
            locators,
            IncidentReport(
                category=named,
                severity=severity or row["severity"],
                lon=lon,
                lat=lat,
                crs=crs,
                **{name: row[name] for name in KEPT},
            ),
            scope=scope,
            series=row["ref_of"],
            actor=actor,
            time_zone=time_zone,
        )
        unlocated.settle(connection, [report_id], incident_id=done.incident_id)
        photos.hand_on(connection, report_id, done.incident_id, None)
    return done


def join_report(engine: Engine, report_id: int, incident_id: int, *, actor: str) -> Supplemented:
    """Add a report without a place to a case that is there: its sender hears of that case.

    Raises as `place_report` and as `gis.workflows.supplements.add_report`.
    """
    with acting(engine, actor) as connection:
        row = unlocated.hold(connection, report_id)
        told = "\n".join(part for part in (row["title"], row["description"]) if part)
        done = add_in(
            connection,
            incident_id,
            FurtherReport(
                source=row["source"],
                source_ref=row["source_ref"],
                text=told[:5000],
                reporter_name=row["reporter_name"],
                reporter_phone=row["reporter_phone"],
                reported_at=row["reported_at"],
            ),
            actor=actor,
            series=row["ref_of"],
        )
        unlocated.settle(
            connection, [report_id], incident_id=incident_id, supplement_id=done.supplement_id
        )
        photos.hand_on(connection, report_id, incident_id, done.supplement_id)
    return done


def refuse_report(engine: Engine, report_id: int, reason: str, *, actor: str) -> dict[str, Any]:
    """Refuse a report that belongs to nobody here; its sender is told the reason."""
    with acting(engine, actor) as connection:
        row = unlocated.hold(connection, report_id)
        unlocated.settle(connection, [report_id], refused_reason=reason)
    return row
