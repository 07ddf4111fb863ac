"""A named coordinate system for each source of reports, for reports that name none themselves."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine

from gis.errors import InputError
from gis.geometry import parse_crs
from gis.incidents.places import WGS84_NAME
from gis.incidents.table import SOURCES
from gis.store import sources
from gis.store.engine import acting


def source_systems(connection: Connection) -> list[dict[str, Any]]:
    """Every source with its system; WGS 84, recorded by nobody, where none was named."""
    named = sources.systems(connection)
    unnamed = {"crs": WGS84_NAME, "recorded_at": None, "recorded_by": None}
    return [{"source": source, **unnamed, **named.get(source, {})} for source in SOURCES]


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
