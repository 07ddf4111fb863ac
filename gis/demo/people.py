"""Invented people on every post of the demo city's grids, with hand-overs and a few vacancies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.demo.names import pairs_of
from gis.demo.rhythm import DAYS, DEFAULT_UNTIL

if TYPE_CHECKING:
    from gis.demo.city import DemoCity

_SURNAMES = pairs_of(
    "王=Wang 李=Li 张=Zhang 刘=Liu 陈=Chen 杨=Yang 赵=Zhao 黄=Huang 周=Zhou 吴=Wu 徐=Xu 孙=Sun "
    "胡=Hu 朱=Zhu 高=Gao 林=Lin 何=He 郭=Guo 马=Ma 罗=Luo 梁=Liang 宋=Song 郑=Zheng 谢=Xie "
    "韩=Han 唐=Tang 冯=Feng 于=Yu 董=Dong 程=Cheng 曹=Cao 袁=Yuan 邓=Deng 许=Xu 傅=Fu 沈=Shen "
    "曾=Zeng 彭=Peng 吕=Lü 苏=Su 卢=Lu 蒋=Jiang 蔡=Cai 贾=Jia 丁=Ding 魏=Wei 薛=Xue 叶=Ye 阎=Yan"
)
_GIVEN = pairs_of(
    "伟=wei 芳=fang 娜=na 敏=min 静=jing 丽=li 强=qiang 磊=lei 军=jun 洋=yang 勇=yong 艳=yan "
    "杰=jie 娟=juan 涛=tao 明=ming 超=chao 霞=xia 平=ping 刚=gang 桂=gui 英=ying 华=hua 玉=yu "
    "兰=lan 红=hong 建=jian 国=guo 志=zhi 文=wen 海=hai 新=xin 春=chun 秀=xiu 晓=xiao 东=dong "
    "子=zi 浩=hao 宇=yu 婷=ting 雪=xue 慧=hui 佳=jia 思=si 俊=jun 林=lin 鹏=peng 辉=hui"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A post that every grid of a level has: its role, seats from-to, and what it is called."""

    level: int
    role: str
    seats: tuple[int, int]
    titles: tuple[tuple[str, str], ...]


SEATS = (
    Seat(level=1, role="first_responsible", seats=(2, 2),
         titles=(("党工委书记", "Party Working Committee Secretary"),
                 ("办事处主任", "Sub-district Office Director"))),
    Seat(level=2, role="leader", seats=(1, 1), titles=(("分包领导", "Leader in charge"),)),
    Seat(level=2, role="secretary", seats=(1, 1), titles=(("社区书记", "Community Secretary"),)),
    Seat(level=2, role="director", seats=(1, 1), titles=(("社区主任", "Community Director"),)),
    Seat(level=2, role="officer", seats=(1, 1), titles=(("社区民警", "Community Police Officer"),)),
    Seat(level=3, role="lead", seats=(1, 1), titles=(("网格长", "Grid Lead"),)),
    Seat(level=3, role="adviser", seats=(1, 1), titles=(("指导员", "Adviser"),)),
    Seat(level=3, role="assistant", seats=(1, 2), titles=(("协管员", "Assistant"),)),
    Seat(level=3, role="participant", seats=(3, 6), titles=(("参与员", "Participant"),)),
)  # fmt: skip
HANDED_OVER = 0.09
POSTS_PER_VACANCY = 450
# Roles that may stand vacant: the chain above them answers then.
_MAY_BE_VACANT = ("lead", "secretary")


def staff(
    city: DemoCity, grids: pd.DataFrame, until: datetime = DEFAULT_UNTIL
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """People and dated posts for every grid (code, level, parent_code).

    people: person_id, name, name_en, phone (000-…: no such area code, nobody can be called),
    organisation_code, synthetic. posts: person_id, grid_code, grid_level, role, seat, title,
    title_en, since, until (UTC; missing while held), reason (why it ended), synthetic.
    Posts begin before the two years that end at `until`; some change hands within them, at one
    moment and without a gap, and a few (at least one lead and one secretary) stand vacant now.
    """
    rng = np.random.default_rng([city.seed, 3])
    ordered = grids.sort_values("code")
    seats = [
        (seat, code, number)
        for seat in SEATS
        for code in ordered.loc[ordered["level"] == seat.level, "code"]
        for number in range(1, int(rng.integers(seat.seats[0], seat.seats[1] + 1)) + 1)
    ]
    begin = until - timedelta(days=DAYS)
    changes = rng.random(len(seats)) < HANDED_OVER
    vacant = _vacancies([seat.role for seat, _, _ in seats], rng)
    rows: list[dict[str, Any]] = []
    for k, (seat, code, number) in enumerate(seats):
        title, title_en = seat.titles[min(number, len(seat.titles)) - 1]
        since = begin - timedelta(days=int(rng.integers(20, 1100)))
        turns: list[tuple[datetime, datetime | None, str]] = [(since, None, "")]
        if k in vacant:
            gone = until - timedelta(days=int(rng.integers(12, 45)))
            turns = [(since, gone, "调离,岗位空缺待补")]
        elif changes[k]:
            change = begin + timedelta(days=int(rng.integers(40, DAYS - 60)))
            turns = [(since, change, "工作调整,已交接"), (change, None, "")]
        for start, stop, reason in turns:
            rows.append({
                "person_id": f"P{len(rows) + 1:06d}", "grid_code": code, "grid_level": seat.level,
                "role": seat.role, "seat": number, "title": title, "title_en": title_en,
                "since": start, "until": stop, "reason": reason.replace(",", "，"),
            })  # fmt: skip
    posts = pd.DataFrame(rows)
    for column in ("since", "until"):
        posts[column] = pd.to_datetime(posts[column], utc=True)
    return _people(posts, rng), posts.assign(synthetic=True)


def _vacancies(roles: list[str], rng: np.random.Generator) -> set[int]:
    count = max(1, round(len(roles) / POSTS_PER_VACANCY / len(_MAY_BE_VACANT)))
    vacant: set[int] = set()
    for role in _MAY_BE_VACANT:
        held = np.flatnonzero(np.array(roles) == role)
        vacant.update(rng.permutation(held)[: min(count, len(held) // 10)].tolist())
    return vacant


def person_names(count: int, rng: np.random.Generator) -> list[str]:
    """Invented names of people without a post in a grid."""
    surname, first, second = rng.integers(0, (len(_SURNAMES), *[len(_GIVEN)] * 2), (count, 3)).T
    short = rng.random(count) < 0.22
    return [_person_name(*parts)[0] for parts in zip(surname, first, second, short, strict=True)]


def _people(posts: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One invented person for each post, in the organisation that sends them."""
    count = len(posts)
    # Common surnames come first and more often, as in life.
    weight = 1 / np.sqrt(np.arange(1, len(_SURNAMES) + 1))
    surname = rng.choice(len(_SURNAMES), count, p=weight / weight.sum())
    first, second = rng.integers(0, len(_GIVEN), (2, count))
    short = rng.random(count) < 0.22
    names = [_person_name(*parts) for parts in zip(surname, first, second, short, strict=True)]
    number = np.arange(1, count + 1)
    sent_by = np.select(
        [posts["role"] == "officer", posts["role"].isin(["secretary", "director"])],
        [posts["grid_code"].str[:6] + "-D01", posts["grid_code"]],
        default=np.where(
            posts["role"].isin(["assistant", "participant"]),
            posts["grid_code"].str[:12], posts["grid_code"].str[:9],
        ),
    )  # fmt: skip
    return pd.DataFrame({
        "person_id": posts["person_id"],
        "name": [name for name, _ in names],
        "name_en": [name_en for _, name_en in names],
        "phone": [f"000-{n // 10_000:04d}-{n % 10_000:04d}" for n in number.tolist()],
        "organisation_code": sent_by,
        "synthetic": True,
    })  # fmt: skip


def _person_name(
    surname: np.int64, first: np.int64, second: np.int64, short: np.bool_
) -> tuple[str, str]:
    (family, family_en), (one, one_en), (two, two_en) = (
        _SURNAMES[surname], _GIVEN[first], _GIVEN[second],
    )  # fmt: skip
    if short or first == second:
        return family + one, f"{family_en} {one_en.capitalize()}"
    return family + one + two, f"{family_en} {(one_en + two_en).capitalize()}"
