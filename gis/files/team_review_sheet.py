"""The published result of a review of work teams as a workbook that prints on A4."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from gis.assessment.three_by_three import GRADES, REPORTS, SIDES
from gis.files.sheets import add_sheet, print_on_a4, put
from gis.messages import translate

COUNTS = ("invited", "present", "void", *GRADES)
HEADED = 4  # title, when it was published, what is synthetic; then the headings
RESULT = (
    "rank", "might-be", "team", "sending-unit", "sub-district", "communities", "leader", "members",
    "score", "low", "high", "grade",
)  # fmt: skip


def workbook(published: Mapping[str, Any], language: str) -> bytes:
    """A published result, as `gis.store.team_reviews.published` gives it, as an .xlsx file."""
    from openpyxl import Workbook

    book = Workbook()
    del book[book.sheetnames[0]]
    words = _Words(language)
    _result(book, published, words)
    _votes(book, published["result"], words)
    _reports(book, published["result"], words)
    _told(book, published, words)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


class _Words:
    """Sentences of the workbook in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def say(self, code: str, **params: Any) -> str:
        return translate(f"team-sheet-{code.replace('_', '-')}", self.language, params)

    def name(self, names: Mapping[str, str]) -> str:
        return names["zh" if self.language == "zh-CN" else "en"]


def _result(book: Any, published: Mapping[str, Any], words: _Words) -> None:
    from openpyxl.styles import Alignment, Font

    result = published["result"]
    headings = [words.say(name) for name in RESULT]
    headings += [words.say("points-of", side=side.replace("_", "-")) for side in SIDES]
    sheet = add_sheet(book, words.say("result"), headings, HEADED)
    put(sheet, 1, 1, words.say("title", year=str(result["year"]), name=words.name(result["name"])))
    sheet["A1"].font = Font(bold=True, size=14)
    put(sheet, 2, 1, _edition(published, words))
    put(sheet, 3, 1, words.say("synthetic") if result["synthetic"] else "")
    for at, team in enumerate(result["teams"], HEADED + 1):
        might = (team["rank_low"], team["rank_high"])
        values = [
            team["rank"], f"{might[0]}–{might[1]}" if might[0] != might[1] else str(might[0]),
            team["name"], words.name(team["sender"]["name"]),
            words.name(team["sub_district"]["name"]),
            ", ".join(words.name(one["name"]) for one in team["communities"]),
            team["leader"], ", ".join(team["members"]), team["score"], team["low"], team["high"],
            words.say(team["grade"]), *(side["points"] for side in team["sides"]),
        ]  # fmt: skip
        for place, value in enumerate(values, 1):
            put(sheet, at, place, value, "0.00" if isinstance(value, float) else "")
            sheet.cell(at, place).alignment = Alignment(vertical="top", wrap_text=True)
    for letter, width in {"A": 7, "B": 10, "C": 26, "D": 24, "F": 30, "H": 24}.items():
        sheet.column_dimensions[letter].width = width
    print_on_a4(sheet, HEADED)


def _votes(book: Any, result: Mapping[str, Any], words: _Words) -> None:
    names = ("team", "side", "held-on", "called-by", *COUNTS)
    sheet = add_sheet(book, words.say("votes"), [words.say(name) for name in names])
    at = 2
    for team in result["teams"]:
        for ballot in team["ballots"]:
            side = words.say(f"side-{ballot['side']}")
            values = [team["name"], side, str(ballot["held_on"]), ballot["called_by"],
                      *(ballot[name] for name in COUNTS)]  # fmt: skip
            for place, value in enumerate(values, 1):
                put(sheet, at, place, value)
            at += 1
    print_on_a4(sheet, 1)


def _reports(book: Any, result: Mapping[str, Any], words: _Words) -> None:
    headings = [words.say("team"), *(words.say(f"report-{to}") for to in REPORTS)]
    sheet = add_sheet(book, words.say("reports"), headings)
    for at, team in enumerate(result["teams"], 2):
        days = {one["side"]: str(one["given_on"]) for one in team["reports"]}
        put(sheet, at, 1, team["name"])
        for place, to in enumerate(REPORTS, 2):
            put(sheet, at, place, days.get(to))
    print_on_a4(sheet, 1)


def _told(book: Any, published: Mapping[str, Any], words: _Words) -> None:
    """To whom the result goes, who was left out and why, and how it was counted."""
    result = published["result"]
    headings = [words.say("recipient"), words.say("as-what"), words.say("reached")]
    sheet = add_sheet(book, words.say("told"), headings)
    at = 2
    for kind in ("sub_districts", "senders"):
        for one in result["recipients"][kind]:
            reached = words.say("by-account" if one["reached"] else "by-paper")
            for place, value in enumerate((words.name(one["name"]), words.say(kind), reached), 1):
                put(sheet, at, place, value)
            at += 1
    for name in result["recipients"]["teams"]:
        for place, value in enumerate((name, words.say("teams"), words.say("by-paper")), 1):
            put(sheet, at, place, value)
        at += 1
    lines = [
        words.say("left-out", team=one["name"], reason=one["reason"]) for one in result["left_out"]
    ]
    rule = result["rule"]
    for side in SIDES:
        lines.append(words.say("weight", side=side.replace("_", "-"), weight=rule["weights"][side]))
    for grade in GRADES:
        lines.append(words.say("worth", grade=grade, points=rule["points"][grade]))
    lines += [
        words.say("quorum", part=rule["quorum"][0], whole=rule["quorum"][1]),
        words.say("how-score"), words.say("how-interval"), words.say("how-rank"),
    ]  # fmt: skip
    for place, line in enumerate(lines, at + 1):
        put(sheet, place, 1, line)
    sheet.column_dimensions["A"].width = 40
    sheet.column_dimensions["B"].width = 20
    sheet.column_dimensions["C"].width = 30
    print_on_a4(sheet, 1)


def _edition(published: Mapping[str, Any], words: _Words) -> str:
    at = published["published_at"].astimezone(ZoneInfo(published["result"]["zone"]))
    return words.say(
        "published", at=at.strftime("%Y-%m-%d"),
        by=published["published_by"], edition=published["edition"],
        reason=published["reason"] or "none",
    )  # fmt: skip
