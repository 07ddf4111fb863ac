"""What the matrix of permissions sends to each address, as asked about one part of the city."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, text

from gis.store.engine import acting
from tests.integration.two_districts import City, place_of

API = "/api/v1"
NOBODY = 2**62
DISTRICT_ACCOUNT = {"410102": "district", "410103": "other"}
SOON, LATER = "2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Side:
    """A part of the city: ids of what belongs to it, and words that only tell of it."""

    code: str
    grid: str
    jurisdiction: int
    ids: dict[str, int]
    words: tuple[str, ...]


def make_things(engine: Engine, city: City) -> dict[str, dict[str, int]]:
    """One of each thing that has an id in an address, for each district; ids by name."""
    found = {}
    for district, grid in (("410102", "410102004001001"), ("410103", "410103001001001")):
        values = {
            "of": city.organisations[district], "grid": grid, "sub": grid[:9],
            "sub_id": city.organisations[grid[:9]],
            "person": city.people[grid[:9]], "d": city.organisations[f"{district}-D01"],
            "plan": city.plans[district], "draft": city.drafts[district],
            "incident": city.incidents[grid],
            "post_grid": city.grids[grid], "a": city.people[f"post-{grid}"], "day": "2026-01-02",
        }  # fmt: skip
        with acting(engine, "tests", reason="one of each") as connection:
            found[district] = {
                name: connection.execute(text(query), values).scalar_one()
                for name, query in THINGS.items()
            }
            connection.execute(
                text("INSERT INTO rule_order (jurisdiction_id, action, ids) VALUES (:of, 'order',"
                     " ARRAY[cast(:rule AS bigint)])"),
                {**values, "rule": found[district]["rule_id"]},
            )  # fmt: skip
    return found


COUNTS = """{"found": 1, "due": 0, "closed": 0, "on_time": 0, "reopened": 0, "overdue": 0,
 "median_s": null}"""
BULLETIN = f"""{{"kind": "week", "first": "2025-12-29", "last": "2026-01-04", "synthetic": false,
 "as_of": "2026-01-05T00\\:00\\:00+08\\:00", "time_zone": "Asia/Shanghai", "area_code": null,
 "jurisdiction_code": "x", "total": {COUNTS}, "before": {COUNTS}, "categories": [], "places": [],
 "departments": [], "trend": [], "hotspots": [],
 "place": {{"code": "x", "name": {{"zh": "PLACE", "en": "PLACE"}}}}}}"""
TEAM_RESULT = """{"year": 2024, "zone": "UTC", "code": "x", "synthetic": false, "teams": [],
 "name": {"zh": "PLACE", "en": "PLACE"}, "left_out": [], "rule": {"from_year": 2024,
 "example": true, "weights": {"sub_district": 30, "community": 30, "households": 40},
 "points": {"excellent": 100, "good": 85, "fair": 70, "poor": 40}, "quorum": [2, 3],
 "results": {"excellent": 90, "good": 80, "fair": 60}, "small_below": 5},
 "recipients": {"sub_districts": [], "senders": [], "teams": ["PLACE"]}}"""
THINGS = {
    "absence_id": "INSERT INTO absence (person_id, planned) VALUES (:person, tstzrange(now(),"
    " NULL)) RETURNING id",
    "duty_id": "INSERT INTO duty (jurisdiction_id, grid_code, person_id, planned) VALUES (:of,"
    " :sub, :person, tstzrange(now(), NULL)) RETURNING id",
    "rule_id": "INSERT INTO routing_rule (jurisdiction_id, name_zh, effect, categories, severities,"
    " sources, target_organisation_id, planned) VALUES (:of, '规则' || :sub, 'refine', '{}', '{}',"
    " '{}', :d, tstzrange(now(), NULL)) RETURNING id",
    "asset_id": "INSERT INTO asset (jurisdiction_id, code, kind, name_zh, reach_m, planned, geom)"
    " VALUES (:of, 'A1', 'park', '资产' || :sub, 0, tstzrange(now(), NULL),"
    " 'SRID=4326;POINT(113.6 34.75)') RETURNING id",
    "item_id": "INSERT INTO duty_item (jurisdiction_id, category_code, organisation_id, kind,"
    " document, planned) VALUES (:of, '0101', :d, 'duty', '文件' || :sub, tstzrange(now(), NULL))"
    " RETURNING id",
    "contact_id": "INSERT INTO contact (organisation_id, person_id, planned) VALUES (:d, :person,"
    " tstzrange(now(), NULL)) RETURNING id",
    "job_id": "INSERT INTO import_job (jurisdiction_id, file_name, sha256, status, finished_at,"
    " created_by) VALUES (:of, '文件' || :sub, 'x', 'done', now(), 'tests') RETURNING id",
    "note_id": "INSERT INTO hand_over (plan_id, incident_id, from_grid_id, to_grid_id,"
    " from_person_id, to_person_id, at) VALUES (:plan, :incident, :post_grid, :post_grid, :a,"
    " :person, now()) RETURNING id",
    "report_id": "INSERT INTO unlocated_report (jurisdiction_id, source, source_ref, ref_of,"
    " title, fingerprint, reported_at, recorded_by) VALUES (:of, 'hotline_12345', 'u' || :sub,"
    " :sub, '事件 ' || :sub, '', now(), 'tests') RETURNING id",
    "attachment_id": "INSERT INTO attachment (person_id, organisation_id, kind, target_code,"
    " planned) VALUES (:person, :of, 'contact', :sub, tstzrange(now(), NULL)) RETURNING id",
    "whistle_id": "WITH blown AS (INSERT INTO whistle (jurisdiction_id, organisation_id, code,"
    " location, place, purpose, called_at, called_by, caller, due_at) VALUES (:of, :sub_id, :sub,"
    " 'SRID=4326;POINT(113.6 34.75)', '地点', '事件 ' || :sub, now(), 'tests', 'tests', now()"
    " + interval '1 day') RETURNING id) SELECT id FROM blown",
    "called_id": "INSERT INTO whistle_call (whistle_id, organisation_id) SELECT id, :d FROM whistle"
    " WHERE code = :sub RETURNING id",
    "draft_job_id": "INSERT INTO draft_job (jurisdiction_id, plan_id, kind, request, base_version,"
    " status, finished_at, created_by) VALUES (:of, :draft, 'rebalance', '{}', 0, 'cancelled',"
    " now(), '文件' || :sub) RETURNING id",
    "atlas_id": "INSERT INTO draft_job (jurisdiction_id, plan_id, kind, request, status,"
    " finished_at, created_by) VALUES (:of, :plan, 'atlas', '{}', 'cancelled', now(),"
    " '文件' || :sub) RETURNING id",
    "comment_id": "INSERT INTO plan_comment (plan_id, actor, text) VALUES (:draft, 'tests',"
    " '文件' || :sub) RETURNING id",
    "hook_id": "INSERT INTO web_hook (organisation_id, name, url, secret, kinds, recorded_by)"
    " VALUES (:of, '文件' || :sub, 'http://127.0.0.1:9/', 'x', '{sent}', 'tests') RETURNING id",
    "kind_id": "INSERT INTO fact_kind (jurisdiction_id, code, name_zh) VALUES (:of, '0150',"
    " '文件' || :sub) RETURNING id",
    "visit_id": "INSERT INTO visit (jurisdiction_id, grid_code, visited_on, household, households,"
    " visitor) VALUES (:of, :grid, '2026-01-02', '1-1', 1, '人' || :sub) RETURNING id",
    "setting_id": "INSERT INTO score_setting (jurisdiction_id, zone, appeal_days, small_below,"
    " recorded_by) VALUES (:of, 'Asia/Shanghai', 7, 30, 'tests') RETURNING id",
    "score_rule_id": "INSERT INTO score_rule (jurisdiction_id, series, kind, subjects, points,"
    " categories, severities, sources, name_zh, name_en, held, recorded_by) VALUES (:of, 0,"
    " 'media_exposed', '{sub_district}', -5, '{}', '{}', '{}', '规则' || :sub, 'x',"
    " daterange('2026-01-01', NULL), 'tests') RETURNING id",
    "fact_id": "INSERT INTO score_fact (jurisdiction_id, source, event_id, kind, at, day,"
    " grid_code, reason, document, recorded_by) VALUES (:of, 'hand', 0, 'media_exposed', now(),"
    " :day, :sub, '事件 ' || :sub, '文件' || :sub, 'tests') RETURNING id",
    "entry_id": "INSERT INTO score_entry (jurisdiction_id, fact_id, rule_id, subject,"
    " organisation_id, code, day, points) SELECT :of, f.id, r.id, 'sub_district', :sub_id, :sub,"
    " :day, -5 FROM score_fact AS f, score_rule AS r WHERE f.jurisdiction_id = :of"
    " AND r.jurisdiction_id = :of RETURNING id",
    "appeal_id": "INSERT INTO score_appeal (jurisdiction_id, entry_id, reason, asked_by) SELECT"
    " :of, id, '事件 ' || :sub, 'tests' FROM score_entry WHERE jurisdiction_id = :of RETURNING id",
    "diary_id": "INSERT INTO diary (jurisdiction_id, grid_code, day, text, author) VALUES (:of,"
    " :grid, '2026-01-02', '文件' || :sub, 'tests') RETURNING id",
    "patrol_plan_id": "INSERT INTO patrol_plan (jurisdiction_id, grid_code, duty, role, weekdays,"
    " begins, ends, since) VALUES (:of, :grid, '文件' || :sub, 'lead', '{1}', '08:00', '09:00',"
    " '2026-01-02') RETURNING id",
    "patrol_id": "WITH round AS (INSERT INTO patrol (jurisdiction_id, grid_code, walker, source,"
    " crs, day, started_at, ended_at, points, dropped, length_m, inside_s, within_m, walked_m,"
    " streets_m) VALUES (:of, :grid, '人' || :sub, 'file', 'EPSG:4326', current_date, now(), now(),"
    " 2, 0, 1, 1, 20, 0, 0) RETURNING id) SELECT id FROM round",
    "patrol_line": "INSERT INTO patrol_track (patrol_id, number, day, geom) SELECT id, 1, day,"
    " 'SRID=4326;LINESTRING(113.6 34.75, 113.61 34.75)' FROM patrol WHERE grid_code = :grid"
    " RETURNING patrol_id",
    "bulletin_id": "INSERT INTO bulletin (jurisdiction_id, area_code, kind, first_day, edition,"
    " made_by, figures) VALUES (:of, :sub, 'week', '2025-12-29', 1, 'tests',"
    f" replace('{BULLETIN}', 'PLACE', '文件' || :sub)::jsonb) RETURNING id",
    "team_rule_id": "INSERT INTO team_review_rule (jurisdiction_id, from_year,"
    " weight_sub_district, weight_community, weight_households, points_excellent, points_good,"
    " points_fair, points_poor, from_excellent, from_good, from_fair, quorum_part, quorum_whole,"
    " small_below, reason, recorded_by) VALUES (:of, 2024, 30, 30, 40, 100, 85, 70, 40, 90, 80,"
    " 60, 2, 3, 5, '文件' || :sub, '') RETURNING id",
    "team_review_id": "INSERT INTO team_review (jurisdiction_id, year, opened_by) VALUES (:of,"
    " 2024, 'tests') RETURNING id",
    "work_team_id": "INSERT INTO work_team (review_id, jurisdiction_id, name, sender_id,"
    " sub_district_id, community_ids, leader, members) SELECT id, :of, '文件' || :sub, :d, :sub_id,"
    " '{1}', '人' || :sub, '{}' FROM team_review WHERE jurisdiction_id = :of RETURNING id",
    "team_report_id": "INSERT INTO team_report (team_id, jurisdiction_id, side, withdrawn,"
    " given_on, file_name, media_type, content, recorded_by) SELECT id, :of, 'assembly', false,"
    " :day, '文件' || :sub, 'application/pdf', convert_to('文件' || :sub, 'UTF8'), ''"
    " FROM work_team WHERE jurisdiction_id = :of RETURNING id",
    "team_publication_id": "INSERT INTO team_review_publication (review_id, jurisdiction_id, year,"
    f" edition, result, published_by) SELECT id, :of, 2024, 1, replace('{TEAM_RESULT}', 'PLACE',"
    " '文件' || :sub)::jsonb, 'tests' FROM team_review WHERE jurisdiction_id = :of RETURNING id",
    "deadline_id": "INSERT INTO deadline (jurisdiction_id, stage, amount, unit, soon_share,"
    " planned) VALUES (:of, 'handled', 2, 'working_days', 0.2, tstzrange(now(), NULL))"
    " RETURNING id",
}


def sides(city: City, things: dict[str, dict[str, int]]) -> dict[str, Side]:
    """The two districts, and the second sub-district of the first one."""
    made = {}
    for code, grid, incident in (
        ("410102", "410102004001001", "410102004001001"),
        ("410102005", "410102005001001", "410102005001001"),
        ("410103", "410103001001001", "410103001001001"),
    ):
        district = code[:6]
        sub = code if len(code) == 9 else grid[:9]
        ids = {
            "plan_id": city.drafts[district], "plan_in_force": city.plans[district],
            "a": city.plans[district], "b": city.drafts[district],
            "grid_id": city.grids[grid], "unit_id": city.units[grid],
            "incident_id": city.incidents[incident],
            "jurisdiction_id": city.organisations[district], "person_id": city.people[sub],
            "organisation_id": city.organisations[sub], "post_id": city.posts[grid],
            "department_id": city.organisations[f"{district}-D01"],
            "account_id": city.accounts[f"{DISTRICT_ACCOUNT[district]}/leader"],
            # The things of the first district belong to its first sub-district.
            **(things[district] if len(code) == 6 else dict.fromkeys(things[district], NOBODY)),
        }  # fmt: skip
        # Who stands near a boundary is told to whoever decides on it: people count per district.
        words = (f"事件 {code}", f"人{code}", f"文件{code}", f"规则{code}", f"资产{code}")
        if len(code) == 6:
            words += (f"岗{code}", f"兜底{code}", f"事件 queue-{code}")
        made[code] = Side(code, grid, city.organisations[district], ids, words)
    return made


def body(**values: Any) -> Callable[[Side], dict[str, Any]]:
    """A body in which `=name` stands for an id of the side."""

    def of(side: Side) -> dict[str, Any]:
        told = {"jurisdiction": side.jurisdiction, "reason": "试验"} | values
        told |= {
            name: side.ids[value[1:]]
            for name, value in told.items()
            if isinstance(value, str) and value.startswith("=")
        }
        return {name: value for name, value in told.items() if value is not None}

    return of


def bare(**values: Any) -> Callable[[Side], dict[str, Any]]:
    """The same where no jurisdiction and no reason is asked for."""
    return body(**{"jurisdiction": None, "reason": None} | values)


def at_place(**values: Any) -> Callable[[Side], dict[str, Any]]:
    """A body with a place in the middle of the side's grid."""

    def of(side: Side) -> dict[str, Any]:
        lon, lat = place_of(side.grid)
        return values | {"lon": lon, "lat": lat}

    return of


# A team that somebody wishes for; its community is none.
TEAM: dict[str, Any] = {
    "name": "工作队", "sender_name": "市直单位", "sub_district_id": "=organisation_id",
    "community_ids": [1], "leader": "张三", "members": [],
}  # fmt: skip
COUNTS_OF_SIDE = {"invited": 3, "present": 3, "excellent": 1, "good": 1, "fair": 1, "poor": 0}
END = body()
END_BARE = bare(reason="试验")
CALENDAR = {
    "zone": "Asia/Shanghai",
    "week": [[{"from": "09:00", "to": "17:00"}]] * 5 + [[], []],
    "days": [],
}
BODIES: dict[str, Callable[[Side], dict[str, Any]]] = {
    "POST /plans/{plan_id}/publishing": bare(),
    "POST /drafts": lambda side: {
        "jurisdiction": side.jurisdiction, "name": "草案",
        "from": {"plan": side.ids["plan_in_force"]},
    },
    "PATCH /drafts/{plan_id}": bare(name="改名"),
    "POST /drafts/{plan_id}/jobs": bare(kind="rebalance"),
    "POST /plans/{plan_id}/atlases": bare(people=False),
    "POST /jurisdictions/{jurisdiction_id}/generated-drafts": bare(name="新稿"),
    "POST /drafts/{plan_id}/operations": lambda side: {
        "key": str(uuid.uuid4()), "kind": "assign", "base": 0,
        "params": {"units": [side.ids["unit_id"]], "grid": None},
    },
    "POST /plans/{plan_id}/roll-back": bare(reason="试验"),
    "POST /drafts/{plan_id}/review": bare(step="send"),
    "POST /drafts/{plan_id}/schedule": bare(at=SOON),
    "POST /drafts/{plan_id}/comments": bare(text="试验"),
    "POST /drafts/{plan_id}/comments/{comment_id}/resolve": bare(resolved=True),
    "POST /hand-overs/{note_id}/read": bare(person_id="=person_id"),
    "POST /incidents": at_place(category="0101", title="试验", source="patrol"),
    "PATCH /incidents/{incident_id}/owner": lambda side: {
        "grid_code": "410102004001002", "reason": "试验", "version": 1,
    },
    "PATCH /incidents/{incident_id}/place": at_place(reason="试验", version=1),
    "POST /incidents/{incident_id}/steps": bare(action="note", reason="试验", version=1),
    "POST /steps": lambda side: {
        "action": "note", "reason": "试验",
        "cases": [{"id": side.ids["incident_id"], "version": 1}],
    },
    "PUT /jurisdictions/{jurisdiction_id}/steps": bare(checked_sources=[], photo_categories=[]),
    "POST /scores/begin": body(reason=None, since="2026-01-01"),
    "PUT /scores/setting": body(reason=None, appeal_days=7, small_below=30),
    "POST /scores/rules": body(kind="closed_late", subjects=["community"], points=-1,
                               name_zh="超期", name_en="Late"),
    "POST /scores/rules/{score_rule_id}/end": bare(reason="试验"),
    "POST /scores/entries": body(rule_id="=score_rule_id", organisation_id="=organisation_id",
                                 day="2026-01-02", document="1号"),
    "POST /scores/marks": body(reason=None, receiver_id="=department_id", month="2026-01-02",
                               marks={}),
    "POST /scores/entries/{entry_id}/appeal": bare(reason="试验"),
    "POST /scores/appeals/{appeal_id}/decide": bare(reason="试验", decision="rejected"),
    "POST /team-reviews": body(reason=None, year=2023),
    "POST /team-reviews/rules": body(
        from_year=2023, weights={"sub_district": 30, "community": 30, "households": 40},
        points={"excellent": 100, "good": 85, "fair": 70, "poor": 40},
        results={"excellent": 90, "good": 80, "fair": 60}, quorum=[2, 3], small_below=5,
    ),
    "POST /team-reviews/{team_review_id}/teams": bare(**TEAM),
    "POST /team-reviews/{team_review_id}/publication": bare(version=1),
    "PUT /work-teams/{work_team_id}": bare(**TEAM, version=1, reason="试验"),
    "POST /work-teams/{work_team_id}/left-out": bare(left_out=True, version=1, reason="试验"),
    "POST /work-teams/{work_team_id}/reports/{side}/withdraw": bare(version=1, reason="试验"),
    "POST /work-teams/{work_team_id}/ballots": bare(
        version=1, held_on="2026-01-02", called_by="考核组",
        sides={"community": COUNTS_OF_SIDE},
    ),
    "POST /work-teams/{work_team_id}/ballots/{side}/withdraw": bare(version=1, reason="试验"),
    "POST /whistles": lambda side: {
        "incident_id": side.ids["incident_id"], "departments": [side.ids["department_id"]],
        "minutes": 60, "purpose": "试验",
    },
    "POST /whistles/{whistle_id}/steps": bare(action="come", organisation_id="=department_id",
                                              person="张三"),
    "PUT /presence": bare(stream="0" * 32, incident="=incident_id"),
    "POST /incidents/{incident_id}/supplements": bare(source="hotline_12345", text="再报"),
    "POST /incidents/{incident_id}/reporter": bare(reason="回访"),
    "POST /unlocated-reports/{report_id}/reporter": bare(reason="回访"),
    "POST /channels/{channel}/reports": bare(reports=[]),
    "POST /unlocated-reports/{report_id}/place": at_place(category="0101"),
    "POST /unlocated-reports/{report_id}/join": bare(incident_id="=incident_id"),
    "POST /unlocated-reports/{report_id}/refuse": bare(reason="试验"),
    "PUT /sources/{source}": bare(crs="gcj02"),
    "POST /accounts": lambda side: {
        "login": f"new-{side.code}", "name": "新人", "roles": ["leader"],
        "organisation_id": side.ids["organisation_id"],
    },
    "PUT /accounts/{account_id}": bare(
        name="改名", roles=["leader"], organisation_id="=organisation_id"
    ),
    "POST /accounts/{account_id}/tokens": bare(name="令牌"),
    "POST /absences": body(person_id="=person_id", since=SOON, until=LATER),
    "POST /absences/{absence_id}/end": END,
    "POST /duties": lambda side: {
        "jurisdiction": side.jurisdiction, "grid_code": side.grid, "since": SOON, "until": LATER,
        "person_id": side.ids["person_id"],
    },
    "POST /duties/{duty_id}/end": END,
    "PUT /jurisdictions/{jurisdiction_id}/near": bare(near_edge_m=20.0, nearest_within_m=20.0),
    "POST /deadlines": body(stage="handled", severity=1, amount=1, unit="working_days"),
    "POST /deadlines/begin": END,
    "POST /notices/read": bare(),
    "PUT /me/mail": bare(address="a@example.org", kinds=["sent"]),
    "POST /web-hooks": bare(
        organisation_id="=organisation_id", name="回调", url="http://127.0.0.1:9/", kinds=["sent"]
    ),
    "PUT /web-hooks/{hook_id}": bare(name="回调", url="http://127.0.0.1:9/", kinds=["sent"]),
    "PUT /deadlines/calendar": body(calendar=CALENDAR),
    "PUT /deadlines/setting": END,
    "POST /deadlines/preview": body(reason=None, category="0101", severity=2),
    "POST /deadlines/{deadline_id}/end": END,
    "POST /organisations": lambda side: {
        "jurisdiction": side.jurisdiction, "reason": "试验", "code": f"{side.grid[:9]}009",
        "kind": "community", "name_zh": "新社区", "parent_code": side.grid[:9],
    },
    "POST /organisations/{organisation_id}/changes": body(name_zh="改名"),
    "POST /organisations/{organisation_id}/close": END,
    "POST /attachments": lambda side: {
        "jurisdiction": side.jurisdiction, "reason": "试验", "person_id": side.ids["person_id"],
        "kind": "stationed", "target_code": side.grid,
    },
    "POST /attachments/{attachment_id}/end": END,
    "POST /staff": body(name="新人", organisation_id="=organisation_id"),
    "POST /staff/{person_id}/changes": body(phone="000"),
    "POST /staff/{person_id}/leaving/preview": END,
    "POST /staff/{person_id}/leaving": END,
    "POST /departures/{departure_id}/undo": END,
    "POST /grid-posts": lambda side: {
        "jurisdiction": side.jurisdiction, "reason": "试验", "grid_code": side.grid,
        "role": "adviser", "person_id": side.ids["person_id"],
    },
    "POST /grid-posts/{post_id}/end": END,
    "POST /rules": body(name_zh="规则", effect="refine", target_organisation_id="=department_id"),
    "POST /rules/order": lambda side: {
        "jurisdiction": side.jurisdiction, "reason": "试验", "version": 1,
        "ids": [side.ids["rule_id"]],
    },
    "POST /rules/dry-run": at_place(category="0101"),
    "POST /rules/{rule_id}/end": END,
    "POST /assets": body(code="A2", kind="park", name_zh="公园",
                         geometry={"type": "Point", "coordinates": [113.6, 34.75]}),
    "POST /assets/{asset_id}/end": END,
    "POST /duty-list": body(category="02", organisation_id="=department_id", kind="duty",
                            document="文件"),
    "POST /duty-list/{duty_id}/end": END,
    "POST /contacts": body(organisation_id="=organisation_id", person_id="=person_id"),
    "POST /contacts/{contact_id}/end": END,
    "POST /grid-facts": lambda side: {
        "jurisdiction": side.jurisdiction, "grid_code": side.grid, "kind": "0101", "value": 9,
        "as_of": "2026-01-02", "source": "试验",
    },
    "POST /grid-facts/take-back": lambda side: {
        "jurisdiction": side.jurisdiction, "grid_code": side.grid, "kind": "0101",
        "as_of": "2026-01-02", "reason": "试验",
    },
    "PUT /grid-facts/kinds/{kind_id}": bare(name_zh="改名", max_age_days=30),
    "POST /grid-facts/kinds/{kind_id}/restore": bare(),
    "POST /grid-facts/kinds": body(reason=None, group="people", name_zh="新项目"),
    "POST /grid-facts/kinds/{kind_id}/retire": bare(),
    "POST /visits": lambda side: {
        "jurisdiction": side.jurisdiction, "grid_code": side.grid, "visited_on": "2026-01-02",
        "household": "1-2",
    },
    "POST /visits/{visit_id}/withdraw": END_BARE,
    "POST /diaries": lambda side: {
        "jurisdiction": side.jurisdiction, "grid_code": side.grid, "day": "2026-01-02",
        "text": "试验",
    },
    "POST /patrol-plans": lambda side: {
        "jurisdiction": side.jurisdiction, "grid_code": side.grid, "duty": "主干道", "role": "lead",
        "weekdays": [1], "begins": "08:00", "ends": "10:00",
    },
    "POST /patrol-plans/{patrol_plan_id}/correct": lambda side: {
        "grid_code": side.grid, "duty": "主干道", "role": "lead", "weekdays": [2],
        "begins": "08:00", "ends": "10:00", "reason": "试验",
    },
    "POST /patrol-plans/{patrol_plan_id}/end": END_BARE,
    "PUT /patrols/setting": body(reason=None, keep_days=30, within_m=20.0),
    "POST /patrols": lambda side: {
        "jurisdiction": side.jurisdiction, "grid_code": side.grid, "crs": "EPSG:4326",
        "points": [
            {"lon": place_of(side.grid)[0] + k * 1e-5, "lat": place_of(side.grid)[1], "at": 9e8 + k}
            for k in range(3)
        ],
    },
    "POST /bulletins": lambda side: {
        "jurisdiction": side.jurisdiction, "kind": "week", "first": "2025-12-29",
        "area": side.code if len(side.code) == 9 else None,
    },
    "PUT /bulletins/series": lambda side: {
        "jurisdiction": side.jurisdiction, "kind": "week", "after_days": 1,
        "area": side.code if len(side.code) == 9 else None,
    },
    "POST /diaries/checks": lambda side: {
        "jurisdiction": side.jurisdiction, "grid_code": side.grid, "month": "2026-02-01",
        "verdict": "missing",
    },
}  # fmt: skip
FORMS = {
    "POST /imports", "POST /posts/imports", "POST /staff/import", "POST /deadlines/import",
    "POST /photos", "POST /drafts/files", "POST /grid-facts/import", "POST /visits/import",
    "POST /patrols/import", "POST /work-teams/{work_team_id}/reports", "POST /weather/import",
}  # fmt: skip
CSV = "category,title,lon,lat\n0101,试验,{},{}\n"
PATHS = {
    "channel": "hotline_12345", "ref": "ref-none", "source": "patrol", "view_id": NOBODY,
    "notice_id": NOBODY, "delivery_id": NOBODY, "departure_id": NOBODY,
    "token_id": NOBODY, "photo_id": NOBODY, "layer": "incidents", "side": "sub_district",
    "z": 14, "x": 13361, "y": 6515, "file": "none", "language": "zh-CN",
}  # fmt: skip


def request_of(row: str, side: Side) -> dict[str, Any]:
    """What httpx sends for a row of the table of permissions, about one side."""
    method, path = row.split(" ", 1)
    short = f"{method} {path.removeprefix(API)}"
    named = PATHS | side.ids
    if "/duty-list/" in path:
        named["duty_id"] = side.ids["item_id"]
    if path.startswith((f"{API}/plans/{{plan_id}}/grids", f"{API}/grids")):
        named["plan_id"] = side.ids["plan_in_force"]
    lon, lat = place_of(side.grid)
    query: dict[str, Any] = {"jurisdiction": side.jurisdiction, "lon": lon, "lat": lat}
    query |= {"code": side.grid, "year": 2026}
    if path.endswith("/search"):
        query["q"] = "试验"
    if path.endswith("/photos/{photo_id}"):
        query |= {"until": 1, "signature": "x"}
    if path.endswith("/attendance"):
        query |= {"since": "2026-01-01T00:00:00Z", "until": SOON}
    if path.endswith("/scores/satisfaction"):
        query |= {"since": "2026-01-01", "until": "2026-02-01"}
    if path.endswith("/{plan_id}/export"):
        named["plan_id"] = side.ids["plan_in_force"]
        query["format"] = "csv"
    if path.endswith("/board"):
        query["part"] = "units"
    if path.endswith("/board/change"):
        query["after"] = 0
    if path.endswith("/patrols/streets"):
        query["grid"] = side.grid
    if path.endswith("/weather/history"):
        query |= {"place": "站", "day": "2026-01-02"}
    if path.endswith("/grid-facts/history"):
        query |= {"grid": side.grid, "kind": "0101"}
    if "/grid-posts" in path:
        query["grid"] = side.grid
    sent: dict[str, Any] = {
        "method": method, "url": path.replace(":path", "").format(**named),
        "params": query if method == "GET" else {},
    }  # fmt: skip
    if short in FORMS:
        sent["files"] = {"file": ("x.csv", CSV.format(lon, lat).encode())}
        sent["data"] = {"jurisdiction": side.jurisdiction, "name": "x"}
    elif method in ("POST", "PUT", "PATCH"):
        sent["json"] = BODIES.get(short, lambda _: {})(side)
    return sent
