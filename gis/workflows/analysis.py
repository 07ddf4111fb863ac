"""What a leader asks of a window of time: how many, where, and whether it is more than chance."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from gis.errors import InputError, NotFoundError
from gis.hotspots.columns import Sieve
from gis.hotspots.density import Cells, Floats, Lattice, aggregate, suggest_cell_m
from gis.hotspots.ground import Boundaries as Drawn
from gis.hotspots.ground import Streets
from gis.hotspots.h3_cells import H3Lattice, suggest_resolution
from gis.incidents.sources import SOURCES
from gis.messages import LANGUAGES
from gis.routing.query import NO_GRID
from gis.store import analysis
from gis.store.incident_filter import IncidentFilter
from gis.store.responsibility import plans_in_force
from gis.workflows.boundaries import Boundaries, Counted, Today, on_today, today_of
from gis.workflows.columns import LiveColumns
from gis.workflows.locators import Locators
from gis.workflows.prepared import Prepared

# Folium and scipy are imported by whoever asks first: a server need not wait for them to start.
if TYPE_CHECKING:
    from gis.hotspots.layers import Shapes
    from gis.hotspots.significance import Hotspot

CELLS = 2000
MOST_H3_CELLS = 2000  # of those that are drawn
BAND_CELLS = 2.0
# A window is compared with what the same place saw before it, if that is at least as much.
HISTORY_SHARE = 1.0
# More than these make the page of a large city slow, and show nothing at its scale.
MOST_BOUNDARIES, MOST_STREET_VERTICES = 400, 40_000
KEPT_GROUNDS, KEPT_ANSWERS = 24, 64
Basis = Literal["population", "history", "even"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """What never changes about a plan in force: area, cells, their neighbours, and how many people
    and households are in each cell, None where none are known at all. `code`: that of the basic
    grid at each cell's centre as a number, 0 for none. `h3`: the cells that are drawn, and
    `h3_people`, `h3_households` the same of them."""

    area: Any
    lattice: Lattice
    neighbours: Any
    people: Floats | None
    households: Floats | None
    code: npt.NDArray[np.int64]
    h3: H3Lattice
    h3_people: Floats | None
    h3_households: Floats | None


class LeaderView:
    """What a process keeps ready for the leader: all incidents, grounds, the last answers."""

    def __init__(self, locators: Locators | None = None) -> None:
        self.locators = locators or Locators()
        self.today: Today | None = None
        self.columns = LiveColumns()
        self.grounds = Recent(KEPT_GROUNDS)
        self.answers = Recent(KEPT_ANSWERS)
        self.prepared = Prepared()

    def warm(self, engine: Engine) -> None:
        """Load before the first question; what the database refuses is loaded by that."""
        self.columns.warm(engine)
        try:
            with engine.connect() as connection:
                for plan in plans_in_force(connection):
                    ground = self.ground(connection, plan.plan_id)
                    with self.columns.of(connection, plan.jurisdiction_id) as columns:
                        columns.cells(slice(None), ground.lattice)
                        columns.on_lattice(ground.h3)
                    for language in LANGUAGES:
                        self.boundaries(connection, plan.plan_id, language)
                today = self._today(connection)
                with self.columns.all(connection) as held:
                    for columns in held.values():
                        if today is not None:
                            columns.on_today(today.find)
        except SQLAlchemyError:
            return

    @contextmanager
    def counted(
        self,
        connection: Connection,
        wanted: IncidentFilter,
        boundaries: Boundaries = "then",
        *,
        per_grid: bool = False,
    ) -> Iterator[Counted]:
        """The incidents that a filter lets pass, held for the length of the block.

        Say so if they are to be counted `per_grid`: sums may be taken an easier way.
        `then`: those of the jurisdiction, by the grid that each had when it was closed, or has now.
        `now`: those whose place lies in the jurisdiction and grid by the plans in force, whoever
        had them; by place alone, so that neither a dispatcher's choice nor a rule counts.
        Raises InputError `words-not-counted`; for `now` NotFoundError `no-published-plan`.
        """
        jurisdiction_id, sieve = wanted.jurisdiction_id, _sieve(wanted)
        today = self._today(connection) if boundaries == "now" else None
        if boundaries == "now" and (today is None or today.block(jurisdiction_id) is None):
            raise NotFoundError("no-published-plan", id=jurisdiction_id)
        with self.columns.all(connection) as held:
            if today is not None:
                yield on_today(held, today, jurisdiction_id, sieve, per_grid=per_grid)
            else:
                own = held.get(jurisdiction_id)
                yield Counted(parts=[] if own is None else [own], sieve=sieve)

    def _today(self, connection: Connection) -> Today | None:
        self.today = today_of(connection, self.locators, self.today)
        return self.today

    def ground(self, connection: Connection, plan_id: int) -> Ground:
        """The ground of a plan that is or was in force, and so is frozen."""
        found: Ground = self.grounds.get(
            plan_id, lambda: _ground(connection, plan_id, self.locators)
        )
        return found

    def boundaries(self, connection: Connection, plan_id: int, language: str) -> Drawn:
        """What such a plan is drawn by, with names in a language."""
        found: Drawn = self.grounds.get(
            (plan_id, language),
            lambda: Drawn.of(analysis.boundaries(connection, plan_id, MOST_BOUNDARIES, language)),
        )
        return found

    def shapes(
        self, connection: Connection, plan_id: int, level: int, language: str, below: str
    ) -> Shapes:
        """The grids of a level of such a plan below a code, with names in a language."""
        found: Shapes = self.grounds.get(
            ("shapes", plan_id, level, language, below),
            lambda: _shapes(connection, plan_id, level, language, below),
        )
        return found

    def streets(self, connection: Connection, jurisdiction_id: int, minute: int) -> Streets:
        """The main streets as they were at some moment of a minute."""
        found: Streets = self.grounds.get(
            ("streets", jurisdiction_id, minute),
            lambda: Streets.of(
                analysis.main_streets(connection, jurisdiction_id, 3, MOST_STREET_VERTICES)
            ),
        )
        return found


class Recent:
    """The last few values by key; those that weigh more leave room for fewer. The last one always
    stays."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._weight = 0
        self._lock = Lock()

    def find(self, key: Hashable) -> Any | None:
        """What is kept under a key."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key, (None, 0))[0]

    def keep(self, key: Hashable, value: Any, *, weight: int = 1) -> None:
        with self._lock:
            self._weight += weight - self._kept.pop(key, (None, 0))[1]
            self._kept[key] = value, weight
            while self._weight > self.most and len(self._kept) > 1:
                self._weight -= self._kept.popitem(last=False)[1][1]

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What is kept under a key, or else made and kept."""
        found = self.find(key)
        if found is None:
            found = make()
            self.keep(key, found)
        return found


def category_counts(
    connection: Connection,
    view: LeaderView,
    wanted: IncidentFilter,
    boundaries: Boundaries = "then",
) -> dict[str, Any]:
    """Counts per top-level category, their sum, and the same for the window just before."""
    with view.counted(connection, wanted, boundaries) as counted:
        found = counted.by_category()
        before = {}
        if wanted.since is not None:
            length = (wanted.until or datetime.now(UTC)) - wanted.since
            window = {"since": wanted.since - length, "until": wanted.since}
            before = counted.narrowed(**window).by_category()
    total = {key: sum(row[key] for row in found.values()) for key in ("found", "closed", "open")}
    items = [{"category": category, **row} for category, row in found.items()]
    return {"items": items, "total": total, "previous": before}


def day_counts(
    connection: Connection,
    view: LeaderView,
    wanted: IncidentFilter,
    time_zone: str,
    boundaries: Boundaries = "then",
) -> list[dict[str, Any]]:
    """Found and closed per category and day of the office's calendar, of those reported then."""
    with view.counted(connection, wanted, boundaries) as counted:
        key = ("days", time_zone, counted.key)
        days = view.answers.get(key, lambda: counted.by_day(ZoneInfo(time_zone)))
    return [
        {"day": day, "category": category, "found": found, "closed": found - still_open}
        for day, category, found, still_open in days
    ]


def significant_hotspots(
    connection: Connection,
    view: LeaderView,
    wanted: IncidentFilter,
    boundaries: Boundaries = "then",
) -> list[dict[str, Any]]:
    """Places with more incidents than their past, or the people there, explain; strongest first.

    The ground, and the people on it, are those of the plan in force.
    """
    plan_id = analysis.office(connection, wanted.jurisdiction_id).plan_id
    ground = view.ground(connection, plan_id)
    with view.counted(connection, wanted, boundaries) as counted:
        cells, past = in_cells(counted, ground.lattice)
    found, _ = tested(ground, cells, past, wanted.grid_code or "")
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


def _ground(connection: Connection, plan_id: int, locators: Locators) -> Ground:
    from gis.hotspots.significance import neighbours

    area = analysis.area(connection, plan_id)
    lattice = Lattice.of(area, suggest_cell_m(area, at_most=CELLS))
    lon, lat, people, homes = analysis.people(connection, plan_id)
    lived_in = aggregate(lon, lat, area=area, cell_m=lattice.cell_m, weight=people)
    households = aggregate(lon, lat, area=area, cell_m=lattice.cell_m, weight=homes).count
    h3 = H3Lattice.of(area, suggest_resolution(area, at_most=MOST_H3_CELLS))
    located = [h3.sums(lon, lat, np.asarray(weight, np.float64)) for weight in (people, homes)]
    locator = locators.get(connection, plan_id).locator
    at, codes = locator.locate(lattice.lon, lattice.lat), np.asarray(locator.codes).astype(np.int64)
    return Ground(
        area=area,
        lattice=lattice,
        neighbours=neighbours(lived_in, BAND_CELLS * lattice.cell_m),
        people=lived_in.count if lived_in.count.sum() > 0 else None,
        households=households if households.sum() > 0 else None,
        code=np.where(at == NO_GRID, 0, codes[at]),
        h3=h3,
        h3_people=located[0] if located[0].sum() > 0 else None,
        h3_households=located[1] if located[1].sum() > 0 else None,
    )


def _shapes(connection: Connection, plan_id: int, level: int, language: str, below: str) -> Shapes:
    from gis.hotspots.layers import GridShape, Shapes

    rows = analysis.grid_shapes(connection, plan_id, level, language, below)
    if not rows:
        raise NotFoundError("grid-code-unknown", code=below)
    return Shapes.of_grids(
        [
            GridShape(**{key: row[key] for key in ("code", "name", "area_m2")},
                      polygon=shapely.from_wkb(bytes(row["geom"])),
                      population=row["population"], households=row["households"])
            for row in rows
        ]
    )  # fmt: skip


def _sieve(wanted: IncidentFilter) -> Sieve:
    if wanted.words:
        raise InputError("words-not-counted")
    return Sieve(
        category=wanted.category,
        open=None if wanted.status == "all" else wanted.status == "open",
        severity=wanted.severity,
        source=None if wanted.source is None else SOURCES.index(wanted.source),
        grid=wanted.grid_code,
        queue_only=wanted.queue_only,
        since=wanted.since,
        until=wanted.until,
        bbox=wanted.bbox,
    )


def in_cells(counted: Counted, lattice: Lattice) -> tuple[Cells, Cells | None]:
    """The window's incidents in cells, and those before it, where it has a beginning."""
    cells, since = counted.cells(lattice), counted.sieve.since
    if since is None:
        return cells, None
    return cells, counted.narrowed(since=None, until=since).cells(lattice)


def tested(
    ground: Ground, cells: Cells, past: Cells | None, below: str = ""
) -> tuple[list[Hotspot], Basis]:
    """Test a window against the same place's own past; a window without one, against people.

    below: the grid of which these are the incidents. Only its own cells are looked at: beside the
    silence of others, where nothing was counted, all of it would be a hotspot.
    """
    from gis.hotspots.significance import getis_ord, getis_ord_since, hotspots

    people, band_m = ground.people, BAND_CELLS * cells.cell_m
    if below:
        inside = ground.code // 10 ** (15 - len(below)) == int(below)
        if not inside.any():
            return [], "even"
        cells, people = _part(cells, inside), None if people is None else people[inside]
        past = None if past is None else _part(past, inside)
    if past is not None:
        seen, before = (one.count.sum() + one.outside for one in (cells, past))
        if before >= HISTORY_SHARE * max(seen, 1) and past.count.any():
            return hotspots(cells, getis_ord_since(cells, past.count, band_m)), "history"
    if people is None or not people.any():
        return hotspots(cells, getis_ord(cells, band_m)), "even"
    return hotspots(cells, getis_ord(cells, band_m, people)), "population"


def _part(cells: Cells, inside: npt.NDArray[np.bool_]) -> Cells:
    """Some of the cells; what was counted in the others lies outside."""
    return replace(
        cells, col=cells.col[inside], row=cells.row[inside], lon=cells.lon[inside],
        lat=cells.lat[inside], count=cells.count[inside],
        outside=cells.outside + float(cells.count[~inside].sum()),
    )  # fmt: skip
