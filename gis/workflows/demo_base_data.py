"""The demo's base data, visits, diaries and patrols brought into the database: all synthetic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from sqlalchemy import Connection, text

from gis.demo import base_data as demo
from gis.demo.base_data import DemoEntry, DemoGrid
from gis.files.tracks import Points
from gis.store import grid_facts, patrol_plans, patrols, visits
from gis.workflows.patrols import NewPatrol, take_in

WALKED_GRIDS, SPEED_M_S, EVERY_S = 12, 1.25, 5.0
METRES_A_DEGREE = 111_000.0
GRIDS = """
SELECT g.code, g.population, g.households, person.id AS person_id,
       coalesce(person.name, '网格员') AS lead
FROM grid AS g JOIN plan ON plan.id = g.plan_id
LEFT JOIN post ON post.grid_id = g.id AND post.role = 'lead' AND post.held @> now()
LEFT JOIN person ON person.id = post.person_id
WHERE plan.jurisdiction_id = :of AND plan.status = 'published' AND g.level = 3 ORDER BY g.code
"""

# The same way on most other days of the plan, without its track: figures are what stays.
OTHER_DAYS = """
INSERT INTO patrol (jurisdiction_id, grid_code, plan_id, walker, person_id, source, crs, day,
  started_at, ended_at, points, dropped, length_m, inside_s, within_m, walked_m, streets_m)
SELECT p.jurisdiction_id, p.grid_code, plan.id, p.walker, p.person_id, p.source, p.crs,
       cast(:today AS date) - k,
       p.started_at + (cast(:today AS date) - k - p.day) * interval '1 day',
       p.ended_at + (cast(:today AS date) - k - p.day) * interval '1 day', p.points, p.dropped,
       p.length_m, p.inside_s, p.within_m, p.walked_m, p.streets_m
FROM patrol AS p JOIN patrol_plan AS plan ON plan.grid_code = p.grid_code
  AND plan.jurisdiction_id = p.jurisdiction_id
CROSS JOIN generate_series(1, 29) AS k
WHERE p.jurisdiction_id = :of AND cast(:today AS date) - k <> p.day
  AND extract(isodow FROM cast(:today AS date) - k) <= 5
  AND (hashtext(p.grid_code || k) & 7) > 0
"""


def write_base_data(
    connection: Connection,
    jurisdiction_id: int,
    *,
    until: datetime,
    time_zone: str,
    actor: str,
    seed: int,
) -> None:
    """Store counts, visits, diaries with their checks, patrol plans and some rounds."""
    rng = np.random.default_rng([seed, 30])
    today = until.astimezone(ZoneInfo(time_zone)).date()
    rows = connection.execute(text(GRIDS), {"of": jurisdiction_id}).all()
    people = {row.code: row.person_id for row in rows}
    grids = [
        DemoGrid(code=row.code, population=row.population, households=row.households, lead=row.lead)
        for row in rows
    ]
    ids = {one["code"]: one["id"] for one in grid_facts.kinds(connection, jurisdiction_id)}
    facts = [
        (code, ids[kind], day, value, demo.SOURCE)
        for code, kind, day, value in demo.counts(grids, today, rng)
    ]
    grid_facts.write(connection, jurisdiction_id, facts, job_id=None)
    names = ("grid_code", "visited_on", "household", "households", "visitor")
    made = [dict(zip(names, row, strict=True)) for row in demo.visits(grids, today, rng)]
    visits.write(connection, jurisdiction_id, made, job_id=None)
    _write_diaries(connection, jurisdiction_id, demo.entries(grids, today, rng), people, rng)
    plan_in_force = grid_facts.in_force(connection, jurisdiction_id, time_zone)
    step = max(1, len(grids) // WALKED_GRIDS)
    if plan_in_force is None:
        return
    for grid in grids[::step][:WALKED_GRIDS]:
        patrol_plans.add_plan(connection, _plan(jurisdiction_id, grid.code, today))
        _, streets = patrols.ground(connection, plan_in_force.plan_id, grid.code)
        began = datetime.combine(today, datetime.min.time(), ZoneInfo(time_zone))
        began += timedelta(days=-int(rng.integers(1, 9)), hours=8, minutes=30)
        walk = _walk(streets, began.timestamp(), rng)
        if walk is None:
            continue
        new = NewPatrol(
            jurisdiction_id=jurisdiction_id, grid_code=grid.code, walker=grid.lead,
            source="phone", crs="EPSG:4326", time_zone=time_zone, now=until + timedelta(days=1),
            actor=actor, person_id=people[grid.code],
        )  # fmt: skip
        take_in(connection, new, walk)
    connection.execute(text(OTHER_DAYS), {"of": jurisdiction_id, "today": today})


def _plan(jurisdiction_id: int, code: str, today: date) -> dict[str, Any]:
    return {
        "jurisdiction_id": jurisdiction_id, "grid_code": code, "duty": "主干道与楼院早巡",
        "role": "lead", "weekdays": [1, 2, 3, 4, 5], "begins": time(8), "ends": time(10),
        "times": 1, "since": today - timedelta(days=60), "until": None, "reason": "合成演示数据",
    }  # fmt: skip


def _write_diaries(
    connection: Connection,
    jurisdiction_id: int,
    entries: list[DemoEntry],
    people: dict[str, Any],
    rng: np.random.Generator,
) -> None:
    connection.execute(
        text(
            "INSERT INTO diary (jurisdiction_id, grid_code, day, text, kinds, people, author,"
            " person_id) SELECT :of, grid, day, words, string_to_array(kinds, ','), talked, who, id"
            " FROM unnest(cast(:grids AS text[]), cast(:days AS date[]), cast(:words AS text[]),"
            " cast(:kinds AS text[]), cast(:talked AS integer[]), cast(:who AS text[]),"
            " cast(:ids AS bigint[])) AS given (grid, day, words, kinds, talked, who, id)"
        ),
        {
            "of": jurisdiction_id,
            "grids": [one.grid.code for one in entries],
            "days": [one.day for one in entries],
            "words": [one.words for one in entries],
            "kinds": [",".join(one.kinds) for one in entries],
            "talked": [one.people for one in entries],
            "who": [one.grid.lead for one in entries],
            "ids": [people[one.grid.code] for one in entries],
        },
    )
    month = min(one.day for one in entries).replace(day=1)
    written: dict[str, int] = {}
    for one in entries:
        if one.day.replace(day=1) == month:
            written[one.grid.code] = written.get(one.grid.code, 0) + 1
    for code, number in sorted(written.items()):
        if rng.random() < 0.7:
            connection.execute(
                text(
                    "INSERT INTO diary_check (jurisdiction_id, grid_code, month, entries, verdict,"
                    " remark) VALUES (:of, :code, :month, :entries, :verdict, :remark)"
                ),
                {
                    "of": jurisdiction_id, "code": code, "month": month, "entries": number,
                    "verdict": "good" if number > 2 else "enough",
                    "remark": "问题有跟进，记录清楚。" if number > 2 else None,
                },
            )  # fmt: skip


def _walk(streets: list[Any], began: float, rng: np.random.Generator) -> Iterator[Points] | None:
    """Points along some of a grid's streets, one after the other, a few metres off."""
    if not streets:
        return None
    left = list(streets)
    way = [left.pop(int(rng.integers(len(left))))]
    wanted = max(1, round(len(streets) * rng.uniform(0.4, 0.9)))
    while left and len(way) < wanted:
        end = shapely.get_point(way[-1], -1)
        nearest = int(np.argmin(shapely.distance(np.array(left, dtype=object), end)))
        line = left.pop(nearest)
        turned = shapely.distance(shapely.get_point(line, -1), end) < shapely.distance(
            shapely.get_point(line, 0), end
        )
        way.append(shapely.reverse(line) if turned else line)
    whole: Any = shapely.linestrings(np.vstack([shapely.get_coordinates(line) for line in way]))
    metres = whole.length * METRES_A_DEGREE
    count = max(2, min(int(metres / SPEED_M_S / EVERY_S), 1400))
    share = np.arange(count) * EVERY_S * SPEED_M_S / METRES_A_DEGREE
    places = shapely.get_coordinates(shapely.line_interpolate_point(whole, share))
    places += rng.normal(0, 3.0 / METRES_A_DEGREE, places.shape)
    at = began + np.arange(count, dtype=np.float64) * EVERY_S
    accuracy = rng.uniform(4, 15, count)
    return iter([Points(lon=places[:, 0], lat=places[:, 1], at=at, accuracy_m=accuracy)])
