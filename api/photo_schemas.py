"""Photos as HTTP carries them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel


class Reading(BaseModel):
    """What the camera wrote, taken as of the system `crs`: where that is in WGS 84."""

    crs: Literal["EPSG:4326", "gcj02"]
    lon: float
    lat: float


class CameraPlace(BaseModel):
    """Where the camera says that it stood. Two `readings` where it does not say in which system it
    wrote: the likelier first; whoever knows the place chooses."""

    readings: list[Reading]
    direction_deg: float | None
    error_m: float | None


class Photo(BaseModel):
    """A photo. Its links end after an hour or two; ask again for fresh ones."""

    id: int
    width: int
    height: int
    bytes: int
    taken_at: datetime | None
    uploaded_at: datetime
    stage: str | None
    supplement_id: int | None
    url: str
    preview_url: str


class SentPhoto(Photo):
    """A photo just sent, with the place that the camera wrote: it is offered here, kept only until
    the photo is used, and not in the stored picture."""

    place: CameraPlace | None


class Photos(BaseModel):
    items: list[Photo]


Size = Literal["full", "small"]
Until = Annotated[int, Query(ge=0, le=2**40)]
Signature = Annotated[str, Query(min_length=1, max_length=64)]
