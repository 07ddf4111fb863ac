"""Views of the queue that accounts keep under a name, and share with their organisation."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from gis.errors import ConflictError, InputError, NotFoundError

MOST = 50
VIEWS = """
SELECT v.id, v.name, v.query, v.shared, v.is_default AND v.account_id = :account AS is_default,
       v.account_id = :account AS own
FROM saved_view AS v
WHERE v.account_id = :account
   OR v.shared AND v.organisation_id IS NOT DISTINCT FROM cast(:organisation AS bigint)
ORDER BY v.account_id <> :account, lower(v.name), v.id
"""


def views(
    connection: Connection, account_id: int, organisation_id: int | None
) -> list[dict[str, Any]]:
    """An account's own views by name, then those that its organisation shares."""
    values = {"account": account_id, "organisation": organisation_id}
    return [dict(row) for row in connection.execute(text(VIEWS), values).mappings()]


def add(
    connection: Connection,
    account_id: int,
    organisation_id: int | None,
    *,
    name: str,
    query: str,
    shared: bool,
    is_default: bool,
) -> int:
    """Keep a view; gives its id. Raises ConflictError `view-name-taken`, InputError
    `views-too-many`.
    """
    held = "SELECT count(*) FROM saved_view WHERE account_id = :account"
    if connection.execute(text(held), {"account": account_id}).scalar_one() >= MOST:
        raise InputError("views-too-many", most=MOST)
    if is_default:
        _no_default(connection, account_id)
    try:
        added: int = connection.execute(
            text(
                "INSERT INTO saved_view"
                " (account_id, organisation_id, name, query, shared, is_default)"
                " VALUES (:account, :organisation, :name, :query, :shared, :is_default)"
                " RETURNING id"
            ),
            {"account": account_id, "organisation": organisation_id, "name": name,
             "query": query, "shared": shared, "is_default": is_default},
        ).scalar_one()  # fmt: skip
    except IntegrityError as error:
        raise ConflictError("view-name-taken", name=name, field="name") from error
    return added


def change(connection: Connection, account_id: int, view_id: int, **changes: Any) -> None:
    """Change an account's own view: name, query, shared, is_default; None leaves as it is.

    Raises NotFoundError `view-not-found`, ConflictError `view-name-taken`.
    """
    if changes.get("is_default"):
        _no_default(connection, account_id)
    try:
        found = connection.execute(
            text(
                "UPDATE saved_view SET name = coalesce(:name, name),"
                " query = coalesce(:query, query),"
                " shared = coalesce(cast(:shared AS boolean), shared),"
                " is_default = coalesce(cast(:is_default AS boolean), is_default)"
                " WHERE id = :id AND account_id = :account"
            ),
            {"name": None, "query": None, "shared": None, "is_default": None,
             **changes, "id": view_id, "account": account_id},
        )  # fmt: skip
    except IntegrityError as error:
        raise ConflictError("view-name-taken", name=changes["name"], field="name") from error
    if found.rowcount == 0:
        raise NotFoundError("view-not-found", id=view_id)


def remove(connection: Connection, account_id: int, view_id: int) -> None:
    """Forget an account's own view. Raises NotFoundError `view-not-found`."""
    found = connection.execute(
        text("DELETE FROM saved_view WHERE id = :id AND account_id = :account"),
        {"id": view_id, "account": account_id},
    )
    if found.rowcount == 0:
        raise NotFoundError("view-not-found", id=view_id)


def _no_default(connection: Connection, account_id: int) -> None:
    connection.execute(
        text("UPDATE saved_view SET is_default = false WHERE account_id = :account AND is_default"),
        {"account": account_id},
    )
