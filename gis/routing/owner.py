"""Who answers for a place: from its chain of grids and the posts held at a moment to one person.

The lead of the basic grid answers. Where that post is vacant, the next level up does, and the
vacant levels are told: director, secretary, leader of the community, then the first responsible
of the sub-district. Should all of these be vacant, whoever holds any other post of the chain does,
and where nobody holds any, the person in charge of the jurisdiction's fallback queue, to which a
place off all grids goes itself. Whoever is on duty by roster answers before all posts; whoever is
away is acted for by a substitute, and counts as vacant without one (`gis.routing.presence`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gis.errors import InputError
from gis.routing.presence import Presence, ends, holds, utc

Rule = Literal["inside", "shared_boundary", "nearest_grid", "chosen", "outside_queue", "rule"]

# Who answers, in this order; all of a level's roles before the next level's.
ANSWERING: tuple[tuple[int, tuple[str, ...]], ...] = (
    (3, ("lead",)),
    (2, ("director", "secretary", "leader")),
    (1, ("first_responsible",)),
)
EVER = datetime.min.replace(tzinfo=UTC)  # before anything was recorded
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
    responsible_post_id: the post that is answered for, None for a queue or if nobody holds any.
    level: of that post, 3 to 1, or None.
    vacant_levels: the levels passed over because nobody on their answering posts is there.
    stands_in_for: the holder of that post where somebody else answers, on duty or as substitute.
    rule_id, department_id, contact_id: what rules added (`gis.routing.rules`): the rule that
    decided who answers, the first department in charge, and as whose contact the person answers.
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
    stands_in_for: int | None = None
    rule_id: int | None = None
    department_id: int | None = None
    contact_id: int | None = None


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
    presence: who is away and who on duty; nobody unless given.
    """

    def __init__(
        self,
        chains: Sequence[Sequence[str]],
        posts: Iterable[Post],
        queue: Queue | None = None,
        presence: Presence | None = None,
    ) -> None:
        self.chains = tuple(tuple(chain) for chain in chains)
        self.queue = queue
        self.presence = presence or Presence()
        self._by_grid: dict[str, list[Post]] = {}
        for post in posts:
            self._by_grid.setdefault(post.grid_code, []).append(post)

    def owner(self, grid: int, at: datetime, *, on_boundary: bool = False) -> Ownership:
        """Who answers for a place in a grid (its position, -1 for off all grids) at a moment.

        Raises InputError `routing-no-queue` for a place off all grids where no queue is named.
        """
        moment = utc(at)
        return self._queued(moment) if grid < 0 else self._owned(grid, moment, on_boundary)

    def in_role(self, grid: int, role: str, at: datetime, owner: Ownership) -> Ownership | None:
        """An owner with whoever holds a role in its chain at a moment, or acts for the holder.

        None if nobody does. Within a role as in `responsible`.
        """
        moment = utc(at)
        held = [
            (post, acting)
            for post in (self._posts(grid) if grid >= 0 else ())
            if post.role == role and holds(post, moment)
            and (acting := self.presence.acting(post.person_id, moment)) is not None
        ]  # fmt: skip
        if not held:
            return None
        post, acting = min(held, key=lambda pair: _precedence(pair[0]))
        return replace(
            owner,
            responsible_person_id=acting,
            responsible_post_id=post.post_id,
            role=post.role,
            level=post.level,
            vacant_levels=vacant_levels(post.level, post.role),
            stands_in_for=post.person_id if acting != post.person_id else None,
        )

    def owners(
        self,
        grids: npt.ArrayLike,
        times: Sequence[datetime] | npt.NDArray[Any],
        *,
        on_boundary: npt.NDArray[np.bool_] | None = None,
    ) -> list[Ownership]:
        """The same for many places: positions (n,), moments (n,) and labels of the boundary (n,).

        Each grid's past is cut at the moments when its answer may have become another, and
        answered once for each piece, so that millions of places cost little more than a search of
        their moments. Moments: datetimes with a time zone, or datetime64 in UTC.
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
    ) -> list[Ownership]:
        grid = int(where[rows[0]])
        cuts = [EVER, *self._moments(grid)]
        piece = np.searchsorted(_stamps(cuts[1:]), when[rows], side="right")
        answers = (2 * piece + shared[rows]).tolist()
        known = {
            answer: self.owner(grid, cuts[answer // 2], on_boundary=bool(answer % 2))
            for answer in dict.fromkeys(answers)
        }
        return [known[answer] for answer in answers]

    def _moments(self, grid: int) -> list[datetime]:
        posts = self._posts(grid) if grid >= 0 else []
        chain = self.chains[grid] if grid >= 0 else ()
        people = {post.person_id for post in posts}
        if self.queue is not None and self.queue.person_id is not None:
            people.add(self.queue.person_id)
        held = {end for post in posts for end in ends(post)}
        return sorted(held | self.presence.moments(chain, people))

    def _posts(self, grid: int) -> list[Post]:
        return [post for code in self.chains[grid] for post in self._by_grid.get(code, ())]

    def _owned(self, grid: int, moment: datetime, on_boundary: bool) -> Ownership:
        chain = self.chains[grid]
        there: dict[int, int] = {}  # who answers for whom
        held: list[Post] = []
        for post in self._posts(grid):
            acting = self.presence.acting(post.person_id, moment) if holds(post, moment) else None
            if acting is not None:
                there[post.person_id] = acting
                held.append(post)
        answering, vacant = responsible(held)
        person_id = self.presence.on_duty(chain, moment)
        if person_id is None:
            person_id = there[answering.person_id] if answering else self._in_charge(moment)
        replaced = answering is not None and answering.person_id != person_id
        return Ownership(
            grid_code=chain[0],
            chain=chain,
            responsible_person_id=person_id,
            responsible_post_id=answering.post_id if answering else None,
            role=answering.role if answering else None,
            level=answering.level if answering else None,
            vacant_levels=vacant,
            rule="shared_boundary" if on_boundary else "inside",
            stands_in_for=answering.person_id if answering and replaced else None,
        )

    def _queued(self, moment: datetime) -> Ownership:
        if self.queue is None:
            raise InputError("routing-no-queue")
        return Ownership(
            grid_code=None,
            chain=(),
            responsible_person_id=self._in_charge(moment),
            responsible_post_id=None,
            role=None,
            level=None,
            vacant_levels=(),
            rule="outside_queue",
            queue_id=self.queue.queue_id,
        )

    def _in_charge(self, moment: datetime) -> int | None:
        """Who looks after the queue: somebody must, so even its person who is away without a
        substitute."""
        if self.queue is None or self.queue.person_id is None:
            return None
        acting = self.presence.acting(self.queue.person_id, moment)
        return self.queue.person_id if acting is None else acting


def _stamps(times: Sequence[datetime] | npt.NDArray[Any]) -> npt.NDArray[np.datetime64]:
    found = np.asarray(times)
    if found.dtype.kind != "M":
        plain = [utc(moment).replace(tzinfo=None) for moment in found.tolist()]
        found = np.array(plain, "datetime64[us]")
    return found.astype("datetime64[us]").reshape(-1)
