"""The rules that an office starts with: an example, to be edited before anybody is judged by it.

Points of this size are usual in published assessment rules of Chinese districts; which of them an
office takes, and how many points, is for its own document to say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

PLACES = ("community", "sub_district")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTerms:
    """What a rule says: points for a kind of fact, whose, and of which cases; empty means any."""

    kind: str
    subjects: tuple[str, ...]
    points: Decimal
    name_zh: str
    name_en: str
    categories: tuple[str, ...] = ()
    severities: tuple[int, ...] = ()
    sources: tuple[str, ...] = field(default=())


def _rule(kind: str, points: str, zh: str, en: str, *subjects: str) -> RuleTerms:
    return RuleTerms(
        kind=kind, points=Decimal(points), name_zh=f"{zh}（示例）", name_en=f"{en} (example)",
        subjects=subjects or (*PLACES, "person"),
    )  # fmt: skip


EVERYBODY = ("person", *PLACES, "department")
EXAMPLE: tuple[RuleTerms, ...] = (
    _rule("patrol_found", "0.2", "巡查发现", "Found by patrol"),
    _rule("patrol_valid", "0.3", "巡查发现属实并立案", "Valid patrol find"),
    _rule("public_reported", "-0.2", "群众先于巡查反映", "Reported by the public first", *PLACES),
    _rule("closed_on_time", "0.5", "按期结案", "Closed on time", *EVERYBODY),
    _rule("closed_late", "-0.5", "超期结案", "Closed late", *EVERYBODY),
    _rule("overdue", "-0.5", "超期未结，自动上报", "Overdue and sent up", *EVERYBODY),
    _rule("returned", "-0.3", "退回本应办理的事件", "Returned a case that was theirs", *EVERYBODY),
    _rule("rework", "-0.5", "核查未通过，返工", "Sent back by the check", *EVERYBODY),
    _rule("reopened", "-1", "结案后重开", "Reopened after closing", *EVERYBODY),
    _rule("whistle_on_time", "0.5", "吹哨按时报到", "Reported in on time", "department"),
    _rule("whistle_late", "-0.5", "吹哨迟到", "Reported in late", "department"),
    _rule("whistle_absent", "-2", "吹哨缺席", "Absent on a whistle", "department"),
    _rule("satisfied", "0.2", "群众满意", "Reporter satisfied", *PLACES, "department"),
    _rule("dissatisfied", "-1", "群众不满意", "Reporter dissatisfied", *PLACES, "department"),
    _rule("media_exposed", "-5", "媒体曝光", "Exposed by media", *EVERYBODY),
    _rule("commended", "3", "上级表扬", "Commended from above", *EVERYBODY),
)
