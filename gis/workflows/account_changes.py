"""Accounts are changed, disabled, unlocked, and given new first passwords, each with an entry in
the audit trail. `within` is the code of the organisation whose tree the administrator looks after,
empty for the whole installation: what lies elsewhere is not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, text

from gis.errors import ConflictError, ForbiddenError
from gis.store import accounts as store
from gis.store import attempts, audit, credentials
from gis.store.engine import acting
from gis.workflows import accounts, passwords
from gis.workflows.accounts import NewAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class Administrator:
    """Who changes accounts: the name for history, the tree, and, if it is one, the own account."""

    actor: str
    within: str = ""
    account_id: int | None = None


def add_account(engine: Engine, given: NewAccount, by: Administrator) -> tuple[dict[str, Any], str]:
    """Make an account; gives it, and its first password, which is told only now."""
    password = passwords.first_password()
    kept = passwords.hash_of(password)
    with acting(engine, by.actor) as connection:
        account_id = accounts.create_account(
            connection, given, password_hash=kept, must_change=True, within=by.within
        )
        return store.one(connection, account_id), password


def change_account(
    engine: Engine,
    account_id: int,
    by: Administrator,
    *,
    name: str,
    roles: tuple[str, ...],
    organisation_id: int | None,
    person_id: int | None,
) -> dict[str, Any]:
    """Change name, roles, organisation and person of an account; gives it as it is then.

    Raises what making one raises, ConflictError `last-administrator`, `person-has-account`,
    ForbiddenError `account-own` for one's own roles and place.
    """
    with _changing(engine, account_id, by) as (connection, before):
        after = {
            "name": name,
            "roles": sorted(set(roles)),
            "organisation_id": organisation_id,
            "person_id": person_id,
        }
        rights = ("roles", "organisation_id", "person_id")
        if account_id == by.account_id and any(before[key] != after[key] for key in rights):
            raise ForbiddenError("account-own")
        accounts.require_roles(connection, roles, organisation_id, person_id, by.within)
        if (
            person_id is not None
            and person_id != before["person_id"]
            and store.has_account(connection, person_id)
        ):
            raise ConflictError("person-has-account", id=person_id, field="person_id")
        if "administrator" not in roles:
            _require_another(connection, before)
        store.change(
            connection, account_id, name=name, organisation_id=organisation_id, person_id=person_id
        )
        store.set_roles(connection, account_id, roles)
        changed = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
        if changed:
            audit.record(
                connection,
                "account-change",
                f"account {account_id}",
                {"login": before["login"], **changed},
            )
        return store.one(connection, account_id)


def disable_account(engine: Engine, account_id: int, by: Administrator) -> dict[str, Any]:
    """Let an account do nothing any more: sessions end, tokens hold no longer. Again changes
    nothing. Raises ForbiddenError `account-own`, ConflictError `last-administrator`."""
    with _changing(engine, account_id, by) as (connection, before):
        if account_id == by.account_id:
            raise ForbiddenError("account-own")
        if before["disabled_at"] is None:
            _require_another(connection, before)
            connection.execute(
                text("UPDATE account SET disabled_at = now() WHERE id = :id"), {"id": account_id}
            )
            credentials.close_sessions(connection, account_id)
            connection.execute(
                text(
                    "UPDATE api_token SET revoked_at = now()"
                    " WHERE account_id = :id AND revoked_at IS NULL"
                ),
                {"id": account_id},
            )
            _record(connection, "account-disable", before)
        return store.one(connection, account_id)


def enable_account(engine: Engine, account_id: int, by: Administrator) -> dict[str, Any]:
    """Let a disabled account sign in again; its tokens stay revoked."""
    with _changing(engine, account_id, by) as (connection, before):
        if before["disabled_at"] is not None:
            store.change(connection, account_id, disabled_at=None)
            _record(connection, "account-enable", before)
        return store.one(connection, account_id)


def reset_password(engine: Engine, account_id: int, by: Administrator) -> tuple[str, str]:
    """A new first password, told only now, for somebody who has forgotten theirs: login and
    password. Sessions end, waiting times are forgotten."""
    password = passwords.first_password()
    kept = passwords.hash_of(password)
    with _changing(engine, account_id, by) as (connection, before):
        store.change(connection, account_id, password_hash=kept, must_change_password=True)
        credentials.close_sessions(connection, account_id)
        attempts.add(connection, before["login"], "unlocked")
        _record(connection, "password-reset", before)
    return str(before["login"]), password


def unlock_account(engine: Engine, account_id: int, by: Administrator) -> None:
    """Forget the refused tries of an account, so that nobody needs to wait."""
    with _changing(engine, account_id, by) as (connection, before):
        attempts.hold(connection, before["login"])
        attempts.add(connection, before["login"], "unlocked")
        _record(connection, "account-unlock", before)


def give_token(
    engine: Engine, account_id: int, name: str, days: int | None, by: Administrator
) -> tuple[int, str]:
    """A token of an account for a machine: its id, and the token, which is told only now.

    Raises ConflictError `account-is-disabled`.
    """
    with _changing(engine, account_id, by) as (connection, before):
        if before["disabled_at"] is not None:
            raise ConflictError("account-is-disabled", login=before["login"])
        return accounts.issue_token(connection, account_id, name, days=days)


def take_token(engine: Engine, account_id: int, token_id: int, by: Administrator) -> None:
    """Revoke a token. Raises NotFoundError `token-not-found`."""
    with _changing(engine, account_id, by) as (connection, _):
        store.revoke_token(connection, account_id, token_id)
        audit.record(connection, "token-revoke", f"account {account_id}", {"token": token_id})


@contextmanager
def _changing(
    engine: Engine, account_id: int, by: Administrator
) -> Iterator[tuple[Connection, dict[str, Any]]]:
    """A transaction in the administrator's name, and the account as it was, held until the end."""
    with acting(engine, by.actor) as connection:
        store.hold_administrators(connection)
        yield connection, store.one(connection, account_id, within=by.within, lock=True)


def _require_another(connection: Connection, before: dict[str, Any]) -> None:
    """Somebody must be left who can undo what is done here."""
    if (
        "administrator" in before["roles"]
        and before["disabled_at"] is None
        and not store.another_administrator(connection, before["id"])
    ):
        raise ConflictError("last-administrator", login=before["login"])


def _record(connection: Connection, action: str, before: dict[str, Any]) -> None:
    audit.record(connection, action, f"account {before['id']}", {"login": before["login"]})
