"""A report as it comes in, and as it is once every check is passed: ready to become an incident."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from gis.errors import InputError
from gis.incidents.places import WGS84_NAME
from gis.incidents.reporter import clean_phone
from gis.store.intake import Step
from gis.store.responsibility import PlanInForce
from gis.store.scope import series_of
from gis.workflows.ownership import Owner, place_in_wgs84
from gis.workflows.sources import system_of

CLOCK_SLACK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentReport:
    """What somebody reports. Coordinates are in `crs`, or else in the system of the source (see
    `gis.workflows.sources`); no severity means the category's own. `reporter_phone` may be written
    as people do; `photo_ids` are photos that its sender sent before; `patrol_key`: the phone's key
    of the round on which it was found."""

    category: str
    title: str
    lon: float
    lat: float
    source: str
    crs: str | None = None
    severity: int | None = None
    description: str | None = None
    address: str | None = None
    reported_at: datetime | None = None
    source_ref: str | None = None
    reporter_name: str | None = None
    reporter_phone: str | None = None
    photo_ids: tuple[int, ...] | None = None
    patrol_key: UUID | None = None

    def fingerprint(self) -> bytes:
        """The same for the same report, however it was written down; fields left out do not count,
        so that a later version, which knows more fields, still knows an old report again."""
        given = {name: value for name, value in asdict(self).items() if value is not None}
        given.setdefault("crs", WGS84_NAME)  # as when every source was taken to report in it
        if self.reported_at is not None:
            given["reported_at"] = self.reported_at.astimezone(UTC).isoformat()
        if self.patrol_key is not None:
            given["patrol_key"] = str(self.patrol_key)
        return hashlib.sha256(json.dumps(given, sort_keys=True).encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshReport:
    """A report that is new and passed every check; its place is in WGS 84."""

    place: int
    report: IncidentReport
    severity: int
    lon: float
    lat: float
    at: datetime
    day: date
    phone: str | None
    stage: str = "dispatched"


def checked(
    place: int,
    report: IncidentReport,
    severities: Mapping[str, int],
    named: dict[str, dict[str, Any]],
    now: datetime,
    zone: ZoneInfo,
) -> FreshReport:
    """A report that nothing stands against. Raises InputError."""
    at = report.reported_at.astimezone(UTC) if report.reported_at else now
    if at > now + CLOCK_SLACK:
        raise InputError("reported-in-future", at=at.isoformat(timespec="seconds"))
    if report.category not in severities:
        raise InputError("category-unknown", category=report.category, field="category")
    lon, lat = place_in_wgs84(report.lon, report.lat, report.crs or system_of(named, report.source))
    return FreshReport(
        place=place,
        report=report,
        severity=report.severity or severities[report.category],
        lon=lon,
        lat=lat,
        at=at,
        day=at.astimezone(zone).date(),
        phone=clean_phone(report.reporter_phone) if report.reporter_phone else None,
    )


def row(
    one: FreshReport, plan: PlanInForce, owner: Owner, serial: str, series: str | None
) -> dict[str, Any]:
    """What is stored of a report with its owner and its number. `series`: whose number its
    reference is; without one the jurisdiction's."""
    return {
        "serial": serial,
        "jurisdiction_id": plan.jurisdiction_id,
        "category_code": one.report.category,
        "severity": one.severity,
        "source": one.report.source,
        "source_ref": one.report.source_ref,
        "ref_of": series or series_of(plan.jurisdiction_code) if one.report.source_ref else None,
        "title": one.report.title,
        "description": one.report.description,
        "address": one.report.address,
        "reporter_name": one.report.reporter_name,
        "reporter_phone": one.phone,
        "reported_at": one.at,
        "plan_id": owner.plan_id,
        "grid_id": owner.grid_id,
        "grid_code": owner.grid_code,
        "queue_id": owner.queue_id,
        "post_id": owner.post_id,
        "person_id": owner.person_id,
        "responsible_level": owner.responsible_level,
        "route_rule": owner.rule,
        "rule_id": owner.rule_id,
        "department_id": owner.department_id,
        "contact_id": owner.contact_id,
        "synthetic": plan.synthetic,
        "stage": one.stage,
        "lon": one.lon,
        "lat": one.lat,
    }


def sent_on(incident_id: int, one: FreshReport, now: datetime) -> Iterator[Step]:
    """What a report that has its owner goes through at once, unless it is checked first."""
    if one.stage == "collected":
        return
    for action, before, after in (
        ("register", "collected", "registered"),
        ("dispatch", "registered", "dispatched"),
    ):
        yield Step(
            incident_id=incident_id,
            at=max(one.at, now),
            action=action,
            from_stage=before,
            to_stage=after,
        )
