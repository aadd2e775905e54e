"""Webhooks to the firm's other systems, signed as the Standard Webhooks specification asks.

The id is the message's key: whoever gets it twice drops the second. So a call whose answer was lost is made again.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import urlsplit

from standardwebhooks.webhooks import Webhook

from passend.channels.port import Answer, Message, Outcome
from passend.channels.safe_line import Response, SafeLine
from passend.errors import InvalidAddress

#: Waits after a failure, as the specification proposes: seconds to days.
WAITS = tuple(timedelta(seconds=one) for one in (5, 300, 1800, 7200, 18000, 36000, 36000, 86400))


@dataclass(frozen=True)
class Hook:
    """Where webhooks go.

    Attributes:
        url: address, where the step of the campaign names none.
        secret: of the signature, ``whsec_...``.
    """

    url: str
    secret: str = field(repr=False)


class WebhookChannel:
    """Calls another system for each message; several at once, so that one that hangs holds up few."""

    name = "webhook"
    is_idempotent = True

    def __init__(
        self, hook: Hook, line: SafeLine | None = None, at_once: int = 8, seed: int | None = None
    ) -> None:
        self._hook, self._line, self._at_once = hook, line or SafeLine(), at_once
        self._random = Random(seed)  # noqa: S311 - spreads retries, guards nothing

    def send(self, batch: Sequence[Message], now: datetime) -> Iterator[Answer]:
        """Call for each message; each is answered once."""
        silent: Counter[str] = Counter()
        with ThreadPoolExecutor(self._at_once) as pool:
            yield from pool.map(lambda one: self._called(one, silent, now), batch)

    def _called(self, message: Message, silent: Counter[str], now: datetime) -> Answer:
        """One call; a host that has not answered as many calls as are made at once is left alone in this batch."""
        host = urlsplit(str(message.content.get("url") or self._hook.url)).netloc
        if silent[host] >= self._at_once:
            return self._later(message, "no answer", f"{host} has not answered {silent[host]} calls", now)
        body = json.dumps(told(message, now), ensure_ascii=False, separators=(",", ":"))
        try:
            answer = self._line.post(
                str(message.content.get("url") or self._hook.url),
                body.encode(),
                self._signed(message, body),
            )
        except InvalidAddress as problem:
            return Answer(message.key, Outcome.REFUSED, "address", str(problem))
        except OSError as problem:
            silent[host] += 1
            return self._later(message, "no answer", f"{host}: {problem}", now)
        silent[host] = 0
        return self._understood(message, answer, now)

    def _signed(self, message: Message, body: str) -> dict[str, str]:
        # Receivers refuse what was signed minutes ago, and a batch may have waited for a slow one: the call's own time.
        at = datetime.now(UTC)
        signature = Webhook(self._hook.secret).sign(message.key, at, body)
        return {
            "Content-Type": "application/json", "User-Agent": "passend", "webhook-id": message.key,
            "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature,
        }  # fmt: skip

    def _understood(self, message: Message, answer: Response, now: datetime) -> Answer:
        code, says = str(answer.status), answer.body[:500]
        if 200 <= answer.status < 300:
            return Answer(message.key, Outcome.ACCEPTED, code, says)
        if answer.status in {408, 425, 429} or answer.status >= 500:
            return self._later(message, code, says, now, answer.retry_after)
        return Answer(message.key, Outcome.REFUSED, code, says)

    def _later(self, message: Message, code: str, says: str, now: datetime, wait: float = 0.0) -> Answer:
        pause = WAITS[min(message.attempts, len(WAITS) - 1)] * self._random.uniform(0.8, 1.2)
        at = now + max(pause, timedelta(seconds=wait))
        return Answer(message.key, Outcome.DEFERRED, code, says, at, code == "no answer")


def told(message: Message, now: datetime) -> Mapping[str, Any]:
    """What the other system is told: type, time, and the message with its offer."""
    content = {key: value for key, value in message.content.items() if key not in {"url", "template"}}
    return {
        "type": "offer.made" if message.product_id else "message.sent",
        "timestamp": now.replace(tzinfo=UTC).isoformat(),
        "data": {
            "customer_id": message.customer_id, "campaign": message.campaign, "step": message.step,
            "product_id": message.product_id, "variant": message.variant,
            "discount_share": message.discount_share, **content,
        },
    }  # fmt: skip
