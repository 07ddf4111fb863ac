"""Is it known already? Incidents that a report may repeat, and a report added to one of them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from gis.errors import ConflictError, InputError
from gis.incidents.places import WGS84_NAME
from gis.incidents.reporter import clean_phone
from gis.store import duplicates, photos, supplements
from gis.store.engine import acting
from gis.store.scope import caller_of, scope_on
from gis.store.supplements import NewSupplement
from gis.workflows.ownership import place_in_wgs84

WITHIN_M = 150.0
CLOSED_WITHIN = timedelta(days=30)
SHOWN = 10


def may_repeat(
    connection: Connection,
    *,
    lon: float,
    lat: float,
    crs: str = WGS84_NAME,
    category: str | None = None,
    jurisdiction_id: int | None = None,
    within_m: float = WITHIN_M,
    closed_within: timedelta = CLOSED_WITHIN,
    limit: int = SHOWN,
) -> list[dict[str, Any]]:
    """Incidents that a report of a place and category may be another report of: open ones, and
    those closed a short while ago, likeliest first, with distance, age, stage and first photo.

    Raises InputError `crs-unknown`, `coordinates-invalid`.
    """
    x, y = place_in_wgs84(lon, lat, crs)
    now = datetime.now(UTC)
    return duplicates.near(
        connection, lon=x, lat=y, within_m=within_m, category=category,
        jurisdiction_id=jurisdiction_id, now=now, closed_since=now - closed_within, limit=limit,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherReport:
    """Another report of a case: who told it, in what words, with which photos."""

    source: str
    text: str | None = None
    source_ref: str | None = None
    reporter_name: str | None = None
    reporter_phone: str | None = None
    reported_at: datetime | None = None
    photo_ids: tuple[int, ...] = ()

    def fingerprint(self, incident_id: int) -> bytes:
        """The same for the same report of the same case."""
        given = {name: value for name, value in asdict(self).items() if value not in (None, ())}
        if self.reported_at is not None:
            given["reported_at"] = self.reported_at.astimezone(UTC).isoformat()
        return hashlib.sha256(
            json.dumps([incident_id, given], sort_keys=True, default=list).encode()
        ).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplemented:
    """The further report that was written, or `created` False: that came before."""

    supplement_id: int
    incident_id: int
    serial: str
    created: bool


def add_report(
    engine: Engine,
    incident_id: int,
    report: FurtherReport,
    *,
    actor: str,
    key: str | None = None,
) -> Supplemented:
    """Add a report to a case that is there, instead of making a second one of it.

    Raises NotFoundError `incident-not-found`, ConflictError `supplement-closed`,
    `source-ref-taken`, `photos-too-many`, InputError `phone-invalid`, `photo-unknown`,
    `idempotency-key-reused`.
    """
    for last in (False, True):
        try:
            with acting(engine, actor) as connection:
                return add_in(connection, incident_id, report, actor=actor, key=key)
        except IntegrityError as conflict:
            # Another process was first with the key, or the reference is taken: look again.
            if last:
                raise ConflictError("source-ref-taken", ref=report.source_ref) from conflict
    raise AssertionError("the second try returns or raises")


def add_in(
    connection: Connection,
    incident_id: int,
    report: FurtherReport,
    *,
    actor: str,
    key: str | None = None,
    series: str | None = None,
) -> Supplemented:
    """The same within a transaction of `actor`, `series`: whose number the reference is, where not
    the actor's. Raises IntegrityError where others were first."""
    fingerprint = report.fingerprint(incident_id)
    case = supplements.hold_case(connection, incident_id)
    scope = scope_on(connection)
    caller = caller_of(scope, actor)
    before = supplements.of_key(connection, caller, key) if key is not None else None
    if before is not None:
        if bytes(before.fingerprint) != fingerprint:
            raise InputError("idempotency-key-reused", key=key)
        return Supplemented(
            supplement_id=before.id, incident_id=incident_id, serial=case.serial, created=False
        )
    if not case.is_open:
        raise ConflictError("supplement-closed", serial=case.serial)
    supplement_id = supplements.insert(
        connection,
        NewSupplement(
            incident_id=incident_id,
            source=report.source,
            source_ref=report.source_ref,
            series=series or (scope.series if scope is not None else None),
            text=report.text or None,
            reporter_name=report.reporter_name or None,
            reporter_phone=clean_phone(report.reporter_phone) if report.reporter_phone else None,
            reported_at=report.reported_at or datetime.now(UTC),
            caller=caller,
            key=key,
            fingerprint=fingerprint,
        ),
    )
    photos.attach(
        connection, incident_id, report.photo_ids, stage=case.stage, actor=actor,
        supplement_id=supplement_id,
    )  # fmt: skip
    return Supplemented(
        supplement_id=supplement_id, incident_id=incident_id, serial=case.serial, created=True
    )
