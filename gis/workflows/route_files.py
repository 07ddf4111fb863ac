"""`wangge route`: a file of points against a file of grids; no database, little memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gis.errors import InputError
from gis.files.columns import need_column
from gis.files.layers import read_layer
from gis.files.point_batches import PointBatch, point_batches
from gis.files.source import not_writable
from gis.progress import Progress, silent
from gis.report import SHOWN_ROWS, Report
from gis.routing.batch import INVALID, STATUSES, CrsDoubt, route_batch
from gis.routing.locator import Locator
from gis.routing.survey import survey
from gis.workflows.unique_ids import UniqueIds

SPECIAL = '[",\r\n]'  # what makes a CSV cell need quotes


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
    if out.suffix.lower() not in (".csv", ".parquet"):
        raise InputError("file-kind-unknown", file=str(out), known=".csv, .parquet")
    progress("routing-step-grids", 0.0)
    grids_report, report = Report(source=str(grids)), Report(source=str(points))
    locator = _locator(grids, grids_report)
    codes = _codes(locator)
    doubt: CrsDoubt | None = None
    counts = np.zeros(len(STATUSES), np.int64)
    scratch = Report()
    progress("routing-step-points", 0.0)
    with (
        _written_whole(out) as part,
        _Writer(part, out.suffix.lower(), codes.type) as writer,
        UniqueIds(out.parent) as ids,
    ):
        for batch in point_batches(points, report=scratch, crs=crs):
            doubt = doubt or CrsDoubt(locator=locator, crs=batch.crs)
            doubt.watch(batch.x, batch.y)
            routed = route_batch(locator, batch.x, batch.y, crs=batch.crs, threads=threads)
            counts += np.bincount(routed.statuses, minlength=len(STATUSES))
            _note_off_earth(batch, routed.statuses, scratch)
            ids.add(batch)
            owner = codes.take(pa.array(routed.grids, mask=routed.grids < 0))
            status = pa.array(STATUSES).take(pa.array(routed.statuses))
            writer.write(batch.ids, owner, status)
            progress("routing-step-points", batch.fraction)
        ids.check(points, crs)
    report.fold(scratch.findings)
    if doubt is not None:
        doubt.report(report)
    report.rows_read = int(counts.sum())
    report.rows_accepted = int(counts[:INVALID].sum())
    inside, outside, invalid = counts.tolist()
    return RouteSummary(
        points=report.rows_read,
        inside=inside,
        outside=outside,
        invalid=invalid,
        grids=grids_report,
        report=report,
    )


def _locator(path: Path, report: Report) -> Locator:
    layer = read_layer(path, report=report, kinds=("polygon",))
    column = need_column(layer.columns, "grid_id", file=str(path))
    names = layer[column]
    if not pd.api.types.is_integer_dtype(names.dtype):
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


def _codes(locator: Locator) -> Any:
    """The grids' ids as an Arrow array to take the answers from."""
    kind = pa.int64() if locator.codes.dtype.kind in "iu" else pa.string()
    return pa.array(locator.codes.tolist(), kind)


def _note_off_earth(batch: PointBatch, statuses: npt.NDArray[np.int8], report: Report) -> None:
    off = (statuses == INVALID) & ~np.isnan(batch.x)
    if off.any():
        report.add("refused", "place-outside-world", rows=batch.rows[off])


class _Writer:
    """Appends rows to a CSV or Parquet file."""

    def __init__(self, path: Path, suffix: str, grid_type: Any) -> None:
        self._path, self._suffix, self._grid_type = path, suffix, grid_type
        self._sink: Any = None
        self._text = False

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *_: object) -> None:
        if self._sink is not None:
            self._sink.close()

    def write(self, ids: Any, grid: Any, status: Any) -> None:
        """Append rows. Ids keep the type of the first rows."""
        if self._sink is None:
            self._open(ids.type)
        if self._text and not pa.types.is_string(ids.type):
            ids = pc.cast(ids, pa.string())
        rows = pa.table([ids, grid, status], names=["point_id", "grid_id", "status"])
        if self._suffix == ".parquet":
            self._sink.write_table(rows)
            return
        from pyarrow import csv

        plain = not any(
            pa.types.is_string(column.type) and pc.any(_special(column)).as_py()
            for column in (ids, grid)
        )
        style = "none" if plain else "needed"
        csv.write_csv(rows, self._sink, csv.WriteOptions(include_header=False, quoting_style=style))

    def _open(self, id_type: Any) -> None:
        self._text = pa.types.is_string(id_type)
        if self._suffix == ".csv":
            self._sink = pa.OSFile(str(self._path), "wb")
            self._sink.write(b"point_id,grid_id,status\n")
            return
        import pyarrow.parquet as pq

        schema = pa.schema(
            [("point_id", id_type), ("grid_id", self._grid_type), ("status", pa.string())]
        )
        self._sink = pq.ParquetWriter(str(self._path), schema)


def _special(column: Any) -> Any:
    return pc.fill_null(pc.match_substring_regex(column, SPECIAL), False)


@contextmanager
def _written_whole(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place at the end, or is gone if anything fails."""
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise not_writable(path, error) from error
    finally:
        part.unlink(missing_ok=True)
