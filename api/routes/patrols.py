"""Patrols: plans, rounds with their tracks, and which streets were walked."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Response, UploadFile
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from api.base_data_files import MOST_BYTES
from api.routes.grid_facts import AfterCode, BasicCode, Level, Limit, PrefixCode, today_of
from api.routes.visits import LAST_ID, Made
from api.rule_schemas import Body, Id
from api.schemas import Coordinate, Line, Names, RowId, not_blank
from api.services import CallerServices, Held, Reading
from gis.errors import TooLargeError, WanggeError
from gis.files.tracks import points_of, read_track
from gis.store import known
from gis.store import patrols as store
from gis.workflows import patrols

router = APIRouter(tags=["base data"])
MOST_PHONE_POINTS = 20_000
SIMPLE_DEG = 1e-5  # about a metre
DEFAULT_DAYS = 30

Crs = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Weekday = Annotated[int, Field(strict=True, ge=1, le=7)]
Duty = Annotated[Line, AfterValidator(not_blank), Field(max_length=200)]


class PhonePoint(Body):
    """`at`: seconds since 1970; `accuracy_m`: within which the device believes to be."""

    lon: Coordinate
    lat: Coordinate
    at: Annotated[float, Field(ge=0, le=4e9, allow_inf_nan=False)]
    accuracy_m: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


class NewPatrol(Body):
    """A round from the phone. `crs`: what the device reports in; browsers say EPSG:4326."""

    jurisdiction: Id
    grid_code: BasicCode
    crs: Crs
    points: Annotated[list[PhonePoint], Field(min_length=2, max_length=MOST_PHONE_POINTS)]
    key: UUID | None = None


class Patrol(BaseModel):
    """`dropped` of the points were cleaned away. `duty`: of the plan it belongs to. `has_track`:
    its track is still kept, and the caller may see it. `finds`: cases found on it."""

    id: int
    grid_code: str
    walker: str
    source: Literal["phone", "file"]
    crs: str
    day: date
    started_at: datetime
    ended_at: datetime
    points: int
    dropped: int
    length_m: float
    inside_s: float
    within_m: float
    walked_m: float
    streets_m: float
    recorded_at: datetime
    duty: str | None
    has_track: bool
    finds: int


class Patrols(BaseModel):
    items: list[Patrol]
    next: int | None


class Find(BaseModel):
    """`person_id`: whose find it is, where the account is a person's."""

    id: int
    serial: str
    category_code: str
    title: str
    stage: str
    found_at: datetime
    person_id: int | None
    person_name: str | None


class Finds(BaseModel):
    items: list[Find]


class Track(BaseModel):
    """Lines of longitude and latitude in WGS 84, simplified to about a metre."""

    lines: list[list[tuple[float, float]]]


class Figures(BaseModel):
    """`planned` rounds, `done` of them, `rounds` in all, `finds` of cases on them; `walked_m` of
    the `streets_m` of all `measured` basic grids, `cut_m` of them in the `cut` ones in which
    anybody has ever patrolled."""

    code: str
    name: Names | None
    grids: int
    planned: int
    done: int
    rounds: int
    inside_s: float
    length_m: float
    walked_m: float
    streets_m: float
    measured: int
    cut_m: float
    cut: int
    finds: int


class FiguresTable(BaseModel):
    items: list[Figures]
    next: str | None
    total: Figures | None


def days(held: CallerServices, since: date | None, until: date | None) -> dict[str, date]:
    """The days that are asked about: the last thirty without any."""
    end = until or today_of(held)
    before = min(timedelta(days=DEFAULT_DAYS - 1), end - date.min)
    return {"since": since or end - before, "until": end}


@router.get("/patrols", response_model=Patrols)
def listed(
    held: Held,
    reading: Reading,
    jurisdiction: RowId,
    grid: AfterCode = "",
    since: date | None = None,
    until: date | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: RowId = LAST_ID,
) -> dict[str, Any]:
    """Rounds in a grid of any level, the newest first."""
    known.require(reading, jurisdiction)
    rows = store.listed(
        reading, jurisdiction, grid=grid, limit=limit + 1, before=before,
        **days(held, since, until),
    )  # fmt: skip
    items = rows[:limit]
    return {"items": items, "next": items[-1]["id"] if len(rows) > limit else None}


@router.get("/patrols/coverage", response_model=FiguresTable)
def coverage(
    held: Held,
    reading: Reading,
    jurisdiction: RowId,
    since: date | None = None,
    until: date | None = None,
    level: Level = 1,
    parent: PrefixCode = "",
    after: AfterCode = "",
    limit: Limit = 200,
) -> dict[str, Any]:
    """What was planned and walked in the last thirty days, or in others, by grid of a level."""
    return patrols.patrol_table(
        reading, jurisdiction, level=level, parent=parent, after=after, limit=limit,
        time_zone=held.settings.time_zone, **days(held, since, until),
    )  # fmt: skip


@router.get("/patrols/streets")
def streets(
    held: Held,
    reading: Reading,
    jurisdiction: RowId,
    grid: BasicCode,
    since: date | None = None,
    until: date | None = None,
) -> dict[str, Any]:
    """The streets of a basic grid as GeoJSON: walked in these days, and not."""
    return patrols.walked_streets(
        reading, jurisdiction, grid, time_zone=held.settings.time_zone, **days(held, since, until)
    )


@router.get("/patrols/{patrol_id}/track", response_model=Track)
def track(reading: Reading, patrol_id: RowId) -> dict[str, Any]:
    """Where a round went: for whoever walked it, and for leaders and dispatchers of its grid."""
    return {"lines": store.track(reading, patrol_id, SIMPLE_DEG)}


@router.get("/patrols/{patrol_id}/finds", response_model=Finds)
def finds(reading: Reading, patrol_id: RowId) -> dict[str, Any]:
    """The cases that were found on a round and that the caller may see, with who found them."""
    store.require(reading, patrol_id)
    return {"items": store.found_on(reading, patrol_id)}


@router.post("/patrols", response_model=Made, status_code=201)
def take(held: Held, given: NewPatrol, response: Response) -> dict[str, Any]:
    """Take in a round from the phone; 200 with the same id for a key that came before."""
    rows = [
        (p.lon, p.lat, p.at, float("nan") if p.accuracy_m is None else p.accuracy_m)
        for p in given.points
    ]
    new = _new(held, given.jurisdiction, given.grid_code, "phone", given.crs, given.key)
    patrol_id, fresh = patrols.take_patrol(held.engine, new, [points_of(rows)])
    response.status_code = 201 if fresh else 200
    return {"id": patrol_id}


@router.post("/patrols/import", response_model=Made, status_code=201)
def import_track(
    held: Held,
    response: Response,
    file: UploadFile,
    jurisdiction: Annotated[RowId, Form()],
    grid_code: Annotated[str, Form(pattern=r"^\d{15}$")],
    crs: Annotated[str, Form(min_length=1, max_length=60)],
    key: Annotated[UUID | None, Form()] = None,
) -> dict[str, Any]:
    """Take in a track from GPX, GeoJSON or CSV, whose coordinate system is named: EPSG:4326 (of
    satellites), gcj02 (domestic maps), bd09. Times without an offset are the office's."""
    name = Path(file.filename or "track.gpx").name
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / f"track{Path(name).suffix.lower()[:10]}"
        size = 0
        with saved.open("wb") as target:
            while block := file.file.read(1 << 20):
                size += len(block)
                if size > MOST_BYTES:
                    raise TooLargeError("base-file-too-large", limit=MOST_BYTES // 1_000_000)
                target.write(block)
        new = _new(held, jurisdiction, grid_code, "file", crs, key)
        blocks = read_track(saved, ZoneInfo(held.settings.time_zone))
        try:
            patrol_id, fresh = patrols.take_patrol(held.engine, new, blocks)
        except WanggeError as error:
            if "file" in error.params:  # the user knows it by its name
                error.params["file"] = name
            raise
    response.status_code = 201 if fresh else 200
    return {"id": patrol_id}


def _new(
    held: CallerServices, jurisdiction: int, grid: str, source: str, crs: str, key: UUID | None
) -> patrols.NewPatrol:
    return patrols.NewPatrol(
        jurisdiction_id=jurisdiction, grid_code=grid, walker=held.caller.name[:100],
        source=source, crs=crs, key=key, time_zone=held.settings.time_zone,
        now=datetime.now(UTC) + timedelta(minutes=10), actor=held.actor,
    )  # fmt: skip
