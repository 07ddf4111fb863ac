"""Grids drawn anew over units that had others: as few codes as possible change their meaning.

A grid that is the successor of a former one (see `change.compare`) keeps its code as long as its
parent is still the same; every other one gets a code that never was another grid's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from gis.errors import InfeasibleError, InputError
from gis.planning.adjacency.graph import UnitGraph, subgraph, sums
from gis.planning.adjacency.islands import apportion
from gis.planning.change.compare import compare_plans
from gis.planning.codes import number_children, number_level
from gis.planning.generate import generate_plan
from gis.planning.model import PlanRequest, Units
from gis.planning.naming import centres
from gis.planning.nested import generate_nested
from gis.planning.search.anneal import never
from gis.progress import Progress, part_of, silent

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Communities = Literal["kept", "drawn"]
# Communities and their grids are searched one after the other, some of them several times.
LEVELS_COST, LEAST_EFFORT, MOST_EFFORT = 4.0, 0.1, 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Anew:
    """What is asked for. `communities`: kept as they are, or drawn anew with the basic grids.

    `counts`: (communities, basic grids) by the code of a sub-district, or, where communities are
    kept, (None, basic grids) by the code of a community; what is not given is as today. Grids of a
    sub-district are shared among kept communities by load.
    """

    communities: Communities = "kept"
    counts: Mapping[str, tuple[int | None, int | None]]
    tolerance: float
    seconds: float = 30.0
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnAnew:
    """The code of the basic grid of each unit, and which codes are new or gone, of all levels.
    `early`: a search was ended before its time."""

    grid_of_unit: list[str]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    early: bool


def draw_anew(
    units: Units,
    graph: UnitGraph,
    now: Sequence[str],
    asked: Anew,
    *,
    retired: Collection[str],
    progress: Progress = silent,
    stop: Callable[[], bool] = never,
) -> DrawnAnew:
    """New basic grids for units whose codes of today are `now`, each sub-district on its own.

    `units` have the columns `load`, which is shared out, and `pop`; they may be points, the graph
    tells who is whose neighbour. Codes in `retired` are not given again. Once `stop` says so the
    best so far is given. Raises InfeasibleError `grid-codes-used-up`, `plan-…`; InputError
    `generate-count-unknown`, `generate-count-invalid`.
    """
    basic = np.asarray(now, str)
    areas = sorted({code[:9] for code in basic.tolist()})
    communities = sorted({code[:12] for code in basic.tolist()})
    known = {*areas, *(communities if asked.communities == "kept" else ())}
    unknown = sorted(set(asked.counts) - known)
    if unknown:
        raise InputError("generate-count-unknown", codes=", ".join(unknown[:5]))
    if any(n is not None and n < 1 for pair in asked.counts.values() for n in pair):
        raise InputError("generate-count-invalid")
    result = np.empty(len(basic), object)
    early = False
    size, done = len(basic), 0
    for area in areas:
        inside = np.flatnonzero(np.char.startswith(basic, area))
        share = (done / size, (done + len(inside)) / size)
        done += len(inside)
        part = _Area(
            code=area, inside=inside, units=_some(units, inside), graph=subgraph(graph, inside),
            now=basic[inside],
        )  # fmt: skip
        draw = _with_communities if asked.communities == "drawn" else _in_communities
        result[inside], ended = draw(
            part, asked, retired, asked.seconds * (share[1] - share[0]),
            part_of(progress, *share), stop,
        )  # fmt: skip
        early = early or ended
    then, before = _all_levels(result.tolist()), _all_levels(basic.tolist())
    return DrawnAnew(
        grid_of_unit=result.tolist(),
        new=tuple(sorted(then - before)),
        gone=tuple(sorted(before - then)),
        early=early,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Area:
    """One sub-district: its units and their codes of today."""

    code: str
    inside: Ints
    units: Units
    graph: UnitGraph
    now: npt.NDArray[np.str_]


def _with_communities(
    area: _Area,
    asked: Anew,
    retired: Collection[str],
    seconds: float,
    progress: Progress,
    stop: Callable[[], bool],
) -> tuple[list[str], bool]:
    """Communities and basic grids of a sub-district, both drawn anew."""
    upper, lower = asked.counts.get(area.code, (None, None))
    former = np.array([code[:12] for code in area.now.tolist()], str)
    counts = (upper or len(set(former.tolist())), lower or len(set(area.now.tolist())))
    if counts[0] > counts[1]:
        raise InfeasibleError(
            "plan-nested-counts", areas=1, communities=counts[0], grids=counts[1],
            units=len(area.now),
        )  # fmt: skip
    effort = PlanRequest(grids=1, seconds=max(seconds, 1e-3)).factor(len(area.now)) / LEVELS_COST
    plan = generate_nested(
        area.units, [area.code] * len(area.now), {area.code: counts}, balance=_balance(area.units),
        tolerance=asked.tolerance, seed=asked.seed, graph=area.graph, seconds=max(seconds, 1e-3),
        effort=float(np.clip(effort, LEAST_EFFORT, MOST_EFFORT)), progress=progress, stop=stop,
    )  # fmt: skip
    level_2 = number_children(
        area.code, centres(area.units.polygons, plan.level_2, counts[0]),
        existing=_former(former, plan.level_2, counts[0], area), retired=retired,
    )  # fmt: skip
    level_3 = number_level(
        level_2, plan.parent_3, centres(area.units.polygons, plan.level_3, counts[1]),
        existing=_former(area.now, plan.level_3, counts[1], area), retired=retired,
    )  # fmt: skip
    return [level_3[grid] for grid in plan.level_3.tolist()], plan.certificate.stopped_early


def _in_communities(
    area: _Area,
    asked: Anew,
    retired: Collection[str],
    seconds: float,
    progress: Progress,
    stop: Callable[[], bool],
) -> tuple[list[str], bool]:
    """Basic grids of a sub-district drawn anew, each inside its community of today."""
    names, of = np.unique([code[:12] for code in area.now.tolist()], return_inverse=True)
    wanted = _shares(area, asked, names.tolist(), of)
    result = np.empty(len(area.now), object)
    early, done = False, 0
    for number, name in enumerate(names.tolist()):
        inside = np.flatnonzero(of == number)
        count, size = int(wanted[number]), len(area.now)
        share = (done / size, (done + len(inside)) / size)
        done += len(inside)
        mine = _some(area.units, inside)
        found = generate_plan(
            mine,
            PlanRequest(
                grids=count, balance=_balance(mine), tolerance=asked.tolerance, keep=0.0,
                seed=asked.seed, seconds=max(seconds * len(inside) / size, 1e-3),
            ),
            graph=subgraph(area.graph, inside), stop=stop, progress=part_of(progress, *share),
        )  # fmt: skip
        small = _Area(code=name, inside=inside, units=mine, graph=area.graph, now=area.now[inside])
        codes = number_children(
            name, centres(mine.polygons, found.labels, count),
            existing=_former(small.now, found.labels, count, small), retired=retired,
        )  # fmt: skip
        result[inside] = [codes[grid] for grid in found.labels.tolist()]
        early = early or found.certificate.stopped_early
    return result.tolist(), early


def _shares(area: _Area, asked: Anew, names: list[str], of: Ints) -> Ints:
    """The number of basic grids of each community of a sub-district."""
    today = np.array(
        [len({code for code in area.now.tolist() if code[:12] == name}) for name in names]
    )
    given = np.array([asked.counts.get(name, (None, None))[1] or 0 for name in names], np.int64)
    size = np.bincount(of, minlength=len(names))
    total = asked.counts.get(area.code, (None, None))[1]
    if total is None:
        wanted = np.where(given > 0, given, today)
    else:
        free = np.flatnonzero(given == 0)
        left = total - int(given.sum())
        if not len(free) <= left <= int(size[free].sum()):
            raise InfeasibleError(
                "generate-count-impossible", area=area.code, grids=total, communities=len(names),
                units=len(area.now),
            )  # fmt: skip
        wanted = given.copy()
        load = sums(of, area.units.columns["load"], len(names))
        if len(free):
            wanted[free] = apportion(load[free], left, np.ones(len(free), np.int64), size[free])
    if (wanted > size).any():
        at = int(np.argmax(wanted - size))
        raise InfeasibleError(
            "generate-count-impossible", area=names[at], grids=int(wanted[at]), communities=1,
            units=int(size[at]),
        )  # fmt: skip
    return np.asarray(wanted, np.int64)


def _former(before: npt.NDArray[np.str_], label: Ints, count: int, area: _Area) -> list[str | None]:
    """The code of today that each new grid succeeds, if any."""
    found = compare_plans(
        before.tolist(), [str(one) for one in label.tolist()], pop=area.units.columns["pop"],
        area_m2=np.ones(len(label)),
    )  # fmt: skip
    codes: list[str | None] = [None] * count
    for code, successor in found.same.items():
        codes[int(successor)] = code
    return codes


def _balance(units: Units) -> str:
    """What is shared out; by area where nothing else is there to be shared."""
    return "load" if units.columns["load"].sum() > 0 else "area"


def _some(units: Units, chosen: Ints) -> Units:
    return Units(
        unit_id=units.unit_id[chosen],
        polygons=units.polygons[chosen],
        columns={name: values[chosen] for name, values in units.columns.items()},
    )


def _all_levels(codes: Sequence[str]) -> set[str]:
    return {code[:digits] for code in set(codes) for digits in (9, 12, 15)}
