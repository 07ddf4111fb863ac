"""H3 cells of a city: every place to its cell at once, by arrays, as the h3 library has it.

H3's library answers one place at a time, some hundred thousand a second. Its grid of a resolution
is an even lattice of hexagons on each of the twenty faces of an icosahedron, seen from the centre
of the Earth. So places are projected onto their face and rounded to its lattice by arrays, and the
library is asked once for each cell that is met: it alone knows names. The corners of the
icosahedron come from the library too; edges of faces need no care, because whatever hexagon of a
face a place falls into, the library has named it by a place in it.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from typing import Literal

import numpy as np
import numpy.typing as npt
import shapely

from gis.errors import InputError
from gis.hotspots.density import Area, locate, region_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

FINEST, COARSEST = 12, 4
# The mean area of a cell at resolution 0 is 4,357,449 km²; each further one is a seventh.
CELL_0_M2 = 4.357449416e12
_UNIT = 0.38196601125010500  # of resolution 0 in the plane of a face: 2 less the golden ratio
_TURN = math.asin(math.sqrt(3 / 28))  # odd resolutions are turned by so much
_DECIMALS = 6  # of corners, about 0.1 m
_UNKNOWN, _OUTSIDE = -2, -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class H3Cells:
    """The cells of a lattice with what was counted in each, and the weight of what lies in none."""

    lattice: H3Lattice
    count: Floats
    outside: float

    def __len__(self) -> int:
        return len(self.lattice)

    @property
    def area_m2(self) -> Floats:
        """The area of each cell."""
        return self.lattice.area_m2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class H3Lattice:
    """The cells of one resolution that touch a study area, by ascending id.

    `names` are H3's own, such as `8a31a5b2cc87fff`. `rings`: their corners as JSON, [lat, lon] in
    WGS 84. `area_m2` and the centres as H3 has them.
    """

    resolution: int
    ids: Integers
    names: tuple[str, ...]
    lon: Floats
    lat: Floats
    area_m2: Floats
    rings: tuple[str, ...]
    box: tuple[float, float, float, float]
    _known: dict[int, _Raster] = field(default_factory=dict, repr=False)

    @property
    def column(self) -> Literal["h3"]:
        """Of the columns that hold incidents: where the cell of each is kept."""
        return "h3"

    @classmethod
    def of(cls, area: Area, resolution: int) -> H3Lattice:
        """Raises InputError `hotspot-area`."""
        import h3.api.basic_int as h3

        region = region_of(area)
        west, south, east, north = region.bounds
        corners = [(south, west), (south, east), (north, east), (north, west)]
        found = h3.h3shape_to_cells_experimental(
            h3.LatLngPoly(corners), resolution, contain="overlap"
        )
        ids = np.array(sorted(found), np.int64)
        bounds = [h3.cell_to_boundary(int(one)) for one in ids]
        shapes = np.array(
            [shapely.Polygon([(lon, lat) for lat, lon in ring]) for ring in bounds], dtype=object
        )
        shapely.prepare(region)
        touching = np.flatnonzero(shapely.intersects(region, shapes))
        ids = ids[touching]
        centres = np.array([h3.cell_to_latlng(int(one)) for one in ids]).reshape(-1, 2)
        rings = [
            [[round(lat, _DECIMALS), round(lon, _DECIMALS)] for lat, lon in bounds[at]]
            for at in touching
        ]
        step = 3 * math.sqrt(CELL_0_M2 / 7**resolution) / 111_000
        return cls(
            resolution=resolution,
            ids=ids,
            names=tuple(h3.int_to_str(int(one)) for one in ids),
            lon=centres[:, 1],
            lat=centres[:, 0],
            area_m2=np.array([h3.cell_area(int(one), unit="m^2") for one in ids]),
            rings=tuple(json.dumps(ring, separators=(",", ":")) for ring in rings),
            box=(west - 2 * step, south - step, east + 2 * step, north + step),
        )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def across_m(self) -> float:
        """About how far neighbours' centres lie apart."""
        return math.sqrt(float(np.median(self.area_m2)) / math.sqrt(0.75))

    def find(self, lon: Floats, lat: Floats) -> npt.NDArray[np.int32]:
        """The number of the cell of each place in WGS 84, -1 for none."""
        at = np.full(len(lon), _OUTSIDE, np.int32)
        west, south, east, north = self.box
        near = np.flatnonzero((lon > west) & (lon < east) & (lat > south) & (lat < north))
        for face, which in _by_face(lon[near], lat[near]):
            mine = near[which]
            col, row = locate("hexagon", 1.0, *_plane(face, self.resolution, lon[mine], lat[mine]))
            at[mine] = self._raster(face).numbers(col, row, lon[mine], lat[mine], self)
        return at

    def number(self, cell: int) -> int:
        """The number of a cell by its id, -1 for one that is not here."""
        at = int(np.searchsorted(self.ids, cell))
        return at if at < len(self.ids) and self.ids[at] == cell else _OUTSIDE

    def cells(self, count: npt.ArrayLike, outside: float) -> H3Cells:
        """The cells with what was counted in each."""
        return H3Cells(lattice=self, count=np.asarray(count, np.float64), outside=outside)

    def sums(self, lon: Floats, lat: Floats, weight: Floats) -> Floats:
        """Weights of places added up by cell; what lies in none is left out."""
        at = self.find(lon, lat)
        hit = at >= 0
        return np.bincount(at[hit], weights=weight[hit], minlength=len(self)).astype(np.float64)

    def _raster(self, face: int) -> _Raster:
        found = self._known.get(face)
        if found is None:
            west, south, east, north = self.box
            lon, lat = np.meshgrid(np.linspace(west, east, 9), np.linspace(south, north, 9))
            frame = locate("hexagon", 1.0, *_plane(face, self.resolution, lon.ravel(), lat.ravel()))
            found = self._known[face] = _Raster.of(*frame)
        return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Raster:
    """The number of the cell that each hexagon of a face's lattice is, as far as it was met."""

    table: npt.NDArray[np.int32]
    origin: tuple[int, int]

    @classmethod
    def of(cls, col: Integers, row: Integers) -> _Raster:
        spare = 4
        origin = int(col.min()) - spare, int(row.min()) - spare
        shape = int(row.max()) - origin[1] + spare + 1, int(col.max()) - origin[0] + spare + 1
        return cls(table=np.full(shape, _UNKNOWN, np.int32), origin=origin)

    def numbers(
        self, col: Integers, row: Integers, lon: Floats, lat: Floats, lattice: H3Lattice
    ) -> npt.NDArray[np.int32]:
        import h3.api.basic_int as h3

        j, i = col - self.origin[0], row - self.origin[1]
        inside = (i >= 0) & (j >= 0) & (i < self.table.shape[0]) & (j < self.table.shape[1])
        at = np.full(len(col), _OUTSIDE, np.int32)
        at[inside] = self.table[i[inside], j[inside]]
        fresh = np.flatnonzero(at == _UNKNOWN)
        if len(fresh):
            keys, first = np.unique(i[fresh] * self.table.shape[1] + j[fresh], return_index=True)
            for key, one in zip(keys.tolist(), fresh[first].tolist(), strict=True):
                cell = h3.latlng_to_cell(float(lat[one]), float(lon[one]), lattice.resolution)
                self.table.flat[key] = lattice.number(cell)
            at[fresh] = self.table[i[fresh], j[fresh]]
        return at


def suggest_resolution(area: Area, *, at_most: int) -> int:
    """The finest resolution, up to 12, that cuts an area into about so many cells."""
    region = region_of(area)
    lat = math.radians((region.bounds[1] + region.bounds[3]) / 2)
    area_m2 = region.area * 111_195.0**2 * math.cos(lat)
    for resolution in range(FINEST, COARSEST, -1):
        if area_m2 / (CELL_0_M2 / 7**resolution) <= at_most:
            return resolution
    return COARSEST


def cell_number(name: str) -> int:
    """The id of a cell from its name. Raises InputError `h3-cell-invalid`."""
    import h3.api.basic_int as h3

    try:
        number = h3.str_to_int(name)
    except ValueError:
        number = 0
    if not (0 < number < 2**63 and h3.is_valid_cell(number)):
        raise InputError("h3-cell-invalid", given=name[:40], field="cell")
    return int(number)


def resolution_of(cell: int) -> int:
    """How fine a cell is, 0 to 15."""
    import h3.api.basic_int as h3

    return int(h3.get_resolution(cell))


def corners_of(cell: int) -> list[tuple[float, float]]:
    """The corners of a cell in WGS 84: latitude, longitude."""
    import h3.api.basic_int as h3

    return [(float(lat), float(lon)) for lat, lon in h3.cell_to_boundary(cell)]


# The planes of H3's icosahedron


def _vectors(lon: Floats, lat: Floats) -> Floats:
    """Places as points of the unit sphere (n, 3)."""
    x, y = np.radians(lon), np.radians(lat)
    flat = np.cos(y)
    return np.stack([flat * np.cos(x), flat * np.sin(x), np.sin(y)], axis=1)


@cache
def _faces() -> tuple[Floats, Floats, Floats]:
    """Of each face its centre (20, 3), the direction to one of its corners, and the one that lies
    to the left of it."""
    import h3.api.basic_int as h3

    lat, lon = np.array([h3.cell_to_latlng(one) for one in h3.get_pentagons(0)]).T
    corner = _vectors(lon, lat)
    near = corner @ corner.T > 0.4  # neighbours are 63.4° apart
    triples = [
        three for three in combinations(range(12), 3)
        if all(near[a, b] for a, b in combinations(three, 2))
    ]  # fmt: skip
    centre = np.array([corner[list(three)].sum(axis=0) for three in triples])
    centre /= np.linalg.norm(centre, axis=1)[:, None]
    ahead = corner[[three[0] for three in triples]]
    ahead = ahead - (ahead * centre).sum(axis=1)[:, None] * centre
    ahead /= np.linalg.norm(ahead, axis=1)[:, None]
    return centre, ahead, np.cross(centre, ahead)


def _by_face(lon: Floats, lat: Floats) -> list[tuple[int, Integers]]:
    """Which places lie on which face, the one with the nearest centre."""
    if not len(lon):
        return []
    centre, _, _ = _faces()
    # Places of a city lie on one face, or on few around its middle.
    corners = [(x, y) for x in (lon.min(), lon.max()) for y in (lat.min(), lat.max())]
    frame = _vectors(*np.array([*corners, (lon.mean(), lat.mean())]).T)
    apart = np.arccos(np.clip(frame @ centre.T, -1, 1))
    reach = np.arccos(np.clip(frame @ frame[-1], -1, 1)).max()
    may = np.flatnonzero(apart[-1] <= apart[-1].min() + 2 * reach + 1e-9)
    if len(may) == 1:
        return [(int(may[0]), np.arange(len(lon)))]
    nearest = may[(_vectors(lon, lat) @ centre[may].T).argmax(axis=1)]
    return [(int(face), np.flatnonzero(nearest == face)) for face in np.unique(nearest)]


def _plane(face: int, resolution: int, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Places in the plane of a face, seen from the centre of the Earth, in units of the lattice."""
    centre, ahead, left = (axes[face] for axes in _faces())
    scale = math.sqrt(7.0) ** resolution / _UNIT
    turn = _TURN if resolution % 2 else 0.0
    one = (math.cos(turn) * ahead + math.sin(turn) * left) * scale
    other = (math.cos(turn) * left - math.sin(turn) * ahead) * scale
    point = _vectors(lon, lat)
    depth = point @ centre
    return point @ one / depth, point @ other / depth
