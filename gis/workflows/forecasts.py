"""What is coming: incidents by category and place in the weeks to come, and what rose unusually."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from gis.errors import InputError
from gis.hotspots.panel import number_text
from gis.incidents.calendars import OfficeCalendar
from gis.messages import translate
from gis.store import deadlines, incidents
from gis.store.grid_names import grid_names
from gis.store.incident_filter import IncidentFilter
from gis.workflows.analysis import LeaderView
from gis.workflows.boundaries import Boundaries, Counted
from gis.workflows.forecast_words import how_good, weather_told
from gis.workflows.periods import midnight
from gis.workflows.weather import Told, weather_of

if TYPE_CHECKING:
    from gis.hotspots.forecast import Forecast, Rise
    from gis.hotspots.weather import Weather

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
AHEAD, MOST_WEEKS, SHOWN_WEEKS, LEAST_WEEKS = 4, 156, 26, 41
# The quietest series of a large city are left out: a forecast of theirs is a number near zero.
MOST_SERIES, MOST_ITEMS = 1500, 300
DIGITS = {0: 0, 1: 9, 2: 12, 3: 15}
LEVEL = 0.8  # of the counts shall lie within the interval


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Made:
    """Series by top category and code of the place, their counts (n, weeks), and what is made of
    them. With weather: `weather` as it was used, None if there was too little of it, and `plain`,
    what would be said without."""

    tops: Ints
    codes: Ints
    counts: Floats
    left_out: int
    forecast: Forecast
    rises: list[Rise]
    plain: Forecast | None = None
    weather: Weather | None = None


def forecast_of(
    connection: Connection, view: LeaderView, wanted: IncidentFilter, *, level: int,
    time_zone: str, language: str, boundaries: Boundaries = "now", weather: bool = False,
    weather_place: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Counts of the four weeks after the last whole one before `until` (now), by top category and
    grid of a level (0: the whole jurisdiction), with intervals and their error on the past.

    Learnt from up to three years; `since` is not asked. Known beforehand are the season and the
    days off of the office's calendar. `ready` is False while the first answer is being made,
    `too_short` below 41 weeks of records. With `weather` (of a place, by default of the one with
    the most days) it is told whether that helped. Raises as `LeaderView.counted` does, and
    InputError `weather-place-unknown`.
    """
    zone = ZoneInfo(time_zone)
    today = (wanted.until or datetime.now(UTC)).astimezone(zone).date()
    end = today - timedelta(days=today.weekday())
    calendar = deadlines.calendar_in_force(connection, wanted.jurisdiction_id)
    tree = {row["code"]: row for row in incidents.categories(connection) if len(row["code"]) == 2}
    tops = np.array(sorted(int(code) for code in tree), np.int64)
    sky = None
    if weather:
        now = datetime.now(UTC).astimezone(zone).date()
        sky = weather_of(connection, wanted.jurisdiction_id, weather_place, min(today, now))
    with view.counted(connection, wanted, boundaries, per_grid=level > 0) as counted:
        whole = counted.narrowed(since=None, until=None)
        first = whole.earliest()
        weeks = min(_whole_weeks(first, end, zone), MOST_WEEKS)
        starts = [end + timedelta(days=7 * at) for at in range(-weeks, AHEAD)]
        if weeks < LEAST_WEEKS:
            return _answer(level, too_short=True, weeks=starts)
        edges = np.array([midnight(day, zone) for day in [*starts[:weeks], end]], np.int64)
        asked = ("forecast", wanted.jurisdiction_id, level, end, weeks, calendar and calendar[0],
                 whole.question)  # fmt: skip
        key = (*asked, sky and (sky.place, sky.version, sky.today))
        plain = view.prepared.known((*asked, None), whole.changes) if sky else None
        answer = view.prepared.begin(
            key, whole.changes,
            lambda: _job(whole, edges, DIGITS[level], tops, starts, calendar and calendar[1], sky,
                         plain),
        )  # fmt: skip
    found = answer()  # with the columns let go
    if found is None:
        return _answer(level, weeks=starts)
    made: Made | None = found.value
    if made is None:  # nothing was ever reported that passes
        return _answer(level, weeks=starts, at=found.at)
    names = grid_names(
        connection, wanted.jurisdiction_id, [_code(code, level) for code in set(made.codes)]
    )
    told = _told(made, level, starts, found.at, tree, names, language)
    if weather:
        told["weather"] = weather_told(sky, made.weather, made.forecast, made.plain, language)
    return told


def _job(
    counted: Counted, edges: Ints, digits: int, tops: Ints, starts: list[date],
    calendar: OfficeCalendar | None, sky: Told | None = None, known: Made | None = None,
) -> Callable[[], Made | None]:  # fmt: skip
    codes, counts = counted.series(edges, digits, tops)
    top, place = np.nonzero(counts.sum(axis=2))
    rows = counts[top, place].astype(np.float64)
    busiest = np.sort(np.argsort(-rows.sum(axis=1), kind="stable")[:MOST_SERIES])
    season = np.array([((day + timedelta(days=3)).timetuple().tm_yday - 1) / 365.25
                       for day in starts])  # fmt: skip
    off = _days_off(starts, calendar)

    def make() -> Made | None:
        from gis.hotspots.forecast import forecast, history, unusual_rises

        if not len(busiest):
            return None
        _, group = np.unique(top[busiest], return_inverse=True)
        given = history(rows[busiest], season, group=group, regressors=off)
        plain = forecast(given, level=LEVEL) if known is None else known.forecast
        told, weather = plain, None if sky is None else sky.weeks(starts, AHEAD)
        if weather is not None:
            try:
                knowing = history(rows[busiest], season, group=group, regressors=off,
                                  weather=weather)  # fmt: skip
                told = forecast(knowing, level=LEVEL)
            except InputError:  # too little weather
                weather = None
        return Made(
            tops=tops[top[busiest]],
            codes=codes[place[busiest]],
            counts=rows[busiest],
            left_out=len(rows) - len(busiest),
            forecast=told,
            rises=unusual_rises(given) if known is None else known.rises,
            plain=plain,
            weather=weather,
        )

    return make


def _days_off(starts: list[date], calendar: OfficeCalendar | None) -> Floats:
    """Holidays and make-up working days of each week (2, w), beside its weekends."""
    if calendar is None:
        return np.zeros((0, len(starts)))
    kinds = [
        [special.kind for n in range(7)
         if (special := calendar.days.get(start + timedelta(days=n))) is not None]
        for start in starts
    ]  # fmt: skip
    rows = [[float(week.count(kind)) for week in kinds] for kind in ("holiday", "make_up")]
    return np.array([row for row in rows if any(row)]).reshape(-1, len(starts))


def _whole_weeks(first: datetime | None, end: date, zone: ZoneInfo) -> int:
    """Weeks before `end` that began after the first incident."""
    if first is None:
        return 0
    return max((end - first.astimezone(zone).date()).days // 7, 0)


def _answer(
    level: int, *, weeks: list[date], too_short: bool = False, at: datetime | None = None
) -> dict[str, Any]:
    known = max(len(weeks) - AHEAD, 0)
    return {
        "ready": too_short or at is not None, "too_short": too_short, "at": at, "level": level,
        "interval": LEVEL, "past_weeks": weeks[:known][-SHOWN_WEEKS:], "weeks": weeks[known:],
        "tried": [], "items": [], "rises": [], "left_out": 0, "says": "", "weather": None,
    }  # fmt: skip


def _told(
    made: Made, level: int, starts: list[date], at: datetime, tree: dict[str, Any],
    names: dict[str, Any], language: str,
) -> dict[str, Any]:  # fmt: skip
    coming = made.forecast

    def series(at: int) -> dict[str, Any]:
        code = _code(made.codes[at], level)
        return {"category": f"{made.tops[at]:02d}", "code": code or None, "name": names.get(code)}

    order = np.argsort(-coming.mean[:, 0], kind="stable")[:MOST_ITEMS].tolist()
    tried = [
        {"ahead": one.ahead, "weeks": one.weeks, "error": one.error,
         "naive_error": one.naive_error, "within": one.within}
        for one in coming.tried
    ]  # fmt: skip
    return _answer(level, weeks=starts, at=at) | {
        "tried": tried,
        "says": how_good(coming.tried[0], language),
        "left_out": made.left_out,
        "items": [
            series(one)
            | {
                "past": made.counts[one, -SHOWN_WEEKS:].astype(int).tolist(),
                "mean": coming.mean[one].round(2).tolist(),
                "low": coming.low[one].astype(int).tolist(),
                "high": coming.high[one].astype(int).tolist(),
            }
            for one in order
        ],
        "rises": [
            series(rise.series)
            | {
                "count": round(rise.count),
                "expected": rise.expected,
                "p": rise.p,
                "says": translate("forecast-rise", language, {
                    "number": number_text(rise.count, language),
                    "expected": number_text(rise.expected, language,
                                            places=int(rise.expected < 10)),
                }),
            }
            for rise in made.rises
        ],
    }  # fmt: skip


def _code(code: int, level: int) -> str:
    return f"{code:0{DIGITS[level]}d}" if level else ""
