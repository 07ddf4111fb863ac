"""Two years of incidents of the demo city: synthetic, in the proportions of a real report."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.demo.hotspots import PER_PERSON, hotspots_of
from gis.demo.kinds import FOUND, KINDS, LEADS, SOURCE_SHARES, SOURCES, Kind
from gis.demo.lifecycle import lives
from gis.demo.places import LAT_M, LON_M, Floats, Ints, Places, places_of
from gis.demo.rhythm import CHINA, DEFAULT_UNTIL, draw_moments, first_day
from gis.geometry import DECIMALS
from gis.incidents.categories import default_categories
from gis.progress import Progress, silent

if TYPE_CHECKING:
    import geopandas as gpd

    from gis.demo.city import DemoCity

OUTSIDE_SHARE, BOUNDARY_SHARE = 0.0006, 0.001
AT_LEAST = 12


def incidents(
    city: DemoCity,
    *,
    until: datetime = DEFAULT_UNTIL,
    units: gpd.GeoDataFrame | None = None,
    per_person: float = PER_PERSON,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Everything reported in the 730 local days that end at `until`, oldest first.

    source_ref, category (four digits), severity 1–4, source, title, title_en, description,
    address, lon, lat (WGS 84 on the stored grid), where (inside; boundary: exactly on a vertex
    that grids may share; outside: beyond all sub-districts), stage, reported_at, registered_at,
    dispatched_at, handled_at, fed_back_at, closed_at (UTC, missing where not reached), hotspot
    (id of `planted_hotspots`, or empty), satisfaction (where it was judged), synthetic (True).
    Points of `boundary` are taken from the outlines of `units`, or of the city's compounds without
    them. The seed is the city's.
    """
    rng = np.random.default_rng([city.seed, 1])
    places = places_of(city)
    planted = hotspots_of(city, places, until, per_person)
    progress("demo-incidents", 0.0)
    category, place, seconds, lon, lat, hotspot = _happened(
        places, planted, round(per_person * city.population), until, rng
    )
    progress("demo-incidents", 0.4)
    order = np.argsort(seconds, kind="stable")
    category, place, seconds = category[order], place[order], seconds[order]
    lon, lat, hotspot = lon[order], lat[order], hotspot[order]
    where = _moved(city, units, places, place, lon, lat, hotspot, rng)
    progress("demo-incidents", 0.5)
    table = _told(places, category, place, where, rng)
    table["lon"], table["lat"] = lon, lat
    table["where"] = pd.Categorical.from_codes(where, pd.Index(["inside", "boundary", "outside"]))
    table["hotspot"] = np.array(["", *planted["hotspot"]], dtype=object)[hotspot]
    progress("demo-incidents", 0.8)
    tops = np.array([kind.code[:2] for kind in KINDS])[category]
    days = np.array([kind.days for kind in KINDS])[category]
    table = table.assign(**lives(tops, days, seconds, int(until.timestamp()), rng))
    table.insert(0, "source_ref", pd.Series(np.arange(1, len(table) + 1)).astype(str).str.zfill(8))
    table["source_ref"] = "DEMO-" + table["source_ref"]
    table["synthetic"] = True
    progress("demo-incidents", 1.0)
    return table


def _happened(
    places: Places, planted: pd.DataFrame, total: int, until: datetime, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints, Floats, Floats, Ints]:
    """Kind, place, moment, point and hotspot (0: none) of every incident."""
    found = np.array(list(FOUND.values()), float)
    drawn = rng.multinomial(total, found / found.sum())
    by_top = dict(zip(FOUND, drawn.tolist(), strict=True))
    for code, extra in zip(planted["category"], planted["extra"], strict=True):
        by_top[code[:2]] -= int(extra)
    columns: list[tuple[Any, ...]] = []
    for top, count in by_top.items():
        members = [k for k, kind in enumerate(KINDS) if kind.code[:2] == top]
        shares = np.array([KINDS[k].share for k in members])
        each = rng.multinomial(max(count, 0), shares / shares.sum())
        for k, number in zip(members, each.tolist(), strict=True):
            kind = KINDS[k]
            place = places.draw(kind.place, number, rng)
            seconds = draw_moments(number, kind.season, kind.hours, until, rng)
            lon, lat = places.around(place, rng)
            columns.append((np.full(number, k), place, seconds, lon, lat, np.zeros(number, int)))
    numbers = {kind.code: k for k, kind in enumerate(KINDS)}
    for row in range(len(planted)):
        columns.append(_extra(places, planted.iloc[row], row + 1, numbers, until, rng))
    category, place, seconds, lon, lat, hotspot = (
        np.concatenate(column) for column in zip(*columns, strict=True)
    )
    return category, place, seconds, lon, lat, hotspot


def _extra(
    places: Places, spot: pd.Series[Any], number: int, numbers: dict[str, int],
    until: datetime, rng: np.random.Generator,
) -> tuple[Any, ...]:  # fmt: skip
    """What a planted hotspot adds: around its centre, evenly over its days."""
    kind: Kind = KINDS[numbers[spot["category"]]]
    weight = places.weights[kind.place]
    near = places.within(spot["lon"], spot["lat"], spot["radius_m"] - 8)
    near = near[weight[near] > 0]
    count = int(spot["extra"])
    place = rng.choice(near, count, p=weight[near] / weight[near].sum())
    start = datetime.combine(first_day(until), datetime.min.time(), CHINA)
    first = round((spot["since"] - start).total_seconds() / 86_400)
    last = int(np.ceil((spot["until"] - start).total_seconds() / 86_400))
    days = rng.integers(first, last, count)
    seconds = draw_moments(count, kind.season, kind.hours, until, rng, days=days)
    lon, lat = places.around(place, rng, whole_street=False)
    return np.full(count, numbers[kind.code]), place, seconds, lon, lat, np.full(count, number)


def _moved(
    city: DemoCity, units: gpd.GeoDataFrame | None, places: Places, place: Ints,
    lon: Floats, lat: Floats, hotspot: Ints, rng: np.random.Generator,
) -> npt.NDArray[np.int8]:  # fmt: skip
    """Keep points within the city, but for a few on shared boundaries (1) and outside (2).

    Changes `lon` and `lat` in place.
    """
    boundary = city.boundary
    shapely.prepare(boundary)
    strayed = np.flatnonzero(~shapely.contains_xy(boundary, lon, lat))
    home = places.lon[: places.buildings], places.lat[: places.buildings]
    if len(strayed):
        # Beyond the outermost street: at the nearest building instead.
        points = shapely.points(lon[strayed], lat[strayed])
        nearest = shapely.STRtree(np.asarray(shapely.points(*home))).nearest(points)
        place[strayed] = nearest
        lon[strayed] = np.round(home[0][nearest], DECIMALS)
        lat[strayed] = np.round(home[1][nearest], DECIMALS)
    where = np.zeros(len(lon), np.int8)
    free = np.flatnonzero(hotspot == 0)
    outside = max(AT_LEAST, round(OUTSIDE_SHARE * len(lon)))
    shared = max(AT_LEAST, round(BOUNDARY_SHARE * len(lon)))
    picked = rng.choice(free, min(outside + shared, len(free) // 4), replace=False)
    out, edge = picked[: len(picked) // 2], picked[len(picked) // 2 :]
    lon[out], lat[out] = _beyond(boundary, len(out), rng)
    where[out] = 2
    outlines = (units if units is not None else city.compounds).geometry.to_numpy()
    vertices, uses = np.unique(shapely.get_coordinates(outlines), axis=0, return_counts=True)
    shared_vertices = vertices[uses >= 3]
    chosen = shared_vertices[rng.integers(0, len(shared_vertices), len(edge))]
    lon[edge], lat[edge] = chosen[:, 0], chosen[:, 1]
    where[edge] = 1
    return where


def _beyond(
    boundary: shapely.Geometry, count: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Points 30 to 400 m outside the outline."""
    outline = shapely.get_coordinates(shapely.boundary(boundary))
    middle = shapely.get_coordinates(shapely.centroid(boundary))[0]
    found = np.empty((0, 2))
    while len(found) < count:
        at = outline[rng.integers(0, len(outline), 2 * count + 8)]
        out_m = (at - middle) * (LON_M, LAT_M)
        out_m /= np.linalg.norm(out_m, axis=1)[:, None]
        at = np.round(
            at + out_m * rng.uniform(30, 400, len(at))[:, None] / (LON_M, LAT_M), DECIMALS
        )
        found = np.concatenate([found, at[~shapely.intersects_xy(boundary, at[:, 0], at[:, 1])]])
    return found[:count, 0], found[:count, 1]


def _told(
    places: Places, category: Ints, place: Ints, where: npt.NDArray[np.int8],
    rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    """Category, severity, source and words of every incident."""
    import pyarrow as pa
    import pyarrow.compute as pc

    count = len(category)
    usual = {entry.code: entry.severity for entry in default_categories()}
    severity = np.array([usual[kind.code] for kind in KINDS])[category]
    severity = np.clip(severity + rng.choice([-1, 0, 1], count, p=[0.16, 0.74, 0.10]), 1, 4)
    tops = np.array([int(kind.code[:2]) for kind in KINDS])[category]
    shares = np.cumsum([SOURCE_SHARES[top] for top in FOUND], axis=1)
    source = (rng.random(count)[:, None] >= shares[tops - 1]).sum(axis=1)
    source = np.minimum(source, len(SOURCES) - 1)

    def pick(options: list[tuple[str, ...]]) -> Any:
        """One option of each incident's kind, drawn evenly."""
        first = np.cumsum([0, *(len(option) for option in options)])[:-1]
        sizes = np.array([len(option) for option in options])
        index = first[category] + (luck * sizes[category]).astype(np.int64)
        return pa.array([text for option in options for text in option]).take(pa.array(index))

    luck = rng.random(count)
    titles = pick([tuple(zh for zh, _ in kind.titles) for kind in KINDS])
    titles_en = pick([tuple(en for _, en in kind.titles) for kind in KINDS])
    posts = pick([kind.posts for kind in KINDS])
    number = pa.array(rng.integers(1, 260, count)).cast(pa.string())
    on_street = pa.array(place >= places.buildings)
    door = pc.if_else(on_street, pc.binary_join_element_wise(number, "号门前", ""), "附近")
    address = pa.array(places.address.tolist()).take(pa.array(place))
    address = pc.binary_join_element_wise(address, door, "")
    address = pc.if_else(pa.array(where == 2), "辖区边界以外", address)
    leads = pa.array(LEADS).take(pa.array(source))
    description = pc.binary_join_element_wise(leads, address, posts, "。", "")
    return pd.DataFrame({
        "category": pd.Categorical.from_codes(category, pd.Index([kind.code for kind in KINDS])),
        "severity": severity.astype(np.int8),
        "source": pd.Categorical.from_codes(source, pd.Index(SOURCES)),
        "title": titles.to_pandas(), "title_en": titles_en.to_pandas(),
        "description": description.to_pandas(), "address": address.to_pandas(),
    })  # fmt: skip
