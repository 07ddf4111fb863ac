"""`wangge accounts`: who may sign in. The first administrator is made here."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli.console import say, say_json, show_table
from api.cli.office import office

Json = Annotated[bool, typer.Option("--json")]
ACTOR = "wangge accounts"
ADMINISTRATOR = "administrator"


def register(app: typer.Typer) -> None:
    """Add the group `accounts`."""
    group = typer.Typer(no_args_is_help=True)
    group.command("list")(list_accounts)
    group.command("create")(create)
    group.command("reset")(reset)
    group.command("disable")(disable)
    group.command("enable")(enable)
    app.add_typer(group, name="accounts")


def list_accounts(disabled: bool = False, json: Json = False) -> None:
    """Show all accounts."""
    from gis.store.accounts import some

    rows: list[dict[str, Any]] = []
    with office() as here, here.engine.connect() as connection:
        while page := some(
            connection, within="", limit=1000, after=rows[-1]["id"] if rows else 0,
            disabled=disabled,
        ):  # fmt: skip
            rows += page
    if json:
        say_json({"items": rows})
        return
    shown = [
        row
        | {
            "roles": ", ".join(row["roles"]),
            "of_organisation": row["organisation"] and row["organisation"]["name"]["zh"],
            "disabled_at": row["disabled_at"] and row["disabled_at"].isoformat(" ", "seconds"),
        }
        for row in rows
    ]
    show_table(("login", "name", "roles", "of_organisation", "disabled_at"), shown)


def create(
    login: str,
    name: str | None = None,
    role: Annotated[list[str] | None, typer.Option("--role")] = None,
    admin: Annotated[bool, typer.Option("--admin")] = False,
    organisation: str | None = None,
    person: int | None = None,
    json: Json = False,
) -> None:
    """Make an account, and show its first password once."""
    from gis.workflows.account_changes import Administrator, add_account
    from gis.workflows.accounts import NewAccount

    roles = [*(role or ()), *([ADMINISTRATOR] if admin else ())]
    with office() as here:
        where = None if organisation is None else _organisation(here.engine, organisation)
        account, password = add_account(
            here.engine,
            NewAccount(
                login=login,
                name=name or login,
                roles=tuple(dict.fromkeys(roles)),
                organisation_id=where,
                person_id=person,
            ),
            Administrator(actor=ACTOR),
        )
    if json:
        say_json({"id": account["id"], "login": login, "password": password})
    else:
        say("account-made", login=login, password=password)


def reset(login: str, json: Json = False) -> None:
    """Give an account a new first password, and end its waiting times."""
    from gis.workflows.account_changes import Administrator, reset_password

    with office() as here:
        number = _account(here.engine, login)
        _, password = reset_password(here.engine, number, Administrator(actor=ACTOR))
    if json:
        say_json({"login": login, "password": password})
    else:
        say("account-made", login=login, password=password)


def disable(login: str, json: Json = False) -> None:
    """Disable an account."""
    from gis.workflows.account_changes import Administrator, disable_account

    with office() as here:
        disable_account(here.engine, _account(here.engine, login), Administrator(actor=ACTOR))
    if json:
        say_json({"login": login, "disabled": True})
    else:
        say("account-disabled-now", login=login)


def enable(login: str, json: Json = False) -> None:
    """Let a disabled account sign in again."""
    from gis.workflows.account_changes import Administrator, enable_account

    with office() as here:
        enable_account(here.engine, _account(here.engine, login), Administrator(actor=ACTOR))
    if json:
        say_json({"login": login, "disabled": False})
    else:
        say("account-enabled-now", login=login)


def _account(engine: Any, login: str) -> int:
    from gis.store.accounts import id_of

    with engine.connect() as connection:
        return id_of(connection, login)


def _organisation(engine: Any, code: str) -> int:
    from gis.store.accounts import organisation_of

    with engine.connect() as connection:
        return organisation_of(connection, code)
