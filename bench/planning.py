"""Our plans against METIS in one run: boundary at the same achieved deviation, and CPU time.

    .venv/bin/python bench/planning.py [--grids 60] [--tolerance 0.03] [UNITS …]

Without UNITS, street-block-like data of 5,000 units is generated. METIS k-way (contiguous) runs at
several of its own tolerances, METIS recursive is repaired to contiguity; ours is then asked for
the deviation that each of them achieved. Writes bench/out/planning.json.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pymetis
import shapely

from gis.files.plans import read_units
from gis.planning.generate import generate_plan
from gis.planning.graph import UnitGraph, build_graph, subgraph
from gis.planning.model import PlanRequest, Units
from gis.planning.score import measure
from gis.planning.seed import WHOLE, mend

OUT = Path(__file__).parent / "out" / "planning.json"
UFACTORS = (10, 30, 50)


def street_blocks(count: int, seed: int = 0) -> Units:
    """Blocks between jittered streets, some merged across a street, population by block."""
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(count * 1.15)))
    x, y = np.meshgrid(np.arange(side + 1.0), np.arange(side + 1.0))
    xy = (np.stack([x, y], axis=-1) + rng.uniform(-0.3, 0.3, (side + 1, side + 1, 2))) * 120
    rows = np.stack([xy[:, :-1], xy[:, 1:]], axis=2).reshape(-1, 2, 2)
    columns = np.stack([xy[:-1], xy[1:]], axis=2).reshape(-1, 2, 2)
    lines = np.concatenate([rows, columns])
    edge = (np.abs(lines - xy[0, 0]) < 60).any(axis=(1, 2)) | (np.abs(lines - xy[-1, -1]) < 60).any(
        axis=(1, 2)
    )
    kept = edge | (rng.random(len(lines)) > 0.07)
    blocks = shapely.get_parts(shapely.polygonize(shapely.linestrings(lines[kept])))
    density = 0.005 * rng.lognormal(0, 0.9, len(blocks))
    return Units(
        unit_id=np.array([f"b{i}" for i in range(len(blocks))], object),
        polygons=blocks,
        columns={"pop": np.round(shapely.area(blocks) * density)},
    )


def largest_land(units: Units) -> tuple[Units, UnitGraph]:
    """The largest connected component: METIS knows no islands."""
    graph = build_graph(units.polygons)
    component = graph.components()
    chosen = np.flatnonzero(component == np.bincount(component).argmax())
    return (
        Units(
            unit_id=units.unit_id[chosen],
            polygons=units.polygons[chosen],
            columns={name: values[chosen] for name, values in units.columns.items()},
        ),
        subgraph(graph, chosen),
    )


def metis(graph: UnitGraph, pop: Any, k: int, *, recursive: bool, ufactor: int | None) -> Any:
    """METIS parts, repaired to contiguity."""
    options = pymetis.Options(seed=0, contig=not recursive)
    if ufactor:
        options.ufactor = ufactor
    weights = np.rint(pop / pop.sum() * WHOLE).astype(np.int64)
    metres = np.maximum(1, np.rint(graph.shared_m)).astype(np.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = pymetis.part_graph(
            k, xadj=graph.start.tolist(), adjncy=graph.neighbour.tolist(),
            vweights=weights.tolist(), eweights=metres.tolist(), recursive=recursive,
            options=options,
        )  # fmt: skip
    part = np.asarray(found.vertex_part, np.int64)
    return mend(graph, pop, np.full(k, pop.sum() / k), part)


def row(name: str, graph: UnitGraph, labels: Any, pop: Any, seconds: float) -> dict[str, Any]:
    found = measure(graph, labels, pop)
    return {
        "method": name,
        "max_deviation": float(np.abs(found.deviation).max()),
        "boundary_km": found.cut_m / 1000,
        "not_contiguous": int((~found.contiguous).sum()),
        "compactness": float(found.compactness.mean()),
        "cpu_seconds": round(seconds, 3),
    }


def ours(units: Units, graph: UnitGraph, k: int, tolerance: float, seed: int) -> dict[str, Any]:
    begin = time.process_time()
    request = PlanRequest(grids=k, tolerance=tolerance, seed=seed)
    labels = generate_plan(units, request, graph=graph).labels
    seconds = time.process_time() - begin
    return row(f"wangge {tolerance:.4f}", graph, labels, units.columns["pop"], seconds)


def against_metis(name: str, units: Units, k: int, tolerance: float, seeds: int) -> dict[str, Any]:
    units, graph = largest_land(units)
    pop = units.columns["pop"]
    begin = time.process_time()
    build_graph(units.polygons)
    graph_s = time.process_time() - begin
    generate_plan(units, PlanRequest(grids=k, effort=0.01), graph=graph)  # compiles
    rows, ratios = [], []
    for recursive, ufactor in [(False, None), *((False, u) for u in UFACTORS), (True, None)]:
        begin = time.process_time()
        part = metis(graph, pop, k, recursive=recursive, ufactor=ufactor)
        label = f"metis {'recursive, repaired' if recursive else 'k-way'} {ufactor or 'default'}"
        peer = row(label, graph, part, pop, time.process_time() - begin)
        rows.append(peer)
        if not 1e-4 < peer["max_deviation"] <= 0.5:
            continue
        mine = ours(units, graph, k, peer["max_deviation"], 0)
        rows.append(mine)
        ratios.append(
            {
                "peer": label,
                "asked_deviation": peer["max_deviation"],
                "achieved_deviation": mine["max_deviation"],
                "boundary_ratio": mine["boundary_km"] / peer["boundary_km"],
                "cpu_ratio": mine["cpu_seconds"] / max(peer["cpu_seconds"], 1e-9),
            }
        )
    fixed = [ours(units, graph, k, tolerance, seed) for seed in range(seeds)]
    result = {
        "data": name, "units": graph.size, "grids": k, "tolerance": tolerance,
        "graph_cpu_seconds": round(graph_s, 3), "rows": rows + fixed, "same_deviation": ratios,
        "within_tolerance": sum(r["max_deviation"] <= tolerance + 1e-9 for r in fixed),
        "runs": seeds,
    }  # fmt: skip
    print(f"\n{name}: {graph.size} units, {k} grids, neighbours found in {graph_s:.2f} s")
    for line in rows + fixed:
        print(
            f"  {line['method']:34} max {line['max_deviation']:8.4f}  "
            f"{line['boundary_km']:8.1f} km  broken {line['not_contiguous']}  "
            f"{line['cpu_seconds']:6.2f} s"
        )
    for ratio in ratios:
        print(f"  boundary / {ratio['peer']} at its deviation: {ratio['boundary_ratio']:.3f}")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("units", nargs="*", type=Path)
    parser.add_argument("--grids", type=int, default=60)
    parser.add_argument("--tolerance", type=float, default=0.03)
    parser.add_argument("--generated", type=int, default=5000)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    results = [
        against_metis(
            "generated street blocks", street_blocks(given.generated), given.grids,
            given.tolerance, given.seeds,
        )
    ]  # fmt: skip
    for path in given.units:
        source = read_units(path)
        results.append(
            against_metis(path.stem, source.units, given.grids, given.tolerance, given.seeds)
        )
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({"planning": results}, indent=2, ensure_ascii=False) + "\n")
    print(f"\n{OUT}")


if __name__ == "__main__":
    main()
