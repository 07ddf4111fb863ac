"""People are found by name or number, with the post that says best who they are."""

from __future__ import annotations

import pytest

from gis.store.people import people
from tests.factories import make_town

GRID = "410102004001001"


@pytest.fixture
def town(engine):
    return make_town(engine)


def found(engine, town, **asked):
    with engine.connect() as connection:
        return people(connection, town.jurisdiction_id, **{"limit": 200, **asked})


def test_everybody_is_found_by_a_part_of_the_name_and_nobody_by_a_pattern(engine, town):
    everybody = found(engine, town)
    one = next(row for row in everybody if row["id"] == town.person_ids[GRID])
    assert len(everybody) == len(set(town.person_ids.values()))
    assert one in found(engine, town, words=one["name"][1:])
    assert found(engine, town, person_id=one["id"]) == [one]
    assert found(engine, town, words="%") == found(engine, town, words="l_ad") == []
    assert len(found(engine, town, limit=3)) == 3


def test_a_person_comes_with_a_post_held_now(engine, town):
    (one,) = found(engine, town, person_id=town.person_ids[GRID])
    assert (one["role"], one["grid"]["code"]) == ("lead", GRID)
    assert set(one["grid"]["name"]) == {"zh", "en"}
    off_posts = [row for row in found(engine, town) if row["grid"] is None]
    assert all(row["role"] is None for row in off_posts)


def test_people_of_another_jurisdiction_are_not_found(engine, town):
    with engine.connect() as connection:
        assert people(connection, town.jurisdiction_id + 10**6, limit=10) == []
