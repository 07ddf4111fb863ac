"""Kept answers stay within their room, however large single ones are."""

from gis.workflows.analysis import Recent


def test_heavy_values_leave_room_for_fewer() -> None:
    kept = Recent(10)
    for key in range(8):
        kept.keep(key, f"v{key}")
    kept.keep("heavy", "h", weight=5)
    assert [kept.find(key) for key in range(4)] == [None, None, None, "v3"]
    assert kept.find("heavy") == "h"
    kept.keep("heavier", "hh", weight=200)  # more than there is room for: alone
    assert kept.find("heavier") == "hh"
    assert kept.find("heavy") is None
    kept.keep("light", "l")
    assert (kept.find("heavier"), kept.find("light")) == (None, "l")


def test_a_value_kept_again_counts_once() -> None:
    kept = Recent(3)
    for _ in range(5):
        kept.keep("same", 1, weight=2)
    kept.keep("other", 2)
    assert (kept.find("same"), kept.find("other")) == (1, 2)
