"""The command `wangge`: one module per group of commands, each thin over a workflow."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import typer

from api.cli.console import language
from api.cli.help import show_misuse, speak
from gis.errors import WanggeError
from gis.messages import translate

# Light at import: a module of a group loads geopandas or numba only inside its commands.
GROUPS = (
    "units", "plan", "route", "sources", "imports", "exports", "posts", "people", "rules", "assets",
    "duty_list", "deadlines", "accounts", "audit", "db", "demo", "serve", "worker",
)  # fmt: skip
RED, PLAIN = "\x1b[31m", "\x1b[0m"
# What a shell reports of a command ended by Ctrl-C.
INTERRUPTED = 130
UsageError: Any = typer.BadParameter.__mro__[1]


def build() -> typer.Typer:
    """The whole command tree; each module gives it with `register(app)`."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
    for name in GROUPS:
        import_module(f"api.cli.{name}").register(app)
    speak(app)
    return app


def main() -> None:
    """Run `wangge`. A WanggeError becomes one sentence on stderr and exit code 1.

    With WANGGE_LOG_LEVEL=debug the cause is told as well, in the words of the library it came from.
    """
    try:
        sys.exit(build()(standalone_mode=False))
    except WanggeError as error:
        _complain(translate(error.code, language(), error.params))
        if os.environ.get("WANGGE_LOG_LEVEL", "").upper() == "DEBUG" and error.__cause__:
            _complain(translate("cause", language(), {"cause": repr(error.__cause__)}))
        sys.exit(1)
    except UsageError as error:
        sys.exit(show_misuse(error))
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)


def _complain(sentence: str) -> None:
    sys.stderr.write(f"{RED}{sentence}{PLAIN}\n" if sys.stderr.isatty() else f"{sentence}\n")
