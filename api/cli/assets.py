"""`wangge assets`: parks, bridges, buildings and roads, and who is in charge of them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

Jurisdiction = Annotated[str, typer.Option()]
Json = Annotated[bool, typer.Option("--json")]
Kind = Literal["park", "bridge", "building", "road", "other"]
PAGE = 1000


def register(app: typer.Typer) -> None:
    """Add the group `assets`."""
    group = typer.Typer(no_args_is_help=True)
    group.command("list")(list_assets)
    group.command("import")(import_assets)
    app.add_typer(group, name="assets")


def list_assets(jurisdiction: Jurisdiction, kind: Kind | None = None, json: Json = False) -> None:
    """Show the assets."""
    from api.cli.console import language, say_json, show_table
    from api.cli.office import office
    from gis.messages import translate
    from gis.store import assets as store

    found: list[dict[str, Any]] = []
    with office() as opened, opened.engine.connect() as connection:
        of = opened.jurisdiction(jurisdiction)
        while page := store.list_assets(
            connection, of, limit=PAGE, after=found[-1]["id"] if found else 0, kind=kind
        ):
            found += page
    if json:
        say_json({"items": found})
        return
    tongue = language()
    show_table(
        ("code", "rule_name", "kind", "organisation"),
        [
            {
                "code": row["code"],
                "rule_name": row["name"][tongue[:2]],
                "kind": translate(f"kind-{row['kind']}", tongue),
                "organisation": row["organisation"] and row["organisation"]["name"][tongue[:2]],
            }
            for row in found
        ],
    )


def import_assets(
    file: Path,
    jurisdiction: Jurisdiction,
    kind: Kind | None = None,
    crs: str | None = None,
    layer: str | None = None,
    since: datetime | None = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    json: Json = False,
) -> None:
    """Import assets from a geometry file: whole or not at all."""
    from api.cli.office import office, show_import
    from gis.report import Report
    from gis.workflows.assets import import_assets as import_file

    report = Report(source=file.name)
    with show_import(report, json=json, dry_run=dry_run) as show, office() as opened:
        show(
            import_file(
                opened.engine, opened.jurisdiction(jurisdiction), file, kind=kind, crs=crs,
                layer=layer, since=opened.moment(since), skip_bad=skip_bad, dry_run=dry_run,
                actor="wangge assets", report=report,
            )
        )  # fmt: skip
