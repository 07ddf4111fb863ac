"""Atlases as work of the background: asked for, followed, cancelled, printed, fetched, tidied.

What is printed is what its owner may see when it is printed, and it is given to nobody else.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from gis.errors import ConflictError, ForbiddenError, NotFoundError
from gis.files.atlas import PrintStoppedError
from gis.files.atlas_press import Press
from gis.progress import Progress
from gis.store import atlas_jobs as store
from gis.store import draft_jobs, jobs
from gis.store.credentials import scope_of_account
from gis.store.engine import acting
from gis.store.scope import beyond, scoped
from gis.workflows.draft_jobs_run import Watch, WorkLeftError, carry_out
from gis.workflows.plan_exports import ExportRequest, Printing, allow, export_plan, note_export

TASK = "wangge.print-atlas"
FOLDER = "atlases"  # of the data directory
KEPT = timedelta(days=7)
RECENT = 5
PAGES_FROM = 0.05  # of the whole, what comes before the first page


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintShop:
    """Where atlases are printed and kept: a folder that server and worker share, and a press."""

    folder: Path
    press: Press


def start(
    engine: Engine, asked: ExportRequest, *, actor: str, account_id: int | None,
    key: str | None = None,
) -> int:  # fmt: skip
    """Have an atlas printed; gives the number of the work. The same asked for again is the same.

    Raises as `plan_exports.allow` and `gis.store.atlas_jobs.add`.
    """
    request = {
        "within": asked.within, "language": asked.language, "time_zone": asked.time_zone,
        "people": asked.people, "phones": asked.phones, **({} if key is None else {"key": key}),
    }  # fmt: skip
    with acting(engine, actor, action="print") as connection:
        head = allow(connection, asked)
        job, new = store.add(
            connection, jurisdiction_id=head["jurisdiction_id"], plan_id=asked.plan_id,
            request=request, actor=actor, account_id=account_id,
        )  # fmt: skip
        if new:
            with beyond(connection):  # the queue is the owner's
                jobs.defer(connection, TASK, {"job": job}, lock=f"atlas {job}", queue=jobs.PRINT)
            note_export(connection, asked, head)
    return job


def atlas(connection: Connection, folder: Path, job_id: int) -> dict[str, Any]:
    """How far an atlas is, and what came of it: `kept` tells whether its file is still there.

    Raises NotFoundError `atlas-not-found`.
    """
    return _shown(store.get(connection, job_id), folder)


def atlases(connection: Connection, folder: Path, plan_id: int) -> list[dict[str, Any]]:
    """The last atlases of a plan that the caller has had printed, the newest first.

    Raises as `plan_exports.allow`.
    """
    allow(connection, ExportRequest(plan_id=plan_id, form="atlas", language="", time_zone=""))
    found = store.of_plan(connection, plan_id, limit=RECENT)
    return [_shown(job, folder) for job in found]


def cancel(engine: Engine, job_id: int, *, actor: str) -> None:
    """End the printing before it is done; what has ended stays. Raises as `atlas`."""
    with acting(engine, actor, action="cancel") as connection:
        store.cancel(connection, job_id)


def file_of(connection: Connection, folder: Path, job_id: int) -> tuple[Path, str]:
    """Where a printed atlas lies, and what to call it.

    Raises as `atlas` and `plan_exports.allow`; ConflictError `atlas-not-done`; NotFoundError
    `atlas-gone`.
    """
    job = store.get(connection, job_id)
    allow(connection, _request(job))
    if job["status"] != "done":
        raise ConflictError("atlas-not-done", id=job_id)
    path = folder / job["result"]["file"]
    if not path.is_file():
        raise NotFoundError("atlas-gone", id=job_id, days=KEPT.days)
    return path, str(job["result"]["name"])


def print_atlas(
    engine: Engine, shop: PrintShop, job_id: int, stopping: Callable[[], bool] = lambda: False
) -> None:
    """Print an atlas, or begin it again where another worker has left it. Raises as `carry_out`."""
    shop.folder.mkdir(parents=True, exist_ok=True)
    tidy_atlases(shop.folder)
    carry_out(engine, job_id, lambda job, watch: _print(engine, shop, job, watch), stopping)


def _print(engine: Engine, shop: PrintShop, job: dict[str, Any], watch: Watch) -> None:
    # Two that believe to be at it write different files.
    out = shop.folder / f"{job['id']}-{job['runs']}.pdf"
    printing = Printing(press=shop.press, stop=watch.stop, scratch=shop.folder)
    kept = False
    try:
        done = export_plan(
            _as_owner(engine, job), _request(job), out, printing=printing, progress=_whole(watch)
        )
        result = {"file": out.name, "name": done.name, "pages": done.pages, "grids": done.grids,
                  "bytes": out.stat().st_size}  # fmt: skip
        with engine.begin() as connection:
            kept = draft_jobs.finish(connection, job["id"], job["runs"], result=result)
    except PrintStoppedError:
        if watch.stopping() and not watch.unwanted:
            raise WorkLeftError from None
    finally:
        if not kept:
            out.unlink(missing_ok=True)


def _as_owner(engine: Engine, job: dict[str, Any]) -> Engine:
    """The engine as whoever asked sees through it now. Raises ForbiddenError `atlas-no-owner`."""
    if job["account_id"] is None:
        return engine
    with engine.begin() as connection:
        scope = scope_of_account(connection, job["account_id"])
    if scope is None:
        raise ForbiddenError("atlas-no-owner", id=job["id"])
    return scoped(engine, scope)


def _whole(watch: Watch) -> Progress:
    """Progress of the pages as that of the whole: what comes before them is soon done."""

    def told(step: str, fraction: float) -> None:
        pages = step == "plan-export-step-atlas"
        watch.progress(step, PAGES_FROM + (1 - PAGES_FROM) * fraction if pages else 0.0)

    return told


def _request(job: dict[str, Any]) -> ExportRequest:
    asked = {name: value for name, value in job["request"].items() if name != "key"}
    return ExportRequest(plan_id=job["plan_id"], form="atlas", **asked)


def _shown(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    result = job["result"] or {}
    asked = job["request"]
    done = job["status"] == "done"
    return {
        **{name: job[name] for name in ("id", "plan_id", "status", "step", "fraction", "error",
                                        "created_at", "finished_at")},
        **{name: asked[name] for name in ("within", "language", "people", "phones")},
        **{name: result.get(name) for name in ("name", "pages", "grids", "bytes")},
        "kept": done and (folder / result["file"]).is_file(),
        "kept_until": job["finished_at"] + KEPT if done else None,
    }  # fmt: skip


def tidy_atlases(folder: Path) -> None:
    """Remove what has been kept long enough, and what a worker that was killed left behind."""
    for old in folder.iterdir() if folder.is_dir() else ():
        with suppress(OSError):
            if old.stat().st_mtime >= time.time() - KEPT.total_seconds():
                continue
            if old.is_dir():
                shutil.rmtree(old)
            else:
                old.unlink()
