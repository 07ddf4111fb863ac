"""The section of RESULTS.md on drawing a plan, from the figures of `bench.editor`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.markdown import table

Row = tuple[str, ...]
WANTED_MS = 50


def editor(d: dict[str, Any]) -> str:
    """Sizes as columns: what is loaded, done and drawn at each."""
    ordered = sorted(d["sizes"].items(), key=lambda one: int(one[0]))
    sizes = [one for _, one in ordered]
    head = ("", *(f"{int(units):,} units" for units, _ in ordered))
    return (
        "A draft of as many street blocks, each request over HTTP as a planner's page sends it, "
        "one at a time; sizes are before compression. A stroke takes ten units from one grid to "
        "the next. The unit tiles of a draft are whole, however many units they show, and are "
        "drawn anew only when units are cut. After a cut a page asks for what is new of the board "
        f"only.\n\n{table(head, _served(sizes))}\n{_said(sizes)}{table(head, _seen(sizes))}"
    )


def _served(sizes: Sequence[dict[str, Any]]) -> list[Row]:
    rows: list[Row] = [
        ("edges found once, s", *(str(one["prepared"].get("find_edges_s", "")) for one in sizes))
    ]
    for name in ("units", "edges", "assignment", "figures", "problems"):
        told = (_payload(one["payloads"].get(name)) for one in sizes)
        rows.append((f"{name}: kB, ms at first / again", *told))
    for name in ("assign", "undo"):
        told = (_spread(one["operations"][name]) for one in sizes)
        rows.append((f"operation {name}: ms, median / p95", *told))
    for name in ("cut", "undo of a cut", "board after it"):
        told = (_spread(one.get("cuts", {}).get(name)) for one in sizes)
        rows.append((f"{name}: ms, median / p95", *told))
    large = (f"{one['cuts']['bytes'] / 1000:,.1f}" if "cuts" in one else "" for one in sizes)
    rows.append(("board after it: kB", *large))
    for layer in ("units", "unit_edges"):
        for zoom in (11, 13, 15):
            told = (_tile(one["tiles"].get(f"{layer} z{zoom}")) for one in sizes)
            rows.append((f"tile {layer} z{zoom}: features, kB, ms drawn / kept", *told))
    return rows


def _said(sizes: Sequence[dict[str, Any]]) -> str:
    seen = [one["browser"] for one in sizes if "browser" in one]
    if not seen:
        return ""
    painters = sorted({one["painter"] for one in seen if "painter" in one})
    software = any("SwiftShader" in one or "llvmpipe" in one for one in painters)
    painted = ""
    if painters:
        painted = f" The map was painted by {', '.join(painters)}"
        painted += ", software on the same processors." if software else "."
    return (
        "\nStrokes in Chromium, 1440 × 900, with all of the draft on the screen that its tiles "
        "show. A calm hand goes to the next unit every 200 ms, a hasty one every 60 ms, whether or "
        "not the page has answered; of movements that waited together the first one counts. "
        f"Wanted: {WANTED_MS} ms from pointer to figures.{painted} A movement waits for the frame "
        "that is being painted, so a hasty hand waits for software where there is no graphics "
        "card; what the page itself does of it is told apart. Where a frame of the map takes "
        "longer than 40 ms, units that move get a dot at once, and the map follows when the hand "
        "rests.\n\n"
    )


def _seen(sizes: Sequence[dict[str, Any]]) -> list[Row]:
    seen = [one.get("browser", {}) for one in sizes]

    def row(title: str, name: str) -> Row:
        return (title, *("" if name not in one else f"{one[name]:,}" for one in seen))

    return [
        row("page loaded, s", "loaded_s"),
        row("units drawn", "units_seen"),
        (
            "calm hand, pointer to figures: ms, median / p95 / most",
            *(_most(s.get("calm", {}).get("figures")) for s in seen),
        ),
        ("of it work of the page: ms", *(_most(s.get("calm", {}).get("worked")) for s in seen)),
        ("hasty hand, pointer to figures: ms", *(_most(s.get("figures")) for s in seen)),
        ("of it work of the page: ms", *(_most(s.get("worked")) for s in seen)),
        ("pointer to the next frame of the page: ms", *(_most(s.get("painted")) for s in seen)),
        ("a frame of the map: ms", *(_most(s.get("frames")) for s in seen)),
        row("map shows the stroke after letting go, ms", "map_follows_ms"),
    ]


def _payload(one: dict[str, Any] | None) -> str:
    if not one:
        return ""
    return f"{one['bytes'] / 1000:,.0f}, {one['first_ms']:,.0f} / {one['ms']:,.0f}"


def _tile(one: dict[str, Any] | None) -> str:
    return f"{one['features']:,}, {_payload(one)}" if one else ""


def _spread(one: dict[str, Any] | None) -> str:
    return f"{one['median_ms']:.0f} / {one['p95_ms']:.0f}" if one and one.get("count") else ""


def _most(one: dict[str, Any] | None) -> str:
    return f"{_spread(one)} / {one['most_ms']:.0f}" if one and one.get("count") else ""
