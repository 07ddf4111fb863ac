"""Accounts and their roles: what lists show, and what changes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import NotFoundError
from gis.store.names import names

ROW = """
SELECT account.id, account.login, account.name, account.person_id, account.language,
       account.must_change_password, account.synthetic, account.disabled_at, account.signed_in_at,
       account.recorded_at, account.recorded_by, account.oidc_subject IS NOT NULL AS has_oidc,
       account.password_hash IS NOT NULL AS has_password,
       organisation.id AS organisation_id, organisation.code AS organisation_code,
       organisation.kind AS organisation_kind, organisation.name_zh, organisation.name_en,
       person.name AS person_name,
       ARRAY(SELECT role FROM account_role WHERE account_id = account.id ORDER BY role) AS roles
FROM account
LEFT JOIN organisation ON organisation.id = account.organisation_id
LEFT JOIN person ON person.id = account.person_id
"""


def insert(connection: Connection, **values: Any) -> int:
    """Insert an account in the name of who acts; gives its id."""
    columns = ", ".join(values)
    bound = ", ".join(f":{name}" for name in values)
    query = f"INSERT INTO account ({columns}, recorded_by) VALUES ({bound}, current_actor())"
    return int(connection.execute(text(f"{query} RETURNING id"), values).scalar_one())


def set_roles(connection: Connection, account_id: int, roles: Iterable[str]) -> None:
    """Give an account these roles and no others."""
    values = {"account": account_id, "roles": sorted(set(roles))}
    connection.execute(
        text("DELETE FROM account_role WHERE account_id = :account AND role <> ALL(:roles)"),
        values,
    )
    connection.execute(
        text(
            "INSERT INTO account_role (account_id, role, recorded_by)"
            " SELECT :account, role, current_actor() FROM unnest(cast(:roles AS text[])) AS role"
            " ON CONFLICT DO NOTHING"
        ),
        values,
    )


def one(connection: Connection, account_id: int, *, lock: bool = False) -> dict[str, Any]:
    """An account as lists show it; with `lock` nobody else changes it until the transaction ends.

    Raises NotFoundError `account-not-found`.
    """
    query = f"{ROW} WHERE account.id = :id" + (" FOR UPDATE OF account" if lock else "")
    row = connection.execute(text(query), {"id": account_id}).mappings().one_or_none()
    if row is None:
        raise NotFoundError("account-not-found", id=account_id)
    return _shown(dict(row))


def login_exists(connection: Connection, login: str) -> bool:
    """Whether an account has this login, wherever in the city it belongs."""
    return bool(
        connection.scalar(
            text("SELECT EXISTS (SELECT FROM account WHERE login = :login)"), {"login": login}
        )
    )


def has_account(connection: Connection, person_id: int) -> bool:
    """Whether a person has an account. Raises NotFoundError `account-person-unknown`."""
    row = connection.execute(
        text(
            "SELECT EXISTS (SELECT FROM account WHERE person_id = person.id) AS has"
            " FROM person WHERE id = :id"
        ),
        {"id": person_id},
    ).one_or_none()
    if row is None:
        raise NotFoundError("account-person-unknown", id=person_id, field="person_id")
    return bool(row.has)


def organisation(connection: Connection, organisation_id: int) -> Any | None:
    """An organisation's `kind`, and the code of the platform's organisation that it is or is
    attached to; None if there is none."""
    return connection.execute(
        text(
            "SELECT o.kind, coalesce(CASE WHEN o.is_platform THEN o.code ELSE above.code END, '')"
            " AS platform_code FROM organisation AS o"
            " LEFT JOIN organisation AS above ON above.id = o.parent_id WHERE o.id = :id"
        ),
        {"id": organisation_id},
    ).one_or_none()


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    zh, en = row.pop("name_zh"), row.pop("name_en")
    ids = {key: row.pop(f"organisation_{key}") for key in ("id", "code", "kind")}
    named = None if ids["id"] is None else {**ids, "name": names(zh, en)}
    person_id, person = row.pop("person_id"), row.pop("person_name")
    return {
        **row,
        "organisation_id": ids["id"],
        "organisation": named,
        "person_id": person_id,
        "person": None if person_id is None else {"id": person_id, "name": person},
    }
