"""Text messages as the settings describe their provider."""

import json

from passend.channels.sms import SmsProvider
from passend.errors import InvalidSetting
from passend.settings import Settings


def sms_provider(settings: Settings) -> SmsProvider:
    """How the provider of text messages is called.

    Raises:
        InvalidSetting: no provider is set, or what it is told is not JSON with texts, or names no number or text.
    """
    url = settings.text("sms.url")
    if not url:
        raise InvalidSetting(
            "No provider of text messages is set",
            record="sms.url",
            remedy="Set sms.url and sms.authorization.",
        )
    authorization = settings.text("sms.authorization")
    return SmsProvider(
        url,
        _fields(settings.text("sms.fields")),
        {"Authorization": authorization} if authorization else {},
        drops_doubles=bool(settings["sms.drops_doubles"]),
        country=settings.text("sms.country").lstrip("+0"),
        is_form=settings.text("sms.form") == "form",
    )


def _fields(told: str) -> dict[str, str]:
    try:
        fields = json.loads(told)
    except ValueError:
        fields = None
    is_texts = isinstance(fields, dict) and all(isinstance(one, str) for one in fields.values())
    if not is_texts or not all(any(place in one for one in fields.values()) for place in ("{to}", "{text}")):
        raise InvalidSetting(
            "What the provider of text messages is told cannot be used",
            record="sms.fields",
            remedy="Write a JSON object of texts with {to} and {text} among them, such as "
            '{"to": "{to}", "text": "{text}"}.',
        )
    return dict(fields)
