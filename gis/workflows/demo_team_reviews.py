"""The demo city's review of last year's work teams: made up, published, and labelled so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, text

from gis.assessment.three_by_three import EXAMPLE, GRADES, REPORTS, SIDES
from gis.store import team_records
from gis.store import team_reviews as store
from gis.store.engine import acting
from gis.workflows.team_results import result_of

REASON = "合成演示数据"
BODIES = {
    "sending_unit": "向本单位报告全年驻点、走访和解决问题的情况。",
    "sub_district": "向街道党工委报告协助中心工作、督促履职的情况。",
    "assembly": "向居民（联户）代表报告办成的实事和未办结的事项。",
}
PLACES = """
SELECT id, name_zh FROM organisation WHERE kind = :kind AND starts_with(code, :code)
ORDER BY code LIMIT :most
"""
DEPARTMENTS = """
SELECT id, name_zh FROM organisation WHERE kind = 'department' AND parent_id = :id
ORDER BY code LIMIT :most
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTeam:
    """People, and the votes of each side: invited, void, and by grade."""

    people: tuple[str, ...]
    communities: int
    sub_district: tuple[int, ...]
    community: tuple[int, ...]
    households: tuple[int, ...]


# The second and the third cannot be told apart; the last has too few votes to say much.
TEAMS = (
    DemoTeam(
        people=("杨振华", "李晓梅", "郭磊"), communities=3, sub_district=(9, 0, 8, 1, 0, 0),
        community=(14, 0, 11, 2, 0, 0), households=(42, 1, 33, 5, 1, 0),
    ),
    DemoTeam(
        people=("韩志强", "王芳"), communities=2, sub_district=(9, 0, 5, 3, 0, 0),
        community=(12, 0, 6, 5, 0, 0), households=(36, 0, 17, 13, 2, 0),
    ),
    DemoTeam(
        people=("宋丽娟", "张伟东", "冯刚"), communities=2, sub_district=(8, 0, 4, 4, 0, 0),
        community=(10, 1, 5, 4, 0, 0), households=(30, 0, 15, 10, 1, 1),
    ),
    DemoTeam(
        people=("田海波", "许静"), communities=1, sub_district=(8, 0, 1, 4, 2, 0),
        community=(7, 0, 1, 3, 2, 0), households=(24, 0, 3, 8, 7, 2),
    ),
    DemoTeam(
        people=("曹建平",), communities=1, sub_district=(5, 0, 2, 2, 0, 0),
        community=(4, 0, 1, 2, 1, 0), households=(8, 0, 3, 2, 1, 0),
    ),
)  # fmt: skip


def write_team_review(
    engine: Engine, jurisdiction_id: int, *, year: int, zone: str, actor: str
) -> None:
    """Review the teams of a year and publish the result, unless there is a review already."""
    with acting(engine, actor, action="team-review", reason=REASON) as connection:
        review_id = store.add_review(connection, jurisdiction_id, year, synthetic=True)
        if review_id is None:
            return
        store.add_rule(
            connection, jurisdiction_id, EXAMPLE, from_year=year, reason=None, example=True
        )
        found = store.review(connection, review_id)
        senders = _rows(connection, DEPARTMENTS, id=jurisdiction_id, most=len(TEAMS))
        places = _rows(connection, PLACES, kind="sub_district", code=found["code"], most=len(TEAMS))
        for number, (team, sender) in enumerate(zip(TEAMS, senders, strict=False)):
            _write(connection, review_id, year, team, sender, places[number % len(places)])
        found = store.review(connection, review_id)
        store.publish(connection, found, {**result_of(connection, found), "zone": zone}, None)


def _write(
    connection: Connection, review_id: int, year: int, team: DemoTeam, sender: Any, place: Any
) -> None:
    query = "SELECT code FROM organisation WHERE id = :id"
    code = connection.execute(text(query), {"id": place.id}).scalar_one()
    communities = _rows(connection, PLACES, kind="community", code=code, most=team.communities)
    team_id = store.add_team(
        connection,
        review_id,
        {
            "name": f"{sender.name_zh}驻{place.name_zh}工作队", "sender_id": sender.id,
            "sender_name": None, "sub_district_id": place.id,
            "community_ids": [one.id for one in communities],
            "leader": team.people[0], "members": list(team.people[1:]),
        },
    )  # fmt: skip
    for day, to in enumerate(REPORTS, 16):
        team_records.add_report(
            connection, team_id, to, given_on=date(year, 12, day), body=BODIES[to]
        )
    for side in SIDES:
        invited, void, *votes = getattr(team, side)
        counts = {"invited": invited, "present": void + sum(votes), "void": void}
        team_records.add_ballot(
            connection, team_id, side, held_on=date(year, 12, 26),
            called_by="区领导小组第一考核组",
            counts=counts | dict(zip(GRADES, votes, strict=True)),
        )  # fmt: skip


def _rows(connection: Connection, query: str, **values: Any) -> list[Any]:
    return list(connection.execute(text(query), values))
