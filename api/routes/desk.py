"""The dispatchers' desk: points and counts for its filters, one search, saved views."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api import permissions
from api.filters import DeskFilter
from api.schemas import IncidentRow, Line, Names, PlaceRef, RowId, not_blank
from api.services import Held, Reading
from gis.store import incidents as store
from gis.store import known, saved_views, search

router = APIRouter(prefix="/desk", tags=["desk"])
API = "/api/v1"
Name = Annotated[Line, Field(max_length=60), AfterValidator(not_blank)]
Address = Annotated[str, Field(max_length=2000, pattern=r"^[\x21-\x7e]*$")]


class Points(BaseModel):
    """`items`: id, longitude, latitude, top category, severity, open (0, 1), reported (seconds)."""

    items: list[tuple[int, float, float, str, int, int, int]]
    more: bool


class Count(BaseModel):
    """Counted so far and no further; `more`: there are."""

    count: int
    more: bool


class FoundGrid(PlaceRef):
    level: int


class FoundPerson(BaseModel):
    id: int
    name: str
    role: str | None
    grid: PlaceRef | None


class FoundDepartment(PlaceRef):
    kind: str


class FoundPlace(BaseModel):
    """A point on a street, water, park or building."""

    kind: Literal["street", "water", "building"]
    name: Names
    lon: float
    lat: float


class Found(BaseModel):
    incidents: list[IncidentRow]
    people: list[FoundPerson]
    grids: list[FoundGrid]
    departments: list[FoundDepartment]
    places: list[FoundPlace]


class NewView(BaseModel):
    """`query`: the part of the desk's address behind the question mark."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    query: Address
    shared: bool = False
    is_default: bool = False


class ViewChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    query: Address | None = None
    shared: bool | None = None
    is_default: bool | None = None


class View(BaseModel):
    id: int
    name: str
    query: str
    shared: bool
    is_default: bool
    own: bool


class Views(BaseModel):
    items: list[View]


@router.get("/points", response_model=Points)
def points(
    reading: Reading, wanted: DeskFilter, limit: Annotated[int, Query(ge=1, le=5000)] = 5000
) -> dict[str, Any]:
    """Where the newest incidents of a filter lie, for a map that must show all that a list has."""
    items, more = store.incident_points(reading, wanted, limit=limit)
    return {"items": items, "more": more}


@router.get("/count", response_model=Count)
def count(
    reading: Reading, wanted: DeskFilter, most: Annotated[int, Query(ge=1, le=10_000)] = 1000
) -> dict[str, Any]:
    """How many incidents a filter has, counted to `most`: no list of millions is read for it."""
    found, more = store.incident_count(reading, wanted, most=most)
    return {"count": found, "more": more}


@router.get("/search", response_model=Found)
def find(
    held: Held,
    reading: Reading,
    jurisdiction: RowId,
    q: Annotated[Line, Query(max_length=100)],
    limit: Annotated[int, Query(ge=1, le=20)] = 5,
) -> dict[str, Any]:
    """Cases, people, grids, departments and places by any of their names, `limit` of each.

    Of each only what the caller's roles may see.
    """
    known.require(reading, jurisdiction)
    words = q.strip()
    found: dict[str, Any] = {
        "incidents": [], "people": [], "grids": [], "departments": [], "places": [],
    }  # fmt: skip
    if not words:
        return found
    for kind, address in (("incidents", "incidents"), ("people", "people")):
        if permissions.allows(permissions.PERMISSIONS[f"GET {API}/{address}"], held.caller.roles):
            found[kind] = getattr(search, kind)(reading, jurisdiction, words, limit=limit)
    for kind in ("grids", "departments", "places"):
        found[kind] = getattr(search, kind)(reading, jurisdiction, words, limit=limit)
    return found


@router.get("/views", response_model=Views)
def views(held: Held, reading: Reading) -> dict[str, Any]:
    """The caller's own views, then those that others of the organisation share."""
    caller = held.caller
    return {"items": saved_views.views(reading, caller.account_id, caller.organisation_id)}


@router.post("/views", response_model=View, status_code=201)
def add_view(held: Held, given: NewView) -> dict[str, Any]:
    """Keep a view under a name. 409 `view-name-taken`; the default takes over from the former."""
    caller = held.caller
    with held.engine.begin() as connection:
        made = saved_views.add(
            connection, caller.account_id, caller.organisation_id, **given.model_dump()
        )
    return {"id": made, "own": True, **given.model_dump()}


@router.patch("/views/{view_id}", response_model=Views)
def change_view(held: Held, view_id: RowId, given: ViewChange) -> dict[str, Any]:
    """Change one's own view: what is not given stays. 404 `view-not-found`; gives all views."""
    caller = held.caller
    with held.engine.begin() as connection:
        saved_views.change(connection, caller.account_id, view_id, **given.model_dump())
        return {"items": saved_views.views(connection, caller.account_id, caller.organisation_id)}


@router.delete("/views/{view_id}", status_code=204)
def remove_view(held: Held, view_id: RowId) -> Response:
    """Forget one's own view. 404 `view-not-found`."""
    with held.engine.begin() as connection:
        saved_views.remove(connection, held.caller.account_id, view_id)
    return Response(status_code=204)
