"""An independent judge of plans: polygons and labels in, measures out; nothing of ours is used.

Grids are dissolved with geopandas and measured as polygons; networkx says whether they hang
together. `Ground` also knows the neighbours, for the peers and for a quick look at many plans.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# What a metre of boundary costs by the class of the best street within reach.
FACTORS = (1.0, 1.0, 0.9, 0.75, 0.6, 0.5, 0.5, 0.5)
WITHOUT_STREET, NEAR_M = 1.3, 12.0
AGREE = 1e-6


def touching(polygons: Any) -> tuple[Ints, Ints, Any]:
    """Pairs of polygons that share boundary of some length, each once, and the lines shared."""
    left, right = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    outlines = shapely.boundary(polygons)
    lines = shapely.intersection(outlines[left], outlines[right])
    some = shapely.length(lines) > 0
    return left[some], right[some], lines[some]


def factors_of(lines: Any, streets: gpd.GeoDataFrame) -> Floats:
    """The mean factor of each shared line, by the streets near the middles of its segments."""
    parts, pair = shapely.get_parts(lines, return_index=True)
    linear = shapely.length(parts) > 0
    parts, pair = parts[linear], pair[linear]
    xy, part = shapely.get_coordinates(parts, return_index=True)
    within = part[1:] == part[:-1]
    middle = ((xy[1:] + xy[:-1]) / 2)[within]
    length = np.hypot(*(xy[1:] - xy[:-1]).T)[within]
    at = pair[part[1:][within]]
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*middle.T), crs=streets.crs)
    near = points.sjoin(streets[["cls", "geometry"]], predicate="dwithin", distance=NEAR_M)
    cls = near.groupby(level=0)["cls"].max().reindex(points.index)
    factor = cls.map(dict(enumerate(FACTORS))).fillna(WITHOUT_STREET).to_numpy()
    total = np.bincount(at, length * factor, len(lines))
    return np.asarray(total / np.bincount(at, length, len(lines)))


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Units and which of them touch along how many metres; `cost` weighs those by streets."""

    units: gpd.GeoDataFrame
    left: Ints
    right: Ints
    metres: Floats
    cost: Floats
    outline_m: float

    @staticmethod
    def survey(units: gpd.GeoDataFrame, streets: gpd.GeoDataFrame | None = None) -> Ground:
        polygons = units.geometry.to_numpy()
        left, right, lines = touching(polygons)
        metres = shapely.length(lines)
        cost = metres if streets is None else metres * factors_of(lines, streets)
        outline = float(shapely.coverage_union_all(polygons).length)
        return Ground(
            units=units, left=left, right=right, metres=metres, cost=cost, outline_m=outline
        )

    @property
    def pop(self) -> Floats:
        return self.units["pop"].to_numpy(float)

    def rows(self, values: Floats, order: Ints | None = None) -> tuple[Ints, Ints, Floats]:
        """The neighbours as compressed sparse rows with a value each, for the partitioners.

        With `order`, unit `order[i]` is row i.
        """
        from scipy.sparse import coo_matrix

        n = len(self.units)
        row = np.arange(n) if order is None else np.argsort(order)
        left, right = row[self.left], row[self.right]
        both = (np.r_[left, right], np.r_[right, left])
        found = coo_matrix((np.r_[values, values], both), (n, n)).tocsr()
        found.sort_indices()
        return found.indptr, found.indices, found.data

    def deviations(self, labels: Ints, k: int, column: str = "pop") -> Floats:
        """(load - mean) / mean for each grid."""
        values = self.units.geometry.area if column == "area" else self.units[column]
        load = np.bincount(labels, values.to_numpy(float), k)
        return np.asarray(load / (load.sum() / k) - 1)

    def glance(self, labels: Ints, k: int) -> tuple[float, float, int]:
        """Quickly: largest deviation, cost of the inner boundary, pieces beyond one per grid."""
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components

        same = labels[self.left] == labels[self.right]
        n = len(labels)
        links = coo_matrix((np.ones(same.sum()), (self.left[same], self.right[same])), (n, n))
        pieces = connected_components(links, directed=False)[0]
        used = len(np.unique(labels))
        worst = float(np.abs(self.deviations(labels, k)).max())
        return worst, float(self.cost[~same].sum()), int(pieces - used + (k - used))

    def judge(self, labels: Ints, k: int, current: Ints | None = None) -> dict[str, Any]:
        """Every measure of a plan, from its dissolved polygons."""
        grids = self.units[["geometry"]].assign(grid=labels)
        shapes = grids.dissolve("grid", method="coverage").reindex(range(k))
        perimeter, area = shapes.length.to_numpy(), shapes.area.to_numpy()
        compactness = 4 * np.pi * area / perimeter**2
        graph = nx.Graph()
        graph.add_nodes_from(range(len(labels)))
        cut = labels[self.left] != labels[self.right]
        graph.add_edges_from(zip(self.left[~cut].tolist(), self.right[~cut].tolist(), strict=True))
        pieces = pd.Series([labels[next(iter(c))] for c in nx.connected_components(graph)])
        found = {
            "max_deviation": float(np.abs(self.deviations(labels, k)).max()),
            "mean_deviation": float(np.abs(self.deviations(labels, k)).mean()),
            "max_deviation_area": float(np.abs(self.deviations(labels, k, "area")).max()),
            "boundary_m": float((perimeter.sum() - self.outline_m) / 2),
            "weighted_m": float(self.cost[cut].sum()),
            "compactness": float(compactness.mean()),
            "least_compact": float(compactness.min()),
            "not_contiguous": int(
                (pieces.value_counts().reindex(range(k), fill_value=0) != 1).sum()
            ),
        }
        if current is not None:
            away = labels != current
            found |= {"units_moved": int(away.sum()), "people_moved": float(self.pop[away].sum())}
        return found


def disagreements(found: dict[str, Any], certificate: dict[str, Any]) -> list[str]:
    """What a certificate says otherwise than the judge, by more than a millionth."""
    names = ("max_deviation", "mean_deviation", "boundary_m", "compactness")
    wrong = [
        f"{name}: certificate {certificate[name]!r}, judge {found[name]!r}"
        for name in names
        if abs(certificate[name] - found[name]) > AGREE * max(1.0, abs(found[name]))
    ]
    if certificate["contiguous"] != (found["not_contiguous"] == 0):
        wrong.append(
            f"contiguous: certificate {certificate['contiguous']}, judge {found['not_contiguous']}"
        )
    return wrong
