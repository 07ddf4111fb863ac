"""A plan comes into force, checked, with all that moves, in one transaction. Or only tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, Engine, text

from gis.errors import ConflictError, InputError
from gis.geometry import metric_crs, to_metric
from gis.messages import translate
from gis.planning.coverage import Level, check_coverage
from gis.progress import Progress, silent
from gis.report import Report
from gis.store import (
    audit,
    draft_checks,
    hand_over,
    hand_over_notes,
    plan_writing,
    reviews,
    roll_back,
)
from gis.store.drafts_cutting import hold_cutting
from gis.store.engine import speak_as
from gis.store.hand_over import OpenIncident
from gis.store.hand_over_notes import Move
from gis.store.plan_changes import PlanChanges, plan_changes
from gis.store.plans_in_force import as_if_in_force, hold_in_force, in_force
from gis.store.responsibility import PlanInForce
from gis.workflows.kept_hands import keep_sent
from gis.workflows.locators import Locators
from gis.workflows.near import chosen_still_near
from gis.workflows.ownership import Owner, owners_under
from gis.workflows.ruling import Matter
from gis.workflows.settling import settle

# A dry run does what publishing does and takes it back: it must not hold posts for long.
PREVIEW_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What publishing a plan changes, done or only tried. `moves` are by incident id."""

    plan_id: int
    former_id: int | None
    at: datetime
    report: Report
    changes: PlanChanges
    posts_moved: int
    posts_ended: int
    ties_moved: int
    ties_ended: int
    open_incidents: int
    moves: Sequence[Move]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """A checked draft with its locator, which nobody else keeps: a draft may still change."""

    plan: PlanInForce
    locators: Locators
    report: Report
    former: int | None
    changes: PlanChanges


@dataclass(frozen=True, slots=True, kw_only=True)
class _NewOwners:
    """The open incidents of a jurisdiction, and each one's owner under the new plan."""

    incidents: Sequence[OpenIncident]
    owners: Sequence[Owner]


def publish_plan(
    connection: Connection,
    plan_id: int,
    *,
    at: datetime | None = None,
    instead_of: int | None = None,
    restoring: bool = False,
    progress: Progress = silent,
) -> Publication:
    """Put a stored plan in force in the running transaction, after checking every level.

    Asks for nobody's approval: `publish_approved` does.

    This is the one moment when responsibility moves: posts and departments go over to the grids
    of the same codes, open incidents to whoever owns their place now, with a note to both people
    where it is somebody else's; closed ones stay where they were handled, and what a dispatcher
    gave to a near grid stays with it while it is near.
    `at` is now unless given; only a jurisdiction's first plan may take force in the past.
    instead_of: the plan that the caller believes to be in force, as a preview told him.
    restoring: it is a former plan again, and posts that ended with it go on.
    Raises ConflictError `plan-coverage-broken` with the first finding, `plan-without-grids`,
    `plan-not-draft`, `plan-former-changed`, InputError `publish-not-now`.
    """
    ready = _checked(connection, plan_id, progress)
    # Whoever draws a line through units holds them one by one: publishing takes them all at once.
    hold_cutting(connection, ready.plan.jurisdiction_id)
    # Whatever takes time came first: no report can be taken between here and the commit.
    progress("plan-step-publish", 0.0)
    former = hold_in_force(connection, ready.plan.jurisdiction_id)
    if instead_of is not None and instead_of != former:
        raise ConflictError("plan-former-changed", id=plan_id, expected=instead_of)
    now = _clock(connection)
    moment = at or now
    if moment > now or (former is not None and at is not None):
        raise InputError("publish-not-now", at=moment.isoformat())
    plan_writing.put_in_force(connection, plan_id, ready.plan.jurisdiction_id, moment)
    plan_writing.follow_units(connection, plan_id, ready.plan.jurisdiction_id, moment)
    review = reviews.close(connection, plan_id)
    if restoring and former is not None:
        roll_back.restore_posts(connection, former=former, plan=plan_id, at=moment)
    done, new = _carried_over(connection, ready, former, moment, lock=True)
    progress("plan-step-publish", 0.5)
    hand_over.move_incidents(connection, new.incidents, new.owners)
    hand_over_notes.write(connection, plan_id, moment, done.moves)
    audit.record(
        connection, "plan-publish", f"plan {plan_id}",
        {"former": former, "at": moment, "cases": len(done.moves), "review": review},
    )  # fmt: skip
    progress("plan-step-publish", 1.0)
    return done


def publish_approved(
    connection: Connection,
    plan_id: int,
    *,
    instead_of: int | None = None,
    progress: Progress = silent,
) -> Publication:
    """The same for a draft that somebody else has approved as it is, or for the first plan of a
    jurisdiction, which replaces nobody's.

    Raises what `publish_plan` does, and ConflictError `draft-discarded`, `publish-needs-approval`,
    `plan-codes-reused`.
    """
    plan = reviews.plan(connection, plan_id, hold=True)
    if plan["status"] in ("draft", "in_review") and plan["discarded_at"] is not None:
        raise ConflictError("draft-discarded", id=plan_id)
    if plan["status"] in ("draft", "in_review") and reviews.ever_in_force(
        connection, plan["jurisdiction_id"]
    ):
        review = reviews.last_review(connection, plan_id)
        approved = (
            review is not None
            and review["ended_at"] is None
            and review["approved_at"] is not None
            and review["version"] == plan["version"]
        )
        if not approved:
            raise ConflictError("publish-needs-approval", id=plan_id)
    reused = draft_checks.reused(connection, plan_id)
    if reused:
        raise ConflictError("plan-codes-reused", id=plan_id, codes=", ".join(reused[:5]))
    return publish_plan(connection, plan_id, instead_of=instead_of, progress=progress)


def preview(engine: Engine, plan_id: int) -> Publication:
    """What publishing a plan now would do, found by doing it up to the last step and taking it
    back; reports are taken meanwhile. Raises what `publish_plan` does."""
    with engine.connect() as connection:
        try:
            speak_as(connection, "preview")
            connection.execute(text(f"SET LOCAL statement_timeout = '{PREVIEW_S}s'"))
            ready = _checked(connection, plan_id, silent)
            former = in_force(connection, ready.plan.jurisdiction_id)
            tried, _ = _carried_over(connection, ready, former, _clock(connection), lock=False)
        finally:
            connection.rollback()
    return tried


def _checked(connection: Connection, plan_id: int, progress: Progress) -> _Ready:
    progress("plan-step-check", 0.0)
    plan_writing.hold_draft(connection, plan_id)
    settled(connection, plan_id, progress)
    loose = draft_checks.unassigned(connection, plan_id)
    if loose["count"]:
        details = translate("check-units-unassigned", "en", {"count": loose["count"]})
        raise ConflictError("plan-coverage-broken", details=details)
    shapes = plan_writing.level_shapes(connection, plan_id)
    if not shapes[3]:
        raise ConflictError("plan-without-grids", id=plan_id)
    report = check_coverage(metric_levels(shapes))
    faults = [finding for finding in report.findings if finding.outcome == "refused"]
    if faults:
        raise ConflictError("plan-coverage-broken", details=faults[0].text("en"))
    locators = Locators()
    locators.get(connection, plan_id)
    plan = as_if_in_force(connection, plan_id, _clock(connection))
    former = in_force(connection, plan.jurisdiction_id)
    return _Ready(
        plan=plan,
        locators=locators,
        report=report,
        former=former,
        changes=plan_changes(connection, former, plan_id),
    )


def settled(connection: Connection, plan_id: int, progress: Progress = silent) -> None:
    """Derive the grids of a draft that the caller may ask about, if they are not.

    Raises NotFoundError `plan-not-found`.
    """
    reviews.plan(connection, plan_id)
    settle(connection, plan_id, progress)


def _carried_over(
    connection: Connection, ready: _Ready, former: int | None, at: datetime, *, lock: bool
) -> tuple[Publication, _NewOwners]:
    """Carry posts and ties over, and find who owns the open incidents then; writes no incident."""
    plan_id, report = ready.plan.plan_id, ready.report
    posts = ties = (0, 0)
    if former is not None:
        values: dict[str, Any] = {"former": former, "plan": plan_id, "at": at}
        values["reason"] = f"plan {plan_id}"
        posts = hand_over.move_posts(connection, **values)
        ties = hand_over.move_ties(connection, **values)
    for code, (moved, ended) in (("plan-posts-ended", posts), ("plan-departments-untied", ties)):
        if ended:
            report.add("warned", code, count=ended, moved=moved)
    new = _new_owners(connection, ready, at, lock=lock) if former is not None else _NewOwners(
        incidents=(), owners=()
    )  # fmt: skip
    moves = [
        move
        for incident, owner in zip(new.incidents, new.owners, strict=True)
        if (move := _move(incident, owner)) is not None
    ]
    done = Publication(
        plan_id=plan_id,
        former_id=former,
        at=at,
        report=report,
        changes=ready.changes
        if former == ready.former
        else plan_changes(connection, former, plan_id),
        posts_moved=posts[0],
        posts_ended=posts[1],
        ties_moved=ties[0],
        ties_ended=ties[1],
        open_incidents=len(new.incidents),
        moves=moves,
    )
    return done, new


def _new_owners(connection: Connection, ready: _Ready, at: datetime, *, lock: bool) -> _NewOwners:
    incidents = hand_over.open_incidents(connection, ready.plan.jurisdiction_id, lock=lock)
    if not incidents:
        return _NewOwners(incidents=(), owners=())
    lon = np.array([incident.lon for incident in incidents])
    lat = np.array([incident.lat for incident in incidents])
    plan = replace(ready.plan, since=at)
    moments = np.array([at] * len(incidents), dtype=object)
    matter = Matter(
        category=[incident.category for incident in incidents],
        severity=[incident.severity for incident in incidents],
        source=[incident.source for incident in incidents],
    )
    owners = list(owners_under(connection, ready.locators, plan, lon, lat, moments, matter).owners)
    chosen = {
        k: incident.grid_code
        for k, incident in enumerate(incidents)
        if incident.route_rule == "chosen"
    }
    kept = chosen_still_near(connection, ready.locators, plan, lon, lat, chosen, at)
    for k, owner in kept.items():
        owners[k] = replace(owner, department_id=owners[k].department_id)
    jurisdiction_id = ready.plan.jurisdiction_id
    ids = [incident.incident_id for incident in incidents]
    owners = keep_sent(connection, jurisdiction_id, ready.plan.plan_id, ids, owners, at)
    return _NewOwners(incidents=incidents, owners=owners)


def _move(incident: OpenIncident, owner: Owner) -> Move | None:
    """The hand-over, if it is somebody else's or another grid's now."""
    if (incident.grid_code, incident.queue_id, incident.person_id) == (
        owner.grid_code, owner.queue_id, owner.person_id,
    ):  # fmt: skip
        return None
    return Move(
        incident_id=incident.incident_id,
        from_grid_id=incident.grid_id,
        to_grid_id=owner.grid_id,
        from_queue_id=incident.queue_id,
        to_queue_id=owner.queue_id,
        from_person_id=incident.person_id,
        to_person_id=owner.person_id,
        choice_ended=incident.route_rule == "chosen" and owner.rule != "chosen",
    )


def _clock(connection: Connection) -> datetime:
    """Now by the clock of the database, by which plans are in force: this machine's may differ."""
    now: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return now


def metric_levels(shapes: Mapping[int, Mapping[str, Any]]) -> list[Level]:
    """Levels as the coverage check wants them: in metres, each grid with its parent's code."""
    everything = [shape for level in shapes.values() for shape in level.values()]
    crs = metric_crs(shapely.total_bounds(everything).tolist())
    return [
        Level(
            level=level,
            codes=list(named),
            polygons=to_metric(np.array(list(named.values()), dtype=object), crs),
            parent_codes=[code[:-3] if level > 1 else None for code in named],
        )
        for level, named in shapes.items()
    ]
