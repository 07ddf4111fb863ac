"""Which hotspots are new, growing, persistent or fading, and what has begun suddenly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from gis.hotspots.density import Floats
from gis.store import analysis
from gis.store.grid_names import grid_names
from gis.store.incident_filter import IncidentFilter
from gis.workflows.analysis import Ground, LeaderView
from gis.workflows.boundaries import Boundaries, Counted
from gis.workflows.periods import midnight
from gis.workflows.place_words import Found, told

if TYPE_CHECKING:
    from gis.hotspots.emerging import Emerging
    from gis.hotspots.scan import Cluster

Ints = npt.NDArray[np.int64]
Against = Literal["past", "people"]
# Four weeks hold as many working days as any other four; a year of them shows a season as such.
PERIODS, PERIOD_DAYS, LEAST_PERIODS = 13, 28, 8
SHORT_DAYS = 7  # where records are younger than eight times four weeks
SCAN_DAYS, SUDDEN_DAYS, SUDDEN_CELLS = 182, 21, 4.0
SHUFFLES, FEWER_SHUFFLES, MANY = 499, 199, 500_000
# Fewer, or less than half as much again, are not named as a place: nobody would act on them.
LEAST_COUNT, LEAST_RATIO = 5, 1.5
ALPHA = 0.05
# Two periods as one: what lasts for two months is seen where each of its months is too faint.
TOGETHER = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """The cells of a ground that an answer is about: their numbers, neighbours, people, centres in
    metres and degrees, and the code of the basic grid at each centre (0: none)."""

    cells: Ints
    neighbours: Any
    people: Floats | None
    x: Floats
    y: Floats
    lon: Floats
    lat: Floats
    code: Ints
    cell_m: float
    area_m2: float


def emerging(
    connection: Connection, view: LeaderView, wanted: IncidentFilter, *,
    time_zone: str, language: str, against: Against = "past", boundaries: Boundaries = "then",
) -> dict[str, Any]:  # fmt: skip
    """Hotspots by how they develop over the year before `until` (now), in four-week periods that
    end with its last whole day; in weeks where records are younger. `since` is not asked.

    `past`: against what the place itself had over the year; a place that always has much is no
    hotspot. `people`: against the residents. Both allow for what the whole city had in a period.
    `ready` is False while the first answer is being made; `too_short` where there are no eight
    periods of records. Raises as `LeaderView.counted` does.
    """
    zone = ZoneInfo(time_zone)
    end = _last_midnight(wanted.until, zone)
    part, first, ask = _asked(connection, view, wanted, boundaries, end)
    days, count = _cut(first, end, zone)
    if count < LEAST_PERIODS:
        return _answer(None, too_short=True, against=against, periods=count, period_days=days)
    starts = [end - timedelta(days=days * back) for back in range(count, -1, -1)]
    edges = np.array([midnight(day, zone) for day in starts], np.int64)

    def take(counted: Counted, ground: Ground) -> Callable[[], Any]:
        counts = counted.cells_in_time(ground.lattice, edges)[:, part.cells].T.astype(np.float64)
        return lambda: _score(counts, part, against)

    made = ask(("emerging", against, days, count), take)
    if made is None:
        return _answer(None, against=against, periods=count, period_days=days)
    found = [
        Found(
            kind=place.kind,
            cells=np.asarray(place.cells),
            count=place.count,
            expected=usual,
            p=place.p,
            p_trend=place.p_trend,
            since=starts[place.since],
            last=starts[place.last + 1] - timedelta(days=1),
        )
        for place, usual in made.value
    ]
    items = told(found, part, against, language, _namer(connection, wanted))
    return _answer(made.at, items=items, against=against, periods=count, period_days=days,
                   first=starts[0], last=end - timedelta(days=1))  # fmt: skip


def sudden(
    connection: Connection, view: LeaderView, wanted: IncidentFilter, *,
    time_zone: str, language: str, boundaries: Boundaries = "then",
) -> dict[str, Any]:  # fmt: skip
    """What has begun within the last three weeks before `until` (now) and lasts: circles with more
    than the place and the time explain, looked for everywhere, and that is allowed for.

    The half year before is what a place usually has. As `emerging` otherwise.
    """
    zone = ZoneInfo(time_zone)
    end = _last_midnight(wanted.until, zone)
    part, first, ask = _asked(connection, view, wanted, boundaries, end)
    start = max(first.astimezone(zone).date(), end - timedelta(days=SCAN_DAYS))
    days = (end - start).days
    if days < 2 * SUDDEN_DAYS:
        return _answer(None, too_short=True, against="past", periods=max(days, 0), period_days=1)
    edges = np.array([midnight(start + timedelta(days=n), zone) for n in range(days + 1)], np.int64)

    def take(counted: Counted, ground: Ground) -> Callable[[], Any]:
        counts = counted.cells_in_time(ground.lattice, edges)[:, part.cells]
        return lambda: _scan(counts, part)

    made = ask(("sudden", days), take)
    if made is None:
        return _answer(None, against="past", periods=days, period_days=1)
    found = [
        Found(
            kind="sudden",
            cells=np.asarray(one.cells),
            count=float(one.count),
            expected=one.expected,
            p=one.p,
            since=end - timedelta(days=one.periods),
            last=end - timedelta(days=1),
            centre=one.centre,
            radius_m=one.radius_m + part.cell_m / 2,
        )
        for one in made.value
        if one.count >= LEAST_COUNT
    ]
    items = told(found, part, "past", language, _namer(connection, wanted))
    return _answer(made.at, items=items, against="past", periods=days, period_days=1,
                   first=start, last=end - timedelta(days=1))  # fmt: skip


def _answer(at: datetime | None, *, items: Sequence[Any] = (), too_short: bool = False,
            **more: Any) -> dict[str, Any]:  # fmt: skip
    ready = too_short or at is not None
    return {"ready": ready, "too_short": too_short, "at": at, "items": list(items),
            "first": None, "last": None, **more}  # fmt: skip


def _asked(
    connection: Connection, view: LeaderView, wanted: IncidentFilter, boundaries: Boundaries,
    end: date,
) -> tuple[Part, datetime, Callable[..., Any]]:  # fmt: skip
    """The part asked about, its first incident, and how to ask for what is made of it."""
    plan_id = analysis.office(connection, wanted.jurisdiction_id).plan_id
    ground = view.ground(connection, plan_id)
    part = _part(ground, wanted.grid_code or "")
    with view.counted(connection, wanted, boundaries) as counted:
        first = counted.earliest() or datetime.now(UTC)

    def ask(name: tuple[Any, ...], take: Callable[[Counted, Ground], Callable[[], Any]]) -> Any:
        with view.counted(connection, wanted, boundaries) as counted:
            whole = counted.narrowed(since=None, until=None)
            key = (*name, plan_id, wanted.jurisdiction_id, end, whole.question)
            answer = view.prepared.begin(key, whole.changes, lambda: take(whole, ground))
        return answer()  # with the columns let go

    return part, first, ask


def _part(ground: Ground, below: str) -> Part:
    lattice = ground.lattice
    inside = np.ones(len(lattice), np.bool_)
    if below:
        scale = 10 ** (15 - len(below))
        inside = ground.code // scale == int(below)
    elif ground.people is not None:
        # A park or a lake at the edge, where nobody lives and no grid lies, is no silence.
        inside = (ground.code > 0) | (ground.people > 0)
    cells = np.flatnonzero(inside)
    x, y = lattice.centres_m()
    return Part(
        cells=cells,
        neighbours=ground.neighbours[cells][:, cells],
        people=None if ground.people is None else ground.people[cells],
        x=x[cells],
        y=y[cells],
        lon=lattice.lon[cells],
        lat=lattice.lat[cells],
        code=ground.code[cells],
        cell_m=lattice.cell_m,
        area_m2=lattice.cells(np.zeros(len(lattice)), 0).area_m2,
    )


def _cut(first: datetime, end: date, zone: ZoneInfo) -> tuple[int, int]:
    """How many days a period has, and how many there are."""
    days = (end - first.astimezone(zone).date()).days
    for length in (PERIOD_DAYS, SHORT_DAYS):
        if days // length >= LEAST_PERIODS:
            return length, min(days // length, PERIODS)
    return SHORT_DAYS, max(days // SHORT_DAYS, 0)


def _last_midnight(until: datetime | None, zone: ZoneInfo) -> date:
    """The day that begins with the last midnight before a moment: all days before it are whole."""
    return (until or datetime.now(UTC)).astimezone(zone).date()


def _score(counts: Floats, part: Part, against: Against) -> list[tuple[Emerging, float]]:
    """Places with what is usual there in the periods of their heat."""
    from gis.hotspots.emerging import emerging_hotspots, score_cube

    if counts.sum() == 0:
        return []
    base = part.people if against == "people" else part.neighbours @ counts.sum(axis=1)
    cube = score_cube(counts, part.neighbours, base, together=TOGETHER)
    # As many places as fit beside each other; those that overlap rest on the same incidents.
    side_by_side = len(counts) ** 2 / max(part.neighbours.nnz, 1)
    found = []
    for place in emerging_hotspots(cube, part.neighbours):
        expected, sure = place.expected, True
        if against == "past":
            expected, chance = _usual(counts, place)
            sure = chance * side_by_side <= ALPHA
        if sure and place.count >= LEAST_COUNT and place.count >= LEAST_RATIO * expected:
            found.append((place, expected))
    return found


def _usual(counts: Floats, place: Emerging) -> tuple[float, float]:
    """What the place would have had at its share of the other periods, and the exact chance that
    so much or more of its year falls into those of its heat, where the whole city's did.

    The year of the surroundings says where to look. It is lower than the place's own on a slope and
    at the edge of the city, so that it alone names places in up to half of all cities of chance
    (measured); who always has much is usual.
    """
    from scipy.stats import binom

    here = counts[list(place.cells)].sum(axis=0)
    city = counts.sum(axis=0)
    hot = np.zeros(counts.shape[1], np.bool_)
    hot[place.since : place.last + 1] = True
    if hot.all():
        return float(here.sum()), 1.0
    share = max(float(here[~hot].sum()), 1.0) / max(float(city[~hot].sum()), 1.0)
    chance = binom.sf(here[hot].sum() - 1, here.sum(), city[hot].sum() / city.sum())
    return share * float(city[hot].sum()), float(chance)


def _scan(counts: Ints, part: Part) -> list[Cluster]:
    from gis.hotspots.scan import sudden_clusters

    period, cell = np.nonzero(counts)
    times = counts[period, cell]
    return sudden_clusters(
        np.repeat(cell, times), np.repeat(period, times), part.x, part.y,
        periods=len(counts), most_periods=SUDDEN_DAYS, most_m=SUDDEN_CELLS * part.cell_m,
        rng=np.random.default_rng(0), shuffles=FEWER_SHUFFLES if times.sum() > MANY else SHUFFLES,
    )  # fmt: skip


def _namer(
    connection: Connection, wanted: IncidentFilter
) -> Callable[[Sequence[str]], dict[str, Any]]:
    return lambda codes: grid_names(connection, wanted.jurisdiction_id, list(codes))
