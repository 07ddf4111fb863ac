"""Rules: order, dates, sides of streets, and that many reports are decided as each one alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.geometry import from_metric, metric_crs
from gis.routing.assets import LEFT, RIGHT, Asset, Assets
from gis.routing.rule_set import DRAFT, Duty, Facts, Order, Rule, RuleSet
from gis.routing.rules import Outcome, decide, explain

T0 = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
CODES = ["410102001001001", "410102001001002", "410102002001001"]
CRS = metric_crs((113.6, 34.75))
ORIGIN = (463_000.0, 3_847_000.0)  # metres, near 113.6° E 34.75° N in that zone
KINDS = ("park", "bridge", "road")
CATEGORIES = ("01", "0101", "0301", "03", None)


def lonlat(x, y):
    points = from_metric(shapely.points(np.asarray(x) + ORIGIN[0], np.asarray(y) + ORIGIN[1]), CRS)
    return shapely.get_x(points), shapely.get_y(points)


def placed(shape):
    moved = shapely.transform(shape, lambda xy: xy + ORIGIN)
    return from_metric(moved, CRS)


def asset(number, shape, kind="park", **told):
    given = {"code": f"A{number}", "organisation_id": None, "reach_m": 0.0, "since": T0 - 900 * DAY}
    return Asset(asset_id=number, kind=kind, geometry=placed(shape), **given | told)


def rule(rule_id, effect="override", **told):
    if not {"organisation_id", "grid_code", "role"} & set(told):
        told["organisation_id"] = 100 + rule_id
    return Rule(rule_id=rule_id, effect=effect, **{"since": T0 - 900 * DAY} | told)


def facts(x=(0.0,), y=(0.0,), grid=None, category=None, at=T0):
    n = len(x)
    lon, lat = lonlat(x, y)
    return Facts(
        lon=lon, lat=lat, grid=np.array(grid if grid is not None else [0] * n, np.int32),
        codes=CODES, category=category or [None] * n, severity=[2] * n, source=["patrol"] * n,
        at=np.array([at.replace(tzinfo=None)] * n, "datetime64[us]"),
    )  # fmt: skip


def outcomes(explained):
    return [(verdict.id, verdict.outcome) for verdict in explained.verdicts]


def in_order(*rules, **told):
    return RuleSet(
        rules, orders=[Order(since=T0 - DAY, ids=tuple(r.rule_id for r in rules))], **told
    )


coordinates = st.floats(-300, 300)
boxes = st.tuples(coordinates, coordinates, st.floats(5, 200), st.floats(5, 200)).map(
    lambda b: shapely.box(b[0], b[1], b[0] + b[2], b[1] + b[3])
)


@st.composite
def rule_sets(draw):
    """Rules of every kind over some assets and duties, in a drawn order that changes once."""
    shapes = draw(st.lists(boxes, max_size=4))
    assets = [
        asset(
            k, shape, draw(st.sampled_from(KINDS)), reach_m=draw(st.sampled_from([0.0, 15.0])),
            organisation_id=draw(st.sampled_from([None, 7, 8])),
        )
        for k, shape in enumerate(shapes)
    ]  # fmt: skip
    line = shapely.LineString(
        draw(st.lists(st.tuples(coordinates, coordinates), min_size=2, max_size=5, unique=True))
    )
    assets.append(asset(9, line, "road", code="R"))
    made = []
    for k in range(1, draw(st.integers(0, 6)) + 1):
        effect = draw(st.sampled_from(["override", "refine"]))
        targets = [{"organisation_id": 100 + k}, {"role": "officer"}]
        if effect == "override":
            targets += [{"grid_code": CODES[1]}, {"grid_code": "410102009009009"}]
        told = dict(draw(st.sampled_from(targets)))
        told["since"] = T0 + draw(st.integers(-3, 1)) * DAY
        told["until"] = draw(st.sampled_from([None, T0, T0 + DAY]))
        told["categories"] = tuple(draw(st.sampled_from([(), ("01",), ("0301", "02")])))
        told["severities"] = tuple(draw(st.sampled_from([(), (2, 3), (4,)])))
        told["grid_prefix"] = draw(st.sampled_from([None, "410102", CODES[2][:9]]))
        told |= draw(
            st.sampled_from(
                [
                    {},
                    {"asset_code": "A0", "within_m": 20.0},
                    {"asset_kind": "park", "within_m": 0.0},
                    {"street_code": "R", "street_side": "left", "street_within_m": 80.0},
                ]
            )
        )
        made.append(rule(k, effect, **told))
    ids = [one.rule_id for one in made]
    orders = [
        Order(since=T0 - 2 * DAY, ids=tuple(draw(st.permutations(ids)))),
        Order(since=T0, ids=tuple(draw(st.permutations(ids)))),
    ]
    duties = [
        Duty(
            duty_id=k, category=draw(st.sampled_from(["01", "0101", "03"])), organisation_id=20 + k,
            scope=draw(st.sampled_from(["", CODES[2][:9]])), own=draw(st.booleans()),
            since=T0 - DAY, until=draw(st.sampled_from([None, T0])),
        )
        for k in range(draw(st.integers(0, 4)))
    ]  # fmt: skip
    return RuleSet(made, orders=orders, assets=Assets(assets), duties=duties)


@st.composite
def reports(draw, most=8):
    n = draw(st.integers(1, most))
    some = facts(
        [draw(coordinates) for _ in range(n)], [draw(coordinates) for _ in range(n)],
        grid=[draw(st.integers(-1, 2)) for _ in range(n)],
        category=[draw(st.sampled_from(CATEGORIES)) for _ in range(n)],
    )  # fmt: skip
    moments = [
        (T0 + draw(st.sampled_from([-1, 0, 1])) * DAY).replace(tzinfo=None) for _ in range(n)
    ]
    return replace(some, at=np.array(moments, "datetime64[us]"))


@settings(max_examples=150, deadline=None)
@given(rule_sets(), reports())
def test_many_are_decided_as_each_one_is_explained(rules, some):
    decided = decide(some, rules)
    for k in range(len(some.at)):
        told = explain(some.some(np.array([k])), rules)
        override, role = int(decided.override[k]), int(decided.role[k])
        assert (rules.rules[override] if override >= 0 else None) == told.override
        assert (rules.rules[role] if role >= 0 else None) == told.role
        assert int(decided.department[k]) == (told.department or 0)
        assert len({v.id for v in told.verdicts if v.kind == "rule"}) == len(rules.rules)
        won = [v.id for v in told.verdicts if v.outcome is Outcome.WON]
        assert won == ([told.override.rule_id] if told.override else [])


@settings(max_examples=100, deadline=None)
@given(rule_sets(), reports(most=1), st.integers(1, 8))
def test_a_rule_that_does_not_match_changes_nothing(rules, some, position):
    idle = rule(DRAFT, categories=("99",), organisation_id=5)
    more = rules.with_draft(idle, position, None, T0)
    # The same order for both: with_draft takes the latest one for every moment.
    less = rules.with_draft(idle, None, None, T0)
    before, after = explain(some, less), explain(some, more)
    assert (before.override, before.role, before.beside) == (
        after.override, after.role, after.beside,
    )  # fmt: skip
    assert {v.id: v.outcome for v in before.verdicts if v.kind == "rule"} == {
        v.id: v.outcome for v in after.verdicts if v.kind == "rule"
    }


@pytest.mark.parametrize(
    ("position", "instead_of", "order"),
    [(1, None, [0, 2, 3]), (2, None, [2, 0, 3]), (3, None, [2, 3, 0]), (9, None, [2, 3, 0]),
     (None, None, [2, 3, 0]), (None, 2, [0, 3]), (2, 2, [3, 0])],
)  # fmt: skip
def test_a_draft_has_the_place_that_it_would_be_recorded_at(position, instead_of, order):
    """Rules that are over stay in the order that was recorded, but count no place in the list."""
    listed = [rule(1, until=T0 - DAY), rule(2), rule(3)]
    rules = RuleSet(listed, orders=[Order(since=T0 - 9 * DAY, ids=(1, 2, 3))])
    tried = rules.with_draft(rule(DRAFT), position, instead_of, T0)
    places = [tried.rules[number].rule_id for number in tried.in_order(0)]
    assert [rule_id for rule_id in places if rule_id != 1] == order


@pytest.mark.parametrize("where", [(0, 0), (-66, 34), (-70, -80), (180, 85), (116.4, 39.9)])
def test_an_asset_recorded_far_off_does_not_bend_the_measure_of_the_others(where):
    near = [asset(1, shapely.box(-50, -50, 50, 50)), asset(2, shapely.Point(0, 0))]
    stray = Asset(
        asset_id=3, code="A3", kind="road", geometry=shapely.Point(where), organisation_id=8,
        reach_m=20.0, since=T0 - DAY,
    )  # fmt: skip
    assets = Assets([*near, stray])
    x, y = np.array([150.0, 0.0, 50.0]), np.array([0.0, 350.0, 50.0])
    points = assets.placed(*lonlat(x, y))
    measured = [assets.distance_m(0, point) for point in points]
    assert measured == pytest.approx([100.0, 300.0, 0.0], abs=1e-3)
    assert assets.holding(points, np.array([np.datetime64("2026-01-01")] * 3))[0].size == 0


@settings(max_examples=60, deadline=None)
@given(st.permutations([1, 2, 3, 4]), st.sets(st.integers(1, 4)))
def test_the_first_override_that_matches_wins_and_all_later_ones_are_beaten(order, matching):
    rules = [rule(k, categories=("01",) if k in matching else ("02",)) for k in (1, 2, 3, 4)]
    told = explain(
        facts(category=["0101"]),
        RuleSet(rules, orders=[Order(since=T0 - DAY, ids=tuple(order))]),
    )
    assert [verdict.id for verdict in told.verdicts] == order
    good = [k for k in order if k in matching]
    expected = dict.fromkeys(order, Outcome.OTHER_CATEGORY)
    expected |= dict.fromkeys(good, Outcome.BEATEN) | ({good[0]: Outcome.WON} if good else {})
    assert dict(outcomes(told)) == expected
    assert all(v.by == good[0] for v in told.verdicts if v.outcome is Outcome.BEATEN)


def test_every_refinement_adds_and_the_first_role_answers():
    rules = in_order(
        rule(1, "refine"), rule(2, "refine", role="officer"), rule(3, "refine", role="director"),
        rule(4, "refine", organisation_id=101), rule(5, "refine", organisation_id=105),
    )  # fmt: skip
    told = explain(facts(), rules)
    assert [one.organisation_id for one in told.beside] == [101, 105]
    assert (told.role.role, told.department) == ("officer", 101)
    assert [outcome for _, outcome in outcomes(told)] == [
        "added", "added", "beaten", "already", "added",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        (T0 - timedelta(microseconds=1), Outcome.NOT_YET),
        (T0, Outcome.WON),
        (T0 + DAY - timedelta(microseconds=1), Outcome.WON),
        (T0 + DAY, Outcome.ENDED),
    ],
)
def test_a_rule_holds_from_its_first_moment_up_to_its_last(at, outcome):
    told = explain(facts(at=at), in_order(rule(1, since=T0, until=T0 + DAY)))
    assert outcomes(told) == [(1, outcome)]


def test_the_order_is_that_of_the_moment():
    rules = RuleSet(
        [rule(1), rule(2)],
        orders=[Order(since=T0, ids=(2, 1)), Order(since=T0 + DAY, ids=(1, 2))],
    )
    for at, winner in ((T0 - DAY, 2), (T0, 2), (T0 + DAY, 1), (T0 + 2 * DAY, 1)):
        assert explain(facts(at=at), rules).override.rule_id == winner


def test_a_rule_unknown_to_the_order_comes_last():
    rules = RuleSet([rule(1), rule(2), rule(3)], orders=[Order(since=T0, ids=(3,))])
    assert [v.id for v in explain(facts(), rules).verdicts] == [3, 1, 2]


def test_distances_are_metres_and_reach_their_limit():
    rules = in_order(rule(1, asset_code="A1", within_m=50.0))
    for shape in (shapely.Point(0, 0), shapely.box(-100, -10, 0, 10)):
        assets = Assets([asset(1, shape)])
        known = RuleSet(rules.rules, orders=rules.orders, assets=assets)
        decided = decide(facts([49.9, 50.1], [0.0, 0.0]), known)
        assert decided.override.tolist() == [0, -1]


def straight_side(line, x, y):
    """By the whole line: which side of its nearest point a place is, from tiny steps off it."""
    xy = np.array(line.coords)
    left = shapely.LineString(xy).parallel_offset(0.01, "left")
    right = shapely.LineString(xy).parallel_offset(0.01, "right")
    point = shapely.Point(x, y)
    return LEFT if left.distance(point) < right.distance(point) else RIGHT


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.floats(-75, 75), min_size=1, max_size=6),
    st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=10),
)
def test_sides_of_a_bent_street_are_those_of_the_line_beside_it(turns, places):
    """Walks 100 m after each turn, so that it never crosses itself sharply."""
    xy, angle = [(-300.0, 0.0), (-200.0, 0.0)], 0.0
    for turn in turns:
        angle = np.clip(angle + turn, -80, 80)
        step = 100 * np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
        xy.append(tuple(np.array(xy[-1]) + step))
    line = shapely.LineString(xy)
    inside = [
        (x, y) for x, y in places
        if 1 < line.distance(shapely.Point(x, y)) < 40
        and 1 < line.project(shapely.Point(x, y)) < line.length - 1
    ]  # fmt: skip
    if not inside:
        return
    x, y = (np.array(axis) for axis in zip(*inside, strict=True))
    known = Assets([asset(1, line, "road")])
    found = known.sides(0, known.placed(*lonlat(x, y)))
    assert found.tolist() == [straight_side(line, *place) for place in inside]
    back = Assets([asset(1, line.reverse(), "road")])
    assert (back.sides(0, back.placed(*lonlat(x, y))) == -found).all()


def test_sides_at_corners_ends_and_on_the_line():
    corner = shapely.LineString([(0, 0), (100, 0), (100, 100)])  # turns left
    known = Assets([asset(1, corner, "road")])
    x = [50, 50, 110, 90, 105, 50, -20, 100, 100]
    y = [10, -10, -10, 10, 50, 0, 5, 130, 100]
    sides = known.sides(0, known.placed(*lonlat(x, y))).tolist()
    assert sides[:5] == [LEFT, RIGHT, RIGHT, LEFT, RIGHT]
    assert sides[6:8] == [0, 0]  # beyond the ends, straight on and off the line
    ring = Assets([asset(1, shapely.LinearRing([(0, 0), (100, 0), (100, 100), (0, 100)]), "road")])
    inside = ring.sides(0, ring.placed(*lonlat([50, 99, -5, 120], [50, 99, -5, 120])))
    assert inside.tolist() == [LEFT, LEFT, RIGHT, RIGHT]
    back = Assets([asset(1, shapely.LineString([(0, 0), (100, 0), (0, 0.0)]), "road")])
    assert back.sides(0, back.placed(*lonlat([120], [3]))).tolist() == [0]


def test_what_is_not_there_is_passed_over_and_says_so():
    gone = asset(1, shapely.box(-10, -10, 10, 10), until=T0)
    rules = RuleSet(
        [
            rule(1, asset_code="A1", within_m=5.0), rule(2, asset_code="?", within_m=5.0),
            rule(3, asset_kind="park", within_m=5.0), rule(4, grid_code="410102009009009"),
            rule(5, street_code="A1", street_side="left", street_within_m=9.0),
            rule(6, role="officer"), rule(7),
        ],
        assets=Assets([gone]),
    )  # fmt: skip
    told = explain(facts(grid=[-1]), rules)
    assert [outcome.value for _, outcome in outcomes(told)] == [
        "asset_unknown", "asset_unknown", "asset_unknown", "grid_unknown", "asset_unknown",
        "no_grid", "won",
    ]  # fmt: skip


def test_an_override_beats_assets_and_leaves_the_duty_list():
    park = asset(1, shapely.box(-10, -10, 10, 10), organisation_id=7)
    duty = Duty(duty_id=3, category="01", organisation_id=8, since=T0 - DAY)
    plain = RuleSet([], assets=Assets([park]), duties=[duty])
    told = explain(facts(category=["0101"]), plain)
    assert [(one.organisation_id, one.why) for one in told.beside] == [(7, "asset"), (8, "duty")]
    ruled = RuleSet([rule(1, grid_code=CODES[1])], assets=Assets([park]), duties=[duty])
    told = explain(facts(category=["0101"]), ruled)
    assert [(one.organisation_id, one.why) for one in told.beside] == [(8, "duty")]
    assert outcomes(told) == [(1, "won"), (1, "beaten"), (3, "added")]


def test_nothing_is_decided_by_nothing():
    assert not RuleSet()
    decided = decide(facts([0.0, 1.0], [0.0, 1.0]), RuleSet())
    assert decided.override.tolist() == [-1, -1]
    assert decided.department.tolist() == [0, 0]
