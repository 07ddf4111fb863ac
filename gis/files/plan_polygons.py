"""Grids drawn elsewhere: an assignment of units as a table, or polygons in any format."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.errors import InputError, TooLargeError
from gis.files.clean import LINE, POINT, POLYGON
from gis.files.columns import find_column, need_column, need_unique
from gis.files.layers import read_layer
from gis.files.plan_export import LAYERS
from gis.files.source import TABLES, identify
from gis.files.tables import read_table
from gis.report import Report

Geometries = npt.NDArray[Any]

CODE = re.compile(r"(?<![0-9])[0-9]{15}(?![0-9])")
AROUND = re.compile(r"^[\s·()()-]+|[\s·()()-]+$")  # what is left around a name without its code
MOST_POLYGONS = 20_000
MOST_VERTICES = 5_000_000
DRAWING = "GRIDS"  # the layer of a drawing, as we write it


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnGrids:
    """Polygons of grids in WGS 84, with the code and the names that the file gives each, if any."""

    polygons: Geometries
    codes: Sequence[str | None]
    names_zh: Sequence[str | None]
    names_en: Sequence[str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedUnits:
    """The grid that a table names for each unit, by the unit's code; None where it is empty."""

    grid_of_unit: dict[str, str | None]


def read_grids(
    path: Path,
    *,
    report: Report,
    crs: str | None = None,
    layer: str | None = None,
    code_column: str | None = None,
    max_bytes: int | None = None,
) -> DrawnGrids | ListedUnits:
    """Grids from a table `unit_id,grid_id` or from polygons in any format that GDAL knows.

    crs: its name where the file tells none, or a wrong one. layer: of several; of a drawing (DXF)
    the layer that the outlines are on. code_column: where the grids' codes are; else a column that
    is called so, or in which they are found. Features of one code are one grid. Raises what
    `read_layer` and `read_table` raise, InputError `plan-import-no-outlines`, TooLargeError
    `plan-import-too-many`.
    """
    kind = identify(path, report=report, max_bytes=max_bytes)
    if kind in TABLES:
        return _table(path, report, code_column, max_bytes)
    if path.suffix.lower() == ".dxf":
        return _drawing(path, report, crs, layer, max_bytes)
    frame = read_layer(
        path, report=report, crs=crs, layer=layer, kinds=(POLYGON,), theme=LAYERS[3],
        max_bytes=max_bytes,
    )  # fmt: skip
    frame = _deepest(frame)
    _check_size(path, frame.geometry.to_numpy())
    texts = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    column = _code_column(path, texts, code_column)
    codes = [_code(value) for value in texts[column]] if column else [None] * len(frame)
    zh, en = find_column(texts.columns, "grid_name"), find_column(texts.columns, "name_en")
    return _one_each(
        frame.geometry.to_numpy(), codes,
        [_text(value) for value in texts[zh]] if zh else [None] * len(frame),
        [_text(value) for value in texts[en]] if en else [None] * len(frame),
        report,
    )  # fmt: skip


def _table(
    path: Path, report: Report, code_column: str | None, max_bytes: int | None
) -> ListedUnits:
    table = read_table(path, report=report, max_bytes=max_bytes)
    units = need_unique(
        table[need_column(table.columns, "unit_id", file=path.name)], file=path.name
    )
    grids = table[need_column(table.columns, "grid_id", file=path.name, given=code_column)]
    return ListedUnits(
        grid_of_unit={str(unit): _text(grid) for unit, grid in zip(units, grids, strict=True)}
    )


def _deepest(frame: Any) -> Any:
    """Of a layer with grids of several levels those of the third."""
    if "level" not in frame.columns:
        return frame
    level = pd.to_numeric(frame["level"], errors="coerce")
    if not level.isin([1, 2, 3]).all() or not (level == 3).any():
        return frame
    return frame[level == 3]


def _check_size(path: Path, shapes: Geometries) -> None:
    vertices = int(shapely.get_num_coordinates(shapes).sum())
    if len(shapes) > MOST_POLYGONS or vertices > MOST_VERTICES:
        raise TooLargeError(
            "plan-import-too-many", file=path.name, polygons=len(shapes), vertices=vertices,
            most=MOST_POLYGONS, most_vertices=MOST_VERTICES,
        )  # fmt: skip


def _code_column(path: Path, texts: pd.DataFrame, given: str | None) -> str | None:
    """The column with the grids' codes: the one named, one called so, or one in which they are."""
    if given:
        return need_column(texts.columns, "grid_code", file=path.name, given=given)
    called = find_column(texts.columns, "grid_code")
    if called is not None:
        return called
    for name in texts.columns:
        found = texts[name].map(lambda value: bool(CODE.search(_text(value) or "")))
        if found.any():
            return str(name)
    return None


def _code(value: Any) -> str | None:
    """The code in a cell: fifteen digits wherever they stand, else the cell as it is."""
    words = _text(value)
    found = CODE.search(words) if words else None
    return found.group() if found else words


def _one_each(
    shapes: Geometries,
    codes: Sequence[str | None],
    names_zh: Sequence[str | None],
    names_en: Sequence[str | None],
    report: Report,
) -> DrawnGrids:
    """One polygon for each code, and for each feature without one."""
    places: dict[Any, list[int]] = {}
    for place, code in enumerate(codes):
        places.setdefault(code if code is not None else place, []).append(place)
    several = [members for members in places.values() if len(members) > 1]
    if several:
        rows = [place + 1 for members in several for place in members]
        report.add("repaired", "plan-import-parts-joined", count=len(several), rows=rows)
    first = [members[0] for members in places.values()]
    joined = [
        shapely.union_all(shapes[members]) if len(members) > 1 else shapes[members[0]]
        for members in places.values()
    ]

    def cleaned(names: Sequence[str | None]) -> list[str | None]:
        return [(AROUND.sub("", CODE.sub("", names[at] or "")) or None) for at in first]

    return DrawnGrids(
        polygons=np.array(joined, object), codes=[codes[at] for at in first],
        names_zh=cleaned(names_zh), names_en=cleaned(names_en),
    )  # fmt: skip


def _drawing(
    path: Path, report: Report, crs: str | None, layer: str | None, max_bytes: int | None
) -> DrawnGrids:
    """The areas that the lines of a drawing enclose, each with the texts that stand in it.

    Outlines may be drawn closed, or as lines that neighbours share.
    """
    frame = read_layer(
        path, report=report, crs=crs, kinds=(POINT, LINE, POLYGON), max_bytes=max_bytes
    )
    shapes = frame.geometry.to_numpy()
    _check_size(path, shapes)
    layers = frame["Layer"].astype(str) if "Layer" in frame else pd.Series("0", index=frame.index)
    on = layers.map(_plain).to_numpy(str)
    kind = shapely.get_type_id(shapes)
    outline = kind != 0
    wanted = layer or (DRAWING if (outline & (on == DRAWING)).any() else None)
    if wanted is not None:
        outline &= on == wanted
    if not outline.any():
        found = ", ".join(sorted(set(on.tolist())))
        raise InputError("plan-import-no-outlines", file=path.name, found=found)
    noded = shapely.union_all(
        np.concatenate([shapely.boundary(shapes[outline & (kind >= 3) & (kind != 5)]),
                        shapes[outline & np.isin(kind, (1, 2, 5))]])
    )  # fmt: skip
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    texts = frame["Text"].map(_text).to_numpy(object) if "Text" in frame else np.full(len(on), None)
    said = np.flatnonzero([kind[at] == 0 and texts[at] is not None for at in range(len(kind))])
    if wanted is not None and (on[said] == f"{wanted}_TEXT").any():
        said = said[on[said] == f"{wanted}_TEXT"]
    face, text = shapely.STRtree(shapes[said]).query(faces, predicate="intersects")
    words: list[list[str]] = [[] for _ in faces]
    for number, place in zip(face.tolist(), text.tolist(), strict=True):
        words[number].append(_plain(str(texts[said[place]])))
    codes = [next((m.group() for w in told if (m := CODE.search(w))), None) for told in words]
    names = [next((w for w in told if not CODE.search(w)), None) for told in words]
    if len(faces) == 0:
        raise InputError("plan-import-no-outlines", file=path.name, found=wanted or "-")
    return _one_each(faces, codes, names, [None] * len(faces), report)


def _plain(words: str) -> str:
    """A text of a drawing without the marks of its layout.

    From 2007 on texts are in UTF-8, but the code page that GDAL goes by is still written there.
    """
    with suppress(UnicodeError):
        words = words.encode("latin-1").decode("utf-8")
    return re.sub(r"\\[A-Za-z][^;\\]*;|[{}]", "", words.replace("\\P", " ")).strip()


def _text(value: Any) -> str | None:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip() or None
