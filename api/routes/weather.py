"""Daily weather: imported from files, by place, with its source and history; for forecasts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response, UploadFile
from pydantic import AfterValidator, BaseModel, Field

from api.base_data_files import Kind, Taken, take_file, template_of
from api.routes.grid_facts import SourceText, today_of
from api.schemas import Line, RowId, not_blank
from api.services import Held, Reading
from gis.files.weather import write_weather_template
from gis.store import known
from gis.store import weather as store
from gis.workflows import weather

router = APIRouter(prefix="/weather", tags=["analysis"])
PlaceText = Annotated[Line, AfterValidator(not_blank), Field(max_length=60)]


class WeatherPlace(BaseModel):
    """`days` observed, from `first` to `last`; `forecast_to`: the last day that a forecast is
    about; `sources`: there are others than the latest one."""

    place: str
    days: int
    first: date | None
    last: date | None
    forecast_to: date | None
    source: str
    sources: bool


class WeatherPlaces(BaseModel):
    items: list[WeatherPlace]


class RecordedDay(BaseModel):
    """`issued_on`: null where the day was observed. °C, mm, m/s, cm; null where not measured."""

    issued_on: date | None
    mean_c: float | None
    min_c: float | None
    max_c: float | None
    rain_mm: float | None
    wind_m_s: float | None
    snow_cm: float | None
    source: str
    recorded_at: datetime
    recorded_by: str
    file: str | None


class DayHistory(BaseModel):
    items: list[RecordedDay]


@router.get("", response_model=WeatherPlaces)
def places(reading: Reading, jurisdiction: RowId) -> dict[str, Any]:
    """Places whose weather is known, the one with the most days first."""
    return {"items": weather.places(reading, jurisdiction)}


@router.get("/history", response_model=DayHistory)
def history(
    reading: Reading,
    jurisdiction: RowId,
    place: Annotated[Line, Query(max_length=60)],
    day: date,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Everything that was recorded of a day, the observation first; by whom, when, of which file.
    The first of each day of issue counts."""
    known.require(reading, jurisdiction)
    return {"items": store.history(reading, jurisdiction, place, day, limit=limit)}


@router.get("/template", response_class=Response)
def template(kind: Kind = "xlsx") -> Response:
    """A table to fill in: a row for each place and day."""
    return template_of("weather", kind, write_weather_template)


@router.post("/import", response_model=Taken)
def import_file(
    held: Held,
    request: Request,
    file: UploadFile,
    jurisdiction: Annotated[RowId, Form()],
    place: Annotated[PlaceText | None, Form()] = None,
    source: Annotated[SourceText | None, Form()] = None,
    dry_run: Annotated[bool, Form()] = False,
    again: Annotated[bool, Form()] = False,
) -> Any:
    """Take in a table of days, whole or not at all; `place` and `source` stand in for cells that
    are empty. Days after today are forecasts, of their day of issue or of today. 422
    `base-file-refused` with every fault by row and column in `errors`; 409 `import-repeated` for a
    content that came in before, unless `again`."""
    return take_file(
        held, request, file, jurisdiction, dry_run=dry_run, again=again,
        run=lambda asked, path, report: weather.import_weather(
            held.engine, asked, path, place=place, source=source, today=today_of(held),
            report=report,
        ),
    )  # fmt: skip
