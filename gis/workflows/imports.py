"""A file of incidents taken in whole or not at all: received, registered, carried out."""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import structlog
from psycopg import errors as postgres
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from gis.errors import ConflictError, TooLargeError, WanggeError
from gis.progress import Progress, silent
from gis.report import Report
from gis.store import import_jobs, serials
from gis.store.import_jobs import RunningImport
from gis.workflows.import_rows import ImportRequest, take_in
from gis.workflows.locators import Locators

CHUNK = 1 << 20
# Where each step begins and ends in the whole, for whoever follows the import as one bar.
SHARES = {
    "import-step-read": (0.0, 0.3),
    "import-step-check": (0.3, 0.35),
    "import-step-write": (0.35, 1.0),
}
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """An upload that was saved, and the import that it is registered for."""

    path: Path
    running: RunningImport


def jurisdiction_id_of(engine: Engine, code: str) -> int:
    """The organisation with this code. Raises NotFoundError `jurisdiction-not-found`."""
    with engine.connect() as connection:
        return import_jobs.organisation_id(connection, code)


def receive(
    engine: Engine, request: ImportRequest, stream: BinaryIO, *, folder: Path, limit_mb: int
) -> Received:
    """Save an upload and register its import, so that it can be followed.

    Raises TooLargeError beyond the limit, and what `register` raises; no file is left then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    suffix = Path(request.file_name).suffix.lower()[:10]
    size = 0
    with tempfile.NamedTemporaryFile(dir=folder, suffix=suffix, delete=False) as target:
        saved = Path(target.name)
        try:
            while block := stream.read(CHUNK):
                size += len(block)
                if size > limit_mb * 1_000_000:
                    raise TooLargeError("import-too-large", limit=limit_mb)
                target.write(block)
            target.flush()
            return Received(path=saved, running=register(engine, request, saved))
        except BaseException:
            saved.unlink()
            raise


def register(engine: Engine, request: ImportRequest, path: Path) -> RunningImport:
    """Note the import before it runs; it must be closed.

    Raises NotFoundError; ConflictError `import-repeated`, `import-running-already`.
    """
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(CHUNK):
            digest.update(block)
    return import_jobs.start(
        engine,
        jurisdiction_id=request.jurisdiction_id,
        file_name=request.file_name,
        sha256=digest.hexdigest(),
        dry_run=request.dry_run,
        again=request.again,
        created_by=request.actor,
        zone=ZoneInfo(request.time_zone),
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


def run(engine: Engine, locators: Locators, request: ImportRequest, received: Received) -> None:
    """Carry out a registered upload and note how it ended. Removes the saved file."""
    report = Report(source=request.file_name)
    running, saved = received.running, received.path
    try:
        _carry_out(engine, locators, request, running, saved, report, silent)
    except WanggeError as error:
        log.info("import refused", job=running.id, code=error.code, cause=repr(error.__cause__))
    except Exception:
        log.exception("import failed", job=running.id)
    finally:
        saved.unlink(missing_ok=True)


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
    Raises InputError, NotFoundError, and ConflictError where the same content was imported
    before (`import-repeated`, unless `again`) or is being imported (`import-running-already`).
    """
    running = register(engine, request, path)
    return _carry_out(engine, locators, request, running, path, report, progress)


def _carry_out(
    engine: Engine,
    locators: Locators,
    request: ImportRequest,
    running: RunningImport,
    path: Path,
    report: Report,
    progress: Progress,
) -> int:
    def follow(step: str, fraction: float) -> None:
        progress(step, fraction)
        begin, end = SHARES[step]
        with engine.begin() as other:
            whole = begin + (end - begin) * min(max(fraction, 0.0), 1.0)
            import_jobs.note_progress(other, running.id, step, whole)

    with running:
        try:
            return take_in(engine, locators, request, running, path, report, follow)
        except BaseException as raised:
            error = _told(raised, request, path)
            with suppress(SQLAlchemyError, ConflictError):
                if running.connection.in_transaction():
                    running.connection.rollback()
                with engine.begin() as other:
                    import_jobs.finish(other, running.id, report, error=error)
                serials.take_back(engine, request.jurisdiction_id)
            if isinstance(raised, DBAPIError) and isinstance(error, ConflictError):
                raise error from raised
            raise


def _told(raised: BaseException, request: ImportRequest, path: Path) -> WanggeError:
    """What went wrong, as something that the user can understand."""
    if isinstance(raised, IntegrityError) or (
        isinstance(raised, DBAPIError) and isinstance(raised.orig, postgres.DeadlockDetected)
    ):
        return ConflictError("incident-conflict")
    if not isinstance(raised, Exception):  # somebody stopped us
        return ConflictError("import-interrupted")
    if not isinstance(raised, WanggeError):
        return WanggeError("internal-error")
    # The user knows the file by the name it had, not by where it was kept meanwhile.
    raised.params = {
        key: value.replace(str(path), request.file_name) if isinstance(value, str) else value
        for key, value in raised.params.items()
    }
    return raised
