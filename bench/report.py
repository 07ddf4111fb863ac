"""RESULTS.md from the figures in bench/out: ratios first, seconds only beside them."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.balance_report import balance
from bench.markdown import table
from bench.routing_report import routing

FOLDER = Path(__file__).parent
HEADER = """# What was measured

Written by `make bench`. Every comparison is one run on one machine, ours and the named peer in
turn, on the same data, with a check that the answers agree. Ratios carry over to other machines
better than seconds do. Data are generated unless a line says otherwise.

Machine: {machine}, {cores} cores, Python {python}.
"""


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
    return (
        f"Gi* on {d['cells']:,} cells: {d['gi_star_ms']} ms, "
        f"{d['times_esda']}× faster than esda, largest difference of z "
        f"{d['largest_difference_of_z']:.0e}. From counts to named hotspots "
        f"{d['from_counts_to_hotspots_ms']} ms.\n"
    )


def intake(d: dict[str, Any]) -> str:
    return (
        f"Bulk import of {d['bulk_rows']:,} rows from CSV, each routed to grid and person, with "
        f"all indexes, history and map counts, in one durable transaction: "
        f"{d['bulk_rows_per_s']:,} rows per second. Reports one by one over HTTP on "
        f"{d['connections']} connections, each committed before its answer: "
        f"{d['reports_per_s']} per second, median {d['report_p50_ms']} ms, 99th percentile "
        f"{d['report_p99_ms']} ms (client and server on the same machine, in one process). "
        f"The demo city with {d['demo_incidents']:,} incidents loads in {d['demo_seconds']} s. "
        f"Peak memory of the process {d['peak_memory_mb']:,} MB.\n"
    )


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


SECTIONS: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    "first_page": ("From a clone to the first page", first_page),
    "units": ("Units built", units),
    "balance": ("Plans", balance),
    "routing": ("Routing", routing),
    "hotspots": ("Hotspots", hotspots),
    "intake": ("Intake", intake),
    "publishing": ("A plan follows another", publishing),
    "tiles": ("Tiles", tiles),
    "endpoints": ("Every endpoint at 2 million incidents", endpoints),
}
