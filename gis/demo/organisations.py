"""Organisations of the demo city, what its departments are tied to, and the names of its grids."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pandas as pd

from gis.demo.names import WORDS, number_zh
from gis.demo.scales import QINLING, REPORTED, TONGBAI, facts

if TYPE_CHECKING:
    from gis.demo.city import DemoCity

CITY = ("4101", "郑州市", "Zhengzhou City")
DEPARTMENTS = (
    ("公安分局", "Public Security Branch"),
    ("城市管理局", "Urban Management Bureau"),
    ("市场监督管理局", "Market Regulation Bureau"),
    ("应急管理局", "Emergency Management Bureau"),
    ("消防救援大队", "Fire and Rescue Brigade"),
    ("住房和城乡建设局", "Housing and Construction Bureau"),
    ("信访局", "Petitions Bureau"),
    ("人力资源和社会保障局", "Human Resources and Social Security Bureau"),
    ("自然资源和规划分局", "Natural Resources and Planning Branch"),
    ("生态环境分局", "Ecology and Environment Branch"),
    ("卫生健康委员会", "Health Commission"),
    ("教育局", "Education Bureau"),
    ("民政局", "Civil Affairs Bureau"),
    ("司法局", "Justice Bureau"),
    ("财政局", "Finance Bureau"),
    ("发展和改革委员会", "Development and Reform Commission"),
    ("工业和信息化局", "Industry and Information Technology Bureau"),
    ("商务局", "Commerce Bureau"),
    ("文化旅游体育局", "Culture, Tourism and Sports Bureau"),
    ("农业农村工作委员会", "Agriculture and Rural Affairs Commission"),
    ("水利局", "Water Resources Bureau"),
    ("交通运输局", "Transport Bureau"),
    ("审计局", "Audit Bureau"),
    ("统计局", "Statistics Bureau"),
    ("退役军人事务局", "Veterans Affairs Bureau"),
    ("医疗保障局", "Healthcare Security Bureau"),
    ("税务局", "Tax Bureau"),
    ("交通警察大队", "Traffic Police Brigade"),
    ("行政审批和政务信息管理局", "Administrative Approval Bureau"),
    ("城市更新服务中心", "Urban Renewal Service Centre"),
    ("房屋征收中心", "House Acquisition Centre"),
    ("园林绿化中心", "Parks and Greening Centre"),
    ("环境卫生中心", "Environmental Sanitation Centre"),
    ("委组织部", "Committee Organisation Department"),
    ("委政法委员会", "Committee Political and Legal Commission"),
)
CITY_DEPARTMENTS = (
    ("公安局", "Public Security Bureau"),
    ("城市管理局", "Urban Management Bureau"),
    ("市场监督管理局", "Market Regulation Bureau"),
    ("应急管理局", "Emergency Management Bureau"),
    ("消防救援支队", "Fire and Rescue Detachment"),
    ("住房保障和房地产管理局", "Housing Security and Real Estate Bureau"),
    ("信访局", "Petitions Bureau"),
    ("人力资源和社会保障局", "Human Resources and Social Security Bureau"),
    ("自然资源和规划局", "Natural Resources and Planning Bureau"),
    ("生态环境局", "Ecology and Environment Bureau"),
    ("卫生健康委员会", "Health Commission"),
    ("教育局", "Education Bureau"),
    ("民政局", "Civil Affairs Bureau"),
    ("司法局", "Justice Bureau"),
    ("城乡建设局", "Urban and Rural Construction Bureau"),
    ("交通运输局", "Transport Bureau"),
    ("水利局", "Water Resources Bureau"),
    ("园林局", "Parks Bureau"),
    ("文化广电和旅游局", "Culture, Broadcasting and Tourism Bureau"),
    ("医疗保障局", "Healthcare Security Bureau"),
    ("税务局", "Tax Bureau"),
    ("供电公司", "Power Supply Company"),
    ("自来水公司", "Water Supply Company"),
    ("燃气公司", "Gas Company"),
    ("热力公司", "District Heating Company"),
)
# How many departments the newspaper report ties to the level-2 grids of the two sub-districts: of
# the district to the 11 of Qinling Road, of city and district to the 23 of Tongbai Road.
REPORTED_TIES = {QINLING: 35, TONGBAI: 60}


def organisations(city: DemoCity, grids: pd.DataFrame | None = None) -> pd.DataFrame:
    """The tree of organisations, each parent before its children.

    code, kind (city, district, sub_district, department, community), parent_code, name, name_en,
    synthetic. `grids` (see `name_grids`) gives the communities: one for each level-2 grid, with
    its code. 25 departments hang below the city, 35 below each district.
    """
    rows = [("city", *CITY, ""), *_departments(CITY, CITY_DEPARTMENTS)]
    districts = city.sub_districts.drop_duplicates("district")
    for code, name, name_en in zip(
        districts["code"].str[:6], districts["district"], districts["district_en"], strict=True
    ):
        rows.append(("district", code, name, name_en, CITY[0]))
        rows += _departments((code, name, name_en), DEPARTMENTS)
    parts = city.sub_districts
    for code, name, name_en in zip(parts["code"], parts["name"], parts["name_en"], strict=True):
        rows.append(("sub_district", code, name, name_en, code[:6]))
    if grids is not None:
        named = name_grids(city, grids)
        named = named[named["level"] == 2]
        for code, name, name_en in zip(named["code"], named["name"], named["name_en"], strict=True):
            rows.append(("community", code, name, name_en, code[:9]))
    frame = pd.DataFrame(rows, columns=["kind", "code", "name", "name_en", "parent_code"])
    return frame[["code", "kind", "parent_code", "name", "name_en"]].assign(synthetic=True)


def ties(grids: pd.DataFrame) -> pd.DataFrame:
    """Which departments are tied to which level-2 grids (条块融合): department_code, grid_code.

    Of the district's departments as many as in Qinling Road for a grid, so that every grid has at
    least three; where those are used up, the city's follow. In Tongbai Road as many as reported.
    """
    rows = []
    for parent, codes in _children(grids, 2).items():
        usual = round(REPORTED_TIES[QINLING] / REPORTED[QINLING][1] * len(codes))
        count = REPORTED_TIES.get(parent, usual)
        pool = [row[1] for row in _departments((parent[:6], "", ""), DEPARTMENTS)]
        pool += [row[1] for row in _departments(CITY, CITY_DEPARTMENTS)]
        # Neighbours in the list go to one grid, so that none is tied to the same grid twice.
        rows += [(pool[k % len(pool)], codes[k * len(codes) // count]) for k in range(count)]
    return pd.DataFrame(rows, columns=["department_code", "grid_code"])


def _departments(
    above: tuple[str, str, str], names: tuple[tuple[str, str], ...]
) -> list[tuple[str, str, str, str, str]]:
    code, name, name_en = above
    return [
        ("department", f"{code}-D{number:02d}", f"{name}{zh}", f"{name_en} {en}", code)
        for number, (zh, en) in enumerate(names, start=1)
    ]


def name_grids(city: DemoCity, grids: pd.DataFrame) -> pd.DataFrame:
    """Grids (code, level, parent_code) with name and name_en.

    Level 2 takes the names of the sub-district's real communities as far as they reach, in the
    order of the codes, then invented ones, each used anew only when all are used up; the places
    are the demo's own.
    """
    real: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in facts("communities"):
        real[row["code"][:9]].append((row["name"], row["name_en"]))
    parts = city.sub_districts.set_index("code")
    names: dict[str, tuple[str, str]] = {}
    spare = [(f"{zh}社区", f"{en} Community") for zh, en in WORDS]
    spare += [(f"{zh}第二社区", f"{en} Second Community") for zh, en in WORDS]
    used = Counter(zh for given in real.values() for zh, _ in given)
    for parent, codes in _children(grids, 2).items():
        given = real[parent][: len(codes)]
        own = {zh for zh, _ in given}
        rarest = sorted((name for name in spare if name[0] not in own), key=lambda n: used[n[0]])
        given += rarest[: len(codes) - len(given)]
        used.update(zh for zh, _ in given)
        names.update(zip(codes, given, strict=True))
    for parent, codes in _children(grids, 3).items():
        zh, en = names[parent]
        for number, code in enumerate(codes, start=1):
            names[code] = (f"{zh}第{number_zh(number)}网格", f"{en}, Grid {number}")
    for code in grids.loc[grids["level"] == 1, "code"]:
        names[code] = (parts.at[code, "name"], parts.at[code, "name_en"])
    return grids.assign(
        name=[names[code][0] for code in grids["code"]],
        name_en=[names[code][1] for code in grids["code"]],
    )


def _children(grids: pd.DataFrame, level: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    chosen = grids[grids["level"] == level].sort_values("code")
    for parent, code in zip(chosen["parent_code"], chosen["code"], strict=True):
        found[parent].append(code)
    return found
