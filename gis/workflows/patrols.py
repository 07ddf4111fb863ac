"""Patrols: rounds taken in with their tracks, measured, and set against plans and streets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import shapely
import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from gis.assessment.patrol import (
    Cleaner,
    Pieces,
    Stretch,
    cut_streets,
    planned_days,
    seconds_inside,
    walked_pieces,
)
from gis.errors import ConflictError, InputError
from gis.files.tracks import Points
from gis.geometry import from_metric, lonlat_to_wgs84, metric_crs, parse_crs, to_metric
from gis.store import grid_facts, known, patrol_plans, street_lengths
from gis.store import patrols as store
from gis.store.engine import acting
from gis.store.patrol_settings import setting
from gis.store.scope import scope_on

NEAR_M = 200.0  # of a grid: what was walked farther away is nobody's business here
MOST_PLANS = 100_000
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPatrol:
    """A round to take in: whose grid, by whom, and in which system its places are."""

    jurisdiction_id: int
    grid_code: str
    walker: str
    source: str
    crs: str
    time_zone: str
    now: datetime
    actor: str
    key: UUID | None = None
    person_id: int | None = None  # where no account says who walked


@dataclass(slots=True, kw_only=True)
class _Measured:
    """What came of a track so far."""

    lines: list[tuple[date, Any]]
    walked: Any
    length_m: float = 0.0
    inside_s: float = 0.0
    first: float = float("inf")
    last: float = float("-inf")


def take_patrol(engine: Engine, new: NewPatrol, blocks: Iterable[Points]) -> tuple[int, bool]:
    """Clean and measure a track and record the round; gives its id, and whether it is new.

    Blocks are read one at a time. Only stretches near the grid are kept. Raises InputError
    `base-grid-unknown`, `crs-unknown`, `patrol-too-short`, `patrol-far-away`, `patrol-in-future`,
    `idempotency-key-reused`; NotFoundError; ConflictError `patrol-conflict`; and what reading the
    blocks raises.
    """
    parse_crs(new.crs)
    try:
        with acting(engine, new.actor, action="patrol") as connection:
            return take_in(connection, new, blocks)
    except IntegrityError as first:
        # Another request was first with the key: it is the same round, and was taken in.
        with engine.connect() as connection:
            scope = scope_on(connection)
            known_as = scope.account_id if scope is not None else None
            there = store.of_key(connection, known_as, new.key) if known_as and new.key else None
        if there is None or there["grid_code"] != new.grid_code:
            raise ConflictError("patrol-conflict") from first
        return int(there["id"]), False


def take_in(connection: Connection, new: NewPatrol, blocks: Iterable[Points]) -> tuple[int, bool]:
    """The same within a transaction of somebody's name."""
    scope = scope_on(connection)
    account = scope.account_id if scope is not None else None
    person = scope.person_id if scope is not None else new.person_id
    of, zone = new.jurisdiction_id, ZoneInfo(new.time_zone)
    known.require(connection, of)
    before = store.of_key(connection, account, new.key) if account and new.key else None
    if before is not None:
        if before["grid_code"] != new.grid_code:
            raise InputError("idempotency-key-reused", key=str(new.key))
        return int(before["id"]), False
    grid_facts.require_basic(connection, of, new.grid_code)
    plan = grid_facts.in_force(connection, of, new.time_zone)
    assert plan is not None  # the grid is of it
    crs, grid, pieces, signature = _ground(connection, of, plan.plan_id, new.grid_code)
    within_m = float(setting(connection, of)["within_m"])
    cleaner = Cleaner()
    found = _Measured(lines=[], walked=np.zeros(len(pieces), dtype=bool))
    seen_any = False
    near = shapely.buffer(grid, NEAR_M)
    for stretch in _stretches(cleaner, blocks, new.crs, crs):
        seen_any = True
        line = shapely.linestrings(stretch.xy)
        if not shapely.intersects(near, line):
            continue
        found.walked |= walked_pieces(pieces, [stretch], within_m)
        found.length_m += stretch.length_m
        found.inside_s += seconds_inside(stretch, grid)
        found.first, found.last = min(found.first, stretch.at[0]), max(found.last, stretch.at[-1])
        day = datetime.fromtimestamp(stretch.at[0], zone).date()
        found.lines.append((day, shapely.set_precision(from_metric(line, crs), 1e-6)))
    if not found.lines:
        raise InputError("patrol-far-away" if seen_any else "patrol-too-short", grid=new.grid_code)
    started, ended = (datetime.fromtimestamp(at, zone) for at in (found.first, found.last))
    if ended > new.now:
        raise InputError("patrol-in-future")
    patrol_id = store.add(
        connection,
        {
            "jurisdiction_id": of, "grid_code": new.grid_code, "walker": new.walker,
            "plan_id": patrol_plans.plan_of(connection, of, new.grid_code, person_id=person,
                                            started=started, ended=ended),
            "person_id": person, "account_id": account, "key": new.key, "source": new.source,
            "crs": new.crs, "day": started.date(), "started_at": started, "ended_at": ended,
            "points": cleaner.points, "dropped": cleaner.dropped, "length_m": found.length_m,
            "inside_s": found.inside_s, "within_m": within_m,
            "walked_m": float(pieces.length_m[found.walked].sum()), "streets_m": pieces.total_m,
        },
    )  # fmt: skip
    kept = [(day, line) for day, line in found.lines if not line.is_empty]
    store.add_tracks(connection, patrol_id, kept)
    if len(pieces):
        store.add_walked(connection, of, new.grid_code, started.date(), signature, found.walked)
    return patrol_id, True


def _ground(
    connection: Connection, jurisdiction_id: int, plan_id: int, code: str
) -> tuple[Any, Any, Pieces, str]:
    """The metric projection of a grid, the grid in it, its streets in pieces, and their mark."""
    grid, streets = store.ground(connection, plan_id, code)
    crs = metric_crs(grid.bounds)
    metric_grid = to_metric(grid, crs)
    pieces = cut_streets([to_metric(one, crs) for one in streets], metric_grid)
    places = shapely.get_coordinates(pieces.lines) if len(pieces) else np.zeros((0, 2))
    signature = hashlib.sha256(np.round(places, 1).tobytes()).hexdigest()[:16]
    if len(pieces):
        lines = shapely.set_precision(
            np.array([from_metric(one, crs) for one in pieces.lines], dtype=object), 1e-7,
            mode="pointwise",
        )  # fmt: skip
        store.keep_pieces(
            connection, jurisdiction_id, plan_id, code, signature, lines, pieces.length_m
        )
    return crs, metric_grid, pieces, signature


def _stretches(
    cleaner: Cleaner, blocks: Iterable[Points], given_crs: str, crs: Any
) -> Iterable[Stretch]:
    for block in blocks:
        lon, lat = lonlat_to_wgs84(block.lon, block.lat, given_crs)
        usable = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180) & (np.abs(lat) <= 85)
        xy = np.full((len(lon), 2), np.nan)
        if usable.any():
            points = to_metric(shapely.points(lon[usable], lat[usable]), crs)
            xy[usable] = shapely.get_coordinates(points)
        yield from cleaner.take(xy, block.at, block.accuracy_m)
    yield from cleaner.end()


def patrol_table(
    connection: Connection,
    jurisdiction_id: int,
    *,
    level: int,
    parent: str,
    after: str,
    limit: int,
    since: date,
    until: date,
    time_zone: str,
) -> dict[str, Any]:
    """A page of the grids of a level with what was planned and walked from a day to another.

    `planned`: rounds that plans ask for; `done` of them; `rounds`: all; `finds`: cases found on
    them. `walked_m` of `streets_m`, of all `measured` basic grids; `cut_m`: of the `cut` ones in
    which anybody has ever patrolled. On the first page also the whole.
    Raises NotFoundError `jurisdiction-not-found`, InputError `window-reversed`.
    """
    if since > until:
        raise InputError("window-reversed", field="until")
    known.require(connection, jurisdiction_id)
    plan = grid_facts.in_force(connection, jurisdiction_id, time_zone)
    answer: dict[str, Any] = {"items": [], "next": None, "total": None}
    if plan is None:
        return answer
    rows = grid_facts.grids(
        connection, plan.plan_id, level=level, parent=parent, after=after, limit=limit + 1
    )
    shown = rows[:limit]
    answer["next"] = shown[-1]["code"] if len(rows) > limit else None
    time = (since, until)
    if shown:
        within = grid_facts.span([one["code"] for one in shown])
        answer["items"] = _figures(
            connection, jurisdiction_id, plan.plan_id, shown, level, within, *time
        )
    if not after:
        whole = grid_facts.span([parent])
        one = [{"code": "", "name": None}]
        (answer["total"],) = _figures(
            connection, jurisdiction_id, plan.plan_id, one, 0, whole, *time
        )
    return answer


def _figures(
    connection: Connection,
    jurisdiction_id: int,
    plan_id: int,
    shown: list[dict[str, Any]],
    level: int,
    within: grid_facts.Span,
    since: date,
    until: date,
) -> list[dict[str, Any]]:
    digits = grid_facts.DIGITS[level]
    empty = {"grids": 0, "planned": 0, "done": 0, "rounds": 0, "inside_s": 0.0, "length_m": 0.0,
             "walked_m": 0.0, "streets_m": 0.0, "measured": 0, "cut_m": 0.0, "cut": 0,
             "finds": 0}  # fmt: skip
    found = {one["code"]: {**one, **empty} for one in shown}
    mine = {
        code: found[code[:digits]]
        for code, _ in grid_facts.basic_grids(connection, plan_id, within)
        if code[:digits] in found
    }
    for row in mine.values():
        row["grids"] += 1
    for asked in patrol_plans.plans(
        connection, jurisdiction_id, within, ended=True, limit=MOST_PLANS
    ):
        if asked["grid_code"] in mine:
            last = _last_day(asked)
            days = planned_days(asked["weekdays"], asked["since"], last, since, until)
            mine[asked["grid_code"]]["planned"] += days * asked["times"]
    counts = store.done(connection, jurisdiction_id, within, since=since, until=until)
    for code, count in counts.items():
        if code in mine:
            for name in ("rounds", "done"):
                mine[code][name] += int(getattr(count, name))
            for name in ("inside_s", "length_m"):
                mine[code][name] += float(getattr(count, name))
    for code, count in store.finds(
        connection, jurisdiction_id, within, since=since, until=until
    ).items():
        if code in mine:
            mine[code]["finds"] += count
    streets = store.walked(connection, jurisdiction_id, plan_id, within, since=since, until=until)
    lengths = street_lengths.lengths(connection, plan_id, within)
    lengths |= {code: one.streets_m for code, one in streets.items()}
    for code, row in mine.items():
        if code in lengths:
            row["streets_m"] += lengths[code]
            row["measured"] += 1
        if code in streets:
            row["walked_m"] += streets[code].walked_m
            row["cut_m"] += streets[code].streets_m
            row["cut"] += 1
    return list(found.values())


def _last_day(plan: dict[str, Any]) -> date | None:
    """Until when a plan asks for rounds: what replaces it asks for them from its first day on."""
    days = [plan["until"]]
    if plan["replaced_since"] is not None:
        days.append(plan["replaced_since"] - timedelta(days=1))
    elif plan["ended_at"] is not None:
        days.append(plan["ended_at"].date())
    return min((day for day in days if day is not None), default=None)


def walked_streets(
    connection: Connection,
    jurisdiction_id: int,
    grid_code: str,
    *,
    since: date,
    until: date,
    time_zone: str,
) -> dict[str, Any]:
    """The streets of a basic grid as GeoJSON: those that were walked in some days, and the rest.

    Raises InputError `base-grid-unknown`, NotFoundError.
    """
    known.require(connection, jurisdiction_id)
    grid_facts.require_basic(connection, jurisdiction_id, grid_code)
    plan = grid_facts.in_force(connection, jurisdiction_id, time_zone)
    assert plan is not None  # the grid is of it
    within = grid_facts.Span(grid_code, grid_code)
    found = store.walked(
        connection, jurisdiction_id, plan.plan_id, within, since=since, until=until
    )
    lines = store.piece_lines(connection, jurisdiction_id, plan.plan_id, grid_code)
    if not len(lines):
        _, streets = store.ground(connection, plan.plan_id, grid_code)
        grid, _ = store.ground(connection, plan.plan_id, grid_code)
        lines = shapely.get_parts(shapely.intersection(np.array(streets, dtype=object), grid))
    walked = found[grid_code].walked if grid_code in found else np.zeros(len(lines), dtype=bool)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"walked": is_walked},
                "geometry": {
                    "type": "MultiLineString",
                    "coordinates": [
                        shapely.get_coordinates(line).round(6).tolist()
                        for line in lines[walked == is_walked]
                        if shapely.get_type_id(line) == 1
                    ],
                },
            }
            for is_walked in (True, False)
        ],
    }


def tidy_tracks(engine: Engine) -> None:
    """Delete tracks whose days are over, for the worker."""
    with engine.begin() as connection:
        gone = store.tidy(connection)
    if gone:
        log.info("tracks deleted", stretches=gone)
