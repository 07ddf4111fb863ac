"""Finds ids that occur twice among any number of rows, in bounded memory."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gis.errors import InputError
from gis.files.point_batches import PointBatch, point_batches
from gis.report import SHOWN_ROWS, Report

HELD_HASHES = 32_000_000  # 256 MB; more go to a folder, eight bytes a row
PARTS = 256
SHOWN_HASHES = 1000

Hashes = npt.NDArray[np.uint64]


class UniqueIds:
    """Takes in the ids of all batches, then tells whether one came twice.

    Hashes are compared first, in memory or by parts of a temporary folder in `folder`; where two
    are equal the file is read again to compare the ids themselves. A context manager: the folder
    goes when it ends.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: list[Hashes] = []
        self._count = 0
        self._parts: Path | None = None
        self._stack = ExitStack()

    def __enter__(self) -> UniqueIds:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def add(self, hashed: Hashes) -> None:
        """Take in the `hashes` of some ids."""
        self._kept.append(hashed)
        self._count += len(hashed)
        if self._count > HELD_HASHES:
            self._put_aside()

    def check(self, path: Path, crs: str | None) -> None:
        """Raise InputError `ids-duplicate` if an id occurs twice in the file they came from."""
        suspects = self._repeated()
        if not len(suspects):
            return
        first: dict[Any, int] = {}
        twice: dict[Any, list[int]] = {}
        for batch in point_batches(path, report=Report(), crs=crs):
            for at in np.flatnonzero(np.isin(hashes(batch.ids), suspects)).tolist():
                name, row = batch.ids[at].as_py(), int(batch.rows[at])
                if name in first:
                    twice.setdefault(name, [first[name]]).append(row)
                first.setdefault(name, row)
        if twice:
            rows = sorted(row for found in twice.values() for row in found)
            raise InputError(
                "ids-duplicate",
                file=str(path),
                column="point_id",
                count=len(twice),
                examples=", ".join(str(name) for name in list(twice)[:5]),
                rows=", ".join(map(str, rows[:SHOWN_ROWS])),
            )

    def _put_aside(self) -> None:
        """Append the hashes held to the files of their first eight bits."""
        if self._parts is None:
            made = tempfile.TemporaryDirectory(dir=self._folder, prefix=".ids-")
            self._parts = Path(self._stack.enter_context(made))
        held = np.sort(np.concatenate([np.empty(0, np.uint64), *self._kept]))
        bounds = np.searchsorted(held >> np.uint64(56), np.arange(PARTS + 1, dtype=np.uint64))
        for part in range(PARTS):
            with (self._parts / f"{part:03}").open("ab") as file:
                held[bounds[part] : bounds[part + 1]].tofile(file)
        self._kept.clear()
        self._count = 0

    def _repeated(self) -> Hashes:
        """Hashes that came twice, at most SHOWN_HASHES."""
        if self._parts is None:
            return _equal(np.concatenate([np.empty(0, np.uint64), *self._kept]))
        self._put_aside()
        found = np.empty(0, np.uint64)
        for part in range(PARTS):
            if len(found) < SHOWN_HASHES:
                mine = _equal(np.fromfile(self._parts / f"{part:03}", np.uint64))
                found = np.concatenate((found, mine))
        return found[:SHOWN_HASHES]


def missing_ids(batch: PointBatch) -> list[int]:
    """The rows without an id."""
    if pa.types.is_integer(batch.ids.type):
        return []
    found: list[int] = batch.rows[np.asarray(pc.equal(batch.ids, ""))].tolist()
    return found


def ids_missing(path: Path, rows: Sequence[int], count: int) -> InputError:
    """The error that says which rows of a file, of so many, have no id."""
    shown = ", ".join(map(str, rows[:SHOWN_ROWS]))
    return InputError("ids-missing", file=str(path), column="point_id", count=count, rows=shown)


def need_ids(batch: PointBatch, path: Path) -> None:
    """Let pass a batch whose rows all have an id. Raises InputError `ids-missing`."""
    if rows := missing_ids(batch):
        raise ids_missing(path, rows, len(rows))


def hashes(ids: Any) -> Hashes:
    """A number for each id; equal for equal ids."""
    if pa.types.is_integer(ids.type):
        values: Any = ids.to_numpy(zero_copy_only=False).astype(np.int64)
    else:
        values = ids.to_numpy(zero_copy_only=False).astype(object)
    return np.asarray(pd.util.hash_array(values, categorize=False), np.uint64)


def _equal(held: Hashes) -> Hashes:
    held.sort()
    return np.unique(held[1:][held[1:] == held[:-1]])[:SHOWN_HASHES]
