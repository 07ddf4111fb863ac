"""Accounts for tests: somebody with some roles somewhere, signed in by a token."""

from __future__ import annotations

import uuid

from sqlalchemy import Engine, text

from gis.store.engine import acting
from gis.workflows.accounts import ROLES, NewAccount, create_account, issue_token
from gis.workflows.passwords import hash_of

EVERYBODY = "tests"  # the login of the account that may do everything everywhere


def make_account(
    engine: Engine,
    *roles: str,
    organisation_id: int | None = None,
    person_id: int | None = None,
    login: str | None = None,
    name: str = "测试",
    password: str | None = None,
    must_change: bool = False,
    synthetic: bool = False,
) -> int:
    """An account with these roles, or all; without an organisation, of the whole installation."""
    given = NewAccount(
        login=login or f"t-{uuid.uuid4().hex[:10]}",
        name=name,
        roles=roles or ROLES,
        organisation_id=organisation_id,
        person_id=person_id,
        synthetic=synthetic,
    )
    kept = None if password is None else hash_of(password)
    with acting(engine, "tests") as connection:
        return create_account(connection, given, password_hash=kept, must_change=must_change)


def sign_in(
    engine: Engine,
    *roles: str,
    organisation_id: int | None = None,
    person_id: int | None = None,
    name: str = "测试",
) -> dict[str, str]:
    """The header of a new account with these roles; what it may see follows its organisation."""
    account_id = make_account(
        engine, *roles, organisation_id=organisation_id, person_id=person_id, name=name
    )
    return token_of(engine, account_id)


def token_of(engine: Engine, account_id: int) -> dict[str, str]:
    """The header of an account, by a token of its own."""
    with acting(engine, "tests") as connection:
        _, token = issue_token(connection, account_id, "tests", days=None)
    return {"Authorization": f"Bearer {token}"}


def sign_in_everywhere(engine: Engine) -> dict[str, str]:
    """The header of the one account that has all roles in the whole installation."""
    with engine.connect() as connection:
        found = connection.scalar(
            text("SELECT id FROM account WHERE login = :login"), {"login": EVERYBODY}
        )
    account_id = found if found is not None else make_account(engine, *ROLES, login=EVERYBODY)
    return token_of(engine, account_id)
