"""The command `wangge`: one module per group of commands, each thin over a workflow."""

from __future__ import annotations

import sys
from importlib import import_module

import typer
from rich.console import Console

from api.cli.console import language
from gis.errors import WanggeError
from gis.messages import translate

# Light at import: a module of a group loads geopandas or numba only inside its commands.
GROUPS = ("units", "plan", "route", "db", "demo", "serve", "imports")


def build() -> typer.Typer:
    """The whole command tree; each module gives it with `register(app)`."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
    for name in GROUPS:
        import_module(f"api.cli.{name}").register(app)
    return app


def main() -> None:
    """Run `wangge`. A WanggeError becomes one sentence on stderr and exit code 1."""
    try:
        build()()
    except WanggeError as error:
        Console(stderr=True, highlight=False).print(
            translate(error.code, language(), error.params),
            style="red",
            markup=False,
            soft_wrap=True,
        )
        sys.exit(1)
