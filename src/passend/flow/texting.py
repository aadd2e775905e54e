"""Text messages, written with what is true when they leave, as mails are: price, stock, the plan, consent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from passend.channels import Answer, Message, Outcome
from passend.channels.email.liquid import filled
from passend.channels.sms import Text
from passend.errors import PassendError
from passend.flow.true_at_send import Permit, true_now
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
        for one in batch:
            if one.key in true.turned:
                yield true.turned[one.key]
                continue
            values = true.facts.values(one, true.codes.get(one.key, ""), now)
            try:
                with speaking(true.facts.language(one)):
                    said = filled(str(one.content.get("text", "")), values, is_html=False, part="text")
            except PassendError as problem:
                yield Answer(one.key, Outcome.REFUSED, type(problem).__name__, str(problem))
                continue
            # A blank that does not break is no sign of text messages: with one in it a message is two, and paid twice.
            said = said.translate(_BLANKS).strip()
            if not said:
                yield Answer(one.key, Outcome.REFUSED, "no text", f"{one.campaign}/{one.step}")
                continue
            yield Text(one.key, true.facts.people[one.customer_id].address("sms"), said)
