"""What rules, assets, duties and their orders are, and what is known of the reports they decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

import numpy as np
import numpy.typing as npt

from gis.routing.assets import Assets, Ints, Stamps, stamp

Effect = Literal["override", "refine"]
DRAFT = 0  # the id of a rule that is only tried
ALWAYS = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A named rule: when it holds, what it asks for, and one target.

    A top category covers those below it. `within_m` belongs to `asset_code` or `asset_kind`;
    `street_side` is `left` or `right` along the line of the asset `street_code`.
    """

    rule_id: int
    effect: Effect
    since: datetime
    until: datetime | None = None
    categories: tuple[str, ...] = ()
    severities: tuple[int, ...] = ()
    sources: tuple[str, ...] = ()
    grid_prefix: str | None = None
    asset_code: str | None = None
    asset_kind: str | None = None
    within_m: float = 0.0
    street_code: str | None = None
    street_side: str | None = None
    street_within_m: float = 0.0
    organisation_id: int | None = None
    grid_code: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """An entry of the duty list: a category, who handles it, and in grids of which prefix.

    `own`: the organisation is the street or community itself, not a department.
    """

    duty_id: int
    category: str
    organisation_id: int
    scope: str = ""
    own: bool = False
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The order of rules, by id, from a moment on."""

    since: datetime
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of n reports: places in WGS 84, the positions of their grids in `codes` (-1 off
    all grids), category, severity and source (None: not known), and the moments (UTC)."""

    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    grid: npt.NDArray[np.int32]
    codes: Sequence[str]
    category: Sequence[str | None]
    severity: Sequence[int | None]
    source: Sequence[str | None]
    at: Stamps

    def some(self, rows: Ints) -> Facts:
        """Those of some positions."""
        listed = rows.tolist()
        return replace(
            self,
            lon=self.lon[rows],
            lat=self.lat[rows],
            grid=self.grid[rows],
            category=[self.category[k] for k in listed],
            severity=[self.severity[k] for k in listed],
            source=[self.source[k] for k in listed],
            at=self.at[rows],
        )


class RuleSet:
    """All rules, assets and duties of a jurisdiction, of any moment, with the orders there were."""

    def __init__(
        self,
        rules: Sequence[Rule] = (),
        *,
        orders: Sequence[Order] = (),
        assets: Assets | None = None,
        duties: Sequence[Duty] = (),
    ) -> None:
        self.rules = tuple(rules)
        self.orders = tuple(sorted(orders, key=lambda order: order.since))
        self.assets = assets or Assets()
        self.duties = tuple(duties)
        self._starts = np.array([stamp(order.since) for order in self.orders], "datetime64[us]")
        self._spans = [(stamp(rule.since), stamp(rule.until)) for rule in self.rules]

    def __bool__(self) -> bool:
        return bool(self.rules or self.duties or len(self.assets))

    def span(self, number: int) -> tuple[np.datetime64, np.datetime64]:
        """When a rule holds, by its number: from, and up to."""
        return self._spans[number]

    def periods(self, at: Stamps) -> Ints:
        """Which order counts at each moment; the first one also before it was recorded."""
        return np.maximum(np.searchsorted(self._starts, at, side="right") - 1, 0)

    def in_order(self, period: int) -> list[int]:
        """The numbers of all rules in the order of a period; those unknown to it come last."""
        ids = self.orders[period].ids if self.orders else ()
        place = {rule_id: number for number, rule_id in enumerate(ids)}
        return sorted(
            range(len(self.rules)),
            key=lambda k: (place.get(self.rules[k].rule_id, len(place)), k),
        )

    def with_draft(
        self, draft: Rule, position: int | None, instead_of: int | None, now: datetime
    ) -> RuleSet:
        """The same with a rule to try, at a position (from 1) of the latest order, or at its end,
        or in place of another one, which is left out. Rules that are over by now count no place.
        """
        latest = [self.rules[k].rule_id for k in self.in_order(len(self.orders) - 1)]
        if instead_of in latest:
            latest[latest.index(instead_of)] = DRAFT
        elif position is None:
            latest.append(DRAFT)
        if position is not None:
            latest = [it for it in latest if it != DRAFT]
            over = {rule.rule_id for rule in self.rules if stamp(rule.until) <= stamp(now)}
            behind = [it for it in latest if it not in over][max(position - 1, 0) :]
            latest.insert(latest.index(behind[0]) if behind else len(latest), DRAFT)
        kept = [rule for rule in self.rules if rule.rule_id != instead_of]
        return RuleSet(
            [*kept, draft],
            orders=[Order(since=ALWAYS, ids=tuple(latest))],
            assets=self.assets,
            duties=self.duties,
        )
