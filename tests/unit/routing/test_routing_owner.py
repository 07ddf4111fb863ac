"""Nobody is the answer only where nobody holds a post; a batch answers as one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import InputError
from gis.routing.owner import ANSWERING, LAST_RESORT, Post, Queue, Roster, responsible
from gis.routing.presence import Absence, Duty, Presence

START = datetime(2026, 1, 1, tzinfo=UTC)
LATER = START + timedelta(days=1000)
CHAIN = ("410102004001001", "410102004001", "410102004")
LEVELS = {3: CHAIN[0], 2: CHAIN[1], 1: CHAIN[2]}
ROLES = [(level, role) for level, roles in (*ANSWERING, *LAST_RESORT) for role in roles]


def post(number: int, level: int, role: str, since=START, until=None, seat=1) -> Post:
    return Post(
        post_id=number, person_id=1000 + number, role=role, level=level,
        grid_code=LEVELS[level], since=since, until=until, seat=seat,
    )  # fmt: skip


def every_post() -> list[Post]:
    return [post(number, level, role) for number, (level, role) in enumerate(ROLES)]


def test_each_vacancy_passes_the_answer_to_the_next_in_order():
    posts = every_post()
    passed = []
    while posts:
        chosen, vacant = responsible(reversed(posts))
        passed.append((chosen.level, chosen.role, vacant))
        posts.remove(chosen)
    assert passed == [
        (3, "lead", ()),
        (2, "director", (3,)),
        (2, "secretary", (3,)),
        (2, "leader", (3,)),
        (1, "first_responsible", (3, 2)),
        (2, "officer", (3, 2, 1)),
        (3, "adviser", (3, 2, 1)),
        (3, "assistant", (3, 2, 1)),
        (3, "participant", (3, 2, 1)),
    ]
    assert responsible([]) == (None, (3, 2, 1))


def test_the_first_seat_then_the_longest_serving_answers():
    one, two = post(1, 1, "first_responsible", seat=2), post(2, 1, "first_responsible", seat=1)
    assert responsible([one, two])[0] is two
    late, early = post(3, 3, "lead", START + timedelta(1)), post(4, 3, "lead", START)
    assert responsible([late, early])[0] is early


def test_an_unknown_role_is_better_than_nobody():
    unknown = post(1, 2, "volunteer")
    assert responsible([unknown]) == (unknown, (3, 2, 1))


def test_a_post_is_held_from_its_first_moment_up_to_its_last_excluded():
    end = START + timedelta(days=10)
    roster = Roster([CHAIN], [post(1, 3, "lead", START, end), post(2, 2, "director", START)])
    moment = timedelta(microseconds=1)
    assert roster.owner(0, START - moment).responsible_post_id is None
    assert roster.owner(0, START).responsible_post_id == 1
    assert roster.owner(0, end - moment).responsible_post_id == 1
    after = roster.owner(0, end)
    assert (after.responsible_post_id, after.level, after.vacant_levels) == (2, 2, (3,))
    beijing = timezone(timedelta(hours=8))
    assert roster.owner(0, (end - moment).astimezone(beijing)).responsible_post_id == 1


def test_a_place_off_all_grids_goes_to_the_named_queue():
    owner = Roster([CHAIN], every_post(), Queue(queue_id=7, person_id=70)).owner(-1, START)
    assert (owner.rule, owner.queue_id, owner.responsible_person_id) == ("outside_queue", 7, 70)
    assert owner.grid_code is None
    with pytest.raises(InputError) as refused:
        Roster([CHAIN], every_post()).owners([0, -1], [START, START])
    assert refused.value.code == "routing-no-queue"


def test_the_chain_and_the_rule_are_told():
    owner = Roster([CHAIN], every_post()).owner(0, START, on_boundary=True)
    assert owner.chain == CHAIN
    assert owner.grid_code == CHAIN[0]
    assert owner.rule == "shared_boundary"


def test_a_moment_without_time_zone_is_refused():
    with pytest.raises(InputError) as refused:
        Roster([CHAIN], every_post()).owner(0, datetime(2026, 1, 1))
    assert refused.value.code == "routing-time-zone-missing"


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_batch_answers_as_one_by_one(seed):
    rng = np.random.default_rng(seed)
    chains = [(f"{street}{place}{k}", f"{street}{place}", street)
              for street in "pq" for place in "12" for k in "ab"]  # fmt: skip
    codes = sorted({(3 - depth, code) for chain in chains for depth, code in enumerate(chain)})
    posts = []
    for number in range(40):
        level, code = codes[rng.integers(len(codes))]
        roles = [role for at, role in ROLES if at == level]
        since = START + timedelta(days=int(rng.integers(0, 20)))
        length = timedelta(days=int(rng.integers(1, 20)))
        posts.append(
            Post(
                post_id=number, person_id=number, role=str(rng.choice(roles)), level=level,
                grid_code=code, since=since,
                until=None if rng.random() < 0.3 else since + length,
            )
        )  # fmt: skip

    def span():
        since = START + timedelta(hours=int(rng.integers(0, 480)))
        return {"since": since, "until": since + timedelta(hours=int(rng.integers(1, 240)))}

    absences = [
        Absence(person_id=int(person), substitute_id=int(other) if other < 26 else None, **span())
        for person, other in rng.integers(0, 43, (25, 2))
    ]
    duties = [
        Duty(grid_code=codes[rng.integers(len(codes))][1], person_id=int(rng.integers(38, 43)),
             **span())
        for _ in range(3)
    ]  # fmt: skip
    presence = Presence(absences, duties)
    roster = Roster(chains, posts, Queue(queue_id=1, person_id=42), presence)
    grids = rng.integers(-1, len(chains), 200)
    times = [START + timedelta(hours=int(h)) for h in rng.integers(-24, 45 * 24, 200)]
    edge = rng.random(200) < 0.1
    singly = [
        roster.owner(g, t, on_boundary=e)
        for g, t, e in zip(grids.tolist(), times, edge.tolist(), strict=True)
    ]
    assert roster.owners(grids, times, on_boundary=edge) == singly
    stamps = np.array([t.replace(tzinfo=None) for t in times], "datetime64[s]")
    assert roster.owners(grids, stamps, on_boundary=edge) == singly
    for owner, at in zip(singly, times, strict=True):
        there = {
            post.post_id: presence.acting(post.person_id, at)
            for post in posts
            if post.grid_code in owner.chain and post.since <= at < (post.until or LATER)
        }
        assert owner.responsible_person_id is not None
        present = any(person is not None for person in there.values())
        assert (owner.responsible_post_id is not None) == present
        on_duty = presence.on_duty(owner.chain, at)
        if on_duty is not None or owner.responsible_post_id is not None:
            expected = on_duty if on_duty is not None else there[owner.responsible_post_id]
            assert owner.responsible_person_id == expected
