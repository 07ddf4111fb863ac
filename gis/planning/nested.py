"""Three nested levels at once: areas of level 1 divided into level 2, and those into level 3."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.errors import InfeasibleError, InputError
from gis.planning.adjacency.graph import UnitGraph, build_graph, subgraph, sums
from gis.planning.adjacency.islands import apportion, join_islands
from gis.planning.balance import parse_balance
from gis.planning.codes import in_reading_order
from gis.planning.criteria import Criterion
from gis.planning.families import divide_in_families
from gis.planning.judging.grounds import Ground, Wanted, forced_somewhere
from gis.planning.judging.known import Known, what_is_known
from gis.planning.judging.limits import Binding, tell
from gis.planning.judging.reasons import reasons, sum_up
from gis.planning.judging.score import Measures, certify, measure
from gis.planning.model import Certificate, PlanRequest, Units
from gis.planning.naming import centres
from gis.planning.regions import Region, tell_joined, with_bridges
from gis.planning.search.anneal import Band, Effort, never
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

    def names(self) -> tuple[list[str], list[str], list[str]]:
        """The names of the three grids of each unit: an area's own, `area/2`, `area/2/7`."""
        area = [self.areas[i] for i in self.level_1]
        upper = [f"{name}/{p + 1}" for name, p in zip(area, self.level_2, strict=True)]
        lower = [f"{name}/{g + 1}" for name, g in zip(upper, self.level_3, strict=True)]
        return area, upper, lower


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
    stop: Callable[[], bool] = never,
    announce: Callable[[Report], None] | None = None,
) -> NestedPlan:
    """Divide each area (level 1, one name per unit) into counts[area] = (level-2, level-3) grids.

    A level-2 grid's share of its area's load is that of its number of basic grids, so basic grids
    of one area come out equal within `tolerance`; where one does not, the certificate says why.
    What is known before the search is given to `announce`. What a basic grid should have differs
    between areas as `counts` make it; a finding says by how much. Children fill their parent
    exactly and every grid is connected; islands are bridged and named in the findings. `seconds`
    or `stop` may end the search early. Raises InputError and InfeasibleError `plan-…`, `balance-…`.
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
    report = Report()
    regions = [
        _region(units, graph, load, np.flatnonzero(level_1 == area), name, counts[name][1], report)
        for area, name in enumerate(names)
    ]
    known = [_known(region, load, balance, tolerance) for region in regions]
    for region, one in zip(regions, known, strict=True):
        tell(report, one.told, units.unit_id[region.units])
    mean = float(load.sum()) / sum(region.grids for region in regions)
    for region in regions:
        part = float(load[region.units].sum()) / mean
        off = part / region.grids - 1
        if abs(off) > tolerance:
            report.add(
                "warned", "plan-area-uneven", area=region.parent, given=region.grids,
                wanted=f"{part:.1f}", off=f"{100 * off:+.1f}",
            )  # fmt: skip
    if announce is not None:
        announce(report)
    started = time.monotonic()
    level_2, level_3 = np.empty(size, np.int64), np.empty(size, np.int64)
    parent_2: list[int] = []
    parent_3: list[int] = []
    target_2: list[float] = []
    target_3: list[float] = []
    done = 0
    for area, region in enumerate(regions):
        inside, (n2, n3) = region.units, counts[names[area]]
        # An early end is shared out: each area may take its part of the time.
        deadline = None if seconds is None else started + seconds * (done + len(inside)) / size
        search = Effort(seed=seed * 7919 + area, factor=effort, deadline=deadline, stop=stop)
        upper, lower, children = _divide(
            region.graph, load[inside], n2, n3, tolerance, search, units.polygons[inside]
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
    late = seconds is not None and time.monotonic() > started + seconds
    stopped = late or stop()
    area_of = np.array(parent_2)[parent_3]
    ground = Ground.plain(
        bridged, level_3, ids, units.unit_id, parent=np.array(parent_3), area=area_of,
        names=[f"{names[area]}/{p + 1}" for p, area in enumerate(parent_2)], early=stopped,
    )  # fmt: skip
    wanted = Wanted.within(
        load, np.array(target_3), tolerance,
        found=[
            bound.of_units(region.units)
            for region, one in zip(regions, known, strict=True)
            for bound in one.found
        ],
        some=np.array([forced_somewhere(one.found) for one in known])[area_of],
    )  # fmt: skip
    found = reasons(ground, wanted)
    at_least = max(one.at_least for one in known)
    if stopped:
        report.add("warned", "plan-stopped-early", seconds=f"{time.monotonic() - started:.0f}")
    sum_up(report, found, tolerance, at_least)
    certificate = certify(
        units, bridged, load, level_3, ids,
        PlanRequest(
            grids=len(ids), balance=balance, tolerance=tolerance, seed=seed, effort=effort,
            seconds=seconds,
        ),
        report, stopped_early=stopped, target=np.array(target_3), deviation_at_least=at_least,
        why=found,
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


def shared_counts(
    load: Floats, areas: Sequence[str], communities: int, grids: int
) -> dict[str, tuple[int, int]]:
    """The numbers of level-2 and level-3 grids of each area, in proportion to its load.

    `load` and `areas` have a value per unit. By Webster's method; each area has at least one grid
    of each level, and no more communities than grids or grids than units. Raises InfeasibleError
    `plan-nested-counts`.
    """
    names, number = np.unique(np.asarray(areas, object).astype(str), return_inverse=True)
    of_area, one = sums(number, load, len(names)), np.ones(len(names), np.int64)
    most = np.bincount(number)
    if not len(names) <= communities <= grids <= len(load):
        raise InfeasibleError(
            "plan-nested-counts",
            areas=len(names), communities=communities, grids=grids, units=len(load),
        )  # fmt: skip
    upper = apportion(of_area, communities, one, most)
    lower = apportion(of_area, grids, upper, most)
    return {str(name): (int(n2), int(n3)) for name, n2, n3 in zip(names, upper, lower, strict=True)}


def _region(
    units: Units,
    graph: UnitGraph,
    load: Floats,
    inside: Ints,
    name: str,
    grids: int,
    report: Report,
) -> Region:
    """An area as one connected region."""
    if grids > len(inside):
        raise InfeasibleError("plan-more-grids-than-units", grids=grids, units=len(inside))
    joined = join_islands(
        subgraph(graph, inside), load[inside], units.polygons[inside], grids, all_in_one=True
    )
    tell_joined(report, units.unit_id[inside], joined)
    return Region(units=inside, graph=joined.graph, grids=grids, parent=name, alone=True)


def _known(region: Region, load: Floats, balance: str, tolerance: float) -> Known:
    """What no division of an area into basic grids can reach."""
    main = [Criterion(load=balance, tolerance=tolerance)]
    inside = load[region.units, None]
    return what_is_known(region.graph, inside, region.grids, main, Binding())


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
