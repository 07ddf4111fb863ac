"""The default tree of categories: the seven key areas (七个重点领域), two levels, coded.

An office extends or replaces it; codes are two digits, and four below them.
"""

from __future__ import annotations

from dataclasses import dataclass

_SEVEN = (
    # code, colour, glyph, severity, Chinese, English. Colours are Okabe and Ito's palette, which
    # colour-blind eyes tell apart (jfly.uni-koeln.de/color); its black is softened to grey.
    ("01", "#d55e00", "factory", 3, "非法生产", "Illegal production"),
    ("02", "#e69f00", "shop", 2, "非法经营", "Illegal business"),
    ("03", "#0072b2", "crane", 3, "非法建设", "Illegal building"),
    ("04", "#cc79a7", "shield", 3, "安全生产", "Work safety"),
    ("05", "#009e73", "people", 2, "信访稳定", "Petitions and stability"),
    ("06", "#56b4e9", "flag", 1, "基层组织建设", "Grass-roots organisation"),
    ("07", "#6b7280", "dots", 1, "其它", "Other"),
)
_SECOND = (
    # code, severity, glyph, Chinese, English
    ("0101", 3, "workshop", "无证照生产加工", "Production without a licence"),
    ("0102", 3, "counterfeit", "制假售假窝点", "Making of counterfeit goods"),
    ("0103", 3, "smoke", "非法排污", "Illegal discharge of waste"),
    ("0104", 4, "chemical", "危险化学品非法生产储存", "Illegal making or storing of chemicals"),
    ("0201", 2, "stall", "占道经营", "Trading on the pavement"),
    ("0202", 2, "licence", "无证无照经营", "Trading without a licence"),
    ("0203", 3, "food", "食品经营不合规", "Unfit handling of food"),
    ("0204", 3, "medical", "无证行医", "Practising medicine without a licence"),
    ("0205", 2, "screen", "黑网吧和违规娱乐场所", "Unlicensed internet café or amusement"),
    ("0206", 2, "agent", "黑中介和虚假宣传", "Unlicensed agent or false advertising"),
    ("0301", 3, "bricks", "私搭乱建", "Unauthorised extension"),
    ("0302", 3, "storeys", "楼顶违建加层", "Unauthorised storey on a roof"),
    ("0303", 3, "land", "占用公共用地建设", "Building on public land"),
    ("0304", 2, "plan", "擅自改变规划用途", "Use changed against the plan"),
    ("0401", 4, "fire-exit", "消防通道堵塞", "Blocked fire exit"),
    ("0402", 4, "gas", "燃气安全隐患", "Gas hazard"),
    ("0403", 3, "charging", "电动车违规停放充电", "E-bike charged or parked unsafely"),
    ("0404", 3, "helmet", "建筑施工安全隐患", "Hazard on a building site"),
    ("0405", 3, "machine", "企业生产安全隐患", "Hazard in a workplace"),
    ("0406", 3, "wire", "用电线路隐患", "Electric wiring hazard"),
    ("0501", 2, "neighbours", "邻里纠纷", "Quarrel between neighbours"),
    ("0502", 3, "wage", "拖欠工资", "Unpaid wages"),
    ("0503", 2, "property", "物业矛盾", "Dispute with the property manager"),
    ("0504", 3, "relocation", "拆迁安置矛盾", "Dispute over relocation"),
    ("0505", 2, "noise", "噪声扰民", "Noise nuisance"),
    ("0601", 1, "meeting", "组织生活不规范", "Irregular organisation life"),
    ("0602", 1, "premises", "活动场所问题", "Problem with the meeting place"),
    ("0701", 1, "rubbish", "环境卫生", "Street cleanliness"),
    ("0702", 2, "manhole", "公共设施损坏", "Damaged public facility"),
    ("0703", 1, "help", "民生求助", "Request for help"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A kind of incident. `severity` runs from 1 (mildest) to 4; `colour` is `#rrggbb`.

    `position` orders categories under one parent; `glyph` names a sign of the front end.
    """

    code: str
    name: str
    name_en: str
    severity: int
    colour: str
    glyph: str
    position: int

    @property
    def parent_code(self) -> str | None:
        return self.code[:2] if len(self.code) == 4 else None


def default_categories() -> tuple[Category, ...]:
    """The tree, each parent before its children; a child has its parent's colour."""
    colours = {code: colour for code, colour, *_ in _SEVEN}
    tops = [
        Category(
            code=code, name=zh, name_en=en, severity=severity,
            colour=colour, glyph=glyph, position=int(code),
        )
        for code, colour, glyph, severity, zh, en in _SEVEN
    ]  # fmt: skip
    below = [
        Category(
            code=code, name=zh, name_en=en, severity=severity,
            colour=colours[code[:2]], glyph=glyph, position=int(code[2:]),
        )
        for code, severity, glyph, zh, en in _SECOND
    ]  # fmt: skip
    return (*tops, *below)
