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
    grids: Path,
    points: Path,
    out: Annotated[Path, typer.Option()],
    crs: str | None = None,
    threads: Annotated[int, typer.Option(min=1, max=256)] = 1,
    scheduler: str | None = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Give each point of a file its grid."""
    with progress_bar() as progress:
        if scheduler is not None:
            from gis.workflows.route_cluster import route_on_cluster

            summary = route_on_cluster(
                grids, points, out, scheduler=scheduler, crs=crs, progress=progress
            )
        else:
            from gis.workflows.route_files import route_file

            summary = route_file(grids, points, out, crs=crs, threads=threads, progress=progress)
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
