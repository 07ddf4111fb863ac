"""Accounts of the demo city, one for each role, offered as buttons on its sign-in page."""

from __future__ import annotations

from dataclasses import dataclass

# Told to everybody who opens the sign-in page of a demo database; of no use anywhere else.
DEMO_PASSWORD = "wangge-demo"  # noqa: S105 - no secret, see above


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
        DemoAccount(login="dispatcher", name="周敏", role="dispatcher"),
        DemoAccount(login="street", name="刘洋", role="dispatcher", where=sub_district),
        DemoAccount(login="planner", name="陈静", role="planner"),
        DemoAccount(login="leader", name="赵建军", role="leader"),
        DemoAccount(login="worker", name="网格员", role="grid_worker"),
        DemoAccount(login="department", name="马强", role="department"),
        DemoAccount(login="admin", name="孙伟", role="administrator"),
    ]
