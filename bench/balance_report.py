"""The section of RESULTS.md on plans, from bench/out/balance.json."""

from __future__ import annotations

from typing import Any

from bench.markdown import table

WANTED = 0.93
# A proven lower bound on the deviation is told from here on.
TOLD_FROM = 0.005


def balance(d: dict[str, Any]) -> str:
    """All that was measured of plans: against the peers, growth, change."""
    parts = []
    if "quality" in d:
        parts += quality(d["quality"])
        parts.append(others(d["quality"], d.get("others")))
    if "growth" in d:
        parts.append(growth(d["growth"]))
    parts += [change(found) for found in d.get("change", [])]
    return "\n".join(parts)


def quality(d: dict[str, Any]) -> list[str]:
    cases = d["cases"]
    checked = sum(case["certificates_checked"] for case in cases)
    wrong = len(d["problems"])
    how = (
        f"{d['seeds']} seeds for METIS and KaHIP ({'eco and strong' if d['strong'] else 'eco'}), "
        f"{d['limit_s']:.0f} s for each way of each tool, {d['budget_s']:.0f} s for ours"
    )
    tools = ", ".join(dict.fromkeys(job["tool"] for case in cases for job in case["jobs"]))
    intro = (
        f"Against {tools} (METIS k-way and recursive): each in a process of "
        f"its own, on one core, on the same units; {how}, in processor time. Their plans are "
        "repaired to contiguity in two ways, and the better one counts. A judge that shares no "
        "code with ours dissolves the grids and measures people, boundary, compactness and "
        f"contiguity; {checked} certificates of ours were checked against it, "
        f"{'all agree to a millionth' if not wrong else f'{wrong} complaints'}. "
        "`outside data` are real street and census blocks that are not part of the project.\n\n"
        "At every point of the front of METIS and KaHIP (deviation, boundary) ours is asked for "
        "the deviation reached there. Below 1 the inner boundary of ours is shorter; with street "
        f"classes it is weighted by them. Wanted: at most {WANTED}.\n"
    )
    return [
        intro,
        table(
            (
                "data", "units", "grids", "points", "boundary ratio", "METIS alone", "within",
                "our 1 % to METIS's 3 %", "most CPU seconds",
            ),
            map(front_row, cases),
        ),
        "Each point, theirs and ours: largest and mean deviation, mean Polsby-Popper ratio of the "
        "grids, processor seconds; boundary as length and weighted by streets, ours to theirs. "
        "METIS's seconds are those of one run; its best of all seeds and tolerances counts.\n",
        table(
            (
                "data", "grids", "tool", "largest", "ours", "mean", "ours", "length", "weighted",
                "compactness", "ours", "CPU s", "ours",
            ),
            [point_row(case, row) for case in cases for row in case["front"]],
        ),
        "Peak memory: "
        + "; ".join(map(memory, cases))
        + ".\n",
        "With default effort at the usual tolerances: plans within the tolerance, and the ratio "
        "to the shortest boundary of any peer's plan within it.\n",
        table(
            ("data", "grids", *(f"{t['tolerance']:.0%}" for t in cases[0]["tolerances"]), "CPU s"),
            map(tolerance_row, cases),
        ),
        *map(bound, cases),
        losses(cases, d["budget_s"]),
        criteria(cases),
    ]  # fmt: skip


def name_of(case: dict[str, Any]) -> str:
    return "outside data" if case["outside"] else str(case["case"])


def span(values: list[float]) -> str:
    return f"{min(values):.2f} to {max(values):.2f}" if values else "–"


def front_row(case: dict[str, Any]) -> tuple[Any, ...]:
    rows = case["front"]
    first = case["one_at_three"]
    return (
        name_of(case), f"{case['units']:,}", case["grids"], len(rows),
        span([row["ratio"] for row in rows]),
        span([row["ratio"] for row in rows if row["tool"] == "METIS"]),
        f"{sum(row['within'] for row in rows)} of {len(rows)}",
        f"{first:.2f}" if first else "–",
        f"{max((row['cpu_s'][0] for row in rows), default=0):.0f}",
    )  # fmt: skip


def point_row(case: dict[str, Any], row: dict[str, Any]) -> tuple[Any, ...]:
    (own_mean, its_mean), (own_shape, its_shape) = row["mean_deviation"], row["compactness"]
    return (
        name_of(case), case["grids"], row["tool"], f"{row['deviation']:.2%}",
        f"{row['our_deviation']:.2%}", f"{its_mean:.2%}", f"{own_mean:.2%}",
        f"× {row['length_ratio']:.3f}", f"× {row['ratio']:.3f}" if case["weighted"] else "–",
        f"{its_shape:.3f}", f"{own_shape:.3f}", f"{row['cpu_s'][1]:.1f}", f"{row['cpu_s'][0]:.0f}",
    )  # fmt: skip


def memory(case: dict[str, Any]) -> str:
    """The most memory of each tool's process, in MB."""
    most = {"ours": case["peak_mb"]}
    for job in case["jobs"]:
        most[job["tool"]] = max(most.get(job["tool"], 0), job["peak_mb"])
    tools = ", ".join(f"{tool} {mb} MB" for tool, mb in most.items())
    return f"{name_of(case)}, {case['units']:,} units: {tools}"


def tolerance_row(case: dict[str, Any]) -> tuple[Any, ...]:
    cells = []
    for row in case["tolerances"]:
        beside = f"× {row['ratio']:.2f}" if row["ratio"] else "no peer within"
        if row["peer_within"] and not row["ratio"]:
            beside = "a peer within"
        cells.append(f"{row['within']} of {row['runs']}, {beside}")
    most = max(row["cpu_s"] or 0 for row in case["tolerances"])
    return (name_of(case), case["grids"], *cells, f"{most:.1f}")


def others(quality: dict[str, Any], apart: dict[str, Any] | None) -> str:
    """GerryChain and spopt, in the same run as the partitioners or in one of their own."""
    run = apart or quality
    cases = run["cases"]
    rows = [
        (
            name_of(case), row["tool"], row["made_by"], row["grids"], f"{row['deviation']:.1%}",
            f"× {row['ratio']:.2f}" if row["ratio"] else "–",
        )
        for case in cases
        for row in case["others"]
    ]  # fmt: skip
    unfinished = sorted(
        {
            f"{job['job'].removeprefix('spopt ')} ({name_of(case)})"
            for case in cases
            for job in case["jobs"]
            if job["tool"] in ("GerryChain", "spopt") and not job["plans"]
        }
    )
    if not rows and not unfinished:
        return ""
    text = (
        "GerryChain and spopt, what they finished in "
        f"{run['limit_s']:.0f} s: the deviation of their plan with the shortest "
        "boundary (of those within 20 %, if any), and our shortest boundary at no more than that "
        "deviation. Most of spopt's methods do not balance people, so that is no fault of "
        "theirs.\n\n" + table(("data", "tool", "method", "grids", "deviation", "boundary"), rows)
    )
    if unfinished:
        text += f"\nWithout a plan when the time was up: {', '.join(unfinished)}.\n"
    return text


def bound(case: dict[str, Any]) -> str:
    """What is proven of a case in which no plan is well balanced."""
    if not case["bound"] or case["bound"] < TOLD_FROM:
        return ""
    return (
        f"{name_of(case)}, {case['grids']} grids: proven by our certificate, the largest deviation "
        f"of any plan is at least {case['bound']:.2%}; the lowest found has {case['lowest']:.2%}.\n"
    )


def losses(cases: list[dict[str, Any]], budget_s: float) -> str:
    """What ours lost, in words."""
    found = []
    for case in cases:
        where = f"{name_of(case)}, {case['grids']} grids"
        for row in case["front"]:
            if not row["within"]:
                found.append(
                    f"{where}: {row['tool']} reaches {row['deviation']:.3%}, "
                    f"ours {row['our_deviation']:.3%}"
                )
            elif row["ratio"] > WANTED:
                found.append(
                    f"{where}: {row['ratio']:.3f} of the boundary of {row['tool']} at "
                    f"{row['deviation']:.2%}"
                )
            if row["cpu_s"][0] > budget_s:
                found.append(
                    f"{where}: {row['cpu_s'][0]:.0f} s instead of {budget_s:.0f} for "
                    f"{row['deviation']:.2%}"
                )
            if row["compactness"][0] < row["compactness"][1]:
                found.append(
                    f"{where}: less compact than {row['tool']} at {row['deviation']:.2%} "
                    f"({row['compactness'][0]:.3f} to {row['compactness'][1]:.3f})"
                )
        found += [
            f"{where}: {row['runs'] - row['within']} of {row['runs']} plans outside "
            f"{row['tolerance']:.0%}"
            for row in case["tolerances"]
            if row["within"] < row["runs"] and row["peer_within"]
        ]
        found += [
            f"{where}: no plan of ours beats {row['tool']}, {row['made_by']}, in both"
            for row in case["others"]
            if row["grids"] == case["grids"] and (not row["ratio"] or row["ratio"] >= 1)
        ]
    if not found:
        return "Nothing was lost by these measures.\n"
    return "What was lost, or won by less than wanted:\n\n" + "".join(f"- {x}\n" for x in found)


def criteria(cases: list[dict[str, Any]]) -> str:
    rows = [
        (
            name_of(case), case["grids"], f"{both['people']:.1%}", f"{both['area']:.1%}",
            f"{both['boundary_m'] / 1000:,.0f}", f"{both['cpu_s']:.1f}",
        )
        for case in cases
        if (both := case["two_criteria"])
    ]  # fmt: skip
    head = ("data", "grids", "people", "area", "boundary km", "CPU s")
    return (
        "Two criteria at once, people within 5 % and area within 30 %: the largest deviation of "
        "each. None of the peers can be asked for this from Python.\n\n" + table(head, rows)
    )


def growth(d: dict[str, Any]) -> str:
    rows = []
    for row in d["rows"]:
        peer = row["metis"]
        rows.append(
            (
                f"{row['units']:,}", f"{row['grids']:,}", f"{row['cpu_s']:,.0f}",
                f"{row['wall_s']:,.0f}", f"{row['peak_mb'] / 1024:.1f}",
                f"{row['max_deviation']:.1%}",
                f"× {peer['boundary_ratio']:.2f}" if peer else "–",
                f"{peer['cpu_s']:.0f}, {peer['max_deviation']:.1%}" if peer else "–",
            )
        )  # fmt: skip
    head = (
        "units", "grids", "CPU s", "wall s", "GiB", "largest deviation", "boundary to METIS",
        "METIS: CPU s, deviation",
    )  # fmt: skip
    exponent = f"{d['exponent']:.2f}" if d["exponent"] else "–"
    return (
        "### Growth\n\nGenerated bricks with heavy-tailed population, within "
        f"{d['rows'][0]['tolerance']:.0%}, default effort, neighbours included, {d['cores']} cores "
        "allowed. Wall time counts what other work left of the machine. CPU time grows with the "
        f"number of units to the power {exponent}.\n\n" + table(head, rows)
    )


def change(d: dict[str, Any]) -> str:
    rows = [
        (
            row["made_by"], f"{row['max_deviation']:.2%}", f"{row['people_moved']:,.0f}",
            f"{row['times_bound']:.2f}", row["units_moved"], row["steps"],
            f"{row['compactness']:.3f}", f"{row['boundary_m'] / d['before']['boundary_m']:.2f}",
            f"{row['cpu_s']:.1f}",
        )
        for row in d["rows"]
    ]  # fmt: skip
    head = (
        "function", "largest deviation", "people moved", "× bound", "units moved", "steps",
        "compactness", "boundary to before", "CPU s",
    )  # fmt: skip
    wrong = [word for row in d["rows"] for word in row["wrong"]]
    return (
        f"### Change\n\nOutside data, {d['units']:,} units, {d['grids']} grids: the plan in force "
        f"is off by {d['before']['max_deviation']:.1%} at most, its compactness "
        f"{d['before']['compactness']:.3f}. The bound for {d['tolerance']:.0%} is the least flow "
        f"of people between grids that touch today, {d['bound']:,.0f} (a linear programme, people "
        "divisible); a plan may stay below it where units go to a grid beyond. Wanted: at most "
        "1.15 times that, and not less compact. "
        + (
            "In the lists of moves: " + "; ".join(wrong)
            if wrong
            else "The judge took every step of the lists of moves; each leaves contiguous grids"
        )
        + ".\n\n"
        + table(head, rows)
    )
