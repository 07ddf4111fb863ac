"""Jurisdictions, plans and grids."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api import schemas
from api.schemas import GridCode, RowId
from api.services import Reading
from gis.store import known
from gis.store import plans as store

router = APIRouter(tags=["plans"])


@router.get("/jurisdictions", response_model=schemas.Jurisdictions)
def jurisdictions(reading: Reading) -> dict[str, Any]:
    """Organisations that own plans, the highest first."""
    return {"items": store.jurisdictions(reading)}


@router.get("/plans", response_model=schemas.Plans)
def plans(reading: Reading, jurisdiction: RowId) -> dict[str, Any]:
    """Every plan of a jurisdiction, the newest first."""
    known.require(reading, jurisdiction)
    return {"items": store.plans(reading, jurisdiction)}


@router.get("/plans/{plan_id}", response_model=schemas.Plan)
def plan(reading: Reading, plan_id: RowId) -> dict[str, Any]:
    """One plan and its measures."""
    return store.plan(reading, plan_id)


@router.get("/plans/{plan_id}/grids", response_model=schemas.Grids)
def grids(
    reading: Reading,
    plan_id: RowId,
    level: Annotated[int, Query(ge=1, le=3)] = 3,
    limit: Annotated[int, Query(ge=1, le=5000)] = 2000,
    after: GridCode | None = None,
) -> dict[str, Any]:
    """Grids of one level, by code; their shapes come as tiles. `next` is what to send as `after`.

    It is null on the last page.
    """
    items, following = store.grids(reading, plan_id, level, limit=limit, after=after)
    return {"items": items, "next": following}


@router.get("/grids/{grid_id}", response_model=schemas.GridDetail)
def grid(reading: Reading, grid_id: RowId) -> dict[str, Any]:
    """One grid, its posts, and the chain above it."""
    return store.grid(reading, grid_id, datetime.now(UTC))
