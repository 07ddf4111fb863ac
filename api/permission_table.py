"""Finds the row of the table of permissions that a request belongs to."""

from __future__ import annotations

import re
from collections import defaultdict

from api.permissions import PAGES, PERMISSIONS, PUBLIC, Access

Row = tuple[str, Access]
Pattern = tuple[re.Pattern[str], Row]


class Table:
    """Finds the row of a request: an address without parameters first, then by pattern, the rows
    that stand further up first."""

    def __init__(self, rows: dict[str, Access]) -> None:
        self.exact: dict[str, Row] = {}
        self.patterns: defaultdict[tuple[str, int], list[Pattern]] = defaultdict(list)
        self.longer: defaultdict[str, list[Pattern]] = defaultdict(list)
        for row, access in rows.items():
            method, path = row.split(" ", 1)
            if "{" not in path:
                self.exact[row] = path, access
                continue
            known = (re.escape(part) for part in re.split(r"\{\w+(?::path)?\}", path))
            kinds = re.findall(r"\{\w+(:path)?\}", path)
            gaps = [*("(.*)" if kind else "([^/]+)" for kind in kinds), ""]
            whole = re.compile("".join(k + g for k, g in zip(known, gaps, strict=True)))
            if ":path}" in path:
                self.longer[method].append((whole, (path, access)))
            else:
                self.patterns[method, path.count("/")].append((whole, (path, access)))

    def find(self, method: str, path: str) -> Access | None:
        """Who may make a request; None: it is not listed, and nobody may."""
        row = self._row(method, path)
        return row and row[1]

    def address(self, method: str, path: str) -> str | None:
        """The address of a request as it is listed, with the names of its parameters."""
        row = self._row(method, path)
        return row and row[0]

    def _row(self, method: str, path: str) -> Row | None:
        exact = self.exact.get(f"{method} {path}")
        if exact is not None:
            return exact
        for pattern, row in self.patterns.get((method, path.count("/")), ()):
            if pattern.fullmatch(path):
                return row
        for pattern, row in self.longer.get(method, ()):
            if pattern.fullmatch(path):
                return row
        return None

    def methods(self, path: str) -> list[str]:
        """The methods that an address takes."""
        asked = ("GET", "POST", "PUT", "PATCH", "DELETE")
        return [method for method in asked if self.find(method, path) is not None]


def table() -> Table:
    """The table of this application, its pages included."""
    shells = {f"GET /{page}": PUBLIC for page in PAGES}
    below = {f"GET /{page}/{{rest:path}}": PUBLIC for page in PAGES}
    return Table(PERMISSIONS | shells | below)
