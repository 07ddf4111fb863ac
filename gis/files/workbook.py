"""Workbooks opened safely: how far their sheets reach is looked at before they are laid out.

A reader makes room for every cell from A1 to the last one. A file of a kilobyte may name a last
cell so far away that no machine has the room, and may unpack to thousands of times its size.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from python_calamine import CalamineError, CalamineWorkbook

from gis.errors import InputError, TooLargeError
from gis.files.source import corrupt

ZIP = b"PK\x03\x04"
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# However much a file packs, and how much one of its size may.
MOST_UNPACKED_BYTES = 2 << 30
UNPACKED, UNPACKED_PER_BYTE = 256 << 20, 200
MOST_OTHER_BYTES = 512 << 20  # of a part without cells, such as the table of texts: kept as a whole
MOST_CELLS = 20_000_000  # from A1 to the last one, empty ones too
# A sheet may be that much larger than what is filled in it: titles, gaps, a stray note.
ROOM, ROOM_PER_CELL = 1_000_000, 50
CHUNK = 1 << 20
LONGEST_TAG = 4 << 20
# Wherever this stands it is taken for a place, so that no comment or quotation hides one. A cell
# without content (`/>` right behind its attributes) takes no room.
PLACE = re.compile(
    rb"""\br\s*+=\s*+["']\s*+([A-Za-z]*+)(\d*+)\s*+["']"""
    rb"""((?:\s++[\w:]++\s*+=\s*+"[^"<>]*+")*+\s*+/>)?"""
)
TAG = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])")
TAG_OR_PLACE = re.compile(TAG.pattern + b"|" + PLACE.pattern)


def open_workbook(path: Path) -> CalamineWorkbook:
    """A workbook that fits into memory, opened.

    Raises InputError `file-corrupt`, `workbook-kind`; TooLargeError `workbook-reaches-too-far`,
    `workbook-too-large`, `workbook-unpacks-too-large`.
    """
    check_workbook(path)
    try:
        return CalamineWorkbook.from_path(str(path))
    except (OSError, ValueError, LookupError, CalamineError) as error:
        raise corrupt(path, "excel") from error


def read_excel(path: Path, **how: Any) -> Any:
    """What `pandas.read_excel` reads, cells as they come. Raises as `open_workbook`."""
    import pandas as pd

    check_workbook(path)
    try:
        return pd.read_excel(path, engine="calamine", dtype=object, **how)
    except (OSError, ValueError, LookupError, CalamineError) as error:
        raise corrupt(path, "excel") from error


def check_workbook(path: Path) -> None:
    """Let pass a workbook that fits into memory. Raises as `open_workbook`.

    The older .xls is bounded by its format: 65,536 rows and 256 columns. An archive behind the
    mark of one is none: readers would go by its name and open what has not been looked at.
    """
    with path.open("rb") as stream:
        head = stream.read(8)
    if not head.startswith(ZIP):
        if head != COMPOUND or zipfile.is_zipfile(path):
            raise corrupt(path, "excel")
        return
    try:
        with zipfile.ZipFile(path) as archive:
            names = {member.filename for member in archive.infolist()}
            if "xl/workbook.xml" not in names:
                raise InputError("workbook-kind", file=str(path))
            left = min(MOST_UNPACKED_BYTES, UNPACKED + UNPACKED_PER_BYTE * path.stat().st_size)
            for member in archive.infolist():
                left -= _check_part(path, archive, member, left)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError) as error:
        raise corrupt(path, "excel") from error


@dataclass(slots=True)
class _Reach:
    """How far a part reaches: its last row and column, and how many cells are filled."""

    row: int = 0
    column: int = 0
    filled: int = 0
    placed: int = 0
    tags: int = 0

    def take(self, letters: bytes, digits: bytes, empty: bytes) -> None:
        """A place that names a cell; those of rows alone say nothing."""
        if not letters:
            return
        self.placed += 1
        if not empty:
            self.filled += 1
            self.row = max(self.row, _number(digits))
            self.column = max(self.column, _column(letters))


def _check_part(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> int:
    """Let one part pass that unpacks to `most` bytes or less; gives to how many."""
    # What it says is not believed: reading ends where the packed bytes do, or at the limit.
    told, member.file_size = member.file_size, MOST_UNPACKED_BYTES + CHUNK
    reach = _Reach()
    with archive.open(member) as stream:
        for text in _pieces(path, stream, most):
            for found in PLACE.findall(text):
                reach.take(*found)
            reach.tags += sum(name == b"c" for name in TAG.findall(text))
        size = stream.tell()
    if size != told:
        raise corrupt(path, "excel")
    if reach.tags > reach.placed:
        with archive.open(member) as stream:
            reach = _counted(path, stream, most)
    elif not reach.tags and size > MOST_OTHER_BYTES:
        raise TooLargeError("workbook-unpacks-too-large", file=str(path))
    area = reach.row * reach.column
    if area > ROOM + ROOM_PER_CELL * reach.filled:
        raise TooLargeError(
            "workbook-reaches-too-far", file=str(path), cell=f"{_letters(reach.column)}{reach.row}",
            filled=reach.filled,
        )  # fmt: skip
    if area > MOST_CELLS:
        raise TooLargeError(
            "workbook-too-large", file=str(path), rows=reach.row, columns=reach.column,
            limit=MOST_CELLS,
        )  # fmt: skip
    return size


def _counted(path: Path, stream: IO[bytes], most: int) -> _Reach:
    """The reach of a part some of whose cells do not say where they stand: each is behind the one
    before it."""
    reach = _Reach()
    row = column = 0
    for text in _pieces(path, stream, most):
        if b"<!" in text:  # what stands in a comment would be counted with the rest
            raise corrupt(path, "excel")
        for found in TAG_OR_PLACE.finditer(text):
            tag, letters, digits, _ = found.groups()
            if tag == b"row":
                row, column = row + 1, 0
            elif tag == b"c":
                column += 1
                reach.filled += 1
            elif letters:
                row, column = max(row, _number(digits)), max(column, _column(letters))
            elif digits:
                row = max(row, _number(digits))
            reach.row, reach.column = max(reach.row, row), max(reach.column, column)
    return reach


def _pieces(path: Path, stream: IO[bytes], most: int) -> Iterator[bytes]:
    """A part in pieces that cut no tag in two."""
    kept = b""
    done = 0
    while read := stream.read(CHUNK):
        done += len(read)
        if done > most:
            raise TooLargeError("workbook-unpacks-too-large", file=str(path))
        whole, mark, rest = (kept + read).rpartition(b"<")
        kept = mark + rest
        if whole:
            yield whole
        if len(kept) > LONGEST_TAG:  # no program writes such a tag, and what is cut is not found
            raise corrupt(path, "excel")
    yield kept


def _number(digits: bytes) -> int:
    return int(digits[:10] or b"0")


def _column(letters: bytes) -> int:
    """The number of a column from its letters: A is 1, XFD 16,384."""
    number = 0
    for letter in letters[:8].upper():
        number = number * 26 + letter - 64
    return number


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, place = divmod(column - 1, 26)
        letters = chr(65 + place) + letters
    return letters
