"""`wangge sources`: in which coordinate system each source of reports gives its places."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from api.cli.console import progress_bar, say, say_json, show_table

Json = Annotated[bool, typer.Option("--json")]


def register(app: typer.Typer) -> None:
    """Add the group `sources`."""
    group = typer.Typer(no_args_is_help=True)
    group.command("list")(list_sources)
    group.command("set")(set_source)
    app.add_typer(group, name="sources")


def list_sources(json: Json = False) -> None:
    """Show every source with its system, and what speaks against it."""
    from gis.workflows.locators import Locators
    from gis.workflows.sources import doubted_sources, source_systems

    with _engine() as engine, engine.connect() as connection:
        found = source_systems(connection)
        doubts = doubted_sources(connection, Locators())
    rows = [
        row
        | {"recorded_at": row["recorded_at"] and row["recorded_at"].isoformat()}
        | {"doubt": doubts.get(row["source"])}
        for row in found
    ]
    if json:
        say_json({"items": rows})
        return
    show_table(("source", "crs", "recorded_at", "recorded_by"), rows)
    for source, doubt in doubts.items():
        say("source-doubted", source=source, **doubt)


def set_source(source: str, crs: str, json: Json = False) -> None:
    """Name the system of a source."""
    from gis.workflows.sources import name_system

    with _engine() as engine:
        name_system(engine, source, crs, actor="wangge sources")
    if json:
        say_json({"source": source, "crs": crs})
    else:
        say("source-named", source=source, crs=crs)


@contextmanager
def _engine() -> Iterator[Any]:
    from gis.settings import Settings
    from gis.store.cluster import ensure_database
    from gis.store.engine import make_engine

    with progress_bar() as progress:
        engine = make_engine(ensure_database(Settings(), progress))
    try:
        yield engine
    finally:
        engine.dispose()
