"""Points in batches, in the order of the file and with every row kept: for files of any size."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from gis.errors import InputError
from gis.files.columns import find_column, need_column, numbers
from gis.files.source import corrupt, dbf_encoding, identify, unzipped
from gis.files.tables import CsvShape, csv_shape, read_table
from gis.geometry import WGS84, parse_crs
from gis.report import Report

BATCH_ROWS = 500_000
CSV_BLOCK_BYTES = 16 << 20
POINT, MULTIPOINT = 0, 4  # shapely's numbers of the types
# How a column of WKB is named where nothing in the file says that it is one.
WKB_NAMES = ("geometry", "geom", "wkb_geometry", "wkb", "the_geom", "shape")

Rows = npt.NDArray[np.int64]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PointBatch:
    """Some rows of a file. Coordinates are as they came, in `crs`; NaN where there are none.

    rows: the numbers of the rows as the user sees them. ids: an Arrow array of text or whole
    numbers. crs: see `gis.geometry.parse_crs`. fraction: of the file read so far.
    """

    rows: Rows
    ids: Any
    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    crs: Any
    fraction: float


def point_batches(
    path: str | Path, *, report: Report, crs: str | None = None
) -> Iterator[PointBatch]:
    """The points of a CSV, Parquet or Excel table with point_id, lon, lat, or of a geometry file.

    Columns go by any name of `gis.files.columns.ALIASES`; a geometry file without ids counts its
    rows from 1. Parquet may hold the points as WKB, described as GeoParquet does or not.
    `crs` wins over what the file says; a table without is WGS 84. Rows without
    a place come with NaN and are noted in `report`, as are rows of a CSV with too many or too few
    cells, which do not come. Raises InputError `file-…`, `column-missing`, `table-empty`, `crs-…`.
    """
    path = Path(path)
    if crs is not None:
        parse_crs(crs)
    kind = identify(path, report=report)
    with ExitStack() as stack:
        if kind == "zip":
            path = stack.enter_context(unzipped(path, None))
            kind = identify(path, report=report)
        if kind == "csv":
            batches = _csv(path, report, crs)
        elif kind == "excel":
            sheet = read_table(path, report=Report())
            table = pa.table({name: _cells(sheet[name]) for name in sheet.columns})
            rows = np.arange(2, table.num_rows + 2)
            batches = iter([tabled(path, table, rows, 1.0, report, crs)])
        elif kind == "parquet":
            batches = parquet_batches(path, report=report, crs=crs)
        else:
            batches = _layer(path, kind, report, crs)
        empty = True
        for batch in readable(path, kind, batches):
            empty = empty and not len(batch.x)
            report.rows_read += len(batch.x)
            if len(batch.x):
                yield batch
        if empty:
            raise InputError("table-empty", file=str(path))


def readable(path: Path, kind: str, batches: Iterator[T]) -> Iterator[T]:
    """The same batches; what a reader says of a damaged file becomes an InputError."""
    try:
        yield from batches
    except (pa.ArrowException, OSError, ValueError, LookupError, RuntimeError) as error:
        raise corrupt(path, kind) from error  # pyogrio's errors are RuntimeErrors


def _cells(column: pd.Series) -> Any:
    """A column of a spreadsheet; as text where its cells are of several kinds."""
    try:
        return pa.array(column, from_pandas=True)
    except pa.ArrowException:
        return pa.array(column.map(str, na_action="ignore"), pa.string(), from_pandas=True)


def _csv(path: Path, report: Report, crs: str | None) -> Iterator[PointBatch]:
    for rows, part, fraction in csv_parts(path, report=report):
        yield tabled(path, part, rows, fraction, report, crs)


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvPiece:
    """Whole rows of a CSV, from one byte to another, the row of names not among them."""

    shape: CsvShape
    start: int
    end: int


def csv_parts(
    path: Path, *, report: Report, empty_lines: bool = False, piece: CsvPiece | None = None
) -> Iterator[tuple[Rows, Any, float]]:
    """A CSV of any size: row numbers (header = 1), an Arrow batch of text, the fraction read.

    Rows with too many or too few cells are left out and noted at the end. Empty lines are left
    out and not counted, or with `empty_lines` come as rows of nothing, as a spreadsheet has them.
    The rows of a `piece` are counted from 1.
    """
    from pyarrow import csv

    shape = csv_shape(path, report=report) if piece is None else piece.shape
    ragged: list[int] = []

    def refuse(row: Any) -> str:
        ragged.append(int(row.number or 0))
        return "skip"

    with pa.OSFile(str(path)) as file:
        file.seek(shape.start)
        size = file.size()
        reader = csv.open_csv(
            file if piece is None else file.get_stream(piece.start, piece.end - piece.start),
            read_options=csv.ReadOptions(
                # "utf8" is decoded by pyarrow itself, without a detour through Python
                encoding=shape.encoding.replace("utf-8", "utf8"),
                use_threads=False,
                block_size=CSV_BLOCK_BYTES,
                column_names=None if piece is None else shape.names,
            ),
            parse_options=csv.ParseOptions(
                delimiter=shape.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=not empty_lines,
                invalid_row_handler=refuse,
            ),
            convert_options=csv.ConvertOptions(
                # a column without a name has one of pandas' in the list
                column_types={name: pa.string() for name in ("", *shape.names)},
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
        with reader:
            row = 2 if piece is None else 1
            for part in reader:
                # The parser has seen the whole part, so its ragged rows are known and left out.
                rows = np.arange(row, row + part.num_rows + len(ragged))
                rows = np.setdiff1d(rows, ragged, assume_unique=True)[: part.num_rows]
                row = int(rows[-1]) + 1 if len(rows) else row
                yield rows, part, min(file.tell() / size, 1.0)
    if ragged:
        report.add("refused", "row-ragged", rows=ragged)


def parquet_batches(
    path: Path,
    *,
    report: Report,
    crs: str | None,
    groups: Sequence[int] | None = None,
    first_row: int = 1,
) -> Iterator[PointBatch]:
    """The points of a Parquet file, or of some row groups of it, the first of which is a row."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        meta = (file.schema_arrow.metadata or {}).get(b"geo")
        total = max(file.metadata.num_rows, 1)
        own: Any = WGS84
        geometry = None if meta else _wkb_column(file.schema_arrow)
        if meta:
            described = json.loads(meta)
            geometry = described["primary_column"]
            own = described["columns"][geometry].get("crs", WGS84)
            own = json.dumps(own) if isinstance(own, dict) else own
        if geometry is None:
            wanted = [need_column(names, it, file=str(path)) for it in ("point_id", "lon", "lat")]
        else:
            identity = find_column((it for it in names if it != geometry), "point_id")
            wanted = [geometry, *([identity] if identity else [])]
        done = first_row - 1
        for part in file.iter_batches(batch_size=BATCH_ROWS, columns=wanted, row_groups=groups):
            rows = np.arange(done + 1, done + part.num_rows + 1)
            done += part.num_rows
            if geometry is None:  # as in a spreadsheet, the first row of a table is 2
                yield tabled(path, part, rows + 1, done / total, report, crs)
            else:
                yield _placed(path, part, geometry, rows, done / total, own, report, crs)


def _wkb_column(schema: Any) -> str | None:
    """The column of a table that must be geometry: binary, with such a name, and no lon and lat."""
    if find_column(schema.names, "lon") and find_column(schema.names, "lat"):
        return None
    binary = (pa.types.is_binary, pa.types.is_large_binary)
    return next(
        (
            str(field.name)
            for name in WKB_NAMES
            for field in schema
            if field.name.lower() == name and any(kind(field.type) for kind in binary)
        ),
        None,
    )


def _layer(path: Path, kind: str, report: Report, crs: str | None) -> Iterator[PointBatch]:
    import pyogrio

    layers = [str(name) for name, shape in pyogrio.list_layers(path) if shape is not None]
    if not layers:
        raise InputError("layer-no-geometry", file=str(path))
    if len(layers) > 1:
        raise InputError("layer-unnamed", file=str(path), found=", ".join(layers))
    table = path.with_suffix(".dbf")
    encoding = dbf_encoding(table, report=report) if kind == "shp" and table.exists() else None
    info = pyogrio.read_info(path, layer=layers[0], encoding=encoding)
    identity = find_column(info["fields"], "point_id")
    total = max(int(info["features"]), 1)
    with pyogrio.open_arrow(
        path,
        layer=layers[0],
        columns=[identity] if identity else [],
        encoding=encoding,
        batch_size=BATCH_ROWS // 8,
        use_pyarrow=True,
    ) as (meta, reader):
        own = meta["crs"] or (WGS84 if kind == "geojson" else None)
        geometry = meta["geometry_name"] or "wkb_geometry"
        done = 0
        for part in reader:
            rows = np.arange(done + 1, done + part.num_rows + 1)
            done += part.num_rows
            fraction = min(done / total, 1.0)
            yield _placed(path, part, geometry, rows, fraction, own, report, crs)


def tabled(
    path: Path, part: Any, rows: Rows, fraction: float, report: Report, crs: str | None
) -> PointBatch:
    """A batch of a table with columns of coordinates."""
    names = part.schema.names
    identity, lon, lat = (
        need_column(names, role, file=str(path)) for role in ("point_id", "lon", "lat")
    )
    bare = np.asarray(pc.is_null(part.column(lon))) | np.asarray(pc.is_null(part.column(lat)))
    if bare.any():
        report.add("refused", "place-missing", rows=rows[bare])
    x, y = (_floats(part.column(name), name, rows, report) for name in (lon, lat))
    gone = np.isnan(x) | np.isnan(y)
    x[gone] = y[gone] = np.nan
    ids = _ids(part.column(identity))
    return PointBatch(rows=rows, ids=ids, x=x, y=y, crs=crs or WGS84, fraction=fraction)


def _placed(
    path: Path, part: Any, geometry: str, rows: Rows, fraction: float, own: Any, report: Report,
    crs: str | None,
) -> PointBatch:  # fmt: skip
    """A batch of a layer of points."""
    if crs is None and own is None:
        raise InputError("crs-missing", file=str(path), bounds="-")
    shapes = shapely.from_wkb(part.column(geometry).to_numpy(zero_copy_only=False))
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    single = (shapely.get_type_id(shapes) == MULTIPOINT) & (shapely.get_num_geometries(shapes) == 1)
    shapes = np.where(single, shapely.get_geometry(shapes, 0), shapes)
    wrong = ~missing & (shapely.get_type_id(shapes) != POINT)
    for code, bad in (("geometry-missing", missing), ("geometry-wrong-kind", wrong)):
        if bad.any():
            report.add("refused", code, rows=rows[bad])
    shapes = np.where(missing | wrong, None, shapes)
    identity = find_column((name for name in part.schema.names if name != geometry), "point_id")
    return PointBatch(
        rows=rows,
        ids=_ids(part.column(identity)) if identity else pa.array(rows),
        x=shapely.get_x(shapes),
        y=shapely.get_y(shapes),
        crs=crs if crs is not None else own,
        fraction=fraction,
    )


def _floats(column: Any, name: str, rows: Rows, report: Report) -> npt.NDArray[np.float64]:
    """The column as floats; what is no finite number becomes NaN and is noted by row."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    try:
        text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        cast = pc.cast(pc.utf8_trim_whitespace(column) if text else column, pa.float64())
        found = np.array(cast.to_numpy(zero_copy_only=False), np.float64)
        if not np.isinf(found).any():
            return found
    except pa.ArrowInvalid:
        pass
    series = pd.Series(column.to_pandas().to_numpy(), index=rows, name=name)
    return np.array(numbers(series, report=report), np.float64)


def _ids(column: Any) -> Any:
    """Ids as text or whole numbers; text is trimmed, and nothing is the empty text."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_integer(column.type) and not column.null_count:
        return column
    if pa.types.is_floating(column.type):
        with contextlib.suppress(pa.ArrowInvalid):  # 1.5 stays as it is
            column = pc.cast(column, pa.int64())
    return pc.fill_null(pc.utf8_trim_whitespace(pc.cast(column, pa.string())), "")
