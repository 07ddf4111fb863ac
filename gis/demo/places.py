"""Where things happen: buildings and streets as places to draw from, by kind of incident."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.demo.kinds import PLACES
from gis.geometry import DECIMALS

if TYPE_CHECKING:
    from gis.demo.city import DemoCity

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
LAT_M = 110_950.0  # metres in a degree of latitude at 34.75° N
LON_M = 91_560.0  # and of longitude


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """m places: buildings first, then street links. Coordinates in WGS 84.

    `address` is what is written in a report. weights[name]: how likely each place is, adding up to
    1, for each name of PLACES; `cumulated` are their running sums. `tree`: the middles in metres.
    """

    lon: Floats
    lat: Floats
    buildings: int
    links: npt.NDArray[Any]
    address: npt.NDArray[Any]
    weights: dict[str, Floats]
    cumulated: dict[str, Floats]
    tree: Any

    def draw(self, name: str, count: int, rng: np.random.Generator) -> Ints:
        cumulated = self.cumulated[name]
        drawn = np.searchsorted(cumulated, rng.random(count) * cumulated[-1], side="right")
        places: Ints = np.minimum(drawn, len(self.lon) - 1).astype(np.int64)
        return places

    def within(self, lon: float, lat: float, radius_m: float) -> Ints:
        """The places whose middle lies in a circle, in order."""
        found = self.tree.query_ball_point((lon * LON_M, lat * LAT_M), radius_m)
        return np.array(sorted(found), np.int64)

    def around(
        self, place: Ints, rng: np.random.Generator, *, whole_street: bool = True
    ) -> tuple[Floats, Floats]:
        """A point for each place: at its building, or anywhere along its street, within 6 m.

        Without `whole_street` a street is its middle.
        """
        count = len(place)
        angle = rng.random(count) * 2 * np.pi
        reach_m = 6.0 * np.sqrt(rng.random(count))
        lon = self.lon[place] + reach_m * np.cos(angle) / LON_M
        lat = self.lat[place] + reach_m * np.sin(angle) / LAT_M
        on_street = np.flatnonzero((place >= self.buildings) & whole_street)
        if len(on_street):
            link = self.links[place[on_street] - self.buildings]
            at = rng.random(len(on_street)) * shapely.length(link)
            points = shapely.get_coordinates(shapely.line_interpolate_point(link, at))
            lon[on_street] = points[:, 0] + (reach_m * np.cos(angle))[on_street] / LON_M
            lat[on_street] = points[:, 1] + (reach_m * np.sin(angle))[on_street] / LAT_M
        return np.round(lon, DECIMALS), np.round(lat, DECIMALS)


def places_of(city: DemoCity) -> Places:
    """The places of a city."""
    from scipy.spatial import KDTree

    buildings = city.buildings
    streets = city.streets
    links = streets[(streets["kind"] == "road") & streets["cls"].between(1, 5)]
    middles = shapely.get_coordinates(shapely.centroid(buildings.geometry.to_numpy()))
    lines = links.geometry.to_numpy()
    halfway = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True))
    kind = buildings["kind"].to_numpy()
    people = buildings["pop"].to_numpy()
    length_m = shapely.length(lines) * LAT_M
    busy = length_m * np.select([links["cls"] == 3, links["cls"] == 2], [1.0, 1.6], 0.7)
    weights = {}
    for name, shares in PLACES.items():
        weight = np.zeros(len(buildings) + len(links))
        for zone, share in shares.items():
            if zone == "street":
                weight[len(buildings) :] = share * busy
            else:
                here = np.flatnonzero(kind == zone)
                weight[here] = share * np.maximum(people[here], 12)
        weights[name] = weight / weight.sum()
    at_home = buildings["address"].to_numpy(dtype=object) + buildings["name"].to_numpy(dtype=object)
    lon = np.concatenate([middles[:, 0], halfway[:, 0]])
    lat = np.concatenate([middles[:, 1], halfway[:, 1]])
    return Places(
        lon=lon,
        lat=lat,
        buildings=len(buildings),
        links=lines,
        address=np.concatenate([at_home, links["name"].to_numpy(dtype=object)]),
        weights=weights,
        cumulated={name: np.cumsum(weight) for name, weight in weights.items()},
        tree=KDTree(np.column_stack([lon * LON_M, lat * LAT_M])),
    )
