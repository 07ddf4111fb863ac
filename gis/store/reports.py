"""Reports written as they come in, some at a time; what repeats an earlier one is found first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

COLUMNS = {
    "serial": "text", "jurisdiction_id": "bigint", "category_code": "text", "severity": "smallint",
    "source": "text", "source_ref": "text", "ref_of": "text", "title": "text",
    "description": "text", "address": "text", "reporter_name": "text", "reporter_phone": "text",
    "reported_at": "timestamptz", "due_at": "timestamptz", "plan_id": "bigint", "grid_id": "bigint",
    "grid_code": "text", "queue_id": "bigint", "post_id": "bigint", "person_id": "bigint",
    "responsible_level": "smallint", "route_rule": "text", "rule_id": "bigint",
    "department_id": "bigint", "contact_id": "bigint", "synthetic": "boolean", "stage": "text",
    "lon": "double precision", "lat": "double precision",
}  # fmt: skip
STORED = ", ".join(name for name in COLUMNS if name not in ("lon", "lat"))

# One statement whatever their number: triggers that work by the statement then run once.
INSERT = f"""
INSERT INTO incident ({STORED}, location)
SELECT {STORED}, ST_SetSRID(ST_MakePoint(lon, lat), 4326)
FROM unnest({", ".join(f"cast(:{name} AS {kind}[])" for name, kind in COLUMNS.items())})
  AS report ({", ".join(COLUMNS)})
RETURNING id, serial
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedKey:
    """What an idempotency key stands for: the request that it came with, and what that made."""

    fingerprint: bytes
    incident_id: int


def severities(connection: Connection, codes: Iterable[str]) -> dict[str, int]:
    """The severity of those of these categories that exist and are in use, by code."""
    rows = connection.execute(
        text("SELECT code, severity FROM category WHERE code = ANY(:codes) AND retired_at IS NULL"),
        {"codes": sorted(set(codes))},
    )
    return {row.code: row.severity for row in rows}


def insert(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Insert incidents, each with every one of COLUMNS; gives their ids by serial.

    Raises IntegrityError when a `source_ref` is known among the numbers of `ref_of`.
    """
    arrays = {name: [row[name] for row in rows] for name in COLUMNS}
    return {row.serial: row.id for row in connection.execute(text(INSERT), arrays)}


def known(
    connection: Connection, references: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], list[tuple[str, int]]]:
    """The incidents that came in before under these (source, source_ref), each with the city or
    district whose number that is: (ref_of, incident_id), the oldest first."""
    listed: dict[tuple[str, str], list[tuple[str, int]]] = {}
    if not references:
        return listed
    found = connection.execute(
        text(
            "SELECT id, ref_of, source, source_ref FROM incident"
            " JOIN unnest(cast(:sources AS text[]), cast(:refs AS text[])) AS wanted (s, r)"
            " ON source = s AND source_ref = r ORDER BY id"
        ),
        {"sources": [pair[0] for pair in references], "refs": [pair[1] for pair in references]},
    )
    for row in found:
        listed.setdefault((row.source, row.source_ref), []).append((row.ref_of, row.id))
    return listed


def used_keys(connection: Connection, caller: str, keys: Sequence[str]) -> dict[str, UsedKey]:
    """Those of a caller's idempotency keys that were used before."""
    if not keys:
        return {}
    found = connection.execute(
        text(
            "SELECT key, fingerprint, incident_id FROM idempotency_key"
            " WHERE caller = :caller AND key = ANY(:keys)"
        ),
        {"caller": caller, "keys": list(keys)},
    )
    return {
        row.key: UsedKey(fingerprint=bytes(row.fingerprint), incident_id=row.incident_id)
        for row in found
    }


def use_keys(connection: Connection, caller: str, keys: Mapping[str, UsedKey]) -> None:
    """Note what keys stand for from now on. Raises IntegrityError when one is used already."""
    if keys:
        connection.execute(
            text(
                "INSERT INTO idempotency_key (caller, key, fingerprint, incident_id)"
                " SELECT :caller, * FROM unnest(cast(:keys AS text[]),"
                " cast(:prints AS bytea[]), cast(:ids AS bigint[])) ORDER BY 2"
            ),
            {
                "caller": caller,
                "keys": list(keys),
                "prints": [used.fingerprint for used in keys.values()],
                "ids": [used.incident_id for used in keys.values()],
            },
        )
