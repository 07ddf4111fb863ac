"""Previews of publishing, page by page: computed once, and kept for a short time."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from gis.store import hand_over_notes, plan_writing
from gis.store.plans_in_force import in_force
from gis.workflows.publishing import Publication, preview

KEPT_PREVIEWS, KEPT_S = 4, 300.0
MOST_MOVES = 200_000  # some 50 MB; a preview that moves more is computed anew for each page


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A preview, when it was computed, and the state of the draft then."""

    tried: Publication
    at: float
    draft: str


class Previews:
    """The last few previews of a process, for their further pages."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def page(
        self, engine: Engine, plan_id: int, *, limit: int, after: int = 0
    ) -> tuple[Publication, list[dict[str, Any]], int | None]:
        """What publishing a plan now would do, with at most `limit` of the incidents that would
        move, as they are shown, by id behind `after`; and the last id if there are more.

        The first page (`after` 0) is computed; the others are taken from the list that it was taken
        from, so that all pages belong together. For up to five minutes that list may be stale in
        what was reported, moved, closed or posted since; not in the plan in force, nor in the
        draft, whose changes make it computed anew. Publishing believes none of it: it finds all
        owners itself, and refuses, with `instead_of`, to follow another plan than the preview did.
        Raises what `publish_plan` does.
        """
        tried = self._find(engine, plan_id) if after else None
        if tried is None:
            tried = self._compute(engine, plan_id)
        # By ascending id, as the open incidents were read.
        left = [move for move in tried.moves if move.incident_id > after]
        with engine.connect() as connection:
            shown = hand_over_notes.to_come(connection, left[:limit])
        return tried, shown, left[limit - 1].incident_id if len(left) > limit else None

    def _compute(self, engine: Engine, plan_id: int) -> Publication:
        with engine.connect() as connection:
            draft = plan_writing.draft_state(connection, plan_id)
        tried = preview(engine, plan_id)
        if len(tried.moves) <= MOST_MOVES:
            with self._lock:
                self._kept[plan_id] = _Kept(tried=tried, at=time.monotonic(), draft=draft)
                self._kept.move_to_end(plan_id)
                while len(self._kept) > KEPT_PREVIEWS:
                    self._kept.popitem(last=False)
        return tried

    def _find(self, engine: Engine, plan_id: int) -> Publication | None:
        with self._lock:
            kept = self._kept.get(plan_id)
        if kept is None or time.monotonic() - kept.at > KEPT_S:
            return None
        with engine.connect() as connection:
            jurisdiction_id = plan_writing.hold_draft(connection, plan_id)
            same = (
                in_force(connection, jurisdiction_id) == kept.tried.former_id
                and plan_writing.draft_state(connection, plan_id) == kept.draft
            )
            connection.rollback()
        return kept.tried if same else None
