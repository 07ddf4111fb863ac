"""The check of a draft before review: what stands against it, how much, and where to look."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Connection, Engine

from gis.errors import NotFoundError, WanggeError
from gis.messages import translate
from gis.planning.coverage import check_coverage
from gis.planning.model import Reason
from gis.store import comments, comparison, draft_checks, plan_writing, reviews
from gis.store.engine import acting
from gis.store.names import names
from gis.store.scope import reading
from gis.workflows.compare_effects import ANSWERS
from gis.workflows.publishing import metric_levels, settled

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One kind of fault: an error keeps a draft from review. `bbox` in WGS 84: where to look."""

    severity: Severity
    code: str
    count: int
    params: Mapping[str, Any] = field(default_factory=dict)
    grids: Sequence[str] = ()
    units: Sequence[int] = ()
    bbox: Sequence[float] | None = None
    reasons: Sequence[tuple[str, Reason]] = ()

    def as_dict(self, language: str) -> dict[str, Any]:
        """The finding with its sentence in the given language."""
        return {
            "severity": self.severity,
            "code": self.code,
            "count": self.count,
            "message": translate(self.code, language, {**self.params, "count": self.count}),
            "grids": list(self.grids[:SHOWN]),
            "units": list(self.units[:SHOWN]),
            "bbox": self.bbox,
            "reasons": [
                {"grid": code, "deviation": reason.deviation, "message": reason.text(language)}
                for code, reason in self.reasons[:SHOWN]
            ],
        }


def check_draft(engine: Engine, plan_id: int, *, actor: str) -> list[Found]:
    """Derive the grids of a draft, if they are not, and check it; what keeps them from being
    derived is the first finding. Raises NotFoundError `plan-not-found`."""
    found = []
    try:
        with acting(engine, actor, action="settle") as connection:
            settled(connection, plan_id)
    except NotFoundError:
        raise
    except WanggeError as error:
        found = [Found(severity="error", code=error.code, count=1, params=error.params)]
    with reading(engine) as connection:
        if found:
            return [*found, *_units(connection, plan_id), *_names(connection, plan_id)]
        return check(connection, plan_id)


def check(connection: Connection, plan_id: int) -> list[Found]:
    """All that is to be said about a settled draft, errors first.

    Looks for units in no grid, empty grids, gaps, overlaps and grids in pieces, codes outside the
    jurisdiction or that meant another grid before, names that lack or are given twice within a
    parent, grids outside the tolerance, posts that would end or be vacant, and open comments.
    Raises NotFoundError `plan-not-found`.
    """
    plan = reviews.plan(connection, plan_id)
    found = [
        *_units(connection, plan_id),
        *_coverage(connection, plan_id),
        *_codes(connection, plan_id, plan["jurisdiction_id"]),
        *_names(connection, plan_id),
        *_tolerance(connection, plan_id, plan["tolerance"]),
        *_posts(connection, plan_id, plan["jurisdiction_id"]),
    ]
    waiting = comments.open_count(connection, plan_id)
    if waiting:
        found.append(Found(severity="note", code="check-comments-open", count=waiting))
    return sorted(found, key=lambda one: SEVERITIES.index(one.severity))


def _units(connection: Connection, plan_id: int) -> list[Found]:
    found = []
    loose = draft_checks.unassigned(connection, plan_id)
    if loose["count"]:
        found.append(Found(severity="error", code="check-units-unassigned", **loose))
    empty = draft_checks.empty(connection, plan_id)
    if empty:
        found.append(
            Found(
                severity="error", code="check-grids-empty", count=len(empty), grids=empty,
                params={"grids": _listed(empty)},
            )
        )  # fmt: skip
    return found


def _coverage(connection: Connection, plan_id: int) -> list[Found]:
    shapes = plan_writing.level_shapes(connection, plan_id)
    if not shapes[3]:
        return [Found(severity="error", code="check-no-grids", count=1)]
    found = []
    pieces = draft_checks.in_pieces(connection, plan_id)
    if pieces:
        found.append(
            Found(
                severity="error", code="check-grids-in-pieces", count=len(pieces), grids=pieces,
                params={"grids": _listed(pieces)},
                bbox=draft_checks.parts_box(connection, plan_id, pieces),
            )
        )  # fmt: skip
    for finding in check_coverage(metric_levels(shapes)).findings:
        if finding.code == "coverage-in-pieces":
            continue  # told above, with where
        codes = re.findall(r"\d{9,15}", str(finding.params.get("grids", "")))
        found.append(
            Found(
                severity="error" if finding.outcome == "refused" else "note",
                code=finding.code, count=finding.count, params=finding.params, grids=codes,
                bbox=draft_checks.box_of(connection, plan_id, codes) if codes else None,
            )
        )  # fmt: skip
    return found


def _codes(connection: Connection, plan_id: int, jurisdiction_id: int) -> list[Found]:
    found = []
    begins = draft_checks.jurisdiction_code(connection, jurisdiction_id)
    elsewhere = [
        row["code"]
        for row in draft_checks.grids(connection, plan_id)
        if not row["code"].startswith(begins)
    ]
    for code, codes, more in (
        ("check-codes-elsewhere", elsewhere, {"begins": begins}),
        ("check-codes-reused", draft_checks.reused(connection, plan_id), {}),
    ):
        if codes:
            found.append(
                Found(
                    severity="error", code=code, count=len(codes), grids=codes,
                    params={"grids": _listed(codes), **more},
                    bbox=draft_checks.box_of(connection, plan_id, codes),
                )
            )  # fmt: skip
    return found


def _names(connection: Connection, plan_id: int) -> list[Found]:
    rows = draft_checks.grids(connection, plan_id)
    blank = [row["code"] for row in rows if not row["name_zh"].strip()]
    called: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        if row["name_zh"].strip():
            parent = row["code"][:-3] if len(row["code"]) > 9 else ""
            called[parent, row["name_zh"].strip()].append(row["code"])
    twice = {name: codes for (_, name), codes in called.items() if len(codes) > 1}
    same = sorted(code for codes in called.values() if len(codes) > 1 for code in codes)
    found = []
    for code, codes, listed in (
        ("check-names-missing", blank, _listed(blank)),
        ("check-names-twice", same, "、".join(list(twice)[:5])),
    ):
        if codes:
            found.append(
                Found(
                    severity="error", code=code, count=len(codes), grids=codes,
                    params={"grids": listed},
                    bbox=draft_checks.box_of(connection, plan_id, codes),
                )
            )  # fmt: skip
    return found


def _tolerance(connection: Connection, plan_id: int, tolerance: float) -> list[Found]:
    rows = draft_checks.outside(connection, plan_id)
    if not rows:
        return []
    known = {one["grid"]: one for one in rows[0]["reasons"] or ()}
    reasons = [
        (
            row["code"],
            Reason(
                grid=names(row["name_zh"], row["name_en"])["zh"], criterion="main",
                deviation=row["deviation"], code=known[row["code"]]["code"],
                proven=known[row["code"]]["proven"], figures=known[row["code"]]["figures"],
            ),
        )
        for row in rows
        if row["code"] in known
    ]  # fmt: skip
    codes = [row["code"] for row in rows]
    return [
        Found(
            severity="warning", code="check-outside-tolerance", count=len(rows), grids=codes,
            params={
                "tolerance": f"{100 * tolerance:.10g}",
                "worst": f"{100 * rows[0]['deviation']:+.1f}",
                "grid": codes[0],
            },
            bbox=draft_checks.box_of(connection, plan_id, codes), reasons=reasons,
        )
    ]  # fmt: skip


def _posts(connection: Connection, plan_id: int, jurisdiction_id: int) -> list[Found]:
    below = comparison.below(connection)
    posts = comparison.posts_held(connection, jurisdiction_id, below=below)
    codes = comparison.all_codes(connection, plan_id, below=below)
    answered = {post["code"] for post in posts if post["role"] == ANSWERS[post["level"]]}
    vacant = sorted(codes - answered)
    ending = [post for post in posts if post["code"] not in codes]
    found = []
    if vacant:
        found.append(
            Found(
                severity="warning", code="check-posts-unfilled", count=len(vacant), grids=vacant,
                params={"grids": _listed(vacant)},
                bbox=draft_checks.box_of(connection, plan_id, vacant),
            )
        )  # fmt: skip
    if ending:
        gone = sorted({post["code"] for post in ending})
        found.append(
            Found(
                severity="warning", code="check-posts-ending", count=len(ending), grids=gone,
                params={"grids": _listed(gone)},
            )
        )  # fmt: skip
    return found


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(codes[:5]) + ("…" if len(codes) > 5 else "")
