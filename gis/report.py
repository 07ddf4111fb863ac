"""The validation report that every import gives: what was repaired, refused or doubted, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from gis.messages import translate

Outcome = Literal["repaired", "refused", "warned"]
SHOWN_ROWS = 20
SHOWN_EXAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One kind of fault in an input. `rows` are 1-based, the first few only."""

    outcome: Outcome
    code: str
    count: int = 1
    rows: tuple[int, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)

    def text(self, language: str) -> str:
        return translate(self.code, language, {**self.params, "count": self.count})


@dataclass(slots=True, kw_only=True)
class Report:
    """What was read from where, what was taken, and every finding on the way."""

    source: str = ""
    rows_read: int = 0
    rows_accepted: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(
        self,
        outcome: Outcome,
        code: str,
        *,
        count: int | None = None,
        rows: Iterable[int] = (),
        **params: Any,
    ) -> None:
        """Note a finding. `rows` iterates over 1-based row numbers; they are counted by default."""
        listed = [int(row) for row in rows]
        number = count if count is not None else max(len(listed), 1)
        if number == 0:
            return
        self.findings.append(
            Finding(
                outcome=outcome,
                code=code,
                count=number,
                rows=tuple(listed[:SHOWN_ROWS]),
                params=params,
            )
        )

    def fold(self, findings: Iterable[Finding]) -> None:
        """Note the findings of many batches as one of each kind and column."""
        folded: dict[tuple[str, str], list[Finding]] = {}
        for finding in findings:
            key = finding.code, str(finding.params.get("column"))
            folded.setdefault(key, []).append(finding)
        for same in folded.values():
            params = dict(same[0].params)
            if "examples" in params:
                named = {it for one in same for it in str(one.params["examples"]).split(", ")}
                params["examples"] = ", ".join(sorted(named)[:SHOWN_EXAMPLES])
            self.add(
                same[0].outcome,
                same[0].code,
                count=sum(finding.count for finding in same),
                rows=sorted(row for finding in same for row in finding.rows),
                **params,
            )

    def as_dict(self, language: str) -> dict[str, Any]:
        """The report as JSON-ready values, with sentences in the given language."""
        return {
            "source": self.source,
            "rows_read": self.rows_read,
            "rows_accepted": self.rows_accepted,
            "findings": [
                {
                    "outcome": finding.outcome,
                    "code": finding.code,
                    "count": finding.count,
                    "rows": list(finding.rows),
                    "message": finding.text(language),
                }
                for finding in self.findings
            ],
        }
