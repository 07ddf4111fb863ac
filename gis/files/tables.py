"""Tables: CSV in any Chinese encoding, Excel and Parquet, read with row numbers; and written."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gis.errors import InputError, TooLargeError
from gis.files.source import corrupt, identify, not_writable, text_start
from gis.files.workbook import MOST_CELLS, read_excel
from gis.report import Report


def read_table(
    path: str | Path,
    *,
    report: Report,
    columns: Sequence[str] | None = None,
    numeric: Sequence[str] = (),
    max_bytes: int | None = None,
) -> pd.DataFrame:
    """A CSV, Excel or Parquet table, indexed by the row number that the user sees (header = 1).

    CSV cells are text, so that 0410102 keeps its zero; the columns of `numeric` are parsed as
    floats where all of their cells allow. Encodings: UTF-8 with or without mark, UTF-16, GB18030.
    CSV rows with too many or too few cells are refused and named. Raises InputError
    `file-…`, `workbook-…`, `table-empty`, `column-missing`.
    """
    path = Path(path)
    kind = identify(path, report=report, max_bytes=max_bytes)
    try:
        if kind == "parquet":
            _check_parquet(path)
            table = pd.read_parquet(path)
        elif kind == "excel":
            table = read_excel(path)
        elif kind in ("csv", "ogr"):
            table = _read_csv(path, numeric, report)
        else:
            raise InputError("table-wrong-kind", file=str(path), kind=kind)
    except (OSError, ValueError, LookupError) as error:
        raise corrupt(path, kind) from error
    table.columns = _told_apart([str(name).strip() for name in table.columns])
    if kind != "csv":
        table.index = pd.RangeIndex(2, len(table) + 2)
    table.index.name = "row"
    if columns is not None:
        for name in columns:
            if name not in table.columns:
                raise InputError(
                    "column-missing", file=str(path), column=name,
                    found=", ".join(table.columns), aliases=name,
                )  # fmt: skip
        table = table[list(columns)]
    if table.empty:
        raise InputError("table-empty", file=str(path))
    report.rows_read += len(table)
    report.rows_accepted += len(table)
    return table


def _check_parquet(path: Path) -> None:
    """Let pass a table that fits into memory: thirty kilobytes can hold ten million equal rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        shape = pq.read_metadata(path)
    except pa.ArrowException as error:
        raise corrupt(path, "parquet") from error
    if shape.num_rows * shape.num_columns > MOST_CELLS + 2 * path.stat().st_size:
        raise TooLargeError(
            "table-too-large", file=str(path), rows=shape.num_rows, columns=shape.num_columns,
            limit=MOST_CELLS,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvShape:
    """How a CSV is written: its encoding, the byte where the text begins, its cells, its names."""

    encoding: str
    start: int
    delimiter: str
    names: tuple[str, ...]


def csv_shape(path: Path, *, report: Report) -> CsvShape:
    """What is to be known of a CSV before it is read. Raises InputError `file-encoding-unknown`."""
    encoding, start = text_start(path, report=report)
    with path.open("rb") as stream:
        stream.seek(start)
        text = io.TextIOWrapper(stream, encoding=encoding, newline="")
        header = text.readline()
    delimiter = max(",\t;|", key=header.count)
    with path.open("rb") as stream:
        stream.seek(start)
        names = pd.read_csv(stream, encoding=encoding, sep=delimiter, nrows=0).columns
    return CsvShape(encoding=encoding, start=start, delimiter=delimiter, names=tuple(names))


def _told_apart(names: Sequence[str]) -> list[str]:
    """Names of columns; one that comes again is numbered, as readers of Excel do (数量.1)."""
    seen: Counter[str] = Counter()
    told = []
    for name in names:
        told.append(f"{name}.{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return told


def _read_csv(path: Path, numeric: Sequence[str], report: Report) -> pd.DataFrame:
    import pyarrow as pa
    from pyarrow import csv

    shape = csv_shape(path, report=report)
    skipped: list[int] = []

    def refuse(row: Any) -> str:
        skipped.append(int(row.number))
        return "skip"

    def read(types: dict[str, Any]) -> Any:
        skipped.clear()
        with pa.OSFile(str(path)) as stream:
            stream.seek(shape.start)
            return csv.read_csv(
                stream,
                # one thread, because only then does a bad row know its number
                read_options=csv.ReadOptions(encoding=shape.encoding, use_threads=False),
                parse_options=csv.ParseOptions(
                    delimiter=shape.delimiter, newlines_in_values=True, invalid_row_handler=refuse
                ),
                convert_options=csv.ConvertOptions(
                    column_types=types, strings_can_be_null=True, null_values=[""]
                ),
            )

    text = {name: pa.string() for name in shape.names}
    floats = {name: pa.float64() for name in shape.names if name.strip() in numeric}
    try:
        table = read({**text, **floats})
    except pa.ArrowInvalid:
        if not floats:
            raise
        table = read(text)  # some cell is no number: the caller's check will name its row
    frame: pd.DataFrame = table.to_pandas()
    if skipped:
        report.add("refused", "row-ragged", rows=skipped)
        report.rows_read += len(skipped)
    rows = np.arange(2, len(frame) + len(skipped) + 2)
    frame.index = pd.Index(np.setdiff1d(rows, skipped))
    return frame


def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table by the extension of `path`: .csv (UTF-8), .parquet or .xlsx, without its index.

    The file appears whole or not at all. Raises InputError `file-kind-unknown`.
    """
    path = Path(path)
    writers = {
        ".csv": lambda part: table.to_csv(part, index=False),
        ".parquet": lambda part: table.to_parquet(part, index=False),
        ".xlsx": lambda part: table.to_excel(part, index=False, engine="openpyxl"),
    }
    if path.suffix.lower() not in writers:
        raise InputError("file-kind-unknown", file=str(path), known=", ".join(writers))
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        writers[path.suffix.lower()](part)
        part.replace(path)
    except OSError as error:
        raise not_writable(path, error) from error
    finally:
        part.unlink(missing_ok=True)
