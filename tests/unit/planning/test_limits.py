"""Bounds on the deviation: never above what some plan reaches, and reached where it is simple."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.messages import LANGUAGES
from gis.planning.adjacency.graph import build_graph
from gis.planning.judging.limits import (
    Binding,
    bounds,
    infeasible,
    lower_bound_deviation,
    out_of_reach,
    tell,
)
from gis.report import Report
from tests.unit.planning.drawn import city, names, units
from tests.unit.planning.exhaustive import plans, random_graph


def deviation(labels, load, k, target=None):
    loads = np.bincount(labels, load, k)
    wanted = load.sum() / k if target is None else target
    return np.abs(loads / wanted - 1).max()


def numbers(text):
    return np.unique(names(text), return_inverse=True)[1].astype(np.int64)


def drawn(text):
    source = units(text)
    return build_graph(source.polygons), source.columns["pop"]


@settings(max_examples=120, deadline=None)
@given(
    st.integers(0, 10**6), st.integers(2, 8), st.integers(0, 6), st.integers(1, 4),
    st.integers(1, 2), st.booleans(),
)  # fmt: skip
def test_no_plan_is_below_a_bound(seed, size, more, k, pieces, fractions):
    rng = np.random.default_rng(seed)
    graph = random_graph(rng, size, more, pieces)
    load = np.round(rng.lognormal(1, 1, size), 3 if fractions else 0) * rng.integers(0, 2, size)
    load[0] += 1
    target = load.sum() / k * rng.choice([1.0, 1.0, 0.8, 1.3])
    reached = min((deviation(p, load, k, target) for p in plans(graph, k)), default=np.inf)
    for bound in bounds(graph, load, k, target=np.full(k, target)):
        assert bound.value <= reached + 1e-9, bound


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.integers(3, 8), st.integers(0, 6), st.integers(2, 4))
def test_no_plan_with_parents_and_groups_is_below_a_bound(seed, size, more, k):
    rng = np.random.default_rng(seed)
    graph = random_graph(rng, size, more)
    load = rng.integers(0, 9, size) + 1.0
    parent, group = rng.integers(0, 2, size), rng.integers(-1, 2, size)
    left, right, _ = graph.pairs()
    tied = (group[left] == group[right]) & (group[left] >= 0) & (parent[left] == parent[right])

    def lawful(labels):
        crossing = any(len(set(parent[labels == p])) > 1 for p in range(k))
        return not crossing and (labels[left[tied]] == labels[right[tied]]).all()

    kept = [labels for labels in plans(graph, k) if lawful(labels)]
    given_to = np.array([len(set(kept[0][parent == p])) for p in (0, 1)]) if kept else None
    free = min((deviation(labels, load, k) for labels in kept), default=np.inf)
    for bound in bounds(graph, load, k, binding=Binding(parent=parent, group=group)):
        assert bound.value <= free + 1e-9, bound
    if given_to is not None:
        counted = min(
            deviation(labels, load, k)
            for labels in kept
            if all(len(set(labels[parent == p])) == given_to[p] for p in (0, 1))
        )
        counted_too = Binding(parent=parent, group=group, grids=given_to)
        for bound in bounds(graph, load, k, binding=counted_too):
            assert bound.value <= counted + 1e-9, bound


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 4))
def test_with_unequal_targets_no_plan_is_below_a_bound(seed, k):
    rng = np.random.default_rng(seed)
    graph = random_graph(rng, 7, 4)
    load, target = rng.lognormal(1, 1, 7), rng.uniform(1, 5, k)
    reached = np.inf
    for labels in plans(graph, k):
        loads = np.bincount(labels, load, k)
        for order in permutations(range(k)):
            reached = min(reached, np.abs(loads[list(order)] / target - 1).max())
    assert lower_bound_deviation(graph, load, k, target=target).value <= reached + 1e-9


@pytest.mark.parametrize(
    ("text", "k", "code", "value", "first"),
    [
        ("9111", 2, "plan-limit-unit", 0.5, 0),
        ("5151\n1111", 4, "plan-limit-unit", 0.25, 0),
        ("9191\n1111", 3, "plan-limit-rest", 0.25, 0),
        ("333\n333\n3  ", 3, "plan-limit-heavy", 2 / 7, 0),
        ("11111 1", 2, "plan-limit-land", 2 / 3, 5),
        ("414", 2, "plan-limit-whole", 1 / 9, None),
        ("292\n919", 4, "plan-limit-between", 0.375, None),
        ("2 2\n252\n2 2", 2, "plan-limit-behind", 5 / 17, 3),
    ],
)
def test_simple_cases_are_named_and_bounded(text, k, code, value, first):
    graph, load = drawn(text)
    reached = min(deviation(labels, load, k) for labels in plans(graph, k))
    found = {bound.code: bound for bound in bounds(graph, load, k)}
    assert found[code].value <= reached + 1e-9
    assert found[code].value == pytest.approx(value, abs=1e-6)
    if first is not None:
        assert found[code].units[0] == first


def beyond(graph, load, k, tolerance, **binding):
    found = bounds(graph, load, k, binding=Binding(**binding))
    return infeasible(found, [tolerance] * load.reshape(graph.size, -1).shape[1])


def test_a_parent_that_does_not_divide_is_named():
    graph, load = drawn("111111\n111111")
    found = beyond(graph, load, 3, 0.2, parent=numbers("AAAAAB\nAAAAAB"))
    assert found[0].code == "plan-limit-parent" and found[0].value == pytest.approx(0.5)
    assert set(found[0].units.tolist()) == {5, 11}
    assert not beyond(graph, load, 3, 0.2, parent=numbers("AAAABB\nAAAABB"))


def test_more_lands_than_grids_are_no_plan():
    graph, load = drawn("1 1 1")
    assert lower_bound_deviation(graph, load, 2).value == np.inf
    assert lower_bound_deviation(graph, load, 3).value == 0


def test_a_parent_far_too_heavy_for_its_grids_is_bounded_not_refused():
    graph, load = drawn("991111")
    binding = Binding(parent=numbers("AABBBB"), grids=np.array([1, 3]))
    bound = lower_bound_deviation(graph, load, 4, binding=binding)
    assert bound.value == pytest.approx(18 / 5.5 - 1)


def test_a_group_too_big_is_named_with_all_its_units():
    graph, load = drawn("1111\n1111")
    binding = Binding(group=numbers("xxxx\n.xx.") * 2 - 1)
    bound = lower_bound_deviation(graph, load, 4, binding=binding)
    assert bound.code == "plan-limit-group" and bound.value >= 2 - 1e-6
    assert set(bound.units.tolist()) == {0, 1, 2, 3, 5, 6}


def test_each_criterion_has_its_own_tolerance():
    graph, pop = drawn("9111")
    found = bounds(graph, np.stack([np.ones(4), pop], axis=1), 2)
    assert {bound.criterion for bound in infeasible(found, (0.1, 0.1))} == {1}
    assert not infeasible(found, (0.1, 0.6))


@pytest.mark.parametrize("text", ["9111", "9191\n1111", "1911\n1111"])
def test_one_fault_is_told_once(text):
    graph, load = drawn(text)
    told = beyond(graph, load, 2 if len(load) < 8 else 3, 0.1)
    assert [b.code for b in told if len(b.units)] == ["plan-limit-unit"]


def test_limits_that_cannot_be_kept_say_so():
    def codes(text, k, least, most, **binding):
        graph, load = drawn(text)
        return [
            b.code for b in out_of_reach(graph, load, k, least, most, binding=Binding(**binding))
        ]

    assert codes("433", 2, 6, 9) == ["plan-limit-minimum"]
    assert codes("433", 2, 0, 3.5) == ["plan-limit-unit-maximum", "plan-limit-maximum"]
    assert codes("433", 2, 4, 6) == [] == codes("433", 2, 0, np.inf)
    assert codes("1111", 2, 0, 2, group=numbers("xxx.")) == ["plan-limit-group-maximum"]
    assert codes("1111", 2, 2, 3, lock=np.array([-1, -1, -1, 0])) == ["plan-limit-locked-outside"]
    assert codes("111 1", 2, 2, 3) == ["plan-limit-lands-outside"]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 8), st.integers(0, 5), st.integers(1, 4))
def test_limits_that_some_plan_keeps_are_not_called_out_of_reach(seed, size, more, k):
    rng = np.random.default_rng(seed)
    graph = random_graph(rng, size, more, int(rng.integers(1, 3)))
    load = rng.integers(0, 6, size).astype(float)
    parent = rng.integers(0, 2, size) if seed % 2 else np.zeros(size, np.int64)
    for labels in plans(graph, k):
        if all(len(set(parent[labels == p])) == 1 for p in range(k)):
            loads = np.bincount(labels, load, k)
            binding = Binding(parent=parent)
            assert not out_of_reach(graph, load, k, loads.min(), loads.max(), binding=binding)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.integers(3, 8), st.integers(0, 6), st.integers(2, 4))
def test_no_plan_with_pins_and_locks_is_below_a_bound(seed, size, more, k):
    rng = np.random.default_rng(seed)
    graph = random_graph(rng, size, more, int(rng.integers(1, 3)))
    load = rng.integers(0, 9, size) + 1.0
    some = list(plans(graph, k))
    if not some:
        return
    base = some[int(rng.integers(len(some)))]
    lock = np.where(base < rng.integers(0, 2), base, -1)
    pin = np.where((rng.random(size) < 0.5) & (lock < 0), base, -1)

    def lawful(labels):
        locked = all(
            (labels[lock == name] == labels[lock == name][0]).all()
            and not (labels[lock != name] == labels[lock == name][0]).any()
            for name in set(lock[lock >= 0])
        )
        grid_of = [set(labels[pin == name]) for name in set(pin[pin >= 0])]
        apart = len(set().union(*grid_of)) == len(grid_of) and all(len(g) == 1 for g in grid_of)
        return locked and apart

    reached = min(deviation(labels, load, k) for labels in some if lawful(labels))
    for bound in bounds(graph, load, k, binding=Binding(pin=pin, lock=lock)):
        assert bound.value <= reached + 1e-9, bound


@pytest.mark.parametrize(
    ("text", "k", "pin", "code", "value"),
    [
        ("1111", 2, "ab..", "plan-limit-pin-hemmed", 0.5),
        ("11111111", 3, "a..b....", "plan-limit-pin-hemmed", None),
        ("1111111", 2, "ab.....", "plan-limit-pin-alone", 5 / 7),
        ("111111\n111111", 3, "ab....\nbb....", "plan-limit-pin-hemmed", 0.75),
    ],
)
def test_seeds_too_close_together_are_named(text, k, pin, code, value):
    graph, load = drawn(text)
    found = bounds(graph, load, k, binding=Binding(pin=numbers(pin) - 1))
    values = {bound.code: bound.value for bound in found}
    if value is None:
        assert code not in values
    else:
        assert values[code] == pytest.approx(value)


def test_locked_grids_bind_themselves_and_what_they_leave():
    graph, load = drawn("1111111111")
    lock = np.array([0] * 4 + [-1] * 6)
    found = {b.code: b for b in bounds(graph, load, 5, binding=Binding(lock=lock))}
    assert found["plan-limit-locked"].value == pytest.approx(1)
    assert found["plan-limit-beside-locked"].value == pytest.approx(0.5)
    assert found["plan-limit-locked"].units.tolist() == [0, 1, 2, 3]
    assert "plan-limit-group" not in found


def test_a_city_has_no_limits_and_land_behind_one_block_does():
    source = city(30, 30)
    graph, load = build_graph(source.polygons), source.columns["pop"]
    assert lower_bound_deviation(graph, load, 12).value < 0.001
    assert not bounds(graph, np.zeros(900), 12)


def test_every_reason_is_a_sentence_in_both_languages():
    found = []
    for text, k in (
        ("9191\n1111", 3), ("333\n333\n3  ", 3), ("11111 1", 2), ("1 1 1", 2), ("414", 2),
        ("292\n919", 4), ("2 2\n252\n2 2", 2), ("1111\n1911\n1111", 2),
    ):  # fmt: skip
        found += bounds(*drawn(text), k)
    graph, load = drawn("111111\n111111")
    found += beyond(graph, load, 3, 0.1, parent=numbers("AAAAAB\nAAAAAB"))
    found += beyond(graph, load, 4, 0.1, group=np.repeat([0, -1], [5, 7]))
    found += bounds(graph, load, 2, target=np.full(2, 4.0))
    found += beyond(graph, load, 5, 0.1, lock=np.repeat([0, -1], [4, 8]))
    for pin in ("ab....\nbb....", "a.....\nb....."):
        found += bounds(graph, load, 2, binding=Binding(pin=numbers(pin) - 1))
    found += bounds(*drawn("1111111"), 2, binding=Binding(pin=numbers("ab.....") - 1))
    found += out_of_reach(graph, load, 3, 5, 6) + out_of_reach(graph, load, 3, 0, 0.5)
    grouped = Binding(group=np.repeat([0, -1], [5, 7]), lock=np.repeat([-1, 0], [11, 1]))
    found += out_of_reach(graph, load, 3, 2, 4, binding=grouped)
    found += out_of_reach(*drawn("111 1"), 2, 2, 3)
    assert len({bound.code for bound in found}) == 21
    for criterion in (0, 1):
        report = Report()
        alike = [replace(bound, criterion=criterion) for bound in found]
        tell(report, alike, np.array([f"unit-{i}" for i in range(12)], object), ["pop", "homes"])
        for finding, bound in zip(report.findings, found, strict=True):
            for language in LANGUAGES:
                text = finding.text(language)
                assert bound.code not in text and "{" not in text
                assert not len(bound.units) or f"unit-{bound.units[0]}" in text
                assert ("homes" in text) == (criterion == 1)
