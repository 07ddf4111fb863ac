"""The locator gives every place to exactly the grid that rational arithmetic gives it to."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import InputError
from gis.routing.locator import Locator
from tests.unit.routing.exact_reference import difficult_places, lattice, merged, moved, owners


def check(polygons, codes, places, cells_a_side=None) -> Locator:
    locator = Locator.build(polygons, codes, cells_a_side=cells_a_side)
    found = locator.locate(places[:, 0], places[:, 1])
    expected = owners(polygons, codes, places[:, 0], places[:, 1])
    wrong = np.flatnonzero(found != expected)
    assert not len(wrong), (places[wrong[0]].tolist(), found[wrong[0]], expected[wrong[0]])
    singly = [locator.locate_one(x, y) for x, y in places.tolist()]
    assert singly == found.tolist()
    return locator


@pytest.mark.parametrize(
    "scale, x, y", [(1, 0, 0), (0.1, 113.6, 34.7), (1e-7, -1, 1), (350, 5e5, 4e6)]
)
@pytest.mark.parametrize("jitter", [0.0, 0.4])
@pytest.mark.parametrize("cells_a_side", [4, 37, None])
def test_edges_vertices_and_their_neighbours(scale, x, y, jitter, cells_a_side):
    rng = np.random.default_rng(7)
    cells = moved(lattice(7, 5, jitter, rng), scale, x, y)
    grids = merged(cells, rng.integers(0, 12, len(cells)))
    codes = rng.permutation([f"{k:03}" for k in range(len(grids))])
    locator = check(grids, codes, difficult_places(grids, rng, 12), cells_a_side)
    assert locator.coverage == "clean"


@settings(deadline=None, max_examples=35)
@given(
    seed=st.integers(0, 2**32 - 1),
    grids=st.integers(1, 9),
    jitter=st.sampled_from([0.0, 0.01, 0.3, 0.45]),
    scale=st.sampled_from([1.0, 0.1, 1e-3, 3.3e-6, 1e5]),
    x=st.sampled_from([0.0, 113.61, -74.1, 39464321.7]),
    y=st.sampled_from([0.0, 34.75, -1e-9, 3846213.2]),
    cells_a_side=st.integers(2, 80),
)
def test_any_partition(seed, grids, jitter, scale, x, y, cells_a_side):
    rng = np.random.default_rng(seed)
    cells = moved(lattice(4, 4, jitter, rng), scale, x, y)
    # A shift that rounds corners away makes other polygons: they stay valid, or the case is void.
    if not shapely.is_valid(cells).all() or not shapely.coverage_is_valid(cells):
        return
    polygons = merged(cells, rng.integers(0, grids, len(cells)))
    codes = rng.permutation(len(polygons))
    check(polygons, codes, difficult_places(polygons, rng, 4), cells_a_side)


@settings(deadline=None, max_examples=35)
@given(seed=st.integers(0, 2**32 - 1), whole=st.booleans(), cells_a_side=st.integers(2, 60))
def test_overlapping_polygons(seed, whole, cells_a_side):
    """Triangles thrown over one another: each place goes to the smallest code that touches it."""
    rng = np.random.default_rng(seed)
    corners = rng.uniform(0, 10, (8, 3, 2))
    if whole:  # common corners, collinear edges, edges used many times
        corners = np.round(corners / 3)
    polygons = shapely.polygons(corners)
    polygons = polygons[shapely.is_valid(polygons) & (shapely.area(polygons) > 0)]
    if not len(polygons):
        return
    codes = rng.permutation(len(polygons))
    places = difficult_places(polygons, rng, 5)
    lattice_places = np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0)), -1).reshape(-1, 2)
    check(polygons, codes, np.vstack((places, lattice_places)), cells_a_side)


def test_levels_of_one_hierarchy_over_each_other():
    rng = np.random.default_rng(3)
    basic = lattice(6, 6, 0.3, rng)
    community = merged(basic, np.arange(36) // 6)
    both = np.concatenate((basic, community))
    codes = [f"b{k:02}" for k in range(36)] + [f"a{k}" for k in range(6)]
    locator = check(both, codes, difficult_places(both, rng, 15))
    assert locator.coverage == "overlapping"
    assert set(locator.codes[locator.locate([0.5, 5.5], [0.5, 5.5])]) <= {f"a{k}" for k in range(6)}


def test_t_junctions_gaps_and_slivers():
    third = 1 / 3  # the middle corner of the right side does not lie exactly on the left one's edge
    left = shapely.Polygon([(0, 0), (third, 0), (1, 3), (0, 3)])
    x, y = third + (1 - third) * 0.7, 3 * 0.7
    lower = shapely.Polygon([(third, 0), (3, 0), (3, y), (x, y)])
    upper = shapely.Polygon([(x, y), (3, y), (3, 3), (1, 3)])
    exact = [shapely.box(10, 0, 11, 2), shapely.box(11, 0, 12, 1), shapely.box(11, 1, 12, 2)]
    polygons = np.array([left, lower, upper, *exact], object)
    places = difficult_places(polygons, np.random.default_rng(1), 60)
    for cells_a_side in (3, 30, None):
        check(polygons, list("cabfed"), places, cells_a_side)


def test_holes_islands_and_enclaves():
    outer = shapely.box(0, 0, 10, 10)
    lake, enclave = shapely.box(1, 1, 2, 2), shapely.box(4, 4, 7, 7)
    inner = shapely.box(5, 5, 6, 6)
    grids = np.array(
        [
            outer - lake - enclave,
            shapely.MultiPolygon([inner, shapely.box(20, 0, 21, 1)]),
            enclave - inner,
            shapely.MultiPolygon([shapely.box(21, 1, 22, 2), shapely.box(12, 0, 13, 5)]),
        ],
        object,
    )
    rng = np.random.default_rng(2)
    check(grids, [4, 3, 2, 1], difficult_places(grids, rng, 40))
    locator = Locator.build(grids, [4, 3, 2, 1])
    assert locator.locate([1.5, 5.5, 4.5, 21, 15], [1.5, 5.5, 4.5, 1, 1]).tolist() == [
        -1,
        1,
        2,
        3,
        -1,
    ]


def test_the_smallest_doubles_beside_a_boundary_at_zero():
    grids = [shapely.box(-1, -0.1, 0, 0.3), shapely.box(0, -0.1, 0.7, 0.3)]
    tiny = [0.0, -0.0, 5e-324, -5e-324, 1e-310, -1e-310, 1e-170, -1e-170]
    places = np.array([(x, y) for x in tiny for y in [*tiny, -0.1, 0.2]])
    check(np.array(grids, object), ["b", "a"], places)
    slanted = [
        shapely.Polygon([(0, 0), (0.7, 0.1), (0.1, 0.7)]),
        shapely.Polygon([(0, 0), (0.7, 0.1), (0.1, -0.7)]),
    ]
    check(np.array(slanted, object), ["a", "b"], places)


def test_what_is_not_a_place_belongs_to_nobody():
    locator = Locator.build(lattice(3, 3, 0.2, np.random.default_rng(0)), np.arange(9))
    strange = [np.nan, np.inf, -np.inf, 1e308, -1e308, 180.0]
    lon, lat = map(np.ravel, np.meshgrid([*strange, 1.5], [*strange, 1.5]))
    found = locator.locate(lon, lat)
    assert (found[:-1] == -1).all()
    assert found[-1] >= 0
    assert [locator.locate_one(x, y) for x, y in zip(lon, lat, strict=True)] == found.tolist()


def test_order_of_the_polygons_does_not_matter():
    rng = np.random.default_rng(11)
    grids = merged(lattice(6, 6, 0.3, rng), rng.integers(0, 9, 36))
    codes = np.array([f"4101020{k:02}" for k in rng.permutation(len(grids))])
    places = difficult_places(grids, rng, 30)
    first = Locator.build(grids, codes)
    order = rng.permutation(len(grids))
    second = Locator.build(grids[order], codes[order])
    one, other = (it.locate(places[:, 0], places[:, 1]) for it in (first, second))
    assert [None if k < 0 else codes[k] for k in one] == [
        None if k < 0 else codes[order][k] for k in other
    ]


def test_numbers_are_compared_as_numbers_and_text_as_text():
    sides = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]
    assert Locator.build(sides, [10, 9]).locate_one(1, 0.5) == 1
    assert Locator.build(sides, ["10", "9"]).locate_one(1, 0.5) == 0


def test_threads_pickling_strides_and_other_types_give_the_same():
    rng = np.random.default_rng(5)
    grids = lattice(5, 5, 0.3, rng)
    locator = Locator.build(grids, np.arange(25))
    places = rng.uniform(-1, 6, (5000, 2))
    expected = locator.locate(places[:, 0].copy(), places[:, 1].copy())
    assert (locator.locate(places[:, 0], places[:, 1], threads=3) == expected).all()
    again = pickle.loads(pickle.dumps(locator))
    assert (again.locate(places[:, 0].tolist(), places[:, 1].tolist()) == expected).all()
    assert locator.locate([], []).tolist() == []
    assert locator.locate(np.array([1], np.float32), np.array([2], np.int64)).shape == (1,)


def test_an_index_cannot_be_changed():
    locator = Locator.build([shapely.box(0, 0, 1, 1)], ["a"])
    with pytest.raises(AttributeError):
        locator.codes = np.array(["b"])
    with pytest.raises(ValueError, match="read-only"):
        locator.cells[0] = 1


def test_grids_without_a_shape_own_nothing():
    nothing = Locator.build([None, shapely.Polygon()], ["a", "b"])
    assert nothing.locate([0.0, np.nan], [0.0, 1.0]).tolist() == [-1, -1]
    assert nothing.locate_one(0.5, 0.5) == -1
    some = Locator.build([None, shapely.box(0, 0, 1, 1)], ["a", "b"])
    assert some.locate_one(0.5, 0.5) == 1
    assert some.code_at(0.5, 0.5) == "b"
    assert Locator.build([], []).locate_one(0, 0) == -1


@pytest.mark.parametrize(
    "polygons, codes, code",
    [
        ([shapely.Point(0, 0)], ["a"], "routing-not-polygon"),
        ([shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])], ["a"], "routing-polygon-invalid"),
        ([shapely.box(0, 0, 1, 1)], ["a", "b"], "routing-codes-mismatch"),
        ([shapely.box(0, 0, 1e200, 1)], ["a"], "routing-coordinate-out-of-range"),
    ],
)
def test_unusable_polygons_are_refused(polygons, codes, code):
    with pytest.raises(InputError) as refused:
        Locator.build(polygons, codes)
    assert refused.value.code == code
    assert "{" not in str(refused.value)


def test_coordinates_and_lengths_that_differ_are_refused():
    locator = Locator.build([shapely.box(0, 0, 1, 1)], ["a"])
    with pytest.raises(InputError) as refused:
        locator.locate([0.0, 1.0], [0.0])
    assert refused.value.code == "routing-lengths-differ"


def test_kernels_never_fuse_multiply_and_add():
    """A fused operation rounds once instead of twice, and would break the exact products."""
    import numba

    from gis.routing.predicates import _orient_exactly

    plain = numba.njit(_orient_exactly.py_func)
    plain(0.0, 0.0, 1.0, 1.0, 0.5, 0.5)
    code = plain.inspect_asm(plain.signatures[0])
    assert "mul" in code
    assert "fmadd" not in code
    assert "fmla" not in code


def test_a_shared_boundary_is_told():
    grids = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(2, 1, 3, 2)]
    locator = Locator.build(grids, ["a", "b", "c"])
    lon = [0.5, 1.0, 1.0, 1.0, 0.0, 2.0, 2.0, np.nextafter(1, 2), 9.0, np.nan]
    lat = [0.5, 0.5, 0.0, 1.0, 0.5, 1.0, 0.5, 0.5, 9.0, 0.5]
    expected = [False, True, True, True, False, True, False, False, False, False]
    assert locator.on_shared_boundary(lon, lat).tolist() == expected


def test_after_warming_nothing_is_left_to_compile():
    """A first request must not wait for the compiler."""
    from numba.core.dispatcher import Dispatcher

    from gis.routing import edit, nearest, overlap, query, raster, segments
    from gis.routing import locator as module

    def compiled() -> dict[str, int]:
        return {
            f"{part.__name__}.{name}": len(value.signatures)
            for part in (edit, nearest, overlap, query, raster, segments)
            for name, value in vars(part).items()
            if isinstance(value, Dispatcher) and value.targetoptions.get("inline") != "always"
        }

    module.warm()
    before = compiled()
    assert before["gis.routing.query.locate_block"] == 1
    rng = np.random.default_rng(0)
    grids = merged(lattice(4, 4, 0.3, rng), rng.integers(0, 5, 16))
    overlapping = np.concatenate((grids, [shapely.box(1, 1, 3, 3), None]))
    places = difficult_places(grids, rng, 20)
    for polygons in (grids, overlapping):
        made = Locator.build(list(polygons), np.arange(len(polygons)))
        made.locate(places[:, 0], places[:, 1], threads=2)
        made.locate(list(places[:, 0]), places[:, 1].astype(np.float32))
        made.locate_one(np.float64(1.5), 1)
        made.on_shared_boundary(*places.T)
        nearest.nearest_other(made, *places.T, made.locate(*places.T), within_m=5)
        made.edited({0: shapely.box(1, 1, 2, 2)}).edited({0: polygons[0], 1: None})
        pickle.loads(pickle.dumps(made)).locate([5e-324], [1])
    assert compiled() == before
