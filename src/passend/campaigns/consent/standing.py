"""Whether one message may go to one person now, and which record says so.

The rules are those of the plan (``customers/sql/latest_consents.sql`` and ``decisions/rules/consent.py``), asked again
for each message at the moment it leaves: the latest word counts, of two at one moment the no; a refusal on any ground
is a wall; a word about one topic says nothing of the others. Without consent, German law (UWG 7(3)) allows e-mail to
an address from a sale for the firm's own similar goods, if the right to object was told at collection and is told in
each message; which bought product makes it similar travels with the message as evidence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

EXISTING = "existing customer"


@dataclass(frozen=True)
class Word:
    """One word of one person, as the ledger has it.

    Attributes:
        record: where it stands, such as ``consent_words/17``.
        channel: on which it counts; ``any`` for all.
        topic: what it is about; empty for all advertising.
        is_given: yes or no.
        said_at: when.
        basis: double opt-in, opt-in, existing customer or objection.
        gap_days: the person wants to hear at most once in so many days.
        source: who told it.
        evidence: what proves it: form, message, or how it was said.
        text_version: fingerprint of the text agreed to.
    """

    record: str
    channel: str
    topic: str
    is_given: bool
    said_at: datetime
    basis: str = ""
    gap_days: int | None = None
    source: str = ""
    evidence: str = ""
    text_version: str = ""


@dataclass(frozen=True)
class Terms:
    """What the firm's rules say of a channel.

    Attributes:
        needs: ``consent`` or ``nothing``.
        accepts: grounds that count as consent.
        legal_basis: ``existing customer`` where similar goods may be shown without consent.
        notice_at_collection: the right to object was told when the address was taken.
        notice_in_message: each message tells of it.
    """

    needs: str = "consent"
    accepts: tuple[str, ...] = ("double opt-in", "opt-in", EXISTING)
    legal_basis: str = "none"
    notice_at_collection: bool = False
    notice_in_message: bool = False


@dataclass(frozen=True)
class Question:
    """A message that wants to go out.

    Attributes:
        channel: on which.
        topic: what it is about; empty for advertising as such.
        similar_to: a bought product to which the offered one is similar; empty where none is known.
        last_contact: when the person was written to last on this channel.
        now: the moment of sending.
    """

    channel: str
    now: datetime
    topic: str = ""
    similar_to: str = ""
    last_contact: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """The answer.

    Attributes:
        may: whether it may go.
        ground: on which ground, or why not: short and stable.
        record: the record that decides; empty where there is none.
        says: the same for people.
        until: for a refusal that passes, such as a wish to hear rarely.
    """

    may: bool
    ground: str
    record: str = ""
    says: str = ""
    until: datetime | None = None


def standing(
    words: Iterable[Word], suppressions: Sequence[Word], terms: Terms, question: Question
) -> Standing:
    """Whether the message may go.

    Args:
        words: all words of the person, in any order, on any channel.
        suppressions: addresses of the person that get no advertising, as words that are a no.
        terms: of the channel.
        question: the message.
    """
    if suppressions:
        wall = max(suppressions, key=lambda word: word.said_at)
        return Standing(False, "suppressed", wall.record, f"the address gets no advertising: {wall.basis}")
    # A no counts at once, even where a clock or a time zone dates it into the future; a yes not before its moment.
    mine = [
        word
        for word in words
        if word.channel in {question.channel, "any"} and (not word.is_given or word.said_at <= question.now)
    ]
    general = latest([word for word in mine if not word.topic])
    about = latest([word for word in mine if word.topic and word.topic == question.topic])
    for word in (general, about):
        if word and not word.is_given and not _taken_back(word, (general, about)):
            return Standing(False, "objected", word.record, _objected(word))
    if terms.needs == "nothing":  # what is permitted anyway rests on no consent, as in the plan
        return _rested(mine, question, None, "not needed")
    given = next((word for word in (about, general) if word and word.is_given), None)
    if given and given.basis in terms.accepts:
        return _rested(mine, question, given, given.basis)
    return _without_consent(mine, given, terms, question)


def latest(words: Sequence[Word]) -> Word | None:
    """The word that counts: the latest, of two at one moment the no."""
    return max(words, key=lambda word: (word.said_at, not word.is_given, word.record), default=None)


def _taken_back(refusal: Word, both: Sequence[Word | None]) -> bool:
    """A no to everything ends where the person later says yes to this very topic."""
    return not refusal.topic and any(
        word is not None and bool(word.topic) and word.is_given and word.said_at > refusal.said_at
        for word in both
    )


def _without_consent(mine: Sequence[Word], given: Word | None, terms: Terms, question: Question) -> Standing:
    if terms.legal_basis != EXISTING and given:
        accepted = ", ".join(terms.accepts)
        basis = given.basis or "-"
        because = (
            f"the consent to {question.channel} rests on '{basis}', which does not count: {accepted} does"
        )
        return Standing(False, "no consent", given.record, because)
    if terms.legal_basis != EXISTING:
        return Standing(False, "no consent", "", f"{question.channel} needs consent and there is none")
    if question.channel != "email":
        return Standing(False, "no consent", "", "without consent only e-mail may be sent (German UWG 7(3))")
    if not (terms.notice_at_collection and terms.notice_in_message):
        return Standing(
            False,
            "no notice",
            "",
            "the right to object was not told at collection and in the message (UWG 7(3))",
        )
    if not question.similar_to:
        return Standing(
            False,
            "not similar",
            "",
            "without consent only goods similar to those bought may be shown (UWG 7(3))",
        )
    return _rested(mine, question, None, EXISTING, record=f"bought/{question.similar_to}")


def _rested(
    mine: Sequence[Word], question: Question, given: Word | None, ground: str, record: str = ""
) -> Standing:
    """Who wants to hear rarely is left alone until then."""
    wish = latest([word for word in mine if word.gap_days])
    if wish and wish.gap_days and question.last_contact:
        until = question.last_contact + timedelta(days=wish.gap_days)
        if until > question.now:
            says = f"wants to hear at most once in {wish.gap_days} days"
            return Standing(False, "too soon", wish.record, says, until)
    return Standing(True, ground, record or (given.record if given else ""), f"permitted: {ground}")


def _objected(word: Word) -> str:
    about = f" about {word.topic}" if word.topic else ""
    return f"does not want messages{about} since {word.said_at:%Y-%m-%d}"
