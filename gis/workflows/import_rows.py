"""The rows of one file become incidents: read, checked, routed, doubted, numbered, written.

All in one transaction, in pieces, so that memory does not grow with the file. Until the numbers
are reserved, just before the incidents are written, nobody waits for anything that it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import Connection, Engine

from gis.errors import InputError
from gis.files.incidents import ReportBatch, report_batches
from gis.geometry import lonlat_to_wgs84
from gis.incidents.calendars import Micros, micros
from gis.incidents.places import SWAPPED, Doubt, doubt_places
from gis.incidents.table import ReportTable, check_reports
from gis.progress import Progress
from gis.report import Report
from gis.store import audit, import_jobs, incidents, serials, staging
from gis.store.engine import speak_as
from gis.store.import_jobs import RunningImport
from gis.store.scope import beyond, scope_on, series_of
from gis.workflows.clocks import office_of
from gis.workflows.emergencies import raise_imported
from gis.workflows.first_clocks import NEVER, Started, first_clocks
from gis.workflows.locators import Locators
from gis.workflows.ownership import Owner, Owners, jurisdiction_area, owners_of
from gis.workflows.ruling import Matter

if TYPE_CHECKING:
    import pyarrow as pa

# Places that tell whether the coordinate system is right: of each batch, and in all.
LOOKED_AT_ONCE, LOOKED_AT = 10_000, 200_000
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What is imported, whose it is, and how strict to be.

    again: the same content was imported before, and this is meant. accept_crs: the coordinate
    system is right, however much better another one fits.
    """

    jurisdiction_id: int
    file_name: str
    crs: str | None = None
    skip_bad: bool = False
    dry_run: bool = False
    again: bool = False
    accept_crs: bool = False
    time_zone: str = "Asia/Shanghai"
    actor: str


def take_in(
    engine: Engine,
    locators: Locators,
    request: ImportRequest,
    running: RunningImport,
    path: Path,
    report: Report,
    progress: Progress,
) -> int:
    """Write the incidents of a file and that the import is done, or neither; gives how many.

    Raises InputError for a file that cannot be read, bad rows and a doubted coordinate system;
    IntegrityError where somebody else has just written the same references.
    """
    connection = running.connection
    with connection.begin() as transaction:
        speak_as(connection, request.actor, action="import", reason=request.file_name)
        staging.create(connection)
        rows = _Rows(connection, locators, request, report)
        progress("import-step-read", 0.0)
        for batch in report_batches(path, crs=request.crs, report=rows.unread):
            rows.add(batch)
            progress("import-step-read", batch.fraction)
        progress("import-step-check", 0.0)
        good = rows.checked()
        progress("import-step-check", 1.0)
        report.rows_accepted = good
        if request.dry_run:
            transaction.rollback()
        else:
            _write(engine, connection, request, rows.owners, good, progress)
            import_jobs.finish(connection, running.id, report, written=good)
            audit.record(
                connection, "incidents-import", f"organisation {request.jurisdiction_id}",
                {"file": request.file_name, "rows": good, "job": running.id},
            )  # fmt: skip
    if request.dry_run:
        with engine.begin() as other:
            import_jobs.finish(other, running.id, report)
    return good


def _write(
    engine: Engine,
    connection: Connection,
    request: ImportRequest,
    owners: Owners | None,
    good: int,
    progress: Progress,
) -> None:
    progress("import-step-write", 0.0)
    if owners is None or not good:
        return
    counts = staging.count_by_day(connection)
    numbers = serials.reserve(engine, connection, request.jurisdiction_id, counts)
    staging.number(connection, owners.jurisdiction_code, numbers)
    written = 0
    for piece in staging.insert(
        connection, request.jurisdiction_id, series=_series(connection, owners),
        synthetic=owners.synthetic,
    ):  # fmt: skip
        written += piece
        progress("import-step-write", written / good)
    staging.start_clocks(connection)
    raise_imported(connection)
    if written != good:  # a number or an owner was missing: never leave a row out in silence
        raise RuntimeError(f"{good} rows were to be written, {written} were")


class _Rows:
    """The rows of the file so far, those that are good in the staging tables."""

    def __init__(
        self, connection: Connection, locators: Locators, request: ImportRequest, report: Report
    ) -> None:
        self.connection, self.locators, self.request = connection, locators, request
        self.report = report
        self.unread = Report(source=request.file_name)  # what the reader finds
        self.owners: Owners | None = None
        self.now = datetime.now(UTC)
        tree = incidents.categories(connection)
        self.severities = {row["code"]: row["severity"] for row in tree}
        self.names = {name: row["code"] for row in tree for name in row["name"].values()}
        self.office = office_of(connection, request.jurisdiction_id)
        self._findings = Report()
        self._owner_numbers: dict[Owner, int] = {}
        self._places: list[tuple[Floats, Floats]] = []
        self._outside = self._looked_at = 0
        self._crs = ""
        self._columns: Mapping[str, str] = {}

    def add(self, batch: ReportBatch) -> None:
        """Check, route and stage some rows."""
        self.report.rows_read += len(batch.frame)
        self._look_at(batch)
        table = check_reports(
            batch.frame,
            columns=batch.columns,
            severities=self.severities,
            category_names=self.names,
            now=self.now,
            time_zone=self.request.time_zone,
            report=self._findings,
        )
        lon, lat = lonlat_to_wgs84(table.x, table.y, batch.crs)
        on_earth = (np.abs(lon) <= 180) & (np.abs(lat) <= 85)
        if not on_earth.all():
            self._findings.add("refused", "place-outside-world", rows=table.row[~on_earth])
            table, lon, lat = table.where(on_earth), lon[on_earth], lat[on_earth]
        if len(table):
            self._stage(table, lon, lat)

    def _look_at(self, batch: ReportBatch) -> None:
        self._crs, self._columns = batch.crs, batch.columns
        x, y = (batch.frame[axis].to_numpy(np.float64) for axis in ("x", "y"))
        known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        room = min(LOOKED_AT_ONCE, LOOKED_AT - self._looked_at)
        if room > 0 and len(known):
            if len(known) > room:  # from the first to the last, evenly
                known = known[np.linspace(0, len(known) - 1, room).astype(np.intp)]
            self._places.append((x[known], y[known]))
            self._looked_at += len(known)

    def _stage(self, table: ReportTable, lon: Floats, lat: Floats) -> None:
        import pyarrow as pa

        category, severity = table.category.tolist(), table.severity.tolist()
        self.owners = owners = owners_of(
            self.connection,
            self.locators,
            self.request.jurisdiction_id,
            lon,
            lat,
            table.reported_at,
            matter=Matter(category=category, severity=severity, source=table.source.tolist()),
            lock=True,
        )
        scope = scope_on(self.connection)
        below = scope.below if scope is not None else None
        if below is not None:
            own = np.array([(one.grid_code or "").startswith(below) for one in owners.owners])
            if not own.all():
                self._findings.add("refused", "row-outside-scope", rows=table.row[~own])
                if own.any():
                    self._stage(table.where(own), lon[own], lat[own])
                return
        self._outside += int(owners.outside().sum())
        known = self._owner_numbers
        before = len(known)
        same = {id(owner): owner for owner in owners.owners}  # few: most places share theirs
        number = {key: known.setdefault(owner, len(known)) for key, owner in same.items()}
        text, moment = pa.string(), pa.timestamp("us", "UTC")
        reported = _micros(table.reported_at)
        first = first_clocks(
            self.office,
            categories=category,
            severities=severity,
            stages=np.where(np.isnat(table.closed_at), "dispatched", "closed"),
            reported_at=reported,
            since=np.maximum(reported, micros(self.now)),
            actor=self.request.actor,
            brought=np.where(np.isnat(table.due_at), NEVER, _micros(table.due_at)),
        )
        if len(first.unruled):
            self._findings.add(
                "warned", "row-due-without-rule", rows=table.row[first.unruled],
                column=self._columns.get("due_at", "-"),
            )  # fmt: skip
        local = pd.DatetimeIndex(table.reported_at, tz="UTC")
        local = local.tz_convert(ZoneInfo(self.request.time_zone)).tz_localize(None)
        staging.add(
            self.connection,
            pa.table(
                {
                    "row": table.row,
                    "category": pa.array(table.category, text),
                    "severity": table.severity,
                    "source": pa.array(table.source, text),
                    "source_ref": pa.array(table.source_ref, text),
                    "title": pa.array(table.title, text),
                    "description": pa.array(table.description, text),
                    "address": pa.array(table.address, text),
                    "reported_at": pa.array(table.reported_at, moment),
                    "closed_at": pa.array(table.closed_at, moment),
                    "day": pa.array(local.to_numpy("datetime64[D]")),
                    "lon": lon,
                    "lat": lat,
                    "owner": [number[id(owner)] for owner in owners.owners],
                    "due_at": pa.array(first.due, pa.int64(), mask=first.due == NEVER).cast(moment),
                }
            ),
            [_owner_row(number, owner) for owner, number in list(known.items())[before:]],
            [self._clock_rows(of, table.row) for of in first.started],
        )

    def _clock_rows(self, of: Started, rows: npt.NDArray[np.int64]) -> pa.Table:
        import pyarrow as pa

        def moment(values: Micros) -> pa.Array:
            return pa.array(values).cast(pa.timestamp("us", "UTC"))

        def ruled(values: list[Any]) -> pa.Array:
            return pa.array(values).take(pa.array(of.which))

        n, rules = len(of.places), of.rules
        return pa.table(
            {
                "row": rows[of.places],
                "kind": pa.repeat(of.kind, n),
                "deadline_id": ruled([rule.deadline_id for rule in rules]),
                "calendar_id": pa.repeat(self.office.calendar_id if self.office else 0, n),
                "amount": ruled([rule.allowance.amount for rule in rules]),
                "unit": ruled([rule.allowance.unit for rule in rules]),
                "soon_share": ruled([rule.soon_share for rule in rules]),
                "started_at": moment(of.at),
                "due_at": moment(of.due),
                "soon_at": moment(of.soon),
                "turns": pa.array(of.turns(self.request.actor), pa.string()),
            }
        )

    def checked(self) -> int:
        """How many rows are good, once all are read. Every fault is in the report then.

        Raises InputError `import-crs-doubted`, `import-refused`.
        """
        report = self.report
        staging.index(self.connection)
        repeated = staging.drop_repeated(self.connection)
        column = self._columns.get("source_ref", "-")
        if repeated:
            self._findings.add("refused", "row-reference-twice", rows=repeated, column=column)
        report.fold([*self.unread.findings, *self._findings.findings])
        report.rows_read += sum(it.count for it in self.unread.findings if it.outcome == "refused")
        same, first = staging.identical(self.connection)
        if same:
            report.add("warned", "rows-identical", count=same, rows=first)
        if self._outside:
            report.add("warned", "rows-outside-grids", count=self._outside)
        self._doubt()
        refused = sum(it.count for it in report.findings if it.outcome == "refused")
        if refused and not self.request.skip_bad:
            raise InputError("import-refused", refused=refused, read=report.rows_read)
        former = []
        if self.owners is not None:
            with beyond(self.connection):  # also a case that has moved out of sight
                former = staging.drop_known(self.connection, _series(self.connection, self.owners))
        if former:
            report.add("warned", "row-known-already", rows=former, column=column)
        return report.rows_read - refused - len(former)

    def _doubt(self) -> None:
        """Ask before anything is written where another coordinate system fits better."""
        area = jurisdiction_area(self.connection, self.request.jurisdiction_id)
        if area is None or not self._places:
            return
        x, y = (np.concatenate([place[axis] for place in self._places]) for axis in (0, 1))
        doubt = doubt_places(x, y, self._crs, area)
        if doubt is None:
            return
        params = self._doubt_params(doubt)
        self.report.add("warned", "place-likely-crs", count=doubt.won, **params)
        if doubt.strong and not (self.request.accept_crs or self.request.dry_run):
            raise InputError("import-crs-doubted", won=doubt.won, **params)

    def _doubt_params(self, doubt: Doubt) -> dict[str, Any]:
        axes = ", ".join(self._columns[axis] for axis in ("x", "y") if axis in self._columns)
        return {
            "declared": self.request.crs or self._crs,
            "system": doubt.system,
            "swapped": "yes" if doubt.system == SWAPPED else "no",
            "outside": doubt.outside,
            "looked": doubt.looked,
            "axes": axes or "-",
        }


def _owner_row(number: int, owner: Owner) -> tuple[Any, ...]:
    return (
        number, owner.plan_id, owner.grid_id, owner.grid_code, owner.queue_id, owner.post_id,
        owner.person_id, owner.responsible_level, owner.rule, owner.rule_id, owner.department_id,
        owner.contact_id,
    )  # fmt: skip


def _series(connection: Connection, owners: Owners) -> str:
    """Among whose numbers the references of the file are: the importer's, or the jurisdiction's."""
    scope = scope_on(connection)
    return (scope and scope.series) or series_of(owners.jurisdiction_code)


def _micros(moments: npt.NDArray[Any]) -> Micros:
    return moments.astype("datetime64[us]").astype(np.int64)
