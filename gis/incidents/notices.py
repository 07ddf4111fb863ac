"""What people are told of: the kinds of notices, and which roles of an organisation hear them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

DESKS = ("dispatcher", "department")
LEADERS = (*DESKS, "leader")
PLANNING = ("planner", "leader")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of notice. `roles`: those of an addressed organisation that hear it; a person who is
    addressed always does. `urgent`: it must be acknowledged, and whoever caused it hears it too."""

    roles: tuple[str, ...] = DESKS
    urgent: bool = False


KINDS: Mapping[str, Kind] = {
    "sent": Kind(),
    "returned": Kind(),
    "escalated": Kind(roles=LEADERS),
    "due_soon": Kind(),
    "overdue": Kind(roles=LEADERS),
    "approval_asked": Kind(roles=LEADERS),
    "approval_decided": Kind(),
    "supervised": Kind(roles=LEADERS),
    "supervision_over": Kind(roles=LEADERS),
    "reopened": Kind(),
    "rejected": Kind(),
    "merged": Kind(),
    "handed_over": Kind(),
    "emergency": Kind(roles=LEADERS, urgent=True),
    "whistle_called": Kind(roles=LEADERS),
    "whistle_arrived": Kind(),
    "whistle_absent": Kind(roles=LEADERS),
    "plan_review_asked": Kind(roles=PLANNING),
    "plan_review_decided": Kind(roles=PLANNING),
    "plan_published": Kind(roles=PLANNING),
    "plan_schedule_failed": Kind(roles=PLANNING),
    "diary_missing": Kind(),
    "diary_check_due": Kind(roles=("leader",)),
    "team_review_published": Kind(roles=LEADERS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to tell organisations (their desks), persons and single accounts. `params`: what
    the sentence of its kind says beside the case; plain JSON. `at`: None is now."""

    kind: str
    incident_id: int | None = None
    organisations: Sequence[int] = ()
    persons: Sequence[int] = ()
    accounts: Sequence[int] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None
