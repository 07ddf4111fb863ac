"""A file of incidents taken in whole or not at all: received, checked, routed, copied."""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from gis.errors import ConflictError, InputError, TooLargeError, WanggeError
from gis.files.incidents import read_reports
from gis.geometry import likelier_crs, lonlat_to_wgs84
from gis.incidents.table import ReportTable, check_reports
from gis.progress import Progress, silent
from gis.report import Report
from gis.store import import_jobs, incidents, intake
from gis.store.engine import acting
from gis.workflows.ownership import Locators, Owners, jurisdiction_area, owners_of

CHUNK = 1 << 20
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What is imported, whose it is, and how strict to be."""

    jurisdiction_id: int
    file_name: str
    crs: str | None = None
    skip_bad: bool = False
    dry_run: bool = False
    time_zone: str = "Asia/Shanghai"
    actor: str


def jurisdiction_id_of(engine: Engine, code: str) -> int:
    """The organisation with this code. Raises NotFoundError `jurisdiction-not-found`."""
    with engine.connect() as connection:
        return import_jobs.organisation_id(connection, code)


def receive(stream: BinaryIO, name: str, *, folder: Path, limit_mb: int) -> Path:
    """Save an upload under the ending of its name. Raises TooLargeError beyond the limit."""
    folder.mkdir(parents=True, exist_ok=True)
    suffix = Path(name).suffix.lower()[:10]
    size = 0
    with tempfile.NamedTemporaryFile(dir=folder, suffix=suffix, delete=False) as target:
        saved = Path(target.name)
        while block := stream.read(CHUNK):
            size += len(block)
            if size > limit_mb * 1_000_000:
                saved.unlink()
                raise TooLargeError("import-too-large", limit=limit_mb)
            target.write(block)
    return saved


def register(engine: Engine, request: ImportRequest, saved: Path) -> dict[str, Any]:
    """Note the import before it runs, so that it can be followed, and found if the server dies."""
    digest = hashlib.sha256()
    with saved.open("rb") as stream:
        while block := stream.read(CHUNK):
            digest.update(block)
    with engine.begin() as connection:
        return import_jobs.create(
            connection,
            jurisdiction_id=request.jurisdiction_id,
            file_name=request.file_name,
            sha256=digest.hexdigest(),
            created_by=request.actor,
        )


def job(connection: Connection, job_id: int) -> dict[str, Any]:
    """Where an import stands. Raises NotFoundError."""
    return import_jobs.get(connection, job_id)


def close_interrupted(engine: Engine, uploads: Path) -> None:
    """Say of imports that a stopped process left running that they came to nothing.

    Their files are removed: they hold what people reported.
    """
    for left in uploads.glob("tmp*"):
        left.unlink(missing_ok=True)
    with suppress(SQLAlchemyError), engine.begin() as connection:
        import_jobs.fail_interrupted(connection)


def run(
    engine: Engine, locators: Locators, request: ImportRequest, saved: Path, job_id: int
) -> None:
    """Carry out a registered import and note how it ended. Removes the saved file."""

    def progress(step: str, fraction: float) -> None:
        with engine.begin() as connection:
            import_jobs.note_progress(connection, job_id, step, fraction)

    report = Report(source=request.file_name)
    error: WanggeError | None = None
    try:
        import_file(engine, locators, request, saved, report=report, progress=progress)
    except WanggeError as raised:
        # The user knows the file by the name it had, not by where it was kept meanwhile.
        raised.params = {
            key: value.replace(str(saved), request.file_name) if isinstance(value, str) else value
            for key, value in raised.params.items()
        }
        log.info("import refused", job=job_id, code=raised.code, cause=repr(raised.__cause__))
        error = raised
    except Exception:
        log.exception("import failed", job=job_id)
        error = WanggeError("internal-error")
    finally:
        saved.unlink(missing_ok=True)
        with engine.begin() as connection:
            import_jobs.finish(connection, job_id, report, error)


def import_file(
    engine: Engine,
    locators: Locators,
    request: ImportRequest,
    path: Path,
    *,
    report: Report,
    progress: Progress = silent,
) -> int:
    """Import every good row in one transaction; gives how many.

    Without `skip_bad` one bad row stops the whole file. Every fault is in `report`, by row.
    Raises InputError, ConflictError.
    """
    progress("import-step-read", 0.0)
    frame, crs = read_reports(path, crs=request.crs, report=report)
    report.rows_read, report.rows_accepted = len(frame), 0
    if not len(frame):
        raise InputError("import-empty", file=request.file_name)
    progress("import-step-check", 0.2)
    with engine.connect() as connection:
        tree = incidents.categories(connection)
    table = check_reports(
        frame,
        severities={row["code"]: row["severity"] for row in tree},
        category_names={name: row["code"] for row in tree for name in row["name"].values()},
        now=datetime.now(UTC),
        time_zone=request.time_zone,
        report=report,
    )
    refused = report.rows_read - len(table)
    if refused and not request.skip_bad:
        raise InputError("import-refused", refused=refused, read=report.rows_read)
    try:
        with acting(engine, request.actor, action="import", reason=request.file_name) as connection:
            written = _write(connection, locators, request, table, crs, report, progress)
            if request.dry_run:
                connection.rollback()
    except IntegrityError as conflict:
        raise ConflictError("incident-conflict") from conflict
    report.rows_accepted = written
    return written


def _write(
    connection: Connection,
    locators: Locators,
    request: ImportRequest,
    table: ReportTable,
    crs: str,
    report: Report,
    progress: Progress,
) -> int:
    progress("import-step-route", 0.4)
    lon, lat = lonlat_to_wgs84(table.x, table.y, crs)
    owners = owners_of(
        connection, locators, request.jurisdiction_id, lon, lat, table.reported_at, lock=True
    )
    _doubt_places(connection, locators, request, owners, lon, lat, report)
    progress("import-step-write", 0.6)
    pairs = [(s, r) for s, r in zip(table.source, table.source_ref, strict=True) if r is not None]
    before = intake.known_among(connection, pairs) if pairs else set()
    fresh = [i for i in range(len(table)) if (table.source[i], table.source_ref[i]) not in before]
    if len(fresh) < len(table):
        skipped = sorted(set(range(len(table))) - set(fresh))
        report.add("warned", "row-known-already", rows=table.row[skipped])
    zone = ZoneInfo(request.time_zone)
    today = datetime.now(zone).date()
    dated = [(i, table.reported_at[i].astimezone(zone).date()) for i in fresh]

    def rows(
        chosen: list[tuple[int, date]], following: dict[date, int]
    ) -> Iterator[tuple[Any, ...]]:
        for i, day in chosen:
            number = following[day]
            following[day] = number + 1
            closed = table.closed_at[i]
            owner = owners.one(i)
            yield (
                intake.serial(owners.jurisdiction_code, day, number), request.jurisdiction_id,
                table.category[i], int(table.severity[i]), table.source[i], table.source_ref[i],
                table.title[i], table.description[i], table.address[i], None, None,
                table.reported_at[i], "closed" if closed else "dispatched", None, closed,
                owner.plan_id, owner.grid_id, owner.grid_code, owner.queue_id, owner.post_id,
                owner.person_id, owner.responsible_level, owner.rule, owners.synthetic,
                float(lon[i]), float(lat[i]),
            )  # fmt: skip

    # A day's counter stays locked until the end, and dispatchers need today's: it comes last.
    for chosen in (
        [one for one in dated if one[1] != today],
        [one for one in dated if one[1] == today],
    ):
        counts = Counter(day for _, day in chosen)
        following = intake.take_serials(connection, request.jurisdiction_id, counts)
        intake.copy(connection, rows(chosen, following))
    progress("import-step-write", 1.0)
    return len(fresh)


def _doubt_places(
    connection: Connection,
    locators: Locators,
    request: ImportRequest,
    owners: Owners,
    lon: Any,
    lat: Any,
    report: Report,
) -> None:
    """Say how many lie outside, and whether another coordinate system would bring them home."""
    outside = owners.outside()
    if not outside.any():
        return
    report.add("warned", "rows-outside-grids", count=int(outside.sum()))
    area = jurisdiction_area(connection, request.jurisdiction_id)
    system = likelier_crs(lon, lat, area) if area is not None else None
    if system is not None:
        report.add("warned", "place-likely-crs", count=int(outside.sum()), system=system)
