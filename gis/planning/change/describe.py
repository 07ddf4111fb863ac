"""What it takes to come from today's plan to a new one: people, bounds, and the steps in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.errors import InfeasibleError
from gis.planning.adjacency.graph import UnitGraph, components, sums
from gis.planning.adjacency.islands import join_islands
from gis.planning.change.flow import chained_flow, least_moved
from gis.planning.change.moves import Step, order_moves
from gis.planning.criteria import unit_loads
from gis.planning.model import PlanRequest, PlanResult, Units
from gis.planning.search.anneal import Band
from gis.report import Finding, Report

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The way from today's plan to a new one over the same units and grids.

    A unit is moved if it had a grid and has another now. `load_moved` is in the first load, shares
    are of all people and all load. `least` is the load that any plan as even as this must move
    (proven); `chained` the least if units went only to grids that are neighbours today (proven for
    such plans only, so the plan may move less; None if none is as even). `over_least` and
    `over_chained` are how many times as much this plan moves, None where the bound is zero.
    `steps` lead there in order (None if there is no order); `detour_people` are those counted
    twice in them. `in_pieces` lists the grids that were not connected before, and `unassigned`
    counts the units that had no grid.
    """

    units_moved: int
    people_moved: float
    people_share: float
    load_moved: float
    load_share: float
    total_load: float
    least: float
    chained: float | None
    over_least: float | None
    over_chained: float | None
    steps: tuple[Step, ...] | None
    detour_people: float
    in_pieces: tuple[int, ...]
    unassigned: int
    findings: tuple[Finding, ...]

    @property
    def least_share(self) -> float:
        return self.least / self.total_load if self.total_load > 0 else 0.0

    @property
    def chained_share(self) -> float | None:
        if self.chained is None or self.total_load <= 0:
            return None
        return self.chained / self.total_load


def describe_change(
    graph: UnitGraph,
    load: Floats,
    before: Ints,
    after: Ints,
    low: Floats,
    high: Floats,
    *,
    people: Floats,
    grid_ids: Sequence[str],
    movable: Bools | None = None,
    closed: Bools | None = None,
) -> Change:
    """The change from plan `before` (-1 = no grid) to plan `after`, with bounds and steps.

    `load` is (n,) or (n, c), `low` and `high` (k,) or (k, c), `people` (n,). The bounds are for the
    band [low, high], widened where `after` does not reach it, so that they speak of plans as even
    as this one. Findings tell (codes `change-…`) grids that were in pieces, units that had no grid,
    and that no order of steps was found.
    """
    wide = load.reshape(len(load), -1).astype(float)
    bottom, top = (np.asarray(edge, float).reshape(len(edge), -1) for edge in (low, high))
    main, k = wide[:, 0], len(bottom)
    then = sums(after, main, k)
    reached = np.minimum(bottom[:, 0], then), np.maximum(top[:, 0], then)
    least = least_moved(main, before, *reached)
    flow = chained_flow(graph, main, before, *reached, closed)
    away = (before >= 0) & (before != after)
    moved, total = float(main[away].sum()), float(main.sum())
    people_moved, all_people = float(people[away].sum()), float(people.sum())
    report = Report()
    in_pieces = _in_pieces(graph, before)
    if in_pieces:
        names = ", ".join(str(grid_ids[grid]) for grid in in_pieces[:5])
        shown = names + ("…" if len(in_pieces) > 5 else "")
        report.add("repaired", "change-grid-in-pieces", count=len(in_pieces), grids=shown)
    unassigned = int((before < 0).sum())
    report.add("repaired", "change-unit-without-grid", count=unassigned)
    steps: tuple[Step, ...] | None = None
    try:
        steps = order_moves(
            graph, wide, before, after, (bottom + top) / 2,
            people=people, movable=movable, closed=closed,
        )  # fmt: skip
    except InfeasibleError as error:
        report.add("warned", error.code, **error.params)
    on_the_way = sum(step.people for step in steps or () if step.before >= 0)
    return Change(
        units_moved=int(away.sum()),
        people_moved=people_moved,
        people_share=people_moved / all_people if all_people > 0 else 0.0,
        load_moved=moved,
        load_share=moved / total if total > 0 else 0.0,
        total_load=total,
        least=least,
        chained=None if flow is None else flow.total,
        over_least=_times(moved, least, total),
        over_chained=_times(moved, flow.total if flow else 0.0, total),
        steps=steps,
        detour_people=max(0.0, on_the_way - people_moved) if steps else 0.0,
        in_pieces=in_pieces,
        unassigned=unassigned,
        findings=tuple(report.findings),
    )


def change_from_today(
    units: Units,
    graph: UnitGraph,
    request: PlanRequest,
    result: PlanResult,
    current: Sequence[str | None],
) -> Change:
    """The change from the plan of today to a plan made by `generate.generate_plan`.

    Grids are the same where they have the same name; units of grids that are no more count as
    having none. Land that is apart is taken as joined by the shortest links.
    """
    number = {name: grid for grid, name in enumerate(result.grid_ids)}
    before = np.array([number.get(name or "", -1) for name in current], np.int64)
    criteria = request.criteria()
    load = unit_loads({**units.columns, "area": graph.area_m2}, criteria)[:, 0]
    target = np.full(len(number), load.sum() / len(number))
    band = Band.around(target, request.tolerance)
    joined = join_islands(graph, load, units.polygons, len(number)).graph
    return describe_change(
        joined, load, before, result.labels, band.low, band.high,
        people=units.columns.get("pop", load), grid_ids=result.grid_ids,
    )  # fmt: skip


# What `move_rows` has, also where nothing moves.
MOVE_COLUMNS = ["step", "from", "to", "units", "people", "max_deviation", "detour"]


def move_rows(
    steps: Sequence[Step], unit_id: Sequence[Any], grid_ids: Sequence[str]
) -> list[dict[str, Any]]:
    """The list of moves as rows of a table: step, from, to, units (ids joined by `;`), people,
    max_deviation (a fraction, after the step), detour (1 if some units move on later).

    `from` is empty for units that had no grid.
    """
    return [
        {
            "step": number,
            "from": grid_ids[step.before] if step.before >= 0 else "",
            "to": grid_ids[step.after],
            "units": ";".join(str(unit_id[unit]) for unit in step.units),
            "people": step.people,
            "max_deviation": step.max_deviation,
            "detour": int(step.detour),
        }
        for number, step in enumerate(steps, 1)
    ]


def _times(moved: float, bound: float, total: float) -> float | None:
    return moved / bound if bound > 1e-9 * max(total, 1e-300) else None


def _in_pieces(graph: UnitGraph, part: Ints) -> tuple[int, ...]:
    """The grids that are not connected."""
    left, right, _ = graph.pairs()
    same = part[left] == part[right]
    _, first = np.unique(components(graph.size, left[same], right[same]), return_index=True)
    grid = part[first]
    return tuple(np.flatnonzero(np.bincount(grid[grid >= 0]) > 1).tolist())
