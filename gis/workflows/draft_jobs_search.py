"""What a search on a draft gives, as it is kept and shown: moves, and figures before and after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.planning.figures import Figures, figures
from gis.planning.help.desk import choice_of
from gis.planning.help.rebalance import Rebalanced, Wanted, rebalance
from gis.planning.help.trade_off import trade_off
from gis.progress import Progress
from gis.workflows.draft_jobs_desk import DraftDesk

Ints = npt.NDArray[np.int64]
REBALANCE, ALTERNATIVES = "rebalance", "alternatives"
# What of the whole plan is told before and after.
TOLD = ("grids", "max_deviation", "mean_deviation", "within", "cut_m", "clarity", "compactness",
        "compounds_cut", "pieces")  # fmt: skip
GIVEN = ("keep", "seconds", "seed", "effort", "within", "clarity")


def search(
    draft: DraftDesk,
    kind: str,
    request: Mapping[str, Any],
    *,
    progress: Progress,
    stop: Callable[[], bool],
) -> dict[str, Any]:
    """The result of a job of this kind: one proposal, or several with their measures.

    Raises what `rebalance` and `trade_off` raise.
    """
    desk = draft.desk
    wanted = Wanted(
        tolerance=request.get("tolerance") or desk.tolerance,
        **{name: request[name] for name in GIVEN if request.get(name) is not None},
    )
    # Deviations are judged by what was asked for.
    draft = replace(draft, desk=replace(desk, tolerance=wanted.tolerance))
    chosen = choice_of(
        draft.desk, request.get("grids"), request.get("worst"), request.get("below") or ""
    )
    before = _figures(draft, desk.grid)
    if kind == REBALANCE:
        found = rebalance(draft.desk, chosen, wanted, progress=progress, stop=stop)
        return {"version": draft.version, **proposal_of(draft, found, before)}
    kept: dict[int, dict[str, Any]] = {}

    def measured(one: Rebalanced) -> dict[str, float]:
        kept[id(one)] = proposal_of(draft, one, before)
        measures: dict[str, float] = kept[id(one)]["measures"]
        return measures

    ways = trade_off(
        draft.desk, chosen, wanted, int(request["count"]), measured, progress=progress, stop=stop
    )
    return {
        "version": draft.version,
        "now": _measures(before, 0.0),
        "items": [{"lean": way.lean, "asked": asdict(way.wanted), **kept[id(way.found)]}
                  for way in ways],
    }  # fmt: skip


def proposal_of(draft: DraftDesk, found: Rebalanced, before: Figures) -> dict[str, Any]:
    """A proposal as JSON: its moves by way, steps, and figures before and after."""
    desk = draft.desk
    after = _figures(draft, found.grid)
    changed = np.flatnonzero(found.grid != desk.grid)
    away = changed[desk.grid[changed] >= 0]
    ways: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for unit in changed.tolist():
        ways[int(desk.grid[unit]), int(found.grid[unit])].append(int(desk.unit_id[unit]))
    total, people = float(desk.load.sum()), float(desk.people.sum())
    moved_share = found.load_moved / total if total > 0 else 0.0
    people_moved = float(desk.people[away].sum())
    return {
        "moves": [[_code(draft, a), _code(draft, b), units]
                  for (a, b), units in sorted(ways.items())],
        "units_moved": len(changed),
        "people_moved": round(people_moved),
        "people_share": people_moved / people if people > 0 else 0.0,
        "load_share": moved_share,
        "least_share": found.least / total if total > 0 else 0.0,
        "tolerance": desk.tolerance,
        "before": _whole(before),
        "after": _whole(after),
        "measures": _measures(after, moved_share),
        "grids": _by_grid(draft, before, after, found.grid),
        "steps": None if found.steps is None else [
            {
                "from": _code(draft, step.before), "to": _code(draft, step.after),
                "units": desk.unit_id[step.units].tolist(), "people": round(step.people),
                "max_deviation": step.max_deviation,
            }
            for step in found.steps
        ],
        "early": found.early,
    }  # fmt: skip


def _by_grid(draft: DraftDesk, before: Figures, after: Figures, grid: Ints) -> list[dict[str, Any]]:
    """The basic grids that change, those farthest off at first coming first."""
    desk, then, now = draft.desk, before.grids[3], after.grids[3]
    k = len(desk.codes)
    moved = grid != desk.grid
    gives, takes = moved & (desk.grid >= 0), moved & (grid >= 0)
    given = np.bincount(desk.grid[gives], desk.people[gives], k)
    taken = np.bincount(grid[takes], desk.people[takes], k)
    touched = np.unique(np.concatenate([desk.grid[gives], grid[takes]]))
    order = touched[np.argsort(-np.abs(then.deviation[touched]), kind="stable")]
    return [
        {
            "code": desk.codes[g],
            "deviation": [float(then.deviation[g]), float(now.deviation[g])],
            "population": [int(then.pop[g]), int(now.pop[g])],
            "units": [int(then.units[g]), int(now.units[g])],
            "compactness": [float(then.compactness[g]), float(now.compactness[g])],
            "people_given": round(float(given[g])),
            "people_taken": round(float(taken[g])),
        }
        for g in order.tolist()
    ]


def _figures(draft: DraftDesk, grid: Ints) -> Figures:
    return figures(draft.board, grid, draft.desk.codes, tolerance=draft.desk.tolerance)


def _whole(found: Figures) -> dict[str, Any]:
    level = found.as_json()["levels"]["3"]
    return {name: level[name] for name in TOLD} | {"unassigned": found.unassigned}


def _measures(found: Figures, moved_share: float) -> dict[str, float]:
    level = found.levels[3]
    told = {
        "max_deviation": level.max_deviation,
        "boundary_m": level.cut_m,
        "arterial_share": level.clarity,
        "compactness": level.compactness,
        "moved_load_share": moved_share,
    }
    return {name: float(value) for name, value in told.items() if not np.isnan(value)}


def _code(draft: DraftDesk, grid: int) -> str | None:
    return None if grid < 0 else draft.desk.codes[grid]
