"""Long answers: made once, kept in time, and never more at once than the process can hold."""

from __future__ import annotations

import threading

import pytest

from gis.errors import BusyError, InputError
from gis.workflows import prepared
from gis.workflows.prepared import Prepared


def fails() -> None:
    raise InputError("forecast-values")


def test_who_asks_for_window_after_window_is_told_to_wait() -> None:
    gate, taken = threading.Event(), []

    def take(number: int) -> object:
        taken.append(number)
        return lambda: gate.wait(60) and number

    answers = Prepared(patience_s=0)
    first = [answers.begin(number, 1, lambda n=number: take(n)) for number in range(24)]
    assert {one() for one in first} == {None}  # all are waited for
    with pytest.raises(BusyError) as told:
        answers.begin("one more", 1, lambda: take(99))
    assert told.value.params["seconds"] == prepared.BUSY_S
    assert taken == list(range(24))  # nothing was read for who has to wait
    again = answers.begin(3, 1, lambda: take(3))  # who asks for the same waits with the others
    gate.set()
    while answers._making:
        for future in list(answers._making.values()):
            future.result(60)
    assert again().value == 3
    assert answers.begin("one more", 1, lambda: take(99)) is not None


def test_what_failed_does_not_stand_in_the_way_for_ever() -> None:
    answers = Prepared(patience_s=0)
    for number in range(40):
        answers.begin(number, 1, lambda: fails)
        future = answers._making.get(number)
        assert future is not None
        assert isinstance(future.exception(60), InputError)
    answers = Prepared(patience_s=60)
    with pytest.raises(InputError):
        answers.begin("x", 1, lambda: fails)()
    assert answers.begin("x", 1, lambda: lambda: 1)().value == 1


def test_what_is_known_is_of_this_very_version() -> None:
    kept = Prepared(patience_s=5)
    assert kept.known("a", 1) is None
    assert kept.begin("a", 1, lambda: lambda: "made")() is not None
    assert kept.known("a", 1) == "made"
    assert kept.known("a", 2) is None  # of other data: made again
    kept.close()
