"""The demo's open cases go on by real steps: parked, supervised, escalated, split, reopened."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from gis.demo.steps import SCENES, Deed
from gis.incidents.lifecycle import Doer, Step, Target
from gis.store import demo_hands
from gis.store.hands import find_cases
from gis.workflows.locators import Locators
from gis.workflows.steps import Wanted, take_steps

ACTORS = {"dispatcher": "demo", "leader": "demo-leader"}


def go_on(engine: Engine, jurisdiction_id: int, kind: str) -> None:
    """Take the steps of `gis.demo.steps` with some cases, each case in one scene only.

    A step that is refused for a case, such as one that is at the top already, is left out.
    """
    locators = Locators()
    with engine.connect() as connection:
        wanted: dict[str, int] = defaultdict(int)
        for scene in SCENES:
            wanted[scene.stage] += scene.count
        free = {
            stage: demo_hands.some(connection, jurisdiction_id, stage, count)
            for stage, count in wanted.items()
        }
        departments = demo_hands.departments(connection, jurisdiction_id)
    for scene in SCENES:
        chosen, free[scene.stage] = (
            free[scene.stage][: scene.count],
            free[scene.stage][scene.count :],
        )
        for deed in scene.deeds:
            doer = Doer(
                actor=ACTORS[deed.by], roles=frozenset({deed.by}),
                organisation_id=jurisdiction_id, organisation_kind=kind,
            )  # fmt: skip
            with engine.connect() as connection:
                cases = find_cases(connection, chosen, lock=False)
            versions = [
                Wanted(incident_id=one, version=cases[one].case["version"]) for one in chosen
            ]
            if versions:
                take_steps(engine, locators, versions, _step(deed, departments), doer=doer)


def _step(deed: Deed, departments: list[int]) -> Step:
    return Step(
        action=deed.action,
        reason=deed.reason,
        result=deed.result,
        verdict=deed.verdict,
        satisfaction=deed.satisfaction,
        until=None if deed.days is None else datetime.now(UTC) + timedelta(days=deed.days),
        target=Target(
            organisation_id=departments[1] if deed.sends and len(departments) > 1 else None,
            assisting=(departments[2],) if deed.assisted and len(departments) > 2 else (),
        ),
    )
