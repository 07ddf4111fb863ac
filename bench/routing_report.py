"""The section on routing in RESULTS.md, from the figures of bench/routing.py."""

from __future__ import annotations

from typing import Any

from bench.markdown import table

# What is wanted: how many times faster than each peer, and the share of a copy by number of grids.
WANTED = {
    "sorted points, intersects_xy": 20,
    "SedonaDB": 40,
    "geopandas.sjoin": 100,
    "DuckDB spatial": 100,
    "PostGIS": 500,
}
WANTED_SHARE = {60: 0.10, 1000: 0.05, 20000: 0.03}


def routing(found: dict[str, Any]) -> str:
    """Ours beside a copy of the coordinates, then each peer, then the hard input."""
    parts = [
        "Clustered points, 1 % on vertices and middles of edges, one core, processor time, from "
        "arrays of coordinates to owners; the index is built before and shown apart. The copy is a "
        f"plain one of the same arrays. Load average {found['load_average']:.1f}; two "
        "cores go beyond one only as far as other work leaves them.\n\n"
        + _ours(found["partitions"]),
        "\nAgainst the peers, in the same run on the same points (PostGIS: the first 500,000 of "
        "them, loaded before, the server's processor time). Cold is with the building of index or "
        "table on both sides. Where an answer differs, the first few points are decided in "
        "rational arithmetic.\n\n" + _peers(found["partitions"]),
    ]
    if found.get("hard"):
        load = found["hard_load_average"]
        parts.append(
            "\nWhere it hurts, against the fastest exact peer, at a load average of "
            f"{load:.1f}:\n\n" + _hard(found["hard"])
        )
    return "\n".join(parts)


def _ours(partitions: list[dict[str, Any]]) -> str:
    rows = []
    for one in partitions:
        wanted = WANTED_SHARE.get(one["grids"])
        two = one["two_cores_are_faster"]
        rows.append(
            (
                f"{one['grids']:,}",
                f"{one['points_per_s'] / 1e6:.0f} M",
                f"{one['share_of_a_copy']:.0%}" + (f" ({wanted:.0%})" if wanted else ""),
                f"{one['index_bytes'] / 1e6:.1f} MB in {one['build_cpu_s'] * 1e3:.0f} ms",
                f"{one['one_point_median_us']:.1f} µs",
                f"{one['edit_median_ms']:.1f} ms, {one['edit_differs']} differ",
                f"{one['nearest_points_per_s'] / 1e6:.1f} M",
                f"{two:.1f}×" if two else "–",
            )
        )
    head = (
        "grids", "points/s", "of a copy (wanted)", "index", "one point",
        "edit of two neighbours", "nearest other grid/s", "second core",
    )  # fmt: skip
    return table(head, rows)


def _peers(partitions: list[dict[str, Any]]) -> str:
    rows = []
    for one in partitions:
        for name, run in one["peers"].items():
            cold = run.get("ours_cold_is_faster")
            rows.append(
                (
                    f"{one['grids']:,}",
                    name,
                    f"{run['ours_is_faster']:.0f}×",
                    f"{WANTED[name]}×" if name in WANTED else "–",
                    f"{cold:.0f}×" if cold else "–",
                    f"{run['disagreements']:,}",
                    f"{run['theirs_wrong']} / {run['ours_wrong']} of {run['judged']}"
                    if run["judged"]
                    else "–",
                )
            )
    head = ("grids", "peer", "ours is faster", "wanted", "cold", "differ", "they / we are wrong")
    return table(head, rows)


def _hard(cases: dict[str, dict[str, Any]]) -> str:
    rows = [
        (
            name,
            f"{one['vertices']:,}",
            f"{one['points_per_s'] / 1e6:.1f} M",
            f"{one['share_of_a_copy']:.1%}",
            f"{one['ours_is_faster']:.0f}×, {one['disagreements']} differ"
            if "ours_is_faster" in one
            else "–",
            f"{one['index_bytes'] / 1e6:,.0f} MB in {one['build_cpu_s']:.2f} s",
        )
        for name, one in cases.items()
    ]
    return table(("input", "vertices", "points/s", "of a copy", "ours is faster", "index"), rows)
