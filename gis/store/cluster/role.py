"""The role that the application takes on, which owns nothing, and what a server lets it look up."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import errors

from gis.errors import UnavailableError

ROLE = "wangge_app"
# Where rows are hidden, PostgreSQL asks an index only for what cannot tell of the hidden ones: for
# functions that are marked so. These fail on what is asked for, never on what a row holds. Marks on
# functions that are not ours are in no backup, so they are made again whenever they are missing.
LEAKPROOF = (
    "pg_catalog.textlike(text, text)",
    "pg_catalog.textcat(text, text)",
    "pg_catalog.lower(text)",
    "pg_catalog.reverse(text)",
    "geometry_overlaps(geometry, geometry)",
)
MARKED = "SELECT proleakproof FROM pg_proc WHERE oid = to_regprocedure(%s)"


def prepare_role(connection: psycopg.Connection[Any], shown: str) -> None:
    """Make sure that the role is there, that we may take it on, and that indexes serve it.

    Roles belong to a server, not to a database: another process may be making it right now.
    Raises UnavailableError `database-role-forbidden` with what an administrator has to type.
    """
    try:
        with connection.transaction():
            _make(connection)
    except errors.InsufficientPrivilege as error:
        user = connection.execute("SELECT current_user").fetchone()
        raise UnavailableError(
            "database-role-forbidden", url=shown, role=ROLE, user=str(user and user[0])
        ) from error
    mark(connection, *LEAKPROOF)


def mark(connection: psycopg.Connection[Any], *functions: str) -> None:
    """Mark functions as telling nothing of what they are given, where we may; others stay."""
    superuser = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    if (superuser.fetchone() or (False,))[0]:
        for function in functions:
            marked = connection.execute(MARKED, [function]).fetchone()
            if marked is not None and not marked[0]:
                connection.execute(f"ALTER FUNCTION {function} LEAKPROOF".encode())


def _make(connection: psycopg.Connection[Any]) -> None:
    if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone() is None:
        try:
            with connection.transaction():
                connection.execute(f"CREATE ROLE {ROLE} NOLOGIN".encode())
        except (errors.DuplicateObject, errors.UniqueViolation):
            pass  # somebody was quicker
    member = connection.execute("SELECT pg_has_role(%s, 'MEMBER')", [ROLE]).fetchone()
    if not (member and member[0]):
        connection.execute(f"GRANT {ROLE} TO CURRENT_USER".encode())
