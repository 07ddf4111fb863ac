"""In which coordinate system each source of reports gives its places."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.schemas import Moment, Source
from api.services import Held, Reading
from gis.workflows.sources import doubted_sources, name_system, source_systems

router = APIRouter(tags=["sources"])


class SourceDoubt(BaseModel):
    """Of the newest `sample` single reports `inside` lie in the grids of the jurisdiction.

    `inside_then` would, were they read in `reading`: a system, or `swapped` axes.
    """

    jurisdiction_id: int
    sample: int
    inside: int
    inside_then: int
    reading: str


class SourceSystem(BaseModel):
    """A source and its system; recorded by nobody where it is WGS 84 for want of another."""

    source: str
    crs: str
    recorded_at: Moment | None
    recorded_by: str | None
    doubt: SourceDoubt | None = None


class SourceSystems(BaseModel):
    items: list[SourceSystem]


class NamedSystem(BaseModel):
    """`EPSG:4326`, `EPSG:4547`, `cgcs2000`, `gcj02`, `bd09` …"""

    model_config = ConfigDict(extra="forbid")

    crs: Annotated[str, Field(min_length=1, max_length=40)]


@router.get("/sources", response_model=SourceSystems)
def sources(held: Held, reading: Reading, check: bool = False) -> dict[str, Any]:
    """Every source of reports with the system that its places are read in if they name none.

    With `check` also the `doubt` about it: whether its single reports of late fit better in
    another. That reads some thousand reports: ask for it when somebody looks, not all the time.
    """
    doubts = doubted_sources(reading, held.locators) if check else {}
    return {
        "items": [row | {"doubt": doubts.get(row["source"])} for row in source_systems(reading)]
    }


@router.put("/sources/{source}", response_model=SourceSystems)
def put_source(held: Held, source: Source, given: NamedSystem) -> dict[str, Any]:
    """Name the system of a source for reports from now on; what came in before stays.

    422 `crs-unknown` if it is none.
    """
    name_system(held.engine, source, given.crs, actor=held.actor)
    with held.engine.connect() as connection:
        return {"items": source_systems(connection)}
