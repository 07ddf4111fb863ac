"""Units built per second from a generated street network, against momepy's enclosures.

Both get the same streets and boundary. momepy gives enclosures only; ours also joins slivers,
measures, names and checks the coverage, so the ratio is on the low side.
Writes bench/out/units.json. Run: .venv/bin/python bench/units.py [--blocks 5000]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from gis.geometry import WGS84, metric_crs, projector
from gis.units.build import build_units
from gis.units.options import UnitOptions

OUT = Path(__file__).parent / "out" / "units.json"
PLACE = (113.60, 34.75)
CRS = metric_crs(PLACE)


def town(blocks: int, seed: int) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Streets (bent rows and columns, cut at the crossings, with dead ends), boundary, buildings.

    In the metric projection; about 150 m a block, twelve buildings in each with 40 people.
    """
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(blocks))) + 1
    corner = shapely.get_coordinates(projector(WGS84, CRS)(shapely.Point(*PLACE)))[0]
    nodes = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), -1) * 150.0
    nodes = nodes + rng.uniform(-25, 25, nodes.shape) + corner
    rows = np.stack([nodes[:-1], nodes[1:]], 2).reshape(-1, 2, 2)
    columns = np.stack([nodes[:, :-1], nodes[:, 1:]], 2).reshape(-1, 2, 2)
    ends = nodes.reshape(-1, 2)[::3]
    dead = np.stack([ends, ends + rng.uniform(20, 60, ends.shape)], 1)
    streets = gpd.GeoDataFrame(
        geometry=shapely.linestrings(np.concatenate([rows, columns, dead])), crs=CRS
    )
    low, high = corner + 40, corner + (side - 1) * 150 - 40
    boundary = gpd.GeoDataFrame(geometry=[shapely.box(*low, *high)], crs=CRS)
    middles = (nodes[:-1, :-1] + nodes[1:, 1:]).reshape(-1, 1, 2) / 2
    lots = np.stack(np.meshgrid([-45, -15, 15, 45], [-35, 0, 35]), -1).reshape(-1, 2)
    places = (middles + lots + rng.uniform(-6, 2, (len(middles), len(lots), 2))).reshape(-1, 2)
    sizes = rng.uniform(8, 18, places.shape)
    houses = gpd.GeoDataFrame(
        {"pop": [40] * len(places)}, geometry=shapely.box(*places.T, *(places + sizes).T), crs=CRS
    )
    return streets, boundary, houses


def best(work: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    """The shortest processor time of some runs in seconds, and the last result."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        result = work()
        times.append(time.process_time() - start)
    return min(times), result


def main() -> None:
    import momepy

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    streets, boundary, houses = town(asked.blocks, asked.seed)
    placed = [frame.to_crs(WGS84) for frame in (streets, boundary, houses)]
    runs = {
        "wangge": lambda: build_units(streets=placed[0], boundary=placed[1]).frame,
        "wangge, split by buildings": lambda: (
            build_units(
                streets=placed[0],
                boundary=placed[1],
                buildings=placed[2],
                options=UnitOptions(max_pop=150),
            ).frame
        ),
        "momepy enclosures": lambda: momepy.enclosures(streets, limit=boundary.geometry),
    }
    figures = {}
    for name, work in runs.items():
        seconds, units = best(work, asked.rounds)
        shapes = np.asarray(units.geometry.to_numpy(), object)
        figures[name] = {
            "units": len(units),
            "seconds": round(seconds, 3),
            "units_per_second": round(len(units) / seconds),
            "valid_coverage": bool(shapely.coverage_is_valid(shapes)),
        }
        print(name, figures[name])
    ours, peer = figures["wangge"], figures["momepy enclosures"]
    ratio = ours["units_per_second"] / peer["units_per_second"]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(
        {"blocks": asked.blocks, "streets": len(streets), "buildings": len(houses),
         "runs": figures, "ratio_to_momepy_enclosures": round(ratio, 2)}, indent=2,
    ), encoding="utf-8")  # fmt: skip
    print(f"ratio to momepy's enclosures: {ratio:.2f}")


if __name__ == "__main__":
    main()
