"""Accounts are made, with their roles and tokens. Nobody grants what lies outside their tree."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from gis.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from gis.store import accounts as store
from gis.store import audit, credentials

ROLES = ("planner", "dispatcher", "leader", "grid_worker", "department", "administrator")
LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,62}[a-z0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account to be made. Without an organisation it belongs to the whole installation."""

    login: str
    name: str
    roles: tuple[str, ...]
    organisation_id: int | None = None
    person_id: int | None = None
    synthetic: bool = False


def create_account(
    connection: Connection,
    given: NewAccount,
    *,
    password_hash: str | None,
    must_change: bool,
    within: str = "",
) -> int:
    """Make an account, in the name of who acts; gives its id. `within`: the code of the
    organisation in whose tree whoever acts may make accounts.

    Raises InputError `login-invalid`, `role-unknown`, `account-without-role`,
    `account-needs-person`, `account-needs-department`, NotFoundError
    `account-organisation-unknown`, `account-person-unknown`, ConflictError `login-taken`,
    `person-has-account`, ForbiddenError `account-outside`.
    """
    require_login(given.login)
    require_roles(connection, given.roles, given.organisation_id, given.person_id, within)
    if store.login_exists(connection, given.login):
        raise ConflictError("login-taken", login=given.login, field="login")
    if given.person_id is not None and store.has_account(connection, given.person_id):
        raise ConflictError("person-has-account", id=given.person_id, field="person_id")
    try:
        account_id = store.insert(
            connection,
            login=given.login,
            name=given.name,
            organisation_id=given.organisation_id,
            person_id=given.person_id,
            synthetic=given.synthetic,
            password_hash=password_hash,
            must_change_password=must_change,
        )
    except IntegrityError as error:
        raise ConflictError("login-taken", login=given.login, field="login") from error
    store.set_roles(connection, account_id, given.roles)
    audit.record(
        connection,
        "account-create",
        f"account {account_id}",
        {
            "login": given.login,
            "roles": sorted(given.roles),
            "organisation": given.organisation_id,
        },
    )
    return account_id


def issue_token(
    connection: Connection, account_id: int, name: str, *, days: int | None
) -> tuple[int, str]:
    """A new token of an account for a machine: its id, and the token, which is told only now."""
    number, token = credentials.issue_token(
        connection, account_id, name, lasts=None if days is None else timedelta(days=days)
    )
    audit.record(
        connection, "token-issue", f"account {account_id}", {"token": number, "name": name}
    )
    return number, token


def require_login(login: str) -> None:
    """Let pass small letters, digits and . _ @ - between them. Raises InputError."""
    if LOGIN.fullmatch(login) is None:
        raise InputError("login-invalid", login=login, field="login")


def require_roles(
    connection: Connection,
    roles: Iterable[str],
    organisation_id: int | None,
    person_id: int | None,
    within: str,
) -> None:
    named = set(roles)
    unknown = sorted(named - set(ROLES))
    if unknown:
        raise InputError("role-unknown", name=unknown[0], known=", ".join(ROLES), field="roles")
    if not named:
        raise InputError("account-without-role", field="roles")
    if organisation_id is None:
        if within:
            raise ForbiddenError("account-outside")
        return
    found = store.organisation(connection, organisation_id)
    if found is None:
        raise NotFoundError("account-organisation-unknown", id=organisation_id)
    if not found.platform_code.startswith(within):
        raise ForbiddenError("account-outside")
    if "grid_worker" in named and person_id is None:
        raise InputError("account-needs-person", field="person_id")
    if person_id is not None and not store.is_person_of(connection, person_id, within):
        raise NotFoundError("account-person-unknown", id=person_id, field="person_id")
    if ("department" in named) != (found.kind == "department"):
        raise InputError("account-needs-department", field="organisation_id")
