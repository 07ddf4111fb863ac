"""Who has which case open: heard once, forgotten when nothing is heard, never of oneself."""

from __future__ import annotations

import pytest

from api.presence import KEPT_S, MOST_OF_ONE, Presence


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def presence(clock: Clock) -> Presence:
    return Presence(clock)


def said(stream: str, account: int, incident: int | None) -> dict[str, object]:
    return {"stream": stream, "account": account, "name": f"人{account}", "incident": incident}


def test_two_at_one_case_know_of_each_other_until_one_goes_on(presence: Presence) -> None:
    assert presence.hear(said("a", 1, 7)) == {7}
    assert presence.beside("a") == (7, [])
    assert presence.hear(said("b", 2, 7)) == {7}
    assert presence.beside("a") == (7, ["人2"])
    assert presence.beside("b") == (7, ["人1"])
    assert presence.hear(said("b", 2, 7)) == set()  # said again: nothing new
    assert presence.hear(said("b", 2, 8)) == {7, 8}
    assert presence.beside("a") == (7, [])
    assert presence.hear(said("b", 2, None)) == {8}
    assert presence.hear(said("b", 2, None)) == set()
    assert presence.beside("b") is None


def test_a_second_page_of_ones_own_is_no_company(presence: Presence) -> None:
    presence.hear(said("a", 1, 7))
    presence.hear(said("b", 1, 7))
    presence.hear(said("c", 2, 7))
    assert presence.beside("a") == (7, ["人2"])
    assert presence.beside("c") == (7, ["人1"])


def test_what_is_not_said_again_is_forgotten(presence: Presence, clock: Clock) -> None:
    presence.hear(said("a", 1, 7))
    presence.hear(said("b", 2, 7))
    clock.now = KEPT_S - 1
    presence.hear(said("a", 1, 7))
    assert presence.forget_lost() == set()
    clock.now = KEPT_S + 1
    assert presence.forget_lost() == {7}
    assert presence.beside("a") == (7, [])


def test_two_in_one_draft_know_where_the_other_is_at_work(clock: Clock) -> None:
    drafters = Presence(clock, of="plan")
    at = {"account": 1, "name": "王", "incident": None, "plan": 5}
    assert drafters.hear(said("a", 1, 7)) == set()  # a case is no draft
    assert drafters.hear({**at, "stream": "a", "grid": "410102004001001"}) == {5}
    assert drafters.hear({**at, "stream": "b", "account": 2, "name": "李", "grid": None}) == {5}
    (other,) = drafters.others(drafters.pages["b"])
    assert (other.name, other.place) == ("王", "410102004001001")
    assert drafters.hear({**at, "stream": "a", "grid": "410102004001001"}) == set()
    assert drafters.hear({**at, "stream": "a", "grid": "410102004001002"}) == {5}
    assert drafters.hear(said("a", 1, 7)) == {5}
    assert drafters.beside("b") == (5, [])


def test_one_account_fills_no_memory(presence: Presence) -> None:
    presence.hear(said("other", 2, 7))
    for number in range(10 * MOST_OF_ONE):
        presence.hear(said(f"{number}", 1, 7))
    assert len(presence.pages) == MOST_OF_ONE + 1
    assert presence.beside("other") == (7, ["人1"])
