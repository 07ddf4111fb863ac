"""What the leader asks: counts by category and day, significant hotspots, and the heatmap page."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from api import schemas
from api.analysis_schemas import Forecasts, Hotspots, PlacesInTime
from api.errors import language_of
from api.filters import Counted
from api.pages import DIST
from api.schemas import Line
from api.services import Held, Reading
from gis.workflows import analysis
from gis.workflows import hotspots_in_time as in_time
from gis.workflows.boundaries import Boundaries
from gis.workflows.forecasts import forecast_of
from gis.workflows.grid_counts import grid_counts
from gis.workflows.heatmaps import Base, Look, heatmap_page

router = APIRouter(tags=["analysis"])
pages = APIRouter(tags=["analysis"])


BoundariesOf = Annotated[
    Boundaries,
    Query(
        description="`then`: as each incident was handled. `now`: where its place lies by the plans"
        " in force, whoever had it then; neither choices nor rules count. `grid`, `queue` and"
        " `jurisdiction` mean the same boundaries as the counts. With one jurisdiction, and neither"
        " `grid` nor `queue`, totals are the same either way, and are counted once."
    ),
]


@router.get("/stats/categories", response_model=schemas.CategoryCounts)
def category_counts(
    held: Held, reading: Reading, wanted: Counted, boundaries: BoundariesOf = "then"
) -> dict[str, Any]:
    """Found, closed and open per top-level category, and the same for the window before it."""
    return analysis.category_counts(reading, held.leader, wanted, boundaries)


@router.get("/stats/days", response_model=schemas.DayCounts)
def day_counts(
    held: Held, reading: Reading, wanted: Counted, boundaries: BoundariesOf = "then"
) -> dict[str, Any]:
    """Found and closed per day of the office's calendar and top-level category."""
    zone = held.settings.time_zone
    days = analysis.day_counts(reading, held.leader, wanted, zone, boundaries)
    return {"items": days}


@router.get("/stats/grids", response_model=schemas.GridCounts)
def counts_by_grid(
    held: Held,
    reading: Reading,
    wanted: Counted,
    boundaries: BoundariesOf = "then",
    level: Annotated[int, Query(ge=1, le=3)] = 3,
) -> dict[str, Any]:
    """Found, closed and open per grid: of `then`, as each was handled, or on today's boundaries.

    Those off all grids come last, with `code` null.
    """
    items = grid_counts(reading, held.leader, wanted, boundaries=boundaries, level=level)
    return {"items": items}


@router.get("/hotspots", response_model=Hotspots)
def hotspots(
    held: Held, reading: Reading, wanted: Counted, boundaries: BoundariesOf = "then"
) -> dict[str, Any]:
    """Clusters of cells with more incidents than chance explains, the strongest first."""
    return {"items": analysis.significant_hotspots(reading, held.leader, wanted, boundaries)}


@router.get("/hotspots/emerging", response_model=PlacesInTime)
def emerging_hotspots(
    request: Request,
    held: Held,
    reading: Reading,
    wanted: Counted,
    boundaries: BoundariesOf = "then",
    against: Annotated[
        Literal["past", "people"],
        Query(description="What is expected of a place: its own year, or what its residents are."),
    ] = "past",
) -> dict[str, Any]:
    """New, growing, persistent, sporadic and fading hotspots of the year before `until`."""
    return in_time.emerging(
        reading,
        held.leader,
        wanted,
        time_zone=held.settings.time_zone,
        language=language_of(request),
        against=against,
        boundaries=boundaries,
    )


@router.get("/hotspots/sudden", response_model=PlacesInTime)
def sudden_hotspots(
    request: Request,
    held: Held,
    reading: Reading,
    wanted: Counted,
    boundaries: BoundariesOf = "then",
) -> dict[str, Any]:
    """Clusters that began within the three weeks before `until` and last: a space-time scan."""
    return in_time.sudden(
        reading,
        held.leader,
        wanted,
        time_zone=held.settings.time_zone,
        language=language_of(request),
        boundaries=boundaries,
    )


@router.get("/forecast", response_model=Forecasts)
def forecast(
    request: Request,
    held: Held,
    reading: Reading,
    wanted: Counted,
    boundaries: BoundariesOf = "now",
    level: Annotated[
        int, Query(ge=0, le=3, description="Of the grids; 0: the jurisdiction as a whole.")
    ] = 1,
    weather: Annotated[
        bool, Query(description="Learn from the weather too, and say whether that helped.")
    ] = False,
    weather_place: Annotated[
        Line | None,
        Query(max_length=60, description="Whose weather; by default that with the most days."),
    ] = None,
) -> dict[str, Any]:
    """Incidents by category and place in the next four weeks, tried on the past; unusual rises."""
    return forecast_of(
        reading,
        held.leader,
        wanted,
        level=level,
        time_zone=held.settings.time_zone,
        language=language_of(request),
        boundaries=boundaries,
        weather=weather,
        weather_place=weather_place,
    )


@pages.get("/heatmaps/incidents", response_class=HTMLResponse)
def heatmap(
    request: Request,
    held: Held,
    reading: Reading,
    wanted: Counted,
    boundaries: BoundariesOf = "then",
    style: Annotated[Literal["heat", "hexagon", "grid", "cluster"], Query()] = "heat",
    per: Annotated[
        Literal["count", "population", "households", "area"],
        Query(description="What the counts of hexagons and grids are divided by."),
    ] = "count",
    level: Annotated[int, Query(ge=1, le=3, description="Of the grids of the style `grid`.")] = 3,
    play: Annotated[
        Literal["day", "week", "month"] | None,
        Query(description="With a slider of such periods; of longer ones if over 120."),
    ] = None,
    theme: Annotated[Literal["light", "dark"], Query()] = "light",
    download: Annotated[
        bool, Query(description="As a file that opens without any server or network.")
    ] = False,
) -> Response:
    """The heatmap of a filter as a whole page, made by Folium, all assets local."""
    settings = held.settings
    look = Look(
        language=language_of(request),
        style=style,
        per=per,
        level=level,
        play=play,
        theme=theme,
        alone=download,
    )
    base = Base(
        manifest=DIST / "folium-assets.json",
        files=DIST / "assets" / "folium",
        time_zone=settings.time_zone,
        basemap_url=settings.basemap_url,
        basemap_attribution=settings.basemap_attribution,
    )
    page = heatmap_page(reading, held.leader, wanted, look, base, boundaries)
    body = page.encode()
    headers = {"Cache-Control": "no-cache", "ETag": f'"{sha256(body).hexdigest()[:32]}"'}
    if download:
        headers["Content-Disposition"] = 'attachment; filename="heatmap.html"'
    if headers["ETag"] in request.headers.get("If-None-Match", ""):
        return Response(status_code=304, headers=headers)
    return HTMLResponse(body, headers=headers)
