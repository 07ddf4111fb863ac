"""A lost answer, asked for again: what a planner makes is made once, however often it is sent."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.integration.reviews_help import (
    API,
    SE,
    SOUTHERN,
    changed,
    draw,
    rows,
)

COUNTS = "SELECT (SELECT count(*) FROM plan), (SELECT count(*) FROM plan_comment)"


@pytest.fixture
def key() -> str:
    return str(uuid.uuid4())


@pytest.fixture(params=["draft", "file", "comment"])
def sent(request, client, desk):
    """Sends one kind of wish under a key, as somebody, in some words; and the words."""
    plan = draw(desk, changed(desk, {}))
    jurisdiction = desk.town.jurisdiction_id

    def send(key: str | None, words: str, who: str = "planner") -> Any:
        headers = desk.header(who) | ({} if key is None else {"Idempotency-Key": key})
        if request.param == "comment":
            return client.post(
                f"{API}/drafts/{plan}/comments", json={"text": words}, headers=headers
            )
        if request.param == "draft":
            given = {"jurisdiction": jurisdiction, "name": words, "from": {"plan": plan}}
            return client.post(f"{API}/drafts", json=given, headers=headers)
        return client.post(
            f"{API}/drafts/files", headers=headers,
            files={"file": ("划分.csv", f"unit_id,grid_id\n{SE},{SOUTHERN}\n".encode())},
            data={"jurisdiction": str(jurisdiction), "name": words},
        )  # fmt: skip

    return send


def test_the_same_wish_under_one_key_is_fulfilled_once(desk, sent, key):
    first = sent(key, "一")
    assert first.status_code == 201, first.text
    before = rows(desk.engine, COUNTS)
    again = sent(key, "一")
    assert (again.status_code, again.json().get("plan_id")) == (201, first.json().get("plan_id"))
    assert rows(desk.engine, COUNTS) == before
    other = sent(key, "二")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert rows(desk.engine, COUNTS) == before
    assert sent(None, "一").status_code == 201
    assert rows(desk.engine, COUNTS) != before


def test_many_at_once_under_one_key_are_one(desk, sent, key):
    (before,) = rows(desk.engine, COUNTS)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: sent(key, "同时"), range(6)))
    assert {one.status_code for one in answers} == {201}
    (after,) = rows(desk.engine, COUNTS)
    assert sum(after) - sum(before) == 1


def test_a_key_is_its_senders_own(desk, sent, key):
    (before,) = rows(desk.engine, COUNTS)
    assert sent(key, "我的").status_code == 201
    assert sent(key, "另一个人的", who="drawer").status_code == 201
    (after,) = rows(desk.engine, COUNTS)
    assert sum(after) - sum(before) == 2
