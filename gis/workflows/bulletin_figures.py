"""What stands in a bulletin: counted once, when it is made, from the cases as they are then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection

from gis.assessment.periods import Period, Span, former, moments, up_to
from gis.errors import InputError
from gis.routing.query import NO_GRID
from gis.store import analysis, plan_extracts
from gis.store.bulletins import Subject
from gis.store.grid_names import grid_names
from gis.store.incident_filter import IncidentFilter
from gis.store.names import names
from gis.workflows.analysis import LeaderView, significant_hotspots
from gis.workflows.closure import Asked, ClosureView, closure_figures
from gis.workflows.closure_groups import COUNTED, By

TREND = {"week": 13, "month": 12}
MOST_SPOTS = 10


def gather(
    connection: Connection,
    leader: LeaderView,
    closure: ClosureView,
    subject: Subject,
    period: Period,
    *,
    time_zone: str,
) -> dict[str, Any]:
    """The figures of a bulletin, as JSON: numbers, names in both languages, codes; no sentences. Of
    places and departments the row with an empty code is what belongs to none, so that rows add up.

    Raises NotFoundError `no-published-plan`; InputError `bulletin-no-area` for a sub-district that
    the plan in force does not know.
    """
    zone, now = ZoneInfo(time_zone), datetime.now(UTC)
    plan = plan_extracts.head(
        connection, analysis.office(connection, subject.jurisdiction_id).plan_id
    )
    area = subject.area_code
    titles = grid_names(connection, subject.jurisdiction_id, [area] if area else [])
    if area is not None and not plan_extracts.count(connection, plan["id"], area):
        raise InputError("bulletin-no-area", code=area)
    kind = cast("Span", subject.kind)
    since, until = moments(period, zone)
    asked = Asked(
        jurisdiction_id=subject.jurisdiction_id, since=since, until=until, as_of=now,
        grid_code=area,
    )  # fmt: skip

    def by(what: By, window: Asked = asked) -> dict[str, Any]:
        return closure_figures(connection, closure, window, by=what, time_zone=time_zone)

    categories = by("category")
    earlier, end = moments(former(period, kind), zone)
    before = by("category", replace(asked, since=earlier, until=end))
    found_before = {row["key"]: row["found"] for row in before["items"]}
    trend = up_to(period, kind, TREND[kind])
    course = by(kind, replace(asked, since=moments(trend[0], zone)[0]))
    return {
        "kind": kind, "first": period.since.isoformat(),
        "last": (period.until - timedelta(days=1)).isoformat(),
        "since": since.isoformat(), "until": until.isoformat(), "as_of": now.isoformat(),
        "time_zone": time_zone, "plan_id": plan["id"], "synthetic": plan["synthetic"],
        "jurisdiction_code": plan["jurisdiction_code"], "area_code": area,
        "place": {
            "code": area or plan["jurisdiction_code"],
            "name": titles[area] if area else names(plan["jurisdiction_zh"],
                                                    plan["jurisdiction_en"]),
        },
        "total": _counts(categories["total"]), "before": _counts(before["total"]),
        "beside": categories["beside"],
        "categories": [
            {"code": row["key"], "name": row["name"], **_counts(row),
             "found_before": found_before.get(row["key"], 0)}
            for row in categories["items"]
        ],
        "places": _places(by("level2") if area else by("level1"), None if area else by),
        "departments": [
            {"code": row["key"] or "", "name": row["name"], **_counts(row)}
            for row in by("department")["items"]
        ],
        "trend": [
            {"first": row["key"], "found": row["found"], "closed": row["closed"]}
            for row in course["items"]
        ],
        "hotspots": _hotspots(connection, leader, subject, asked, plan["id"]),
    }  # fmt: skip


def _counts(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in (*COUNTED, "median_s")}


def _places(told: dict[str, Any], by: Any | None) -> list[dict[str, Any]]:
    """Sub-districts with how they compare; the communities where there is one sub-district only."""
    rows: Sequence[dict[str, Any]] = told["items"]
    if by is not None and sum(row["key"] is not None for row in rows) < 2:
        rows = by("level2")["items"]
    found = []
    for row in rows:
        rate = row["on_time_rate"]
        found.append(
            {"code": row["key"] or "", "name": row["name"], **_counts(row),
             **{name: rate.get(name) for name in ("fair", "low", "high")},
             **{name: rate.get(name) or 0 for name in ("rank", "rank_low", "rank_high")},
             "behind": rate.get("apart") == "below"}
        )  # fmt: skip
    return found


def _hotspots(
    connection: Connection, leader: LeaderView, subject: Subject, asked: Asked, plan_id: int
) -> list[dict[str, Any]]:
    """The strongest, each named by the community that it lies in."""
    wanted = IncidentFilter(
        jurisdiction_id=subject.jurisdiction_id, since=asked.since, until=asked.until,
        grid_code=subject.area_code,
    )  # fmt: skip
    spots = significant_hotspots(connection, leader, wanted)[:MOST_SPOTS]
    if not spots:
        return []
    locator = leader.locators.get(connection, plan_id).locator
    at = locator.locate(
        np.array([spot["lon"] for spot in spots]), np.array([spot["lat"] for spot in spots])
    )
    codes = [None if grid == NO_GRID else str(locator.codes[grid])[:12] for grid in at.tolist()]
    titles = grid_names(connection, subject.jurisdiction_id, [code for code in codes if code])
    return [
        {
            **{key: float(spot[key]) for key in ("lon", "lat", "expected", "z", "p", "radius_m")},
            "count": int(spot["count"]),
            "code": code or f"{spot['lon']:.4f}, {spot['lat']:.4f}",
            "name": titles.get(code) if code else None,
        }
        for spot, code in zip(spots, codes, strict=True)
    ]
