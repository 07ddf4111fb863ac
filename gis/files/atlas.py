"""The printed atlas of a plan: an overview, an index, and a page for each basic grid, as PDF.

Pages are laid out in programs of their own, some at a time: neither the memory nor the time of a
large atlas is the service's.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from gis.files import atlas_pages as pages
from gis.files.atlas_map import mercator
from gis.files.atlas_pages import INDEX_ROWS, Book
from gis.files.atlas_press import Press
from gis.files.plan_export import PlanExtract, put_in_place
from gis.progress import Progress, silent

CHUNK = 12  # pages laid out at a time
PROGRAMS = 2
# Below this scale streets of lesser classes have no room.
ALL_STREETS, MOST_STREETS = 12_000, 40_000
LOOK_S = 0.2  # how soon it is noticed that nobody wants the atlas any more
# (west, south, east, north) in Web Mercator and the least class of streets -> what is there.
GroundReader = Callable[[Sequence[float], int], Mapping[str, Any]]


class PrintStoppedError(Exception):
    """Nobody wants the atlas any more."""


def write_atlas(
    extract: PlanExtract,
    out: Path,
    *,
    ground: GroundReader,
    press: Press,
    progress: Progress = silent,
    stop: Callable[[], bool] = lambda: False,
    scratch: Path | None = None,
) -> int:
    """Write the atlas to `out`, whole or not at all; gives the number of its pages.

    ground: reads the base map; scratch: a folder for what is laid out meanwhile. Raises
    UnavailableError `atlas-libraries-missing`, `atlas-font-missing`; PrintStoppedError soon after
    `stop` says so.
    """
    press.check()
    book = Book(extract=extract, shapes=mercator(extract.grids["geom"].to_numpy()))
    plan = _contents(book)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        parts = _laid_out(
            _sections(book, plan, ground), len(plan), Path(folder), book, press, progress, stop
        )
        whole = Path(folder) / "atlas.pdf"
        _join(parts, plan, book, whole)
        put_in_place(whole, out)
    progress("plan-export-step-atlas", 1.0)
    return len(plan)


Page = tuple[str, str]  # its kind (whole, index, area, grid), and the code of what it shows


def _contents(book: Book) -> list[Page]:
    """The pages in their order; an index page's code is the number of its first line."""
    levels, codes = book.rows["level"].to_numpy(int), book.rows["code"].to_numpy(str)
    areas, basics = codes[levels == 1].tolist(), codes[levels == 3].tolist()
    index: list[Page] = [("index", str(row)) for row in range(0, len(basics), INDEX_ROWS)]
    found: list[Page] = [("whole", "")] if len(areas) > 1 else []
    if len(areas) > 1:
        found += index
    for area in areas:
        found.append(("area", area))
        if len(areas) == 1:
            found += index
        found += [("grid", code) for code in basics if code.startswith(area)]
    return found


def _sections(book: Book, plan: list[Page], ground: GroundReader) -> Iterator[str]:
    numbers = {code: number for number, (kind, code) in enumerate(plan, 1) if kind == "grid"}
    entries = list(numbers.items())
    for number, (kind, code) in enumerate(plan, 1):
        if kind == "index":
            first = int(code)
            yield pages.index_page(book, entries[first : first + INDEX_ROWS], number)
        elif kind == "grid":
            bounds = pages.sheet_of(book, code).bounds
            yield pages.grid_page(book, code, ground(bounds, 0), number)
        else:
            sheet = pages.overview_sheet(book, code)
            cls = 2 if sheet.scale <= ALL_STREETS else 3 if sheet.scale <= MOST_STREETS else 4
            yield pages.overview_page(book, code, ground(sheet.bounds, cls), number)


def _laid_out(
    sections: Iterator[str],
    count: int,
    folder: Path,
    book: Book,
    press: Press,
    progress: Progress,
    stop: Callable[[], bool],
) -> list[Path]:
    """Files of some pages each, in order. Only a few documents wait at any time."""
    parts: list[Path] = []
    at_work: deque[tuple[subprocess.Popen[str], Path]] = deque()
    done = 0
    progress("plan-export-step-atlas", 0.0)
    try:
        for chunk in _chunks(sections):
            while len(at_work) >= PROGRAMS:
                _wait(at_work, stop)
                done += CHUNK
                progress("plan-export-step-atlas", 0.95 * done / count)
            parts.append(folder / f"{len(parts):05d}.pdf")
            document = parts[-1].with_suffix(".html")
            document.write_text(pages.document(chunk, book.extract.language), encoding="utf-8")
            at_work.append((press.begin(document, parts[-1]), document))
        while at_work:
            _wait(at_work, stop)
            done = min(done + CHUNK, count)
            progress("plan-export-step-atlas", 0.95 * done / count)
    finally:
        for program, _ in at_work:
            program.kill()
            program.communicate()
    return parts


def _chunks(sections: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(sections)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _wait(at_work: deque[tuple[subprocess.Popen[str], Path]], stop: Callable[[], bool]) -> None:
    """Until the program that has been at work longest is done. Raises PrintStoppedError."""
    program, document = at_work[0]
    while True:
        if stop():
            raise PrintStoppedError
        try:
            told = program.communicate(timeout=LOOK_S)[0]
        except subprocess.TimeoutExpired:
            continue
        at_work.popleft()
        document.unlink()
        if program.returncode != 0:
            raise RuntimeError(f"pages could not be laid out ({program.returncode}): {told}")
        return


def _join(parts: list[Path], plan: list[Page], book: Book, out: Path) -> None:
    """One file of all parts, with a bookmark for every sub-district, community and grid."""
    from pypdf import PdfWriter

    writer = PdfWriter()
    for part in parts:
        writer.append(str(part), import_outline=False)
    area = community = None
    last = ""
    for number, (kind, code) in enumerate(plan):
        if kind == "grid":
            if code[:12] != last:
                last = code[:12]
                community = writer.add_outline_item(
                    title=book.name(last), page_number=number, parent=area
                )
            title = f"{book.name(code)} {code}"
            writer.add_outline_item(title=title, page_number=number, parent=community)
        elif kind == "area":
            area = writer.add_outline_item(title=book.name(code), page_number=number)
        elif kind == "whole" or code == "0":
            title = book.extract.say("atlas-index") if kind == "index" else book.extract.title
            writer.add_outline_item(title=title, page_number=number)
    writer.add_metadata({"/Title": book.extract.title, "/Producer": "Wangge"})
    writer.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)
    with out.open("wb") as stream:
        writer.write(stream)
    writer.close()


def basic_grids(extract: PlanExtract) -> int:
    """How many pages of grids an atlas of this extract has."""
    return int(np.count_nonzero(extract.grids["level"].to_numpy(int) == 3))
