"""Names of what rules speak of, by id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import Connection, text

from gis.store.names import names

Named = Literal["routing_rule", "asset", "organisation", "grid"]


def named(connection: Connection, table: Named, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Rows with id, code (not of rules) and both names. Nothing for no ids."""
    if not ids:
        return {}
    code = "NULL" if table == "routing_rule" else "code"
    rows = connection.execute(
        text(f"SELECT id, {code} AS code, name_zh, name_en FROM {table} WHERE id = ANY(:ids)"),
        {"ids": list(ids)},
    )
    return {
        row.id: {"id": row.id, "code": row.code, "name": names(row.name_zh, row.name_en)}
        for row in rows
    }


def duty_documents(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """The documents by which entries of the duty list hold, by id."""
    if not ids:
        return {}
    rows = connection.execute(
        text("SELECT id, document FROM duty_item WHERE id = ANY(:ids)"), {"ids": list(ids)}
    )
    return {row.id: names(row.document, None) for row in rows}
