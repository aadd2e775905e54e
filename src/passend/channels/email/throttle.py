"""How fast each mail provider is written to: evenly, and slower for one that asks for it.

Gmail, Outlook and their like answer a flood with 421 and 4.7.x, and remember it. So each domain has a rate; whoever
asks for patience is left alone for a while and then approached at half the rate, which recovers with every acceptance.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from passend.channels.email.answers import Reply
from passend.channels.port import Outcome

#: One provider under several names.
SAME = {
    "googlemail.com": "gmail.com", "hotmail.com": "outlook.com", "live.com": "outlook.com", "hotmail.de": "outlook.com",
    "live.de": "outlook.com", "outlook.de": "outlook.com", "msn.com": "outlook.com", "gmx.net": "gmx.de",
    "gmx.at": "gmx.de", "gmx.ch": "gmx.de", "yahoo.de": "yahoo.com", "icloud.com": "me.com", "mac.com": "me.com",
}  # fmt: skip
REST_SECONDS, SLOWEST = 300.0, 1 / 16


@dataclass
class _Pace:
    """Where one provider stands."""

    next_at: float = 0.0
    share: float = 1.0
    rests_until: float = 0.0


@dataclass
class Throttle:
    """The pace by provider; times are seconds of a clock that only goes forward.

    Attributes:
        per_minute: messages a minute to any one provider; 0 is no limit.
        by_domain: other rates for some.
        rest_seconds: how long one that asks for patience is left alone.
    """

    per_minute: float = 0.0
    by_domain: Mapping[str, float] = field(default_factory=dict)
    rest_seconds: float = REST_SECONDS
    _paces: dict[str, _Pace] = field(default_factory=dict)

    def wait(self, domain: str, now: float) -> float:
        """Seconds until this domain may be written to; 0 books the place at once."""
        name, pace = self._of(domain)
        if now < pace.rests_until:
            return pace.rests_until - now
        rate = self.by_domain.get(name, self.per_minute) * pace.share / 60.0
        if rate <= 0:
            return 0.0
        if now < pace.next_at:
            return pace.next_at - now
        pace.next_at = max(pace.next_at, now - 1.0) + 1.0 / rate  # a second that was missed may be caught up
        return 0.0

    def learn(self, domain: str, reply: Reply, now: float) -> None:
        """Slow down for a provider that asks for it, and recover slowly."""
        _, pace = self._of(domain)
        if reply.asks_for_patience:
            pace.share = max(pace.share / 2, SLOWEST)
            pace.rests_until = now + self.rest_seconds
        elif reply.outcome is Outcome.ACCEPTED:
            pace.share = min(pace.share * 1.02, 1.0)

    def _of(self, domain: str) -> tuple[str, _Pace]:
        name = SAME.get(domain, domain)
        return name, self._paces.setdefault(name, _Pace())
