"""Named assets (parks, bridges, buildings, roads): read to decide by, listed, added, ended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import shapely
from sqlalchemy import Connection, text

from gis.errors import InputError
from gis.routing.assets import Asset
from gis.store import dated
from gis.store.names import pop_names

HELD = """
SELECT id, code, kind, ST_AsBinary(geom) AS wkb, organisation_id, reach_m,
       lower(held) AS since, upper(held) AS until
FROM asset WHERE jurisdiction_id = :id AND NOT isempty(held) ORDER BY code, id
"""
LISTED = f"""
SELECT t.id, t.code, t.kind, t.name_zh, t.name_en, t.reach_m, {dated.ORGANISATION},
       ST_AsGeoJSON(t.geom, 7) AS geometry, {dated.DATES}
FROM asset AS t LEFT JOIN organisation AS o ON o.id = t.organisation_id
WHERE t.jurisdiction_id = :id AND {dated.SHOWN} AND t.id > :after
  AND (cast(:kind AS text) IS NULL OR t.kind = :kind)
  AND (cast(:word AS text) IS NULL OR strpos(lower(t.code), lower(:word)) > 0
    OR strpos(lower(t.name_zh), lower(:word)) > 0 OR strpos(lower(t.name_en), lower(:word)) > 0)
  AND (cast(:west AS float8) IS NULL OR
    t.geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326))
ORDER BY t.id LIMIT :limit
"""
# What stands under a code at the moment, for an import to compare with; the earliest last.
STANDING = """
SELECT id, code, kind, name_zh, name_en, organisation_id, reach_m, ST_AsBinary(geom) AS wkb
FROM asset WHERE jurisdiction_id = :id AND ended_at IS NULL
  AND (upper_inf(planned) OR upper(planned) > clock_timestamp())
ORDER BY lower(planned) DESC
"""

MANY = {
    "code": "text", "kind": "text", "name_zh": "text", "name_en": "text",
    "organisation_id": "bigint", "reach_m": "float8", "geom": "bytea", "since": "timestamptz",
}  # fmt: skip
INSERT_MANY = f"""
INSERT INTO asset (jurisdiction_id, code, kind, name_zh, name_en, organisation_id, reach_m, geom,
                   planned, reason)
SELECT :id, code, kind, name_zh, name_en, organisation_id, reach_m, ST_GeomFromWKB(geom, 4326),
       tstzrange(coalesce(since, {dated.NOW}), NULL), :reason
FROM unnest({", ".join(f"cast(:{name} AS {kind}[])" for name, kind in MANY.items())})
  AS given ({", ".join(MANY)})
"""


def assets_of(connection: Connection, jurisdiction_id: int) -> list[Asset]:
    """All assets of a jurisdiction, of any moment."""
    rows = connection.execute(text(HELD), {"id": jurisdiction_id}).all()
    shapes = shapely.from_wkb([bytes(row.wkb) for row in rows])
    return [
        Asset(
            asset_id=row.id, code=row.code, kind=row.kind, geometry=shape,
            organisation_id=row.organisation_id, reach_m=row.reach_m, since=row.since,
            until=row.until,
        )
        for row, shape in zip(rows, shapes, strict=True)
    ]  # fmt: skip


def list_assets(
    connection: Connection,
    jurisdiction_id: int,
    *,
    limit: int,
    after: int = 0,
    bbox: tuple[float, float, float, float] | None = None,
    kind: str | None = None,
    word: str | None = None,
    at: datetime | None = None,
    ended: bool = False,
) -> list[dict[str, Any]]:
    """Assets as they are shown, by id, in or across a bbox (west, south, east, north)."""
    sides = dict(zip(("west", "south", "east", "north"), bbox or (None,) * 4, strict=True))
    values = {
        "id": jurisdiction_id, "limit": limit, "after": after, "kind": kind, "word": word,
        "at": at, "ended": ended, **sides,
    }  # fmt: skip
    rows = []
    for found in connection.execute(text(LISTED), values).mappings():
        row = dict(found)
        row["name"] = pop_names(row)
        row["organisation"] = dated.organisation(row)
        row["geometry"] = json.loads(row["geometry"])
        rows.append(row)
    return rows


def standing(connection: Connection, jurisdiction_id: int) -> dict[str, dict[str, Any]]:
    """What holds, or is to come first, by code, with its geometry (`geom`); `ids`: with all that is
    to come after it."""
    found: dict[str, dict[str, Any]] = {}
    for row in connection.execute(text(STANDING), {"id": jurisdiction_id}).mappings():
        later = found[row["code"]]["ids"] if row["code"] in found else []
        shape = shapely.from_wkb(bytes(row["wkb"]))
        found[row["code"]] = {**row, "geom": shape, "ids": [row["id"], *later]}
    return found


def add_asset(
    connection: Connection,
    jurisdiction_id: int,
    values: dict[str, Any],
    *,
    since: datetime | None,
    until: datetime | None = None,
) -> int:
    """Insert an asset: code, kind, names, organisation_id, reach_m, geom (shapely), reason.

    Raises ConflictError `asset-twice` where its code is taken in that time.
    """
    row = {"jurisdiction_id": jurisdiction_id, **values, "geom": shapely.to_wkb(values["geom"])}
    return dated.add(
        connection, "asset", row, since=since, until=until, twice="asset-twice",
        code=values["code"],
    )  # fmt: skip


def add_assets(
    connection: Connection, jurisdiction_id: int, rows: Sequence[Mapping[str, Any]], *, reason: str
) -> None:
    """Insert many, each as `add_asset` takes it with `since` beside; all or none."""
    if not rows:
        return
    columns = {name: [row[name] for row in rows] for name in MANY}
    columns["geom"] = shapely.to_wkb([row["geom"] for row in rows]).tolist()
    connection.execute(text(INSERT_MANY), {"id": jurisdiction_id, "reason": reason, **columns})


def end_assets(connection: Connection, ids: Sequence[int]) -> None:
    """End many now."""
    if ids:
        query = f"UPDATE asset SET ended_at = {dated.NOW} WHERE id = ANY(:ids)"
        connection.execute(text(query), {"ids": list(ids)})


def end_asset(connection: Connection, jurisdiction_id: int, asset_id: int) -> None:
    """End an asset now, or call it off. Raises NotFoundError `asset-not-found`."""
    where = "jurisdiction_id = :jurisdiction"
    done = dated.end(connection, "asset", asset_id, where, jurisdiction=jurisdiction_id)
    dated.ended_or_refused(done, "asset-not-found", asset_id)


def require_asset(
    connection: Connection, jurisdiction_id: int, code: str, *, street: bool = False
) -> None:
    """Let pass the code of an asset that holds or is to come; a street's must be a line.

    Raises InputError `asset-code-unknown`, `street-unknown`.
    """
    found = standing(connection, jurisdiction_id).get(code)
    if street and (found is None or shapely.get_type_id(found["geom"]) not in (1, 5)):
        raise InputError("street-unknown", code=code, field="street_code")
    if found is None:
        raise InputError("asset-code-unknown", code=code, field="asset_code")
