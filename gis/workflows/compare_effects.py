"""What a plan instead of another does to open incidents, posts and people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Engine

from gis.errors import ConflictError, WanggeError
from gis.routing.query import NO_GRID
from gis.store import comparison
from gis.store.comparison import PlanOf
from gis.workflows.locators import Locators
from gis.workflows.publishing import Publication, preview

# Whose post it is to answer for a grid of each level.
ANSWERS = {1: "first_responsible", 2: "director", 3: "lead"}
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What becomes of open incidents, posts and their holders, counted by the codes of grids.

    open_incidents: those around the plans; incidents_moved: those whose grid is of another code,
    `pairs` from which to which; nowhere: those that lie in no grid of the second plan.
    posts: held now, in grids that both have (`stay`), that only the first has (`end`), or only the
    second (`return`: they would have a grid again); people_end: who would hold no post more.
    unfilled: grids of the second plan that nobody would answer for, by level, with some codes.
    """

    open_incidents: int
    incidents_moved: int
    nowhere: int
    pairs: Sequence[Mapping[str, Any]]
    posts: Mapping[str, int]
    people_end: int
    unfilled: Mapping[str, int]
    unfilled_codes: Sequence[str]


def effects(connection: Connection, locators: Locators, a: int, b: int) -> Effects:
    """What would change with plan `b` instead of `a`, whichever is in force: by the grids that
    would own it. Drafts must be settled. Raises as `compare` does."""
    before, after = comparison.plans(connection, (a, b))
    below = comparison.below(connection)
    places = comparison.open_places(connection, before.jurisdiction_id)
    owners = [_owners(connection, locators, plan, places) for plan in (before, after)]
    moved = Counter((x, y) for x, y in zip(*owners, strict=True) if x != y)
    codes = [
        comparison.all_codes(connection, plan.plan_id, below=below) for plan in (before, after)
    ]
    posts = comparison.posts_held(connection, before.jurisdiction_id, below=below)
    stays = {"stay": 0, "end": 0, "return": 0}
    holders: dict[bool, set[int]] = {True: set(), False: set()}
    answered = set()
    for post in posts:
        was, will = (post["code"] in side for side in codes)
        if was or will:
            stays["stay" if was and will else "end" if was else "return"] += 1
            holders[will].add(post["person_id"])
        if post["role"] == ANSWERS[post["level"]]:
            answered.add(post["code"])
    unfilled = sorted(codes[1] - answered)
    return Effects(
        open_incidents=len(places),
        incidents_moved=sum(moved.values()),
        nowhere=sum(code is None for code in owners[1]),
        pairs=[
            {"from": x, "to": y, "incidents": count}
            for (x, y), count in sorted(
                moved.items(), key=lambda one: (-one[1], one[0][0] or "", one[0][1] or "")
            )[:MOST_SHOWN]
        ],
        posts=stays,
        people_end=len(holders[False] - holders[True]),
        unfilled={
            str(level): sum(len(code) // 3 - 2 == level for code in unfilled) for level in (1, 2, 3)
        },
        unfilled_codes=unfilled[:MOST_SHOWN],
    )


def exactly(engine: Engine, a: PlanOf, b: PlanOf) -> Publication | WanggeError | None:
    """What publishing draft `b` would do if `a` is in force, to each post and incident; or why it
    could not be; None where no publishing leads from one to the other."""
    if a.shown["status"] != "published" or b.shown["status"] not in ("draft", "in_review"):
        return None
    try:
        return preview(engine, b.plan_id)
    except ConflictError as refused:
        return refused


def told(done: Publication) -> dict[str, Any]:
    """The counts of what publishing would do."""
    return {
        "open_incidents": done.open_incidents,
        "incidents_moved": len(done.moves),
        "posts": {"moved": done.posts_moved, "ended": done.posts_ended},
        "ties": {"moved": done.ties_moved, "ended": done.ties_ended},
    }


def _owners(
    connection: Connection, locators: Locators, plan: PlanOf, places: npt.NDArray[np.float64]
) -> list[str | None]:
    """The code of the grid of each place. A draft's locator is nobody else's: it may change."""
    if not len(places):
        return []
    frozen = plan.shown["status"] in ("published", "superseded")
    locator = (locators if frozen else Locators()).get(connection, plan.plan_id).locator
    found = locator.locate(places[:, 0], places[:, 1])
    return [None if at == NO_GRID else str(locator.codes[at]) for at in found.tolist()]
