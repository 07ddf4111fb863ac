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
LEFT JOIN organisation AS platform
       ON platform.id = CASE WHEN organisation.is_platform THEN organisation.id
                             ELSE organisation.parent_id END
LEFT JOIN person ON person.id = account.person_id
"""
# In the tree below a code; the whole installation is below the empty one.
WITHIN = "(:within = '' OR starts_with(platform.code, :within))"


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


def one(
    connection: Connection, account_id: int, *, within: str = "", lock: bool = False
) -> dict[str, Any]:
    """An account as lists show it; with `lock` nobody else changes it until the transaction ends.

    Raises NotFoundError `account-not-found`, also for one that does not belong to the tree below
    the organisation of the code `within`.
    """
    query = f"{ROW} WHERE account.id = :id AND {WITHIN}"
    row = (
        connection.execute(
            text(query + (" FOR UPDATE OF account" if lock else "")),
            {"id": account_id, "within": within},
        )
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise NotFoundError("account-not-found", id=account_id)
    return _shown(dict(row))


def some(
    connection: Connection,
    *,
    within: str,
    limit: int,
    after: int = 0,
    words: str | None = None,
    role: str | None = None,
    disabled: bool = False,
) -> list[dict[str, Any]]:
    """Accounts of a tree by id behind `after`: whose name, login or organisation holds `words`,
    and with `disabled` those as well that may no longer sign in."""
    rows = connection.execute(
        text(
            f"{ROW} WHERE account.id > :after AND {WITHIN}"
            " AND (:disabled OR account.disabled_at IS NULL)"
            " AND (cast(:role AS text) IS NULL OR EXISTS (SELECT FROM account_role AS had"
            "      WHERE had.account_id = account.id AND had.role = :role))"
            " AND (cast(:words AS text) IS NULL"
            "      OR strpos(lower(concat_ws(' ', account.login, account.name,"
            "                organisation.name_zh, organisation.name_en)), lower(:words)) > 0)"
            " ORDER BY account.id LIMIT :limit"
        ),
        {
            "within": within,
            "after": after,
            "limit": limit,
            "words": words,
            "role": role,
            "disabled": disabled,
        },
    ).mappings()
    return [_shown(dict(row)) for row in rows]


def tokens(connection: Connection, account_id: int) -> list[dict[str, Any]]:
    """The tokens of an account, the newest first, those that no longer hold as well."""
    rows = connection.execute(
        text(
            "SELECT id, name, created_at, created_by, expires_at, used_at, revoked_at"
            " FROM api_token WHERE account_id = :id ORDER BY id DESC LIMIT 200"
        ),
        {"id": account_id},
    ).mappings()
    return [dict(row) for row in rows]


def revoke_token(connection: Connection, account_id: int, token_id: int) -> None:
    """Let a token hold no longer. Raises NotFoundError `token-not-found`."""
    done = connection.execute(
        text(
            "UPDATE api_token SET revoked_at = coalesce(revoked_at, now())"
            " WHERE id = :id AND account_id = :account"
        ),
        {"id": token_id, "account": account_id},
    )
    if done.rowcount == 0:
        raise NotFoundError("token-not-found", id=token_id)


def change(connection: Connection, account_id: int, **values: Any) -> None:
    """Set columns of an account."""
    assigned = ", ".join(f"{name} = :{name}" for name in values)
    connection.execute(
        text(f"UPDATE account SET {assigned} WHERE id = :id"), {"id": account_id, **values}
    )


def hold_administrators(connection: Connection) -> None:
    """Let nobody else change who is an administrator until the transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('wangge_administrators'))"))


def another_administrator(connection: Connection, account_id: int) -> bool:
    """Whether somebody else can still sign in as an administrator."""
    return bool(
        connection.scalar(
            text(
                "SELECT EXISTS (SELECT FROM account JOIN account_role AS had"
                " ON had.account_id = account.id AND had.role = 'administrator'"
                " WHERE account.id <> :id AND account.disabled_at IS NULL)"
            ),
            {"id": account_id},
        )
    )


def id_of(connection: Connection, login: str) -> int:
    """The id of the account of a login. Raises NotFoundError `login-unknown`."""
    found = connection.scalar(text("SELECT id FROM account WHERE login = :login"), {"login": login})
    if found is None:
        raise NotFoundError("login-unknown", login=login)
    return int(found)


def organisation_of(connection: Connection, code: str) -> int:
    """The id of an organisation by its code. Raises NotFoundError `organisation-code-unknown`."""
    found = connection.scalar(
        text("SELECT id FROM organisation WHERE code = :code"), {"code": code}
    )
    if found is None:
        raise NotFoundError("organisation-code-unknown", code=code)
    return int(found)


def any_administrator(connection: Connection) -> bool:
    """Whether there is anybody who can give others accounts."""
    return another_administrator(connection, 0)


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


def is_person_of(connection: Connection, person_id: int, within: str) -> bool:
    """Whether a person belongs to a part of the tree: to an organisation there, or by a post held
    now in a grid there."""
    query = """
        SELECT EXISTS (
          SELECT FROM person JOIN organisation AS o ON o.id = person.organisation_id
          LEFT JOIN organisation AS above ON above.id = o.parent_id
          WHERE person.id = :person
            AND starts_with(CASE WHEN o.is_platform THEN o.code ELSE above.code END, :within))
        OR EXISTS (
          SELECT FROM post JOIN grid ON grid.id = post.grid_id
          WHERE post.person_id = :person AND post.held @> now()
            AND starts_with(grid.code, :within))
        OR EXISTS (SELECT FROM person WHERE id = :person AND :within = '')
    """
    return bool(connection.scalar(text(query), {"person": person_id, "within": within}))


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


def organisations(connection: Connection, *, within: str, words: str) -> list[dict[str, Any]]:
    """Up to fifty organisations of a tree whose name or code holds `words`, by code."""
    rows = connection.execute(
        text(
            "SELECT o.id, o.code, o.kind, o.name_zh, o.name_en FROM organisation AS o"
            " LEFT JOIN organisation AS above ON above.id = o.parent_id"
            " WHERE (:within = '' OR starts_with("
            "        CASE WHEN o.is_platform THEN o.code ELSE above.code END, :within))"
            " AND strpos(lower(concat_ws(' ', o.code, o.name_zh, o.name_en)), lower(:words)) > 0"
            " ORDER BY length(o.code), o.code LIMIT 50"
        ),
        {"within": within, "words": words},
    )
    return [
        {"id": row.id, "code": row.code, "kind": row.kind, "name": names(row.name_zh, row.name_en)}
        for row in rows
    ]


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
