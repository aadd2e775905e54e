"""Which language is spoken: what the call, the setting or the computer says."""

import locale
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

#: Language -> its locale for numbers, money and dates; the first is the language of the tables.
LANGUAGES = {"en": "en_GB", "de": "de_DE"}
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANGUAGE", "LANG")
#: How Windows calls them.
_LONG_NAMES = {"english": "en", "german": "de", "deutsch": "de"}

_spoken: ContextVar[str] = ContextVar("language", default="en")


def chosen() -> str:
    """The language that is spoken now."""
    return _spoken.get()


def speak(language: str) -> None:
    """Speak a language from now on; ``auto`` stands for the computer's own."""
    _spoken.set(_known(language))


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language for the length of a ``with`` block."""
    before = _spoken.set(_known(language))
    try:
        yield
    finally:
        _spoken.reset(before)


def system_language() -> str:
    """The computer's language; English where it is none of ours."""
    said = next((os.environ[name] for name in _VARIABLES if os.environ.get(name)), "")
    said = said or locale.getlocale()[0] or ""
    first = said.split(":")[0].replace("-", "_").split("_")[0].split(".")[0].lower()
    language = _LONG_NAMES.get(first, first)
    return language if language in LANGUAGES else "en"


def _known(language: str) -> str:
    return language if language in LANGUAGES else system_language()
