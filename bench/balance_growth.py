"""How time and memory grow: 15,000, 125,000 and, if asked, a million units, 125 or 100 a grid."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.balance_data import bricks
from bench.balance_ours import Ask
from bench.balance_run import run
from bench.balance_score import Ground, disagreements

SIZES = ((15_625, 125), (125_000, 1000))
MILLION = (1_000_000, 10_000)
TOLERANCE = 0.05
CORES = 2


def growth(*, million: bool, problems: list[str]) -> dict[str, Any]:
    """Time, memory and boundary by size, METIS beside it, and the exponent of the time."""
    rows = []
    for units, grids in (*SIZES, *([MILLION] if million else [])):
        case = bricks(units, grids, seed=0)
        done = run(
            "bench.balance_ours:plans", case.units, grids, [Ask(tolerance=TOLERANCE)],
            limit_s=4 * 3600, cores=CORES,
        )  # fmt: skip
        if not done.plans:
            problems.append(f"{units:,} units: {done.ended}")
            print(problems[-1], flush=True)
            continue
        mine = done.plans[0].given
        ground = Ground.survey(case.units)
        measures = ground.judge(mine["labels"], grids)
        wrong = disagreements(measures, mine["certificate"])
        problems += [f"{units:,} units: {word}" for word in wrong]
        peer = run(
            "bench.balance_peers:metis", ground, grids, recursive=False, ufactors=(30,), seeds=1,
            limit_s=4 * 3600,
        )  # fmt: skip
        theirs = ground.glance(peer.plans[0].given, grids) if peer.plans else None
        rows.append(
            {
                "units": len(case.units), "grids": grids, "tolerance": TOLERANCE,
                "cpu_s": round(mine["cpu_s"], 1), "wall_s": round(mine["wall_s"], 1),
                "peak_mb": round(done.peak_mb), "max_deviation": measures["max_deviation"],
                "not_contiguous": measures["not_contiguous"],
                "boundary_m": measures["boundary_m"],
                "metis": theirs and {
                    "cpu_s": round(peer.cpu_s, 1), "peak_mb": round(peer.peak_mb),
                    "max_deviation": theirs[0], "pieces_apart": theirs[2],
                    "boundary_ratio": measures["boundary_m"] / theirs[1],
                },
            }
        )  # fmt: skip
        print(rows[-1], flush=True)
    size, seconds = (np.log([row[name] for row in rows]) for name in ("units", "cpu_s"))
    exponent = float(np.polyfit(size, seconds, 1)[0]) if len(rows) > 1 else None
    print(f"time grows with units to the power {exponent}", flush=True)
    return {"cores": CORES, "rows": rows, "exponent": exponent}
