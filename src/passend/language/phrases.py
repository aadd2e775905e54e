"""Says a message with its parameters in the language that is spoken.

A message is an English sentence with named places: ``{orders:n} orders since {first:d}``. Behind the colon stands
what the place takes, and so how it is written in each language:

==========  =========================================================================================
(nothing)   text, as it is
``n``       a whole number; the first one of a message chooses singular or plural
``.1``      a number with so many digits after its decimal sign
``%``       a share of 1, in per cent; ``%1`` with one digit after the sign
``x``       a number with the digits that it has
``i``       whole numbers with commas between them, such as those of lines
``d``       a date
``m``       an amount of money as text, ``1,234.50 EUR``
``w``       a word of the firm's language, such as a verdict
``s``       a sentence that is a message itself
``l``       sentences or words joined by "and"; ``c`` by commas, ``j`` by semicolons
==========  =========================================================================================
"""

import gettext
import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path

from passend.language import figures
from passend.language.tongue import chosen

LOCALES = Path(__file__).resolve().parent / "locale"
#: The two catalogues of a language: what faces say, and what tables and exceptions hold.
SAID, STORED = "said", "stored"
PLACE = re.compile(r"\{(\w+)(?::([^}]*))?\}")
#: What joins the parts of a list in the tables' own sentences.
JOINS = {"l": " and ", "c": ", ", "j": "; "}


def phrase(message: str, plural: str = "", /, **parameters: object) -> str:
    """Say a message.

    Args:
        message: the English sentence with its places.
        plural: the same for all numbers but one, where it differs.
        parameters: what stands in the places.
    """
    number = _number(plural or message, parameters)
    catalogue = _catalogue(chosen())
    found = message if number is None else catalogue.ngettext(message, plural or message, number)
    if found == message:  # no number, or a message that is the same for all
        found = catalogue.gettext(message)
    return PLACE.sub(lambda place: _written(parameters[place[1]], place[2] or ""), found)


def word(text: str) -> str:
    """A word such as a verdict, a channel or a kind of relation, as the firm's people say it."""
    return _catalogue(chosen()).gettext(text) if text else ""


def _number(message: str, parameters: dict[str, object]) -> int | None:
    """The number that chooses between singular and plural."""
    for place in PLACE.finditer(message):
        if place[2] == "n":
            value = parameters[place[1]]
            return round(value) if isinstance(value, int | float) else None
    return None


def _written(value: object, what: str) -> str:
    """A parameter as its place takes it; what is of another kind stands as it is."""
    if isinstance(value, int | float) and what:
        return _figure(value, what)
    said = "" if value is None else str(value)
    if what == "x":
        said = figures.restyled(said)
    elif what == "d" and isinstance(value, date):
        said = figures.day(value)
    elif what == "w":
        said = word(said)
    elif what in {"s", *JOINS}:
        from passend.language.retelling import joined  # noqa: PLC0415 - sentences in a sentence

        many = not isinstance(value, str) and isinstance(value, Iterable)
        said = joined([str(one) for one in value] if many else [said], JOINS.get(what, ""))  # type: ignore[attr-defined]
    return said


def _figure(value: float, what: str) -> str:
    if what.startswith("%"):
        return figures.share(value, int(what[1:]) if what[1:] else None)
    return figures.decimal(value, int(what[1:]) if what.startswith(".") else 0)


@lru_cache
def _catalogue(language: str) -> gettext.NullTranslations:
    found = gettext.translation(SAID, LOCALES, [language], fallback=True)
    found.add_fallback(gettext.translation(STORED, LOCALES, [language], fallback=True))
    return found
