"""Text messages through any provider that takes an HTTP call: its address and its form stand in the settings."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from passend.channels.audience import e164
from passend.channels.email.liquid import filled
from passend.channels.port import Answer, Message, Outcome
from passend.channels.safe_line import SafeLine
from passend.errors import InvalidAddress, InvalidTemplate

#: Signs of one text message: 160 of the GSM alphabet, 70 where another sign is among them.
_GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)


@dataclass(frozen=True)
class SmsProvider:
    """How a provider is called.

    Attributes:
        url: its address.
        body: JSON with ``{to}``, ``{text}`` and ``{key}`` in its texts.
        headers: such as the authorisation.
        drops_doubles: whether it drops a second message with the same ``{key}``.
        country: code of numbers that name none.
    """

    url: str
    body: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    drops_doubles: bool = False
    country: str = "49"


def parts_of(text: str) -> int:
    """How many text messages a text takes, each of which costs."""
    single, joined = (160, 153) if set(text) <= _GSM else (70, 67)
    return 1 if len(text) <= single else -(-len(text) // joined)


class SmsChannel:
    """Sends text messages one by one."""

    name = "sms"

    def __init__(
        self,
        provider: SmsProvider,
        phones: Callable[[Sequence[str]], Mapping[str, str]],
        line: SafeLine | None = None,
    ) -> None:
        self._provider, self._phones, self._line = provider, phones, line or SafeLine()
        self.is_idempotent = provider.drops_doubles

    def send(self, batch: Sequence[Message], now: datetime) -> Iterator[Answer]:
        """Send; each is answered once."""
        del now
        phones = self._phones([one.customer_id for one in batch])
        for one in batch:
            yield self._sent(one, e164(phones.get(one.customer_id, ""), self._provider.country))

    def _sent(self, message: Message, number: str) -> Answer:
        if not number:
            return Answer(message.key, Outcome.REFUSED, "no number", f"customers/{message.customer_id}")
        try:
            text = filled(
                str(message.content.get("text", "")),
                {"offer": dict(message.content)},
                is_html=False,
                part="text",
            )
            values = {"to": number, "text": text, "key": message.key}
            body = {name: _put(form, values) for name, form in self._provider.body.items()}
            answer = self._line.post(
                self._provider.url,
                json.dumps(body, ensure_ascii=False).encode(),
                {"Content-Type": "application/json", **self._provider.headers},
            )
        except (InvalidAddress, InvalidTemplate) as problem:
            return Answer(message.key, Outcome.REFUSED, type(problem).__name__, str(problem))
        except ConnectionRefusedError as problem:
            return Answer(message.key, Outcome.DEFERRED, "no connection", str(problem))
        except OSError as problem:
            lost = Outcome.DEFERRED if self.is_idempotent else Outcome.UNCLEAR
            return Answer(message.key, lost, "no answer", str(problem))
        if 200 <= answer.status < 300:
            return Answer(message.key, Outcome.ACCEPTED, str(answer.status), answer.body[:500])
        is_later = answer.status in {408, 425, 429} or answer.status >= 500
        outcome = Outcome.DEFERRED if is_later else Outcome.REFUSED
        return Answer(message.key, outcome, str(answer.status), answer.body[:500])


def _put(said: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        said = said.replace(f"{{{name}}}", value)
    return said
