"""One part of a file of points, routed by a worker of a cluster and left in a shared folder."""

from __future__ import annotations

import hashlib
import json
import pickle
import platform
import uuid
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from socket import gethostname
from typing import Any

import numpy as np

import gis
from gis.errors import InputError, WanggeError
from gis.files.owners import OwnersWriter
from gis.files.point_parts import CutPoints, PointPart, part_batches
from gis.report import SHOWN_ROWS, Finding, Report
from gis.routing.locator import Locator
from gis.workflows.route_files import Router, code_type
from gis.workflows.unique_ids import hashes, missing_ids

# What has a say in the answers, or in how they travel.
PACKAGES = ("numpy", "pandas", "pyarrow", "shapely", "pyproj", "numba", "distributed")
OWN_CODE = ("geometry.py", "kernels.py", "files/*.py", "routing/*.py", "workflows/route_*.py")
SAMPLED = 2000  # places of a part that tell whether the coordinate system is right
MARK, LOCATOR = "mark", "locator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What every worker must know: the points, the folder that all share, and what to expect.

    mark: what the file MARK of the folder holds, so that a folder of the same name elsewhere is
    not taken for it; names the parts, so that what a worker of an earlier run still writes is not
    taken for this one's. locator: the SHA-256 of the file LOCATOR, which nobody else may exchange:
    to read it is to run what it says. size: of the file of points. versions: of the client, see
    `versions`.
    """

    points: CutPoints
    folder: Path
    suffix: str
    mark: str
    locator: str
    size: int
    versions: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDone:
    """What is known of a routed part. Its owners and the hashes of its ids lie in the folder.

    rows: read, refused ones included. counts: by status. unnamed: rows without an id. error:
    code and params of what stopped it.
    """

    number: int
    rows: int = 0
    counts: tuple[int, ...] = ()
    findings: tuple[dict[str, Any], ...] = ()
    crs: Any = None
    sample: tuple[tuple[float, float], ...] = ()
    unnamed: int = 0
    unnamed_rows: tuple[int, ...] = ()
    error: tuple[str, dict[str, Any]] | None = None

    def report(self) -> list[Finding]:
        """The findings in this part."""
        return [Finding(**{**it, "rows": tuple(it["rows"])}) for it in self.findings]


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Of Python, of the packages that matter, and of the code that routes."""
    own = hashlib.sha256()
    root = Path(gis.__file__).parent
    for path in sorted(it for pattern in OWN_CODE for it in root.glob(pattern)):
        own.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    python = ".".join(platform.python_version_tuple()[:2])
    packages = {name: str(version(name)) for name in PACKAGES}
    return {"python": python, "wangge": own.hexdigest()[:12], **packages}


def unfit(job: Job, worker: str) -> tuple[str, dict[str, Any]] | None:
    """Why this process could not give the client's answers: code and params, None if it can."""
    here = versions()
    other = [f"{name} {here[name]} / {it}" for name, it in job.versions.items() if here[name] != it]
    if other:
        return "dask-versions-differ", {"worker": worker, "differ": ", ".join(other)}
    for path in (job.folder / MARK, job.points.path):
        try:
            with path.open("rb") as stream:
                start = stream.read(len(job.mark))
            same = (
                path.stat().st_size == job.size
                if path == job.points.path
                else (start == job.mark.encode())
            )
        except OSError:
            same = False
        if not same:
            return "dask-path-not-shared", {"worker": worker, "file": str(path)}
    return None


def route_part(job: Job, part: PointPart, number: int, worker: str = "") -> PartDone:
    """Route one part into the folder, whole or not at all; what stops it is told, not raised."""
    trouble = unfit(job, worker)
    if trouble is not None:
        return PartDone(number=number, error=trouble)
    try:
        return _route(job, part, number)
    except WanggeError as error:
        return PartDone(number=number, error=(error.code, error.params))


def owners_path(job: Job, number: int) -> Path:
    """Where the owners of a part lie."""
    return job.folder / f"{number:06}.{job.mark}{job.suffix}"


def hashes_path(job: Job, number: int) -> Path:
    """Where the hashes of a part's ids lie, uint64."""
    return job.folder / f"{number:06}.{job.mark}.ids"


def noted_path(job: Job, number: int) -> Path:
    """Where it is noted that a part is done, and what came of it."""
    return job.folder / f"{number:06}.{job.mark}.json"


def finished(job: Job, number: int) -> PartDone | None:
    """What was noted of a part that is done; None if it is not."""
    try:
        told = json.loads(noted_path(job, number).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return PartDone(**told)


def _route(job: Job, part: PointPart, number: int) -> PartDone:
    locator = _locator(str(job.folder / LOCATOR), job.locator)
    report, sample, unnamed = Report(), [], []
    rows, crs = 0, None
    # two workers may come to do the same part: each under a name of its own until it is whole
    own = f".{uuid.uuid4().hex}"
    owners, hashed = owners_path(job, number), hashes_path(job, number)
    written = owners.with_suffix(own + job.suffix)
    written.touch()
    with (
        hashed.with_suffix(own).open("wb") as ids,
        OwnersWriter(written, job.suffix, code_type(locator), head=False) as writer,
    ):
        router = Router(locator, writer, report)
        for batch in part_batches(job.points, part, report=report):
            unnamed += missing_ids(batch)
            router.write(batch)
            hashes(batch.ids).tofile(ids)
            known = np.flatnonzero(np.isfinite(batch.x) & np.isfinite(batch.y))
            few = known[:: max(-(-len(known) // SAMPLED), 1)]
            sample.append(np.column_stack((batch.x[few], batch.y[few])))
            rows, crs = rows + len(batch.rows), batch.crs
    found = [asdict(it) for it in report.findings]
    rows += sum(it.count for it in report.findings if it.code == "row-ragged")
    places = np.concatenate([np.empty((0, 2)), *sample])
    done = PartDone(
        number=number,
        rows=rows,
        counts=tuple(router.counts.tolist()),
        findings=tuple(found),
        crs=crs,
        sample=tuple(map(tuple, places[:: max(-(-len(places) // SAMPLED), 1)].tolist())),
        unnamed=len(unnamed),
        unnamed_rows=tuple(unnamed[:SHOWN_ROWS]),
    )
    written.replace(owners)
    hashed.with_suffix(own).replace(hashed)
    noted = noted_path(job, number)
    noted.with_suffix(own).write_text(json.dumps(asdict(done)), encoding="utf-8")
    noted.with_suffix(own).replace(noted)
    return done


@lru_cache(maxsize=1)
def _locator(path: str, digest: str) -> Locator:
    """The client's locator, read once by each process, and only if it is the client's."""
    try:
        found = Path(path).read_bytes()
    except OSError as error:
        raise InputError("dask-path-not-shared", worker=gethostname(), file=path) from error
    if hashlib.sha256(found).hexdigest() != digest:
        raise InputError("dask-path-not-shared", worker=gethostname(), file=path)
    loaded: Locator = pickle.loads(found)  # noqa: S301 - what the client wrote
    return loaded
