"""One batch of a firm's further table as columns of its contract, with the reason where a row cannot be used."""

import hashlib
import re
from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from passend.intake.firm_values import (
    CHANNELS,
    COST_KINDS,
    DIRECTIONS,
    EVENT_KINDS,
    EVENTS_ASIDE,
    GIVEN,
    OUTCOMES,
    PERIOD_DAYS,
    PURPOSES,
)
from passend.intake.identity import as_written_alike
from passend.intake.numbers import LARGEST, parse_number, parse_numbers
from passend.intake.synonyms import key
from passend.intake.texts import as_text, clean_names, emptied, is_blank, read_texts
from passend.intake.times import parse_times
from passend.intake.typed import TypedRows
from passend.tables.contract import TYPES, Column
from passend.vocabulary import minor_units

_IDS = frozenset({"customer_id", "product_id", "contract_id", "event_id", "contact_id", "visit_id"})
_WORDS: dict[tuple[str, str], Mapping[str, str]] = {
    ("events", "kind"): EVENT_KINDS,
    ("contacts", "direction"): DIRECTIONS,
    ("contacts", "channel"): CHANNELS,
    ("contacts", "purpose"): PURPOSES,
    ("contacts", "outcome"): OUTCOMES,
    ("consents", "channel"): CHANNELS,
    ("costs", "kind"): COST_KINDS,
}
_FOREVER = r"^\s*(9999|2999|31[./]12[./]9999|12/31/9999)"
_YEAR = re.compile(r"(?<!\d)(?:18|19|20)\d\d(?!\d)")


class FirmRows(TypedRows):
    """The columns of one batch of a firm's further table."""

    def column(self, table: str, column: Column) -> pa.Array:
        """One column of the contract; what is wrong with a row is noted."""
        meaning = column.name
        if meaning == "is_given" and self._reading.recognition.only_refusals:
            return pa.repeat(pa.scalar(False), self.size)
        if not self.has(meaning):
            return pa.nulls(self.size, TYPES[column.type])
        if (table, meaning) in _WORDS:
            return self._worded(table, meaning)
        return self._reader(column)(meaning)

    def _reader(self, column: Column) -> Callable[[str], pa.Array]:
        """How a column is read: ids as they stand, money in minor units, shares, texts."""
        own: dict[str, Callable[[str], pa.Array]] = {
            **dict.fromkeys(_IDS, self.ids),
            "customer_id": lambda _: self.customers(),
            "email": lambda meaning: as_written_alike(self._joined(meaning)),
            "birth_year": self._birth_year,
            "period_days": self._period,
            "is_given": self._given,
            "currency": lambda _: self.currency(),
            "discount_share": self._share,
            "probability": self._share,
        }
        by_type = {
            "time": self._time,
            "whole": self._cents,
            "number": lambda meaning: self.numbers(meaning).values,
        }
        return own.get(column.name) or by_type.get(column.type) or self._joined

    def complete(self, table: str, columns: dict[str, pa.Array]) -> None:
        """What the intake makes itself where the file has no column for it."""
        if table == "events":
            columns["event_id"] = self._made_ids(columns, "event_id")
        elif table == "contacts":
            columns["contact_id"] = self._made_ids(columns, "contact_id")
            columns["direction"] = pc.fill_null(columns["direction"], "out")
            columns["purpose"] = pc.fill_null(columns["purpose"], "offer")
        elif table == "consents":
            columns["channel"] = pc.fill_null(columns["channel"], self._channel_of_header())
            self._date_refusals(columns)
        elif table == "costs":
            columns["name"] = pc.fill_null(columns["name"], "any")

    def _date_refusals(self, columns: dict[str, pa.Array]) -> None:
        """A refusal counts without its day, from now on; a consent without its day proves nothing."""
        undated = pc.is_null(columns["said_at"])
        refused = pc.equal(columns["is_given"], False)
        self.note(pc.and_(undated, columns["is_given"]), "a consent without its day proves nothing")
        now = pa.scalar(self._reading.read_at, columns["said_at"].type)
        columns["said_at"] = pc.if_else(pc.and_(undated, refused), now, columns["said_at"])

    def _made_ids(self, columns: Mapping[str, pa.Array], name: str) -> pa.Array:
        """The row's own number, else one made of its content, so that the same row has the same number again."""
        own = columns[name]
        if own.null_count == 0:
            return own
        texts = [as_text(values).to_pylist() for other, values in columns.items() if other != name]
        made = [
            hashlib.sha256("\x1f".join(map(str, row)).encode()).hexdigest()[:32]
            for row in zip(*texts, strict=True)
        ]
        return pc.coalesce(own, pa.array(made, pa.string()))

    def _worded(self, table: str, meaning: str) -> pa.Array:
        known = _WORDS[table, meaning]
        aside = EVENTS_ASIDE if table == "events" else {}
        coded = pc.dictionary_encode(clean_names(self._table.column(self._mapping[meaning][0])))
        words = [key(text) for text in coded.dictionary.to_pylist()]
        found = pa.array([known.get(word) for word in words], pa.string()).take(coded.indices)
        choices = ", ".join(dict.fromkeys(known.values()))
        reasons = pa.array(
            [
                None if word in known else aside.get(word, f"the {meaning} '{text}' is none of {choices}")
                for word, text in zip(words, coded.dictionary.to_pylist(), strict=True)
            ],
            pa.string(),
        ).take(coded.indices)
        self.note(pc.is_valid(reasons), reasons)
        return found

    def _time(self, meaning: str) -> pa.Array:
        column = self._table.column(self._mapping[meaning][0])
        if meaning in {"ends_at", "cancelled_at"} and not pa.types.is_temporal(column.type):
            # The year 9999 is how many systems write 'open-ended'.
            texts = as_text(column)
            open_ended = pc.fill_null(pc.match_substring_regex(texts, _FOREVER), False)
            column = pc.if_else(open_ended, pa.scalar(None, pa.string()), texts)
        found = parse_times(column, self._reading.order, self._reading.zone)
        said = pc.binary_join_element_wise(found.problem, f" ({meaning})", "")
        self.note(pc.is_valid(found.problem), said)
        return found.values

    def _cents(self, meaning: str) -> pa.Array:
        name = self._mapping[meaning][0]
        found = parse_numbers(self._table.column(name), self._reading.recognition.decimals.get(name, ""))
        self.note(found.unreadable, f"{meaning} is not a number")
        self.note(
            pc.fill_null(pc.greater(pc.abs(found.values), LARGEST), False), f"{meaning} is absurdly large"
        )
        if key(name).endswith(("cents", "cent")):
            units = pa.repeat(pa.scalar(1.0), self.size)
        else:
            coded = pc.dictionary_encode(self.currency(found.currency))
            factors = pa.array(
                [float(minor_units(text)) for text in coded.dictionary.to_pylist()], pa.float64()
            )
            units = pc.fill_null(factors.take(coded.indices), 100.0)
        safe = pc.if_else(
            pc.fill_null(pc.greater(pc.abs(found.values), LARGEST), False),
            pa.scalar(None, pa.float64()),
            found.values,
        )
        return pc.cast(pc.round(pc.multiply(safe, units)), pa.int64())

    def _share(self, meaning: str) -> pa.Array:
        """A share of 1, also where it is written in per cent."""
        found = self.numbers(meaning)
        header = self._mapping[meaning][0].lower()
        rate = pc.or_(found.percent, pc.fill_null(pc.greater(pc.abs(found.values), 1.0), False))
        if "%" in header or "percent" in header or "prozent" in header:
            rate = pa.repeat(pa.scalar(True), self.size)
        share = pc.if_else(rate, pc.divide(found.values, 100.0), found.values)
        wrong = pc.fill_null(pc.or_(pc.less(share, 0.0), pc.greater(share, 1.0)), False)
        self.note(wrong, f"{meaning} is not between 0 and 1")
        return share

    def _birth_year(self, meaning: str) -> pa.Array:
        return read_texts(self._told(meaning), _year, pa.int64())

    def _period(self, meaning: str) -> pa.Array:
        found = read_texts(self._told(meaning), _days, pa.int64())
        given = pc.is_valid(emptied(as_text(self._told(meaning))))
        self.note(pc.and_(pc.is_null(found), given), "period_days is neither days nor a word such as monthly")
        return found

    def _given(self, meaning: str) -> pa.Array:
        answers = read_texts(self._told(meaning), _answer, pa.string())
        silent = read_texts(self._told(meaning), is_blank, pa.bool_())
        wrong = pc.and_(pc.is_null(answers), pc.invert(silent))
        self.note(wrong, "whether the consent is given cannot be read: neither yes nor no")
        return pc.equal(answers, "yes")

    def _told(self, meaning: str) -> pa.Array:
        return self._table.column(self._mapping[meaning][0])

    def _channel_of_header(self) -> str:
        """The channel that a column such as 'newsletter' or 'phone opt-in' speaks of; e-mail where it names none."""
        word = key(self._mapping.get("is_given", ("",))[0])
        return "phone" if any(part in word for part in ("phone", "telefon", "sms", "call")) else "email"

    def _joined(self, meaning: str) -> pa.Array:
        """Text; first and last name are one name."""
        columns = [clean_names(self._table.column(name)) for name in self._mapping[meaning]]
        if len(columns) == 1:
            return columns[0]
        return emptied(pc.binary_join_element_wise(*columns, " ", null_handling="skip"))


def _year(text: str | None) -> int | None:
    found = None if text is None or is_blank(text) else _YEAR.search(text)
    return int(found[0]) if found else None


def _days(text: str | None) -> int | None:
    number = None if text is None or is_blank(text) else parse_number(text, "")
    return PERIOD_DAYS.get(key(text or "")) or (int(number.value) if number else None)


def _answer(text: str | None) -> str | None:
    return None if text is None or is_blank(text) else GIVEN.get(key(text))
