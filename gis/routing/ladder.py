"""One level up: who answers at a level of a chain when what is below it must go there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from gis.routing.owner import ANSWERING, LAST_RESORT, Post
from gis.routing.presence import Presence, holds, utc


def seat_at(
    posts: Iterable[Post], level: int, presence: Presence, at: datetime
) -> tuple[Post, int] | None:
    """The post that answers at a level, and who acts on it; None if nobody is there.

    posts: those of the chain. A vacant seat, or one whose holder is away without a substitute, is
    passed to the next seat of the level, its other roles included; never to another level.
    """
    roles = [role for own, some in (*ANSWERING, *LAST_RESORT) if own == level for role in some]
    moment = utc(at)
    there = [
        (roles.index(post.role), post.seat, utc(post.since), post.post_id, post, acting)
        for post in posts
        if post.level == level and post.role in roles and holds(post, moment)
        and (acting := presence.acting(post.person_id, moment)) is not None
    ]  # fmt: skip
    if not there:
        return None
    *_, post, acting = min(there, key=lambda found: found[:4])
    return post, acting
