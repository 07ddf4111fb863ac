"""The peers: METIS, KaHIP, GerryChain, spopt. Each gives plans one by one, with what made them.

They get the neighbours of the independent survey, boundary costs as edge weights, people as node
weights, and nothing of ours. Whatever was given before the time is up counts.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.balance_score import Ground

Ints = npt.NDArray[np.int64]
Plans = Iterator[tuple[str, Ints]]
# METIS and KaHIP count in 32-bit integers.
WHOLE = 1 << 28


def whole(values: Any) -> list[int]:
    """Values as integers that keep their proportions, none below 1."""
    scaled = np.rint(values / values.sum() * WHOLE)
    return np.maximum(1, scaled).astype(int).tolist()


def metis(ground: Ground, k: int, *, recursive: bool, ufactors: Sequence[int], seeds: int) -> Plans:
    """METIS k-way, kept contiguous by itself, or recursive bisection."""
    import pymetis

    kind = "recursive" if recursive else "k-way"
    for seed in range(seeds):
        # Its own seed changes little; another order of the units changes a lot.
        order = np.random.default_rng(seed).permutation(len(ground.pop))
        start, neighbour, cost = ground.rows(ground.cost, order)
        load = whole(ground.pop[order])
        for ufactor in ufactors:
            options = pymetis.Options(seed=seed, contig=not recursive, ufactor=ufactor, niter=30)
            found = pymetis.part_graph(
                k, xadj=start.tolist(), adjncy=neighbour.tolist(), vweights=load,
                eweights=whole(cost), recursive=recursive, options=options,
            )  # fmt: skip
            labels = np.empty(len(order), np.int64)
            labels[order] = found.vertex_part
            yield f"{kind} ufactor {ufactor} seed {seed}", labels


def kahip(
    ground: Ground, k: int, *, modes: Sequence[str], imbalances: Sequence[float], seeds: int
) -> Plans:
    """KaFFPa in its fast, eco or strong configuration."""
    import kahip as library

    start, neighbour, cost = ground.rows(ground.cost)
    for mode in modes:
        for seed in range(seeds):
            for imbalance in imbalances:
                _, part = library.kaffpa(
                    whole(ground.pop), start.tolist(), whole(cost), neighbour.tolist(), k,
                    imbalance, True, seed, ("fast", "eco", "strong").index(mode),
                )  # fmt: skip
                yield f"{mode} imbalance {imbalance} seed {seed}", np.asarray(part, np.int64)


def _dual_graph(ground: Ground) -> Any:
    import networkx as nx
    from gerrychain import Graph

    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from((i, {"pop": int(p)}) for i, p in enumerate(ground.pop))
    graph.add_edges_from(zip(ground.left.tolist(), ground.right.tolist(), strict=True))
    return Graph.from_networkx(graph)


def _labels(assignment: Any, n: int) -> Ints:
    return np.array([assignment[i] for i in range(n)], np.int64)


def gerrychain_trees(ground: Ground, k: int, *, epsilons: Sequence[float], seeds: int) -> Plans:
    """Recursive tree partitions: districts cut off one by one, and by halves and thirds."""
    from gerrychain.partition import recursive_seed_part, recursive_tree_part

    graph, target = _dual_graph(ground), float(ground.pop.sum()) / k
    for seed in range(seeds):
        for epsilon in epsilons:
            for method in (recursive_seed_part, recursive_tree_part):
                try:
                    found = method(graph, range(k), target, "pop", epsilon, rng=seed)
                except (RuntimeError, ValueError, ArithmeticError) as problem:
                    warnings.warn(f"{method.__name__} {epsilon}: {problem}", stacklevel=1)
                    continue
                yield f"{method.__name__} {epsilon} seed {seed}", _labels(found, len(ground.pop))


def gerrychain_optimiser(ground: Ground, k: int, *, epsilon: float, method: str) -> Plans:
    """ReCom from a tree partition, short bursts or a tilted run on the cost of the boundary."""
    from gerrychain import Partition, updaters
    from gerrychain.constraints import contiguous
    from gerrychain.optimization import SingleMetricOptimizer
    from gerrychain.partition import recursive_seed_part
    from gerrychain.proposals.tree_proposals import build_recom_proposal_fn
    from gerrychain.tree import bipartition_tree

    graph, target = _dual_graph(ground), float(ground.pop.sum()) / k
    start = recursive_seed_part(graph, range(k), target, "pop", epsilon, rng=1)
    pairs = zip(ground.left.tolist(), ground.right.tolist(), strict=True)
    cost = dict(zip(pairs, ground.cost.tolist(), strict=True))
    optimiser = SingleMetricOptimizer(
        build_recom_proposal_fn(
            "pop", target, epsilon,
            bipartition_tree_fn=partial(
                bipartition_tree, max_attempts=50, allow_pair_reselection=True
            ),
        ),
        [contiguous],
        Partition(graph, start, updaters={"pop": updaters.Tally("pop")}),
        lambda partition: sum(cost[edge] for edge in partition["cut_edges"]),
        maximize=False,
        rng=1,
    )  # fmt: skip
    runs = {
        "short bursts": lambda: optimiser.short_bursts(10, 1_000_000),
        "tilted run": lambda: optimiser.tilted_run(10_000_000, 0.02),
    }
    for step, _ in enumerate(runs[method]()):
        if step % 500 == 0:
            best = optimiser.best_part.assignment.mapping
            yield f"{method} {epsilon}, {step} steps", _labels(best, len(ground.pop))


def spopt(ground: Ground, k: int, *, method: str) -> Plans:
    """What spopt has for regions: SKATER, max-p, AZP, random and k-means regions, Ward."""
    import libpysal
    from spopt import region

    units = ground.units.assign(
        x=ground.units.centroid.x.to_numpy(), y=ground.units.centroid.y.to_numpy()
    )
    start, neighbour, _ = ground.rows(ground.metres)
    around = {i: neighbour[start[i] : start[i + 1]].tolist() for i in range(len(units))}
    w = libpysal.weights.W(around, silence_warnings=True)
    place, n = ["x", "y"], len(units)
    random.seed(1)
    np.random.seed(1)  # spopt draws from the global generator
    if method == "random regions":
        found = region.RandomRegion(
            list(range(n)), cardinality=[n // k + (i < n % k) for i in range(k)],
            contiguity=w, compact=True,
        )  # fmt: skip
        if not found.feasible:
            return
        labels = np.zeros(n, np.int64)
        for number, members in enumerate(found.regions):
            labels[members] = number
        yield method, labels
        return
    target = float(ground.pop.sum()) / k
    makers: dict[str, Any] = {
        "Ward": lambda: region.WardSpatial(units, w, place, k),
        "k-means regions": lambda: region.RegionKMeansHeuristic(units[place].to_numpy(), k, w),
        "max-p": lambda: region.MaxPHeuristic(
            units, w, place, "pop", 0.9 * target, 5, max_iterations_construction=10,
            max_iterations_sa=1,
        ),
        "SKATER": lambda: region.Skater(units, w, place, n_clusters=k, floor=n // k // 3),
        "AZP": lambda: region.AZP(units, w, place, k, random_state=1),
    }  # fmt: skip
    model = makers[method]()
    model.solve()
    yield method, np.unique(np.asarray(model.labels_), return_inverse=True)[1].astype(np.int64)
