"""What the people of the demo city do with some of its cases, so that every situation is there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A step of the demo, by the desk or by the leader. `sends`: to a department, `assisted` by
    another; `days`: until so many days from now."""

    action: str
    by: str = "dispatcher"
    reason: str | None = None
    result: str | None = None
    verdict: bool | None = None
    satisfaction: str | None = None
    days: int | None = None
    sends: bool = False
    assisted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """So many cases of a stage with which the same happens, in order."""

    stage: str
    count: int
    deeds: tuple[Deed, ...]


SCENES = (
    Scene(stage="dispatched", count=6, deeds=(
        Deed(action="park", reason="需待供暖季结束后施工", days=120),
        Deed(action="approve_parking", by="leader"),
    )),
    Scene(stage="dispatched", count=4, deeds=(
        Deed(action="extend", reason="当事人在外地，约定下周面谈", days=200),
    )),
    Scene(stage="dispatched", count=6, deeds=(
        Deed(action="supervise", by="leader", reason="群众多次反映，限期办结并报告", days=3),
    )),
    Scene(stage="dispatched", count=10, deeds=(
        Deed(action="escalate", reason="超出网格职责范围，请社区协调"),
    )),
    Scene(stage="dispatched", count=4, deeds=(
        Deed(action="escalate", reason="超出网格职责范围，请社区协调"),
        Deed(action="escalate", reason="需多个部门联合处置，请街道统筹"),
    )),
    Scene(stage="dispatched", count=5, deeds=(
        Deed(action="return", reason="不在本网格，现场在路东侧"),
        Deed(action="dispatch", sends=True),
    )),
    Scene(stage="dispatched", count=4, deeds=(
        Deed(action="split", reason="需联合执法", sends=True, assisted=True),
    )),
    Scene(stage="fed_back", count=5, deeds=(
        Deed(action="verify_result", by="leader", verdict=False, reason="现场仍有残留"),
    )),
    Scene(stage="fed_back", count=5, deeds=(
        Deed(action="verify_result", by="leader", verdict=True),
    )),
    Scene(stage="closed", count=5, deeds=(
        Deed(action="reopen", reason="报告人反映问题反弹"),
    )),
)  # fmt: skip
