"""The cache keeps nothing older than the last change, and the arithmetic of tiles is exact."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiles.address import TileAddress, cell_of, degrees, deinterleave, interleave
from tiles.cache import TileCache


@dataclass(frozen=True)
class Value:
    name: str
    size: int = 10


def trusted(max_bytes: int = 1000) -> TileCache:
    cache = TileCache(max_bytes)
    cache.trusted = True
    return cache


def test_a_change_during_the_drawing_is_not_hidden_by_it():
    async def story() -> None:
        cache, gate = trusted(), asyncio.Event()

        async def old() -> Value:
            await gate.wait()
            return Value("old")

        async def new() -> Value:
            return Value("new")

        early = asyncio.ensure_future(cache.draw(("a",), old))
        await asyncio.sleep(0)
        cache.drop([("a",)])
        late = await cache.draw(("a",), new)
        gate.set()
        assert (await early).name == "old"
        assert late.name == "new"
        assert cache.find(("a",)).name == "new"

    asyncio.run(story())


def test_the_last_to_hang_up_stops_the_drawing():
    async def story() -> None:
        cache, stopped = trusted(), asyncio.Event()

        async def slow() -> Value:
            try:
                await asyncio.Event().wait()
            finally:
                stopped.set()
            return Value("never")

        first = asyncio.ensure_future(cache.draw(("a",), slow))
        second = asyncio.ensure_future(cache.draw(("a",), slow))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait([first])
        assert not stopped.is_set()
        second.cancel()
        await asyncio.wait([second])
        await asyncio.wait_for(stopped.wait(), 5)
        assert len(cache) == 0

    asyncio.run(story())


def test_a_failure_reaches_all_and_is_not_kept():
    async def story() -> None:
        cache = trusted()

        async def failing() -> Value:
            await asyncio.sleep(0)
            raise ValueError("no")

        both = await asyncio.gather(
            cache.draw(("a",), failing), cache.draw(("a",), failing), return_exceptions=True
        )
        assert [type(one) for one in both] == [ValueError, ValueError]
        assert (await cache.draw(("a",), _maker("b"))).name == "b"

    asyncio.run(story())


def test_nothing_is_kept_while_changes_may_be_missed():
    async def story() -> None:
        cache = TileCache(1000)
        await cache.draw(("a",), _maker("a"))
        assert cache.find(("a",)) is None

    asyncio.run(story())


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 40)), max_size=60))
def test_bytes_stay_within_the_bound_and_are_counted_right(steps):
    async def story() -> None:
        cache, kept = trusted(100), {}
        for key, size in steps:
            if cache.find((key,)) is None:
                await cache.draw((key,), _maker("x", size))
                await asyncio.sleep(0)
                kept[key] = size
            assert cache.bytes <= 100
            assert cache.bytes == sum(size for key, size in kept.items() if (key,) in cache._kept)
        cache.clear()
        assert (cache.bytes, len(cache)) == (0, 0)

    asyncio.run(story())


@given(st.integers(0, 2**30 - 1), st.integers(0, 2**30 - 1))
def test_keys_are_reversible_and_nest(x, y):
    key = interleave(x, y)
    assert deinterleave(key) == (x, y)
    for zoom in (5, 13, 18):
        above = TileAddress(zoom=zoom, x=x >> 30 - zoom, y=y >> 30 - zoom)
        first, after = above.keys(30)
        assert first <= key < after


@pytest.mark.parametrize("zoom", [0, 5, 16, 18])
@given(st.floats(-179.9, 179.9), st.floats(-84.9, 84.9))
def test_a_place_lies_in_its_tile(zoom, lon, lat):
    x, y = cell_of(lon, lat, zoom)
    west, south, east, north = TileAddress(zoom=zoom, x=x, y=y).bounds_3857
    (left, low), (right, high) = degrees(west, south), degrees(east, north)
    assert left - 1e-6 <= lon <= right + 1e-6
    assert low - 1e-6 <= lat <= high + 1e-6


def _maker(name: str, size: int = 10):
    async def make() -> Value:
        return Value(name, size)

    return make
