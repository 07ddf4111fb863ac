"""Each kind of operation on a draft: what it needs of the working copy, and what it changes."""

from __future__ import annotations

from gis.errors import ConflictError, InfeasibleError
from gis.planning.codes import MOST_CHILDREN
from gis.planning.editing import operations as pure
from gis.planning.editing.borders import Borders
from gis.planning.editing.working import BASIC_DIGITS
from gis.store import drafts
from gis.workflows.drafts_desk import Change, Desk, Params


def assign(desk: Desk, params: Params) -> Change:
    """A stroke: units into a grid, where they still are where the caller saw them."""
    units, grid = params["units"], params["grid"]
    working = desk.part(units=units, grids=[] if grid is None else [grid])
    try:
        delta = pure.assign(working, units, grid, params.get("before") or ())
    except ConflictError as error:
        raise desk.told_by_whom(error) from None
    return Change(working=working, delta=delta)


def merge(desk: Desk, params: Params) -> Change:
    """Grids into one of them."""
    grids, into = params["grids"], params["into"]
    desk.require_seen({*grids, into})
    working = desk.part(codes={*grids, into})
    return Change(working=working, delta=pure.merge(working, grids, into))


def new_grid(desk: Desk, params: Params) -> Change:
    """A grid of its own for some units."""
    working = desk.part(units=params["units"], grids=[params["parent"]])
    code = next_code(desk, params["parent"])
    zh, en = named(code, params.get("name_zh"), params.get("name_en"))
    try:
        delta = pure.new_grid(working, params["units"], code, zh, en)
    except ConflictError as error:
        raise desk.told_by_whom(error) from None
    return Change(working=working, delta=delta)


def delete_grid(desk: Desk, params: Params) -> Change:
    """A grid away, its units to its neighbours."""
    grid = params["grid"]
    desk.require_seen({grid})
    if len(grid) != BASIC_DIGITS:
        below = drafts.children(desk.connection, desk.plan_id, grid)
        working = desk.part(grids=[grid, *below])
        return Change(working=working, delta=pure.delete_grid(working, grid, Borders(of={})))
    units = desk.part(codes=[grid]).members({grid})
    borders = desk.borders(units)
    working = desk.part(units=borders.around(units), codes=[grid])
    delta = pure.delete_grid(working, grid, borders, below=desk.below or "")
    return Change(working=working, delta=delta)


def repair(desk: Desk, params: Params) -> Change:
    """Parts that are cut off to their neighbours: of some grids, or of all that are the caller's
    and not locked."""
    named_grids = params.get("grids")
    if named_grids is None:
        working, borders = desk.whole(), desk.borders()
        grids = [
            code for code in working.grids
            if len(code) == BASIC_DIGITS and code.startswith(desk.below or "")
        ]  # fmt: skip
    else:
        desk.require_seen(named_grids)
        grids = named_grids
        units = desk.part(codes=grids).members(set(grids))
        borders = desk.borders(units)
        working = desk.part(units=borders.around(units), codes=grids)
    people = drafts.populations(desk.connection, list(working.units))
    delta = pure.repair(working, grids, borders, people, below=desk.below or "")
    return Change(working=working, delta=delta)


def lock(desk: Desk, params: Params) -> Change:
    """Grids locked, or not any more."""
    working = desk.part(grids=params["grids"])
    return Change(
        working=working, delta=pure.lock(working, params["grids"], locked=params["locked"])
    )


def pin(desk: Desk, params: Params) -> Change:
    """Units pinned, or not any more."""
    working = desk.part(units=params["units"])
    return Change(
        working=working, delta=pure.pin(working, params["units"], pinned=params["pinned"])
    )


def together(desk: Desk, params: Params) -> Change:
    """Units kept together, or not any more."""
    wanted = params["together"]
    units = params["units"]
    group = None if wanted == "new" else wanted
    others = [] if group is None else drafts.group(desk.connection, desk.plan_id, group)
    if wanted is not None and not others:  # a number that is no group's is nobody's to choose
        group = drafts.next_group(desk.connection, desk.plan_id)
    working = desk.part(units=[*units, *others])
    return Change(working=working, delta=pure.together(working, units, group))


def rename(desk: Desk, params: Params) -> Change:
    """Another name for a grid."""
    grid = params["grid"]
    working = desk.part(grids=[grid])
    delta = pure.rename(working, grid, params["name_zh"], params.get("name_en"))
    return Change(working=working, delta=delta)


def take(desk: Desk, params: Params) -> Change:
    """What a search has found, as far as it fits the draft as it is now."""
    from gis.workflows.draft_jobs import result_of

    found = result_of(
        desk.connection, params["job"], plan_id=desk.plan_id, choice=params.get("choice"),
        boards=desk.boards,
    )  # fmt: skip
    working = desk.part(units=found, grids=set(found.values()))
    return Change(working=working, delta=pure.take(working, found))


def next_code(desk: Desk, parent: str) -> str:
    """The first code below a community that nothing has or had. Raises InfeasibleError
    `grid-codes-used-up`."""
    used = drafts.used_codes(desk.connection, desk.held, parent)
    for number in range(1, MOST_CHILDREN + 1):
        if (code := f"{parent}{number:03d}") not in used:
            return code
    raise InfeasibleError(
        "grid-codes-used-up", parent=parent, count=len(used) + 1, most=MOST_CHILDREN
    )


def named(code: str, zh: str | None, en: str | None) -> tuple[str, str | None]:
    """The name of a new grid; its number, where it was given none."""
    number = int(code[-3:])
    return (zh, en) if zh else (f"网格{number}", en or f"Grid {number}")
