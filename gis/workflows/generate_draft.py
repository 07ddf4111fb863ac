"""A new draft out of a search: from the units of a plan, as many grids as wanted, stable codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, text

from gis.errors import InputError, NotFoundError
from gis.messages import translate
from gis.planning.adjacency.graph import subgraph
from gis.planning.balance import parse_balance
from gis.planning.board import Board
from gis.planning.editing.working import GridState, Working
from gis.planning.figures import figures
from gis.planning.help.anew import Anew, DrawnAnew, draw_anew
from gis.planning.model import Units
from gis.progress import Progress
from gis.store import draft_jobs as store
from gis.store import known
from gis.store.boards import board_plan
from gis.store.drafts_writing import DraftGrid
from gis.store.engine import acting
from gis.store.scope import scope_on
from gis.workflows.boards import Boards
from gis.workflows.draft_jobs import hand_to_worker
from gis.workflows.draft_jobs_desk import make_desk, places
from gis.workflows.drafts import make_draft, working_of

KIND = "generate"
BASE = """
SELECT id FROM plan WHERE jurisdiction_id = :of AND (cast(:base AS bigint) IS NULL OR id = :base)
ORDER BY (status = 'published') DESC, id DESC LIMIT 1
"""
# What a code meant in a plan that is or was in force it means for good. The codes of drafts are
# avoided as long as somebody draws in them; those of discarded ones are nobody's.
GIVEN_CODES = """
SELECT g.code FROM grid AS g JOIN plan AS p ON p.id = g.plan_id
WHERE p.jurisdiction_id = :of AND (p.effective IS NOT NULL OR p.id = :base)
UNION
SELECT g.code FROM draft_grid AS g JOIN draft AS d ON d.plan_id = g.plan_id
JOIN plan AS p ON p.id = d.plan_id WHERE p.jurisdiction_id = :of AND d.discarded_at IS NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """A draft that is not stored yet: the grid of each unit, and what of the plan it comes from."""

    board: Board
    base_id: int
    working: Working
    grid_of_unit: dict[int, str]
    drawn: DrawnAnew
    balance: str
    tolerance: float


def start_generation(
    engine: Engine,
    jurisdiction_id: int,
    request: Mapping[str, Any],
    *,
    actor: str,
    account_id: int | None,
) -> int:
    """Have a new draft made by whichever worker is free; gives the job.

    Raises NotFoundError `jurisdiction-not-found`, `plan-not-found`; ConflictError
    `draft-job-at-work`; InputError `generate-no-plan`, `generate-communities-below` and what is
    wrong with the balance.
    """
    with acting(engine, actor, action=KIND) as connection:
        known.require(connection, jurisdiction_id)
        scope = scope_on(connection)
        below = (scope.below if scope is not None else None) or ""
        if request.get("balance"):
            parse_balance(request["balance"])
        if len(below) > 9 and request.get("communities") == "drawn":
            raise InputError("generate-communities-below")
        base = _base(connection, jurisdiction_id, request.get("base"))
        job = store.add(
            connection, jurisdiction_id=jurisdiction_id, plan_id=None, kind=KIND,
            request={**request, "base": base, "below": below}, base_version=None, actor=actor,
            account_id=account_id,
        )  # fmt: skip
        hand_to_worker(connection, job)
    return job


def _base(connection: Connection, jurisdiction_id: int, base: int | None) -> int:
    """The plan whose units and codes a new one begins with: that named, or in force, or newest."""
    found = connection.scalar(text(BASE), {"of": jurisdiction_id, "base": base})
    if found is None:
        if base is not None:
            raise NotFoundError("plan-not-found", id=base)
        raise InputError("generate-no-plan")
    return int(found)


def generate(
    engine: Engine,
    boards: Boards,
    job: Mapping[str, Any],
    *,
    progress: Progress,
    stop: Callable[[], bool],
) -> Generated:
    """The draft of a job, drawn but not stored. Raises what `draw_anew` raises."""
    request = job["request"]
    boards.prepare(engine, request["base"])
    with engine.begin() as connection:
        plan = board_plan(connection, request["base"])
        board = boards.board(connection, plan)
        working = working_of(connection, request["base"])
        named = {"of": job["jurisdiction_id"], "base": request["base"]}
        retired = set(connection.scalars(text(GIVEN_CODES), named))
    balance = request.get("balance") or plan.balance
    tolerance = request.get("tolerance") or plan.tolerance
    desk = make_desk(board, working, tolerance)
    if not (desk.grid >= 0).any():
        raise InputError("generate-no-plan")
    now = [desk.codes[grid] for grid in desk.nearest.tolist()]
    mine = [at for at, code in enumerate(now) if _redrawn(code, request)]
    if not mine:
        raise InputError("generate-nothing-chosen")
    load = parse_balance(balance).load(
        {
            "pop": board.pop.astype(np.float64), "households": board.households.astype(np.float64),
            "area": board.area_m2, "incidents": board.incidents,
        }
    )  # fmt: skip
    chosen = np.array(mine, np.int64)
    units = Units(
        unit_id=board.unit_id[chosen], polygons=places(board)[chosen],
        columns={"load": load[chosen], "pop": board.pop[chosen].astype(np.float64)},
    )  # fmt: skip
    asked = Anew(
        communities=request.get("communities") or "kept",
        counts={
            code: (one.get("communities"), one.get("grids"))
            for code, one in (request.get("counts") or {}).items()
        },
        tolerance=tolerance,
        seconds=request.get("seconds") or 30.0,
        seed=request.get("seed") or 0,
    )
    drawn = draw_anew(
        units, subgraph(board.graph, chosen), [now[at] for at in mine], asked, retired=retired,
        progress=progress, stop=stop,
    )  # fmt: skip
    grid_of_unit = dict(zip(board.unit_id.tolist(), now, strict=True))
    grid_of_unit |= dict(zip(units.unit_id.tolist(), drawn.grid_of_unit, strict=True))
    return Generated(
        board=board, base_id=request["base"], working=working, grid_of_unit=grid_of_unit,
        drawn=drawn, balance=balance, tolerance=tolerance,
    )  # fmt: skip


def _redrawn(code: str, request: Mapping[str, Any]) -> bool:
    areas = request.get("areas")
    return code.startswith(request.get("below") or "") and (areas is None or code[:9] in areas)


def keep_generated(
    connection: Connection, job: Mapping[str, Any], made: Generated
) -> tuple[int, dict[str, Any]]:
    """Store a draft that was drawn; gives the number of its plan, and what to tell of it."""
    request = job["request"]
    codes = sorted(set(made.grid_of_unit.values()))
    plan_id = make_draft(
        connection,
        jurisdiction_id=job["jurisdiction_id"],
        name=request["name"],
        note=request.get("note"),
        units=made.grid_of_unit,
        grids=_named(codes, made.working.grids),
        balance=made.balance,
        tolerance=made.tolerance,
        based_on_id=made.base_id,
        actor=job["created_by"],
        account_id=job["account_id"],
        kind=KIND,
        params={"job": job["id"]},
    )
    number = {code: at for at, code in enumerate(codes)}
    grid = np.array([number[made.grid_of_unit[unit]] for unit in made.board.unit_id.tolist()])
    level = figures(made.board, grid, codes, tolerance=made.tolerance).as_json()["levels"]["3"]
    drawn = made.drawn
    return plan_id, {
        "plan_id": plan_id,
        "grids": len(codes),
        "communities": len({code[:12] for code in codes}),
        "new": list(drawn.new),
        "gone": list(drawn.gone),
        "early": drawn.early,
        "figures": level,
    }


def _named(codes: list[str], former: Mapping[str, GridState]) -> list[DraftGrid]:
    """Grids of all levels: kept codes with what they had, new ones by their number."""
    wanted = sorted({code[:digits] for code in codes for digits in (9, 12, 15)})
    return [_grid(code, former) for code in wanted]


def _grid(code: str, former: Mapping[str, GridState]) -> DraftGrid:
    had = former.get(code)
    if had is not None:
        return DraftGrid(
            code=code, name_zh=had.name_zh, name_en=had.name_en,
            organisation_id=had.organisation_id,
        )  # fmt: skip
    kind = "generate-community-name" if len(code) == 12 else "generate-grid-name"
    above = former.get(code[:-3])
    params = {"number": int(code[-3:])}
    return DraftGrid(
        code=code,
        name_zh=translate(
            kind, "zh-CN", {**params, "above": above.name_zh if above else code[:-3]}
        ),
        name_en=translate(
            kind, "en",
            {**params, "above": (above.name_en or above.name_zh) if above else code[:-3]},
        ),
    )  # fmt: skip
