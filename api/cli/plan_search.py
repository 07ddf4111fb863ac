"""What the commands that search for plans share: Ctrl-C, the costs of boundaries, certificates."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.cli.console import language

if TYPE_CHECKING:
    from gis.files.plans import UnitsFile
    from gis.planning.adjacency.graph import UnitGraph

# 1 is an error and 2 a wrong command line.
TOLERANCE_MISSED = 3


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Ctrl-C once ends the search with the best plan so far; twice ends the command."""
    asked = False

    def handle(_number: int, _frame: Any) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)


def boundary_costs(
    source: UnitsFile, streets: Path | None, barriers: Path | None, crs: str | None
) -> UnitGraph:
    """The graph of the units, with what streets cost and without what barriers sever."""
    from gis.files.plans import read_barriers, read_streets
    from gis.planning.adjacency.streets import cost_by_streets, sever

    graph = source.graph
    if streets is not None:
        lines, classes = read_streets(streets, source, crs=crs)
        graph = cost_by_streets(graph, source.units.polygons, lines, classes)
    if barriers is not None:
        graph = sever(graph, source.units.polygons, read_barriers(barriers, source, crs=crs))
    return graph


def certificate_json(certificate: Any) -> dict[str, Any]:
    """A certificate as JSON, its sentences in the language of the terminal."""
    from dataclasses import asdict

    return {
        **asdict(certificate),
        "reasons": [
            reason.as_dict(language()) for reason in certificate.reasons
        ],
        "findings": [
            {
                "outcome": f.outcome, "code": f.code, "count": f.count,
                "params": dict(f.params), "message": f.text(language()),
            }
            for f in certificate.findings
        ],
    }  # fmt: skip
