"""The help of every command in the reader's language, wrapped for Chinese too.

No help text stands in the code. A command's is the message `help-<group>-<command>`, with
`…-more` below it where there is more to say; a parameter's is `help-<group>-<command>-<name>` or,
shared by several commands, `help-<name>`.
"""

from __future__ import annotations

import re
import shutil
import sys
import unicodedata
from collections.abc import Iterable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from api.cli.console import language
from gis.messages import plain, translate

WIDEST = 100
# A word; or one wide character with what must not begin a line after it.
_ENDS = r"[\u3001-\u3011\uff01-\uff1f\u201d),.:;]*"
_PIECE = re.compile(rf"\s+|[\u2e80-\uffef]{_ENDS}|[^\s\u2e80-\uffef]+{_ENDS}")


class _Spoken:
    """A command that writes its own help page and usage line."""

    def format_help(self, ctx: typer.Context, formatter: Any) -> None:
        formatter.write(page(ctx))

    def get_usage(self, ctx: typer.Context) -> str:
        return usage(ctx)


class HelpCommand(_Spoken, TyperCommand):
    """A command."""


class HelpGroup(_Spoken, TyperGroup):
    """A group of commands."""


def speak(app: typer.Typer) -> None:
    """Make a whole tree of commands write its help by this module."""
    app.info.cls = HelpGroup
    for command in app.registered_commands:
        command.cls = HelpCommand
    for group in app.registered_groups:
        group.cls = HelpGroup
        if group.typer_instance is not None:
            speak(group.typer_instance)


def page(ctx: typer.Context) -> str:
    """The help page of the command of `ctx`."""
    tongue, path = language(), _path(ctx)
    width = min(shutil.get_terminal_size().columns, WIDEST)
    lines = [usage(ctx), ""]
    for code in (path, f"{path}-more"):
        if text := plain(code, tongue):
            lines += [*_wrapped(text, width, "  ", "  "), ""]
    shown: dict[str, list[tuple[str, str]]] = {"argument": [], "option": []}
    for param in ctx.command.get_params(ctx):
        record = param.get_help_record(ctx)
        if record is not None:
            text = parameter_text(path, param.name, tongue) or param.help or ""
            text += _note(param, ctx, tongue)
            shown[param.param_type_name].append((record[0], text))
    lines += _section("help-heading-arguments", shown["argument"], width, tongue)
    lines += _section("help-heading-options", shown["option"], width, tongue)
    commands = getattr(ctx.command, "commands", {})
    rows = [
        (name, plain(f"{path}-{name}", tongue) or command.get_short_help_str())
        for name, command in commands.items()
    ]
    lines += _section("help-heading-commands", rows, width, tongue)
    return "\n".join(lines).rstrip() + "\n"


def usage(ctx: typer.Context) -> str:
    """The line that shows how the command of `ctx` is typed."""
    tongue = language()
    pieces = [translate("help-word-options", tongue)]
    for param in ctx.command.get_params(ctx):
        pieces += param.get_usage_pieces(ctx)
    if hasattr(ctx.command, "commands"):
        pieces.append(translate("help-word-command", tongue))
    return " ".join((translate("help-usage", tongue), ctx.command_path, *pieces))


def parameter_text(path: str, name: str, tongue: str) -> str | None:
    """What is said of a parameter: of this command alone, or wherever it occurs."""
    name = name.replace("_", "-")
    return plain(f"{path}-{name}", tongue) or plain(f"help-{name}", tongue)


def explain_misuse(error: Any) -> str:
    """What was mistyped, from typer's own usage error, with the way to the help page."""
    tongue, kind = language(), type(error).__name__
    named = {
        "MissingParameter": ("usage-missing", lambda: _name(error)),
        "NoSuchOption": ("usage-no-such-option", lambda: error.option_name),
        "BadParameter": ("usage-bad-value", lambda: _name(error)),
    }
    if error.ctx is None or kind == "NoArgsIsHelpError":
        return str(error.format_message())
    code, name = named.get(kind, ("usage-wrong", lambda: ""))
    told = translate(code, tongue, {"name": name(), "call": error.ctx.command_path})
    return f"{usage(error.ctx)}\n{told}"


def _name(error: Any) -> str:
    record = error.param.get_help_record(error.ctx) if error.param else None
    return str(record[0]) if record else ""


def _path(ctx: typer.Context) -> str:
    names: list[str] = []
    at: Any = ctx
    while at.parent is not None:
        names.insert(0, at.info_name)
        at = at.parent
    return "-".join(("help", *names))


def _note(param: Any, ctx: typer.Context, tongue: str) -> str:
    if param.required:
        return f" [{translate('help-required', tongue)}]"
    value = param.get_default(ctx, call=False)
    if isinstance(value, bool):
        if not param.secondary_opts:
            return ""
        value = (param.opts if value else param.secondary_opts)[0]
    return "" if value is None else f" [{translate('help-default', tongue)} {value}]"


def _section(heading: str, rows: list[tuple[str, str]], width: int, tongue: str) -> list[str]:
    if not rows:
        return []
    left = min(max(cells(name) for name, _ in rows), 30)
    lines = [translate(heading, tongue)]
    for name, text in rows:
        gap = " " * max(left - cells(name), 0)
        first = f"  {name}{gap}  " if cells(name) <= left else ""
        if not first:
            lines.append(f"  {name}")
        lines += _wrapped(text, width, first or " " * (left + 4), " " * (left + 4))
    return [*lines, ""]


def _wrapped(text: str, width: int, first: str, later: str) -> Iterable[str]:
    line, lines = first, []
    for piece in _PIECE.findall(text):
        if cells(line) + cells(piece.rstrip()) > width and line.strip():
            lines.append(line.rstrip())
            line = later + piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()]


def cells(text: str) -> int:
    """How many columns of a terminal a text takes: wide characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def show_misuse(error: Any) -> int:
    """Print a usage error on stderr; gives its exit code."""
    sys.stderr.write(explain_misuse(error) + "\n")
    return int(error.exit_code)
