"""What is said of a forecast: by how much it was wrong so far, and whether the weather helped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from babel.dates import format_date

from gis.hotspots.panel import number_text
from gis.messages import translate
from gis.workflows.weather import Told, week_words

if TYPE_CHECKING:
    from gis.hotspots.forecast import Forecast, Tried
    from gis.hotspots.weather import Weather

DATES = {"zh-CN": "y年M月d日", "en": "d MMM y"}


def how_good(tried: Tried, language: str) -> str:
    """The error on the past beside that of last year's number."""
    params = {
        "weeks": tried.weeks,
        "error": _error(tried.error, language),
        "naive": _error(tried.naive_error, language),
        "within": number_text(100 * tried.within, language),
    }
    return translate("forecast-tried", language, params)


def weather_told(
    sky: Told | None, weather: Weather | None, told: Forecast, plain: Forecast | None, language: str
) -> dict[str, Any]:
    """What weather was used and whether it helped, or why none was."""
    from gis.hotspots.forecast import gain

    answer: dict[str, Any] = {
        "used": False, "helped": None, "place": None, "source": None, "first": None, "last": None,
        "measures": [], "tried": [], "coming": [], "says": "",
    }  # fmt: skip
    if sky is None:
        return answer | {"says": translate("forecast-weather-none", language)}
    answer |= {"place": sky.place, "source": sky.source, "first": sky.first, "last": sky.last}
    params: dict[str, Any] = {
        "place": sky.place, "first": _day(sky.first, language), "last": _day(sky.last, language),
    }  # fmt: skip
    if weather is None or plain is None:
        return answer | {"says": translate("forecast-weather-short", language, params)}
    verdict = gain(told.tried[0], plain.tried[0])
    coming = [week_words(weather, ahead + 1) for ahead in range(weather.expected.shape[2])]
    params |= {
        "error": _error(told.tried[0].error, language),
        "plain": _error(plain.tried[0].error, language),
        "naive": _error(plain.tried[0].naive_error, language),
        "exact": _error(told.tried[0].error_exact or 0.0, language),
        "weeks": sum(one["forecast"] for one in coming),
        "all": len(coming),
    }
    by = "forecast" if params["weeks"] else "normal"
    said = [f"forecast-weather-{verdict}", "forecast-weather-exact", f"forecast-weather-by-{by}"]
    return answer | {
        "used": True,
        "helped": verdict,
        "measures": list(weather.names),
        "tried": [
            {"ahead": one.ahead, "error": one.error, "plain_error": other.error,
             "exact_error": one.error_exact, "naive_error": one.naive_error}
            for one, other in zip(told.tried, plain.tried, strict=True)
        ],
        "coming": coming,
        "says": (" " if language == "en" else "").join(
            translate(code, language, params) for code in said
        ),
    }  # fmt: skip


def _error(value: float, language: str) -> str:
    return number_text(value, language, places=2 if value < 1 else 1)


def _day(day: Any, language: str) -> str:
    return format_date(day, DATES[language], locale=language.replace("-", "_"))
