"""What the tests of drafts share: a town whose plan has units, and planners who draw."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, text

from gis.store import drafts
from gis.store.engine import acting
from gis.workflows.drafts import copy_plan
from gis.workflows.drafts_desk import Asked
from gis.workflows.drafts_editing import operate
from tests.factories import Town


@dataclass(slots=True)
class Planner:
    """Somebody who draws in a draft, as the routes do for an account."""

    engine: Engine
    plan_id: int
    name: str = "planner (p)"
    account_id: int | None = None

    def do(
        self, kind: str, *, key: uuid.UUID | None = None, base: int | None = None, **params: Any
    ):
        with self.engine.connect() as connection:
            now = drafts.version(connection, self.plan_id) if base is None else base
        asked = Asked(
            key=key or uuid.uuid4(), kind=kind, params=params, base=now, actor=self.name,
            account_id=self.account_id,
        )  # fmt: skip
        return operate(self.engine, self.plan_id, asked)

    def beside(self, name: str, account_id: int | None = None) -> Planner:
        return Planner(self.engine, self.plan_id, name, account_id)

    def working(self):
        with self.engine.connect() as connection:
            return drafts.whole(connection, self.plan_id)

    def units_of(self, *codes: str) -> list[int]:
        return self.working().members(codes)


def new_draft(engine: Engine, town: Town, name: str = "planner (p)") -> Planner:
    """A draft of the town's plan, and a planner of it."""
    with acting(engine, name, action="create") as connection:
        plan_id = copy_plan(
            connection, town.plan_id, jurisdiction_id=town.jurisdiction_id, name="Draft",
            note=None, actor=name, account_id=None,
        )  # fmt: skip
    return Planner(engine, plan_id, name)


def rows(engine: Engine, query: str, **values: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(query), values))
