"""Atomic units from files: each read by its own rules and reported on, then cut together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gis.errors import InputError
from gis.files.clean import LINE, POLYGON
from gis.files.layers import read_layer
from gis.files.population import read_population, with_people
from gis.progress import Progress, silent
from gis.report import Report
from gis.units.build import build_units
from gis.units.options import UnitOptions, UnitsResult

if TYPE_CHECKING:
    import geopandas as gpd

PARTS = ("streets", "boundary", "buildings", "barriers", "population")
_KINDS = {
    "streets": (LINE,), "boundary": (POLYGON,), "buildings": (POLYGON,),
    "barriers": (LINE, POLYGON),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFiles:
    """The inputs by part (a name of PARTS): paths, and where needed coordinate systems and layers.

    population_column: the column of people in the population file, or else in the buildings.
    """

    paths: Mapping[str, Path]
    crs: Mapping[str, str] = field(default_factory=dict)
    layers: Mapping[str, str] = field(default_factory=dict)
    population_column: str | None = None
    max_bytes: int | None = None


def build_units_from_files(
    files: UnitFiles, *, options: UnitOptions | None = None, progress: Progress = silent
) -> tuple[UnitsResult, list[Report]]:
    """Units as `gis.units.build.build_units` cuts them, with a report per file and one of the cut.

    Raises what the readers and `build_units` raise; nothing is written.
    """
    options = options or UnitOptions()
    if not {"streets", "boundary"} & set(files.paths):
        raise InputError("units-no-streets")
    reports: list[Report] = []
    frames: dict[str, gpd.GeoDataFrame] = {}
    for number, part in enumerate(PARTS):
        progress("units-step-reading", number / len(PARTS))
        if part in files.paths:
            report = Report(source=str(files.paths[part]))
            frames[part] = _read(part, files, options, frames, report)
            reports.append(report)
    progress("units-step-reading", 1.0)
    cut = Report()
    result = build_units(
        streets=frames.get("streets"),
        boundary=frames.get("boundary"),
        buildings=frames.get("buildings"),
        barriers=frames.get("barriers"),
        population=frames.get("population"),
        options=options,
        report=cut,
        progress=progress,
    )
    cut.rows_accepted = cut.rows_read = len(result.frame)
    return result, [*reports, cut]


def _read(
    part: str,
    files: UnitFiles,
    options: UnitOptions,
    frames: Mapping[str, gpd.GeoDataFrame],
    report: Report,
) -> gpd.GeoDataFrame:
    path, crs, layer = files.paths[part], files.crs.get(part), files.layers.get(part)
    if part == "population":
        around = frames.get("boundary", frames.get("streets"))
        return read_population(
            path, report=report, crs=crs, layer=layer, column=files.population_column,
            bounds=None if around is None else [float(value) for value in around.total_bounds],
            max_bytes=files.max_bytes,
        )  # fmt: skip
    columns: list[str] | None = None if part == "buildings" else []
    if part == "boundary" and options.parent:
        columns = [options.parent]
    frame = read_layer(
        path, report=report, crs=crs, layer=layer, columns=columns, kinds=_KINDS[part], theme=part,
        max_bytes=files.max_bytes,
    )  # fmt: skip
    if part != "buildings":
        return frame
    column = None if "population" in files.paths else files.population_column
    return with_people(frame, report=report, file=str(path), column=column, needed=False)
