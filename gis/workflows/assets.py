"""Assets recorded, ended, and imported from a file: whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry import shape
from sqlalchemy import Connection, Engine

from gis.errors import InputError
from gis.files.assets import MOST_REACH_M, AssetRow, read_assets, usual_reach_m
from gis.geometry import lonlat_to_wgs84
from gis.report import Report
from gis.store import assets, audit, contacts, dated, known
from gis.store.engine import acting
from gis.workflows.organisation_names import named_ids, organisation_ids

KINDS = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")
SAME_DEG = 1e-9
MOST_POINTS = 100_000
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, OverflowError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """How many rows of a file were new, took the place of an older one, or were known so."""

    added: int
    replaced: int
    unchanged: int


def record_asset(
    engine: Engine,
    jurisdiction_id: int,
    *,
    code: str,
    kind: str,
    name_zh: str,
    name_en: str | None = None,
    geometry: dict[str, Any],
    crs: str = "EPSG:4326",
    organisation_id: int | None = None,
    reach_m: float | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    reason: str | None = None,
    actor: str,
) -> int:
    """Record an asset from GeoJSON; gives its id. Without a reach it is its kind of shape's usual.

    Raises InputError `geometry-invalid`, `crs-unknown`, `organisation-unknown`, `window-reversed`,
    ConflictError `asset-twice`.
    """
    placed = shape_of(geometry, crs)
    with acting(engine, actor, action="asset", reason=reason) as connection:
        dated.one_after_the_other(connection)
        known.require(connection, jurisdiction_id)
        if organisation_id is not None:
            contacts.require_organisation(connection, jurisdiction_id, organisation_id)
        values = {
            "code": code, "kind": kind, "name_zh": name_zh, "name_en": name_en,
            "organisation_id": organisation_id, "reason": reason, "geom": placed,
            "reach_m": usual_reach_m(placed) if reach_m is None else min(reach_m, MOST_REACH_M),
        }  # fmt: skip
        return assets.add_asset(connection, jurisdiction_id, values, since=since, until=until)


def end_asset(
    engine: Engine, jurisdiction_id: int, asset_id: int, *, reason: str, actor: str
) -> None:
    """End an asset now, or call it off. Raises NotFoundError `asset-not-found`."""
    with acting(engine, actor, action="asset", reason=reason) as connection:
        dated.one_after_the_other(connection)
        assets.end_asset(connection, jurisdiction_id, asset_id)


def shape_of(geometry: dict[str, Any], crs: str) -> Any:
    """A GeoJSON geometry in WGS 84, whole and in the world. Raises InputError `geometry-invalid`,
    `crs-unknown`."""
    try:
        given = shapely.force_2d(shape(geometry))
    except (*UNREADABLE, shapely.GEOSException) as error:
        raise InputError("geometry-invalid", field="geometry") from error
    usable = given.geom_type in KINDS and not given.is_empty and given.is_valid
    if not usable or shapely.get_num_coordinates(given) > MOST_POINTS:
        raise InputError("geometry-invalid", field="geometry")
    placed = shapely.transform(
        given, lambda xy: np.column_stack(lonlat_to_wgs84(xy[:, 0], xy[:, 1], crs))
    )
    west, south, east, north = placed.bounds
    if not (-180 <= west <= east <= 180 and -85 <= south <= north <= 85):
        raise InputError("geometry-invalid", field="geometry")
    return placed


def import_assets(
    engine: Engine,
    jurisdiction_id: int,
    path: Path,
    *,
    kind: str | None = None,
    crs: str | None = None,
    layer: str | None = None,
    since: datetime | None = None,
    skip_bad: bool = False,
    dry_run: bool = False,
    max_bytes: int | None = None,
    actor: str,
    report: Report,
) -> Imported:
    """Import the assets of a geometry file in one transaction; gives how many came in.

    What stands under a code with other particulars ends now, and the file's follows it; what is
    the same is left alone; what the file does not name stays. Refused rows stop it, unless
    `skip_bad`. Raises InputError `import-refused` and what `read_assets` does.
    """
    rows, charge = read_assets(
        path, kind=kind, crs=crs, layer=layer, report=report, max_bytes=max_bytes
    )
    named = pd.Series([row.organisation for row in rows], [row.row for row in rows], name=charge)
    with acting(engine, actor, action="import", reason=path.name) as connection:
        dated.one_after_the_other(connection)
        known.require(connection, jurisdiction_id)
        everyone = organisation_ids(connection, jurisdiction_id)
        owners = named_ids(named, everyone, required=False, report=report)
        good = [
            (row, owner)
            for row, owner in zip(rows, owners, strict=True)
            if owner is not None or not row.organisation
        ]
        refuse(report, len(rows) - len(good), skip_bad)
        done = _written(connection, jurisdiction_id, good, since, path.name)
        if dry_run:
            connection.rollback()
        else:
            audit.record(
                connection, "assets-import", f"organisation {jurisdiction_id}",
                {"file": path.name, "added": done.added, "replaced": done.replaced},
            )  # fmt: skip
    return done


def _written(
    connection: Connection,
    jurisdiction_id: int,
    rows: list[tuple[AssetRow, int | None]],
    since: datetime | None,
    reason: str,
) -> Imported:
    standing = assets.standing(connection, jurisdiction_id)
    fresh: list[dict[str, Any]] = []
    over: list[int] = []
    replaced = 0
    for row, owner in rows:
        values = {
            "code": row.code, "kind": row.kind, "name_zh": row.name_zh, "name_en": row.name_en,
            "organisation_id": owner, "reach_m": row.reach_m, "geom": row.geometry,
        }  # fmt: skip
        former = standing.get(row.code)
        if former is not None:
            if _same(former, values):
                continue
            over += former["ids"]
            replaced += 1
        fresh.append(values | {"since": since if former is None else None})
    assets.end_assets(connection, over)
    assets.add_assets(connection, jurisdiction_id, fresh, reason=reason)
    return Imported(
        added=len(fresh) - replaced, replaced=replaced, unchanged=len(rows) - len(fresh)
    )


def _same(former: dict[str, Any], values: dict[str, Any]) -> bool:
    plain = ("kind", "name_zh", "name_en", "organisation_id", "reach_m")
    return all(former[name] == values[name] for name in plain) and bool(
        shapely.equals_exact(former["geom"], values["geom"], SAME_DEG)
    )


def refuse(report: Report, unnamed: int, skip_bad: bool) -> None:
    """Take off the rows that name an unknown organisation, and stop an import with refused rows.

    Raises InputError `import-refused`.
    """
    report.rows_accepted -= unnamed
    refused = sum(it.count for it in report.findings if it.outcome == "refused")
    if refused and not skip_bad:
        raise InputError("import-refused", refused=refused, read=report.rows_read)
