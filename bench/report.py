"""RESULTS.md from the figures in bench/out: ratios first, seconds only beside them."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.balance_report import balance
from bench.editor_report import editor
from bench.markdown import table
from bench.routing_report import routing

FOLDER = Path(__file__).parent
HEADER = """# What was measured

Written by `make bench`. Every comparison is one run on one machine, ours and the named peer in
turn, on the same data, with a check that the answers agree. Ratios carry over to other machines
better than seconds do. Data are generated unless a line says otherwise.

Machine: {machine}, {cores} cores, Python {python}.
"""


def lists(d: dict[str, Any]) -> str:
    people = list(next(iter(d["questions"].values())))
    rows = [
        (name, *(f"{one[who]['median_ms']:.0f} / {one[who]['p99_ms']:.0f}" for who in people))
        for name, one in d["questions"].items()
    ]
    pages = d["first_pages"]
    told = ", ".join(
        f"{who} {pages['per_s'][who]:.0f} a second, {ratio} times tipg's"
        for who, ratio in pages["ratio"].items()
    )
    return (
        f"What a dispatcher asks of {d['incidents']:,} incidents, signed in and under row-level "
        "security: one connection, median and 99th percentile in milliseconds. First pages of 50, "
        f"the newest first, beside tipg's items on a lean table with the index for it, which "
        f"signs nobody in ({pages['per_s']['tipg']:.0f} a second): {told}. Wanted: 6.\n\n"
        + table(("question", *people), rows)
    )


def write_results() -> None:
    """Write RESULTS.md from the figures that there are; sections without figures stay."""
    import os

    results = FOLDER / "RESULTS.md"
    before = written(results.read_text(encoding="utf-8")) if results.is_file() else {}
    parts = [
        HEADER.format(
            machine=platform.machine(), cores=os.cpu_count(), python=platform.python_version()
        )
    ]
    for name, (title, section) in SECTIONS.items():
        path = FOLDER / "out" / f"{name}.json"
        if path.is_file():
            body = section(json.loads(path.read_text(encoding="utf-8")))
        else:
            body = before.get(title, "")
        if body:
            parts.append(f"## {title}\n\n{body.strip()}\n")
    results.write_text("\n".join(parts), encoding="utf-8")


def written(text: str) -> dict[str, str]:
    """The sections of a Markdown text by their headings."""
    found = (part.partition("\n") for part in f"\n{text}".split("\n## ")[1:])
    return {title.strip(): body.strip() for title, _, body in found}


def first_page(d: dict[str, Any]) -> str:
    return (
        f"`make demo` in a fresh clone, packages from the registries, PostGIS and Node there: "
        f"{d['clone_to_first_page_s']} s to the first page, of which set-up {d['setup_s']} s. "
        f"`make setup` again: {d['setup_again_s']} s.\n"
    )


def units(d: dict[str, Any]) -> str:
    rows = [
        (name, run["units"], run["units_per_second"], "yes" if run["valid_coverage"] else "no")
        for name, run in d["runs"].items()
    ]
    return (
        f"{d['blocks']:,} blocks of a generated street network. Ours also joins "
        "slivers, counts people, names the units and checks the coverage on its stored "
        f"coordinates. Ratio to momepy's enclosures: {d['ratio_to_momepy_enclosures']}.\n\n"
        + table(("method", "units", "units per second", "valid coverage"), rows)
    )


def hotspots(d: dict[str, Any]) -> str:
    rows = [
        (f"{run['cells']:,}", run["ours_ms"], run["esda_ms"], f"{run['times_esda']}×",
         f"{run['largest_difference_of_z']:.0e}")
        for run in d["gi_star"]
    ]  # fmt: skip
    trend = d["trends"]
    return (
        "Gi* with its analytic p-values:\n\n"
        + table(("cells", "ours ms", "esda ms", "ratio", "largest difference of z"), rows)
        + f"\nFrom counts to named hotspots on {d['gi_star'][-1]['cells']:,} cells "
        f"{d['from_counts_to_hotspots_ms']} ms.\n\nMann-Kendall tests of {trend['rows']:,} rows of "
        f"{trend['weeks']} weeks: {trend['ours_s']} s, {trend['times_pymannkendall']}× faster than "
        f"pymannkendall (timed on {trend['peer_rows']} rows, {trend['pymannkendall_s']} s for "
        f"all), largest difference of p {trend['largest_difference_of_p']:.0e}; Sen's slopes of "
        f"all rows {trend['slopes_s']} s.\n"
    )


def heatmap_views(d: dict[str, Any]) -> str:
    rows = [
        (f"{run['incidents']:,}", name, one["ms"], f"{one['times_ours']}×",
         one["counted_elsewhere"])
        for run in d["runs"]
        for name, one in {"ours": {"ms": run["ours_ms"], "times_ours": 1, "counted_elsewhere": 0},
                          **run["peers"]}.items()
    ]  # fmt: skip
    pages = "; ".join(
        f"{run['incidents']:,} incidents ({run['held_mb']:,} MB in memory): a page not asked for "
        f"before {run['page_ms']} ms, the same again {run['page_kept_ms']} ms"
        for run in d["runs"]
    )
    return (
        "How many incidents of a category lie in each square of the city in half a year, another "
        "one each time; median of wall time, all data in memory; how many were counted in another "
        "square than ours.\n\n"
        + table(("incidents", "who", "ms", "times ours", "elsewhere"), rows)
        + f"\n{pages}. Load average {d['runs'][-1]['load_average']}.\n"
    )


def intake(d: dict[str, Any]) -> str:
    bulk = {kind: run["rows_per_s"] for kind, run in d["bulk"].items()}
    rows = []
    for connections, run in d["single"].items():
        for name, key in (("ours", "ours"), ("pgbench", "pgbench"), ("row alone", "row_alone")):
            it = run[key]
            rows.append(
                (
                    connections, name, f"{it['per_s']:.0f}", f"{it['p50_ms']:.1f}",
                    f"{it['p99_ms']:.1f}",
                    f"{run['ours']['per_s'] / it['per_s']:.2f}" if key != "ours" else "",
                )
            )  # fmt: skip
    told = (
        f"A file of {d['bulk_rows']:,} rows, each routed to grid and person, with all indexes, "
        f"history and map counts, in one durable transaction: {bulk['closed']:,} rows a second of "
        f"archived cases, {bulk['open']:,} of open ones, which get a hand and clocks too. Wanted: "
        "15,000. What the database alone takes for the same rows, ready, by one bare COPY in the "
        "same run, without reading, checking, routing, numbering or clocks; keys are checked row "
        "by row, and in the last column before the import as an import has them checked, a "
        f"statement at a time. The load average was {d['load_average']}; microseconds are those "
        "of processors, of COPY those of its session, of the import those of all processes of both "
        "sides, and depend less on what else runs:\n\n"
        + _ceilings(d["bulk"], d["bulk_ceilings"])
        + f"\nThe demo city with {d['demo_incidents']:,} incidents loads in {d['demo_seconds']} s. "
        f"Peak memory of the process {d['peak_memory_mb']:,} MB.\n"
    )
    if not rows:
        return told
    left = next(iter(d["single"].values()))["rows_of_a_report"]
    return (
        f"{told}\n"
        "Reports one by one over HTTP, each under an idempotency key and committed before its "
        "answer, against pgbench writing the same rows into the same tables with the same triggers "
        f"({', '.join(f'{n:g} of {table}' for table, n in left.items())}; checked), and against "
        "pgbench writing only the row of the incident, with its indexes, into a table without "
        "triggers. pgbench routes nothing, answers nobody, and takes its numbers from a sequence "
        "instead of the day's counter. Client, server and database share the machine. Wanted: at "
        "least 0.3 of pgbench at 16 connections.\n\n"
        + table(("connections", "who", "reports/s", "p50 ms", "p99 ms", "ours to it"), rows)
    )


def _ceilings(bulk: dict[str, dict[str, Any]], ready: dict[str, dict[str, Any]]) -> str:
    head = (
        "", "bare table", "with its indexes", "and foreign keys", "and triggers",
        "keys at once", "import", "import to the last",
    )  # fmt: skip
    rows = []
    for kind, of in ready.items():
        run, last = bulk[kind], of["at_once"]
        took = run["cpu_us_here"] + run["cpu_us_there"]
        rows += [
            (f"{kind}, rows/s", *(f"{it['rows_per_s']:,}" for it in of.values()),
             f"{run['rows_per_s']:,}", f"{run['rows_per_s'] / last['rows_per_s']:.2f}"),
            (f"{kind}, µs a row", *(f"{it['cpu_us']:.0f}" for it in of.values()),
             f"{took:.0f}", f"{last['cpu_us'] / took:.2f}"),
        ]  # fmt: skip
    return table(head, rows)


def tiles(d: dict[str, Any]) -> str:
    rows = [
        (
            kind,
            f"{run['ours']['per_s']:.0f}",
            f"{run['ours']['p50_ms']:.1f} / {run['ours']['p99_ms']:.0f}",
            f"{run['tipg']['per_s']:.0f}" if run.get("tipg") else "–",
            f"{run['ratio']:.1f}×" if run.get("ratio") else "–",
            f"{run['cpu_ratio']:.1f}×" if run.get("cpu_ratio") else "–",
            f"{run['bound']}×" if run.get("bound") else "–",
        )
        for kind, run in d["kinds"].items()
    ]
    head = ("tiles", "ours/s", "p50 / p99 ms", "tipg/s", "ratio", "CPU ratio", "wanted")
    kept, inserting = d["kept"], d["kept"]["while_inserting"]
    cached = sorted(kept["cached_ratio"].values())
    return (
        "20,000 grids and 2 million incidents, against tipg 1.6 in one round, "
        "alternating, both with two cores and the same database. Ours with a cold cache; tiles at "
        "z13 with more than 5,000 points are answered as sums, which the row of single points "
        "leaves out.\n\n" + table(head, rows) + f"\nKept tiles: "
        f"{kept['cached']['per_s']:,.0f} per second, {cached[0]:.0f} to {cached[-1]:.0f} times "
        f"tipg's rates above (wanted {kept['bound']}×); 304 answers: "
        f"{kept['unchanged_304']['per_s']:,.0f} per second. While "
        f"{inserting['inserts_per_s']:.0f} incidents a second come in, {inserting['hit_rate']:.1%} "
        f"of the requests are answered from kept tiles. Resident memory "
        f"{kept['resident_mb']} MB.\n"
    )


# In the order of RESULTS.md: the heading, and what writes the section from the figures.
def endpoints(d: dict[str, Any]) -> str:
    rows = [
        (name, f"{run['median_ms']:.0f}", f"{run['p99_ms']:.0f}", f"{run['incident_rows']:,}")
        for name, run in d["endpoints"].items()
    ]
    head = ("question", "median ms", "p99 ms", "rows of incident read")
    return (
        f"{d['incidents']:,} incidents in one jurisdiction of 20,000 grids, two years; one "
        "connection, everything between request and answer on the same machine, where the load "
        f"average was {d['load_average']:.1f} at the end. Counts, days, heatmaps and hotspots come "
        'from columns in memory; "kept" is an answer given before. A fresh server answered its '
        f"first count and heatmap after {d['loaded_s']} s and holds {d['resident_mb']} MB.\n\n"
        + table(head, rows)
    )


def publishing(d: dict[str, Any]) -> str:
    waits = d["other_process_ready_s"]
    tried = d["preview"]
    return (
        f"A plan follows another over {d['grids']:,} grids with a person each, while {d['open']:,} "
        f"incidents are open; {d['moved']:,.0f} of them go to another grid. Processor time "
        f"{d['cpu_s']:.0f} s here and {d['database_cpu_s']:.0f} s in the database, "
        f"{d['wal_mb']:,.0f} MB of write-ahead log; {d['seconds']:.0f} s on the clock, of which "
        f"reports waited {d['reports_wait_s']:.0f} s. A preview takes {tried['first_s']} s, each "
        f"further page {tried['further_ms']:.0f} ms. Another process had the new plan's locator "
        f"ready {', '.join(str(one) for one in waits)} s after the commit, unasked. The load "
        f"average was {d['load_average']}.\n"
    )


def closure(d: dict[str, Any]) -> str:
    rows = [
        (
            name, one["uncached"]["cpu_ms"], one["uncached"]["wall_ms"], one["cached"]["cpu_ms"],
            one["cached"]["wall_ms"],
        )
        for name, one in d["questions"].items()
    ]  # fmt: skip
    head = ("question", "anew: CPU ms", "wall ms", "kept: CPU ms", "wall ms")
    reads = "; ".join(line for line in d["plan"] if "Scan" in line)
    return (
        f"{d['cases']:,} cases in memory, read from the database in {d['loaded_s']} s "
        f"({d['loaded_cpu_s']} s of this process); deadlines and people are given to them while "
        "they are read. The workflow with its questions to the database, without HTTP; processor "
        f"time is this process's. Load average {d['load_average']:.1f}. Wanted: 300 ms anew, 50 ms "
        "kept.\n\n" + table(head, rows) + f"\nA page of the list behind a figure: {reads}.\n"
    )


def leader(d: dict[str, Any]) -> str:
    asked = [
        (
            name, one["anew"]["wall_ms"], one["anew"]["cpu_ms"], one["kept"]["wall_ms"],
            one["kept"]["cpu_ms"], one["load"],
        )
        for name, one in d["asked"].items()
    ]  # fmt: skip
    made = [
        (
            name, one["wall_s"] if one["ready"] else f"> {one['wall_s']}", one["cpu_s"],
            one["longest_request_ms"], one["kept"]["wall_ms"], one["load"],
        )
        for name, one in d["made"].items()
    ]  # fmt: skip
    return (
        f"{d['incidents']:,} incidents, 20,000 grids, over HTTP, one connection; processor time is "
        "the server's alone, the load average that before each row. Loading took "
        f"{d['loaded_s']} s; the server holds {d['resident_mb']:,} MB at the end.\n\n"
        + table(("question", "anew: wall ms", "CPU ms", "kept: wall ms", "CPU ms", "load"), asked)
        + "\nMade beside the requests; a request waits 0.6 s at the most and then says that the "
        "answer is being made:\n\n"
        + table(
            ("question", "there after s", "CPU s", "longest request ms", "kept: ms", "load"), made
        )
    )


SECTIONS: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    "first_page": ("From a clone to the first page", first_page),
    "units": ("Units built", units),
    "balance": ("Plans", balance),
    "routing": ("Routing", routing),
    "hotspots": ("Hotspots", hotspots),
    "heatmap_views": ("Heatmaps", heatmap_views),
    "intake": ("Intake", intake),
    "publishing": ("A plan follows another", publishing),
    "tiles": ("Tiles", tiles),
    "endpoints": ("Every endpoint at 2 million incidents", endpoints),
    "lists": ("The desk at 2 million incidents", lists),
    "closure": ("Closure figures at 2 million cases", closure),
    "leader": ("What a leader waits for at 2 million incidents", leader),
    "editor": ("Drawing a plan", editor),
}
