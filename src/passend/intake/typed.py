"""One batch of a source as typed columns, with the reason where a row cannot be used."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passend.intake.amounts import PRICES
from passend.intake.columns import Recognition
from passend.intake.evidence import is_sum
from passend.intake.firm_values import EVENT_HEADERS, is_no_purchase
from passend.intake.identity import as_written_alike, is_guest
from passend.intake.known import value_key
from passend.intake.numbers import CURRENCIES, LARGEST, Numbers, currency_code, parse_numbers
from passend.intake.states import State, states_of, strongest, void_rows
from passend.intake.synonyms import key
from passend.intake.texts import as_text, clean_ids, clean_names, emptied, read_texts
from passend.intake.times import DATE_MISSING, parse_times, zone_named
from passend.settings import Settings
from passend.vocabulary import minor_units

NEVER_SOLD = "never paid, or cancelled before it was sent: neither a sale nor a return"
NO_GOODS = "postage, a voucher, a fee or tax, not a product"
NOT_BOUGHT = "looked at, searched or put in the cart, not bought"
TOTALS = "a row of totals, not a sale"
PRODUCT_MISSING = "the product is missing"
ORDER_MISSING = "neither an order nor a customer is named"
QUANTITY_MISSING = "the quantity is missing"
AMOUNT_ABSURD = "the amount is absurdly large"
QUANTITY_ZERO = "the quantity is zero"
SEQUENCE_WRONG = "the position of the order is not a whole number"
#: Amounts in minor units, as passend itself writes them.
_IN_CENTS = re.compile(r"cents?$")
NAMES = {
    "quantity": "quantity",
    "unit_price": "price",
    "net_price": "price",
    "line_total": "amount",
    "line_gross": "amount",
    "discount": "discount",
    "discount_each": "discount",
    "discount_share": "discount",
    "unit_cost": "cost",
}


@dataclass(frozen=True)
class Reading:
    """How values are to be read: what was recognised, and what the settings say."""

    recognition: Recognition
    order: str
    zone: tzinfo
    currency: str | None
    guests: tuple[str, ...] = ()
    nobody: Counter[str] = field(default_factory=Counter)
    decimal: str = ""
    guessed: str | None = None
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(tzinfo=None))

    @classmethod
    def of(cls, recognition: Recognition, settings: Settings) -> "Reading":
        """The recognition with the settings that a person may have changed."""
        wanted = settings.text("intake.dates")
        # A person's word decides where the file leaves it open; where the file proves the order, that holds.
        order = recognition.dates.order if wanted == "auto" or recognition.dates.proven else wanted
        currency = settings.text("intake.currency").strip()
        zone = zone_named(settings.text("intake.timezone"))
        own = recognition.currency_once or _currency_of_headers(recognition)
        named = currency_code(currency) if currency else own
        guessed = recognition.currency if named is None else None
        decimal = {"point": ".", "comma": ","}.get(settings.text("intake.decimals"), "")
        guests = tuple(settings.text("intake.guests").split())
        return cls(
            recognition, order, zone, named or guessed or None, guests, decimal=decimal, guessed=guessed
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What was decided about values while they were read."""
        notes = []
        if self.guessed:
            notes.append(
                f"No currency is named; by the countries that orders go to, amounts are taken as {self.guessed}. "
                "Change with --set intake.currency=EUR or another."
            )
        elif self.guessed is not None:
            notes.append(
                "No currency is named: amounts are told without one. Name it with --set intake.currency=EUR."
            )
        if self.nobody:
            names = ", ".join(f"'{name}'" for name, _ in self.nobody.most_common(3))
            says = f"{self.nobody.total():,} rows of customer {names} belong to nobody: guests."
            notes.append(f"{says} If that is a customer, take the word out of the setting intake.guests.")
        return tuple(notes)


def _currency_of_headers(recognition: Recognition) -> str | None:
    """The currency that a column of amounts has in its name: ``Unit Price EUR``, ``Preis (€)``."""
    headers = [
        header
        for meaning in (*PRICES, "unit_cost", "fee_cents", "cost_cents", "amount_cents")
        for header in recognition.mapping.get(meaning, ())
    ]
    marks = {word for header in headers for word in re.findall(r"[^\W\d_]+|[€£$]", header)}
    found = {
        currency_code(mark)
        for mark in marks
        if mark.isupper() or not mark.isalpha() or mark.lower() == "euro"
    }
    known = sorted(found & CURRENCIES)
    return known[0] if len(known) == 1 else None


class TypedRows:
    """The columns of one batch, made on demand; what is wrong with a row is noted as they are made."""

    def __init__(self, table: pa.RecordBatch, reading: Reading) -> None:
        self._table = table
        self._reading = reading
        self._mapping = reading.recognition.mapping
        self.size = table.num_rows
        self.problem: pa.Array = pa.nulls(self.size, pa.string())

    def has(self, meaning: str) -> bool:
        """Whether the file has a column of this meaning."""
        return meaning in self._mapping

    def note(self, wrong: pa.Array, sentence: str | pa.Array) -> None:
        """Say what is wrong with some rows; the first word on a row stands."""
        if pc.any(wrong).as_py():
            fresh = pc.and_(pc.is_null(self.problem), wrong)
            self.problem = pc.if_else(fresh, sentence, self.problem)

    def ids(self, meaning: str) -> pa.Array:
        """Identifiers as text."""
        if not self.has(meaning):
            return self._nothing(pa.string())
        name = self._mapping[meaning][0]
        return clean_ids(self._table.column(name), whole=name in self._reading.recognition.whole_ids)

    def customers(self, *, guests: bool = True) -> pa.Array:
        """Customers' numbers and addresses, each person written alike.

        Args:
            guests: whether numbers such as 0 are nobody; where orders are told apart by customer alone, they are not.
        """
        coded = pc.dictionary_encode(self.ids("customer_id"))
        known = as_written_alike(coded.dictionary)
        guest = is_guest(known, self._reading.guests if guests else ())
        found = pc.if_else(guest, pa.scalar(None, pa.string()), known).take(coded.indices)
        if pc.any(guest).as_py():
            names = pc.if_else(guest, known, pa.scalar(None, pa.string())).take(coded.indices)
            for pair in pc.value_counts(names.drop_null()).to_pylist():
                self._reading.nobody[pair["values"]] += pair["counts"]
        return found

    def names(self, meaning: str) -> pa.Array:
        """Names as text; several columns are levels, divided by ' > '."""
        columns = [clean_names(self._table.column(name)) for name in self._mapping.get(meaning, ())]
        if len(columns) <= 1:
            return columns[0] if columns else self._nothing(pa.string())
        joined = pc.binary_join_element_wise(*columns, " > ", null_handling="skip")
        return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), joined)

    def numbers(self, meaning: str) -> Numbers:
        """Numbers; what is none, or absurdly large, is noted."""
        if not self.has(meaning):
            size = self.size
            no = pa.repeat(pa.scalar(False), size)
            return Numbers(self._nothing(pa.float64()), self._nothing(pa.string()), no, no)
        name = self._mapping[meaning][0]
        found = self._parsed(name)
        self.note(found.unreadable, f"the {NAMES.get(meaning, meaning)} is not a number")
        absurd = pc.fill_null(pc.greater(pc.abs(found.values), LARGEST), False)
        self.note(absurd, f"the {NAMES.get(meaning, meaning)} is absurdly large")
        return found

    def quantity(self) -> pa.Array:
        """The pieces; one where the file has no such column, or a known export leaves it empty for one."""
        if not self.has("quantity"):
            return pa.repeat(pa.scalar(1.0), self.size)
        layout = self._reading.recognition.layout
        found = self.numbers("quantity").values
        return pc.fill_null(found, 1.0) if layout and "pieces" in layout.rows else found

    def quiet_numbers(self, meaning: str) -> pa.Array:
        """Numbers that a row can do without: what is none stays empty."""
        values = (
            self._parsed(self._mapping[meaning][0]).values
            if self.has(meaning)
            else self._nothing(pa.float64())
        )
        sane = pc.less_equal(pc.abs(values), LARGEST)
        return pc.if_else(sane, values, pa.scalar(None, pa.float64()))

    def in_per_cent(self, meaning: str) -> bool:
        """Whether the numbers of a column are per cents without saying so in each cell."""
        return self._mapping[meaning][0] in self._reading.recognition.amounts.per_cents

    def _parsed(self, name: str) -> Numbers:
        decimal = self._reading.recognition.decimals.get(name) or self._reading.decimal
        found = parse_numbers(self._table.column(name), decimal)
        if not _IN_CENTS.search(key(name)):
            return found
        units = _distinct_units(self.currency(found.currency))
        return replace(found, values=pc.divide(found.values, units))

    def times(self) -> pa.Array:
        """The time of the order; a date that is missing, unreadable or impossible is noted."""
        columns = self._mapping.get("ordered_at", ())
        if not columns:
            return self._nothing(pa.timestamp("us"))
        column = self._table.column(columns[0])
        if len(columns) > 1:
            days = pc.replace_substring_regex(as_text(column), r"[ T]00:00(:00(\.0+)?)?$", "")
            clocks = emptied(as_text(self._table.column(columns[1])))
            joined = pc.binary_join_element_wise(days, pc.fill_null(clocks, ""), " ")
            column = pc.utf8_trim_whitespace(joined)
        found = parse_times(column, self._reading.order, self._reading.zone)
        self.note(pc.is_valid(found.problem), found.problem)
        self.note(pc.and_(pc.is_null(found.values), pc.is_null(found.problem)), DATE_MISSING)
        return found.values

    def sequence(self) -> pa.Array:
        """The position among the customer's orders."""
        if not self.has("sequence"):
            return self._nothing(pa.int64())
        values = self.numbers("sequence").values
        good = pc.and_(pc.is_valid(values), pc.equal(values, pc.floor(values)))
        good = pc.and_(pc.fill_null(good, False), pc.fill_null(pc.less_equal(pc.abs(values), LARGEST), False))
        self.note(pc.invert(good), SEQUENCE_WRONG)
        return pc.cast(pc.if_else(good, values, pa.scalar(None, pa.float64())), pa.int64())

    def currency(self, *beside: pa.Array) -> pa.Array:
        """The currency: of its own column, else written beside an amount, else of the settings."""
        own = self._nothing(pa.string())
        if self.has("currency"):
            own = _distinct(clean_ids(self._table.column(self._mapping["currency"][0])), currency_code)
        default = pa.scalar(self._reading.currency, pa.string())
        return pc.coalesce(own, *beside, default)

    def states(self) -> pa.Array:
        """What the status columns say of each row; empty for a plain sale."""
        layout = self._reading.recognition.layout
        words_of = layout.words if layout else {}
        documents = layout is not None and "documents" in layout.rows
        found = self._nothing(pa.string())
        if self._reading.recognition.only_refunds:
            found = pa.repeat(pa.scalar(State.DOCUMENT.value), self.size)
        for name in self._mapping.get("status", ()):
            column = self._table.column(name)
            found = strongest(found, states_of(column, name, words_of, documents=documents))
        for name in self._mapping.get("void", ()):
            void = pc.if_else(
                void_rows(self._table.column(name)), State.NEVER.value, pa.scalar(None, pa.string())
            )
            found = strongest(found, void)
        return found

    def no_goods(self) -> pa.Array:
        """Whether the kind of the row is one that a known export uses for postage, vouchers and the like."""
        layout = self._reading.recognition.layout
        products = layout.words.get("products", ()) if layout else ()
        if not products or not self.has("item_kind"):
            return pa.repeat(pa.scalar(False), self.size)
        verdict = pa.repeat(pa.scalar(False), self.size)
        for name in self._mapping["item_kind"]:
            other = _distinct_flags(
                self._table.column(name), lambda text: bool(text.strip()) and value_key(text) not in products
            )
            verdict = pc.or_(verdict, other)
        return verdict

    def moment(self, meaning: str) -> pa.Array:
        """A time beside that of the order; empty where there is none."""
        if not self.has(meaning):
            return self._nothing(pa.timestamp("us"))
        column = self._table.column(self._mapping[meaning][0])
        return parse_times(column, self._reading.order, self._reading.zone).values

    def looked_at(self) -> pa.Array:
        """Whether a column of events says that the row is a view, a search or a cart and not a purchase."""
        verdict = pa.repeat(pa.scalar(False), self.size)
        for name in self._mapping.get("status", ()):
            if key(name) in EVENT_HEADERS:
                verdict = pc.or_(verdict, _distinct_flags(self._table.column(name), is_no_purchase))
        # A refund is no purchase, and takes one back.
        return pc.and_(verdict, pc.is_null(self.states())) if pc.any(verdict).as_py() else verdict

    def totals(self, product: pa.Array) -> pa.Array:
        """Whether a row without product or order only adds others up: a cell says 'Summe', 'Total' or the like."""
        thin = pc.is_null(product)
        for name in self._mapping.get("order_id", ()):
            thin = pc.or_(thin, pc.is_null(emptied(as_text(self._table.column(name)))))
        places = np.flatnonzero(np.asarray(thin))
        verdict = np.zeros(self.size, np.bool_)
        if places.size:
            rows = self._table.take(pa.array(places))
            for column in rows.columns:
                verdict[places] |= np.asarray(_distinct_flags(column, is_sum))
        return pa.array(verdict)

    def _nothing(self, kind: pa.DataType) -> pa.Array:
        return pa.nulls(self.size, kind)


def local_days(times: pa.Array, zone: tzinfo) -> pa.Array:
    """The calendar day at the shop, which is not always the day in UTC."""
    coded = pc.dictionary_encode(times)
    moments = coded.dictionary.to_pylist()
    days = [moment.replace(tzinfo=UTC).astimezone(zone).date().isoformat() for moment in moments]
    return pa.array(days, pa.string()).take(coded.indices)


def _distinct_units(currency: pa.Array) -> pa.Array:
    coded = pc.dictionary_encode(pc.fill_null(currency, ""))
    units = pa.array([float(minor_units(code)) for code in coded.dictionary.to_pylist()], pa.float64())
    return units.take(coded.indices)


def _distinct_flags(column: pa.Array, test: Callable[[str], bool]) -> pa.Array:
    return read_texts(column, lambda text: text is not None and test(text), pa.bool_())


def _distinct(column: pa.Array, change: Callable[[str], str]) -> pa.Array:
    coded = pc.dictionary_encode(column)
    return pa.array([change(text) for text in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)
