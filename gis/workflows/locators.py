"""The locators of the plans in force, kept by each process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from gis.routing.locator import Locator, warm
from gis.store import responsibility
from gis.store.responsibility import plans_in_force

KEPT_PLANS = 64  # a city has some tens of jurisdictions, each with a plan in force


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLocator:
    """A plan's locator, with the row ids of its basic grids in the order of `locator.codes`."""

    locator: Locator
    grid_ids: tuple[int, ...]


class Locators:
    """Locators by plan, built on first use. A plan in force is frozen, so none goes stale.

    A process that has not heard of a new plan asks for it by its id, and so cannot route by the
    old one: the id comes from the database, in the transaction that stores the incident.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[int, PlanLocator] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, connection: Connection, plan_id: int) -> PlanLocator:
        """The locator of a published plan."""
        with self._lock:
            if plan_id in self._kept:
                self._kept.move_to_end(plan_id)
                return self._kept[plan_id]
            polygons, codes, ids = responsibility.basic_grids(connection, plan_id)
            made = PlanLocator(locator=Locator.build(polygons, codes), grid_ids=tuple(ids))
            self._kept[plan_id] = made
            while len(self._kept) > KEPT_PLANS:
                self._kept.popitem(last=False)
            return made

    def warm(self, engine: Engine) -> None:
        """Compile, and build the locators of the plans in force, before the first request."""
        warm()
        try:
            with engine.connect() as connection:
                for plan in plans_in_force(connection):
                    self.get(connection, plan.plan_id)
        except SQLAlchemyError:
            return  # the first request will build them, once the database answers
