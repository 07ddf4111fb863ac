"""Our plans against METIS, KaHIP, GerryChain and spopt: one run, the same inputs, one core each.

    .venv/bin/python -m bench balance [--quick] [FILE …]   generated cities and the files given
    … balance --peers GerryChain spopt [--limit SECONDS]   only these, kept beside the others
    … balance --growth [--million]                         125,000 units; a million units
    … balance --change COLUMN FILE                         few people moved from the plan in COLUMN

For each point of the partitioners' front (deviation, boundary) ours is asked for that deviation.
A judge that shares no code with ours measures every plan that counts, and our certificates must
agree with it to a millionth. Writes bench/out/balance.json; a part that was not run stays.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.balance_data import Case, from_file, own_cases
from bench.balance_ours import Ask
from bench.balance_repair import repaired
from bench.balance_run import run
from bench.balance_score import Ground, disagreements

OUT = Path(__file__).parent / "out" / "balance.json"
TOLERANCES = (0.01, 0.02, 0.03, 0.05, 0.1)
# Beyond this a plan is not balanced, and its boundary compares with nothing.
WORST = 0.2
PARTITIONERS = ("METIS", "KaHIP")


@dataclass(frozen=True, kw_only=True)
class Depth:
    """How much is run: seeds, time limits of the peers in seconds, points, our own budget."""

    seeds: int
    limit_s: float
    points: int
    budget_s: float
    strong: bool

    def jobs(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Tool, function of balance_peers, options."""
        imbalances = (0.005, 0.01, 0.02, 0.03, 0.05)
        found: list[tuple[str, str, dict[str, Any]]] = [
            ("METIS", "metis", {"recursive": False, "ufactors": (1, 3, 5, 10, 20, 30, 50, 100)}),
            ("METIS", "metis", {"recursive": True, "ufactors": (1, 3, 10, 30)}),
            (
                "KaHIP",
                "kahip",
                {"modes": ("eco", "strong")[: 1 + self.strong], "imbalances": imbalances},
            ),
            ("GerryChain", "gerrychain_trees", {"epsilons": (0.1, 0.05, 0.02, 0.01)}),
        ]
        found = [(tool, name, options | {"seeds": self.seeds}) for tool, name, options in found]
        found += [
            ("GerryChain", "gerrychain_optimiser", {"epsilon": epsilon, "method": method})
            for epsilon, method in (
                (0.05, "tilted run"),
                (0.05, "short bursts"),
                (0.02, "tilted run"),
            )
        ]
        methods = ("Ward", "k-means regions", "max-p", "random regions", "SKATER", "AZP")
        return found + [("spopt", "spopt", {"method": method}) for method in methods]


QUICK = Depth(seeds=3, limit_s=60, points=3, budget_s=10, strong=False)
FULL = Depth(seeds=10, limit_s=600, points=4, budget_s=30, strong=False)


def peers(
    case: Case, ground: Ground, depth: Depth, tools: list[str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """All contiguous plans of the peers at a glance, and how each job went."""
    found, jobs = [], []
    for tool, function, options in depth.jobs():
        if tools and tool not in tools:
            continue
        done = run(
            f"bench.balance_peers:{function}", ground, case.grids, limit_s=depth.limit_s, **options
        )
        words = {
            name: value for name, value in options.items() if isinstance(value, str | float | bool)
        }
        jobs.append(
            {
                "tool": tool, "job": " ".join([function, *map(str, words.values())]),
                "plans": len(done.plans), "cpu_s": round(done.cpu_s, 2),
                "peak_mb": round(done.peak_mb), "ended": done.ended,
            }
        )  # fmt: skip
        for plan in done.plans:
            k = int(plan.given.max()) + 1
            for how, labels in repaired(ground, plan.given, k):
                worst, cost, _ = ground.glance(labels, k)
                found.append(
                    {
                        "tool": tool, "made_by": plan.made_by + how, "grids": k, "deviation": worst,
                        "cost": cost, "cpu_s": round(plan.cpu_s, 3), "labels": labels,
                    }
                )  # fmt: skip
        print(f"  {tool:10} {jobs[-1]['job']:36} {len(done.plans):4} plans {done.cpu_s:7.1f} s "
              f"{done.peak_mb:6.0f} MB  {done.ended}", flush=True)  # fmt: skip
    return found, jobs


def front(plans: list[dict[str, Any]], points: int) -> list[dict[str, Any]]:
    """The plans that no other beats in both, thinned to so many, the ends kept."""
    best: list[dict[str, Any]] = []
    for plan in sorted(plans, key=lambda p: (p["deviation"], p["cost"])):
        if plan["deviation"] <= WORST and (not best or plan["cost"] < best[-1]["cost"]):
            best.append(plan)
    chosen = np.unique(np.linspace(0, len(best) - 1, min(points, len(best))).round().astype(int))
    return [best[i] for i in chosen]


def compare(case: Case, depth: Depth, tools: list[str], problems: list[str]) -> dict[str, Any]:
    """One case: peers, ours at their deviations and at the usual tolerances, all judged."""
    ground = Ground.survey(case.units, case.streets)
    k = case.grids
    print(f"\n{case.name}: {len(case.units):,} units, {k} grids", flush=True)
    found, jobs = peers(case, ground, depth, tools)
    points = front(
        [p for p in found if p["tool"] in PARTITIONERS and p["grids"] == k], depth.points
    )
    others = [
        point
        for tool in ("GerryChain", "spopt")
        for point in front([p for p in found if p["tool"] == tool and p["grids"] == k], 4)
    ]
    asks = [Ask(tolerance=t, seed=s) for t in TOLERANCES for s in range(min(3, depth.seeds))]
    asks += [Ask(tolerance=p["deviation"]) for p in others]
    asks += [Ask(tolerance=0.01, budget_s=depth.budget_s)]
    asks += [Ask(tolerance=p["deviation"], budget_s=depth.budget_s) for p in points]
    asks += [Ask(tolerance=0.05, area_tolerance=0.3)]
    done = run("bench.balance_ours:plans", case.units, k, asks, case.streets, limit_s=6000)
    if len(done.plans) < len(asks):
        problems.append(
            f"{case.name}: ours made {len(done.plans)} of {len(asks)} plans, {done.ended}"
        )
    ours = []
    for plan in done.plans:
        measures = ground.judge(plan.given["labels"], k)
        wrong = disagreements(measures, plan.given["certificate"])
        problems += [f"{case.name}, {plan.made_by}: {word}" for word in wrong]
        ours.append({**plan.given, **measures})
    claim = run("bench.balance_ours:bound", case.units, k, limit_s=600)
    bound = claim.plans[0].given if claim.plans else None
    reached = [p["deviation"] for p in found if p["grids"] == k]
    lowest = min([*reached, *(o["max_deviation"] for o in ours if o["not_contiguous"] == 0)])
    if bound is None or lowest < bound - 1e-9:
        problems.append(f"{case.name}: a plan at {lowest}, the bound {bound} ({claim.ended})")
    result = {
        "case": case.name, "bound": bound, "lowest": lowest,
        "outside": case.outside, "weighted": case.streets is not None,
        "units": len(case.units), "grids": k, "jobs": jobs, "peak_mb": round(done.peak_mb),
        "certificates_checked": len(ours),
        **against_partitioners(ground, k, points, ours),
        "tolerances": at_tolerances(k, found, ours, depth),
        "others": against_others(found, ours, k),
        "one_at_three": one_at_three(found, ours, k),
        "two_criteria": two_criteria(ours),
    }  # fmt: skip
    report(result)
    return result


def against_partitioners(
    ground: Ground, k: int, points: list[dict[str, Any]], ours: list[dict[str, Any]]
) -> dict[str, Any]:
    """At each point of the front: ours asked for that deviation, within the budget."""
    rows = []
    for point in points:
        mine = [
            o for o in ours
            if o["ask"].budget_s and o["ask"].tolerance == point["deviation"]
        ]  # fmt: skip
        if not mine:
            continue
        its, own = ground.judge(point["labels"], k), mine[0]
        rows.append(
            {
                "tool": point["tool"], "made_by": point["made_by"], "deviation": point["deviation"],
                "our_deviation": own["max_deviation"],
                "within": own["max_deviation"] <= point["deviation"] + 1e-9,
                "ratio": own["weighted_m"] / its["weighted_m"],
                "length_ratio": own["boundary_m"] / its["boundary_m"],
                "mean_deviation": [own["mean_deviation"], its["mean_deviation"]],
                "compactness": [own["compactness"], its["compactness"]],
                "least_compact": [own["least_compact"], its["least_compact"]],
                "not_contiguous": own["not_contiguous"],
                "cpu_s": [round(own["cpu_s"], 2), point["cpu_s"]],
            }
        )  # fmt: skip
    return {"front": rows}


def at_tolerances(
    k: int, found: list[dict[str, Any]], ours: list[dict[str, Any]], depth: Depth
) -> list[dict[str, Any]]:
    """Ours with default effort at the usual tolerances, and whether any peer gets within."""
    rows = []
    for tolerance in TOLERANCES:
        asked = Ask(tolerance=tolerance)
        mine = [o for o in ours if replace(o["ask"], seed=0) == asked][: min(3, depth.seeds)]
        inside = [o["weighted_m"] for o in mine if o["max_deviation"] <= tolerance + 1e-9]
        theirs = [
            p["cost"] for p in found if p["grids"] == k and p["deviation"] <= tolerance + 1e-9
        ]
        rows.append(
            {
                "tolerance": tolerance, "runs": len(mine), "within": len(inside),
                "peer_within": bool(theirs),
                "ratio": min(inside) / min(theirs) if inside and theirs else None,
                "cpu_s": max((round(o["cpu_s"], 2) for o in mine), default=None),
            }
        )  # fmt: skip
    return rows


def against_others(
    found: list[dict[str, Any]], ours: list[dict[str, Any]], k: int
) -> list[dict[str, Any]]:
    """GerryChain and spopt by what made the plan: is a plan of ours better in both?"""
    rows = []
    for tool in ("GerryChain", "spopt"):
        names = sorted(
            {p["made_by"].split(",")[0].split(" seed")[0] for p in found if p["tool"] == tool}
        )
        for name in names:
            theirs = [p for p in found if p["tool"] == tool and p["made_by"].startswith(name)]
            best = min(theirs, key=lambda p: (p["deviation"] > WORST, p["cost"]))
            mine = [
                o["weighted_m"] for o in ours
                if o["max_deviation"] <= best["deviation"] + 1e-9 and best["grids"] == k
            ]  # fmt: skip
            rows.append(
                {
                    "tool": tool, "made_by": name, "grids": best["grids"],
                    "deviation": best["deviation"], "cpu_s": best["cpu_s"],
                    "ratio": min(mine) / best["cost"] if mine else None,
                }
            )  # fmt: skip
    return rows


def one_at_three(found: list[dict[str, Any]], ours: list[dict[str, Any]], k: int) -> float | None:
    """Our boundary at 1 % to the best of METIS within 3 %."""
    theirs = [
        p["cost"]
        for p in found
        if p["tool"] == "METIS" and p["grids"] == k and p["deviation"] <= 0.03
    ]
    mine = [o["weighted_m"] for o in ours if o["max_deviation"] <= 0.01 + 1e-9]
    return min(mine) / min(theirs) if theirs and mine else None


def two_criteria(ours: list[dict[str, Any]]) -> dict[str, Any] | None:
    """People within 5 % and area within 30 % at once."""
    for o in ours:
        if o["ask"].area_tolerance:
            return {
                "people": o["max_deviation"], "area": o["max_deviation_area"],
                "boundary_m": o["boundary_m"], "cpu_s": round(o["cpu_s"], 2),
            }  # fmt: skip
    return None


def report(result: dict[str, Any]) -> None:
    """What was found in one case, on the terminal."""
    for row in result["front"]:
        print(f"  {row['tool']:6} {row['made_by'][:44]:44} {row['deviation']:8.3%}  boundary × "
              f"{row['ratio']:.3f}  ours {row['our_deviation']:8.3%}  {row['cpu_s'][0]:5.1f} s"
              f"{'' if row['within'] else '  OUTSIDE'}")  # fmt: skip
    for row in result["tolerances"]:
        print(f"  within {row['tolerance']:.0%}: {row['within']} of {row['runs']}, a peer "
              f"{'too' if row['peer_within'] else 'never'}, boundary × {row['ratio'] or 0:.3f}, "
              f"at most {row['cpu_s']} s")  # fmt: skip
    for row in result["others"]:
        print(f"  {row['tool']:10} {row['made_by'][:40]:40} {row['grids']} grids "
              f"{row['deviation']:8.2%}  boundary × {row['ratio'] or 0:.3f}")  # fmt: skip
    print(f"  our 1 % to METIS's 3 %: × {result['one_at_three'] or 0:.3f}; "
          f"two criteria {result['two_criteria']}", flush=True)  # fmt: skip


def keep(part: str, found: Any) -> None:
    """Write one part of the figures and leave the others."""
    known = json.loads(OUT.read_text(encoding="utf-8")) if OUT.is_file() else {}
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(known | {part: found}, indent=1, ensure_ascii=False) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "files", nargs="*", type=Path, help="units with unit_id and pop, as polygons"
    )
    parser.add_argument(
        "--quick", action="store_true", help="3 seeds, a minute a peer, small cities"
    )
    parser.add_argument("--grids", type=int, default=60, help="for the files")
    parser.add_argument("--seed", type=int, default=0, help="of the generated cities")
    parser.add_argument("--peers", nargs="+", default=[], help="only these tools")
    parser.add_argument("--only", default="", help="generated cities with this in their name")
    parser.add_argument("--growth", action="store_true", help="15,000 and 125,000 units")
    parser.add_argument("--million", action="store_true", help="with --growth: a million units too")
    parser.add_argument("--change", metavar="COLUMN", help="the current plan in the file given")
    parser.add_argument("--limit", type=float, help="processor seconds for each way of a peer")
    given = parser.parse_args()
    problems: list[str] = []
    if given.growth or given.million:
        from bench.balance_growth import growth

        keep("growth", growth(million=given.million, problems=problems))
    elif given.change:
        from bench.balance_change import change

        keep("change", [change(path, given.change, problems=problems) for path in given.files])
    else:
        depth = QUICK if given.quick else FULL
        if given.limit:
            depth = replace(depth, limit_s=given.limit)
        part = "quality" if not given.peers or set(given.peers) & set(PARTITIONERS) else "others"
        cases = own_cases(quick=given.quick, seed=given.seed)
        cases = [case for case in cases if given.only in case.name]
        cases += [from_file(path, given.grids) for path in given.files]
        results = []
        for case in cases:
            results.append(compare(case, depth, given.peers, problems))
            keep(part, {**asdict(depth), "cases": results, "problems": problems})
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
