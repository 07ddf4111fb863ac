"""The heatmap of a filter as a whole page: any style, any rate, with time if wanted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection

from gis.hotspots.columns import Columns
from gis.hotspots.density import Cells, Floats
from gis.messages import translate
from gis.store import analysis, incidents
from gis.store.incident_filter import IncidentFilter
from gis.workflows.analysis import Ground, LeaderView, in_cells, tested
from gis.workflows.boundaries import Boundaries, Counted
from gis.workflows.periods import Periods, Step, periods_of

if TYPE_CHECKING:
    from gis.hotspots.layers import Per, Shapes, Style

SPOTS = 20_000  # weighted places that stand for all incidents before the heat is drawn from them
BASES = {"population": "people"}
STREETS_S = 60  # streets are drawn as they were at most so long ago
DAYS = {"zh-CN": {"day": "M月d日 EEE", "week": "y年M月d日", "month": "y年M月"},
        "en": {"day": "EEE d MMM", "week": "d MMM y", "month": "MMM y"}}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a heatmap is to look. `level` of the grids of the style `grid`; `play`: with a slider of
    such periods; `alone`: a file that opens without any server."""

    language: str
    style: Style = "heat"
    per: Per = "count"
    level: int = 3
    play: Step | None = None
    theme: Literal["light", "dark"] = "light"
    alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """Where the page's files lie, the office's zone, and its own base map."""

    manifest: Path
    files: Path
    time_zone: str
    basemap_url: str | None = None
    basemap_attribution: str = ""


def heatmap_page(
    connection: Connection,
    view: LeaderView,
    wanted: IncidentFilter,
    look: Look,
    base: Base,
    boundaries: Boundaries = "then",
) -> str:
    """The heatmap of a filter as a whole HTML page.

    A window without a beginning begins with the first incident there is; without an end, it ends
    now. Raises NotFoundError `no-published-plan`, InputError `words-not-counted`.
    """
    from gis.hotspots.assets import FoliumAssets
    from gis.hotspots.heatmap import HeatmapRequest, render_heatmap
    from gis.hotspots.panel import CategoryCount

    zone, now = ZoneInfo(base.time_zone), datetime.now(UTC)
    office = analysis.office(connection, wanted.jurisdiction_id)
    ground = view.ground(connection, office.plan_id)
    tree = {row["code"]: row for row in incidents.categories(connection)}
    minute = int(time.monotonic() / STREETS_S)
    language, below = look.language, wanted.grid_code or ""
    shapes = None
    if look.style == "grid" or below:
        level = max(look.level, len(below) // 3 - 2)
        shapes = view.shapes(connection, office.plan_id, level, language, below)
    with view.counted(connection, wanted, boundaries, per_grid=look.style == "grid") as counted:
        key = ("page", look, minute, str(office), str(tree), now.astimezone(zone).date(),
               counted.key)  # fmt: skip
        made: str | None = view.answers.find(key)
        if made is not None:
            return made
        cells, past = in_cells(counted, ground.lattice)
        counts = counted.narrowed(category=None).by_category()
        first = counted.earliest() or now
        since = wanted.since or first
        until = wanted.until or max(now, since)
        begun, ended = max(since, first), min(until, now)  # what lies beyond has no periods
        periods = None
        if look.play is not None and begun < ended:
            periods = periods_of(begun, ended, look.play, zone)
        drawn = _drawn(counted, look, ground, cells, shapes, periods)
    found, basis = tested(ground, cells, past, below)
    short = "zh" if language == "zh-CN" else "en"
    request = HeatmapRequest(
        language=language,
        place=_place(office.name[short], shapes, below),
        since=since.astimezone(zone),
        until=until.astimezone(zone),
        bbox=ground.area.bounds if shapes is None else shapes.bounds,
        area=ground.area,
        cells=cells,
        style=look.style,
        per=look.per,
        cell_base=getattr(ground, f"h3_{BASES.get(look.per, look.per)}", None),
        linked=not look.alone,
        theme=look.theme,
        category=tree[wanted.category]["name"][short] if wanted.category in tree else None,
        tally=[
            CategoryCount(
                name=tree[category]["name"][short],
                count=row["found"],
                colour=tree[category]["colour"],
                chosen=category == wanted.category,
            )
            for category, row in counts.items()
            if category in tree
        ],
        hotspots=found,
        basis=basis,
        boundaries=view.boundaries(connection, office.plan_id, language),
        streets=view.streets(connection, wanted.jurisdiction_id, minute),
        tile_url=None if look.alone else base.basemap_url,
        tile_attribution=base.basemap_attribution,
        synthetic=office.synthetic,
        **drawn,
    )
    files = base.files if look.alone else None
    page = render_heatmap(request, FoliumAssets.read(base.manifest, embed_from=files))
    view.answers.keep(key, page)
    return page


def _place(office: str, shapes: Shapes | None, below: str) -> str:
    """The office, and the grid that the page is narrowed to."""
    names = dict(zip(shapes.codes, shapes.names, strict=True)) if shapes is not None else {}
    return f"{office} · {names[below]}" if below in names else office


def _drawn(
    counted: Counted, look: Look, ground: Ground, cells: Cells, shapes: Shapes | None,
    periods: Periods | None,
) -> dict[str, Any]:  # fmt: skip
    """What the style asks of the columns: spots, counts by grid, periods."""
    from gis.hotspots.layers import Frames

    given: dict[str, Any] = {"lon": np.empty(0), "lat": np.empty(0)}
    labels = [] if periods is None else _labels(periods, look.language)
    if look.style == "grid":
        assert shapes is not None
        totals, off = _by_shape(counted.by_grid(), shapes, lambda both: both[0], np.zeros(1))
        given |= {"grids": shapes, "grid_counts": totals[:, 0], "beyond": float(off[0])}
        if periods is not None:
            rows, _ = _by_shape(counted.grids_in_time(periods.edges), shapes,
                                lambda row: row, np.zeros(len(periods)))  # fmt: skip
            given["frames"] = Frames(labels=labels, counts=rows.T)
        return given
    lattice = ground.h3 if look.style == "hexagon" else ground.lattice
    if look.style == "hexagon":
        given["hexagons"] = counted.cells(ground.h3)
    if periods is not None:
        in_time = counted.cells_in_time(lattice, periods.edges)
        given["frames"] = Frames(labels=labels, counts=in_time.astype(np.float64))
    if look.style != "hexagon":
        bounds = ground.area.bounds if shapes is None else shapes.bounds
        parts = [part.spots(part.choose(counted.sieve), bounds, SPOTS) for part in
                 counted.parts or [Columns()]]  # fmt: skip
        for name in ("lon", "lat", "weight"):
            given[name] = np.concatenate([getattr(spots, name) for spots, _ in parts])
        given["beyond"] = sum(beyond for _, beyond in parts)
    return given


def _by_shape(
    by_code: dict[int, Any], shapes: Shapes, value: Callable[[Any], Any], nothing: Floats
) -> tuple[Floats, Floats]:
    """Values of basic grids summed by the shapes that they lie in (n, k), and of those in none."""
    place = {code: at for at, code in enumerate(shapes.codes)}
    digits = len(shapes.codes[0])
    sums, off = np.zeros((len(place), len(nothing))), nothing.copy()
    for number, found in by_code.items():
        at = place.get(f"{number:015d}"[:digits]) if number else None
        if at is None:
            off += value(found)
        else:
            sums[at] += value(found)
    return sums, off


def _labels(periods: Periods, language: str) -> list[str]:
    from babel.dates import format_date

    def said(day: date) -> str:
        text = format_date(day, DAYS[language][periods.step], locale=language.replace("-", "_"))
        return (
            translate("heatmap-week", language, {"day": text}) if periods.step == "week" else text
        )

    return [said(day) for day in periods.days]
