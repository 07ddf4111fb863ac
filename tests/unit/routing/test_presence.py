"""Leave, substitutes and duty rosters: somebody always answers, and the vacancy is marked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gis.routing.owner import Post, Queue, Roster
from gis.routing.presence import Absence, Duty, Presence

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
CHAIN = ("410102004001001", "410102004001", "410102004")
LEAD, DIRECTOR, FIRST, SUBSTITUTE, GUARD, CLERK = range(1, 7)
POSTS = [
    Post(post_id=100 + person, person_id=person, role=role, level=level,
         grid_code=CHAIN[3 - level], since=START)
    for person, level, role in (
        (LEAD, 3, "lead"), (DIRECTOR, 2, "director"), (FIRST, 1, "first_responsible"),
    )
]  # fmt: skip


def away(person, substitute=None, since=START + DAY, until=START + 3 * DAY):
    return Absence(person_id=person, substitute_id=substitute, since=since, until=until)


def owner(*absences, duties=(), posts=POSTS, at=START + 2 * DAY, grid=0):
    queue = Queue(queue_id=9, person_id=CLERK)
    return Roster([CHAIN], posts, queue, Presence(absences, duties)).owner(grid, at)


def test_a_substitute_answers_in_the_name_of_the_post():
    found = owner(away(LEAD, SUBSTITUTE))
    assert (found.responsible_person_id, found.responsible_post_id) == (SUBSTITUTE, 100 + LEAD)
    assert (found.stands_in_for, found.level, found.vacant_levels) == (LEAD, 3, ())


@pytest.mark.parametrize(
    ("at", "answers"),
    [(DAY - timedelta(seconds=1), LEAD), (DAY, SUBSTITUTE), (3 * DAY, LEAD)],
)
def test_leave_counts_from_its_first_moment_up_to_its_last_excluded(at, answers):
    assert owner(away(LEAD, SUBSTITUTE), at=START + at).responsible_person_id == answers


def test_leave_without_a_substitute_leaves_the_post_vacant():
    found = owner(away(LEAD))
    assert (found.responsible_person_id, found.vacant_levels) == (DIRECTOR, (3,))
    assert found.stands_in_for is None


def test_a_substitute_on_leave_has_a_substitute_of_their_own():
    assert owner(away(LEAD, GUARD), away(GUARD, SUBSTITUTE)).responsible_person_id == SUBSTITUTE
    assert owner(away(LEAD, GUARD), away(GUARD)).responsible_person_id == DIRECTOR


def test_two_who_stand_in_for_each_other_while_both_are_away_stand_in_for_nobody():
    found = owner(away(LEAD, DIRECTOR), away(DIRECTOR, LEAD))
    assert (found.responsible_person_id, found.vacant_levels) == (FIRST, (3, 2))


def test_with_everybody_away_the_person_of_the_fallback_queue_answers():
    everybody = [away(LEAD), away(DIRECTOR), away(FIRST)]
    assert owner(*everybody).responsible_person_id == CLERK
    assert owner(*everybody).vacant_levels == (3, 2, 1)
    assert owner(*everybody, away(CLERK, GUARD)).responsible_person_id == GUARD
    assert owner(*everybody, away(CLERK)).responsible_person_id == CLERK
    assert owner(away(CLERK, GUARD), grid=-1).responsible_person_id == GUARD


def test_whoever_is_on_duty_answers_for_every_grid_within_and_only_during_the_duty():
    night = Duty(grid_code=CHAIN[1], person_id=GUARD, since=START + DAY, until=START + 3 * DAY)
    found = owner(duties=[night])
    assert (found.responsible_person_id, found.stands_in_for) == (GUARD, LEAD)
    assert (found.responsible_post_id, found.vacant_levels) == (100 + LEAD, ())
    assert owner(duties=[night], at=START + 3 * DAY).responsible_person_id == LEAD
    assert owner(duties=[night], posts=[]).responsible_person_id == GUARD
    elsewhere = Duty(grid_code="410102004002", person_id=GUARD, since=START, until=None)
    assert owner(duties=[elsewhere]).responsible_person_id == LEAD


def test_the_duty_of_the_smaller_grid_comes_first_and_passes_on_if_away():
    small = Duty(grid_code=CHAIN[0], person_id=GUARD, since=START, until=None)
    large = Duty(grid_code=CHAIN[2], person_id=SUBSTITUTE, since=START, until=None)
    assert owner(duties=[large, small]).responsible_person_id == GUARD
    assert owner(away(GUARD), duties=[large, small]).responsible_person_id == SUBSTITUTE


def test_the_holder_on_duty_stands_in_for_nobody():
    duty = Duty(grid_code=CHAIN[0], person_id=LEAD, since=START, until=None)
    assert owner(duties=[duty]).stands_in_for is None
