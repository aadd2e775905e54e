"""What mail providers call back with, each in its own words, as feedback in one form."""

from collections.abc import Callable
from datetime import datetime

from passend.channels.email.feedback import Feedback
from passend.channels.email.providers.brevo import read_brevo
from passend.channels.email.providers.calls import Call
from passend.channels.email.providers.mailgun import read_mailgun
from passend.channels.email.providers.postmark import read_postmark
from passend.channels.email.providers.sendgrid import read_sendgrid
from passend.channels.email.providers.ses import read_ses

__all__ = ["READERS", "Call", "read_brevo", "read_mailgun", "read_postmark", "read_sendgrid", "read_ses"]

#: Provider -> what reads its calls. Each raises ``Forged`` for a call that is not the provider's.
READERS: dict[str, Callable[[Call, str, datetime], list[Feedback]]] = {
    "brevo": read_brevo,
    "mailgun": read_mailgun,
    "postmark": read_postmark,
    "sendgrid": read_sendgrid,
    "ses": read_ses,
}
