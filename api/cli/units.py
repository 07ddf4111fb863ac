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


def register(app: typer.Typer) -> None:
    """Add the group `units`."""
    group = typer.Typer(no_args_is_help=True)
    group.callback()(_group)
    group.command("build")(build)
    app.add_typer(group, name="units")


def _group() -> None:
    """Keep `build` a command of its own, although it is the only one."""


def build(
    out: Annotated[Path, typer.Option()],
    streets: Path | None = None,
    buildings: Path | None = None,
    boundary: Path | None = None,
    barriers: Path | None = None,
    population: Path | None = None,
    population_column: str | None = None,
    parent: str | None = None,
    crs: list[str] | None = None,
    layer: list[str] | None = None,
    grids: int | None = None,
    max_pop: float | None = None,
    max_area_m2: float | None = None,
    min_area_m2: float = 500.0,
    min_width_m: float = 10.0,
    h3_resolution: int | None = None,
    max_file_mb: int = 4096,
    report: Path | None = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Cut streets, buildings and a boundary into units that tile it without gap or overlap."""
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
