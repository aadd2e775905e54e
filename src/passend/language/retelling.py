"""Says again, in the language that is spoken, a sentence that stands in a table or an exception.

Tables hold English sentences of known messages, so that every workspace reads alike. A sentence is recognised by its
message: what stands between the fixed words are its parameters. What no message fits stays as it is.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from passend.language.phrases import JOINS, LOCALES, PLACE, STORED, phrase, word
from passend.language.tongue import LANGUAGES, chosen

_READ = {
    "": r".+?",
    "n": r"-?\d[\d,]*",
    "d": r"\d{4}-\d\d-\d\d(?:[ T][\d:.]+)?|\d{1,2} [A-Z][a-z]+ \d{4}",
    "m": r"-?\d[\d,]*(?:\.\d+)?(?: [A-Z]{3})?",
    "x": r"-?\d[\d,]*(?:\.\d+)?(?:e[+-]\d+)?",
    "i": r"\d+(?:, \d+)*",
    "w": r".+?",
    "s": r".+",
    "l": r".+",
    "c": r".+",
    "j": r".+",
}
_NUMBER, _SHARE = r"-?\d[\d,]*(?:\.\d+)?", r"-?\d[\d,]*(?:\.\d+)? ?%"
#: A message that ends with a sentence: the fixed words before that, and the sign after it.
_WORD = re.compile(r"[^\W\d]{3}")
_ENDING = re.compile(r".*\}([^{}]+)\{\w+:s\}([^{}\w]?)")
_AMOUNT = re.compile(r"(-?[\d,.]+)(?: ([A-Z]{3}))?")


@dataclass(frozen=True)
class Message:
    """A message that sentences are recognised by.

    Attributes:
        singular: the message, as the catalogue knows it.
        plural: the same for several.
        pattern: what its sentences look like; of one that ends with a sentence, what stands before that.
        takes: its places and what they take.
        before: the fixed words before the sentence at its end; empty where none stands there.
        after: the sign after that sentence, such as a full stop.
    """

    singular: str
    plural: str
    pattern: "re.Pattern[str]"
    takes: tuple[tuple[str, str], ...]
    before: str = ""
    after: str = ""

    def read(self, sentence: str) -> dict[str, str] | None:
        """What stands in the places, or none where the sentence is another one."""
        if not self.before:
            found = self.pattern.fullmatch(sentence)
            return found.groupdict() if found else None
        # A product's name may hold the very signs that part the two: a split is right where both sides are read.
        name, first = self.takes[-1][0], None
        end = len(sentence) - len(self.after)
        for sign in re.finditer(re.escape(self.before), sentence) if sentence.endswith(self.after) else ():
            found = self.pattern.fullmatch(sentence, 0, sign.start())
            if found and sign.end() < end:
                read = {**found.groupdict(), name: sentence[sign.end() : end]}
                if _reads_whole(self, read):
                    return read
                first = first or read
        return first


def retold(sentence: str) -> str:
    """A stored sentence, or a line each of several, in the language that is spoken; tables hold English already."""
    if not sentence or chosen() == "en":
        return sentence
    lines = sentence.split("\n")
    if len(lines) > 1 and any(is_known(line) for line in lines):
        return "\n".join(_retold(line, chosen()) for line in lines)
    return _retold(sentence, chosen())


def is_known(sentence: str) -> bool:
    """Whether a sentence without places is one of the stored messages, or of the form of one."""
    message = _recognised(sentence)[0]
    return sentence in _fixed() or (
        message is not None and bool(_WORD.search(PLACE.sub("", message.singular)))
    )


def joined(parts: Sequence[str], join: str = ", ") -> str:
    """Sentences or words, each retold, in a row; the last after "and" where ``join`` is that."""
    told = [retold(part) for part in parts]
    if join == JOINS["l"] and len(told) > 1:
        return f"{', '.join(told[:-1])} {word('and')} {told[-1]}"
    return join.join(told)


@lru_cache(maxsize=8192)
def _retold(sentence: str, language: str) -> str:
    del language  # tells the remembered sentences of one language from those of another
    fixed = word(sentence)
    if fixed != sentence:
        return fixed
    message, read = _recognised(sentence)
    if message is None:
        return sentence
    return phrase(
        message.singular, message.plural, **{name: _value(read[name], what) for name, what in message.takes}
    )


@lru_cache(maxsize=8192)
def _recognised(sentence: str) -> tuple[Message | None, dict[str, str]]:
    """The message that a sentence is, and its parameters.

    Several may fit, such as ``It takes {allowed}: {help}.`` and ``It takes {allowed}. {help}`` where the help holds a
    colon: the one whose own sentences are known is meant, else the one with more fixed words.
    """
    first: tuple[Message | None, dict[str, str]] = (None, {})
    for message in (*_messages().get(_start(sentence), ()), *_messages()[""]):
        read = message.read(sentence)
        if read is not None:
            if _reads_whole(message, read):
                return message, read
            first = first if first[0] else (message, read)
    return first


def _reads_whole(message: Message, read: Mapping[str, str]) -> bool:
    """Whether the sentences in a sentence are known, too."""
    return all(_is_known(read[name]) for name, what in message.takes if what == "s")


def _is_known(sentence: str) -> bool:
    """Whether a sentence is read whole, with the sentences in it."""
    if sentence in _fixed():
        return True
    message, read = _recognised(sentence)
    return message is not None and _reads_whole(message, read)


def _value(text: str, what: str) -> object:
    """A parameter as it was before it was written."""
    value: object = text
    if what == "n":
        value = int(text.replace(",", ""))
    elif what.startswith("."):
        value = float(text.replace(",", ""))
    elif what.startswith("%"):
        value = float(text.rstrip(" %").replace(",", "")) / 100
    elif what == "d":
        value = datetime.fromisoformat(text) if text[4:5] == "-" else datetime.strptime(text, "%d %B %Y")
    elif what == "m":
        value = _amount(text)
    elif what in JOINS:
        value = text.split(JOINS[what])
    return value


def _amount(text: str) -> str:
    from passend.language.figures import money  # noqa: PLC0415 - only where an amount stands
    from passend.vocabulary import minor_units  # noqa: PLC0415

    found = _AMOUNT.fullmatch(text)
    if found is None:
        return text
    return money(float(found[1].replace(",", "")) * minor_units(found[2]), found[2])


@lru_cache(maxsize=1)
def _messages() -> dict[str, tuple[Message, ...]]:
    """All messages with places, by their first word; those that begin with a place under the empty word.

    Of two that fit, the one with more fixed words comes first.
    """
    found: dict[str, list[Message]] = {"": []}
    for forms in _stored():
        for form in dict.fromkeys(forms):
            if PLACE.search(form):
                found.setdefault(_start(form), []).append(_message(form, forms))
    return {
        start: tuple(sorted(messages, key=lambda one: -len(PLACE.sub("", one.singular))))
        for start, messages in found.items()
    }


@lru_cache(maxsize=1)
def _fixed() -> frozenset[str]:
    """The messages without places."""
    return frozenset(form for forms in _stored() for form in forms if not PLACE.search(form))


@lru_cache(maxsize=1)
def _stored() -> tuple[tuple[str, str], ...]:
    """All stored messages, each with its plural."""
    from babel.messages.mofile import read_mo  # noqa: PLC0415 - only where sentences are retold

    other = next(language for language in LANGUAGES if language != "en")
    with (LOCALES / other / "LC_MESSAGES" / f"{STORED}.mo").open("rb") as file:
        ids = [entry.id for entry in read_mo(file) if entry.id]
    return tuple((one, one) if isinstance(one, str) else (one[0], one[1]) for one in ids)


def _message(form: str, forms: Sequence[str]) -> Message:
    pattern, last = "", 0
    takes: list[tuple[str, str]] = []
    for place in PLACE.finditer(form):
        name, what = place[1], place[2] or ""
        pattern += re.escape(form[last : place.start()])
        if name in dict(takes):
            pattern += f"(?P={name})"
        else:
            takes.append((name, what))
            pattern += f"(?P<{name}>{_reads(what)})"
        last = place.end()
    pattern += re.escape(form[last:])
    ending = _ENDING.fullmatch(form)
    if ending:
        pattern = pattern[: pattern.rindex(re.escape(ending[1]) + "(?P<")]
    before, after = ending.groups() if ending else ("", "")
    return Message(forms[0], forms[1], re.compile(pattern, re.DOTALL), tuple(takes), before, after)


def _reads(what: str) -> str:
    if what.startswith("."):
        return _NUMBER
    return _SHARE if what.startswith("%") else _READ[what]


def _start(sentence: str) -> str:
    """The first word, or nothing where a place stands in it."""
    first = sentence.partition(" ")[0]
    return "" if "{" in first else first
