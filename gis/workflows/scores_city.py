"""The districts of a city beside each other: by the month for the centre, or for any window.

They are ranked by what can be compared from one office to the next: the share of due cases that
were closed on time, for the same mix of categories. Points are not: each office has its own rules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from gis.assessment.periods import BOARDS, Board, Period, moments, period_of
from gis.assessment.standings import last_of
from gis.store import known, scores, scores_city, scores_rankings, scores_tally
from gis.store.engine import acting
from gis.store.scope import beyond, scope_on
from gis.store.scores_city import City
from gis.workflows.closure import Asked, ClosureView
from gis.workflows.closure_compared import Counts, count, rows_beside, together_of, total_of
from gis.workflows.due import ACTOR
from gis.workflows.scores_rankings import periods_due

# As the month of the sub-districts, but of the whole city.
BOARD: Board = replace(BOARDS["district"], name="city", subject="district")
HOME_ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True, kw_only=True)
class CityRanking:
    """`city`: None where there are no two districts to be compared. `rows`, the best first, and
    `state` as of `scores_rankings.Ranking`; `as_of`: the moment as of which is counted."""

    city: City | None
    period: Period
    since: datetime
    until: datetime
    as_of: datetime
    rows: list[dict[str, Any]]
    total: dict[str, Any] | None
    state: str
    published_at: datetime | None
    withheld: bool


def city_ranking(
    connection: Connection, view: ClosureView, jurisdiction_id: int, *, day: date | None
) -> CityRanking:
    """The ranking of the districts of an office's city in the month of a day, today's by default.

    While the month runs it is for whoever sees all of them, then for all. Raises NotFoundError
    `jurisdiction-not-found`.
    """
    known.require(connection, jurisdiction_id)
    with beyond(connection):
        city = scores_city.city_of(connection, jurisdiction_id)
        zone = _zone(connection, city)
    now = datetime.now(UTC)
    period = period_of(day or now.astimezone(zone).date(), BOARD.span)
    since, until = moments(period, zone)
    kept = None
    if city is not None:
        kept = scores_rankings.published(connection, city.id, BOARD, city.code, period.since)
    withheld = city is not None and kept is None and not sees_all(connection, city)
    as_of = min(now, until)
    rows: list[dict[str, Any]] = []
    total = None
    if kept is not None:
        rows, total = kept["standings"]["rows"], kept["standings"]["total"]
        as_of = datetime.fromisoformat(kept["standings"]["as_of"])
    elif city is not None and not withheld:
        rows, total = compared_districts(
            connection, view, city, Asked(jurisdiction_id=0, since=since, until=until), as_of
        )
    state = "published" if kept else "open" if now < until else "over"
    return CityRanking(
        city=city, period=period, since=since, until=until, as_of=as_of, rows=rows, total=total,
        state=state, published_at=None if kept is None else kept["published_at"], withheld=withheld,
    )  # fmt: skip


def compared_districts(
    connection: Connection, view: ClosureView, city: City, asked: Asked, as_of: datetime
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The districts of a city by closure figures of a window, the best first, and their sums."""
    with beyond(connection):
        parts: list[Counts] = [
            count(connection, view, replace(asked, jurisdiction_id=one["id"], as_of=as_of), as_of)
            for one in city.districts
        ]
    counts = together_of(parts)
    rows = rows_beside(counts, [one["code"] for one in city.districts])
    ranked = {row["key"]: row["on_time_rate"]["fair"] for row in rows if row["due"]}
    last = last_of(ranked)
    told = [
        {
            **row, "id": one["id"], "code": one["code"], "name": one["name"],
            "people": one["people"], "rank": row["on_time_rate"]["rank"],
            "found_per_10_000_people": _per_head(row["found"], one["people"]),
            "bottom": row["key"] in last,
        }
        for row, one in zip(rows, city.districts, strict=True)
    ]  # fmt: skip
    told.sort(key=lambda row: (row["rank"] is None, row["rank"] or 0, row["code"]))
    return told, total_of(counts)


def publish_cities(
    engine: Engine,
    offices: list[int],
    view: Callable[[], ClosureView],
    now: datetime | None = None,
) -> int:
    """Freeze the rankings of the districts of cities whose months are over, each once; gives how
    many. What was missed is made up as in `scores_rankings.publish_closed`; always as of the end of
    the month, so that it does not matter when it is made."""
    with engine.connect() as connection:
        cities = scores_city.cities_of(connection, offices)
    return sum(_publish_city(engine, one, view, now or datetime.now(UTC)) for one in cities)


def _publish_city(
    engine: Engine, city_id: int, view: Callable[[], ClosureView], now: datetime
) -> int:
    made, cases = 0, None
    with acting(engine, ACTOR, action="score") as connection:
        scores_tally.hold(connection, city_id)
        city = scores_city.city_of(connection, city_id)
        begun = [
            at
            for one in (city.districts if city else ())
            if (at := scores_rankings.begun_at(connection, one["id"])) is not None
        ]
        if city is None or not begun:
            return 0
        zone = _zone(connection, city)
        due = periods_due(now, BOARD.span, zone, begun=min(begun), first=date.min)
        kept = scores_rankings.published_since(connection, city.id, due[0].since)
        for period in due:
            if (BOARD.name, city.code, period.since) in kept:
                continue
            since, until = moments(period, zone)
            asked = Asked(jurisdiction_id=0, since=since, until=until)
            cases = cases or view()
            rows, total = compared_districts(connection, cases, city, asked, until)
            told = {"as_of": until.isoformat(), "rows": rows, "total": total}
            scores_rankings.publish(
                connection, city.id, BOARD.name, city.code, period, told, through=0
            )
            made += 1
    return made


def sees_all(connection: Connection, city: City) -> bool:
    """Whether the figures of all districts of a city are for whoever asks."""
    scope = scope_on(connection)
    if scope is None or scope.everything:
        return True
    return scope.whole and all(scope.acts_in(one["id"]) for one in city.districts)


def _zone(connection: Connection, city: City | None) -> ZoneInfo:
    """That of the first of a city's offices that scores."""
    for one in city.districts if city else ():
        setting = scores.found_setting(connection, one["id"])
        if setting is not None:
            return ZoneInfo(setting.zone)
    return HOME_ZONE


def _per_head(found: int, people: int | None) -> float | None:
    return round(found / people * 10_000, 2) if people else None
