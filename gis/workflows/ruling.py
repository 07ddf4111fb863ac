"""What rules make of the owners by place: other grids, departments that answer, other roles."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from gis.routing.assets import Assets, stamps
from gis.routing.owner import Ownership
from gis.routing.presence import aware, holds, utc
from gis.routing.rule_set import Facts, RuleSet
from gis.routing.rules import Decided, decide
from gis.store.assets import assets_of
from gis.store.contacts import Contact, contacts_of
from gis.store.duty_list import duties_of
from gis.store.rules import orders_of, routing_version, rules_of
from gis.store.scope import beyond

Floats = npt.NDArray[np.float64]
KEPT_BOOKS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What is reported at n places: category, severity, source; None where it is not known."""

    category: Sequence[str | None]
    severity: Sequence[int | None]
    source: Sequence[str | None]

    @classmethod
    def one(cls, category: str | None, severity: int | None, source: str | None) -> Matter:
        """What is reported at one place."""
        return cls(category=[category], severity=[severity], source=[source])

    @classmethod
    def unknown(cls, n: int) -> Matter:
        """Nothing is known of what is reported."""
        nothing = [None] * n
        return cls(category=nothing, severity=nothing, source=nothing)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """A jurisdiction's rules, and the contacts of all organisations, of any moment."""

    rules: RuleSet
    contacts: dict[int, list[Contact]]

    def contact(self, organisation_id: int, at: datetime) -> Contact | None:
        """Who answers for an organisation at a moment (UTC), unless away."""
        listed = self.contacts.get(organisation_id, ())
        return next((contact for contact in listed if holds(contact, at)), None)


class RuleBooks:
    """Rule books by jurisdiction, read anew as soon as anything in them has changed.

    Whether it has is asked in the transaction that routes: no report is routed by rules that were
    replaced before it began to look.
    """

    def __init__(self) -> None:
        self._kept: dict[int, tuple[int, RuleBook]] = {}
        self._lock = threading.Lock()

    def get(self, connection: Connection, jurisdiction_id: int) -> RuleBook:
        """The rule book of a jurisdiction, the same for everybody who asks."""
        with beyond(connection):
            return self._get(connection, jurisdiction_id)

    def _get(self, connection: Connection, jurisdiction_id: int) -> RuleBook:
        version = routing_version(connection)
        with self._lock:
            kept = self._kept.get(jurisdiction_id)
        if kept is not None and kept[0] == version:
            return kept[1]
        book = read_book(connection, jurisdiction_id)
        # A change committed meanwhile may be in its orders and not in its rules: read once more.
        while (now := routing_version(connection)) != version:
            version, book = now, read_book(connection, jurisdiction_id)
        with self._lock:
            if len(self._kept) >= KEPT_BOOKS:
                self._kept.clear()
            self._kept[jurisdiction_id] = (version, book)
        return book


def read_book(connection: Connection, jurisdiction_id: int) -> RuleBook:
    """The rule book of a jurisdiction as it stands in the database."""
    return RuleBook(
        rules=RuleSet(
            rules_of(connection, jurisdiction_id),
            orders=orders_of(connection, jurisdiction_id),
            assets=Assets(assets_of(connection, jurisdiction_id)),
            duties=duties_of(connection, jurisdiction_id),
        ),
        contacts=contacts_of(connection),
    )


class Answering(Protocol):
    """Who answers in the grids that places were given to (see `gis.workflows.ownership`)."""

    def in_role(self, place: int, role: str, owner: Ownership) -> Ownership | None: ...
    def acting(self, person_id: int, at: datetime) -> int | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """What was decided for n places, whose they are then (positions of grids), and when."""

    book: RuleBook
    decided: Decided
    grids: npt.NDArray[np.int32]
    at: npt.NDArray[Any]

    def answered(self, owners: Sequence[Ownership], answering: Answering) -> list[Ownership]:
        """The owners in the grids that were decided, with the departments and roles of rules."""
        done: list[Ownership] = list(owners)
        known: dict[tuple[int, int], Ownership] = {}
        rules, decided = self.book.rules.rules, self.decided
        touched = (decided.override >= 0) | (decided.role >= 0) | (decided.department > 0)
        for place in np.flatnonzero(touched).tolist():
            number, other = int(decided.override[place]), int(decided.role[place])
            department = int(decided.department[place])
            owner = owners[place]
            if number < 0 and other < 0:
                key = (id(owner), department)
                if key not in known:
                    known[key] = replace(owner, department_id=department)
                done[place] = known[key]
                continue
            rule = rules[number] if number >= 0 else None
            says = rules[other] if other >= 0 else rule
            if says is not None and says.role is not None:
                owner = answering.in_role(place, says.role, owner) or owner
            elif rule is not None and rule.organisation_id is not None:
                owner = self._department(
                    rule.organisation_id, owner, aware(self.at[place]), answering
                )
            done[place] = replace(
                owner,
                rule="rule",
                rule_id=(rule or says or rules[0]).rule_id,
                department_id=department or None,
            )
        return done

    def _department(
        self, organisation_id: int, owner: Ownership, at: datetime, answering: Answering
    ) -> Ownership:
        """Its contact, or whoever stands in; where there is none, the grid's person stays."""
        contact = self.book.contact(organisation_id, utc(at))
        acting = answering.acting(contact.person_id, at) if contact else None
        if contact is None or acting is None:
            return owner
        return replace(
            owner,
            responsible_person_id=acting,
            responsible_post_id=None,
            role=None,
            level=None,
            vacant_levels=(),
            contact_id=contact.contact_id,
            stands_in_for=contact.person_id if acting != contact.person_id else None,
        )


def ruled(
    book: RuleBook,
    codes: npt.NDArray[Any],
    lon: Floats,
    lat: Floats,
    grids: npt.NDArray[np.int32],
    at: npt.NDArray[Any],
    matter: Matter | None,
) -> Ruled | None:
    """What a rule book makes of places in grids (positions in `codes`); None if it is empty."""
    if not book.rules or not len(grids):
        return None
    decided = decide(facts_of(codes, lon, lat, grids, at, matter), book.rules)
    given = grids.copy()
    for number in np.unique(decided.override[decided.override >= 0]).tolist():
        code = book.rules.rules[number].grid_code
        if code is not None:
            given[decided.override == number] = codes.tolist().index(code)
    return Ruled(book=book, decided=decided, grids=given, at=at)


def facts_of(
    codes: npt.NDArray[Any],
    lon: Floats,
    lat: Floats,
    grids: npt.NDArray[np.int32],
    at: npt.NDArray[Any],
    matter: Matter | None,
) -> Facts:
    """Places and what is reported at them as rules look at them."""
    known = matter or Matter.unknown(len(grids))
    return Facts(
        lon=lon, lat=lat, grid=grids, codes=codes.tolist(), category=known.category,
        severity=known.severity, source=known.source, at=stamps(at),
    )  # fmt: skip
