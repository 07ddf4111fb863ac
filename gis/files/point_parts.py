"""A file of points cut into parts that can be read alone, by many machines at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gis.files.columns import need_column
from gis.files.point_batches import (
    CsvPiece,
    PointBatch,
    csv_parts,
    parquet_batches,
    point_batches,
    readable,
    tabled,
)
from gis.files.source import identify
from gis.files.tables import CsvShape, csv_shape
from gis.geometry import parse_crs
from gis.progress import Progress
from gis.report import Finding, Report

PART_BYTES = 64 << 20
PART_ROWS = 1 << 20
NEWLINE, QUOTE = 10, 34
STAGED_CRS, STAGED_IDS, STAGED_FINDINGS = b"wangge_crs", b"wangge_ids", b"wangge_findings"


@dataclass(frozen=True, slots=True, kw_only=True)
class PointPart:
    """Some rows of a file: bytes of a CSV, or row groups of a Parquet file, the last left out.

    first_row: the number of its first row where that is known before reading, else 0.
    """

    first: int
    last: int
    first_row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CutPoints:
    """A file and its parts in order. `kind`: `csv`, `parquet`, or `staged`: a copy by `stage`."""

    path: Path
    kind: str
    crs: str | None
    shape: CsvShape | None
    parts: tuple[PointPart, ...]


def cut_points(
    path: Path, *, staged: Path, report: Report, crs: str | None, progress: Progress
) -> CutPoints:
    """The parts of a file that `point_batches` reads.

    A CSV is cut between rows, Parquet between row groups. What cannot be cut so (other files,
    text in UTF-16, stray quotes) is copied to `staged` first. Raises as `point_batches` does.
    """
    if crs is not None:
        parse_crs(crs)  # a mistyped name is told before the long work
    seen = Report()
    kind = identify(path, report=seen)
    if kind == "parquet":
        parts = tuple(readable(path, kind, iter(_groups(path))))
        report.findings += seen.findings
        return CutPoints(path=path, kind=kind, crs=crs, shape=None, parts=parts)
    if kind == "csv":
        (shape,) = readable(path, kind, iter([csv_shape(path, report=seen)]))
        cuts = _cuts(path, shape, progress)
        if cuts is not None:
            report.findings += seen.findings
            for role in ("point_id", "lon", "lat"):
                need_column(shape.names, role, file=str(path))
            pieces = tuple(
                PointPart(first=first, last=last, first_row=0) for first, last in pairwise(cuts)
            )
            return CutPoints(path=path, kind=kind, crs=crs, shape=shape, parts=pieces)
    if not staged.exists():
        _stage(path, staged, crs, progress)
    report.findings += _noted(staged)
    return CutPoints(path=staged, kind="staged", crs=crs, shape=None, parts=tuple(_groups(staged)))


def part_batches(points: CutPoints, part: PointPart, *, report: Report) -> Iterator[PointBatch]:
    """The points of one part, in batches; a CSV's rows are counted from 1 in each part."""
    yield from readable(points.path, points.kind, _part_batches(points, part, report))


def _part_batches(points: CutPoints, part: PointPart, report: Report) -> Iterator[PointBatch]:
    path, crs = points.path, points.crs
    groups = range(part.first, part.last)
    if points.shape is not None:
        piece = CsvPiece(shape=points.shape, start=part.first, end=part.last)
        for rows, table, done in csv_parts(path, report=report, piece=piece):
            yield tabled(path, table, rows, done, report, crs)
    elif points.kind == "staged":
        yield from _staged(path, groups)
    else:
        yield from parquet_batches(
            path, report=report, crs=crs, groups=groups, first_row=part.first_row
        )


def _groups(path: Path) -> Iterator[PointPart]:
    """Row groups that follow each other, together some PART_ROWS rows or one group."""
    import pyarrow.parquet as pq

    described = pq.read_metadata(path)
    first, start, row = 0, 1, 1
    for group in range(described.num_row_groups):
        row += described.row_group(group).num_rows
        if row - start >= PART_ROWS or group == described.num_row_groups - 1:
            yield PointPart(first=first, last=group + 1, first_row=start)
            first, start = group + 1, row


def _cuts(path: Path, shape: CsvShape, progress: Progress) -> list[int] | None:
    """Bytes at which rows begin, some PART_BYTES apart, and the end; None if nobody can tell.

    A newline ends a row if an even number of quotes come before it, given that each odd quote
    opens a cell: a stray one in the middle of a cell would turn in and out round.
    """
    if shape.encoding.startswith("utf-16"):
        return None
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(shape.start)
        head = stream.readline()
        if not head.strip() or head.count(b'"') % 2 or b"\r" in head.rstrip(b"\r\n"):
            return None
        cuts = [stream.tell()]
        inside, before = False, NEWLINE
        while block := stream.read(PART_BYTES):
            seen = np.frombuffer(block, np.uint8)
            quotes = np.flatnonzero(seen == QUOTE) if b'"' in block else np.empty(0, np.int64)
            if len(quotes) and _stray(seen, quotes, inside, before, ord(shape.delimiter)):
                return None
            newline = _last_row_end(seen, quotes, inside)
            if newline is not None and stream.tell() < size:
                cuts.append(stream.tell() - len(block) + newline + 1)
            inside ^= bool(len(quotes) % 2)
            before = int(seen[-1])
            progress("dask-step-cut", stream.tell() / size)
    return [*cuts, size] if size > cuts[-1] else cuts


def _stray(
    seen: npt.NDArray[np.uint8],
    quotes: npt.NDArray[np.int64],
    inside: bool,
    before: int,
    delimiter: int,
) -> bool:
    """Whether a quote that must open a cell stands elsewhere than at its beginning."""
    opening = quotes[int(inside) :: 2]
    ahead = np.where(opening > 0, seen[np.maximum(opening - 1, 0)], before)
    return not bool(np.isin(ahead, [delimiter, NEWLINE, 13, QUOTE]).all())


def _last_row_end(
    seen: npt.NDArray[np.uint8], quotes: npt.NDArray[np.int64], inside: bool
) -> int | None:
    """Where the last newline outside of quotes is."""
    newlines = np.flatnonzero(seen == NEWLINE)
    outside = (np.searchsorted(quotes, newlines) + inside) % 2 == 0
    ends = newlines[outside]
    return int(ends[-1]) if len(ends) else None


def _stage(path: Path, staged: Path, crs: str | None, progress: Progress) -> None:
    """Copy the points of any file to Parquet, with their rows, ids and coordinates as they came,
    and with what was found in it: a run that goes on with the copy has that to tell, too."""
    import pyarrow.parquet as pq

    part, report = staged.with_suffix(".part"), Report()
    writer: Any = None
    try:
        for batch in point_batches(path, report=report, crs=crs):
            ids = pc.cast(batch.ids, pa.string())
            table = pa.table({"row": batch.rows, "id": ids, "x": batch.x, "y": batch.y})
            if writer is None:
                kind = "whole" if pa.types.is_integer(batch.ids.type) else "text"
                noted = {STAGED_CRS: json.dumps(batch.crs).encode(), STAGED_IDS: kind.encode()}
                writer = pq.ParquetWriter(str(part), table.schema.with_metadata(noted))
            writer.write_table(table)
            progress("dask-step-copy", batch.fraction)
        found = json.dumps([asdict(it) for it in report.findings])
        writer.add_key_value_metadata({STAGED_FINDINGS: found})
    finally:
        if writer is not None:
            writer.close()
    part.replace(staged)


def _noted(staged: Path) -> list[Finding]:
    import pyarrow.parquet as pq

    found = json.loads(pq.read_metadata(staged).metadata[STAGED_FINDINGS])
    return [Finding(**{**it, "rows": tuple(it["rows"])}) for it in found]


def _staged(path: Path, groups: range) -> Iterator[PointBatch]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        noted = file.schema_arrow.metadata
        crs = json.loads(noted[STAGED_CRS])
        for group in groups:
            table = file.read_row_group(group).combine_chunks()
            ids = table.column("id").combine_chunks()
            if noted[STAGED_IDS] == b"whole":
                with suppress(pa.ArrowInvalid):  # a missing one is for the router to tell
                    ids = pc.cast(ids, pa.int64())
            rows, x, y = (table.column(name).to_numpy() for name in ("row", "x", "y"))
            yield PointBatch(rows=rows, ids=ids, x=x, y=y, crs=crs, fraction=1.0)
