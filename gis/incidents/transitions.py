"""The table of the life of a case: every step, from where to where, whose, on what terms.

A case always has one thing to be done next, its *task*; each task belongs to a stage of the
national procedure. A row says what must be given with a step and what it does to the clocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

# What is to be done next, and the stage that a case is in meanwhile.
TASK_STAGE = {
    "verify_report": "collected",
    "register": "collected",
    "dispatch": "registered",
    "handle": "dispatched",
    "feed_back": "handled",
    "verify_result": "fed_back",
    "close": "fed_back",
    "evaluate": "closed",
    "rest": "evaluated",
}
OPEN_TASKS = frozenset(TASK_STAGE) - {"evaluate", "rest"}
# Those that the desk of a centre has in hand; the others are with people in grids and departments.
DESK_TASKS = frozenset({"register", "dispatch", "verify_result", "close"})

Clock = Literal["start", "stop", "pause", "resume", "extend", "keep"]
# holder: has the case in hand, or is the desk over whoever has. assistant: has a part in hand.
# over: is the desk, or the leader, at or above where the case is. above: may decide what was asked.
Who = Literal["holder", "assistant", "over", "above", "anyone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One row of the table. `to_task` None: the task stays; `verdict`: only with this answer.

    `with_it`: the roles that take it only where they have the case in hand themselves.
    """

    action: str
    from_tasks: frozenset[str]
    to_task: str | None = None
    roles: frozenset[str]
    with_it: frozenset[str] = frozenset()
    who: Who = "holder"
    needs: frozenset[str] = frozenset()
    clock: Clock = "keep"
    verdict: bool | None = None
    dismissed: bool = False
    not_handler: bool = False
    while_parked: bool = False
    asks: str | None = None
    decides: str | None = None

    @property
    def from_stages(self) -> frozenset[str]:
        return frozenset(TASK_STAGE[task] for task in self.from_tasks)

    @property
    def to_stage(self) -> str | None:
        return None if self.to_task is None else TASK_STAGE[self.to_task]


def _row(
    action: str, tasks: str, to_task: str | None, roles: str, needs: str = "", **more: Any
) -> Transition:
    from_tasks = OPEN_TASKS if tasks == "open" else frozenset(tasks.split())
    return Transition(
        action=action,
        from_tasks=from_tasks,
        to_task=to_task,
        roles=frozenset(roles.replace("*", "").split()),
        with_it=frozenset(role[:-1] for role in roles.split() if role.endswith("*")),
        needs=frozenset(needs.split()),
        **more,
    )


# With *: only with the case in hand, as a leader to whom it was escalated has it.
FIELD = "grid_worker department dispatcher leader*"
DESK = "dispatcher leader*"
CENTRE = "dispatcher leader"
STAFF = "grid_worker department dispatcher leader"
TRANSITIONS: tuple[Transition, ...] = (
    # On-site check of what the public reports, before it is registered.
    _row("verify_report", "verify_report", "register", FIELD, "verdict", verdict=True),
    _row("verify_report", "verify_report", "register", FIELD, "verdict reason", verdict=False),
    _row("recheck", "register", "verify_report", DESK, "reason", who="over"),
    _row("register", "register", "dispatch", DESK, who="over", clock="start"),
    _row("reject", "verify_report register dispatch", "evaluate", DESK, "reason",
         who="over", clock="stop"),
    _row("dispatch", "dispatch", "handle", DESK, who="over", clock="start"),
    _row("accept", "handle", None, FIELD),
    _row("return", "handle", "dispatch", FIELD, "reason", clock="start"),
    _row("redispatch", "handle feed_back", "handle", DESK, "target reason",
         who="over", clock="start"),
    _row("split", "dispatch handle", "handle", DESK, "target", who="over", clock="start"),
    _row("finish_part", "handle", None, FIELD, "result", who="assistant"),
    _row("return_part", "handle", None, FIELD, "reason", who="assistant"),
    _row("handle", "handle", "feed_back", FIELD, "result photo", clock="start"),
    _row("feed_back", "feed_back", "verify_result", FIELD, "result", clock="start"),
    # By somebody other than who handled it.
    _row("verify_result", "verify_result", "close", "grid_worker dispatcher leader", "verdict",
         who="anyone", not_handler=True, verdict=True),
    _row("verify_result", "verify_result", "handle", "grid_worker dispatcher leader",
         "verdict reason", who="anyone", not_handler=True, verdict=False, clock="start"),
    _row("close", "close", "evaluate", DESK, who="over", clock="stop"),
    _row("evaluate", "evaluate", "rest", "dispatcher reporter", "satisfaction", who="anyone"),
    _row("reopen", "evaluate rest", "dispatch", "dispatcher leader reporter", "reason",
         who="anyone", clock="start"),
    _row("reopen", "evaluate rest", "register", "dispatcher leader reporter", "reason",
         who="anyone", clock="start", dismissed=True),
    # What takes longer, asked for and decided above whoever asks.
    _row("extend", "handle feed_back", None, FIELD, "reason until", asks="extend"),
    _row("approve_extension", "handle feed_back", None, CENTRE, who="above", clock="extend",
         decides="extend"),
    _row("refuse_extension", "handle feed_back", None, CENTRE, "reason", who="above",
         decides="extend"),
    _row("park", "dispatch handle", None, FIELD, "reason until", asks="park"),
    _row("approve_parking", "dispatch handle", None, CENTRE, who="above", clock="pause",
         decides="park"),
    _row("refuse_parking", "dispatch handle", None, CENTRE, "reason", who="above",
         decides="park"),
    _row("resume", "dispatch handle", None, f"{STAFF} system", clock="resume", while_parked=True),
    _row("merge", "verify_report register dispatch handle feed_back", "evaluate", DESK,
         "target reason", who="over", clock="stop"),
    _row("supervise", "open", None, CENTRE, "reason until", who="over", while_parked=True),
    _row("escalate", "open", None, f"{STAFF} system", "reason"),
    _row("note", "open evaluate rest".replace("open", " ".join(sorted(OPEN_TASKS))), None,
         f"{STAFF} reporter", "reason", who="anyone", while_parked=True),
)  # fmt: skip
ACTIONS = tuple(dict.fromkeys(row.action for row in TRANSITIONS))
# The first of these that is allowed is what comes next.
NEXT = (
    "approve_extension", "approve_parking", "verify_report", "register", "dispatch", "accept",
    "finish_part", "handle", "feed_back", "verify_result", "close", "evaluate", "reject", "resume",
)  # fmt: skip
