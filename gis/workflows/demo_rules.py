"""The demo's assets, duty list, contacts and rules brought into the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from gis.demo.rules import DemoRules
from gis.store import assets, contacts, duty_list
from gis.workflows.rules import add_rule, check_rule

REASON = "合成演示数据"


def write_rules(
    connection: Connection,
    jurisdiction_id: int,
    found: DemoRules,
    organisations: Mapping[str, int],
    since: datetime,
) -> None:
    """Store them all, held since a moment; ids of organisations are given by code."""
    rows = [
        {
            **asset,
            "organisation_id": organisations[asset["organisation"]]
            if asset["organisation"] is not None
            else None,
            "since": since,
        }
        for asset in found.assets
    ]
    assets.add_assets(connection, jurisdiction_id, rows, reason=REASON)
    for duty in found.duties:
        values = {
            "category_code": duty["category"],
            "organisation_id": organisations[duty["organisation"]],
            "kind": duty["kind"], "document": duty["document"], "reason": REASON,
        }  # fmt: skip
        duty_list.add_duty(connection, jurisdiction_id, values, since=since)
    for contact in found.contacts:
        of = organisations[contact["organisation"]]
        contacts.add_contact(
            connection, organisation_id=of,
            person_id=contacts.add_person(connection, of, contact["name"], contact["phone"]),
            since=since, until=None, reason=REASON,
        )  # fmt: skip
    for rule in found.rules:
        given = {name: value for name, value in rule.items() if name != "organisation"}
        if "organisation" in rule:
            given["organisation_id"] = organisations[rule["organisation"]]
        check_rule(connection, jurisdiction_id, given)
        add_rule(connection, jurisdiction_id, given, since=since, reason=REASON)
