"""A file of base data taken in whole or not at all, once: what all such imports share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from gis.errors import ConflictError, InputError, WanggeError
from gis.report import Report
from gis.store import audit, import_jobs
from gis.store.engine import acting


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRequest:
    """Which file is for which jurisdiction; `again`: although the same content came in before."""

    jurisdiction_id: int
    file_name: str
    time_zone: str
    actor: str
    dry_run: bool = False
    again: bool = False

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


Write = Callable[[Connection, int], Mapping[str, int]]


def take_in(
    engine: Engine, request: FileRequest, path: Path, *, kind: str, report: Report, write: Write
) -> dict[str, Any]:
    """Let `write` (given a transaction and the import's id) write a file, and note the import.

    What it gives are counts, of which `added` is told as rows written. A dry run writes nothing.
    Raises NotFoundError `jurisdiction-not-found`, ConflictError `import-repeated` where the same
    content came in before, `import-running-already`; and what `write` raises, after which nothing
    of the file is left.
    """
    digest = hashlib.sha256(kind.encode() + b"\0" + path.read_bytes()).hexdigest()
    running = import_jobs.start(
        engine, jurisdiction_id=request.jurisdiction_id, file_name=request.file_name,
        sha256=digest, dry_run=request.dry_run, again=request.again, created_by=request.actor,
        zone=request.zone,
    )  # fmt: skip
    with running:
        try:
            with acting(
                engine, request.actor, action="import", reason=request.file_name
            ) as connection:
                counts = dict(write(connection, running.id))
                if not request.dry_run:
                    audit.record(
                        connection, f"{kind}-import", f"organisation {request.jurisdiction_id}",
                        {"file": request.file_name, **counts},
                    )  # fmt: skip
                    import_jobs.finish(
                        connection, running.id, report, written=counts["added"],
                        done={"done": counts},
                    )  # fmt: skip
                else:
                    connection.rollback()
            if request.dry_run:
                with engine.begin() as other:
                    import_jobs.finish(other, running.id, report, done={"done": counts})
        except BaseException as raised:
            error = raised if isinstance(raised, WanggeError) else WanggeError("internal-error")
            if "file" in error.params:  # the user knows it by its name
                error.params["file"] = request.file_name
            with suppress(SQLAlchemyError, ConflictError), engine.begin() as other:
                import_jobs.finish(other, running.id, report, error=error)
            raise
    return {"id": running.id, "dry_run": request.dry_run, **counts}


def refuse_any(report: Report) -> None:
    """Stop a file of which any row is refused. Raises InputError `base-file-refused`."""
    refused = sum(one.count for one in report.findings if one.outcome == "refused")
    if refused:
        raise InputError("base-file-refused", refused=refused, read=report.rows_read)
