"""Web hooks: for administrators, each in their own tree."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.routes.accounts import Organisation, administrator
from api.routes.notices import Delivery, Marked
from api.schemas import Line, RowId, not_blank
from api.services import CallerServices, Held
from gis.errors import NotFoundError
from gis.incidents.notices import KINDS
from gis.store import web_hooks as store
from gis.workflows import web_hooks
from gis.workflows.account_changes import Administrator
from gis.workflows.web_hook_networks import Reach

router = APIRouter(tags=["web hooks"])
Name = Annotated[Line, AfterValidator(not_blank), Field(min_length=1, max_length=100)]
Address = Annotated[str, Field(min_length=1, max_length=2000)]
Kinds = Annotated[
    list[Annotated[str, Field(max_length=40)]], Field(min_length=1, max_length=len(KINDS))
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class HookValues(_Body):
    name: Name
    url: Address
    kinds: Kinds
    paused: Annotated[bool, Field(strict=True)] = False


class NewHook(_Body):
    organisation_id: Annotated[RowId, Field(strict=True)]
    name: Name
    url: Address
    kinds: Kinds


class Hook(BaseModel):
    """`waiting`, `given_up`: how many deliveries wait to be made, and how many never were."""

    id: int
    name: str
    url: str
    kinds: list[str]
    paused: bool
    organisation: Organisation
    recorded_at: datetime
    recorded_by: str
    waiting: int
    given_up: int


class Hooks(BaseModel):
    items: list[Hook]
    all_kinds: list[str]


class Made(BaseModel):
    """`secret` is told only now: with it the receiver checks signatures."""

    hook: Hook
    secret: str


class Deliveries(BaseModel):
    """`next`: `before` of the next page; None on the last."""

    items: list[Delivery]
    next: int | None


def _by(held: Held) -> Administrator:
    return administrator(held)


By = Annotated[Administrator, Depends(_by)]


def _engine(held: CallerServices) -> Any:
    """Secrets are the owner's to read; what an administrator may is checked by the tree."""
    return held.callers.engine


def _reach(held: CallerServices) -> Reach:
    return Reach.read(held.settings.web_hook_networks)


@router.get("/web-hooks", response_model=Hooks)
def listed(held: Held, by: By) -> dict[str, Any]:
    """The web hooks of the own tree."""
    with _engine(held).connect() as connection:
        return {"items": store.hooks(connection, by.within), "all_kinds": list(KINDS)}


@router.post("/web-hooks", response_model=Made, status_code=201)
def add(held: Held, by: By, body: NewHook) -> dict[str, Any]:
    """Keep a web hook. It hears of cases in its organisation's tree, a department's of what the
    department is told."""
    hook, secret = web_hooks.add_hook(_engine(held), by, reach=_reach(held), **body.model_dump())
    return {"hook": hook, "secret": secret}


@router.put("/web-hooks/{hook_id}", response_model=Hook)
def change(held: Held, by: By, hook_id: RowId, body: HookValues) -> dict[str, Any]:
    """Change a web hook, or let it rest: what it was to hear waits meanwhile, what happens while it
    rests is not kept for it."""
    return web_hooks.change_hook(
        _engine(held), hook_id, by, reach=_reach(held), **body.model_dump()
    )


@router.delete("/web-hooks/{hook_id}", status_code=204)
def end(held: Held, by: By, hook_id: RowId) -> Response:
    """End a web hook; what waits for it is given up."""
    web_hooks.end_hook(_engine(held), hook_id, by)
    return Response(status_code=204)


@router.post("/web-hooks/{hook_id}/test", response_model=Marked, status_code=202)
def test(held: Held, by: By, hook_id: RowId) -> dict[str, int]:
    """Have a web hook called without anything to tell, a few times an hour."""
    key = f"account {held.caller.account_id}"
    held.tests.take(key)
    try:
        web_hooks.test_hook(_engine(held), hook_id, by)
    except NotFoundError:
        held.tests.give_back(key)
        raise
    return {"marked": 1}


@router.get("/web-hooks/{hook_id}/deliveries", response_model=Deliveries)
def deliveries(
    held: Held,
    by: By,
    hook_id: RowId,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    before: Annotated[RowId | None, Query()] = None,
) -> dict[str, Any]:
    """The calls of a web hook and what became of them, the newest first."""
    with _engine(held).connect() as connection:
        rows = web_hooks.deliveries(connection, hook_id, by.within, before=before, limit=limit + 1)
    return {
        "items": [{**row, "key": str(row["key"])} for row in rows[:limit]],
        "next": rows[limit - 1]["id"] if len(rows) > limit else None,
    }


@router.post(
    "/web-hooks/{hook_id}/deliveries/{delivery_id}/retry", response_model=Marked, status_code=202
)
def retry(held: Held, by: By, hook_id: RowId, delivery_id: RowId) -> dict[str, int]:
    """Have a call that was given up made again now."""
    return {"marked": web_hooks.try_again(_engine(held), hook_id, by, delivery_id=delivery_id)}


@router.post("/web-hooks/{hook_id}/retry", response_model=Marked, status_code=202)
def retry_all(held: Held, by: By, hook_id: RowId) -> dict[str, int]:
    """Have every call that was given up made again now."""
    return {"marked": web_hooks.try_again(_engine(held), hook_id, by)}
