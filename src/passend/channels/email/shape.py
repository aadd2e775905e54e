"""The shape of a message: what is left of it when the customers' words are taken out. Compiled once, filled for each.

Liquid leaves a mark where it would write a value. Customers for whom it goes the same ways get the same text with the
same marks; that text is compiled to HTML once. The values, escaped as ever, then take the places of the marks. Where a
value decides how the message is laid out, such as a width, nothing can be kept, and the message is compiled whole.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser

from passend.channels.email.liquid import MARK
from passend.channels.email.markup import compiled_mjml, insist_on_links, printable, tidied, words_of
from passend.errors import InvalidTemplate

#: What MJML hands through as it stands; all else may be reckoned with.
_HANDED_THROUGH = {"href", "src", "alt", "title", "background-url", "name", "rel"}


@dataclass(frozen=True)
class _Cut:
    """A text cut at its marks: what stands between them, and the number of the value at each."""

    between: tuple[str, ...]
    places: tuple[int, ...]

    def filled(self, values: Sequence[str]) -> str:
        """The text with its values."""
        parts = [*self.between, *self.between]
        parts[::2] = self.between
        parts[1::2] = [*(values[place] for place in self.places), ""]
        return "".join(parts)


@dataclass(frozen=True)
class _Shape:
    """Both parts of a message, ready to be filled."""

    html: _Cut
    words: _Cut


def both_parts(marked: str, values: Sequence[str], *, wants_words: bool) -> tuple[str, str]:
    """HTML and plain text of a message.

    Args:
        marked: MJML with a mark for each value.
        values: escaped, in the order of their marks.
        wants_words: whether the plain text is asked for; else it is empty.

    Raises:
        InvalidTemplate: it is not MJML, or has a link that mail programs must not follow.
    """
    shape = _shape(marked)
    if shape is None:
        whole = _cut(marked).filled(values)
        made, words = compiled_mjml(whole), words_of(whole) if wants_words else ""
    else:
        made = shape.html.filled([printable(one) for one in values])
        words = shape.words.filled([_spoken(one) for one in values]) if wants_words else ""
    insist_on_links(made)
    return made, tidied(words) if wants_words else ""


def _spoken(value: str) -> str:
    """A value in plain text; what a filter made of elements becomes their words."""
    return words_of(value) if "<" in value else html.unescape(value).replace("\n", " ")


@lru_cache(maxsize=256)
def _shape(marked: str) -> _Shape | None:
    """The shape of a message; none where it must be compiled whole."""
    reader = _Attributes()
    reader.feed(marked)
    if reader.is_reckoned_with:
        return None
    try:
        made = _cut(compiled_mjml(marked))
    except InvalidTemplate:  # told with the values in their places
        return None
    if set(made.places) != set(_cut(marked).places):
        return None
    return _Shape(made, _cut(words_of(marked)))


def _cut(text: str) -> _Cut:
    parts = MARK.split(text)
    return _Cut(tuple(parts[::2]), tuple(int(one) for one in parts[1::2]))


class _Attributes(HTMLParser):
    """Finds values in attributes that MJML reckons with."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.is_reckoned_with = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element of MJML; those of HTML are handed through."""
        if tag.startswith("mj") or MARK.search(tag):
            self.is_reckoned_with |= any(
                MARK.search(f"{name} {value}") and name not in _HANDED_THROUGH for name, value in attrs
            )

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element that is empty."""
        self.handle_starttag(tag, attrs)
