"""Text messages through any provider that takes an HTTP call: its address and its form stand in the settings."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from passend.channels.audience import e164
from passend.channels.port import Answer, Message, Outcome
from passend.channels.safe_line import SafeLine
from passend.errors import InvalidAddress

#: Signs of one text message: 160 of the GSM alphabet, 70 where another sign is among them.
_GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)
_PLACE = re.compile(r"\{(to|text|key)\}")


@dataclass(frozen=True)
class SmsProvider:
    """How a provider is called.

    Attributes:
        url: its address.
        body: its fields, with ``{to}``, ``{text}`` and ``{key}`` in their texts.
        headers: such as the authorisation.
        drops_doubles: whether it drops a second message with the same ``{key}``.
        country: code of numbers that name none.
        is_form: whether the fields go as a web form, as with Twilio; else as JSON.
    """

    url: str
    body: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    drops_doubles: bool = False
    country: str = "49"
    is_form: bool = False

    def call(self, values: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
        """The body and the headers of one call."""
        fields = {name: _put(form, values) for name, form in self.body.items()}
        kind = "application/x-www-form-urlencoded" if self.is_form else "application/json"
        body = urlencode(fields) if self.is_form else json.dumps(fields, ensure_ascii=False)
        return body.encode(), {"Content-Type": kind, **self.headers}


def parts_of(text: str) -> int:
    """How many text messages a text takes, each of which costs."""
    single, joined = (160, 153) if set(text) <= _GSM else (70, 67)
    return 1 if len(text) <= single else -(-len(text) // joined)


@dataclass(frozen=True)
class Text:
    """A text message as it leaves: its key, for whom, their phone number as the firm knows it, and the words."""

    key: str
    customer_id: str
    number: str
    words: str


#: Writes messages with what is true now, or says why one does not leave.
Write = Callable[[Sequence[Message], datetime], Iterable[Text | Answer]]


class SmsChannel:
    """Sends text messages one by one."""

    name = "sms"

    def __init__(self, provider: SmsProvider, write: Write, line: SafeLine | None = None) -> None:
        self._provider, self._write, self._line = provider, write, line or SafeLine()
        self.is_idempotent = provider.drops_doubles

    def send(self, batch: Sequence[Message], now: datetime) -> Iterator[Answer]:
        """Send; each is answered once."""
        for one in self._write(batch, now):
            yield one if isinstance(one, Answer) else self._sent(one)

    def _sent(self, text: Text) -> Answer:
        number = e164(text.number, self._provider.country)
        if not number:
            return Answer(text.key, Outcome.REFUSED, "no number", f"customers/{text.customer_id}")
        body, headers = self._provider.call({"to": number, "text": text.words, "key": text.key})
        try:
            answer = self._line.post(self._provider.url, body, headers)
        except InvalidAddress as problem:
            return Answer(text.key, Outcome.REFUSED, type(problem).__name__, str(problem))
        except ConnectionRefusedError as problem:
            return Answer(text.key, Outcome.DEFERRED, "no connection", str(problem))
        except OSError as problem:
            lost = Outcome.DEFERRED if self.is_idempotent else Outcome.UNCLEAR
            return Answer(text.key, lost, "no answer", str(problem))
        if 200 <= answer.status < 300:
            return Answer(text.key, Outcome.ACCEPTED, str(answer.status), answer.body[:500])
        is_later = answer.status in {408, 425, 429} or answer.status >= 500
        outcome = Outcome.DEFERRED if is_later else Outcome.REFUSED
        return Answer(text.key, outcome, str(answer.status), answer.body[:500])


def _put(said: str, values: Mapping[str, str]) -> str:
    # In one pass: a message that itself holds {key} stays as it was written.
    return _PLACE.sub(lambda place: values[place[1]], said)
