"""`wangge route --scheduler`: the same as `route_file`, over the workers of a dask cluster.

The file is cut into parts. Workers leave the owners of each in a folder beside the output, which
they share with the client; the client joins them in order. What is done stays done: whoever is
killed, the next run with the same inputs goes on from there.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import logging
import os
import pickle
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np

from gis.errors import ConflictError, InputError, UnavailableError, WanggeError
from gis.files.owners import check_owners_file, join_owners, written_whole
from gis.files.point_parts import PART_BYTES, PART_ROWS, cut_points
from gis.files.source import identify, not_writable
from gis.progress import Progress, silent
from gis.report import Report
from gis.routing.batch import STATUSES, CrsDoubt
from gis.routing.locator import Locator
from gis.workflows.route_files import RouteSummary, code_type, read_grids, summary
from gis.workflows.route_parts import (
    LOCATOR,
    MARK,
    Job,
    PartDone,
    finished,
    hashes_path,
    owners_path,
    route_part,
    unfit,
    versions,
)
from gis.workflows.unique_ids import UniqueIds, ids_missing

MANIFEST, LOCK = "manifest.json", "lock"
OWN = re.compile(r"manifest\.(json|part)|lock|mark|locator(\.part)?|points\.(parquet|part)"
                 r"|\d{6}\..+|\.ids-.+|\.nfs.+")  # fmt: skip
CONNECT_S, WORKERS_S, LOST_S = 15, 30, 60
RETRIES = 3  # of a task that a shared disk failed
CHUNK = 1 << 24


def route_on_cluster(
    grids: Path,
    points: Path,
    out: Path,
    *,
    scheduler: str,
    crs: str | None = None,
    progress: Progress = silent,
) -> RouteSummary:
    """Write `out` as `gis.workflows.route_files.route_file` does, by the workers of `scheduler`.

    Workers must have the same Wangge and see the same files under the same paths. Finished parts
    are kept in the folder `OUT.parts` until the end; a run with the same inputs goes on with them,
    with others it begins anew, and the report says which. Raises as `route_file` does, and
    UnavailableError, InputError, ConflictError `dask-…`.
    """
    check_owners_file(out)
    identify(points, report=Report())
    grids, points, out = grids.absolute(), points.absolute(), out.absolute()
    grids_report, report = Report(source=str(grids)), Report(source=str(points))
    with _client(scheduler) as client, _kept(out) as folder:
        progress("routing-step-grids", 0.0)
        locator = read_grids(grids, grids_report)
        kept = _begin(folder, (grids, points), crs, out.suffix.lower(), report)
        digest = _leave(folder, locator)
        head = Report()
        before = points.stat()
        staged = folder / "points.parquet"
        cut = cut_points(points, staged=staged, report=head, crs=crs, progress=progress)
        job = Job(
            points=cut, folder=folder, suffix=out.suffix.lower(), mark=kept, locator=digest,
            size=cut.path.stat().st_size, versions=versions(),
        )  # fmt: skip
        done = _route(client, job, progress)
        after = points.stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise InputError("dask-file-changed", file=str(points))
        counts = _judge(done, job, points, locator, head, report)
        with UniqueIds(folder) as ids:
            for part in done:
                ids.add(np.fromfile(hashes_path(job, part.number), np.uint64))
            ids.check(points, crs)
        with written_whole(out) as whole:
            progress("dask-step-join", 0.0)
            parts = [owners_path(job, part.number) for part in done]
            for share in join_owners(parts, whole, job.suffix, code_type(locator)):
                progress("dask-step-join", share)
        shutil.rmtree(folder, ignore_errors=True)
    return summary(counts, grids_report, report)


@contextmanager
def _client(scheduler: str) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError as error:
        raise UnavailableError("dask-missing") from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # our own sentences say it
    try:
        client = Client(scheduler, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise UnavailableError("dask-unreachable", address=scheduler) from error
    try:
        try:
            client.wait_for_workers(1, timeout=WORKERS_S)
        except TimeoutError as error:
            raise UnavailableError("dask-no-workers", address=scheduler) from error
        yield client
    finally:
        with suppress(Exception):  # whatever is wrong with it has been told
            client.close(timeout=5)


@contextmanager
def _kept(out: Path) -> Iterator[Path]:
    """The folder of the parts, for one run at a time; what is in it goes in the end.

    Raises ConflictError `dask-running`; `dask-folder-taken` where it is somebody else's, who could
    exchange what is in it, or holds anything else.
    """
    folder = out.with_name(f"{out.name}.parts")
    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as mine:
            other = os.fstat(mine.fileno()).st_uid != folder.stat().st_uid
            other |= any(not OWN.fullmatch(it.name) for it in folder.iterdir())
        if other:
            raise ConflictError("dask-folder-taken", folder=str(folder))
        lock = (folder / LOCK).open("w")
    except OSError as error:
        raise not_writable(out, error) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConflictError("dask-running", folder=str(folder)) from error
        try:
            yield folder
        except OSError as error:
            if type(error).__name__ == "CommClosedError":
                raise UnavailableError("dask-lost") from error
            raise not_writable(out, error) from error
        except WanggeError:
            if folder.exists() and not any(folder.glob("??????.*.json")):
                shutil.rmtree(folder, ignore_errors=True)  # nothing is worth keeping
            raise


def _begin(
    folder: Path,
    inputs: tuple[Path, Path],
    crs: str | None,
    suffix: str,
    report: Report,
) -> str:
    """Make the folder ready; gives its mark. What another run with other inputs left goes."""
    told = {
        "grids": _digest(inputs[0]), "points": _digest(inputs[1]), "crs": crs, "suffix": suffix,
        "cut": [PART_BYTES, PART_ROWS], "versions": versions(),
    }  # fmt: skip
    manifest = folder / MANIFEST
    former = None
    with suppress(OSError, ValueError):
        former = json.loads(manifest.read_text(encoding="utf-8"))
    if former is not None and former["inputs"] == told:
        parts = len(list(folder.glob(f"??????.{former['mark']}.json")))
        if parts:
            report.add("warned", "dask-resumed", count=parts)
        return str(former["mark"])
    if former is not None:
        report.add("warned", "dask-anew", folder=str(folder))
    for left in folder.iterdir():
        if left.name != LOCK and left.is_file():
            left.unlink(missing_ok=True)  # a worker of that run may be at it still
    mark = uuid.uuid4().hex
    (folder / MARK).write_text(mark, encoding="utf-8")
    part = manifest.with_suffix(".part")
    part.write_text(json.dumps({"mark": mark, "inputs": told}, indent=1), encoding="utf-8")
    part.replace(manifest)
    return mark


def _leave(folder: Path, locator: Locator) -> str:
    """Leave the locator for the workers, in the place of any that is there; gives its SHA-256."""
    made = pickle.dumps(locator, protocol=5)
    part = folder / f"{LOCATOR}.part"
    part.write_bytes(made)
    part.replace(folder / LOCATOR)
    return hashlib.sha256(made).hexdigest()


def _digest(path: Path) -> str:
    """Of the content; of a Shapefile, of all its files."""
    if not path.is_file():
        return str(path)  # a folder or nothing: the reader says what is wrong
    files = [path]
    if path.suffix.lower() == ".shp":
        files = sorted(path.parent.glob(f"{path.stem}.*"))
    found = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            while block := stream.read(CHUNK):
                found.update(block)
    return found.hexdigest()


def _route(client: Any, job: Job, progress: Progress) -> list[PartDone]:
    """All parts, those that the folder has and those that workers add. Raises `dask-…`."""
    parts = job.points.parts
    kept = [finished(job, number) for number in range(len(parts))]
    done = {part.number: part for part in kept if part is not None}
    left = [number for number in range(len(parts)) if number not in done]
    progress("routing-step-points", len(done) / max(len(parts), 1))
    if left:
        _check_workers(client, job)
        ended: SimpleQueue[Any] = SimpleQueue()
        tasks = [
            client.submit(
                route_part, job, parts[number], number, key=f"wangge-{job.mark}-{number}",
                retries=RETRIES, priority=-number, pure=False,
            )
            for number in left
        ]  # fmt: skip
        try:
            for task in tasks:
                task.add_done_callback(ended.put)
            while len(done) < len(parts):
                part = _result(_next(client, ended))
                if part.error is not None:
                    code, params = part.error
                    raise InputError(code, **params)
                done[part.number] = part
                progress("routing-step-points", len(done) / len(parts))
        finally:
            with suppress(Exception):  # what nobody waits for any more
                client.cancel(tasks, force=True)
    return [done[number] for number in range(len(parts))]


def _check_workers(client: Any, job: Job) -> None:
    try:
        answers = client.run(_fits, job, on_error="return")
    except Exception as error:
        raise UnavailableError("dask-lost") from error
    for worker, answer in sorted(answers.items()):
        if isinstance(answer, (ImportError, AttributeError)):
            raise InputError("dask-no-wangge", worker=worker) from answer
        if isinstance(answer, tuple):
            code, params = answer
            raise InputError(code, **params)


def _fits(job: Job, dask_worker: Any) -> tuple[str, dict[str, Any]] | None:
    """Run by each worker: what speaks against it."""
    return unfit(job, str(dask_worker.address))


def _next(client: Any, ended: SimpleQueue[Any]) -> Any:
    """The next future that is done. Raises UnavailableError if nobody is left to do any."""
    while True:
        try:
            return ended.get(timeout=LOST_S)
        except Empty:
            if client.status != "running":
                raise UnavailableError("dask-lost") from None
            try:
                workers = client.scheduler_info()["workers"]
            except Exception as error:
                raise UnavailableError("dask-lost") from error
            if not workers:
                raise UnavailableError("dask-lost") from None


def _result(task: Any) -> PartDone:
    from distributed import KilledWorker

    try:
        found: PartDone = task.result()
    except KilledWorker as error:
        raise UnavailableError("dask-workers-die") from error
    except (ImportError, AttributeError) as error:
        raise InputError("dask-no-wangge", worker=str(error)) from error
    except OSError as error:
        # Told by the task itself it is of its disk; else nobody was there to ask what came of it.
        if task.status != "error" or type(error).__name__ == "CommClosedError":
            raise UnavailableError("dask-lost") from error
        raise UnavailableError("dask-disk", reason=str(error)) from error
    except (asyncio.CancelledError, futures.CancelledError) as error:
        raise UnavailableError("dask-lost") from error
    return found


def _judge(
    done: list[PartDone],
    job: Job,
    points: Path,
    locator: Locator,
    head: Report,
    report: Report,
) -> Any:
    """Fold what the parts noted into `report`; gives the counts by status.

    Raises InputError `table-empty`, `ids-missing`.
    """
    relative = job.points.kind == "csv"
    counts = np.zeros(len(STATUSES), np.int64)
    findings, doubt, row = list(head.findings), None, 1
    for part in done:
        shift = row if relative else 0
        if part.unnamed:
            raise ids_missing(points, [it + shift for it in part.unnamed_rows], part.unnamed)
        for found in part.report():
            findings.append(replace(found, rows=tuple(it + shift for it in found.rows)))
        counts += np.array(part.counts, np.int64)
        row += part.rows
        if len(part.sample):
            doubt = doubt or CrsDoubt(locator=locator, crs=part.crs)
            doubt.watch(*np.array(part.sample).T)
    if not counts.sum():
        raise InputError("table-empty", file=str(points))
    report.fold(findings)
    if doubt is not None:
        doubt.report(report)
    return counts
