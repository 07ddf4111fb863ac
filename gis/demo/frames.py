"""The demo city as GeoDataFrames: named, numbered, addressed, in WGS 84."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.demo.blocks import ZONES
from gis.demo.buildings import Built, Ints
from gis.demo.layout import CORRIDOR_M, Bones
from gis.demo.names import PARKS, Name, PlaceNames
from gis.demo.planar import Face, Plane
from gis.demo.scales import SubDistrict
from gis.geometry import WGS84

Shapes = npt.NDArray[Any]
# A compound of more people would take up too much of a basic grid to be balanced.
KEPT_TOGETHER = 400
OPEN = tuple(zone for zone, cuts in ZONES.items() if not cuts)


def _frame(columns: dict[str, Any], geometry: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({**columns, "synthetic": True}, geometry=list(geometry), crs=WGS84)


def streets(plane: Plane, lonlat: npt.NDArray[np.float64]) -> gpd.GeoDataFrame:
    """Every line from junction to junction: no two rows meet but at their ends."""
    chains = list(plane.chains())
    degree = Counter(end for _, chain in chains for pair in pairwise(chain) for end in pair)
    links: list[tuple[int, list[int]]] = []
    for line, chain in chains:
        for a, b in pairwise(chain):
            goes_on = links and links[-1][0] == line and links[-1][1][-1] == a and degree[a] == 2
            if goes_on:
                links[-1][1].append(b)
            else:
                links.append((line, [a, b]))
    lines = [plane.lines[line] for line, _ in links]
    return _frame(
        {
            "name": [line.name for line in lines],
            "name_en": [line.name_en for line in lines],
            "cls": np.array([line.cls for line in lines], np.int64),
            "kind": [line.kind for line in lines],
        },
        [shapely.LineString(lonlat[way]) for _, way in links],
    )


def compounds(
    plane: Plane, faces: Shapes, codes: npt.NDArray[Any], rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """One row for each built face, indexed by the face's number."""
    names = PlaceNames(rng)
    villages: dict[int, Name] = defaultdict(names.village)
    chosen = [k for k, face in enumerate(plane.faces) if face.zone not in OPEN]
    named = [
        names.compound(plane.faces[k].zone, villages[plane.faces[k].quarter]
                       if plane.faces[k].zone == "village" else ("", ""))
        for k in chosen
    ]  # fmt: skip
    addresses = _addresses(plane, faces, chosen)
    frame = _frame(
        {
            "compound_id": [f"C{number:06d}" for number in range(1, len(chosen) + 1)],
            "name": [name for name, _ in named],
            "name_en": [name_en for _, name_en in named],
            "kind": [plane.faces[k].zone for k in chosen],
            "address": [zh for zh, _ in addresses],
            "address_en": [en for _, en in addresses],
            "sub_district": codes[chosen],
        },
        faces[chosen],
    )
    return frame.set_index(pd.Index(chosen, name="face"))


def _addresses(plane: Plane, faces: Shapes, chosen: list[int]) -> list[tuple[str, str]]:
    """Each face's number on its longest named street; numbers rise along a street."""
    middles = shapely.get_coordinates(shapely.centroid(faces[chosen]))
    on_line: dict[int, list[int]] = defaultdict(list)
    for place, k in enumerate(chosen):
        on_line[_longest_street(plane, plane.faces[k])].append(place)
    found: list[tuple[str, str]] = [("", "")] * len(chosen)
    for line, places in sorted(on_line.items()):
        points = middles[places]
        spread = np.ptp(points, axis=0)
        order = np.argsort(points[:, int(spread[1] > spread[0])], kind="stable")
        for number, rank in enumerate(order.tolist(), start=1):
            street = plane.lines[line]
            found[places[rank]] = (
                f"{street.name}{3 * number - 2}号",
                f"{3 * number - 2} {street.name_en}",
            )
    return found


def _longest_street(plane: Plane, face: Face) -> int:
    length: dict[int, float] = defaultdict(float)
    coordinates = plane.coordinates(face)
    for k, segment in enumerate(face.segments):
        line = plane.line_of[segment]
        if plane.lines[line].kind == "road":
            (ax, ay), (bx, by) = coordinates[k], coordinates[(k + 1) % len(coordinates)]
            length[line] += float(np.hypot(bx - ax, by - ay))
    if not length:
        # Walled in on all sides: it is entered from the nearest main road's first line.
        return next(k for k, line in enumerate(plane.lines) if line.kind == "road")
    return max(sorted(length), key=lambda line: length[line])


def buildings(
    compounds: gpd.GeoDataFrame, plane: Plane, outlines: Shapes, built: Built,
    settled: tuple[Ints, Ints, Ints],
) -> gpd.GeoDataFrame:  # fmt: skip
    """One row for each building, numbered within its compound."""
    pop, households, floors = settled
    home = compounds.loc[built.face]
    number = (pd.Series(built.face).groupby(built.face).cumcount() + 1).astype(str).to_numpy()
    return _frame(
        {
            "building_id": [f"B{k:07d}" for k in range(1, len(outlines) + 1)],
            "compound_id": home["compound_id"].to_numpy(),
            "name": home["name"].to_numpy() + number + "号楼",
            "name_en": home["name_en"].to_numpy() + ", Building " + number,
            "kind": home["kind"].to_numpy(),
            "address": home["address"].to_numpy(),
            "address_en": home["address_en"].to_numpy(),
            "floors": floors,
            "households": households,
            "pop": pop,
            "sub_district": home["sub_district"].to_numpy(),
        },
        outlines,
    )


def counted(compounds: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Compounds with the people and households of their buildings."""
    sums = buildings.groupby("compound_id")[["pop", "households"]].sum()
    sums = sums.reindex(compounds["compound_id"], fill_value=0)
    frame = compounds.reset_index(drop=True)
    frame = frame.assign(pop=sums["pop"].to_numpy(), households=sums["households"].to_numpy())
    return frame.assign(keep_together=frame["pop"].between(1, KEPT_TOGETHER))


def sub_districts(
    parts: Sequence[SubDistrict], faces: Shapes, owner: npt.NDArray[np.int64]
) -> gpd.GeoDataFrame:
    """Each sub-district with the union of its faces; neighbours share every vertex."""
    outlines = [shapely.coverage_union_all(faces[owner == k]) for k in range(len(parts))]
    columns = ("code", "name", "name_en", "district", "district_en", "pop", "level_2", "level_3")
    return _frame(
        {column: [getattr(part, column) for part in parts] for column in columns}, outlines
    )


def water(
    plane: Plane, bones: Bones, lonlat: Callable[[Any], Shapes], faces: Shapes,
    sub_districts: gpd.GeoDataFrame, rng: np.random.Generator,
) -> gpd.GeoDataFrame:  # fmt: skip
    """Parks first, then lakes and rivers, in the order in which a map draws them."""
    rows: list[tuple[str, str, str, Any]] = []
    city = shapely.coverage_union_all(sub_districts.geometry.to_numpy())
    shapes = [plane.polygon(face) for face in plane.faces]
    greens = [k for k, face in enumerate(plane.faces) if face.zone == "green"]
    for zh, en, course in bones.rivers:
        line = shapely.LineString(course)
        near = [k for k in greens if shapes[k].distance(line) < CORRIDOR_M / 2]
        banks = shapely.coverage_union_all(faces[near])
        rows.append(("park", f"{zh}滨河公园", f"{en} Park", banks))
    lakes = []
    parks = [k for k, face in enumerate(plane.faces) if face.zone == "park"]
    for number, k in enumerate(sorted(parks, key=lambda k: -shapes[k].area)):
        zh, en = PARKS[number % len(PARKS)]
        turn = number // len(PARKS)
        zh, en = (f"{zh}{turn + 1}号", f"{en} {turn + 1}") if turn else (zh, en)
        rows.append(("park", f"{zh}公园", f"{en} Park", faces[k]))
        lake = _lake(shapes[k], rng)
        if number % 2 == 0 and not shapely.is_empty(lake):
            lakes.append(("lake", zh, en, lonlat(lake)))
    rows += lakes
    for zh, en, course in bones.rivers:
        stream = lonlat(shapely.LineString(course).buffer(23, cap_style="flat"))
        rows.append(("river", zh, en, shapely.intersection(shapely.make_valid(stream), city)))
    kind, name, name_en, geometry = zip(*rows, strict=True)
    return _frame({"kind": kind, "name": name, "name_en": name_en}, geometry)


def _lake(park: shapely.Polygon, rng: np.random.Generator) -> shapely.Geometry:
    """A lake with bays in the middle of a park, at least 30 m from its edge."""
    middle = shapely.get_coordinates(park.centroid)[0]
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    reach = 0.42 * np.sqrt(park.area) * np.ones(48)
    for waves in (2, 3, 5):
        reach *= 1 + 0.22 / np.sqrt(waves) * np.sin(waves * angle + rng.uniform(0, 2 * np.pi))
    shore = shapely.Polygon(
        middle + reach[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    )
    lake = shapely.intersection(shore, park.buffer(-30)).buffer(-12).buffer(12)
    parts = [part for part in shapely.get_parts(lake) if part.area > 1500]
    return max(parts, key=lambda part: part.area) if parts else shapely.Polygon()
