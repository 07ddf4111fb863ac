"""The demo city: synthetic from end to end, laid where Zhengzhou's Zhongyuan District is.

The same scale and seed give the same city with the same versions of the libraries below it; its
grids come from a search that METIS starts, which may differ between platforms. Names and codes of
sub-districts are real, everything else is invented: see data/boundaries/README.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.demo.blocks import fill
from gis.demo.buildings import Built, Ints, build, settle
from gis.demo.layout import Bones, lay_out
from gis.demo.planar import Plane
from gis.demo.scales import TONGBAI, TONGBAI_AREA_M2, Extent, Scale, SubDistrict, extent
from gis.geometry import DECIMALS, WGS84, LonLat, metric_crs, projector
from gis.progress import Progress, silent

if TYPE_CHECKING:
    import geopandas as gpd

Shapes = npt.NDArray[Any]
CENTRE = LonLat(lon=113.60, lat=34.75)
SEED = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCity:
    """Frames in WGS 84 on a grid of 1e-7°, all with the column `synthetic` (True).

    streets: name, name_en, cls 0–6, kind road|rail|river|wall; one row from junction to junction.
    buildings: building_id, compound_id, name, name_en, kind, address, floors, households, pop,
    sub_district. compounds: compound_id, name, name_en, kind, address, pop, households,
    keep_together, sub_district: polygons out to the middle of their streets; with parks and river
    banks they tile the city. keep_together marks those small enough to stay in one grid.
    water: kind river|lake|park, name, name_en.
    sub_districts: code, name, name_en, district, district_en, pop, level_2, level_3 (how many
    grids are wanted): polygons that share their edges exactly.
    """

    scale: Scale
    seed: int
    streets: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    compounds: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    sub_districts: gpd.GeoDataFrame

    @property
    def population(self) -> int:
        return int(self.sub_districts["pop"].sum())

    @property
    def boundary(self) -> shapely.Geometry:
        """The outline of all sub-districts together."""
        return shapely.coverage_union_all(self.sub_districts.geometry.to_numpy())


def build_city(
    scale: Scale = "sub-districts", seed: int = SEED, *, progress: Progress = silent
) -> DemoCity:
    """Draw the demo city of a scale: Tongbai Road and Qinling Road, their district, or the city.

    Tongbai Road Sub-district has 4.43 km² and 103,889 people at every scale; a district has a
    million people, a city ten million. Raises InputError `demo-scale-unknown`.
    """
    rng = np.random.default_rng(seed)
    size = extent(scale, rng)
    plane = Plane()
    progress("demo-streets", 0.0)
    bones = lay_out(plane, size.owners, rng)
    progress("demo-streets", 0.1)
    fill(plane, bones, rng)
    progress("demo-streets", 1.0)
    ground = _ground(plane, size)
    progress("demo-buildings", 0.0)
    built = build(
        [plane.polygon(face) for face in plane.faces], [face.zone for face in plane.faces], rng
    )
    owner = np.array([face.owner for face in plane.faces])
    settled = settle(built, owner[built.face], [part.pop for part in size.sub_districts])
    progress("demo-buildings", 0.5)
    city = _framed(scale, seed, plane, bones, size, ground, built, settled, rng)
    progress("demo-buildings", 1.0)
    return city


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where the plane lies on the earth: `vertices` of the plane in degrees, on the stored grid."""

    vertices: npt.NDArray[np.float64]
    to_metric: Any
    scale: float
    origin: tuple[float, float]

    def lonlat(self, geometries: Any) -> Shapes:
        """Geometries of the plane in WGS 84, on the stored grid."""
        placed: Shapes = shapely.transform(geometries, self.degrees)
        return placed

    def degrees(self, xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        moved = np.asarray(xy) * self.scale + self.origin
        return np.round(shapely.get_coordinates(self.to_metric(shapely.points(moved))), DECIMALS)


def _ground(plane: Plane, size: Extent) -> Ground:
    """Scale the plane so that Tongbai Road has its area, and lay its middle on the centre."""
    crs = metric_crs(CENTRE)
    at = shapely.get_coordinates(projector(WGS84, crs)(shapely.Point(CENTRE.lon, CENTRE.lat)))[0]
    number = next(k for k, part in enumerate(size.sub_districts) if part.code == TONGBAI)
    area_m2 = sum(plane.polygon(face).area for face in plane.faces if face.owner == number)
    ground = Ground(
        vertices=np.empty((0, 2)), to_metric=projector(crs, WGS84),
        scale=float((TONGBAI_AREA_M2 / area_m2) ** 0.5), origin=(float(at[0]), float(at[1])),
    )  # fmt: skip
    return Ground(
        vertices=ground.degrees(np.array(plane.xy)), to_metric=ground.to_metric,
        scale=ground.scale, origin=ground.origin,
    )  # fmt: skip


def _framed(
    scale: Scale, seed: int, plane: Plane, bones: Bones, size: Extent, ground: Ground,
    built: Built, settled: tuple[Ints, Ints, Ints], rng: np.random.Generator,
) -> DemoCity:  # fmt: skip
    from gis.demo import frames

    faces = np.array(
        [shapely.Polygon(ground.vertices[plane.whole_ring(face)]) for face in plane.faces],
        dtype=object,
    )
    codes = np.array([part.code for part in size.sub_districts])
    owner = np.array([face.owner for face in plane.faces])
    compounds = frames.compounds(plane, faces, codes[owner], rng)
    buildings = frames.buildings(compounds, plane, ground.lonlat(built.outlines), built, settled)
    compounds = frames.counted(compounds, buildings)
    sub_districts = frames.sub_districts(size.sub_districts, faces, owner)
    return DemoCity(
        scale=scale,
        seed=seed,
        streets=frames.streets(plane, ground.vertices),
        buildings=buildings,
        compounds=compounds,
        water=frames.water(plane, bones, ground.lonlat, faces, sub_districts, rng),
        sub_districts=sub_districts,
    )


__all__ = ["CENTRE", "SEED", "DemoCity", "Scale", "SubDistrict", "build_city"]
