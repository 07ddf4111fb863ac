"""A worker's day on the phone without network: opened, noted, and sent once, whatever gets lost."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect
from sqlalchemy import text

from tests.browser.accessible import serious_faults
from tests.browser.test_field import (
    base,
    engine,
    lose_first_answer,
    phone,
    place,
    write_report,
)

__all__ = ["base", "engine", "phone", "place"]
# A walk of a minute that has just ended, as satellites tell of it: the browser gives places of the
# machine it runs on no other way than at once.
WALK = """({ longitude, latitude }) => {
  const begun = Date.now() - 120_000
  navigator.geolocation.watchPosition = (told) => {
    for (let k = 0; k < 12; k++)
      setTimeout(() => told({
        coords: { longitude: longitude + k * 6e-5, latitude, accuracy: 6 },
        timestamp: begun + k * 5000,
      }), 0)
    return 1
  }
}"""
# Whoever has network again does not wait for the next half minute.
AGAIN = """() => {
  dispatchEvent(new Event('online'))
  return document.querySelectorAll('[data-testid=note-sent]').length === 3
}"""
OF = {
    "visit": "SELECT count(*) FROM visit WHERE household = :words",
    "diary": "SELECT count(*) FROM diary WHERE text = :words",
    "patrol": "SELECT count(*) FROM patrol AS p JOIN account AS a ON a.id = p.account_id"
    " WHERE a.login = 'worker'",
}


def there(engine: Any, kind: str, words: str = "") -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text(OF[kind]), {"words": words}))


def ready(phone: Any) -> Any:
    """Signed in, with the page and the own grids on the phone; closed, opened without network."""
    page = phone.sign_in()
    page.goto(f"{phone.base}/field/day")
    expect(page.get_by_test_id("round-begin")).to_be_enabled()
    phone.close()
    page = phone.open("field/day", offline=True)
    expect(page.get_by_test_id("offline-notice")).to_be_visible()
    expect(page.get_by_test_id("round-begin")).to_be_enabled()
    return page


def note(page: Any, words: str) -> None:
    page.get_by_test_id("visit-household").fill(words)
    page.get_by_test_id("visit-send").click()
    page.get_by_test_id("diary-words").fill(words)
    page.get_by_test_id("diary-send").click()


def walk(page: Any, place: dict[str, float]) -> None:
    page.evaluate(WALK, place)
    page.get_by_test_id("round-begin").click()
    expect(page.get_by_test_id("round-points")).to_contain_text("12 places")


def test_a_day_without_network_is_there_after_closing_and_arrives_once(phone, engine, place):
    before = there(engine, "patrol")
    page = ready(phone)
    note(page, "8号楼3单元402")
    walk(page, place)
    expect(page.get_by_test_id("note-waiting")).to_have_count(2)
    phone.close()

    # The round goes on with what it had, and with where the phone is by now.
    page = phone.open("field/day", offline=True)
    expect(page.get_by_test_id("round-points")).to_contain_text(re.compile("1[23] places"))
    page.get_by_test_id("round-end").click()
    expect(page.get_by_test_id("note-waiting")).to_have_count(3)
    assert serious_faults(page) == []
    # Each is taken in, and the phone hears of none of it.
    posts = [
        lose_first_answer(page.context, re.compile(rf"/api/v1/{path}$"))
        for path in ("visits", "diaries", "patrols")
    ]
    phone.context.set_offline(False)
    page.wait_for_function(AGAIN, polling=500)
    assert [count() for count in posts] == [2, 2, 2]
    assert [there(engine, kind, "8号楼3单元402") for kind in OF] == [1, 1, before + 1]


def test_two_windows_send_a_day_once_and_neither_says_it_was_refused(phone, engine, place):
    before = there(engine, "patrol")
    page = ready(phone)
    note(page, "8号楼3单元403")
    walk(page, place)
    page.get_by_test_id("round-end").click()
    expect(page.get_by_test_id("note-waiting")).to_have_count(3)
    other = page.context.new_page()
    other.goto(f"{phone.base}/field/day")
    expect(other.get_by_test_id("note-waiting")).to_have_count(3)
    phone.context.set_offline(False)
    for window in (page, other):
        window.evaluate("dispatchEvent(new Event('online'))")
    for window in (page, other):
        expect(window.get_by_test_id("note-sent")).to_have_count(3)
    assert there(engine, "patrol") == before + 1
    assert [there(engine, kind, "8号楼3单元403") for kind in ("visit", "diary")] == [1, 1]


def test_what_is_found_on_a_round_bears_its_walker_and_its_round(phone, engine, place):
    page = ready(phone)
    walk(page, place)
    page.goto(f"{phone.base}/field/new")
    write_report(page, "Cover missing on the round")
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("item-waiting")).to_have_count(1)
    page.goto(f"{phone.base}/field/day")
    page.get_by_test_id("round-end").click()
    expect(page.get_by_test_id("note-waiting")).to_have_count(1)
    phone.context.set_offline(False)
    expect(page.get_by_test_id("note-sent")).to_have_count(1)
    page.goto(f"{phone.base}/field/outbox")
    expect(page.get_by_test_id("item-sent")).to_have_count(1)
    query = """SELECT p.id FROM incident AS i JOIN patrol_find AS f ON f.incident_id = i.id
      JOIN account AS a ON a.id = f.account_id AND a.person_id = f.person_id
      JOIN patrol AS p ON p.account_id = a.id AND p.key = f.patrol_key
      WHERE i.title = 'Cover missing on the round' AND a.login = 'worker'"""
    with engine.connect() as connection:
        assert len(connection.scalars(text(query)).all()) == 1
