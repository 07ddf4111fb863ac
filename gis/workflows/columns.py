"""The columns of all incidents, kept in memory and brought up to date whenever they are asked."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from gis.hotspots.columns import Columns, Rows
from gis.store import analysis
from gis.store.scope import beyond


class LiveColumns:
    """Columns by jurisdiction, equal to what the database holds at the moment of each question.

    They hold everything, whoever asks: who may see a part only has to narrow the question to it.

    Every change of an incident leaves a step in its history, with the transaction that told it.
    A question first looks for steps of transactions that had not finished at the last look (an
    index knows them), and reads those incidents again. So nothing has to be maintained while
    writing, changes that were rolled back never come in, and the order of commits does not matter.
    """

    # What is held, and who reads it; whoever holds other columns names others.
    make: ClassVar[type[Columns]] = Columns
    all_rows = staticmethod(analysis.all_rows)
    changed_rows = staticmethod(analysis.changed_rows)

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: defaultdict[int, Columns] = defaultdict(self.make)
        self._since: int | None = None
        self._known = 0

    def warm(self, engine: Engine) -> None:
        """Load before the first question: 2 million incidents take some seconds."""
        try:
            with engine.connect() as connection, self._lock:
                self._follow(connection)
        except SQLAlchemyError:
            return  # the first question will load, once the database answers

    @contextmanager
    def of(self, connection: Connection, jurisdiction_id: int) -> Iterator[Columns]:
        """The columns of a jurisdiction, locked for the length of the block.

        The connection must not have changed incidents in the transaction that is running.
        """
        with self.all(connection) as held:
            yield held.get(jurisdiction_id) or self.make()

    @contextmanager
    def all(self, connection: Connection) -> Iterator[Mapping[int, Columns]]:
        """The same of every jurisdiction that has incidents, by its id."""
        with self._lock:
            with beyond(connection):
                self._follow(connection)
            yield self._held

    def _follow(self, connection: Connection) -> None:
        if self._since is None:
            self._load(connection)
        assert self._since is not None
        now = analysis.changes(connection, self._since)
        if now.next < self._since:  # another server's counting: a copy was restored meanwhile
            self._load(connection)
            return
        if now.told != self._known:
            # steps are never deleted: as many as before are the same as before
            found = self.changed_rows(connection, self._since, now.next)
            if found is not None:
                self._merge(*found)
        self._since, self._known = now.oldest, now.again

    def _load(self, connection: Connection) -> None:
        self._held.clear()
        started = analysis.changes(connection, 2**62)
        for rows, jurisdictions in self.all_rows(connection):
            self._merge(rows, jurisdictions)
        self._since, self._known = started.oldest, -1

    def _merge(self, rows: Rows, jurisdictions: npt.NDArray[np.int64]) -> None:
        for jurisdiction in np.unique(jurisdictions).tolist():
            here = jurisdictions == jurisdiction
            if jurisdiction:
                self._held[jurisdiction].merge({name: rows[name][here] for name in rows})
            for other, columns in self._held.items():
                if other != jurisdiction:
                    columns.drop(rows["id"][here])
