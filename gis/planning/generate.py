"""A plan from units and a request; parents, islands, groups, pins, the current plan respected."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.errors import InfeasibleError, InputError
from gis.planning.adjacency.contract import connected_groups, contract, join_pinned
from gis.planning.adjacency.graph import UnitGraph, build_graph, sums
from gis.planning.change.stay import stay
from gis.planning.criteria import region_bands, unit_loads
from gis.planning.judging.grounds import Ground, Wanted
from gis.planning.judging.known import Known, what_is_known
from gis.planning.judging.limits import MAIN, Binding, tell
from gis.planning.judging.reasons import reasons, sum_up, sum_up_further
from gis.planning.judging.score import certify, kept_criteria
from gis.planning.model import PlanRequest, PlanResult, Reason, Units
from gis.planning.naming import centres, keepers, name_after_today, name_grids
from gis.planning.regions import Labels, Region, find_regions, present, with_bridges
from gis.planning.search.anneal import Band, Effort, Home, main, never
from gis.planning.search.partition import Wishes, partition
from gis.progress import Progress, part_of, silent
from gis.report import Report

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Names = Sequence[str | None]

# From this `keep` on, as few people as possible move. Below it, moving the mean unit out of its
# grid costs KEEP_COST mean pair boundaries, times `keep`: change is weighed against boundary.
STAY, KEEP_COST = 1.0, 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """What binds a plan, each as one value per unit, None where nothing is said.

    `parent`: grids never cross it, and every unit has one. `current`: the grid now. `pin`: the
    grid where the unit must be. `together`: units with the same value go to the same grid.
    `lock` names grids of `current` that stay as they are, unit for unit.
    """

    parent: Names | None = None
    current: Names | None = None
    pin: Names | None = None
    together: Names | None = None
    lock: Sequence[str] = ()


def generate_plan(
    units: Units,
    request: PlanRequest,
    constraints: Constraints | None = None,
    *,
    graph: UnitGraph | None = None,
    progress: Progress = silent,
    stop: Callable[[], bool] = never,
    announce: Callable[[Report], None] | None = None,
) -> PlanResult:
    """A plan with `request.grids` grids, each connected, loads within the tolerance if possible.

    `graph` may be given with street costs (see `streets.cost_by_streets`) or made from pairs of
    neighbours alone (see `graph.assemble`; the units' polygons may then be points); it is built
    from the polygons otherwise. Pairs missing from it are never joined (see `streets.sever`).
    Once `stop` says so, the best plan so far is returned. What is known before the search (see
    `check_feasible`) is given to `announce`, and comes first in the certificate's findings. The
    certificate says what holds, and why something does not. Raises InputError and InfeasibleError
    `plan-…`, `balance-…`.
    """
    progress("plan-step-graph", 0.0)
    task = _task(units, request, constraints, graph)
    loads, regions, report = task.loads, task.regions, task.report
    if announce is not None:
        announce(report)
    load, size = main(loads), len(units.unit_id)
    parent, parents = task.parent.number, task.parent.names
    currents = task.current.names
    labels = np.full(size, -1, np.int64)
    names: list[str | None] = []
    keeper = keepers(task.current, regions, load)
    started = time.monotonic()
    plan_mean = loads.sum(axis=0) / request.grids
    done = 0
    for number, region in enumerate(regions):
        share = (done, done + len(region.units))
        deadline = None if request.seconds is None else started + request.seconds * share[1] / size
        effort = Effort(
            seed=request.seed * 7919 + number, factor=request.factor(size),
            deadline=deadline, stop=stop,
        )  # fmt: skip
        part, home_names = _solve(
            region, task, keeper == number, request, plan_mean, effort,
            part_of(progress, share[0] / size, share[1] / size),
        )  # fmt: skip
        labels[region.units] = part + len(names)
        names.extend(home_names)
        done = share[1]

    late = request.seconds is not None and time.monotonic() > started + request.seconds
    stopped = late or stop()
    grid_parent = np.zeros(request.grids, np.int64)
    grid_parent[labels] = parent
    ids = name_grids(
        names,
        centres(units.polygons, labels, request.grids),
        [parents[p] if parents else None for p in grid_parent],
    )
    order = sorted(range(request.grids), key=lambda grid: ids[grid])
    rank = np.empty(request.grids, np.int64)
    rank[order] = np.arange(request.grids)
    labels, grid_ids = rank[labels], tuple(ids[grid] for grid in order)
    if stopped:
        report.add("warned", "plan-stopped-early", seconds=f"{time.monotonic() - started:.0f}")
    found = _reasons(units, task, request, labels, grid_ids, stopped)
    sum_up(report, found, request.tolerance, task.known.at_least)
    also = kept_criteria(loads, labels, grid_ids, request.criteria())
    impossible = {request.criteria()[bound.criterion].name for bound in task.known.found}
    sum_up_further(report, also, impossible)
    certificate = certify(
        units, task.bridged, load, labels, grid_ids, request, report,
        stopped_early=stopped, also=also, why=found,
        deviation_at_least=task.known.at_least,
        current=None if not currents else task.current.number, current_names=currents,
    )  # fmt: skip
    return PlanResult(labels=labels, grid_ids=grid_ids, certificate=certificate)


def check_feasible(
    units: Units,
    request: PlanRequest,
    constraints: Constraints | None = None,
    *,
    graph: UnitGraph | None = None,
) -> Report:
    """What is known before any search: islands joined, groups torn, and why no plan at all can be
    within the tolerance and limits.

    The last (`plan-limit-…`) are proven, and name units and a remedy. Empty where nothing is known.
    """
    return _task(units, request, constraints, graph).report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """A request and its constraints as numbers per unit, the regions to be divided, and what is
    known before; `bridged` is the graph with the bridges of the regions."""

    bridged: UnitGraph
    loads: Floats
    parent: Labels
    pin: Labels
    current: Labels
    locked: Labels
    together: Ints
    regions: list[Region]
    binding: Binding
    known: Known
    report: Report


def _task(
    units: Units,
    request: PlanRequest,
    constraints: Constraints | None,
    graph: UnitGraph | None,
) -> _Task:
    size = len(units.unit_id)
    request.check_against(size)
    constraints = constraints or Constraints()
    graph = graph or build_graph(units.polygons)
    if graph.size != size:
        raise InputError("plan-graph-size", units=size, nodes=graph.size)
    loads = unit_loads({**units.columns, "area": graph.area_m2}, request.criteria())
    report = Report()
    parent = _numbered(constraints.parent, size)
    if constraints.parent is not None and (parent.number < 0).any():
        missing = np.flatnonzero(parent.number < 0)
        raise InputError(
            "plan-parent-missing", count=len(missing), unit=str(units.unit_id[missing[0]])
        )
    parent = Labels(number=np.maximum(parent.number, 0), names=parent.names)
    pin = _numbered(constraints.pin, size)
    if len(pin.names) > request.grids:
        raise InfeasibleError("plan-more-pins-than-grids", pins=len(pin.names), grids=request.grids)
    current = _numbered(constraints.current, size)
    locked = _locked(constraints.lock, current)
    regions = find_regions(graph, main(loads), units, parent, pin, locked, request.grids, report)
    together = _numbered(constraints.together, size).number
    torn = sum(_torn(region, together[region.units]) for region in regions)
    if torn:
        report.add("warned", "plan-group-apart", count=torn)
    bridged = with_bridges(graph, regions)
    binding = Binding(
        parent=parent.number if parent.names else None, group=together, pin=pin.number,
        lock=locked.number,
    )  # fmt: skip
    criteria = request.criteria()
    known = what_is_known(bridged, loads, request.grids, criteria, binding)
    tell(report, known.told, units.unit_id, [criterion.name for criterion in criteria])
    return _Task(
        bridged=bridged, loads=loads, parent=parent, pin=pin, current=current, locked=locked,
        together=together, regions=regions, binding=binding, known=known, report=report,
    )  # fmt: skip


def _torn(region: Region, group: Ints) -> int:
    """How many pieces of groups in a region do not touch the rest of their group."""
    node = connected_groups(region.graph, group)
    return len(np.unique(node[group >= 0])) - len(present(group))


def _reasons(
    units: Units,
    task: _Task,
    request: PlanRequest,
    labels: Ints,
    grid_ids: tuple[str, ...],
    early: bool,
) -> list[Reason]:
    """Why grids are outside, by each criterion."""
    k = len(grid_ids)
    ground = Ground.of_regions(
        task.bridged, labels, grid_ids, units.unit_id, task.regions, task.binding, early=early
    )
    found = []
    for c, criterion in enumerate(request.criteria()):
        load, known = task.loads[:, c], task.known.of(c)
        name = criterion.name if c else MAIN
        if criterion.tolerance is None:
            wanted = Wanted.between(
                load, k, criterion.least, criterion.most, criterion=name, found=known
            )
        else:
            mean = np.full(k, load.sum() / k)
            wanted = Wanted.within(load, mean, criterion.tolerance, criterion=name, found=known)
        found += reasons(ground, wanted)
    return found


def _numbered(values: Names | None, size: int) -> Labels:
    """Values as numbers in sorted order of their names; None and '' are -1."""
    if values is None:
        return Labels(number=np.full(size, -1, np.int64), names=[])
    if len(values) != size:
        raise InputError("plan-column-length", column="")
    names = sorted({value for value in values if value})
    number = {name: i for i, name in enumerate(names)}
    numbers = np.array([number[value] if value else -1 for value in values], np.int64)
    return Labels(number=numbers, names=names)


def _locked(lock: Sequence[str], current: Labels) -> Labels:
    """The locked grid of each unit. Raises InputError `plan-lock-unknown`."""
    names = sorted(set(lock))
    unknown = [name for name in names if name not in current.names]
    if unknown:
        raise InputError("plan-lock-unknown", grid=unknown[0], count=len(unknown))
    number = np.full(len(current.number), -1, np.int64)
    for i, name in enumerate(names):
        number[current.number == current.names.index(name)] = i
    return Labels(number=number, names=names)


def _solve(
    region: Region,
    task: _Task,
    kept: Bools,
    request: PlanRequest,
    plan_mean: Floats,
    effort: Effort,
    progress: Progress,
) -> tuple[Ints, list[str | None]]:
    """The part of each unit of a region, and the name that each part keeps (pinned or current).

    `kept` marks the current grids whose names may be kept here.
    """
    units, k = region.units, region.grids
    group = task.together[units]
    loads, pinned = task.loads, task.pin.names
    node = connected_groups(region.graph, group)
    small = contract(region.graph, node)
    pin = _one_pin_per_node(node, task.pin.number[units], pinned)
    pin = join_pinned(small, pin, dict(enumerate(pinned)))
    labels = present(pin)
    merged = np.arange(small.size)
    for label in labels:
        merged[pin == label] = int(np.flatnonzero(pin == label)[0])
    _, merged = np.unique(merged, return_inverse=True)
    small, node = contract(small, merged), merged[node]
    if small.size < k:
        raise InfeasibleError("plan-more-grids-than-groups", grids=k, groups=small.size)
    pin_of = np.full(small.size, -1, np.int64)
    pin_of[merged] = pin
    names: list[str | None] = [pinned[label] for label in labels] + [None] * (k - len(labels))
    anchor = np.full(k, -1, np.int64)
    for i, label in enumerate(labels):
        anchor[i] = int(np.flatnonzero(pin_of == label)[0])
    kept = kept & ~np.isin(task.current.names, pinned)
    of_node = np.column_stack([sums(node, column[units], small.size) for column in loads.T])
    searched, band = region_bands(of_node, k, plan_mean, request.criteria())
    if request.keep == 0:
        part = partition(small, searched, band, effort, Wishes(anchor=anchor), progress)[node]
        name_after_today(part, names, task.current, kept, units, main(loads))
        return part, names
    start, home = _current(
        units, node, main(loads), task.current, kept, names, request.keep, float(plan_mean[0])
    )
    if start is not None and request.keep >= STAY and k > 1:
        part = _stayed(small, searched, band, start, anchor, effort, progress)
    else:
        wishes = Wishes(anchor=anchor, start=start, home=home)
        part = partition(small, searched, band, effort, wishes, progress)
    return part[node], names


def _stayed(
    graph: UnitGraph,
    load: Floats,
    band: Band,
    start: Ints,
    anchor: Ints,
    effort: Effort,
    progress: Progress,
) -> Ints:
    """The parts that move the least load away from `start`, with anchors where they must be."""
    held = anchor >= 0
    movable = np.ones(graph.size, bool)
    movable[anchor[held]] = False
    begin = start.copy()
    begin[anchor[held]] = np.flatnonzero(held)
    return stay(
        graph, load, begin, band.low, band.high, movable, seed=effort.seed % 1_000_003,
        effort=effort.factor, deadline=effort.deadline, stop=effort.stop, progress=progress,
    )  # fmt: skip


def _current(
    units: Ints,
    node: Ints,
    load: Floats,
    now: Labels,
    kept: Bools,
    names: list[str | None],
    keep: float,
    plan_mean: float,
) -> tuple[Ints | None, Home | None]:
    """A start and homes from the current plan; fills free `names` with its largest grids."""
    current, currents = now.number, now.names
    there = present(current[units])
    there = there[kept[there] | np.isin(there, [currents.index(n) for n in names if n in currents])]
    if not len(there):
        return None, None
    weight = load[units] + plan_mean * 1e-9
    by_load = np.bincount(np.maximum(current[units], 0), np.where(current[units] >= 0, weight, 0))
    free = [i for i, name in enumerate(names) if name is None]
    wanted = [c for c in sorted(there, key=lambda c: -by_load[c]) if currents[c] not in names]
    for i, c in zip(free, wanted, strict=False):
        names[i] = currents[c]
    part_of = np.full(len(currents), -1, np.int64)
    for i, name in enumerate(names):
        if name in currents:
            part_of[currents.index(name)] = i
    part = np.where(current[units] >= 0, part_of[current[units]], -1)
    count = int(node.max()) + 1
    # Mostly by load; a little by number, so that empty units do not wander for nothing.
    cost = keep * KEEP_COST * (0.95 * load[units] / max(float(load.mean()), 1e-300) + 0.05)
    table = np.zeros((count, len(names) + 1))
    np.add.at(table, (node, part), cost + 1e-9)
    table[:, -1] = 0
    home = np.where(table.max(axis=1) > 0, table.argmax(axis=1), -1)
    return home.copy(), Home(part=home, cost=np.where(home >= 0, table.max(axis=1), 0.0))


def _one_pin_per_node(node: Ints, pin: Ints, names: list[str]) -> Ints:
    result = np.full(int(node.max()) + 1, -1, np.int64)
    for unit in np.flatnonzero(pin >= 0):
        if result[node[unit]] not in (-1, pin[unit]):
            raise InfeasibleError(
                "plan-pins-conflict", one=names[result[node[unit]]], other=names[pin[unit]]
            )
        result[node[unit]] = pin[unit]
    return result
