"""Every post of every grid has its people, without gap or overlap, and none of them is real."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from gis.demo.city import DemoCity
from gis.demo.organisations import name_grids, organisations, ties
from gis.demo.people import SEATS, staff
from gis.demo.rhythm import DAYS, DEFAULT_UNTIL


def test_every_seat_was_held_all_the_time_but_for_a_few_vacancies(
    city: DemoCity, grids: pd.DataFrame
) -> None:
    _, posts = staff(city, grids)
    begin = pd.Timestamp(DEFAULT_UNTIL - timedelta(days=DAYS))
    vacant = set()
    for (code, role, seat), turns in posts.groupby(["grid_code", "role", "seat"]):
        ordered = turns.sort_values("since")
        assert ordered["since"].iloc[0] < begin
        assert (ordered["until"].iloc[:-1].to_numpy() == ordered["since"].iloc[1:].to_numpy()).all()
        if ordered["until"].notna().iloc[-1]:
            vacant.add((code, role, seat))
    assert {role for _, role, _ in vacant} == {"lead", "secretary"}
    assert len(vacant) <= 4
    assert posts["until"].notna().sum() > len(vacant)


def test_each_level_has_the_roles_of_the_brief(city: DemoCity, grids: pd.DataFrame) -> None:
    _, posts = staff(city, grids)
    for seat in SEATS:
        codes = set(grids.loc[grids["level"] == seat.level, "code"])
        held = posts[posts["role"] == seat.role]
        assert set(held["grid_code"]) == codes
        assert held.groupby("grid_code")["seat"].max().between(*seat.seats).all()
    first = posts[posts["role"] == "first_responsible"].drop_duplicates(["grid_code", "seat"])
    assert (first.groupby("grid_code")["title"].agg(set) == {"党工委书记", "办事处主任"}).all()


def test_people_are_invented_and_belong_somewhere(city: DemoCity, grids: pd.DataFrame) -> None:
    people, posts = staff(city, grids)
    assert people["synthetic"].all()
    assert posts["synthetic"].all()
    assert people["person_id"].is_unique
    assert set(people["person_id"]) == set(posts["person_id"])
    # No Chinese number begins with 000: neither an area code nor a mobile prefix.
    assert people["phone"].str.fullmatch(r"000-\d{4}-\d{4}").all()
    assert people["phone"].is_unique
    assert people["name"].str.len().between(2, 3).all()
    assert set(people["organisation_code"]) <= set(organisations(city, grids)["code"])


def test_organisations_form_a_tree_with_parents_first(city: DemoCity, grids: pd.DataFrame) -> None:
    tree = organisations(city, grids)
    place = {code: k for k, code in enumerate(tree["code"])}
    assert len(place) == len(tree)
    for code, parent, kind in zip(tree["code"], tree["parent_code"], tree["kind"], strict=True):
        assert kind == "city" if not parent else place[parent] < place[code]
    departments = tree[tree["kind"] == "department"]
    assert departments["parent_code"].value_counts().to_dict() == {"410102": 35, "4101": 25}
    assert not departments["name"].duplicated().any()
    assert (tree["kind"] == "community").sum() == (grids["level"] == 2).sum()
    assert tree["synthetic"].all()


def test_grids_have_names_of_their_own(city: DemoCity, grids: pd.DataFrame) -> None:
    named = name_grids(city, grids)
    assert named[["name", "name_en"]].ne("").all(axis=None)
    assert not named.duplicated(["parent_code", "name"]).any()
    assert not named[named["level"] == 2].duplicated("name").any()  # on one map none is twice
    assert named.set_index("code").at["410102005", "name"] == "桐柏路街道"
    assert (named.loc[named["level"] == 2, "name"] == "煤仓街社区").sum() == 1


def test_the_same_seed_gives_the_same_people(city: DemoCity, grids: pd.DataFrame) -> None:
    for one, two in zip(staff(city, grids), staff(city, grids), strict=True):
        pd.testing.assert_frame_equal(one, two)


@pytest.mark.parametrize("communities", [1, 2, 7, 11, 19, 20, 61, 64])
def test_every_community_of_any_size_of_sub_district_has_three_departments(
    communities: int,
) -> None:
    parent = "410103001"
    grids = pd.DataFrame(
        [(f"{parent}{k:03d}", 2, parent) for k in range(1, communities + 1)],
        columns=["code", "level", "parent_code"],
    )
    tied = ties(grids)
    assert tied["grid_code"].value_counts().between(3, 4).all()
    assert set(tied["grid_code"]) == set(grids["code"])
    assert not tied.duplicated().any()
    assert tied["department_code"].str.fullmatch(r"(410103|4101)-D\d\d").all()
    assert len(tied) == round(35 / 11 * communities)
