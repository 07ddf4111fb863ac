"""Three nested levels at once: areas of level 1 divided into level 2, and those into level 3."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.errors import InfeasibleError, InputError
from gis.planning.adjacency.graph import UnitGraph, build_graph, subgraph
from gis.planning.adjacency.islands import join_islands
from gis.planning.balance import parse_balance
from gis.planning.codes import in_reading_order
from gis.planning.families import divide_in_families
from gis.planning.judging.reasons import reasons
from gis.planning.judging.score import Measures, certify, measure
from gis.planning.model import Certificate, PlanRequest, Units
from gis.planning.naming import centres
from gis.planning.regions import Region, listed, with_bridges
from gis.planning.search.anneal import Band, Effort
from gis.planning.search.partition import oversize_capped
from gis.progress import Progress, silent
from gis.report import Report

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class NestedPlan:
    """Levels 1 to 3 over the same n units; numbers run from 0 at each level.

    `level_1`, `level_2`, `level_3` give the grid of each unit; `areas` the names of level 1;
    `parent_2` the level-1 number of each level-2 grid, `parent_3` the level-2 number of each
    basic grid. Within a parent grids are numbered west to east, north to south. `graph` holds the
    bridges that were needed. `measures` are those of levels 2 and 3, deviations against what is
    fair inside their area; the certificate is that of the basic grids.
    """

    level_1: Ints
    level_2: Ints
    level_3: Ints
    areas: tuple[str, ...]
    parent_2: Ints
    parent_3: Ints
    load: Floats
    graph: UnitGraph
    measures: Mapping[int, Measures]
    certificate: Certificate


def generate_nested(
    units: Units,
    areas: Sequence[str],
    counts: Mapping[str, tuple[int, int]],
    *,
    balance: str = "pop",
    tolerance: float = 0.05,
    seed: int = 0,
    effort: float = 1.0,
    seconds: float | None = None,
    graph: UnitGraph | None = None,
    progress: Progress = silent,
) -> NestedPlan:
    """Divide each area (level 1, one name per unit) into counts[area] = (level-2, level-3) grids.

    A level-2 grid's share of its area's load is that of its number of basic grids, so basic grids
    of one area come out equal within `tolerance`; where one does not, a finding says why, with
    figures. What a basic grid should have differs between areas as `counts` make it; a finding
    says by how much. Children fill their parent exactly and every grid is connected; islands are
    bridged and named in the findings. `seconds` may stop the search early. Raises InputError and
    InfeasibleError `plan-…`, `balance-…`.
    """
    size = len(units.unit_id)
    if len(areas) != size:
        raise InputError("plan-column-length", column="")
    names = sorted(set(areas))
    for name in names:
        if name not in counts:
            raise InputError("plan-area-without-counts", area=name)
        if not 1 <= counts[name][0] <= counts[name][1]:
            raise InputError("plan-area-counts-invalid", area=name)
    progress("plan-step-graph", 0.0)
    graph = graph or build_graph(units.polygons)
    load = parse_balance(balance).load({**units.columns, "area": graph.area_m2})
    index = {name: i for i, name in enumerate(names)}
    level_1 = np.array([index[name] for name in areas], np.int64)
    started = time.monotonic()
    report = Report()
    level_2, level_3 = np.empty(size, np.int64), np.empty(size, np.int64)
    parent_2: list[int] = []
    parent_3: list[int] = []
    target_2: list[float] = []
    target_3: list[float] = []
    regions = []
    done = 0
    for area, name in enumerate(names):
        inside = np.flatnonzero(level_1 == area)
        n2, n3 = counts[name]
        if n3 > len(inside):
            raise InfeasibleError("plan-more-grids-than-units", grids=n3, units=len(inside))
        joined = join_islands(
            subgraph(graph, inside), load[inside], units.polygons[inside], n3, all_in_one=True
        )
        if len(joined.island):
            report.add(
                "warned", "plan-island-joined", count=len(joined.island),
                units=listed(units.unit_id[inside[joined.island]]),
                widest_m=round(float(joined.gap_m.max())),
            )  # fmt: skip
        regions.append(Region(units=inside, graph=joined.graph, grids=n3, parent=name, alone=True))
        # An early end is shared out: each area may take its part of the time.
        deadline = None if seconds is None else started + seconds * (done + len(inside)) / size
        search = Effort(seed=seed * 7919 + area, factor=effort, deadline=deadline)
        upper, lower, children = _divide(
            joined.graph, load[inside], n2, n3, tolerance, search, units.polygons[inside]
        )
        level_2[inside] = upper + len(parent_2)
        level_3[inside] = lower + len(parent_3)
        parent_3 += [len(parent_2) + int(g) for g in np.repeat(np.arange(n2), children)]
        parent_2 += [area] * n2
        fair = float(load[inside].sum()) / n3
        target_2 += (fair * children).tolist()
        target_3 += [fair] * n3
        done += len(inside)
        progress("plan-step-improve", done / size)
    bridged = with_bridges(graph, regions)
    pop = units.columns.get("pop")
    measures = {
        2: measure(bridged, level_2, load, pop=pop, target=np.array(target_2)),
        3: measure(bridged, level_3, load, pop=pop, target=np.array(target_3)),
    }
    ids = tuple(f"{names[parent_2[p]]}/{p + 1}/{g + 1}" for g, p in enumerate(parent_3))
    stopped = seconds is not None and time.monotonic() > started + seconds
    mean = float(load.sum()) / len(parent_3)
    for name in names:
        part = float(load[level_1 == index[name]].sum()) / mean
        off = part / counts[name][1] - 1
        if abs(off) > tolerance:
            report.add(
                "warned", "plan-area-uneven", area=name, given=counts[name][1],
                wanted=f"{part:.1f}", off=f"{100 * off:+.1f}",
            )  # fmt: skip
    outside = reasons(
        load, level_3, np.array(parent_3), np.array(parent_2)[parent_3], np.array(target_3),
        tolerance, units.unit_id,
    )  # fmt: skip
    for reason in outside:
        report.add("warned", reason.code, grid=ids[reason.grid], **reason.figures)
    certificate = certify(
        units, bridged, load, level_3, ids,
        PlanRequest(
            grids=len(ids), balance=balance, tolerance=tolerance, seed=seed, effort=effort,
            seconds=seconds,
        ),
        report, stopped_early=stopped, target=np.array(target_3),
    )  # fmt: skip
    return NestedPlan(
        level_1=level_1,
        level_2=level_2,
        level_3=level_3,
        areas=tuple(names),
        parent_2=np.array(parent_2, np.int64),
        parent_3=np.array(parent_3, np.int64),
        load=load,
        graph=bridged,
        measures=measures,
        certificate=certificate,
    )


def _divide(
    graph: UnitGraph,
    load: Floats,
    n2: int,
    n3: int,
    tolerance: float,
    effort: Effort,
    polygons: npt.NDArray[np.object_],
) -> tuple[Ints, Ints, Ints]:
    """One connected area: (level-2 grid of each unit, basic grid of each unit, children of each
    level-2 grid), numbered in reading order."""
    real, mean = oversize_capped(load, n3, tolerance)
    band = Band.around(np.full(n3, mean), tolerance)
    family = divide_in_families(graph, real, n2, band, tolerance, effort)
    upper = _ranks(in_reading_order(centres(polygons, family.parent, n2)))
    middles = centres(polygons, family.child, n3)
    order: list[int] = []
    for parent in np.argsort(upper):
        children = np.flatnonzero(family.parent_of == parent)
        order += children[in_reading_order(middles[children])].tolist()
    counts = np.bincount(upper[family.parent_of], minlength=n2)
    return upper[family.parent], _ranks(np.array(order))[family.child], counts


def _ranks(order: Ints) -> Ints:
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    return ranks
