"""All kinds of operations on a real database: grids, marks, cuts, repairs, restoring."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import shapely
from sqlalchemy import Engine, text

from gis.errors import ConflictError, InputError, WanggeError
from gis.store.engine import acting, make_engine
from gis.workflows.drafts_problems import problems_of
from tests.conftest import module_database
from tests.factories import SOUTH, STEP, WEST, Town, make_town
from tests.integration.drafts_help import Planner, new_draft, rows

A, B, C = "410102004001001", "410102004001002", "410102004001003"
COMMUNITY = "410102004001"


@pytest.fixture(scope="module")
def engine(maintenance_url: str, template_database: str) -> Iterator[Engine]:
    with module_database(maintenance_url, template_database) as url:
        made = make_engine(url)
        yield made
        made.dispose()


@pytest.fixture(scope="module")
def town(engine: Engine) -> Town:
    return make_town(engine)


@pytest.fixture
def planner(engine: Engine, town: Town) -> Planner:
    return new_draft(engine, town)


def polygons(planner: Planner) -> dict[int, shapely.Polygon]:
    found = rows(
        planner.engine,
        "SELECT u.id, ST_AsBinary(geom) AS wkb FROM draft_unit JOIN unit AS u ON u.id = unit_id"
        " WHERE plan_id = :p",
        p=planner.plan_id,
    )
    return {row.id: shapely.from_wkb(bytes(row.wkb)) for row in found}


def across(row: float) -> list[list[float]]:
    """A line through the whole town from west to east, at a height in rows."""
    return [[WEST - STEP, SOUTH + row * STEP], [WEST + 5 * STEP, SOUTH + (row + 0.07) * STEP]]


def people(planner: Planner) -> int:
    return rows(
        planner.engine,
        "SELECT sum(population) AS sum FROM draft_unit JOIN unit ON unit.id = unit_id"
        " WHERE plan_id = :p",
        p=planner.plan_id,
    )[0].sum


def test_merging_and_undoing_it(planner: Planner) -> None:
    start = planner.working()
    planner.do("merge", grids=[A, B], into=C)
    working = planner.working()
    assert len(working.members({C})) == 3 and not {A, B} & set(working.grids)
    planner.do("undo")
    assert planner.working() == start


def test_a_new_grid_gets_a_code_that_nothing_had(planner: Planner) -> None:
    units = planner.units_of(A, B)
    done = planner.do("new_grid", units=units, parent=COMMUNITY, name_zh="新网格")
    assert done["delta"]["grids"] == [
        [f"{COMMUNITY}005", None,
         {"name_zh": "新网格", "name_en": None, "organisation_id": None, "locked": False}]
    ]  # fmt: skip
    planner.do("delete_grid", grid=A) if planner.units_of(A) else None
    # A is empty: its code was in force, and stays its own.
    planner.do("merge", grids=[A], into=B)
    second = planner.do("new_grid", units=planner.units_of(C), parent=COMMUNITY)
    assert second["delta"]["grids"][0][0] == f"{COMMUNITY}006"
    with pytest.raises(InputError, match="no grid 410102004999"):
        planner.do("new_grid", units=units, parent="410102004999")


def test_a_deleted_grid_goes_to_its_neighbours(planner: Planner) -> None:
    (unit,) = planner.units_of(A)
    planner.do("delete_grid", grid=A)
    working = planner.working()
    assert A not in working.grids and working.units[unit].grid in {B, C}
    with pytest.raises(ConflictError, match="still has"):
        planner.do("delete_grid", grid=COMMUNITY)


def test_what_is_cut_off_is_found_and_repaired(planner: Planner) -> None:
    far = planner.units_of("410102004004004")[0]
    planner.do("assign", units=[far], grid=A)
    planner.do("repair", grids=[A])
    assert planner.working().units[far].grid in {"410102004004002", "410102004004003"}
    planner.do("undo")
    planner.do("repair")
    assert planner.working().units[far].grid != A
    with pytest.raises(InputError, match="Nothing would change"):
        planner.do("repair")


def test_problems_are_found_with_their_place(planner: Planner) -> None:
    def found() -> list[tuple]:
        version, items = problems_of(planner.engine, planner.plan_id)
        assert version == planner.do("pin", units=[last], pinned=version % 2 == 0)["number"] - 1
        return [(one["kind"], one["grid"], one["within"], one["units"]) for one in items]

    last = planner.units_of("410102004004004")[0]
    assert found() == []
    inner = planner.units_of("410102004001004")[0]
    planner.do("assign", units=[inner], grid=None)
    far = planner.units_of("410102004002004")[0]
    planner.do("assign", units=[far], grid=A)
    assert found() == [
        ("unassigned", None, None, [inner]),
        ("island", A, None, [far]),
        ("empty", "410102004001004", None, []),
        ("empty", "410102004002004", None, []),
    ]
    _, items = problems_of(planner.engine, planner.plan_id)
    assert items[1]["bbox"] == pytest.approx(list(polygons(planner)[far].bounds))
    assert (items[1]["people"], items[1]["mendable"]) == (100, True)
    around = planner.units_of(A, B, C, "410102004002001", "410102004002003", "410102004003001",
                              "410102004003002", "410102004004001")  # fmt: skip
    planner.do("assign", units=[unit for unit in around if unit != far], grid=B)
    planner.do("assign", units=[inner], grid=C)
    assert ("hole", C, B, [inner]) in found()
    # Given to the grid around it the whole grid is gone, and with it the hole.
    planner.do("merge", grids=[C], into=B)
    _, items = problems_of(planner.engine, planner.plan_id)
    assert "hole" not in {one["kind"] for one in items}


def test_locks_pins_and_groups_hold(planner: Planner) -> None:
    (a,), (b,), (c,) = planner.units_of(A), planner.units_of(B), planner.units_of(C)
    planner.do("lock", grids=[B], locked=True)
    for units, grid in (([b], A), ([a], B)):
        with pytest.raises(ConflictError, match="locked"):
            planner.do("assign", units=units, grid=grid)
    with pytest.raises(ConflictError, match="locked"):
        planner.do("cut", units=[b], line=across(0.5))
    planner.do("lock", grids=[B], locked=False)
    planner.do("lock", grids=[COMMUNITY], locked=True)
    with pytest.raises(ConflictError, match="locked"):
        planner.do("assign", units=[a], grid="410102004002001")
    planner.do("undo")
    planner.do("pin", units=[a], pinned=True)
    with pytest.raises(ConflictError, match="pinned"):
        planner.do("assign", units=[a], grid=B)
    with pytest.raises(InputError, match="one grid"):
        planner.do("together", units=[b, c], together="new")
    planner.do("assign", units=[c], grid=B)
    group = planner.do("together", units=[b, c], together="new")
    assert group["delta"]["marks"][0][1] == {"pinned": False, "together": 1}
    planner.do("assign", units=[b], grid=C)
    assert {planner.working().units[unit].grid for unit in (b, c)} == {C}
    planner.do("together", units=[b, c], together=None)
    planner.do("assign", units=[b], grid=B)
    assert planner.working().units[c].grid == C


def test_renaming(planner: Planner) -> None:
    planner.do("rename", grid=COMMUNITY, name_zh="新名", name_en=None)
    assert planner.working().grids[COMMUNITY].name_zh == "新名"


def test_a_line_cuts_units_into_pieces_that_tile_them(engine: Engine, planner: Planner) -> None:
    before, start = polygons(planner), planner.working()
    ends = planner.do("cut", units=planner.units_of(A, B), line=across(0.4))
    after = polygons(planner)
    assert len(after) == 18 and people(planner) == 1600
    for gone, come in ends["delta"]["cuts"]:
        (whole,) = (before[unit] for unit, *_ in gone)
        pieces = np.array([after[unit] for unit, *_ in come])
        assert shapely.union_all(pieces).symmetric_difference(whole).area < 1e-9 * whole.area
        assert {state[1] for state in come} == {gone[0][1]}
    assert shapely.coverage_is_valid(np.array(list(after.values())))
    # Pieces are the draft's alone until it is in force.
    assert len(rows(engine, "SELECT FROM unit WHERE retired_at IS NULL")) == 16
    edges = rows(
        engine, "SELECT FROM unit_edge WHERE left_id = ANY (:u) OR right_id = ANY (:u)",
        u=sorted(after.keys() - before.keys()),
    )  # fmt: skip
    assert len(edges) >= 8
    planner.do("undo")
    assert planner.working() == start
    planner.do("redo")
    assert set(planner.working().units) == set(after)


def test_cutting_pieces_again_and_the_same_elsewhere(engine: Engine, town: Town) -> None:
    one, other = new_draft(engine, town), new_draft(engine, town)
    one.do("cut", units=list(one.working().units), line=across(1.37))
    other.do("cut", units=list(other.working().units), line=[*across(1.9)][::-1])
    upward = [[WEST + STEP * 1.3, SOUTH - STEP], [WEST + STEP * 2.1, SOUTH + 5 * STEP]]
    one.do("cut", units=list(one.working().units), line=upward)
    for planner in (one, other):
        assert shapely.coverage_is_valid(np.array(list(polygons(planner).values())))
        assert people(planner) == 1600
    published = [
        shapely.from_wkb(bytes(row.wkb))
        for row in rows(
            engine, "SELECT ST_AsBinary(geom) AS wkb FROM unit WHERE retired_at IS NULL"
        )
    ]
    assert len(published) == 16 and shapely.coverage_is_valid(np.array(published))


def test_people_go_with_their_buildings(engine: Engine, town: Town) -> None:
    planner = new_draft(engine, town)
    (unit,) = planner.units_of("410102004004001")
    west, south, east, _ = polygons(planner)[unit].bounds
    with acting(engine, "tests") as connection:
        for at, count in ((0.2, 30), (0.8, 10)):
            x, y = west + at * (east - west), south + STEP / 2
            connection.execute(
                text("INSERT INTO building (jurisdiction_id, code, population, households, geom)"
                     " VALUES (:j, :code, :count, 3, ST_GeomFromText(:wkt, 4326))"),
                {"j": town.jurisdiction_id, "code": f"b{at}", "count": count,
                 "wkt": shapely.box(x - 1e-5, y - 1e-5, x + 1e-5, y + 1e-5).wkt},
            )  # fmt: skip
    middle = (west + east) / 2
    done = planner.do(
        "cut", units=[unit], line=[[middle, south - 1e-3], [middle, south + STEP + 1e-3]]
    )
    come = [state[0] for state in done["delta"]["cuts"][0][1]]
    found = rows(engine, "SELECT population FROM unit WHERE id = ANY (:u)"
                 " ORDER BY ST_X(ST_Centroid(geom))", u=come)  # fmt: skip
    assert [row.population for row in found] == [75, 25]


def test_a_line_parts_a_grid_into_two(engine: Engine, planner: Planner) -> None:
    planner.do("assign", units=planner.units_of(B), grid=A)
    start = planner.working()
    done = planner.do("cut", grid=A, line=across(0.8), name_zh="北片")
    new = f"{COMMUNITY}005"
    working = planner.working()
    assert working.grids[new].name_zh == "北片"
    shapes = polygons(planner)
    north = shapely.union_all([shapes[unit] for unit in working.members({new})])
    south = shapely.union_all([shapes[unit] for unit in working.members({A})])
    assert north.area < south.area and north.bounds[1] > south.bounds[1]
    assert len(done["delta"]["cuts"]) == 2 and people(planner) == 1600
    # Between two units it cuts none of them, and parts the grid all the same.
    planner.do("undo")
    assert planner.working() == start
    x = WEST + STEP
    done = planner.do("cut", grid=A, line=[[x, SOUTH - 1e-3], [x, SOUTH + 2 * STEP]])
    assert done["delta"]["cuts"] == [] and len(planner.units_of(A)) == 1


def square(west: float, south: float, east: float, north: float) -> list[list[float]]:
    """A ring around columns and rows of the town."""
    box = shapely.box(*(WEST + STEP * at if n % 2 == 0 else SOUTH + STEP * at
                        for n, at in enumerate((west, south, east, north))))  # fmt: skip
    return shapely.get_coordinates(box)[:-1].tolist()


def test_a_pulled_boundary_takes_what_it_covers_and_cuts_what_it_crosses(planner: Planner) -> None:
    planner.do("assign", units=planner.units_of(B), grid=A)
    (west, east), start = sorted(planner.units_of(A)), planner.working()
    before = polygons(planner)
    # A is the two squares in the south; from the north comes a shape over one and a half of them.
    shape = square(-0.2, 0.25, 1.5, 1.3)
    done = planner.do("pull", shape=shape, grid=A, into=C)
    working, after = planner.working(), polygons(planner)
    assert [gone[0][0] for gone, _ in done["delta"]["cuts"]] == [west, east]
    assert west not in working.units and people(planner) == 1600
    assert shapely.coverage_is_valid(np.array(list(after.values())))
    mine = shapely.union_all([after[unit] for unit in working.members({C})])
    wanted = shapely.union_all(
        [before[unit] for unit in start.members({C})]
        + [shapely.Polygon(shape) & before[unit] for unit in (west, east)]
    )
    assert mine.symmetric_difference(wanted).area < 1e-6 * wanted.area
    planner.do("undo")
    assert planner.working() == start
    planner.do("redo")
    assert planner.working() == working
    planner.do("undo")
    # Along the sides of units it cuts none of them.
    done = planner.do("pull", shape=square(0, 0, 1, 1.2), grid=A, into=C)
    assert done["delta"]["cuts"] == [] and planner.working().units[west].grid == C
    with pytest.raises(InputError, match="takes nothing"):
        planner.do("pull", shape=square(2, 2, 3, 3), grid=A, into=C)
    with pytest.raises(InputError):
        planner.do("pull", shape=[[0, 0], [1, 1], [1, 0], [0, 1]], grid=A, into=C)


def test_a_pulled_boundary_leaves_what_is_pinned_or_kept_together(planner: Planner) -> None:
    planner.do("assign", units=planner.units_of(B), grid=A)
    west, east = sorted(planner.units_of(A))
    planner.do("pin", units=[west], pinned=True)
    done = planner.do("pull", shape=square(-0.2, 0.25, 1.5, 1.3), grid=A, into=C)
    assert [gone[0][0] for gone, _ in done["delta"]["cuts"]] == [east]
    assert planner.working().units[west].grid == A
    planner.do("undo")
    planner.do("pin", units=[west], pinned=False)
    planner.do("together", units=[west, east], together="new")
    with pytest.raises(InputError, match="takes nothing"):
        planner.do("pull", shape=square(-0.2, 0.25, 1.3, 1.3), grid=A, into=C)
    planner.do("pull", shape=square(-0.2, -0.1, 2, 1.3), grid=A, into=C)
    assert {planner.working().units[unit].grid for unit in (west, east)} == {C}
    planner.do("lock", grids=[COMMUNITY], locked=True)
    with pytest.raises(ConflictError, match="locked"):
        planner.do("pull", shape=square(-0.2, -0.1, 2, 1.3), grid=C, into=A)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ([[0, 0], [0, 0]], "draft-line-invalid"),
        ([[0, 0], [1, 1]], "draft-line-cuts-nothing"),
        ([[WEST - 1, SOUTH + STEP / 2], [WEST + STEP / 2, SOUTH + STEP / 2]],
         "draft-line-cuts-nothing"),
        ([[WEST - 1, SOUTH + 1e-9], [WEST + 1, SOUTH + 1e-9]], "draft-line-cuts-nothing"),
    ],
)  # fmt: skip
def test_lines_that_cut_nothing_change_nothing(planner: Planner, line, code: str) -> None:
    for asked in ({"units": planner.units_of(A)}, {"grid": A}):
        with pytest.raises(WanggeError) as refused:
            planner.do("cut", line=line, **asked)
        assert refused.value.code == code
    assert len(planner.working().units) == 16


def test_back_to_any_point_of_the_history_and_forth(planner: Planner) -> None:
    states = [planner.working()]
    planner.do("cut", units=planner.units_of(A), line=across(0.5))
    states.append(planner.working())
    planner.do("merge", grids=[A], into=B)
    states.append(planner.working())
    planner.do("undo")
    planner.do("pin", units=planner.units_of(C), pinned=True)
    states.append(planner.working())
    for to, wanted in ((2, 2), (0, 0), (4, 3), (1, 1)):
        planner.do("restore", to=to)
        assert planner.working() == states[wanted]
    planner.do("undo")
    assert planner.working() == states[3]


def test_restoring_does_not_sweep_away_what_others_did_unseen(planner: Planner) -> None:
    other = planner.beside("other (o)")
    planner.do("assign", units=planner.units_of(B), grid=A)
    other.do("assign", units=planner.units_of(C), grid=A)
    for kind, params in (("restore", {"to": 0}), ("merge", {"grids": [A], "into": B})):
        with pytest.raises(ConflictError, match=r"other \(o\) has changed"):
            planner.do(kind, base=1, **params)
    planner.do("restore", to=0)
