"""A named coordinate system for each source of reports, for reports that name none themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
from sqlalchemy import Connection, Engine

from gis.errors import InputError
from gis.geometry import BD09, GCJ02, WGS84, parse_crs, wgs84_to_bd09, wgs84_to_gcj02
from gis.incidents.places import WGS84_NAME
from gis.incidents.sources import SOURCES
from gis.report import Report
from gis.routing.batch import CrsDoubt
from gis.store import sources
from gis.store.engine import acting
from gis.store.responsibility import plans_in_force
from gis.workflows.locators import Locators

LOOKED_AT = 500  # single reports of each source, of the newest WINDOW incidents
WINDOW = 50_000
SHIFTS = {GCJ02: wgs84_to_gcj02, BD09: wgs84_to_bd09}
Floats = npt.NDArray[np.float64]


def source_systems(connection: Connection) -> list[dict[str, Any]]:
    """Every source with its system; WGS 84, recorded by nobody, where none was named."""
    named = sources.systems(connection)
    unnamed = {"crs": WGS84_NAME, "recorded_at": None, "recorded_by": None}
    return [{"source": source, **unnamed, **named.get(source, {})} for source in SOURCES]


def doubted_sources(connection: Connection, locators: Locators) -> dict[str, dict[str, Any]]:
    """The sources whose single reports of late fit the grids better in another system.

    By source: jurisdiction_id; of `sample` reports `inside` lie in its grids, and `inside_then`
    would, were they read in `reading` (a name, or `swapped`). Each report of a source is taken as
    given in the source's system. By the rule of `gis.routing.batch.CrsDoubt`.
    """
    named = sources.systems(connection)
    plans = {plan.jurisdiction_id: plan.plan_id for plan in plans_in_force(connection)}
    found: dict[str, dict[str, Any]] = {}
    for row in sources.single_reports(connection, each=LOOKED_AT, window=WINDOW):
        if row.jurisdiction_id not in plans:
            continue
        locator = locators.get(connection, plans[row.jurisdiction_id]).locator
        crs, report = system_of(named, row.source), Report()
        doubt = CrsDoubt(locator=locator, crs=crs)
        doubt.watch(*_as_sent(row.lon, row.lat, crs))
        doubt.report(report)
        for finding in report.findings:
            told = {"jurisdiction_id": row.jurisdiction_id, **finding.params}
            if row.source not in found or told["sample"] > found[row.source]["sample"]:
                found[row.source] = told
    return found


def _as_sent(lon: list[float], lat: list[float], crs: str) -> tuple[Floats, Floats]:
    """Places of WGS 84 as the source gave them in its system."""
    system = parse_crs(crs)
    if isinstance(system, str):
        return SHIFTS[system](lon, lat)
    carry = pyproj.Transformer.from_crs(WGS84, system, always_xy=True)
    x, y = carry.transform(np.array(lon), np.array(lat))
    return np.asarray(x), np.asarray(y)


def system_of(named: dict[str, dict[str, Any]], source: str) -> str:
    """The system of a source, of what `gis.store.sources.systems` gave."""
    found = named.get(source)
    return WGS84_NAME if found is None else str(found["crs"])


def name_system(engine: Engine, source: str, crs: str, *, actor: str) -> None:
    """Let reports of a source that name no system be read in `crs` from now on.

    What came in before stays where it is. Raises InputError `source-unknown`, `crs-unknown`.
    """
    if source not in SOURCES:
        raise InputError("source-unknown", name=source, known=", ".join(SOURCES), field="source")
    parse_crs(crs)
    with acting(engine, actor) as connection:
        if system_of(sources.systems(connection), source) != crs:
            sources.record(connection, source, crs)
