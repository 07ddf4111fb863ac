"""In which coordinate system each source of reports gives its places."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.schemas import Moment, Source
from api.services import Held, Reading
from gis.workflows.sources import name_system, source_systems

router = APIRouter(tags=["sources"])


class SourceSystem(BaseModel):
    """A source and its system; recorded by nobody where it is WGS 84 for want of another."""

    source: str
    crs: str
    recorded_at: Moment | None
    recorded_by: str | None


class SourceSystems(BaseModel):
    items: list[SourceSystem]


class NamedSystem(BaseModel):
    """`EPSG:4326`, `EPSG:4547`, `cgcs2000`, `gcj02`, `bd09` …"""

    model_config = ConfigDict(extra="forbid")

    crs: Annotated[str, Field(min_length=1, max_length=40)]


@router.get("/sources", response_model=SourceSystems)
def sources(reading: Reading) -> dict[str, Any]:
    """Every source of reports with the system that its places are read in if they name none."""
    return {"items": source_systems(reading)}


@router.put("/sources/{source}", response_model=SourceSystems)
def put_source(held: Held, source: Source, given: NamedSystem) -> dict[str, Any]:
    """Name the system of a source for reports from now on; what came in before stays.

    422 `crs-unknown` if it is none.
    """
    name_system(held.engine, source, given.crs, actor="dispatcher")
    with held.engine.connect() as connection:
        return {"items": source_systems(connection)}
