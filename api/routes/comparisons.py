"""Two plans of a jurisdiction side by side."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api import review_schemas as schemas
from api.errors import language_of
from api.schemas import RowId
from api.services import CallerServices, Held, OpenHeld
from gis.errors import WanggeError
from gis.messages import translate
from gis.store import comparison
from gis.store.engine import acting
from gis.store.scope import reading
from gis.workflows import compare, compare_effects
from gis.workflows.publishing import settled

router = APIRouter(tags=["comparisons"])
Level = Annotated[int, Query(ge=1, le=3)]


@router.get("/plans/{a}/compare/{b}", response_model=schemas.Comparison)
def compare_plans(held: Held, a: RowId, b: RowId, level: Level = 3) -> dict[str, Any]:
    """What plan `b` has otherwise than plan `a`, in force or not: people and units that are in
    another grid, and each grid of that level before and after."""
    _settle(held, a, b)
    with reading(held.engine) as connection:
        return asdict(compare.compare(connection, a, b, level=level))


@router.get("/plans/{a}/compare/{b}/moved")
def moved_land(held: Held, a: RowId, b: RowId, level: Level = 3) -> Response:
    """The land that is in another grid, as GeoJSON: a polygon for each pair of grids, with `from`,
    `to`, `units`, `people` and `area_m2`."""
    _settle(held, a, b)
    with reading(held.engine) as connection:
        found = compare.moved_land(connection, a, b, level=level)
    return Response(found, media_type="application/geo+json")


@router.get("/plans/{a}/compare/{b}/effects", response_model=schemas.Effects)
def effects(request: Request, held: Held, own: OpenHeld, a: RowId, b: RowId) -> dict[str, Any]:
    """What becomes of open incidents, posts and people, by the grids that would own them; where
    `a` is in force and `b` a draft, also exactly as publishing it would."""
    _settle(held, a, b)
    with reading(held.engine) as connection:
        found = compare_effects.effects(connection, held.locators, a, b)
        plans = comparison.plans(connection, (a, b))
    exact = None
    # Counts of the whole jurisdiction are for who sees the whole.
    if held.caller.scope.whole or held.caller.scope.everything:
        exact = compare_effects.exactly(own.engine, *plans)
    told: dict[str, Any] = {"exact": None, "refused": None}
    if isinstance(exact, WanggeError):
        told["refused"] = translate(exact.code, language_of(request), exact.params)
    elif exact is not None:
        told["exact"] = compare_effects.told(exact)
    return {**asdict(found), **told}


def _settle(held: CallerServices, *plan_ids: int) -> None:
    """Derive the grids of drafts that are compared, if they are not: each by itself, so that nobody
    who holds one waits for the other."""
    with reading(held.engine) as connection:
        comparison.plans(connection, plan_ids)
    for plan_id in plan_ids:
        with acting(held.engine, held.actor, action="settle") as connection:
            settled(connection, plan_id)
