"""Which language is spoken: what the call, the setting or the computer says."""

import locale
import os
import sys
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


def usual_language() -> str:
    """What a call that names no language speaks: that of ``PASSEND_LANGUAGE``, else the computer's own."""
    return os.environ.get("PASSEND_LANGUAGE", "auto")


def system_language() -> str:
    """The computer's language; English where it is none of ours."""
    said = next((os.environ[name] for name in _VARIABLES if os.environ.get(name)), "")
    said = said or _of_the_desktop(sys.platform) or locale.getlocale()[0] or ""
    first = said.split(":")[0].replace("-", "_").split("_")[0].split(".")[0].lower()
    language = _LONG_NAMES.get(first, first)
    return language if language in LANGUAGES else "en"


def _of_the_desktop(platform: str) -> str:
    """What Windows or macOS speak, which tell it in no variable; empty where it cannot be known."""
    import ctypes  # noqa: PLC0415 - most computers tell it in a variable
    import subprocess  # noqa: PLC0415 - likewise

    try:
        if platform == "win32":
            kernel = ctypes.windll.kernel32  # type: ignore[attr-defined, unused-ignore]
            return locale.windows_locale.get(kernel.GetUserDefaultUILanguage(), "")
        if platform == "darwin":
            ask = ["/usr/bin/defaults", "read", "-g", "AppleLocale"]
            return subprocess.run(  # noqa: S603 - a fixed program of the system
                ask, capture_output=True, text=True, timeout=5, check=False
            ).stdout.strip()
    except (OSError, AttributeError, subprocess.SubprocessError):
        pass
    return ""


def _known(language: str) -> str:
    return language if language in LANGUAGES else system_language()
