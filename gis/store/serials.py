"""Serial numbers: one run a day and jurisdiction, each given once, none left out.

A single report takes its number under the counter's row lock, for its own short transaction. An
import would hold that lock for as long as it writes. It reserves a block instead, in a short
transaction of its own, and takes the block out of `serial_block` in the transaction that writes
the incidents. Should that one fail, in whatever way, the block is there again: the counter goes
back over it, or, where others have counted on meanwhile, the next reports get its numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain

from sqlalchemy import Connection, Engine, text

COUNT_ON = """
INSERT INTO serial_counter (jurisdiction_id, day, last) VALUES (:id, :day, :n)
ON CONFLICT (jurisdiction_id, day)
DO UPDATE SET last = serial_counter.last + excluded.last RETURNING last
"""
CLAIM = """
DELETE FROM serial_block WHERE id IN (
  SELECT id FROM serial_block WHERE jurisdiction_id = :id AND day = ANY(:days)
  FOR UPDATE SKIP LOCKED)
RETURNING day, first, last
"""
KEEP = """
INSERT INTO serial_block (jurisdiction_id, day, first, last) VALUES (:id, :day, :first, :last)
"""
# Blocks at the end of the run, whose numbers the counter can take back.
LAST_FREE = """
DELETE FROM serial_block WHERE id IN (
  SELECT block.id FROM serial_block AS block JOIN serial_counter AS counter
    ON counter.jurisdiction_id = block.jurisdiction_id AND counter.day = block.day
   AND counter.last = block.last
  WHERE block.jurisdiction_id = :id FOR UPDATE SKIP LOCKED)
RETURNING day, first
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Consecutive numbers of one day, `first` to `last`, both included."""

    day: date
    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1


def serial(code: str, day: date, number: int) -> str:
    """The readable serial number: jurisdiction, day, and the number within both."""
    return f"{code}-{day:%Y%m%d}-{number:05d}"


def take(
    connection: Connection, jurisdiction_id: int, counts: Mapping[date, int]
) -> dict[date, Iterator[int]]:
    """So many numbers a day, to be drawn with `next`, rising.

    Others wait for this transaction before they get theirs.
    """
    held, short = _claim(connection, jurisdiction_id, counts)
    held += _count_on(connection, jurisdiction_id, short)
    numbers = _exactly(connection, jurisdiction_id, counts, held)
    return {
        day: chain.from_iterable([range(it.first, it.last + 1) for it in numbers if it.day == day])
        for day in counts
    }


def reserve(
    engine: Engine, connection: Connection, jurisdiction_id: int, counts: Mapping[date, int]
) -> list[Numbers]:
    """So many numbers a day for the transaction of `connection`, which nobody waits for.

    The counters are moved on by a short transaction of `engine`. Numbers come by day and rising.
    """
    held, short = _claim(connection, jurisdiction_id, counts)
    while short:
        with engine.begin() as other:
            for numbers in _count_on(other, jurisdiction_id, short):
                _keep(other, jurisdiction_id, numbers)
        # Somebody may have taken a number of these before we claim them: then once more.
        more, short = _claim(connection, jurisdiction_id, short)
        held += more
    return _exactly(connection, jurisdiction_id, counts, held)


def _claim(
    connection: Connection, jurisdiction_id: int, counts: Mapping[date, int]
) -> tuple[list[Numbers], dict[date, int]]:
    """The free numbers of these days, and how many of the wanted ones are still missing."""
    rows = connection.execute(text(CLAIM), {"id": jurisdiction_id, "days": list(counts)})
    held = [Numbers(day=row.day, first=row.first, last=row.last) for row in rows]
    have = Counter[date]()
    for it in held:
        have[it.day] += len(it)
    return held, {day: n - have[day] for day, n in counts.items() if n > have[day]}


def _count_on(
    connection: Connection, jurisdiction_id: int, counts: Mapping[date, int]
) -> list[Numbers]:
    """The next numbers of the counters. Days are locked in their order."""
    taken = []
    for day in sorted(counts):
        key = {"id": jurisdiction_id, "day": day, "n": counts[day]}
        last = int(connection.execute(text(COUNT_ON), key).scalar_one())
        taken.append(Numbers(day=day, first=last - counts[day] + 1, last=last))
    return taken


def _exactly(
    connection: Connection, jurisdiction_id: int, wanted: Mapping[date, int], held: list[Numbers]
) -> list[Numbers]:
    """As many of the numbers as are wanted, the lowest; the others are put back."""
    left = dict(wanted)
    taken = []
    for it in sorted(held, key=lambda it: (it.day, it.first)):
        used = min(len(it), left[it.day])
        left[it.day] -= used
        if used:
            taken.append(Numbers(day=it.day, first=it.first, last=it.first + used - 1))
        if used < len(it):
            rest = Numbers(day=it.day, first=it.first + used, last=it.last)
            _keep(connection, jurisdiction_id, rest)
    return taken


def _keep(connection: Connection, jurisdiction_id: int, it: Numbers) -> None:
    connection.execute(
        text(KEEP), {"id": jurisdiction_id, "day": it.day, "first": it.first, "last": it.last}
    )


def take_back(engine: Engine, jurisdiction_id: int) -> None:
    """Set the counters back over what a failed transaction had reserved at the end of a run."""
    while True:
        with engine.begin() as connection:
            connection.execute(
                text(
                    "SELECT last FROM serial_counter WHERE (jurisdiction_id, day) IN"
                    " (SELECT jurisdiction_id, day FROM serial_block WHERE jurisdiction_id = :id)"
                    " ORDER BY day FOR UPDATE"
                ),
                {"id": jurisdiction_id},
            )
            freed = connection.execute(text(LAST_FREE), {"id": jurisdiction_id}).all()
            for row in freed:
                connection.execute(
                    text(
                        "UPDATE serial_counter SET last = :last"
                        " WHERE jurisdiction_id = :id AND day = :day"
                    ),
                    {"id": jurisdiction_id, "day": row.day, "last": row.first - 1},
                )
        if not freed:
            return
