"""`wangge units`: atomic units from streets, buildings, a boundary and population."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import language, progress_bar, say, say_json, show_reports
from gis.errors import InputError

_PARTS = ("streets", "boundary", "buildings", "barriers", "population")
_SHARED = "streets=…, boundary=…, buildings=…, barriers=…, population=…"

units = typer.Typer(no_args_is_help=True, help="Atomic units: the pieces that grids are made of.")


def register(app: typer.Typer) -> None:
    """Add the group to the command tree."""
    app.add_typer(units, name="units")


@units.callback()
def _group() -> None:
    """Atomic units: the pieces that grids are made of."""


@units.command()
def build(
    out: Annotated[
        Path, typer.Option(help="Where the units go: .parquet, .gpkg, .geojson, .shp or .fgb.")
    ],
    streets: Annotated[
        Path | None, typer.Option(help="Street centre lines; an OSM PBF will do. None: H3 cells.")
    ] = None,
    buildings: Annotated[
        Path | None,
        typer.Option(help="Building polygons, with people if known: units are split between them."),
    ] = None,
    boundary: Annotated[
        Path | None,
        typer.Option(help="Polygons of the jurisdiction; no unit crosses from one into another."),
    ] = None,
    barriers: Annotated[
        Path | None, typer.Option(help="Railways, rivers (lines) and lakes that part units.")
    ] = None,
    population: Annotated[
        Path | None,
        typer.Option(help="People: a table of places, a layer of places or zones, or a GeoTIFF."),
    ] = None,
    population_column: Annotated[
        str | None, typer.Option(help="The column of people. Default: pop, population, 人口 …")
    ] = None,
    parent: Annotated[
        str | None, typer.Option(help="A column of the boundary to keep: the sub-district's code.")
    ] = None,
    crs: Annotated[
        list[str] | None,
        typer.Option(
            help="The coordinate system of all files, or of one as PART=NAME: EPSG:4547, "
            f"cgcs2000, gcj02, bd09 … It wins over the file's own. Parts: {_SHARED}"
        ),
    ] = None,
    layer: Annotated[
        list[str] | None,
        typer.Option(help="The layer of a file that holds several, as PART=NAME."),
    ] = None,
    grids: Annotated[
        int | None,
        typer.Option(help="How many basic grids are wanted: larger units are split to suit."),
    ] = None,
    max_pop: Annotated[float | None, typer.Option(help="At most so many people a unit.")] = None,
    max_area_m2: Annotated[float | None, typer.Option(help="At most so large a unit.")] = None,
    min_area_m2: Annotated[float, typer.Option(help="Smaller units are slivers.")] = 500.0,
    min_width_m: Annotated[float, typer.Option(help="Thinner units are slivers.")] = 10.0,
    h3_resolution: Annotated[
        int | None, typer.Option(help="Cut into H3 cells of this resolution, 0 to 15.")
    ] = None,
    max_file_mb: Annotated[int, typer.Option(help="Refuse larger input files.")] = 4096,
    report: Annotated[Path | None, typer.Option(help="Write the validation report here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Cut streets, buildings and a boundary into units that tile it without gap or overlap.

    Exit code 0: the units are written, and the report says what was repaired, refused or
    doubted. 1: an input or option cannot be used; one sentence says why; nothing is written.
    2: the command was mistyped.
    """
    from gis.files.layers import check_writable, write_layer
    from gis.units.options import UnitOptions
    from gis.workflows.units import UnitFiles, build_units_from_files

    check_writable(out)
    given = (streets, boundary, buildings, barriers, population)
    paths = {part: path for part, path in zip(_PARTS, given, strict=True) if path is not None}
    options = UnitOptions(
        grids=grids, max_pop=max_pop, max_area_m2=max_area_m2, min_area_m2=min_area_m2,
        min_width_m=min_width_m, h3_resolution=h3_resolution, parent=parent,
    )  # fmt: skip
    files = UnitFiles(
        paths=paths, crs=_by_part(crs, "--crs", shared=True), layers=_by_part(layer, "--layer"),
        population_column=population_column, max_bytes=max_file_mb * 2**20,
    )  # fmt: skip
    start = time.perf_counter()
    with progress_bar() as progress:
        result, reports = build_units_from_files(files, options=options, progress=progress)
    write_layer(result.frame, out)
    seconds = round(time.perf_counter() - start, 2)
    summary = {
        "units": len(result.frame),
        "people": result.people,
        "people_outside": result.people_outside,
        "area_m2": round(float(result.frame["area_m2"].sum()), 1),
        "over_limit": list(result.over_limit),
        "seconds": seconds,
        "out": str(out),
        "reports": [each.as_dict(language()) for each in reports],
    }
    if report is not None:
        report.write_text(json.dumps(summary, ensure_ascii=False, indent=2), encoding="utf-8")
    if as_json:
        say_json(summary)
        return
    show_reports(reports)
    say(
        "units-built", units=len(result.frame), people=result.people, seconds=seconds,
        area_km2=round(summary["area_m2"] / 1e6, 3), path=str(out),
    )  # fmt: skip


def _by_part(texts: list[str] | None, option: str, *, shared: bool = False) -> dict[str, str]:
    """`PART=NAME` texts as a mapping; a bare NAME, where allowed, is for every part."""
    named: dict[str, str] = {}
    for text in texts or []:
        part, equals, name = text.partition("=")
        if equals and part in _PARTS:
            named[part] = name
        elif shared and not (equals and part.isalpha()):
            named = dict.fromkeys(_PARTS, text) | named
        else:
            raise InputError("option-part", option=option, text=text, parts=", ".join(_PARTS))
    return named
