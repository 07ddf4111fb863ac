"""What a plan is worth: measures per grid and as a whole, from the units and their grids alone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import UnitGraph, components, sums
from gis.planning.adjacency.islands import join_islands
from gis.planning.balance import parse_balance
from gis.planning.criteria import Criterion
from gis.planning.judging.grounds import Ground, Wanted
from gis.planning.judging.known import what_is_known
from gis.planning.judging.limits import Binding
from gis.planning.judging.reasons import reasons
from gis.planning.model import Certificate, Kept, PlanRequest, Reason, Units
from gis.report import Report

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Arrays with one value per grid, in the order of grid numbers.

    `deviation` is (load - target) / target. `pieces` counts parts that do not touch; `contiguous`
    lets a bridge over a gap count as touching. `boundary_m` is the whole outline, and
    `compactness` its Polsby-Popper ratio 4·pi·area / outline² (a circle has 1). `arterial_m` is
    the length of outline on arterials, 0 where no streets are known. `cut_m` is the length of all
    boundaries between grids, each once.
    """

    units: Ints
    pop: Floats
    area_m2: Floats
    load: Floats
    target: Floats
    deviation: Floats
    pieces: Ints
    contiguous: npt.NDArray[np.bool_]
    boundary_m: Floats
    compactness: Floats
    arterial_m: Floats
    cut_m: float
    cut_arterial_m: float


def measure(
    graph: UnitGraph,
    labels: Ints,
    load: Floats,
    *,
    grids: int | None = None,
    pop: Floats | None = None,
    target: Floats | None = None,
) -> Measures:
    """The measures of a plan. `target` is the load wanted per grid; the mean if not given.

    Polsby and Popper (1991), The third criterion.
    """
    k = int(grids if grids is not None else labels.max() + 1)
    total = sums(labels, load, k)
    wanted = np.full(k, total.sum() / k) if target is None else np.asarray(target, float)
    area = sums(labels, graph.area_m2, k)
    left, right, at = graph.pairs()
    same = labels[left] == labels[right]
    inner_m = sums(labels[left[same]], graph.shared_m[at[same]], k)
    boundary_m = sums(labels, graph.perimeter_m, k) - 2 * inner_m
    cut = ~same
    arterial = graph.arterial_m[at[cut]]
    arterial_m = sums(labels[left[cut]], arterial, k) + np.bincount(labels[right[cut]], arterial, k)
    firm = same & ~graph.bridge[at]
    return Measures(
        units=np.bincount(labels, minlength=k),
        pop=sums(labels, np.zeros(len(labels)) if pop is None else pop, k),
        area_m2=area,
        load=total,
        target=wanted,
        deviation=np.divide(total - wanted, wanted, out=np.zeros(k), where=wanted > 0),
        pieces=_pieces(labels, left[firm], right[firm], k),
        contiguous=_pieces(labels, left[same], right[same], k) <= 1,
        boundary_m=boundary_m,
        compactness=np.clip(4 * np.pi * area / np.maximum(boundary_m, 1e-9) ** 2, 0, 1),
        arterial_m=arterial_m,
        cut_m=float(graph.shared_m[at[cut]].sum()),
        cut_arterial_m=float(arterial.sum()),
    )


def _pieces(labels: Ints, left: Ints, right: Ints, k: int) -> Ints:
    piece = components(len(labels), left, right)
    _, first = np.unique(piece, return_index=True)
    return np.bincount(labels[first], minlength=k)


def cut_groups(grid_of_unit: Sequence[Any], together: Sequence[str | None]) -> list[str]:
    """The names of groups whose units lie in more than one grid, sorted."""
    found: dict[str, Any] = {}
    cut = set()
    for label, name in zip(grid_of_unit, together, strict=True):
        if name and found.setdefault(name, label) != label:
            cut.add(name)
    return sorted(cut)


def plan_digest(unit_id: npt.NDArray[Any], grid_of_unit: Sequence[str]) -> str:
    """SHA-256 of the lines `unit_id,grid_id` in order of unit_id."""
    lines = sorted(f"{unit},{grid}\n" for unit, grid in zip(unit_id, grid_of_unit, strict=True))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def numbered(grid_of_unit: Sequence[str]) -> tuple[Ints, list[str]]:
    """Grid ids as numbers: (the number of each unit's grid, the sorted ids)."""
    ids, labels = np.unique(np.asarray(grid_of_unit, str), return_inverse=True)
    return np.asarray(labels, np.int64), [str(name) for name in ids]


def score_plan(
    units: Units,
    graph: UnitGraph,
    grid_of_unit: Sequence[str],
    *,
    balance: str = "pop",
    tolerance: float | None = None,
    parent: Sequence[str | None] | None = None,
) -> dict[str, Any]:
    """A plan's measures as JSON-ready values: `plan` as a whole and `grids` one by one.

    A grid is contiguous if its pieces touch, or are joined over a gap because one is an island.
    With a `tolerance`, each grid has the `reason` why it is outside (None where it is not), and the
    plan what no plan can be below. `parent` names the area of each unit; it counts if no grid
    crosses it.
    """
    labels, ids = numbered(grid_of_unit)
    load = parse_balance(balance).load({**units.columns, "area": graph.area_m2})
    joined = join_islands(graph, load, units.polygons, len(ids))
    found = measure(joined.graph, labels, load, pop=units.columns.get("pop"))
    rows: list[dict[str, Any]] = [
        {
            "grid_id": ids[g],
            "units": int(found.units[g]),
            "pop": float(found.pop[g]),
            "area_m2": float(found.area_m2[g]),
            "load": float(found.load[g]),
            "deviation": float(found.deviation[g]),
            "contiguous": bool(found.contiguous[g]),
            "pieces": int(found.pieces[g]),
            "boundary_m": float(found.boundary_m[g]),
            "compactness": float(found.compactness[g]),
            "arterial_m": float(found.arterial_m[g]),
        }
        for g in range(len(ids))
    ]
    known = graph.arterial_m.any() and found.cut_m > 0
    plan = {
        "units": len(labels),
        "grids": len(ids),
        "balance": balance,
        "pop": float(found.pop.sum()),
        "area_m2": float(found.area_m2.sum()),
        "load": float(found.load.sum()),
        "max_deviation": float(np.abs(found.deviation).max()),
        "mean_deviation": float(np.abs(found.deviation).mean()),
        "not_contiguous": int((~found.contiguous).sum()),
        "cut_m": found.cut_m,
        "compactness": float(found.compactness.mean()),
        "arterial_share": found.cut_arterial_m / found.cut_m if known else None,
        "digest": plan_digest(units.unit_id, grid_of_unit),
    }
    if tolerance is not None:
        within = Criterion(load=balance, tolerance=tolerance)
        at_least, why = _outside(units, joined.graph, labels, ids, load, within, parent)
        plan |= {"tolerance": tolerance, "outside": len(why), "deviation_at_least": at_least}
        for name, row in zip(ids, rows, strict=True):
            row["reason"] = why.get(name)
    return {"plan": plan, "grids": rows}


def _outside(
    units: Units,
    graph: UnitGraph,
    labels: Ints,
    ids: list[str],
    load: Floats,
    within: Criterion,
    parent: Sequence[str | None] | None,
) -> tuple[float, dict[str, Reason]]:
    """What no plan's largest deviation is below, and the reason for each grid outside."""
    names, area = np.unique([name or "" for name in parent or [""] * len(labels)],
                            return_inverse=True)  # fmt: skip
    area_of = np.zeros(len(ids), np.int64)
    area_of[labels] = area
    nested = parent is not None and bool((area_of[labels] == area).all())
    binding = Binding(parent=area.astype(np.int64)) if nested else Binding()
    known = what_is_known(graph, load[:, None], len(ids), [within], binding)
    ground = Ground.plain(
        graph, labels, ids, units.unit_id, searched=False,
        parent=area_of if nested else None, names=names.tolist() if nested else (),
    )  # fmt: skip
    mean = np.full(len(ids), load.sum() / len(ids))
    wanted = Wanted.within(load, mean, within.tolerance or 0.0, found=known.found)
    return known.at_least, {reason.grid: reason for reason in reasons(ground, wanted)}


def kept_criteria(
    loads: Floats, labels: Ints, grid_ids: tuple[str, ...], criteria: Sequence[Criterion]
) -> tuple[Kept, ...]:
    """How well the criteria after the main one are kept; `loads` (n, c) in their order."""
    found = []
    for column, criterion in zip(loads.T[1:], criteria[1:], strict=True):
        total = sums(labels, column, len(grid_ids))
        least, most = criterion.limits(float(total.mean()))
        slack = 1e-9 * float(total.mean())
        outside = np.flatnonzero((total < least - slack) | (total > most + slack))
        found.append(
            Kept(
                name=criterion.name,
                least_wanted=least,
                most_wanted=most if np.isfinite(most) else None,
                least=float(total.min()),
                most=float(total.max()),
                outside={grid_ids[grid]: float(total[grid]) for grid in outside.tolist()},
            )
        )
    return tuple(found)


def certify(
    units: Units,
    graph: UnitGraph,
    load: Floats,
    labels: Ints,
    grid_ids: tuple[str, ...],
    request: PlanRequest,
    report: Report,
    *,
    stopped_early: bool,
    target: Floats | None = None,
    also: Sequence[Kept] = (),
    deviation_at_least: float = 0.0,
    why: Sequence[Reason] = (),
    current: Ints | None = None,
    current_names: Sequence[str] = (),
) -> Certificate:
    """The certificate of a plan, measured on the finished plan, not remembered from the search."""
    found = measure(graph, labels, load, grids=len(grid_ids), target=target)
    size = np.abs(found.deviation)
    outside = np.flatnonzero(size > request.tolerance + 1e-9)
    grids = [grid_ids[label] for label in labels]
    moved = None
    if current is not None and load.sum() > 0:
        before = [current_names[c] if c >= 0 else None for c in current]
        away = np.array([b is not None and b != g for b, g in zip(before, grids, strict=True)])
        moved = float(load[away].sum() / load.sum())
    return Certificate(
        units=len(labels),
        grids=len(grid_ids),
        balance=request.balance,
        total_load=float(load.sum()),
        mean_load=float(load.sum() / len(grid_ids)),
        tolerance=request.tolerance,
        max_deviation=float(size.max()),
        deviation_at_least=deviation_at_least,
        mean_deviation=float(size.mean()),
        within_tolerance=len(outside) == 0 and not any(kept.outside for kept in also),
        outside={
            grid_ids[grid]: float(found.deviation[grid])
            for grid in sorted(outside, key=lambda g: (-size[g], g))
        },
        also=tuple(also),
        contiguous=bool(found.contiguous.all()),
        not_contiguous=tuple(grid_ids[g] for g in np.flatnonzero(~found.contiguous)),
        boundary_m=found.cut_m,
        compactness=float(found.compactness.mean()),
        arterial_share=(
            found.cut_arterial_m / found.cut_m
            if graph.arterial_m.any() and found.cut_m > 0
            else None
        ),
        moved_load_share=moved,
        seed=request.seed,
        effort=request.factor(len(labels)),
        stopped_early=stopped_early,
        digest=plan_digest(units.unit_id, grids),
        reasons=tuple(why),
        findings=report.findings,
    )
