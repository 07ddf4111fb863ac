"""What drafts, their reviews and their files are sent that cannot be: refused in words, never half
done, and nothing that was stored makes the next request fail."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.integration.reviews_help import (
    API,
    NW,
    SE,
    SOUTHERN,
    changed,
    draw,
    rows,
)

COUNTS = "SELECT (SELECT count(*) FROM plan), (SELECT count(*) FROM plan_comment)"


def send(client, desk, path: str, body: str | dict[str, Any]) -> Any:
    content = body if isinstance(body, str) else json.dumps(body)
    headers = {**desk.header("planner"), "content-type": "application/json"}
    return client.post(f"{API}{path}", content=content, headers=headers)


@pytest.mark.parametrize(
    "place", ["[NaN, 1]", "[Infinity, 1]", "[1e308, 1]", "[181, 1]", "[113, 91]", "[113]", '"x"']
)
def test_a_comment_is_pinned_to_a_place_on_earth(client, desk, place):
    plan = draw(desk, changed(desk, {}))
    refused = send(client, desk, f"/drafts/{plan}/comments", f'{{"text": "x", "place": {place}}}')
    assert (refused.status_code, refused.json()["code"]) == (422, "request-invalid")


def test_an_answer_is_where_its_comment_is_and_words_stay_words(client, desk):
    plan = draw(desk, changed(desk, {}))
    path = f"/drafts/{plan}/comments"
    first = send(client, desk, path, {"text": "<script>alert(1)</script>"}).json()["items"][0]
    assert first["text"] == "<script>alert(1)</script>"
    for more in ({"grid_code": SOUTHERN}, {"place": [113.6, 34.7]}):
        said = send(client, desk, path, {"text": "x", "answers_id": first["id"], **more})
        assert said.status_code == 201, said.text
    assert [len(one["answers"]) for one in said.json()["items"]] == [2]
    for wrong in ("\\ud800", "a\\u0000b", "x" * 2001, " "):
        assert send(client, desk, path, f'{{"text": "{wrong}"}}').status_code == 422
    assert len(client.get(f"{API}{path}", headers=desk.header("leader")).json()["items"]) == 1


def test_a_group_that_nobody_made_is_a_new_one(client, desk):
    """Its number is nobody's to choose: after the largest there would be no other group."""
    plan = draw(desk, changed(desk, {}))

    def keep(unit: str, together: Any, base: int) -> Any:
        body = {
            "key": str(uuid.uuid4()), "kind": "together", "base": base,
            "params": {"units": [desk.units[unit]], "together": together},
        }  # fmt: skip
        return send(client, desk, f"/drafts/{plan}/operations", body)

    assert keep(SE, 2**31 - 1, 0).status_code == 200
    assert keep(NW, "new", 1).status_code == 200
    groups = "SELECT together FROM draft_unit WHERE plan_id = :id AND together IS NOT NULL"
    assert {row[0] for row in rows(desk.engine, groups, id=plan)} == {1, 2}


def upload(client, desk, content: bytes, *, name: str = "a.csv", **form: str) -> Any:
    return client.post(
        f"{API}/drafts/files", headers=desk.header("planner"),
        files={"file": (name, content)},
        data={"jurisdiction": str(desk.town.jurisdiction_id), "name": "x", **form},
    )  # fmt: skip


def test_a_file_of_some_megabytes_is_read(client, desk):
    told = "".join(f"{code},{code[:15]}\n" for code in desk.units)
    padding = "\n" * (3 << 20)
    answer = upload(client, desk, f"unit_id,grid_id\n{told}{padding}".encode(), dry_run="true")
    assert answer.status_code == 200, answer.text
    assert answer.json()["units"] == len(desk.units)


def test_names_of_files_and_in_files_are_as_all_names_are(client, desk):
    before = rows(desk.engine, COUNTS)
    row = f"unit_id,grid_id\n{SE},{SOUTHERN}\n".encode()
    for wrong in ({"name": "a\x00b"}, {"note": "a\x00b"}, {"name": "x" * 201}, {"crs": "\x00"}):
        data = {"jurisdiction": str(desk.town.jurisdiction_id), "name": "x", **wrong}
        answer = client.post(
            f"{API}/drafts/files", headers=desk.header("planner"), files={"file": ("a.csv", row)},
            data=data,
        )  # fmt: skip
        assert (answer.status_code, answer.json()["code"]) == (422, "request-invalid"), wrong
    assert rows(desk.engine, COUNTS) == before
    for named, kept in (("北\x00区\x07", "北区"), ("长" * 10_000, "长" * 200)):
        text = f"unit_id,grid_id\n{SE},{named}\n".encode()
        answer = upload(client, desk, text, name="\x07 a.csv", keep_rest="false")
        assert answer.status_code == 201, answer.text
        names = "SELECT name_zh FROM draft_grid WHERE plan_id = :id AND length(code) = 15"
        assert rows(desk.engine, names, id=answer.json()["plan_id"]) == [(kept,)]


@pytest.mark.parametrize(
    "content",
    [
        b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"x"},'
        b'"geometry":{"type":"Polygon","coordinates":[[[NaN,34.75],[113.605,34.755],'
        b'[113.605,34.75],[NaN,34.75]]]}}]}',
        b'{"type":"FeatureCollection","features":[]}', b"{", b"",
    ],
)  # fmt: skip
def test_a_file_without_land_is_refused_by_its_own_name(client, desk, content):
    answer = upload(client, desk, content, name="边界.geojson", dry_run="true")
    assert answer.status_code == 422, answer.text
    assert "/" not in answer.json()["detail"].split("。")[0], answer.text
