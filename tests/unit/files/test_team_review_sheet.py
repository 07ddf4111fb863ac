"""The published review of work teams as a workbook: numbers as numbers, and A4 to print on."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from openpyxl import load_workbook

from gis.files.team_review_sheet import workbook


def named(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def published(**more: Any) -> dict[str, Any]:
    place = {"id": 1, "code": "410102004", "name": named("秦岭路街道", "Qinling Road")}
    team = {
        "id": 1, "name": "=1+1", "sender": {**place, "name": named("水利局", "Water Bureau")},
        "sub_district": place, "communities": [place, place], "leader": "张明",
        "members": ["李华", "王芳"], "score": 93.1, "low": 88.2, "high": 95.0, "grade": "excellent",
        "rank": 1, "rank_low": 1, "rank_high": 2,
        "sides": [{"side": side, "points": 90.0} for side in
                  ("sub_district", "community", "households")],
        "ballots": [{"side": "households", "held_on": "2024-12-28", "called_by": "考核组",
                     "invited": 9, "present": 8, "void": 1, "excellent": 4, "good": 2, "fair": 1,
                     "poor": 0}],
        "reports": [{"side": "assembly", "given_on": "2024-12-20"}],
    }  # fmt: skip
    result = {
        "year": 2024, "zone": "Asia/Shanghai", "name": named("中原区", "Zhongyuan District"),
        "synthetic": True, "teams": [team],
        "left_out": [{"name": "二队", "sender": named("民政局", "Civil"), "reason": "撤销"}],
        "rule": {"weights": {"sub_district": 30, "community": 30, "households": 40},
                 "points": {"excellent": 100, "good": 85, "fair": 70, "poor": 40},
                 "quorum": [2, 3]},
        "recipients": {"sub_districts": [{**place, "reached": True}],
                       "senders": [{**place, "name": named("水利局", "Water"), "reached": False}],
                       "teams": ["=1+1"]},
    }  # fmt: skip
    return {
        "edition": 1, "reason": None, "published_by": "赵建军 (leader)",
        "published_at": datetime(2024, 12, 31, 17, 0, tzinfo=UTC), "result": result, **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("language", "title", "grade", "made_up"),
    [("zh-CN", "中原区 2024 年群众工作队年终考核结果", "优秀", "虚构"),
     ("en", "Zhongyuan District: year-end review of work teams, 2024", "Excellent", "made up")],
)  # fmt: skip
def test_the_result_in_both_languages(language: str, title: str, grade: str, made_up: str) -> None:
    book = load_workbook(io.BytesIO(workbook(published(), language)))
    result, votes, reports, told = book.worksheets
    assert result["A1"].value == title
    assert "2025-01-01" in result["A2"].value  # the office's day, not that of Greenwich
    assert made_up in result["A3"].value
    row = [cell.value for cell in result[5]]
    assert row[:3] == [1, "1–2", "=1+1"] and result["C5"].data_type == "s"
    assert row[8:12] == [93.1, 88.2, 95.0, grade]
    assert (result.page_setup.orientation, result.page_setup.fitToWidth) == ("landscape", 1)
    assert result.print_title_rows == "$4:$4"
    assert [cell.value for cell in votes[2]][4:] == [9, 8, 1, 4, 2, 1, 0]
    assert [cell.value for cell in reports[2]] == ["=1+1", None, None, "2024-12-20"]
    assert [told.cell(row, 1).value for row in (2, 3, 4)][2] == "=1+1"
    lines = [row[0].value for row in told.iter_rows(min_row=5) if row[0].value]
    assert any("二队" in line and "撤销" in line for line in lines)
    assert any("2/3" in line for line in lines)
    assert any("40" in line and "%" in line for line in lines)


def test_another_edition_says_why() -> None:
    book = load_workbook(io.BytesIO(workbook(published(edition=2, reason="更正一票"), "zh-CN")))
    assert "第 2 版：更正一票" in book.worksheets[0]["A2"].value
