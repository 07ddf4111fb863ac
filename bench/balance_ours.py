"""Our side of the comparison, run in a process of its own: plans with their certificates."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import UnitGraph, build_graph
from gis.planning.adjacency.streets import cost_by_streets
from gis.planning.change.describe import describe_change
from gis.planning.change.stay import stay
from gis.planning.criteria import Criterion
from gis.planning.generate import Constraints, generate_plan
from gis.planning.judging.limits import lower_bound_deviation
from gis.planning.model import PlanRequest, Units

# Of the time allowed, what is aimed at: the same effort does not always take the same time.
AIM = 0.8


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One plan to make: default effort, or as much as about `budget_s` processor seconds allow."""

    tolerance: float
    seed: int = 0
    budget_s: float | None = None
    area_tolerance: float | None = None

    def __str__(self) -> str:
        kind = "default" if self.budget_s is None else f"{self.budget_s:.0f} s"
        area = "" if self.area_tolerance is None else f", area {self.area_tolerance:.0%}"
        return f"{self.tolerance:.4%}{area}, {kind}, seed {self.seed}"


def units_of(frame: gpd.GeoDataFrame) -> Units:
    return Units(
        unit_id=frame["unit_id"].to_numpy(object),
        polygons=frame.geometry.to_numpy(),
        columns={"pop": frame["pop"].to_numpy(float)},
    )


def graph_of(units: Units, streets: gpd.GeoDataFrame | None) -> UnitGraph:
    graph = build_graph(units.polygons)
    if streets is None:
        return graph
    classes = streets["cls"].to_numpy(np.int64)
    return cost_by_streets(graph, units.polygons, streets.geometry.to_numpy(), classes)


def plans(
    frame: gpd.GeoDataFrame,
    k: int,
    asks: Sequence[Ask],
    streets: gpd.GeoDataFrame | None = None,
) -> Iterator[tuple[str, Any]]:
    """For each ask the labels, the certificate and its processor seconds, neighbours included."""
    units = units_of(frame)
    warm_up()
    default_s = 0.0
    for ask in asks:
        if ask.budget_s is not None and not default_s:
            begin = time.process_time()
            _plan(units, k, Ask(tolerance=ask.tolerance), 1.0, streets)
            default_s = time.process_time() - begin
        effort = 1.0 if ask.budget_s is None else max(1.0, AIM * ask.budget_s / default_s)
        begin, wall = time.process_time(), time.monotonic()
        result = _plan(units, k, ask, effort, streets, until=ask.budget_s and begin + ask.budget_s)
        cpu_s, wall_s = time.process_time() - begin, time.monotonic() - wall
        default_s = cpu_s / effort
        found = result.certificate
        yield str(ask), {
            "ask": ask, "labels": result.labels, "grid_ids": result.grid_ids,
            "cpu_s": cpu_s, "wall_s": wall_s, "effort": effort,
            "certificate": {
                name: getattr(found, name)
                for name in (
                    "max_deviation", "mean_deviation", "boundary_m", "compactness", "contiguous",
                    "within_tolerance",
                )
            },
        }  # fmt: skip


def _plan(
    units: Units, k: int, ask: Ask, effort: float, streets: Any, until: float | None = None
) -> Any:
    """A plan; the search ends once the process has worked `until`, whatever the effort."""
    also = (
        ()
        if ask.area_tolerance is None
        else (Criterion(load="area", tolerance=ask.area_tolerance),)
    )
    request = PlanRequest(grids=k, tolerance=ask.tolerance, seed=ask.seed, effort=effort, also=also)
    return generate_plan(
        units, request, graph=graph_of(units, streets),
        stop=lambda: until is not None and time.process_time() > until,
    )  # fmt: skip


def bound(frame: gpd.GeoDataFrame, k: int) -> Iterator[tuple[str, float]]:
    """The largest deviation below which, we say, there is no plan."""
    units = units_of(frame)
    graph = build_graph(units.polygons)
    yield "bound", float(lower_bound_deviation(graph, units.columns["pop"], k).value)


def changed(
    frame: gpd.GeoDataFrame, now: npt.NDArray[np.int64], tolerance: float
) -> Iterator[tuple[str, Any]]:
    """Plans within tolerance that move few people from plan `now`, with the steps that lead there:
    by the search for it alone, and by the generator with a current plan."""
    units = units_of(frame)
    warm_up()
    k, pop = int(now.max()) + 1, units.columns["pop"]
    low, high = (np.full(k, pop.sum() / k * (1 + sign * tolerance)) for sign in (-1, 1))
    names = [f"{grid:04}" for grid in range(k)]

    def searched(graph: UnitGraph) -> Any:
        return stay(graph, pop, now, low, high, np.ones(len(pop), bool))

    def generated(graph: UnitGraph) -> Any:
        request = PlanRequest(grids=k, tolerance=tolerance)
        current = Constraints(current=[names[grid] for grid in now])
        result = generate_plan(units, request, current, graph=graph)
        return np.array([names.index(name) for name in result.grid_of_unit()])

    for name, work in (("stay", searched), ("generate_plan", generated)):
        begin = time.process_time()
        graph = build_graph(units.polygons)
        labels = work(graph)
        found = describe_change(graph, pop, now, labels, low, high, people=pop, grid_ids=names)
        steps = found.steps and [(s.units, s.after, s.max_deviation) for s in found.steps]
        yield name, {
            "labels": labels, "steps": steps, "chained": found.chained, "least": found.least,
            "cpu_s": time.process_time() - begin,
        }  # fmt: skip


def warm_up() -> None:
    """Compile, or load what was compiled, before any clock runs."""
    from bench.balance_data import bricks

    small = bricks(900, 12, seed=0)
    units = units_of(small.units)
    names = [str(i) for i in np.arange(len(units.unit_id)) * 12 // len(units.unit_id)]
    area = Criterion(load="area", tolerance=0.3)
    for request, constraints in (
        (PlanRequest(grids=12, effort=0.1), None),
        (PlanRequest(grids=12, effort=0.1, also=(area,)), None),
        (PlanRequest(grids=12, effort=0.1), Constraints(current=names)),
    ):
        generate_plan(units, request, constraints)
