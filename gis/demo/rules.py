"""Assets, a duty list, contacts and rules of the demo city: synthetic, of the city's own things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.demo.people import person_names

if TYPE_CHECKING:
    from gis.demo.city import DemoCity

BRIDGES, BUILDINGS, ROADS = 6, 12, 4
ARTERIAL = 4  # the streets of the widest classes
LIST = "演示权责清单（2024年版）"
ACCESS = "演示社区准入事项清单（2024年版）"
# Category, department of the district (its number among `gis.demo.organisations.DEPARTMENTS`; 0
# for the sub-districts themselves), duty or access.
DUTIES = (
    ("01", 3, "duty"), ("0103", 10, "duty"), ("0104", 4, "duty"), ("0201", 2, "duty"),
    ("0202", 3, "duty"), ("0203", 3, "duty"), ("0204", 11, "duty"), ("0205", 19, "duty"),
    ("0206", 3, "duty"), ("0301", 2, "duty"), ("0302", 2, "duty"), ("0303", 9, "duty"),
    ("0304", 9, "duty"), ("04", 4, "duty"), ("0401", 5, "duty"), ("0402", 2, "duty"),
    ("0403", 5, "duty"), ("0404", 6, "duty"), ("0406", 4, "duty"), ("0501", 0, "duty"),
    ("0502", 8, "duty"), ("0503", 6, "duty"), ("0504", 31, "duty"), ("0505", 10, "duty"),
    ("06", 0, "duty"), ("0701", 33, "duty"), ("0701", 0, "access"), ("0702", 2, "duty"),
    ("0703", 0, "duty"),
)  # fmt: skip
PARKS, EMERGENCY, FIRE, TRANSPORT, URBAN = 32, 4, 5, 22, 2
WITH_CONTACT = (URBAN, EMERGENCY, FIRE, TRANSPORT, PARKS)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRules:
    """What is recorded, organisations and assets by code; rows as the stores take them.

    assets: code, kind, name_zh, name_en, organisation, reach_m, geom. duties: category,
    organisation, kind, document. contacts: organisation, name, phone. rules: fields of
    `gis.workflows.rules.GIVEN` with `organisation` as a code, and `reason`.
    """

    assets: list[dict[str, Any]]
    duties: list[dict[str, Any]]
    contacts: list[dict[str, Any]]
    rules: list[dict[str, Any]]


def demo_rules(city: DemoCity) -> DemoRules:
    """The parks, bridges, shops and main roads of a city with who is in charge of them, the duty
    list of its first district's departments, and five rules that show what rules can do."""
    rng = np.random.default_rng([city.seed, 5])
    district = city.sub_districts["code"].iloc[0][:6]

    def department(number: int) -> str:
        return f"{district}-D{number:02d}"

    assets = [*_parks(city, department(PARKS)), *_bridges(city, department(TRANSPORT)),
              *_shops(city), *_roads(city)]  # fmt: skip
    names = person_names(len(WITH_CONTACT), rng)
    streets = city.sub_districts["code"]
    return DemoRules(
        assets=assets,
        duties=[
            {"category": category, "organisation": organisation, "kind": kind,
             "document": LIST if kind == "duty" else ACCESS}
            for category, number, kind in DUTIES
            for organisation in ([department(number)] if number else streets)
        ],
        contacts=[
            {"organisation": department(number), "name": name, "phone": f"000-9000-{k:04d}"}
            for k, (number, name) in enumerate(zip(WITH_CONTACT, names, strict=True), start=1)
        ],
        rules=_rules(assets, department),
    )  # fmt: skip


def _rules(assets: list[dict[str, Any]], department: Any) -> list[dict[str, Any]]:
    road = next(asset for asset in assets if asset["kind"] == "road")
    return [
        {
            "name_zh": "公园内的保洁和设施由园林绿化中心负责",
            "name_en": "Parks: cleaning and facilities go to the Parks Centre",
            "effect": "override", "categories": ["0701", "0702"], "asset_kind": "park",
            "within_m": 0.0, "organisation": department(PARKS),
        },
        {
            "name_zh": "110转来的消防通道堵塞由消防救援大队负责",
            "name_en": "Blocked fire exits reported to 110 go to the Fire Brigade",
            "effect": "override", "categories": ["0401"], "severities": [4],
            "sources": ["hotline_110"], "organisation": department(FIRE),
        },
        {
            "name_zh": "110转来的纠纷由社区民警处理",
            "name_en": "Quarrels reported to 110: the community's police officer answers",
            "effect": "refine", "categories": ["05"], "sources": ["hotline_110"],
            "role": "officer",
        },
        {
            "name_zh": "桥梁30米内的公共设施损坏：交通运输局配合",
            "name_en": "Damage within 30 m of a bridge: Transport Bureau beside",
            "effect": "refine", "categories": ["0702"], "asset_kind": "bridge", "within_m": 30.0,
            "organisation": department(TRANSPORT),
        },
        {
            "name_zh": f"{road['name_zh']}左侧占道经营：城市管理局配合",
            "name_en": f"Trading on the left pavement of {road['name_en']}: Urban Management",
            "effect": "refine", "categories": ["0201"], "street_code": road["code"],
            "street_side": "left", "street_within_m": 25.0, "organisation": department(URBAN),
        },
    ]  # fmt: skip


def _asset(code: str, kind: str, row: Any, geometry: Any, **told: Any) -> dict[str, Any]:
    return {
        "code": code, "kind": kind, "name_zh": row.name, "name_en": row.name_en or None,
        "organisation": None, "reach_m": 0.0, "geom": geometry, **told,
    }  # fmt: skip


def _parks(city: DemoCity, organisation: str) -> list[dict[str, Any]]:
    parks = city.water[city.water["kind"] == "park"]
    return [
        _asset(f"GY{k:03d}", "park", row, row.geometry, organisation=organisation)
        for k, row in enumerate(parks.itertuples(index=False), start=1)
    ]


def _bridges(city: DemoCity, organisation: str) -> list[dict[str, Any]]:
    """Where roads with names cross rivers: the widest roads first."""
    rivers = city.water[city.water["kind"] == "river"]
    streets = city.streets
    roads = streets[(streets["kind"] == "road") & (streets["name"] != "")]
    crossing = roads[shapely.intersects(roads.geometry, shapely.union_all(rivers.geometry))]
    water = shapely.union_all(rivers.geometry.to_numpy())
    found: list[tuple[str, str, Any]] = []
    crossing = crossing.sort_values(["cls", "name"], ascending=[False, True], kind="stable")
    for (name, name_en), parts in crossing.groupby(["name", "name_en"], sort=False):
        line = shapely.line_merge(shapely.intersection(_joined(parts.geometry), water))
        lines = [part for part in shapely.get_parts(line) if part.geom_type == "LineString"]
        if lines and len(found) < BRIDGES:
            longest = max(lines, key=lambda part: part.length)
            found.append((f"{name}桥", f"{name_en} Bridge", longest))
    return [
        {
            "code": f"QL{k:03d}", "kind": "bridge", "name_zh": zh, "name_en": en,
            "organisation": organisation, "reach_m": 20.0, "geom": line,
        }
        for k, (zh, en, line) in enumerate(found, start=1)
    ]  # fmt: skip


def _shops(city: DemoCity) -> list[dict[str, Any]]:
    """The tallest commercial buildings, in nobody's charge but the grids'."""
    shops = city.buildings[city.buildings["kind"] == "commerce"]
    tallest = shops.sort_values("floors", ascending=False, kind="stable").head(BUILDINGS)
    return [
        _asset(f"LY{k:03d}", "building", row, row.geometry)
        for k, row in enumerate(tallest.itertuples(index=False), start=1)
    ]


def _roads(city: DemoCity) -> list[dict[str, Any]]:
    """The longest wide streets, whole, from end to end."""
    streets = city.streets
    wide = streets[(streets["kind"] == "road") & (streets["cls"] >= ARTERIAL)]
    wide = wide[wide["name"] != ""]
    wide = wide.assign(length=shapely.length(wide.geometry.to_numpy()))
    longest = wide.groupby(["name", "name_en"])["length"].sum().sort_values(ascending=False)
    found: list[dict[str, Any]] = []
    for k, (name, name_en) in enumerate(longest.index[:ROADS], start=1):
        line = _joined(wide[wide["name"] == name].geometry)
        found.append({
            "code": f"DL{k:03d}", "kind": "road", "name_zh": name, "name_en": name_en,
            "organisation": None, "reach_m": 15.0, "geom": line,
        })  # fmt: skip
    return found


def _joined(lines: Any) -> Any:
    return shapely.line_merge(shapely.union_all(np.asarray(lines)))
