"""Who may call what: one table of every address of the application. What is not here is refused.

A request is looked up by its method and path before anything of it is read (`api.guard`). The rows
of `gis.store.scope` then say which part of the city the caller sees and changes.
"""

from __future__ import annotations

from enum import Enum

PLANNER, DISPATCHER, LEADER = "planner", "dispatcher", "leader"
GRID_WORKER, DEPARTMENT, ADMINISTRATOR = "grid_worker", "department", "administrator"
ROLES = (PLANNER, DISPATCHER, LEADER, GRID_WORKER, DEPARTMENT, ADMINISTRATOR)


class Open(Enum):
    """Who may call apart from roles."""

    PUBLIC = "everybody"
    ASKED = "everybody, and whoever is signed in is known"
    OWN = "everybody signed in, also who must first change the password"
    SIGNED_IN = "everybody signed in, whatever their roles"


Access = Open | frozenset[str]
PUBLIC, ASKED, OWN, SIGNED_IN = Open.PUBLIC, Open.ASKED, Open.OWN, Open.SIGNED_IN


def only(*roles: str) -> frozenset[str]:
    """Whoever has one of these roles."""
    return frozenset(roles)


CASES = only(DISPATCHER, LEADER, PLANNER, GRID_WORKER, DEPARTMENT)
HANDLING = only(DISPATCHER, LEADER, GRID_WORKER, DEPARTMENT)
COUNTS = only(DISPATCHER, LEADER, PLANNER)
OFFICE = only(DISPATCHER, LEADER, PLANNER, ADMINISTRATOR)
# Who looks at boundaries that are being drawn.
DRAWING = only(PLANNER, LEADER)
# Who is scored, and who of the whole edits its rules and decides appeals.
SCORED = frozenset(ROLES)
SCORING = only(LEADER, ADMINISTRATOR)
# Who appoints, moves and releases people.
STAFFING = only(ADMINISTRATOR, PLANNER)
API = "/api/v1"
GROUND = ("streets", "buildings", "water")  # layers of tiles that show no more than a street map

PERMISSIONS: dict[str, Access] = {
    # signing in, and what a page needs before it
    "GET /": PUBLIC,
    "GET /assets/{file:path}": PUBLIC,
    "GET /field-worker.js": PUBLIC,
    "GET /field.{language}.webmanifest": PUBLIC,
    "GET /api/docs": PUBLIC,
    "GET /api/docs/start.js": PUBLIC,
    "GET /api/openapi.json": PUBLIC,
    f"GET {API}/health": PUBLIC,
    f"GET {API}/ready": PUBLIC,
    f"GET {API}/config": PUBLIC,
    f"GET {API}/session": ASKED,
    f"POST {API}/session": PUBLIC,
    f"GET {API}/session/oidc": PUBLIC,
    f"GET {API}/session/oidc/callback": PUBLIC,
    f"DELETE {API}/session": OWN,
    f"DELETE {API}/sessions": OWN,
    f"PUT {API}/session/password": OWN,
    "GET /metrics": only(ADMINISTRATOR),
    # for everybody: the form, following a case, and the map below them
    f"GET {API}/public/start": PUBLIC,
    f"GET {API}/public/near": PUBLIC,
    f"POST {API}/public/photos": PUBLIC,
    f"GET {API}/public/photos/{{photo_id}}": PUBLIC,
    f"POST {API}/public/reports": PUBLIC,
    f"POST {API}/public/follow": PUBLIC,
    f"POST {API}/public/judge": PUBLIC,
    **{f"GET /tiles/{layer}.json": PUBLIC for layer in GROUND},
    **{f"GET /tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt": PUBLIC for layer in GROUND},
    # accounts
    f"GET {API}/accounts": only(ADMINISTRATOR),
    f"GET {API}/accounts/organisations": only(ADMINISTRATOR),
    f"POST {API}/accounts": only(ADMINISTRATOR),
    f"PUT {API}/accounts/{{account_id}}": only(ADMINISTRATOR),
    f"POST {API}/accounts/{{account_id}}/disable": only(ADMINISTRATOR),
    f"POST {API}/accounts/{{account_id}}/enable": only(ADMINISTRATOR),
    f"POST {API}/accounts/{{account_id}}/unlock": only(ADMINISTRATOR),
    f"POST {API}/accounts/{{account_id}}/password": only(ADMINISTRATOR),
    f"GET {API}/accounts/{{account_id}}/tokens": only(ADMINISTRATOR),
    f"POST {API}/accounts/{{account_id}}/tokens": only(ADMINISTRATOR),
    f"POST {API}/accounts/{{account_id}}/tokens/{{token_id}}/revoke": only(ADMINISTRATOR),
    f"GET {API}/audit": only(ADMINISTRATOR),
    f"GET {API}/audit/state": only(ADMINISTRATOR),
    # the map and what moves on it
    "GET /tiles/{layer}.json": SIGNED_IN,
    "GET /tiles/{layer}/{z}/{x}/{y}.mvt": SIGNED_IN,
    f"GET {API}/events": SIGNED_IN,
    f"PUT {API}/presence": CASES,
    # what one is told oneself
    f"GET {API}/notices": SIGNED_IN,
    f"POST {API}/notices/read": SIGNED_IN,
    f"POST {API}/notices/{{notice_id}}/acknowledge": SIGNED_IN,
    f"GET {API}/me/mail": SIGNED_IN,
    f"PUT {API}/me/mail": SIGNED_IN,
    f"POST {API}/me/mail/test": SIGNED_IN,
    f"POST {API}/me/mail/{{delivery_id}}/retry": SIGNED_IN,
    f"GET {API}/web-hooks": only(ADMINISTRATOR),
    f"POST {API}/web-hooks": only(ADMINISTRATOR),
    f"PUT {API}/web-hooks/{{hook_id}}": only(ADMINISTRATOR),
    f"POST {API}/web-hooks/{{hook_id}}/test": only(ADMINISTRATOR),
    f"GET {API}/web-hooks/{{hook_id}}/deliveries": only(ADMINISTRATOR),
    f"POST {API}/web-hooks/{{hook_id}}/deliveries/{{delivery_id}}/retry": only(ADMINISTRATOR),
    f"POST {API}/web-hooks/{{hook_id}}/retry": only(ADMINISTRATOR),
    f"DELETE {API}/web-hooks/{{hook_id}}": only(ADMINISTRATOR),
    # boundaries
    f"GET {API}/jurisdictions": SIGNED_IN,
    f"GET {API}/plans": SIGNED_IN,
    f"GET {API}/plans/{{plan_id}}": SIGNED_IN,
    f"GET {API}/plans/{{plan_id}}/grids": SIGNED_IN,
    f"GET {API}/plans/{{plan_id}}/export": OFFICE,
    f"GET {API}/plans/{{plan_id}}/atlases": OFFICE,
    f"POST {API}/plans/{{plan_id}}/atlases": OFFICE,
    f"GET {API}/atlases/{{atlas_id}}": OFFICE,
    f"GET {API}/atlases/{{atlas_id}}/file": OFFICE,
    f"DELETE {API}/atlases/{{atlas_id}}": OFFICE,
    f"POST {API}/drafts/files": only(PLANNER),
    f"GET {API}/grids/{{grid_id}}": SIGNED_IN,
    f"GET {API}/plans/{{plan_id}}/publishing": only(PLANNER),
    f"POST {API}/plans/{{plan_id}}/publishing": only(PLANNER),
    f"GET {API}/drafts/{{plan_id}}/board": only(PLANNER, LEADER),
    f"GET {API}/drafts/{{plan_id}}/board/change": only(PLANNER, LEADER),
    f"GET {API}/drafts/{{plan_id}}/figures": only(PLANNER, LEADER),
    f"GET {API}/drafts": DRAWING,
    f"POST {API}/drafts": only(PLANNER),
    f"GET {API}/drafts/{{plan_id}}": DRAWING,
    f"PATCH {API}/drafts/{{plan_id}}": only(PLANNER),
    f"DELETE {API}/drafts/{{plan_id}}": only(PLANNER),
    f"POST {API}/drafts/{{plan_id}}/take-back": only(PLANNER),
    f"GET {API}/drafts/{{plan_id}}/assignment": DRAWING,
    f"GET {API}/drafts/{{plan_id}}/problems": DRAWING,
    f"POST {API}/drafts/{{plan_id}}/settle": DRAWING,
    f"GET {API}/drafts/{{plan_id}}/operations": DRAWING,
    f"POST {API}/drafts/{{plan_id}}/operations": only(PLANNER),
    f"GET {API}/drafts/{{plan_id}}/jobs": DRAWING,
    f"POST {API}/drafts/{{plan_id}}/jobs": only(PLANNER),
    f"GET {API}/drafts/{{plan_id}}/suggestions": DRAWING,
    f"GET {API}/draft-jobs/{{draft_job_id}}": DRAWING,
    f"DELETE {API}/draft-jobs/{{draft_job_id}}": only(PLANNER),
    f"POST {API}/jurisdictions/{{jurisdiction_id}}/generated-drafts": only(PLANNER),
    f"GET {API}/plans/{{a}}/compare/{{b}}": only(PLANNER, LEADER),
    f"GET {API}/plans/{{a}}/compare/{{b}}/moved": only(PLANNER, LEADER),
    f"GET {API}/plans/{{a}}/compare/{{b}}/effects": only(PLANNER, LEADER),
    f"GET {API}/plans/{{plan_id}}/history": only(PLANNER, LEADER),
    f"POST {API}/plans/{{plan_id}}/roll-back": only(PLANNER),
    f"GET {API}/drafts/{{plan_id}}/check": only(PLANNER, LEADER),
    f"GET {API}/drafts/{{plan_id}}/review": only(PLANNER, LEADER),
    f"POST {API}/drafts/{{plan_id}}/review": only(PLANNER, LEADER),
    f"POST {API}/drafts/{{plan_id}}/schedule": only(PLANNER),
    f"GET {API}/drafts/{{plan_id}}/comments": only(PLANNER, LEADER),
    f"POST {API}/drafts/{{plan_id}}/comments": only(PLANNER, LEADER),
    f"POST {API}/drafts/{{plan_id}}/comments/{{comment_id}}/resolve": only(PLANNER, LEADER),
    f"GET {API}/hand-overs": CASES,
    f"POST {API}/hand-overs/{{note_id}}/read": CASES,
    # incidents
    f"GET {API}/categories": SIGNED_IN,
    f"GET {API}/incidents": CASES,
    f"GET {API}/desk/points": CASES,
    f"GET {API}/desk/count": CASES,
    f"GET {API}/desk/search": SIGNED_IN,
    f"GET {API}/desk/views": CASES,
    f"POST {API}/desk/views": CASES,
    f"PATCH {API}/desk/views/{{view_id}}": CASES,
    f"DELETE {API}/desk/views/{{view_id}}": CASES,
    f"POST {API}/incidents": only(DISPATCHER, GRID_WORKER),
    f"GET {API}/incidents/{{incident_id}}": CASES,
    f"POST {API}/incidents/{{incident_id}}/reporter": only(DISPATCHER, GRID_WORKER),
    f"POST {API}/unlocated-reports/{{report_id}}/reporter": only(DISPATCHER),
    f"GET {API}/my/cases": CASES,
    f"PATCH {API}/incidents/{{incident_id}}/owner": only(DISPATCHER),
    f"PATCH {API}/incidents/{{incident_id}}/place": only(DISPATCHER),
    f"POST {API}/incidents/{{incident_id}}/steps": HANDLING,
    f"POST {API}/steps": HANDLING,
    f"GET {API}/incidents/{{incident_id}}/trace": CASES,
    f"GET {API}/incidents/{{incident_id}}/alarm": CASES,
    f"GET {API}/jurisdictions/{{jurisdiction_id}}/steps": OFFICE,
    f"PUT {API}/jurisdictions/{{jurisdiction_id}}/steps": only(ADMINISTRATOR),
    f"GET {API}/incidents/near": CASES,
    f"GET {API}/incidents/{{incident_id}}/photos": CASES,
    f"GET {API}/incidents/{{incident_id}}/supplements": CASES,
    f"POST {API}/incidents/{{incident_id}}/supplements": only(DISPATCHER, GRID_WORKER),
    f"GET {API}/whistles": CASES,
    f"GET {API}/whistles/attendance": COUNTS,
    f"GET {API}/whistles/{{whistle_id}}": CASES,
    f"POST {API}/whistles": only(DISPATCHER, LEADER),
    f"POST {API}/whistles/{{whistle_id}}/steps": only(DISPATCHER, LEADER, DEPARTMENT),
    f"POST {API}/photos": only(DISPATCHER, LEADER, GRID_WORKER, DEPARTMENT),
    f"GET {API}/photos/{{photo_id}}": CASES,
    f"GET {API}/route": SIGNED_IN,
    # other systems
    f"POST {API}/channels/{{channel}}/reports": only(DISPATCHER),
    f"GET {API}/channels/{{channel}}/reports": only(DISPATCHER),
    f"GET {API}/channels/{{channel}}/reports/{{ref:path}}": only(DISPATCHER),
    f"GET {API}/unlocated-reports": only(DISPATCHER),
    f"POST {API}/unlocated-reports/{{report_id}}/place": only(DISPATCHER),
    f"POST {API}/unlocated-reports/{{report_id}}/join": only(DISPATCHER),
    f"POST {API}/unlocated-reports/{{report_id}}/refuse": only(DISPATCHER),
    f"POST {API}/imports": only(DISPATCHER),
    f"GET {API}/imports/{{job_id}}": only(DISPATCHER),
    f"GET {API}/sources": OFFICE,
    f"PUT {API}/sources/{{source}}": only(DISPATCHER, ADMINISTRATOR),
    # counts
    f"GET {API}/stats/categories": COUNTS,
    f"GET {API}/stats/days": COUNTS,
    f"GET {API}/stats/grids": COUNTS,
    f"GET {API}/stats/closure": COUNTS,
    f"GET {API}/stats/closure/file": COUNTS,
    f"GET {API}/stats/closure/below": COUNTS,
    f"GET {API}/stats/closure/people": only(LEADER),
    f"GET {API}/stats/closure/people/file": only(LEADER),
    f"GET {API}/bulletins": COUNTS,
    f"POST {API}/bulletins": only(LEADER),
    f"GET {API}/bulletins/series": COUNTS,
    f"PUT {API}/bulletins/series": only(LEADER),
    f"GET {API}/bulletins/{{bulletin_id}}": COUNTS,
    f"GET {API}/bulletins/{{bulletin_id}}/file": COUNTS,
    f"GET {API}/hotspots": COUNTS,
    f"GET {API}/hotspots/emerging": COUNTS,
    f"GET {API}/hotspots/sudden": COUNTS,
    f"GET {API}/forecast": COUNTS,
    f"GET {API}/weather": COUNTS,
    f"GET {API}/weather/history": COUNTS,
    f"GET {API}/weather/template": COUNTS,
    f"POST {API}/weather/import": COUNTS,
    "GET /heatmaps/incidents": COUNTS,
    # points
    f"GET {API}/scores": SCORED,
    f"POST {API}/scores/begin": SCORING,
    f"PUT {API}/scores/setting": SCORING,
    f"GET {API}/scores/rules": SCORED,
    f"POST {API}/scores/rules": SCORING,
    f"POST {API}/scores/rules/{{score_rule_id}}/end": SCORING,
    f"GET {API}/scores/places": SCORED,
    f"GET {API}/scores/ranking": SCORED,
    f"GET {API}/scores/districts": SCORED,
    f"GET {API}/scores/people": only(LEADER, GRID_WORKER, ADMINISTRATOR),
    f"GET {API}/scores/satisfaction": SCORED,
    f"GET {API}/scores/marks": SCORED,
    f"POST {API}/scores/marks": only(LEADER, DEPARTMENT),
    f"GET {API}/scores/entries": SCORED,
    f"POST {API}/scores/entries": SCORING,
    f"POST {API}/scores/entries/{{entry_id}}/appeal": HANDLING,
    f"GET {API}/scores/appeals": SCORED,
    f"POST {API}/scores/appeals/{{appeal_id}}/decide": SCORING,
    # the year-end review of work teams
    f"GET {API}/team-reviews": SCORED,
    f"POST {API}/team-reviews": SCORING,
    f"GET {API}/team-reviews/rules": SCORED,
    f"POST {API}/team-reviews/rules": SCORING,
    f"GET {API}/team-reviews/{{team_review_id}}": SCORING,
    f"GET {API}/team-reviews/{{team_review_id}}/history": SCORING,
    f"POST {API}/team-reviews/{{team_review_id}}/teams": SCORING,
    f"GET {API}/team-reviews/{{team_review_id}}/publication": SCORED,
    f"POST {API}/team-reviews/{{team_review_id}}/publication": SCORING,
    f"GET {API}/team-reviews/{{team_review_id}}/publication/file": SCORED,
    f"PUT {API}/work-teams/{{work_team_id}}": SCORING,
    f"POST {API}/work-teams/{{work_team_id}}/left-out": SCORING,
    f"POST {API}/work-teams/{{work_team_id}}/reports": SCORING,
    f"POST {API}/work-teams/{{work_team_id}}/reports/{{side}}/withdraw": SCORING,
    f"GET {API}/work-teams/{{work_team_id}}/reports/{{team_report_id}}/file": SCORING,
    f"POST {API}/work-teams/{{work_team_id}}/ballots": SCORING,
    f"POST {API}/work-teams/{{work_team_id}}/ballots/{{side}}/withdraw": SCORING,
    # people
    f"GET {API}/people": OFFICE,
    f"GET {API}/vacancies": OFFICE,
    f"GET {API}/absences": OFFICE,
    f"POST {API}/absences": only(DISPATCHER),
    f"POST {API}/absences/{{absence_id}}/end": only(DISPATCHER),
    f"GET {API}/duties": OFFICE,
    f"POST {API}/duties": only(DISPATCHER),
    f"POST {API}/duties/{{duty_id}}/end": only(DISPATCHER),
    f"POST {API}/posts/imports": only(DISPATCHER),
    f"GET {API}/jurisdictions/{{jurisdiction_id}}/near": SIGNED_IN,
    f"PUT {API}/jurisdictions/{{jurisdiction_id}}/near": only(DISPATCHER, PLANNER),
    # deadlines
    f"GET {API}/deadlines": OFFICE,
    f"POST {API}/deadlines": only(ADMINISTRATOR),
    f"POST {API}/deadlines/begin": only(ADMINISTRATOR),
    f"GET {API}/deadlines/template": only(ADMINISTRATOR),
    f"GET {API}/deadlines/export": OFFICE,
    f"POST {API}/deadlines/import": only(ADMINISTRATOR),
    f"PUT {API}/deadlines/calendar": only(ADMINISTRATOR),
    f"GET {API}/deadlines/holidays": OFFICE,
    f"PUT {API}/deadlines/setting": only(ADMINISTRATOR),
    f"POST {API}/deadlines/preview": OFFICE,
    f"GET {API}/deadlines/history": OFFICE,
    f"POST {API}/deadlines/{{deadline_id}}/end": only(ADMINISTRATOR),
    # organisations and staff
    f"GET {API}/organisations/tree": OFFICE,
    f"GET {API}/organisations/{{organisation_id}}": OFFICE,
    f"POST {API}/organisations": only(ADMINISTRATOR),
    f"POST {API}/organisations/{{organisation_id}}/changes": only(ADMINISTRATOR),
    f"POST {API}/organisations/{{organisation_id}}/close": only(ADMINISTRATOR),
    f"GET {API}/attachments": SIGNED_IN,
    f"POST {API}/attachments": STAFFING,
    f"POST {API}/attachments/{{attachment_id}}/end": STAFFING,
    f"GET {API}/staff": OFFICE,
    f"GET {API}/staff/template": STAFFING,
    f"POST {API}/staff/import": STAFFING,
    f"GET {API}/staff/imports/{{job_id}}": STAFFING,
    f"GET {API}/staff/{{person_id}}": OFFICE,
    f"POST {API}/staff": STAFFING,
    f"POST {API}/staff/{{person_id}}/changes": STAFFING,
    f"POST {API}/staff/{{person_id}}/leaving/preview": STAFFING,
    f"POST {API}/staff/{{person_id}}/leaving": STAFFING,
    f"GET {API}/departures": OFFICE,
    f"POST {API}/departures/{{departure_id}}/undo": STAFFING,
    f"GET {API}/grid-posts": OFFICE,
    f"POST {API}/grid-posts": STAFFING,
    f"POST {API}/grid-posts/{{post_id}}/end": STAFFING,
    # rules of routing
    f"GET {API}/rules": OFFICE,
    f"POST {API}/rules": only(PLANNER),
    f"POST {API}/rules/order": only(PLANNER),
    f"GET {API}/rules/history": OFFICE,
    f"POST {API}/rules/dry-run": only(PLANNER, DISPATCHER),
    f"POST {API}/rules/{{rule_id}}/end": only(PLANNER),
    f"GET {API}/assets": OFFICE,
    f"POST {API}/assets": only(PLANNER),
    f"POST {API}/assets/{{asset_id}}/end": only(PLANNER),
    f"GET {API}/duty-list": OFFICE,
    f"GET {API}/duty-list/template": OFFICE,
    f"POST {API}/duty-list": only(PLANNER),
    f"POST {API}/duty-list/{{duty_id}}/end": only(PLANNER),
    f"GET {API}/organisations": OFFICE,
    f"POST {API}/contacts": only(PLANNER),
    f"POST {API}/contacts/{{contact_id}}/end": only(PLANNER),
    # base data of grids, visits of households
    f"GET {API}/grid-facts": COUNTS,
    f"GET {API}/grid-facts/history": COUNTS,
    f"GET {API}/grid-facts/template": COUNTS,
    f"POST {API}/grid-facts": only(PLANNER, DISPATCHER),
    f"POST {API}/grid-facts/import": only(PLANNER, DISPATCHER),
    f"POST {API}/grid-facts/take-back": only(PLANNER, DISPATCHER),
    f"GET {API}/grid-facts/kinds": COUNTS,
    f"POST {API}/grid-facts/kinds": only(PLANNER),
    f"PUT {API}/grid-facts/kinds/{{kind_id}}": only(PLANNER),
    f"GET {API}/grid-facts/kinds/{{kind_id}}/history": COUNTS,
    f"POST {API}/grid-facts/kinds/{{kind_id}}/restore": only(PLANNER),
    f"POST {API}/grid-facts/kinds/{{kind_id}}/retire": only(PLANNER),
    f"GET {API}/my/grids": SIGNED_IN,
    f"GET {API}/visits/coverage": COUNTS,
    f"GET {API}/visits": only(DISPATCHER, LEADER, PLANNER, GRID_WORKER),
    f"GET {API}/visits/template": COUNTS,
    f"POST {API}/visits": only(GRID_WORKER, DISPATCHER),
    f"POST {API}/visits/import": only(PLANNER, DISPATCHER),
    f"GET {API}/diaries": only(DISPATCHER, LEADER, GRID_WORKER),
    f"POST {API}/diaries": only(GRID_WORKER, DISPATCHER, LEADER),
    f"GET {API}/diaries/months": COUNTS,
    f"POST {API}/diaries/checks": only(LEADER),
    f"GET {API}/patrol-plans": only(DISPATCHER, LEADER, PLANNER, GRID_WORKER),
    f"POST {API}/patrol-plans": only(DISPATCHER, PLANNER),
    f"POST {API}/patrol-plans/{{patrol_plan_id}}/correct": only(DISPATCHER, PLANNER),
    f"POST {API}/patrol-plans/{{patrol_plan_id}}/end": only(DISPATCHER, PLANNER),
    f"GET {API}/patrols": only(DISPATCHER, LEADER, GRID_WORKER),
    f"GET {API}/patrols/coverage": COUNTS,
    f"GET {API}/patrols/streets": only(DISPATCHER, LEADER, PLANNER, GRID_WORKER),
    f"GET {API}/patrols/setting": only(DISPATCHER, LEADER, PLANNER, GRID_WORKER),
    f"GET {API}/patrols/setting/history": COUNTS,
    f"PUT {API}/patrols/setting": only(LEADER),
    f"GET {API}/patrols/{{patrol_id}}/finds": only(DISPATCHER, LEADER, GRID_WORKER),
    f"POST {API}/patrols": only(GRID_WORKER, DISPATCHER),
    f"POST {API}/patrols/import": only(GRID_WORKER, DISPATCHER),
    f"GET {API}/patrols/{{patrol_id}}/track": only(DISPATCHER, LEADER, GRID_WORKER),
    f"POST {API}/visits/{{visit_id}}/withdraw": only(GRID_WORKER, DISPATCHER, LEADER),
}

# The pages and whom they are for. Each is an empty shell that anybody may load.
PAGES: dict[str, Access] = {
    "sign-in": PUBLIC,
    "password": PUBLIC,
    "report": PUBLIC,
    "follow": PUBLIC,
    "dispatch": only(DISPATCHER, LEADER, DEPARTMENT),
    "plan": only(PLANNER, LEADER),
    "leader": COUNTS,
    "field": only(GRID_WORKER, DISPATCHER),
    "people": OFFICE,
    "unlocated": only(DISPATCHER),
    "organisation": OFFICE,
    "rules": OFFICE,
    "deadlines": OFFICE,
    # Where it is no part of the leader's desk.
    "scores": only(DEPARTMENT, GRID_WORKER, ADMINISTRATOR),
    "notices": frozenset(ROLES),
    "admin": only(ADMINISTRATOR),
}


def allows(access: Access, roles: frozenset[str]) -> bool:
    """Whether somebody signed in with these roles may."""
    return isinstance(access, Open) or not access.isdisjoint(roles)


def pages_for(roles: frozenset[str]) -> list[str]:
    """The pages that somebody with these roles has a use for."""
    return [
        page for page, access in PAGES.items() if access is not PUBLIC and allows(access, roles)
    ]


def rows_for(roles: frozenset[str]) -> list[str]:
    """The rows of the API that are for some roles only, and for these, without its prefix:
    `POST /deadlines`. By them a page knows which of its buttons to show."""
    return [
        row.replace(API, "", 1)
        for row, access in PERMISSIONS.items()
        if API in row and isinstance(access, frozenset) and allows(access, roles)
    ]
