"""What a leader asks of a window of time: how many, where, and whether it is more than chance."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gis.hotspots.assets import FoliumAssets
from gis.hotspots.density import Cells, aggregate, suggest_cell_m
from gis.hotspots.heatmap import HeatmapRequest, render_heatmap
from gis.hotspots.panel import CategoryCount
from gis.hotspots.significance import Hotspot, getis_ord, hotspots
from gis.store import analysis, incidents
from gis.store.analysis import Floats, Ground
from gis.store.incidents import IncidentFilter

# A cell about as wide as a street block, and a neighbourhood of its own ring of cells.
CELLS = 4000
BAND_CELLS = 1.6
EMPTY = {"found": 0, "closed": 0, "open": 0}


def category_counts(connection: Connection, wanted: IncidentFilter) -> dict[str, Any]:
    """Counts per top-level category, their sum, and the same for the window just before."""
    items = incidents.counts_by_category(connection, wanted)
    total = {key: sum(row[key] for row in items) for key in EMPTY}
    previous: dict[str, Any] = {}
    if wanted.since is not None:
        until = wanted.until or datetime.now(UTC)
        before = replace(wanted, since=wanted.since - (until - wanted.since), until=wanted.since)
        for row in incidents.counts_by_category(connection, before):
            previous[row.pop("category")] = row
    return {"items": items, "total": total, "previous": previous}


def significant_hotspots(connection: Connection, wanted: IncidentFilter) -> list[dict[str, Any]]:
    """Places with more incidents than the people living there explain, the strongest first."""
    ground = analysis.ground(connection, wanted.jurisdiction_id)
    lon, lat = analysis.places(connection, wanted)
    _, found = _tested(connection, ground, lon, lat)
    return [
        {
            "lon": spot.lon,
            "lat": spot.lat,
            "count": round(spot.count),
            "expected": spot.expected,
            "z": spot.z,
            "p": spot.p,
            "radius_m": spot.radius_m,
        }
        for spot in found
    ]


def _tested(
    connection: Connection, ground: Ground, lon: Floats, lat: Floats
) -> tuple[Cells, list[Hotspot]]:
    """Incidents per cell, and the cells that population and chance do not explain."""
    cell_m = suggest_cell_m(ground.area, at_most=CELLS)
    cells = aggregate(lon, lat, area=ground.area, cell_m=cell_m)
    at_lon, at_lat, people = analysis.people(connection, ground.plan_id)
    lived_in = aggregate(at_lon, at_lat, area=ground.area, cell_m=cell_m, weight=people)
    baseline = lived_in.count if lived_in.count.sum() > 0 else None
    return cells, hotspots(cells, getis_ord(cells, BAND_CELLS * cell_m, baseline))


def heatmap_page(
    connection: Connection,
    wanted: IncidentFilter,
    *,
    language: str,
    style: Literal["heat", "hexagon"],
    theme: Literal["light", "dark"],
    time_zone: str,
    manifest: Path,
    basemap_url: str | None,
    basemap_attribution: str,
) -> str:
    """The heatmap of a filter as a whole HTML page. Its window ends now unless it says when."""
    zone = ZoneInfo(time_zone)
    until = wanted.until or datetime.now(UTC)
    since = wanted.since or until - timedelta(days=30)
    wanted = replace(wanted, since=since, until=until)
    ground = analysis.ground(connection, wanted.jurisdiction_id)
    lon, lat = analysis.places(connection, wanted)
    cells, spots = _tested(connection, ground, lon, lat)
    west, south, east, north = ground.area.bounds
    tree = {row["code"]: row for row in incidents.categories(connection)}
    short = "zh" if language == "zh-CN" else "en"
    counts = incidents.counts_by_category(connection, replace(wanted, category=None))
    request = HeatmapRequest(
        language=language,
        place=ground.name[short],
        since=since.astimezone(zone),
        until=until.astimezone(zone),
        bbox=(west, south, east, north),
        area=ground.area,
        lon=lon,
        lat=lat,
        style=style,
        theme=theme,
        category=tree[wanted.category]["name"][short] if wanted.category in tree else None,
        cell_m=cells.cell_m,
        tally=[
            CategoryCount(
                name=tree[row["category"]]["name"][short],
                count=row["found"],
                colour=tree[row["category"]]["colour"],
                chosen=row["category"] == wanted.category,
            )
            for row in counts
        ],
        hotspots=spots,
        basis="population",
        boundaries=analysis.boundaries(connection, ground.plan_id, 2, language),
        streets=analysis.main_streets(connection, wanted.jurisdiction_id, least_class=3),
        tile_url=basemap_url,
        tile_attribution=basemap_attribution,
        synthetic=ground.synthetic,
    )
    return render_heatmap(request, FoliumAssets.read(manifest))
