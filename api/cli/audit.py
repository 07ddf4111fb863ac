"""`wangge audit`: the audit trail, and whether it is as it was written."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.console import say, say_json
from api.cli.office import office

Json = Annotated[bool, typer.Option("--json")]


def register(app: typer.Typer) -> None:
    """Add the group `audit`."""
    group = typer.Typer(no_args_is_help=True)
    group.command("verify")(verify)
    group.command("list")(list_entries)
    app.add_typer(group, name="audit")


def verify(noted: str | None = None, json: Json = False) -> None:
    """Check the chain from end to end; exit code 1 if it is broken."""
    from gis.workflows import audit

    with office() as here, here.engine.connect() as connection:
        found = audit.verify(connection, noted=None if noted is None else audit.read_noted(noted))
    if json:
        say_json({"entries": found.entries, "head": found.head, "broken": found.broken})
    elif found.broken is not None:
        say("audit-broken", id=found.broken)
    else:
        say("audit-whole", entries=found.entries, noted=f"{found.entries}:{found.head}")
    if found.broken is not None:
        raise typer.Exit(1)


def list_entries(limit: int = 100, json: Json = False) -> None:
    """Show the newest entries."""
    import sys
    from json import dumps

    from gis.store.audit import entries

    with office() as here, here.engine.connect() as connection:
        found = entries(connection, limit=limit)
    if json:
        say_json({"items": found})
        return
    for row in reversed(found):
        detail = dumps(row["detail"], ensure_ascii=False) if row["detail"] else ""
        at = row["at"].astimezone(here.zone).isoformat(" ", "seconds")
        line = (str(row["id"]), at, row["actor"], row["action"], row["subject"], detail)
        # What a stranger typed as a login must not move the cursor of whoever reads it.
        safe = ("".join(c if c.isprintable() else "\ufffd" for c in part) for part in line)
        sys.stdout.write("\t".join(safe) + "\n")
