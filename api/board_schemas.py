"""What a draft is worth, as it goes out over HTTP."""

from __future__ import annotations

from pydantic import BaseModel


class GridFigures(BaseModel):
    """Figures of one grid. `fair`: its load if loads were even; `clarity`: the share of its inner
    outline along clear lines, null without one."""

    code: str
    units: int
    pop: int
    households: int
    area_m2: float
    load: float
    fair: float
    deviation: float
    incidents: float
    boundary_m: float
    compactness: float
    clarity: float | None
    compounds_cut: int
    pieces: int


class LevelFigures(BaseModel):
    """Measures of all grids of a level together. `pieces`: parts beyond the first of each grid."""

    grids: int
    max_deviation: float
    mean_deviation: float
    within: int
    cut_m: float
    clarity: float | None
    compactness: float
    compounds_cut: int
    pieces: int
    empty: int


class Figures(BaseModel):
    """Figures of a plan as of its operation `version`: by level (1 to 3), of each grid by code and
    of all together; and what is in no grid."""

    version: int
    grids: dict[str, list[GridFigures]]
    levels: dict[str, LevelFigures]
    unassigned: int
    unassigned_pop: int


class NewUnits(BaseModel):
    """A value for each unit; see the stream of units."""

    unit: list[int]
    code: list[str]
    x: list[float]
    y: list[float]
    pop: list[int]
    households: list[int]
    area_m2: list[float]
    load: list[float]
    incidents: list[float]
    perimeter_m: list[float]
    compounds: list[list[int]]


class NewEdges(BaseModel):
    """A value for each edge; `left` and `right` are units by id, `right` -1 where none is."""

    edge: list[int]
    left: list[int]
    right: list[int]
    length_m: list[float]
    cls: list[int]


class BoardChange(BaseModel):
    """What turns the board of an earlier version into that of `version`."""

    version: int
    board: str
    terms: str
    gone: list[int]
    units: NewUnits
    edges: NewEdges
