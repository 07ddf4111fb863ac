"""What a leader asks of a window of time: how many, where, and whether it is more than chance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gis.hotspots.assets import FoliumAssets
from gis.hotspots.density import aggregate, suggest_cell_m
from gis.hotspots.heatmap import HeatmapRequest, render_heatmap
from gis.hotspots.panel import CategoryCount
from gis.hotspots.significance import Hotspot, getis_ord, hotspots, neighbours
from gis.store import analysis, incidents
from gis.store.analysis import Floats, Ground
from gis.store.incidents import IncidentFilter

CELLS = 2000
BAND_CELLS = 2.0
# A window is compared with what the same place saw before it, if that is at least as much.
HISTORY_SHARE = 1.0
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
    """Places with more incidents than their past, or the people there, explain; strongest first."""
    ground = analysis.ground(connection, wanted.jurisdiction_id)
    lon, lat = analysis.places(connection, wanted)
    tested = _tested(connection, wanted, ground, lon, lat)
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
        for spot in tested.hotspots
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tested:
    """The hotspots of a window, and what they were compared with."""

    hotspots: list[Hotspot]
    basis: Literal["population", "history", "even"]


def _tested(
    connection: Connection, wanted: IncidentFilter, ground: Ground, lon: Floats, lat: Floats
) -> _Tested:
    """Test a window against the same place's own past; a window without one, against people."""
    cell_m = suggest_cell_m(ground.area, at_most=CELLS)
    band_m = BAND_CELLS * cell_m
    cells = aggregate(lon, lat, area=ground.area, cell_m=cell_m)
    basis: Literal["population", "history", "even"] = "even"
    baseline = None
    if wanted.since is not None:
        past = analysis.places(connection, replace(wanted, since=None, until=wanted.since))
        if len(past[0]) >= HISTORY_SHARE * max(len(lon), 1):
            before = aggregate(*past, area=ground.area, cell_m=cell_m)
            baseline, basis = neighbours(cells, band_m) @ before.count, "history"
    if baseline is None:
        at_lon, at_lat, people = analysis.people(connection, ground.plan_id)
        if people.sum() > 0:
            lived_in = aggregate(at_lon, at_lat, area=ground.area, cell_m=cell_m, weight=people)
            baseline, basis = lived_in.count, "population"
    return _Tested(hotspots=hotspots(cells, getis_ord(cells, band_m, baseline)), basis=basis)


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
    """The heatmap of a filter as a whole HTML page.

    A window without a beginning begins with the first incident there is; without an end, it ends
    now. Raises NotFoundError `no-published-plan`.
    """
    zone = ZoneInfo(time_zone)
    until = wanted.until or datetime.now(UTC)
    since = wanted.since or analysis.first_report(connection, wanted.jurisdiction_id) or until
    wanted = replace(wanted, until=until)
    ground = analysis.ground(connection, wanted.jurisdiction_id)
    lon, lat = analysis.places(connection, wanted)
    tested = _tested(connection, wanted, ground, lon, lat)
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
        tally=[
            CategoryCount(
                name=tree[row["category"]]["name"][short],
                count=row["found"],
                colour=tree[row["category"]]["colour"],
                chosen=row["category"] == wanted.category,
            )
            for row in counts
        ],
        hotspots=tested.hotspots,
        basis=tested.basis,
        boundaries=analysis.boundaries(connection, ground.plan_id, 2, language),
        streets=analysis.main_streets(connection, wanted.jurisdiction_id, least_class=3),
        tile_url=basemap_url,
        tile_attribution=basemap_attribution,
        synthetic=ground.synthetic,
    )
    return render_heatmap(request, FoliumAssets.read(manifest))
