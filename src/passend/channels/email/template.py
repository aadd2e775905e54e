"""A message as it is written once, and as one customer reads it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from passend.channels.email.liquid import compiled, filled, marked
from passend.channels.email.shape import both_parts
from passend.errors import InvalidTemplate
from passend.language import speaking

_BREAKS = re.compile(r"\s+")
#: RFC 5322 allows 998 signs in a line; mail programs show about 70.
_LONGEST_SUBJECT = 250


@dataclass(frozen=True)
class Template:
    """A message with places for what differs by customer.

    Attributes:
        subject: Liquid.
        mjml: Liquid that makes MJML.
        text: Liquid that makes plain text; empty takes the words of ``mjml``.
        language: ``de`` or ``en``: how money, numbers and dates are written.
    """

    subject: str
    mjml: str
    text: str = ""
    language: str = "de"

    def check(self) -> None:
        """See whether it can be read at all, before anybody waits for it.

        Raises:
            InvalidTemplate: a part is not Liquid.
        """
        compiled(self.subject, is_html=False, part="subject")
        compiled(self.mjml, is_html=True, part="body")
        compiled(self.text, is_html=False, part="text")


@dataclass(frozen=True)
class Rendered:
    """A message for one customer."""

    subject: str
    html: str
    text: str


def render(template: Template, values: Mapping[str, Any]) -> Rendered:
    """The message for one customer.

    Args:
        template: the message as written.
        values: what the template may name: customer, offer, links and what the firm adds.

    Raises:
        InvalidTemplate: it cannot be rendered for this customer; part, line and remedy are named.
    """
    with speaking(template.language):
        subject = _BREAKS.sub(" ", filled(template.subject, values, is_html=False, part="subject")).strip()
        mjml, told = marked(template.mjml, values, part="body")
        text = filled(template.text, values, is_html=False, part="text") if template.text else ""
    if not subject:
        raise InvalidTemplate("The subject is empty", record="subject", remedy="Give the message a subject.")
    if len(subject) > _LONGEST_SUBJECT:
        raise InvalidTemplate(
            f"The subject has {len(subject):,} characters", record="subject", remedy="Write at most 250."
        )
    html, words = both_parts(mjml, told, wants_words=not template.text)
    return Rendered(subject, html, text or words)
