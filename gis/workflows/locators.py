"""The locators of the plans in force, kept by each process."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from gis.errors import WanggeError
from gis.routing.locator import Locator, warm
from gis.routing.query import NO_GRID
from gis.store import responsibility
from gis.store.responsibility import plans_in_force
from gis.workflows.ruling import RuleBooks

KEPT_PLANS = 64  # a city has some tens of jurisdictions, each with a plan in force
MOST_CHANGED = 0.2  # beyond this share of the grids a locator is built anew


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLocator:
    """A plan's locator, with the row ids of its basic grids in the order of `locator.codes`."""

    locator: Locator
    grid_ids: tuple[int, ...]

    def positions(self, codes: Sequence[str | None]) -> npt.NDArray[np.int32]:
        """Where basic grids stand in `locator.codes`, which ascend; -1 for none of this plan."""
        known = self.locator.codes
        places = [bisect_left(known, code) if code is not None else len(known) for code in codes]
        return np.array(
            [
                at if at < len(known) and known[at] == code else NO_GRID
                for at, code in zip(places, codes, strict=True)
            ],
            np.int32,
        )


class Locators:
    """Locators by plan, built on first use. A plan in force is frozen, so none goes stale.

    A process that has not heard of a new plan asks for it by its id, and so cannot route by the
    old one: the id comes from the database, in the transaction that stores the incident. A plan
    that changes few grids of one that is kept takes some milliseconds, whatever its size.
    """

    def __init__(self) -> None:
        self.books = RuleBooks()  # what else routing keeps
        self._kept: OrderedDict[int, PlanLocator] = OrderedDict()
        self._lock = threading.Lock()
        self._building = threading.Lock()

    def get(self, connection: Connection, plan_id: int) -> PlanLocator:
        """The locator of a plan that is or was in force. Of a draft only where none else asks."""
        found = self._find(plan_id)
        if found is None:
            with self._building:  # whoever routes by another plan does not wait
                found = self._find(plan_id)
                if found is None:
                    found = self._made(*responsibility.basic_grids(connection, plan_id))
                    self._keep(plan_id, found)
        return found

    def follow(self, engine: Engine) -> None:
        """Build what is in force and not kept, so that no report waits for it."""
        try:
            with engine.connect() as connection:
                for plan in plans_in_force(connection):
                    self.get(connection, plan.plan_id)
        except (SQLAlchemyError, WanggeError):
            return  # the first request will build them, once the database answers, or tell why not

    def warm(self, engine: Engine) -> None:
        """Compile, and build the locators of the plans in force, before the first request."""
        warm()
        self.follow(engine)

    def holds(self, plan_id: int) -> bool:
        """Whether a plan's locator is ready."""
        return self._find(plan_id) is not None

    def _find(self, plan_id: int) -> PlanLocator | None:
        with self._lock:
            if plan_id in self._kept:
                self._kept.move_to_end(plan_id)
            return self._kept.get(plan_id)

    def _keep(self, plan_id: int, made: PlanLocator) -> None:
        with self._lock:
            self._kept[plan_id] = made
            while len(self._kept) > KEPT_PLANS:
                self._kept.popitem(last=False)

    def _made(self, polygons: list[Any], codes: list[str], ids: list[int]) -> PlanLocator:
        locator = self._edited(polygons, codes) or Locator.build(polygons, codes)
        return PlanLocator(locator=locator, grid_ids=tuple(ids))

    def _edited(self, polygons: list[Any], codes: list[str]) -> Locator | None:
        """A kept locator of the same codes with the few grids exchanged that differ; else None."""
        with self._lock:
            kept = [former.locator for former in reversed(self._kept.values())]
        for former in kept:
            if codes and list(former.codes) == codes:
                shapes = np.array([*polygons, None], dtype=object)[:-1]
                same = shapely.equals_exact(former.resolver.polygons, shapes, 0.0)
                changed = np.flatnonzero(~same).tolist()
                if len(changed) <= MOST_CHANGED * len(codes):
                    return former.edited({position: polygons[position] for position in changed})
        return None
