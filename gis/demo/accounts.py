"""Accounts of the demo city, one for each role, offered as buttons on its sign-in page."""

from __future__ import annotations

from dataclasses import dataclass

# Told to everybody who opens the sign-in page of a demo database; of no use anywhere else.
DEMO_PASSWORD = "wangge-demo"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    """`where`: a sub-district's code; else the jurisdiction, its first department, or, for whoever
    holds a post, the organisation of the person."""

    login: str
    name: str
    role: str
    where: str | None = None


def demo_accounts(sub_district: str) -> list[DemoAccount]:
    """One account for each role, and a dispatcher of the sub-district of this code."""
    return [
        DemoAccount(login="dispatcher", name="调度员 · 区联动中心", role="dispatcher"),
        DemoAccount(
            login="street", name="调度员 · 街道分中心", role="dispatcher", where=sub_district
        ),
        DemoAccount(login="planner", name="规划员 · 区网格办", role="planner"),
        DemoAccount(login="leader", name="领导 · 区政府", role="leader"),
        DemoAccount(login="worker", name="网格员", role="grid_worker"),
        DemoAccount(login="department", name="职能部门", role="department"),
        DemoAccount(login="admin", name="系统管理员", role="administrator"),
    ]
