"""`wangge rules`: rules that override or refine the owner by place."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

Jurisdiction = Annotated[str, typer.Option()]
Json = Annotated[bool, typer.Option("--json")]
ACTOR = "wangge rules"


def register(app: typer.Typer) -> None:
    """Add the group `rules`."""
    group = typer.Typer(no_args_is_help=True)
    group.command("list")(list_rules)
    group.command("try")(try_rules)
    group.command("import")(import_rules)
    group.command("end")(end_rule)
    app.add_typer(group, name="rules")


def list_rules(jurisdiction: Jurisdiction, at: datetime | None = None, json: Json = False) -> None:
    """Show the rules in their order."""
    from api.cli.console import language, say, say_json, show_table
    from api.cli.office import office
    from gis.messages import translate
    from gis.workflows.rules import shown_rules

    with office() as opened, opened.engine.connect() as connection:
        of = opened.jurisdiction(jurisdiction)
        found, version = shown_rules(connection, of, at=opened.moment(at))
    tongue = language()
    if json:
        say_json({"items": found, "version": version})
        return
    show_table(
        ("position", "rule_id", "rule_name", "effect", "target", "state"),
        [
            {
                "position": row["position"],
                "rule_id": row["id"],
                "rule_name": row["name"][tongue[:2]],
                "effect": translate(f"effect-{row['effect']}", tongue),
                "target": _target(row["target"], tongue),
                "state": ", ".join(
                    translate(code, tongue) for code in (f"state-{row['state']}", *row["problems"])
                ),
            }
            for row in found
        ],
    )
    say("rules-count", count=len(found))


def try_rules(
    lon: Annotated[float, typer.Option()],
    lat: Annotated[float, typer.Option()],
    crs: str = "EPSG:4326",
    category: str | None = None,
    severity: Annotated[int | None, typer.Option(min=1, max=4)] = None,
    source: str | None = None,
    at: datetime | None = None,
    json: Json = False,
) -> None:
    """Tell whose a report would be, which rule wins, and why each other one does not."""
    from api.cli.console import language, say, say_json, show_table
    from api.cli.office import office
    from gis.errors import InputError
    from gis.incidents.sources import SOURCES
    from gis.messages import translate
    from gis.workflows.dry_run import dry_run
    from gis.workflows.locators import Locators

    if source is not None and source not in SOURCES:
        raise InputError("source-unknown", name=source, known=", ".join(SOURCES))
    tongue = language()
    with office() as opened, opened.engine.connect() as connection:
        found = dry_run(
            connection, Locators(), lon=lon, lat=lat, crs=crs, category=category,
            severity=severity, source=source, at=opened.moment(at), language=tongue,
        )  # fmt: skip
    if json:
        say_json(found)
        return
    show_table(
        ("position", "kind", "rule_name", "verdict"),
        [
            {
                "position": row["position"],
                "kind": translate(f"kind-{row['kind']}", tongue),
                "rule_name": row["name"][tongue[:2]],
                "verdict": row["message"],
            }
            for row in found["verdicts"]
        ],
    )
    owner = found["owner"]
    place, answers = owner["grid"] or owner["queue"], owner["responsible"]
    say("try-owner", grid=_named(place, tongue), person=answers and answers["person"]["name"])
    if found["department"] is not None:
        say("try-department", department=found["department"]["name"][tongue[:2]])
    for note in found["notes"]:
        say(note["code"])


def import_rules(
    file: Path,
    jurisdiction: Jurisdiction,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    json: Json = False,
) -> None:
    """Record the rules of a JSON file, in its order: all or none."""
    from api.cli.office import office, show_import
    from gis.report import Report
    from gis.workflows.rule_files import import_rules as import_file

    report = Report(source=file.name)
    with show_import(report, json=json, dry_run=dry_run) as show, office() as opened:
        show(
            import_file(
                opened.engine, opened.jurisdiction(jurisdiction), file, dry_run=dry_run,
                actor=ACTOR, report=report,
            )
        )  # fmt: skip


def end_rule(
    rule_id: int,
    jurisdiction: Jurisdiction,
    reason: Annotated[str, typer.Option()],
    json: Json = False,
) -> None:
    """End a rule now."""
    from api.cli.console import say, say_json
    from api.cli.office import office
    from gis.errors import InputError
    from gis.incidents.plain_text import clean_line
    from gis.workflows.rules import end_rule as end

    if not (reason := clean_line(reason)):
        raise InputError("reason-missing")
    with office() as opened:
        of = opened.jurisdiction(jurisdiction)
        end(opened.engine, of, rule_id, reason=reason, actor=ACTOR)
    if json:
        say_json({"id": rule_id})
    else:
        say("rules-ended", id=rule_id)


def _target(target: dict[str, Any], tongue: str) -> str:
    from gis.messages import translate

    if target["role"] is not None:
        return translate(f"post-{target['role'].replace('_', '-')}", tongue)
    return _named(target["organisation"] or target["grid"], tongue)


def _named(place: dict[str, Any], tongue: str) -> str:
    name = place["name"][tongue[:2]] if place["name"] else ""
    return f"{place['code']} {name}".strip()
