"""A connection that writes at random, for tests of what must hold whatever others write."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from typing import Any

import psycopg


def write_at_random(
    url: str,
    statements: Sequence[str],
    values: Callable[[random.Random, str], dict[str, Any]],
    *,
    seed: int,
    turns: int,
    faults: list[BaseException],
    start: threading.Barrier,
) -> None:
    """Random statements in random transactions; one in four is rolled back, in part or whole.

    `values` gives the parameters of a statement, from a generator and a mark that is never given
    twice. What goes wrong is put into `faults`.
    """
    rng = random.Random(seed)
    try:
        with psycopg.connect(url) as connection:
            start.wait(30)
            for turn in range(turns):
                connection.execute("SELECT set_config('wangge.actor', 'tests', true)")
                for step in range(rng.randint(1, 4)):
                    given = values(rng, f"{seed}-{turn}-{step}-")
                    statement = rng.choice(statements)
                    if rng.random() < 0.2:
                        connection.execute("SAVEPOINT aside")
                        connection.execute(statement, given)
                        connection.execute("ROLLBACK TO aside")
                    else:
                        connection.execute(statement, given)
                if rng.random() < 0.25:
                    connection.rollback()
                else:
                    connection.commit()
    except BaseException as error:
        faults.append(error)
