"""How often somebody who is not signed in may ask: by the address that asks, and by what is asked.

Counted as `api.rate_limit` counts. Many people may share one address (an office, a mobile network),
so addresses are given room; a phone number and a serial number belong to few.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from api.rate_limit import Limiter

HOUR_S, DAY_S, MINUTES_10_S = 3600.0, 86_400.0, 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicLimits:
    """The limits of one process, each with its own memory.

    Codes to follow a case have 49 bits: at 5,000 tries a day and serial number nobody finds one.
    """

    reports: Limiter = field(default_factory=lambda: Limiter(60, HOUR_S))
    reports_of_phone: Limiter = field(default_factory=lambda: Limiter(10, DAY_S))
    photos: Limiter = field(default_factory=lambda: Limiter(300, HOUR_S))
    looks: Limiter = field(default_factory=lambda: Limiter(300, MINUTES_10_S))
    follows: Limiter = field(default_factory=lambda: Limiter(60, MINUTES_10_S))
    follows_from_here: Limiter = field(default_factory=lambda: Limiter(50, DAY_S))
    # Loose: whoever wants to keep a reporter out must not be able to by guessing.
    follows_of_serial: Limiter = field(default_factory=lambda: Limiter(5000, DAY_S))
