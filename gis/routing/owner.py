"""Who answers for a place: from its chain of grids and the posts held at a moment to one person.

The lead of the basic grid answers. Where that post is vacant, the next level up does, and the
vacant levels are told: director, secretary, leader of the community, then the first responsible
of the sub-district. Should all of these be vacant, whoever holds any other post of the chain does,
so that nobody is the answer only where nobody holds a post. A place off all grids
goes to the fallback queue of the jurisdiction, and to the person in charge of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gis.errors import InputError

Rule = Literal["inside", "shared_boundary", "outside_queue"]

# Who answers, in this order; all of a level's roles before the next level's.
ANSWERING: tuple[tuple[int, tuple[str, ...]], ...] = (
    (3, ("lead",)),
    (2, ("director", "secretary", "leader")),
    (1, ("first_responsible",)),
)
LEVELS = tuple(level for level, _ in ANSWERING)
# Who answers if all of those are vacant.
LAST_RESORT: tuple[tuple[int, tuple[str, ...]], ...] = (
    (2, ("officer",)),
    (3, ("adviser", "assistant", "participant")),
)
_PRECEDENCE = {
    (level, role): place
    for place, (level, role) in enumerate(
        (level, role) for level, roles in (*ANSWERING, *LAST_RESORT) for role in roles
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A person's post in a grid, held from `since` up to, not including, `until` (None: still)."""

    post_id: int
    person_id: int
    role: str
    level: int
    grid_code: str
    since: datetime
    until: datetime | None = None
    seat: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Where places off all grids go, and who looks after it."""

    queue_id: int
    person_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """Whose a place is and who answers for it.

    chain: codes of the grids from the basic one up, empty off all grids.
    level: of the post that answers; 3 to 1, None for a queue or if nobody holds any post.
    vacant_levels: the levels passed over because their answering posts are vacant.
    """

    grid_code: str | None
    chain: tuple[str, ...]
    responsible_person_id: int | None
    responsible_post_id: int | None
    role: str | None
    level: int | None
    vacant_levels: tuple[int, ...]
    rule: Rule
    queue_id: int | None = None


def responsible(posts: Iterable[Post]) -> tuple[Post | None, tuple[int, ...]]:
    """The post that answers among those held in a chain of grids, and the vacant levels below it.

    Within a role the lowest seat answers, then whoever has held it longest. None, and all levels
    vacant, if there is no post at all.
    """
    chosen = min(posts, key=_precedence, default=None)
    return chosen, vacant_levels(chosen.level, chosen.role) if chosen else LEVELS


def vacant_levels(level: int, role: str) -> tuple[int, ...]:
    """The levels whose answering posts are vacant, when this post is the one that answers."""
    if any(level == own and role in roles for own, roles in ANSWERING):
        return tuple(other for other in LEVELS if other > level)
    return LEVELS


def _precedence(post: Post) -> tuple[int, int, datetime, int]:
    # A post of a role that the brief does not know still comes before nobody.
    place = _PRECEDENCE.get((post.level, post.role), len(_PRECEDENCE))
    return place, post.seat, post.since, post.post_id


class Roster:
    """All posts of a plan's grids, ready to say who answered for which grid at which moment.

    chains: for each basic grid, in the order of the locator's codes, the codes from itself up.
    posts: of any moment and any level; those of grids in no chain are left aside.
    """

    def __init__(
        self, chains: Sequence[Sequence[str]], posts: Iterable[Post], queue: Queue | None = None
    ) -> None:
        self.chains = tuple(tuple(chain) for chain in chains)
        self.queue = queue
        self._by_grid: dict[str, list[Post]] = {}
        for post in posts:
            self._by_grid.setdefault(post.grid_code, []).append(post)

    def owner(self, grid: int, at: datetime, *, on_boundary: bool = False) -> Ownership:
        """Who answers for a place in a grid (its position, -1 for off all grids) at a moment.

        Raises InputError `routing-no-queue` for a place off all grids where no queue is named.
        """
        if grid < 0:
            return self._queued()
        moment = _utc(at)
        held = [post for post in self._posts(grid) if _held(post, moment)]
        return self._owned(grid, held, on_boundary)

    def owners(
        self,
        grids: npt.ArrayLike,
        times: Sequence[datetime] | npt.NDArray[Any],
        *,
        on_boundary: npt.NDArray[np.bool_] | None = None,
    ) -> list[Ownership]:
        """The same for many places: positions (n,), moments (n,) and labels of the boundary (n,).

        Each grid's past is cut at the moments when a post changed hands, and answered once for
        each piece, so that millions of places cost little more than a search of their moments.
        Moments: datetimes with a time zone, or datetime64 in UTC.
        """
        where = np.asarray(grids, np.int64).reshape(-1)
        when = _stamps(times)
        if when.shape != where.shape:
            raise InputError("routing-lengths-differ", lon=where.size, lat=when.size)
        shared = np.zeros(where.shape, np.bool_) if on_boundary is None else on_boundary
        answers: list[Ownership | None] = [None] * len(where)
        order = np.argsort(where, kind="stable")
        starts = np.flatnonzero(np.diff(where[order], prepend=-2))
        for rows in np.split(order, starts[1:]) if len(order) else ():
            for k, owner in zip(
                rows.tolist(), self._over_time(where, when, shared, rows), strict=True
            ):
                answers[k] = owner
        return [owner for owner in answers if owner is not None]

    def _over_time(
        self,
        where: npt.NDArray[np.int64],
        when: npt.NDArray[np.datetime64],
        shared: npt.NDArray[np.bool_],
        rows: npt.NDArray[np.intp],
    ) -> Iterable[Ownership]:
        grid = int(where[rows[0]])
        if grid < 0:
            yield from [self._queued()] * len(rows)
            return
        posts = self._posts(grid)
        ends = {_utc(end) for post in posts for end in (post.since, post.until) if end is not None}
        cuts = sorted(ends)
        piece = np.searchsorted(_stamps(cuts), when[rows], side="right")
        known: dict[tuple[int, bool], Ownership] = {}
        for number, label in zip(piece.tolist(), shared[rows].tolist(), strict=True):
            if (number, label) not in known:
                held = [it for it in posts if number and _held(it, cuts[number - 1])]
                known[number, label] = self._owned(grid, held, label)
            yield known[number, label]

    def _posts(self, grid: int) -> list[Post]:
        return [post for code in self.chains[grid] for post in self._by_grid.get(code, ())]

    def _owned(self, grid: int, held: list[Post], on_boundary: bool) -> Ownership:
        post, vacant = responsible(held)
        return Ownership(
            grid_code=self.chains[grid][0],
            chain=self.chains[grid],
            responsible_person_id=post.person_id if post else None,
            responsible_post_id=post.post_id if post else None,
            role=post.role if post else None,
            level=post.level if post else None,
            vacant_levels=vacant,
            rule="shared_boundary" if on_boundary else "inside",
        )

    def _queued(self) -> Ownership:
        if self.queue is None:
            raise InputError("routing-no-queue")
        return Ownership(
            grid_code=None,
            chain=(),
            responsible_person_id=self.queue.person_id,
            responsible_post_id=None,
            role=None,
            level=None,
            vacant_levels=(),
            rule="outside_queue",
            queue_id=self.queue.queue_id,
        )


def _held(post: Post, moment: datetime) -> bool:
    return _utc(post.since) <= moment and (post.until is None or moment < _utc(post.until))


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise InputError("routing-time-zone-missing", at=moment.isoformat())
    return moment.astimezone(UTC)


def _stamps(times: Sequence[datetime] | npt.NDArray[Any]) -> npt.NDArray[np.datetime64]:
    found = np.asarray(times)
    if found.dtype.kind != "M":
        plain = [_utc(moment).replace(tzinfo=None) for moment in found.tolist()]
        found = np.array(plain, "datetime64[us]")
    return found.astype("datetime64[us]").reshape(-1)
