"""How long work tells how far it is: the CLI draws a bar of it, the API an event."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called with a message code of the catalogues and a fraction from 0 to 1 of that step."""

    def __call__(self, step: str, fraction: float) -> None: ...


def silent(step: str, fraction: float) -> None:
    """The progress of a caller who does not want to know."""


def part_of(progress: Progress, first: float, last: float) -> Progress:
    """The progress of a piece of work that is the share from `first` to `last` of the whole."""

    def inner(step: str, fraction: float) -> None:
        progress(step, first + (last - first) * fraction)

    return inner
