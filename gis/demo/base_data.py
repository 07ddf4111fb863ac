"""Base data of the demo city: counts, visits and diaries of its grids. All of it is synthetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

SOURCE = "演示台账（合成数据）"
# Kind, how many to a thousand residents at the median, and the spread of its logarithm. Households
# and residents are those of the plan.
SHARES = (
    ("0103", 780.0, 0.08), ("0104", 190.0, 0.35), ("0105", 185.0, 0.2), ("0106", 9.0, 0.5),
    ("0107", 170.0, 0.15), ("0108", 14.0, 0.3), ("0109", 6.0, 0.5), ("0110", 1.6, 0.6),
    ("0111", 62.0, 0.2), ("0112", 21.0, 0.5), ("0201", 8.0, 0.35), ("0202", 24.0, 0.7),
    ("0203", 1.1, 0.6), ("0204", 60.0, 0.5), ("0205", 0.5, 0.6), ("0206", 0.25, 0.8),
    ("0301", 55.0, 0.3), ("0302", 26.0, 0.3), ("0303", 12.0, 0.4), ("0304", 0.8, 0.7),
    ("0401", 0.7, 0.7), ("0402", 6.5, 0.5), ("0403", 1.2, 0.7), ("0601", 9.0, 0.8),
    ("0602", 0.5, 0.6), ("0603", 0.9, 0.4), ("0604", 1.0, 0.4), ("0605", 0.5, 0.6),
)  # fmt: skip
MISSING = 0.03
WORDS = (
    ("走访独居老人两户，血压计已送达；反映楼道灯不亮，已联系物业更换。", ("people", "things")),
    ("沿街商铺占道经营两处，现场劝导后自行整改，约定每日收摊后清扫。", ("places",)),
    ("居民反映地下车库积水，已上报并约物业明日查看排水泵。", ("feelings", "events")),
    ("楼院会议商量加装电梯，二单元三户有不同意见，下周再次上门沟通。", ("feelings", "people")),
    ("检查出租房屋六户，一户使用液化气罐不规范，当场整改并登记。", ("places", "things")),
    ("小区业委会换届进入公示阶段，收到意见三条，已转社区。", ("organisations",)),
    ("巡查发现消防通道被电动车占用，联系车主挪移，张贴提示。", ("things", "events")),
    ("高温天看望户外劳动者和环卫工人，送去饮用水，了解困难。", ("people", "feelings")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoGrid:
    """A basic grid of the demo's plan, with the name of its lead."""

    code: str
    population: int
    households: int
    lead: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoEntry:
    """An entry in a diary: grid, day, words, kinds, people talked to, author."""

    grid: DemoGrid
    day: date
    words: str
    kinds: tuple[str, ...]
    people: int


def counts(
    grids: Sequence[DemoGrid], today: date, rng: np.random.Generator
) -> list[tuple[str, str, date, int]]:
    """Grid, kind, day and number: of last year and of some weeks ago; a few are missing or old."""
    found = []
    recent, former = today - timedelta(days=24), today - timedelta(days=400)
    for grid in grids:
        thousands = max(grid.population, 1) / 1000
        values = {"0101": grid.households, "0102": grid.population} | {
            kind: round(thousands * share * float(np.exp(rng.normal(0, spread))))
            for kind, share, spread in SHARES
        }
        for kind, value in values.items():
            chance = rng.random()
            if kind not in ("0101", "0102") and chance < MISSING:
                continue
            grown = round(value * rng.uniform(0.93, 1.0))
            found.append((grid.code, kind, former, grown))
            if chance < 1 - MISSING:
                found.append((grid.code, kind, recent, value))
    return found


def visits(
    grids: Sequence[DemoGrid], today: date, rng: np.random.Generator
) -> list[tuple[str, date, str | None, int, str]]:
    """Grid, day, household or none, number, visitor: this year's, nearly all households."""
    found: list[tuple[str, date, str | None, int, str]] = []
    first = today.replace(month=1, day=1)
    days = max((today - first).days, 1)
    for grid in grids:
        reached = round(grid.households * min(1.0, rng.beta(40, 1.6)) * days / 365)
        named = min(reached, 6)
        for k in range(named):
            day = first + timedelta(days=int(rng.integers(days)))
            found.append(
                (grid.code, day, f"{k // 2 + 1}号楼{k % 2 + 1}单元{k + 1}01", 1, grid.lead)
            )
        months = max(1, today.month)
        for k, part in enumerate(np.diff(np.linspace(0, reached - named, months + 1).round())):
            if part >= 1:
                day = min(first.replace(month=k + 1, day=int(rng.integers(1, 28))), today)
                found.append((grid.code, day, None, int(part), grid.lead))
    return found


def entries(grids: Sequence[DemoGrid], today: date, rng: np.random.Generator) -> list[DemoEntry]:
    """Entries of last month and of this one; some grids wrote nothing."""
    found = []
    this = today.replace(day=1)
    last = (this - timedelta(days=1)).replace(day=1)
    for month, until in ((last, this - timedelta(days=1)), (this, today)):
        days = (until - month).days + 1
        for grid in grids:
            if rng.random() < 0.09:
                continue
            for _ in range(int(rng.integers(1, 5))):
                words, kinds = WORDS[int(rng.integers(len(WORDS)))]
                found.append(
                    DemoEntry(
                        grid=grid, day=month + timedelta(days=int(rng.integers(days))),
                        words=words, kinds=kinds, people=int(rng.integers(1, 9)),
                    )
                )  # fmt: skip
    return found
