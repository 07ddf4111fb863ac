"""What every operation on a draft works with: whoever asks, the draft, and what comes of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from gis.errors import ConflictError
from gis.planning.editing.borders import Borders
from gis.planning.editing.cut import Floats
from gis.planning.editing.delta import Delta
from gis.planning.editing.working import BASIC_DIGITS, Working
from gis.store import drafts
from gis.store.drafts import Open
from gis.store.drafts_borders import borders_of, find_missing
from gis.store.drafts_cutting import Piece
from gis.workflows.boards import Boards

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An operation as somebody sends it. `base`: the version that they had before them."""

    key: UUID
    kind: str
    params: Params
    base: int
    actor: str
    account_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CutUnits:
    """Pieces that are to be stored, and the corners (k, 2) that they brought with them."""

    pieces: Sequence[Piece]
    corners: Floats


NO_CUT = CutUnits(pieces=(), corners=np.zeros((0, 2)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an operation does to the part of the working copy that it was found on. `undoes`: the
    operation that it takes back; `redone`: the one that is done again."""

    working: Working
    delta: Delta
    undoes: int | None = None
    redone: int | None = None
    cut: CutUnits = NO_CUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The draft, held for the length of a transaction, and whoever asks. `below`: the code that the
    grids begin with that they may change; `boards`: where the process keeps those that it made."""

    connection: Connection
    held: Open
    asked: Asked
    below: str | None
    boards: Boards | None = None

    @property
    def plan_id(self) -> int:
        return self.held.plan_id

    def part(self, **wanted: Any) -> Working:
        """The units and grids that an operation needs; see `gis.store.drafts.part`."""
        return drafts.part(self.connection, self.plan_id, **wanted)

    def whole(self) -> Working:
        """The whole working copy."""
        return drafts.whole(self.connection, self.plan_id)

    def part_for(self, delta: Delta) -> Working:
        """The part that the rules ask about for a delta."""
        gone = [code for code, (_, state) in delta.grids.items() if state is None]
        below = [
            child for code in gone if len(code) < BASIC_DIGITS
            for child in drafts.children(self.connection, self.plan_id, code)
        ]  # fmt: skip
        return self.part(units=delta.touched(), codes=gone, grids={*delta.codes(), *below})

    def borders(self, units: Collection[int] | None = None) -> Borders:
        """The boundaries of units; see `borders_of`. Finds those that nobody has found yet."""
        find_missing(self.connection, self.plan_id, self.held.jurisdiction_id)
        return borders_of(self.connection, self.plan_id, self.held.jurisdiction_id, units)

    def require_seen(self, codes: Collection[str] | None = None) -> None:
        """Refuse where somebody else has changed one of these grids (None: anything) since the
        version that whoever asks had before them. Raises ConflictError `draft-grids-changed`."""
        for one in drafts.deltas_after(self.connection, self.plan_id, self.asked.base):
            if (one["account_id"], one["actor"]) == (self.asked.account_id, self.asked.actor):
                continue
            changed = one["delta"].codes()
            if codes is None or changed & set(codes):
                named = sorted(changed if codes is None else changed & set(codes))
                raise ConflictError("draft-grids-changed", by=one["actor"], data={"grids": named})

    def who_changed(self, since: int, units: set[int], codes: set[str]) -> str | None:
        """Who did the last operation behind a number that changed one of these; None: nobody."""
        for one in drafts.deltas_after(self.connection, self.plan_id, since):
            if one["delta"].touched() & units or set(one["delta"].grids) & codes:
                return str(one["actor"])
        return None

    def told_by_whom(self, error: ConflictError) -> ConflictError:
        """A conflict about units, with who brought it about."""
        units = set(error.params["data"]["units"])
        by = self.who_changed(self.asked.base, units, set())
        by = by or self.who_changed(0, units, set())
        return ConflictError(error.code, **{**error.params, "by": by})
