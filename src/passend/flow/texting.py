"""Text messages, written with what is true when they leave, as mails are: price, stock, the plan, consent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from passend.channels import Answer, Message, Outcome
from passend.channels.email.liquid import filled
from passend.channels.sms import Text
from passend.flow.campaigns.messages import Permit
from passend.flow.true_at_send import TrueNow, true_now, written
from passend.language import speaking
from passend.store import Store

_BLANKS = {0xA0: " ", 0x202F: " "}


@dataclass(frozen=True)
class TextDesk:
    """What writes the firm's text messages.

    Attributes:
        store: of the campaigns.
        permit: asked once more when the text is written.
    """

    store: Store
    permit: Permit | None = None

    def prepare(self, batch: Sequence[Message], now: datetime) -> Iterator[Text | Answer]:
        """Write some messages; what changed since they were planned is read here, in one transaction."""
        with self.store.change() as connection:
            true = true_now(connection, batch, now, self.permit)
        yield from written(batch, true, lambda one: _text(one, true, now))


def _text(one: Message, true: TrueNow, now: datetime) -> Text | Answer:
    values = true.facts.values(one, true.codes.get(one.key, ""), now)
    with speaking(true.facts.language(one)):
        said = filled(str(one.content.get("text", "")), values, is_html=False, part="text")
    # A blank that does not break is no sign of text messages: with one in it a message is two, and paid twice.
    said = said.translate(_BLANKS).strip()
    if not said:
        return Answer(one.key, Outcome.REFUSED, "no text", f"{one.campaign}/{one.step}")
    return Text(one.key, one.customer_id, true.facts.people[one.customer_id].address("sms"), said)
