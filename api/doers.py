"""Whoever calls, as the one who takes a step in the life of a case."""

from __future__ import annotations

from api.caller import Caller
from gis.incidents.lifecycle import Doer


def doer_of(caller: Caller) -> Doer:
    """The doer that a caller is."""
    return Doer(
        actor=caller.actor,
        roles=caller.roles,
        account_id=caller.account_id,
        person_id=caller.person_id,
        organisation_id=caller.organisation_id,
        organisation_kind=caller.organisation_kind,
    )
