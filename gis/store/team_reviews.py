"""The year-end review of work teams: rules, reviews, teams, and what was published."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, text

from gis.assessment.three_by_three import GRADES, SIDES, ReviewRule
from gis.errors import NotFoundError
from gis.store.names import names, pop_names

RULES = """
SELECT id, from_year, weight_sub_district, weight_community, weight_households, points_excellent,
       points_good, points_fair, points_poor, from_excellent, from_good, from_fair, quorum_part,
       quorum_whole, small_below, example, reason, recorded_at, recorded_by
FROM team_review_rule WHERE jurisdiction_id = :id
"""
COLUMNS = (
    *(f"weight_{side}" for side in SIDES), *(f"points_{grade}" for grade in GRADES),
    *(f"from_{grade}" for grade in GRADES[:-1]),
)  # fmt: skip
ADD_RULE = f"""
INSERT INTO team_review_rule (jurisdiction_id, from_year, {", ".join(COLUMNS)}, quorum_part,
  quorum_whole, small_below, example, reason, recorded_by)
VALUES (:jurisdiction, :from_year, {", ".join(f":{name}" for name in COLUMNS)}, :quorum_part,
  :quorum_whole, :small_below, :example, :reason, '')
RETURNING id
"""
# A year whose votes have begun to come in keeps the rule that it has.
VOTED = """
SELECT r.year FROM team_review AS r
WHERE r.jurisdiction_id = :id AND r.year >= :year
  AND NOT EXISTS (SELECT FROM team_review_rule AS later WHERE later.jurisdiction_id = :id
                  AND later.from_year > :year AND later.from_year <= r.year)
  AND EXISTS (SELECT FROM work_team AS t JOIN team_ballot AS b ON b.team_id = t.id
              WHERE t.review_id = r.id)
ORDER BY r.year LIMIT 1
"""
LISTED = """
SELECT r.id, r.year, r.version, r.synthetic, r.opened_at, r.opened_by,
       (SELECT count(*) FROM work_team AS t WHERE t.review_id = r.id AND t.left_out_at IS NULL)
         AS teams
FROM team_review AS r WHERE r.jurisdiction_id = :id ORDER BY r.year DESC
"""
EDITIONS = """
SELECT review_id, year, edition, reason, published_at, published_by
FROM team_review_publication WHERE jurisdiction_id = :id ORDER BY year DESC, edition DESC
"""
REVIEW = """
SELECT r.id, r.jurisdiction_id, r.year, r.version, r.synthetic, r.opened_at, r.opened_by,
       o.code, o.name_zh, o.name_en,
       (SELECT max(edition) FROM team_review_publication AS p WHERE p.review_id = r.id) AS edition
FROM team_review AS r JOIN organisation AS o ON o.id = r.jurisdiction_id WHERE r.id = :id
"""
TEAM = """
SELECT t.id, t.review_id, t.jurisdiction_id, t.name, t.sender_id, t.sender_name,
       t.sub_district_id, t.community_ids, t.leader, t.members, t.version, t.left_out_at,
       t.left_out_reason, s.name_zh AS s_name_zh, s.name_en AS s_name_en, s.code AS s_code,
       d.name_zh AS d_name_zh, d.name_en AS d_name_en, d.code AS d_code,
       (SELECT jsonb_agg(jsonb_build_object('id', c.id, 'code', c.code, 'name_zh', c.name_zh,
          'name_en', c.name_en) ORDER BY c.code)
        FROM organisation AS c WHERE c.id = ANY (t.community_ids)) AS communities
FROM work_team AS t LEFT JOIN organisation AS s ON s.id = t.sender_id
JOIN organisation AS d ON d.id = t.sub_district_id
"""
ADD_TEAM = """
INSERT INTO work_team (review_id, jurisdiction_id, name, sender_id, sender_name, sub_district_id,
  community_ids, leader, members)
VALUES (:review, 0, :name, :sender_id, :sender_name, :sub_district_id, :community_ids, :leader,
  :members)
RETURNING id
"""
# Teams of the last review before this one, but for those left out of it, or there already.
TAKE_OVER = """
INSERT INTO work_team (review_id, jurisdiction_id, name, sender_id, sender_name, sub_district_id,
  community_ids, leader, members)
SELECT :review, 0, t.name, t.sender_id, t.sender_name, t.sub_district_id, t.community_ids,
       t.leader, t.members
FROM work_team AS t
WHERE t.left_out_at IS NULL AND t.review_id = (
  SELECT r.id FROM team_review AS r JOIN team_review AS mine ON mine.id = :review
  WHERE r.jurisdiction_id = mine.jurisdiction_id AND r.year < mine.year
  ORDER BY r.year DESC LIMIT 1)
ORDER BY t.id
"""
PUBLISHED = """
SELECT p.id, p.review_id, p.jurisdiction_id, p.year, p.edition, p.reason, p.published_at,
       p.published_by, p.result,
       (SELECT max(edition) FROM team_review_publication AS l WHERE l.review_id = p.review_id)
         AS editions
FROM team_review_publication AS p WHERE p.review_id = :id
"""
HISTORY = """
SELECT e.id, e.at, e.actor, e.action, e.reason, e.data, t.name AS team, e.team_id
FROM team_review_event AS e LEFT JOIN work_team AS t ON t.id = e.team_id
WHERE e.review_id = :id AND (cast(:before AS bigint) IS NULL OR e.id < :before)
ORDER BY e.id DESC LIMIT :limit
"""


def rules(connection: Connection, jurisdiction_id: int) -> list[dict[str, Any]]:
    """All rules of an office, the newest year first, of a year the newest first."""
    query = f"{RULES} ORDER BY from_year DESC, id DESC"
    return [
        dict(row) for row in connection.execute(text(query), {"id": jurisdiction_id}).mappings()
    ]


def rule_of(connection: Connection, jurisdiction_id: int, year: int) -> dict[str, Any] | None:
    """The rule that holds for the review of a year."""
    query = f"{RULES} AND from_year <= :year ORDER BY from_year DESC, id DESC LIMIT 1"
    values = {"id": jurisdiction_id, "year": year}
    row = connection.execute(text(query), values).mappings().first()
    return None if row is None else dict(row)


def as_rule(row: Mapping[str, Any]) -> ReviewRule:
    """A stored rule as the domain reads it."""
    return ReviewRule(
        weights={side: row[f"weight_{side}"] for side in SIDES},
        points={grade: row[f"points_{grade}"] for grade in GRADES},
        results={grade: row[f"from_{grade}"] for grade in GRADES[:-1]},
        quorum=(row["quorum_part"], row["quorum_whole"]),
        small_below=row["small_below"],
    )


def add_rule(
    connection: Connection,
    jurisdiction_id: int,
    rule: ReviewRule,
    *,
    from_year: int,
    reason: str | None,
    example: bool = False,
) -> int:
    """Let a rule hold for the reviews from a year on; gives its id."""
    values = {
        "jurisdiction": jurisdiction_id, "from_year": from_year, "example": example,
        "reason": reason, "small_below": rule.small_below,
        "quorum_part": rule.quorum[0], "quorum_whole": rule.quorum[1],
        **{f"weight_{side}": rule.weights[side] for side in SIDES},
        **{f"points_{grade}": rule.points[grade] for grade in GRADES},
        **{f"from_{grade}": rule.results[grade] for grade in GRADES[:-1]},
    }  # fmt: skip
    return int(connection.execute(text(ADD_RULE), values).scalar_one())


def voted_year(connection: Connection, jurisdiction_id: int, from_year: int) -> int | None:
    """The first year that a rule from `from_year` on would count anew though it has votes."""
    values = {"id": jurisdiction_id, "year": from_year}
    found: int | None = connection.scalar(text(VOTED), values)
    return found


def listed(connection: Connection, jurisdiction_id: int) -> list[dict[str, Any]]:
    """The reviews that the caller may keep, the newest year first."""
    rows = connection.execute(text(LISTED), {"id": jurisdiction_id})
    return [dict(row) for row in rows.mappings()]


def editions(connection: Connection, jurisdiction_id: int) -> list[dict[str, Any]]:
    """What was published, the newest year and edition first, without the results."""
    rows = connection.execute(text(EDITIONS), {"id": jurisdiction_id})
    return [dict(row) for row in rows.mappings()]


def review(connection: Connection, review_id: int, *, hold: bool = False) -> dict[str, Any]:
    """A review that the caller may keep; `hold`: nobody else changes it until the transaction
    ends. Raises NotFoundError `team-review-not-found`."""
    if hold:
        query = "SELECT FROM team_review WHERE id = :id FOR UPDATE"
        connection.execute(text(query), {"id": review_id})
    row = connection.execute(text(REVIEW), {"id": review_id}).mappings().first()
    if row is None:
        raise NotFoundError("team-review-not-found", id=review_id)
    told = dict(row)
    return {**told, "name": pop_names(told)}


def add_review(
    connection: Connection, jurisdiction_id: int, year: int, *, synthetic: bool = False
) -> int | None:
    """Open the review of a year; None where there is one."""
    query = """INSERT INTO team_review (jurisdiction_id, year, synthetic, opened_by)
      VALUES (:id, :year, :synthetic, current_actor())
      ON CONFLICT (jurisdiction_id, year) DO NOTHING RETURNING id"""
    values = {"id": jurisdiction_id, "year": year, "synthetic": synthetic}
    found: int | None = connection.scalar(text(query), values)
    return found


def take_over(connection: Connection, review_id: int) -> int:
    """Take over the teams of the review before; gives how many."""
    return connection.execute(text(TAKE_OVER), {"review": review_id}).rowcount


def teams(connection: Connection, review_id: int) -> list[dict[str, Any]]:
    """The teams of a review, in the order in which they were added."""
    query = f"{TEAM} WHERE t.review_id = :id ORDER BY t.id"
    rows = connection.execute(text(query), {"id": review_id})
    return [_team(row) for row in rows.mappings()]


def team(connection: Connection, team_id: int) -> dict[str, Any]:
    """One team. Raises NotFoundError `work-team-not-found`."""
    query = f"{TEAM} WHERE t.id = :id"
    row = connection.execute(text(query), {"id": team_id}).mappings().first()
    if row is None:
        raise NotFoundError("work-team-not-found", id=team_id)
    return _team(row)


def named(connection: Connection, review_id: int, name: str, but: int | None) -> bool:
    """Whether another team of a review has this name."""
    query = """SELECT EXISTS (SELECT FROM work_team WHERE review_id = :id AND name = :name
      AND id IS DISTINCT FROM cast(:but AS bigint))"""
    return bool(connection.scalar(text(query), {"id": review_id, "name": name, "but": but}))


def add_team(connection: Connection, review_id: int, given: Mapping[str, Any]) -> int:
    """Add a team to a review; gives its id."""
    values = {"review": review_id, **given}
    return int(connection.execute(text(ADD_TEAM), values).scalar_one())


def change_team(connection: Connection, team_id: int, given: Mapping[str, Any]) -> None:
    """Write what a team is by now."""
    told = ", ".join(f"{name} = :{name}" for name in given)
    connection.execute(
        text(f"UPDATE work_team SET {told} WHERE id = :id"),
        {"id": team_id, **given},
    )


def leave_out(connection: Connection, team_id: int, reason: str | None) -> None:
    """Leave a team out of its review, or take it back in without a reason."""
    query = """UPDATE work_team SET left_out_reason = :reason,
      left_out_at = CASE WHEN cast(:reason AS text) IS NULL THEN NULL ELSE now() END
      WHERE id = :id"""
    connection.execute(text(query), {"id": team_id, "reason": reason})


def publish(
    connection: Connection,
    found: Mapping[str, Any],
    result: Mapping[str, Any],
    reason: str | None,
) -> int:
    """Keep a result as it is now, as the next edition; gives its number."""
    edition = (found["edition"] or 0) + 1
    query = """INSERT INTO team_review_publication (review_id, jurisdiction_id, year, edition,
        result, reason, published_by)
      VALUES (:id, 0, :year, :edition, cast(:result AS jsonb), :reason, current_actor())"""
    values = {
        "id": found["id"], "year": found["year"], "edition": edition, "reason": reason,
        "result": json.dumps(dict(result), ensure_ascii=False, default=str),
    }  # fmt: skip
    connection.execute(text(query), values)
    return edition


def published(connection: Connection, review_id: int, edition: int | None) -> dict[str, Any]:
    """A result as it was published, by default the last edition. Raises NotFoundError
    `team-review-not-published`."""
    more = " AND p.edition = :edition" if edition else " ORDER BY p.edition DESC LIMIT 1"
    values = {"id": review_id, "edition": edition}
    row = connection.execute(text(PUBLISHED + more), values).mappings().first()
    if row is None:
        raise NotFoundError("team-review-not-published", id=review_id)
    return dict(row)


def history(
    connection: Connection, review_id: int, *, before: int | None, limit: int
) -> Sequence[dict[str, Any]]:
    """Who changed what in a review, and why; the newest first."""
    values = {"id": review_id, "before": before, "limit": limit}
    return [dict(row) for row in connection.execute(text(HISTORY), values).mappings()]


def _team(row: Mapping[Any, Any]) -> dict[str, Any]:
    told = dict(row)
    sender, sender_code = pop_names(told, "s_"), told.pop("s_code")
    own = told["sender_name"]
    communities = [
        {"id": one["id"], "code": one["code"], "name": names(one["name_zh"], one["name_en"])}
        for one in told.pop("communities") or ()
    ]
    return {
        **told,
        "sender": {"id": told["sender_id"], "code": sender_code,
                   "name": sender if own is None else names(own, own)},
        "sub_district": {"id": told["sub_district_id"], "code": told.pop("d_code"),
                         "name": pop_names(told, "d_")},
        "communities": communities,
    }  # fmt: skip
