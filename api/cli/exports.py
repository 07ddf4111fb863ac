"""`wangge export …`: what the database holds, as files for others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the group `export`."""
    group = typer.Typer(no_args_is_help=True)
    group.command("plan")(plan)
    group.callback()(_group)
    app.add_typer(group, name="export")


def _group() -> None:
    """A group although it has one command, so that others can join it."""


def plan(
    plan_id: Annotated[int, typer.Argument(metavar="PLAN_ID")],
    form: Annotated[str, typer.Option("--format")],
    out: Annotated[Path, typer.Option()],
    within: str | None = None,
    people: bool = True,
    phones: bool = True,
    lang: str | None = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Write a plan or draft in the format of your choice."""
    from api.cli.console import language, progress_bar, say, say_json
    from api.print_shop import print_shop
    from gis.messages import best_language
    from gis.settings import Settings
    from gis.store.cluster import ensure_database
    from gis.store.engine import make_engine
    from gis.workflows.plan_exports import ExportRequest, Printing, export_plan

    settings = Settings()
    with progress_bar() as progress:
        engine = make_engine(ensure_database(settings, progress))
        try:
            done = export_plan(
                engine,
                ExportRequest(
                    plan_id=plan_id,
                    form=form,
                    language=best_language(lang, default=language()) if lang else language(),
                    time_zone=settings.time_zone,
                    within=within or "",
                    people=people,
                    phones=phones,
                ),
                out,
                printing=Printing(press=print_shop(settings).press),
                progress=progress,
            )
        finally:
            engine.dispose()
    size = out.stat().st_size
    if json:
        say_json({"file": str(out), "grids": done.grids, "bytes": size})
    else:
        say("plan-export-done", file=str(out), grids=done.grids, size_mb=round(size / 1e6, 2))
