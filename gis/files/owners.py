"""The result of routing many points: point_id, grid_id and status by row, CSV or Parquet."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from gis.errors import InputError
from gis.files.source import not_writable

KINDS = (".csv", ".parquet")
HEADER = b"point_id,grid_id,status\n"
SPECIAL = '[",\r\n]'  # what makes a CSV cell need quotes
COPIED_BYTES = 16 << 20


def check_owners_file(path: Path) -> None:
    """Raise InputError `file-kind-unknown` unless the owners can be written to such a file."""
    if path.suffix.lower() not in KINDS:
        raise InputError("file-kind-unknown", file=str(path), known=", ".join(KINDS))


class OwnersWriter:
    """Appends rows to a CSV or Parquet file; a context manager. `head`: a CSV with its header."""

    def __init__(self, path: Path, suffix: str, grid_type: Any, *, head: bool = True) -> None:
        self._path, self._suffix, self._grid_type = path, suffix, grid_type
        self._head = head
        self._sink: Any = None
        self._text = False

    def __enter__(self) -> OwnersWriter:
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
            self._sink.write(HEADER if self._head else b"")
            return
        import pyarrow.parquet as pq

        schema = pa.schema(
            [("point_id", id_type), ("grid_id", self._grid_type), ("status", pa.string())]
        )
        self._sink = pq.ParquetWriter(str(self._path), schema)


def join_owners(parts: Sequence[Path], path: Path, suffix: str, grid_type: Any) -> Iterator[float]:
    """Write one file of the rows of many, in their order; gives the share done after each.

    The parts are such as OwnersWriter leaves them, CSV without a header.
    """
    if suffix == ".csv":
        with path.open("wb") as whole:
            whole.write(HEADER)
            for done, part in enumerate(parts, 1):
                with part.open("rb") as piece:
                    shutil.copyfileobj(piece, whole, COPIED_BYTES)
                yield done / len(parts)
        return
    import pyarrow.parquet as pq

    with OwnersWriter(path, suffix, grid_type) as writer:
        for done, part in enumerate(parts, 1):
            if part.stat().st_size:  # a part of refused or empty rows only has no type of ids
                with pq.ParquetFile(part) as file:
                    for group in range(file.num_row_groups):
                        rows = file.read_row_group(group)
                        writer.write(*(column.combine_chunks() for column in rows.columns))
            yield done / len(parts)


def _special(column: Any) -> Any:
    return pc.fill_null(pc.match_substring_regex(column, SPECIAL), False)


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place at the end, or is gone if anything fails."""
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise not_writable(path, error) from error
    finally:
        part.unlink(missing_ok=True)
