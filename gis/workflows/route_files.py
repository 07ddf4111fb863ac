"""`wangge route`: a file of points against a file of grids; no database, little memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from gis.errors import InputError
from gis.files.columns import need_column
from gis.files.layers import read_layer
from gis.files.owners import OwnersWriter, check_owners_file, written_whole
from gis.files.point_batches import PointBatch, point_batches
from gis.progress import Progress, silent
from gis.report import SHOWN_ROWS, Report
from gis.routing.batch import INVALID, STATUSES, CrsDoubt, route_batch
from gis.routing.locator import Locator
from gis.routing.survey import survey
from gis.workflows.unique_ids import UniqueIds, hashes, need_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSummary:
    """What was routed: the number of points by status, and both files' reports."""

    points: int
    inside: int
    outside: int
    invalid: int
    grids: Report
    report: Report

    def as_dict(self, language: str) -> dict[str, Any]:
        """The summary as JSON-ready values, with sentences in the given language."""
        return {
            "points": self.points,
            "inside": self.inside,
            "outside": self.outside,
            "invalid": self.invalid,
            "grids_report": self.grids.as_dict(language),
            "points_report": self.report.as_dict(language),
        }


def route_file(
    grids: Path,
    points: Path,
    out: Path,
    *,
    crs: str | None = None,
    threads: int = 1,
    progress: Progress = silent,
) -> RouteSummary:
    """Write `out` (CSV or Parquet): point_id, grid_id, status of every point, in the same order.

    `grids` has grid_id and polygons in any named system; `crs` is that of the points. Memory
    does not grow with their number; so many `threads` look for the grids of a batch. The file
    appears whole or not at all. Raises InputError (`file-…`, `column-missing`, `ids-missing`,
    `ids-duplicate`, `layer-…`, `crs-…`, `routing-…`).
    """
    check_owners_file(out)
    progress("routing-step-grids", 0.0)
    grids_report, report = Report(source=str(grids)), Report(source=str(points))
    locator = read_grids(grids, grids_report)
    doubt: CrsDoubt | None = None
    scratch = Report()
    progress("routing-step-points", 0.0)
    with (
        written_whole(out) as part,
        OwnersWriter(part, out.suffix.lower(), code_type(locator)) as writer,
        UniqueIds(out.parent) as ids,
    ):
        router = Router(locator, writer, scratch, threads=threads)
        for batch in point_batches(points, report=scratch, crs=crs):
            doubt = doubt or CrsDoubt(locator=locator, crs=batch.crs)
            doubt.watch(batch.x, batch.y)
            need_ids(batch, points)
            router.write(batch)
            ids.add(hashes(batch.ids))
            progress("routing-step-points", batch.fraction)
        ids.check(points, crs)
    report.fold(scratch.findings)
    if doubt is not None:
        doubt.report(report)
    return summary(router.counts, grids_report, report)


class Router:
    """Writes the owners of batches, notes places off the earth, and counts by status."""

    def __init__(
        self, locator: Locator, writer: OwnersWriter, report: Report, *, threads: int = 1
    ) -> None:
        self._locator, self._writer, self._report = locator, writer, report
        self._threads = threads
        self._codes = pa.array(locator.codes.tolist(), code_type(locator))
        self.counts = np.zeros(len(STATUSES), np.int64)

    def write(self, batch: PointBatch) -> None:
        """Route some points and write their owners."""
        routed = route_batch(self._locator, batch.x, batch.y, crs=batch.crs, threads=self._threads)
        self.counts += np.bincount(routed.statuses, minlength=len(STATUSES))
        off = (routed.statuses == INVALID) & ~np.isnan(batch.x)
        if off.any():
            self._report.add("refused", "place-outside-world", rows=batch.rows[off])
        owner = self._codes.take(pa.array(routed.grids, mask=routed.grids < 0))
        status = pa.array(STATUSES).take(pa.array(routed.statuses))
        self._writer.write(batch.ids, owner, status)


def summary(counts: npt.NDArray[np.int64], grids: Report, report: Report) -> RouteSummary:
    """What the counts by status, and both files' reports, come to."""
    report.rows_read = int(counts.sum())
    report.rows_accepted = int(counts[:INVALID].sum())
    inside, outside, invalid = counts.tolist()
    return RouteSummary(
        points=report.rows_read,
        inside=inside,
        outside=outside,
        invalid=invalid,
        grids=grids,
        report=report,
    )


def code_type(locator: Locator) -> Any:
    """The Arrow type of the grids' ids."""
    return pa.int64() if locator.codes.dtype.kind in "iu" else pa.string()


def read_grids(path: Path, report: Report) -> Locator:
    """The locator of a file with grid_id and polygons; its faults are noted in `report`."""
    layer = read_layer(path, report=report, kinds=("polygon",))
    column = need_column(layer.columns, "grid_id", file=str(path))
    names = layer[column]
    if not pd.api.types.is_integer_dtype(names.dtype):
        if pd.api.types.is_float_dtype(names.dtype) and (names.dropna() % 1 == 0).all():
            names = names.astype("Int64")  # whole numbers that a missing one turned into 30.0
        names = names.map(lambda it: "" if pd.isna(it) else str(it).strip())
        empty = names == ""
        if empty.any():
            rows = ", ".join(map(str, names.index[empty][:SHOWN_ROWS]))
            raise InputError(
                "ids-missing", file=str(path), column=column, count=int(empty.sum()), rows=rows
            )
    repeated = names.duplicated()
    if repeated.any():
        report.add("warned", "routing-grid-in-parts", rows=names.index[repeated])
    shapes, codes = np.asarray(layer.geometry.to_numpy(), object), names.to_numpy()
    survey(shapes, codes).add_to(report)
    return Locator.build(shapes, codes)
