"""One report becomes an incident: owned, answered for and numbered in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from gis.errors import ConflictError, InputError
from gis.geometry import lonlat_to_wgs84
from gis.store import incidents, intake
from gis.store.engine import acting
from gis.store.intake import Step
from gis.workflows.ownership import Locators, jurisdiction_of_point, owners_of

CLOCK_SLACK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentReport:
    """What somebody reports. Coordinates are in `crs`; no severity means the category's own."""

    category: str
    title: str
    lon: float
    lat: float
    source: str
    crs: str = "EPSG:4326"
    severity: int | None = None
    description: str | None = None
    address: str | None = None
    reported_at: datetime | None = None
    source_ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """The incident that a report became; `created` is False when it had come in before."""

    incident_id: int
    created: bool


def report_incident(
    engine: Engine, locators: Locators, report: IncidentReport, *, actor: str, time_zone: str
) -> Reported:
    """Register a report with its grid, the person who answers, and a serial number.

    All in one transaction, committed before this returns. A report whose `source_ref` is known
    gives the first incident. Raises InputError, NotFoundError (no plan, no queue), ConflictError.
    """
    now = datetime.now(UTC)
    at = report.reported_at.astimezone(UTC) if report.reported_at else now
    if at > now + CLOCK_SLACK:
        raise InputError("reported-in-future", at=at.isoformat(timespec="seconds"))
    lon, lat = _place(report)
    try:
        with acting(engine, actor, action="report") as connection:
            if report.source_ref is not None:
                former = intake.known(connection, report.source, report.source_ref)
                if former is not None:
                    return Reported(incident_id=former, created=False)
            made = _insert(connection, locators, report, lon, lat, at, time_zone)
            intake.write_steps(connection, actor, _sent_on(made.incident_id, max(at, now)))
            return made
    except IntegrityError as conflict:
        # Two sent the same reference at once; the other one won. Answer with theirs.
        if report.source_ref is None:
            raise ConflictError("incident-conflict") from conflict
        with engine.connect() as connection:
            former = intake.known(connection, report.source, report.source_ref)
        if former is None:
            raise ConflictError("incident-conflict") from conflict
        return Reported(incident_id=former, created=False)


def _sent_on(incident_id: int, at: datetime) -> list[Step]:
    """What a report that has its owner goes through at once."""
    return [
        Step(incident_id=incident_id, at=at, action=action, from_stage=before, to_stage=after)
        for action, before, after in (
            ("register", "collected", "registered"),
            ("dispatch", "registered", "dispatched"),
        )
    ]


def _insert(
    connection: Connection,
    locators: Locators,
    report: IncidentReport,
    lon: float,
    lat: float,
    at: datetime,
    time_zone: str,
) -> Reported:
    severities = {row["code"]: row["severity"] for row in incidents.categories(connection)}
    if report.category not in severities:
        raise InputError("category-unknown", category=report.category)
    jurisdiction_id = jurisdiction_of_point(connection, locators, lon, lat)
    owners = owners_of(
        connection,
        locators,
        jurisdiction_id,
        np.array([lon]),
        np.array([lat]),
        np.array([at], dtype=object),
        lock=True,
    )
    owner = owners.one(0)
    day = at.astimezone(ZoneInfo(time_zone)).date()
    number = intake.take_serials(connection, jurisdiction_id, {day: 1})[day]
    incident_id = intake.insert(
        connection,
        {
            "serial": intake.serial(owners.jurisdiction_code, day, number),
            "jurisdiction_id": jurisdiction_id,
            "category_code": report.category,
            "severity": report.severity or severities[report.category],
            "source": report.source,
            "source_ref": report.source_ref,
            "title": report.title,
            "description": report.description,
            "address": report.address,
            "reported_at": at,
            "stage": "dispatched",
            "plan_id": owner.plan_id,
            "grid_id": owner.grid_id,
            "grid_code": owner.grid_code,
            "queue_id": owner.queue_id,
            "post_id": owner.post_id,
            "person_id": owner.person_id,
            "responsible_level": owner.responsible_level,
            "route_rule": owner.rule,
            "synthetic": owners.synthetic,
        },
        lon,
        lat,
    )
    return Reported(incident_id=incident_id, created=True)


def _place(report: IncidentReport) -> tuple[float, float]:
    lons, lats = lonlat_to_wgs84([report.lon], [report.lat], report.crs)
    lon, lat = float(lons[0]), float(lats[0])
    if not (-180 <= lon <= 180 and -85 <= lat <= 85):
        raise InputError("coordinates-invalid", lon=str(report.lon), lat=str(report.lat))
    return lon, lat
