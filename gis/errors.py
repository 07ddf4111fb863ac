"""One tree of errors. Each carries a stable code and parameters, never a finished sentence.

The sentence is made from the code by `gis.messages`, in the reader's language; the HTTP status
comes from the class, in one table in `api.errors`.
"""

from __future__ import annotations

from typing import Any


class WanggeError(Exception):
    """Something the user can understand and mend. `code` names a message in the catalogues."""

    def __init__(self, code: str, /, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        from gis.messages import translate

        return translate(self.code, "en", self.params)


class InputError(WanggeError):
    """The input cannot be used as it is. Parameters name file, row, field and remedy."""


class InfeasibleError(WanggeError):
    """The input is well formed, but what was asked of it is impossible."""


class NotFoundError(WanggeError):
    """What was named does not exist, or lies outside the caller's jurisdiction."""


class ForbiddenError(WanggeError):
    """It is there, but not theirs to do: the role, the place in the tree, or their own work."""


class UnauthorisedError(WanggeError):
    """Nobody is signed in, or who tried is not who they say."""


class BusyError(WanggeError):
    """Too many tries in too short a time. `seconds` tells how long to wait."""


class ConflictError(WanggeError):
    """Somebody or something else holds the place: a version, a period, a unique name."""


class TooLargeError(WanggeError):
    """More than this machine is set to take in one piece."""


class UnavailableError(WanggeError):
    """A part that is needed (database, server package, front-end build) is not there now."""
