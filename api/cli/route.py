"""`wangge route`: points of a file to the grids of a file, without a database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.console import language, progress_bar, say, say_json


def register(app: typer.Typer) -> None:
    """Add the command `route`."""
    app.command("route")(route)


def route(
    grids: Annotated[Path, typer.Argument(help="Grids: grid_id and polygons. 网格面文件。")],
    points: Annotated[
        Path, typer.Argument(help="Points: CSV or Parquet with point_id,lon,lat. 点文件。")
    ],
    out: Annotated[Path, typer.Option("--out", help="OWNERS: .csv or .parquet. 结果文件。")],
    crs: Annotated[
        str | None,
        typer.Option("--crs", help="Of the points: EPSG:4326, gcj02, bd09 … 点的坐标系。"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON. 以 JSON 输出。")] = False,
) -> None:
    """Give each point its grid: point_id,grid_id,status in the same order. 为每个点找到所属网格。

    A point on a shared boundary belongs to the smallest grid_id that touches it.
    """
    from gis.workflows.route_files import route_file

    with progress_bar() as progress:
        summary = route_file(grids, points, out, crs=crs, progress=progress)
    if json:
        say_json({**summary.as_dict(language()), "out": str(out)})
        return
    say(
        "routing-done",
        points=summary.points,
        inside=summary.inside,
        outside=summary.outside,
        invalid=summary.invalid,
        out=str(out),
    )
    for report in (summary.grids, summary.report):
        _show(report)


def _show(report: Any) -> None:
    for finding in report.findings:
        rows = ", ".join(map(str, finding.rows))
        say(
            "routing-finding",
            file=Path(report.source).name,
            text=finding.text(language()),
            rows=rows or "none",
        )
