"""`wangge duty-list`: who handles which category (权责清单)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

Jurisdiction = Annotated[str, typer.Option()]
Json = Annotated[bool, typer.Option("--json")]
PAGE = 1000


def register(app: typer.Typer) -> None:
    """Add the group `duty-list`."""
    group = typer.Typer(no_args_is_help=True)
    group.command("list")(list_duties)
    group.command("import")(import_duties)
    group.command("template")(template)
    app.add_typer(group, name="duty-list")


def list_duties(jurisdiction: Jurisdiction, json: Json = False) -> None:
    """Show the duty list."""
    from api.cli.console import language, say_json, show_table
    from api.cli.office import office
    from gis.messages import translate
    from gis.store import duty_list as store

    found: list[dict[str, Any]] = []
    with office() as opened, opened.engine.connect() as connection:
        of = opened.jurisdiction(jurisdiction)
        while page := store.list_duties(
            connection, of, limit=PAGE, after=found[-1]["id"] if found else 0
        ):
            found += page
    if json:
        say_json({"items": found})
        return
    tongue = language()
    show_table(
        ("category", "organisation", "kind", "document"),
        [
            {
                "category": f"{row['category']['code']} {row['category']['name'][tongue[:2]]}",
                "organisation": row["organisation"]["name"][tongue[:2]],
                "kind": translate(f"kind-{row['kind']}", tongue),
                "document": row["document"],
            }
            for row in found
        ],
    )


def import_duties(
    file: Path,
    jurisdiction: Jurisdiction,
    since: datetime | None = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    json: Json = False,
) -> None:
    """Import a duty list from Excel or CSV: whole or not at all."""
    from api.cli.office import office, show_import
    from gis.report import Report
    from gis.workflows.duty_list import import_duty_list

    report = Report(source=file.name)
    with show_import(report, json=json, dry_run=dry_run) as show, office() as opened:
        show(
            import_duty_list(
                opened.engine, opened.jurisdiction(jurisdiction), file,
                since=opened.moment(since), skip_bad=skip_bad, dry_run=dry_run,
                actor="wangge duty-list", report=report,
            )
        )  # fmt: skip


def template(file: Path, json: Json = False) -> None:
    """Write a file to fill in, with every category."""
    from api.cli.console import say, say_json
    from api.cli.office import office
    from gis.workflows.duty_list import write_template

    with office() as opened, opened.engine.connect() as connection:
        write_template(connection, file)
    if json:
        say_json({"file": file})
    else:
        say("template-written", file=str(file))
