"""What the leader asks: counts by category and day, significant hotspots, and the heatmap page."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api import schemas
from api.errors import language_of
from api.pages import DIST
from api.routes.incidents import Filter
from api.services import Held, Reading
from gis.store import incidents as store
from gis.workflows import analysis

router = APIRouter(tags=["analysis"])
pages = APIRouter(tags=["analysis"])


@router.get("/stats/categories", response_model=schemas.CategoryCounts)
def category_counts(reading: Reading, wanted: Filter) -> dict[str, Any]:
    """Found, closed and open per top-level category, and the same for the window before it."""
    return analysis.category_counts(reading, wanted)


@router.get("/stats/days", response_model=schemas.DayCounts)
def day_counts(held: Held, reading: Reading, wanted: Filter) -> dict[str, Any]:
    """Found and closed per day of the office's calendar and top-level category."""
    return {"items": store.counts_by_day(reading, wanted, held.settings.time_zone)}


@router.get("/hotspots", response_model=schemas.Hotspots)
def hotspots(reading: Reading, wanted: Filter) -> dict[str, Any]:
    """Clusters of cells with more incidents than chance explains, the strongest first."""
    return {"items": analysis.significant_hotspots(reading, wanted)}


@pages.get("/heatmaps/incidents", response_class=HTMLResponse)
def heatmap(
    request: Request,
    held: Held,
    reading: Reading,
    wanted: Filter,
    style: Annotated[Literal["heat", "hexagon"], Query()] = "heat",
    theme: Annotated[Literal["light", "dark"], Query()] = "light",
) -> HTMLResponse:
    """The heatmap of a category and window as a whole page, made by Folium, all assets local."""
    page = analysis.heatmap_page(
        reading,
        replace(wanted, words=None),
        language=language_of(request),
        style=style,
        theme=theme,
        manifest=DIST / "folium-assets.json",
        time_zone=held.settings.time_zone,
        basemap_url=held.settings.basemap_url,
        basemap_attribution=held.settings.basemap_attribution,
    )
    return HTMLResponse(page, headers={"Cache-Control": "no-cache"})
