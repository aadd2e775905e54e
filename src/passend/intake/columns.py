"""Recognising what a file is and what its columns mean, in a way that a person can check and correct."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from passend.errors import UnrecognisedColumns
from passend.intake import evidence
from passend.intake.amounts import AMOUNTS, PRICES, REDUCTIONS
from passend.intake.amounts_reading import AmountReading, read_amounts
from passend.intake.amounts_spare import spare_columns
from passend.intake.assign import SURE, Choice, assign, column_scores, levels
from passend.intake.campaign_tables import names_campaign
from passend.intake.certainty import weak_columns
from passend.intake.currency_guess import gross_columns, guessed_currency
from passend.intake.decimals import decimals_of, open_decimals
from passend.intake.doubts import Doubt
from passend.intake.draft import JOIN, Draft, checked, split
from passend.intake.headerless import guess, has_no_header
from passend.intake.known import Layout, known_layout
from passend.intake.numbers import currency_code
from passend.intake.refund_files import refund_column, refund_day
from passend.intake.row_kinds import document_doubts, mend_kinds
from passend.intake.sample import Facts, Sample, distinct_texts, take_sample
from passend.intake.source import Source
from passend.intake.synonyms import MEANINGS, key
from passend.intake.tax_rates import set_rates_aside
from passend.intake.times import DateOrder, date_order

_PRODUCT_MEANINGS = (
    "product_id", "product_name", "category", "unit_price", "unit_cost", "currency", "kind", "is_active",
    "stock", "attributes",
)  # fmt: skip
#: What only product lists say.
_LISTED_ONLY = ("unit_cost", "kind", "is_active", "stock", "attributes")
#: What only known layouts and people say.
_NEVER_GUESSED = (
    "void",
    "line_id",
    "parent_id",
    "item_kind",
    "option",
    "updated_at",
    "line_tax",
    "line_shipping",
)
_ORDER_MEANINGS = (
    *(name for name in MEANINGS if name not in {*_LISTED_ONLY, *_NEVER_GUESSED}),
    "clock",
)
#: Names of days that are counted from the start of the data instead of dated.
_RUNNING_DAYS = {"day", "dayno", "daynumber", "daynum", "tag", "tagnr"}
#: Dates of something else than the order.
_NOT_OF_THE_ORDER = re.compile("birth|geburt|expir|ablauf|valid|gueltig|launch|regist|signup|dispo")
#: Columns of passend's own tables whose names stand for nothing else.
_CONTRACT_NAMES = ("order_id", "customer_id", "product_id", "ordered_at", "sequence")
_NUMBERS = ("quantity", *AMOUNTS, "unit_cost", "stock", "sequence")


@dataclass(frozen=True)
class Recognition:
    """What a file is taken to be.

    Attributes:
        kind: ``orders`` or ``products``.
        mapping: for each meaning the column, or columns, that hold it.
        dates: the order of day and month, and how it was decided.
        decimals: the decimal separator of each numeric column; empty where the file leaves it open.
        confidence: for each recognised column how sure that is, 0 to 1.
        reasons: for each recognised column why.
        unmapped: columns that mean nothing here.
        notes: assumptions that a person should know of, with the way to change them.
        whole_ids: id columns whose numbers are written as fractions (``13085.0``).
        filled_down: the follow-on lines of an order leave the order's own columns empty, as Shopify does.
        amounts: how the amounts of its lines and orders hang together.
        doubts: what was guessed and should be settled by a person.
        blank_orders: they leave the order's number empty, too, as merged cells do.
        layout: the known export that the file is, if it is one.
        only_refunds: every row takes back what was sold elsewhere.
        only_refusals: everybody in it has refused consent.
        currency_once: the only currency of a column that names it on few rows, as the head of a statement does.
        order_prefix: letters before the digits of most order numbers; ``None`` where they have no such shape.
        currency: of the countries that orders go to, where the file names none; empty where they do not tell, ``None``
            where it names one or has no amounts.
    """

    kind: str
    mapping: Mapping[str, tuple[str, ...]]
    dates: DateOrder
    decimals: Mapping[str, str]
    confidence: Mapping[str, float]
    reasons: Mapping[str, str]
    unmapped: tuple[str, ...]
    notes: tuple[str, ...] = ()
    whole_ids: frozenset[str] = frozenset()
    filled_down: bool = False
    blank_orders: bool = False
    layout: Layout | None = None
    only_refunds: bool = False
    only_refusals: bool = False
    currency_once: str = ""
    order_prefix: str | None = None
    currency: str | None = None
    amounts: AmountReading = field(default_factory=AmountReading)
    doubts: tuple[Doubt, ...] = ()

    def remember(self) -> dict[str, str]:
        """The mapping in the form that the next import of such a file takes as ``remembered``."""
        return {meaning: JOIN.join(columns) for meaning, columns in self.mapping.items()}


def recognise(
    source: Source,
    *,
    overrides: Mapping[str, str] | None = None,
    remembered: Mapping[str, str] | None = None,
    kind: str = "",
    layouts: str = "",
) -> Recognition:
    """What a file is and what its columns mean: a person's word, then known layouts, then names, then content.

    Args:
        source: the file.
        overrides: meaning -> column, as given with ``--map``; an empty column leaves the meaning out, and
            ``Date + Time`` joins two columns.
        remembered: the same from an earlier import; used where the file has these columns.
        kind: ``orders`` or ``products``, where a person says so.
        layouts: folder of the firm's own layouts.

    Raises:
        UnrecognisedColumns: what is needed was not found, or ``overrides`` name what does not exist.
    """
    settled = checked(overrides or {}, source.columns)
    draft = Draft(tuple(source.columns))
    draft.settle(settled, "given by --map")
    named = {column for columns in settled.values() for column in columns}
    known = {
        meaning: columns
        for meaning, text in (remembered or {}).items()
        if meaning in MEANINGS and meaning not in settled and (columns := split(text, source.columns))
    }
    draft.settle({m: c for m, c in known.items() if not named & set(c)}, "remembered from an earlier import")
    layout = _settle_layout(draft, source.columns, kind, layouts)
    if layout is not None:
        kind = layout.kind
    sample = take_sample(source)
    if has_no_header(source.columns):
        free = (choice for choice in guess(sample) if choice.column not in draft.choices)
        draft.take([choice for choice in free if choice.meaning not in {*draft.mapping, *draft.ignored}])
        draft.notes.append("The file has no header; the columns are guessed from what they hold.")
    kind = kind or _kind(draft, sample)
    if layout is None:
        _fill(draft, sample, _PRODUCT_MEANINGS if kind == "products" else _ORDER_MEANINGS)
        if kind == "orders":
            _take_changed(draft)
            mend_kinds(draft, sample)
            _mend_orders(draft, sample)
            set_rates_aside(draft, sample)
    refunds = refund_column(draft, sample) if kind == "orders" and layout is None else ""
    if refunds:
        _mend_refunds(draft, refunds)
    _mend_product(draft, sample)
    _require(draft, kind, source.name)
    numeric = [name for m in _NUMBERS for name in draft.mapping.get(m, ())]
    decimals = decimals_of(source, sample, numeric)
    decimals |= {
        name: decimals_of(source, sample, [*numeric, name])[name] for name in spare_columns(draft, sample)
    }
    amounts, doubts = read_amounts(draft, sample, decimals) if kind == "orders" else (AmountReading(), [])
    if kind == "orders":
        doubts += document_doubts(draft, sample)
    doubts += open_decimals(sample, decimals, _numeric(draft), _currencies(draft, sample))
    found = _finished(draft, kind, source, sample, _Money(decimals, amounts, doubts))
    follows = layout is not None and "follow-on" in layout.rows and "order_id" in found.mapping
    return replace(found, layout=layout, filled_down=found.filled_down or follows, only_refunds=bool(refunds))


def _settle_layout(draft: Draft, columns: tuple[str, ...], kind: str, own: str) -> Layout | None:
    """Take the columns that a known layout names, after a person's word."""
    known = known_layout(columns, own)
    if known is None or kind not in {"", known[0].kind}:
        return None
    layout, found = known
    taken = set(draft.choices)
    free = {
        meaning: names
        for meaning, names in found.items()
        if meaning not in {*draft.mapping, *draft.ignored} and not taken & set(names)
    }
    open_ones = set() if layout.settles_amounts else {*PRICES, *REDUCTIONS}
    draft.settle({m: c for m, c in free.items() if m not in open_ones}, f"known export: {layout.name}")
    draft.settle(
        {m: c for m, c in free.items() if m in open_ones}, f"its name in a known export: {layout.name}"
    )
    draft.notes.append(f"The columns are those of a known export: {layout.name}.")
    _take_contract_names(draft)
    return layout


def _take_contract_names(draft: Draft) -> None:
    """What a known export leaves out, under passend's own names: somebody has added it for passend."""
    for name in _CONTRACT_NAMES:
        if name in draft.columns and name not in {*draft.choices, *draft.mapping, *draft.ignored}:
            draft.take([Choice(name, name, 1.0, "the name that passend gives it")])


def _numeric(draft: Draft) -> dict[str, str]:
    """The columns of numbers with what they mean."""
    return {column: MEANINGS[name] for name in _NUMBERS for column in draft.mapping.get(name, ())}


def _currencies(draft: Draft, sample: Sample) -> list[str]:
    column = draft.only("currency")
    return [currency_code(text) for text in sample.values[column]] if column else []


def _take_changed(draft: Draft) -> None:
    """A column of the contract's own name for the last change; others might hold the change of anything."""
    name = "updated_at"
    taken = {*draft.choices, *draft.mapping, *draft.ignored}
    if name in draft.columns and name not in taken:
        draft.take([Choice(name, name, 1.0, "the name that passend gives it")])


def _fill(draft: Draft, sample: Sample, meanings: Iterable[str]) -> None:
    if has_no_header(draft.columns):
        return
    settled = {*draft.mapping, *draft.ignored}
    draft.take(assign(sample.facts, tuple(meanings), set(draft.choices), settled))
    if len(draft.mapping.get("category", ())) > 1 and "category" not in settled:
        draft.mapping["category"] = levels(list(draft.mapping["category"]), sample.facts)


def _kind(draft: Draft, sample: Sample) -> str:
    """Whether this is a list of products: each product once, and nobody who buys."""
    if has_no_header(draft.columns):
        return "orders"
    trial = replace(draft, mapping=dict(draft.mapping), choices=dict(draft.choices), notes=[])
    _fill(trial, sample, (*_ORDER_MEANINGS, *_LISTED_ONLY))
    product = trial.only("product_id") or trial.only("product_name")
    order = trial.only("order_id")
    if {"customer_id", "quantity", "sequence", "line_total"} & set(trial.mapping):
        return "orders"
    if product is None:
        return "orders"
    if names_campaign(draft.columns) and "unit_price" not in _sure(trial):
        return "orders"  # a table of campaigns or coupons is no list of products
    once = evidence.is_unique(sample, product)
    if order is not None and once and "product_id" not in trial.mapping and evidence.is_unique(sample, order):
        # Shop systems call the article's own number 'order number'.
        draft.settle({"product_id": (order,)}, "its name and content: one row for each")
        return "products"
    sure_order = order is not None and trial.choices[order].confidence >= SURE
    return "products" if once and not sure_order and "ordered_at" not in _sure(trial) else "orders"


def _sure(draft: Draft) -> set[str]:
    return {choice.meaning for choice in draft.choices.values() if choice.confidence >= SURE}


def _mend_refunds(draft: Draft, column: str) -> None:
    """A list of refunds: dated by the day of the refund; its own number is not the order's."""
    day, order = refund_day(draft), draft.only("order_id")
    if day is not None and not draft.is_given(draft.only("ordered_at")):
        draft.drop("ordered_at")
        draft.mapping["status"] = tuple(name for name in draft.mapping.get("status", ()) if name != day)
        draft.take([Choice(day, "ordered_at", 1.0, "its name: the day of the refund")])
    if order == column and not draft.is_given(order):
        draft.drop("order_id")
    draft.notes.append(
        f"The file lists refunds (its column '{column}'): each row takes back what another file has sold."
    )


def _mend_orders(draft: Draft, sample: Sample) -> None:
    """What a name alone cannot tell: positions that look like order numbers, order totals, times of day."""
    order, customer = draft.only("order_id"), draft.only("customer_id")
    free = [name for name in draft.columns if name not in draft.choices]
    given = order is not None and draft.choices[order].reason.startswith(("given", "known"))
    if customer and order and not given and evidence.is_position(sample, customer, order):
        draft.drop("order_id")
        draft.take([Choice(order, "sequence", 0.8, "its content: counts each customer's orders")])
        others = {name: fact for name, fact in sample.facts.items() if name in free}
        draft.take(assign(others, ("order_id",)))
    elif customer and "sequence" not in draft.mapping:
        named = (name for name in free if "order_id" in column_scores(name, draft.columns))
        position = next((name for name in named if evidence.is_position(sample, customer, name)), None)
        if position:
            draft.take(
                [Choice(position, "sequence", 0.7, "its name and content: counts each customer's orders")]
            )
    if customer and order and not {"ordered_at", "sequence"} & set(draft.mapping):
        days = (name for name in free if key(name) in _RUNNING_DAYS and sample.facts[name].whole > 0.99)
        day = next((name for name in days if evidence.is_same_within(sample, order, name)), None)
        if day:
            draft.take(
                [
                    Choice(
                        day, "sequence", 0.8, "its name and content: a running day, the same within an order"
                    )
                ]
            )
    name = draft.only("product_name")
    if order and name and not {"customer_id", "product_id"} & {*draft.mapping, *draft.ignored}:
        namesakes = evidence.buyer_and_product(sample, order, name)
        if namesakes:
            draft.drop("product_name")
            for column, meaning in zip(namesakes, ("customer_id", "product_name"), strict=True):
                draft.take([Choice(column, meaning, 0.5, "its content: of two columns of one name")])
    _mend_date(draft, sample)
    _mend_money(draft, sample)
    clock, date = draft.only("clock"), draft.only("ordered_at")
    draft.drop("clock")
    if clock and date and not evidence.holds_clock(sample, date):
        draft.mapping["ordered_at"] = (date, clock)
        draft.choices[clock] = Choice(clock, "ordered_at", 0.9, "its content: times of the day")


def _mend_date(draft: Draft, sample: Sample) -> None:
    """Where no name speaks of the time of the order, the only column of dates tells it."""
    if {"ordered_at", "sequence"} & {*draft.mapping, *draft.ignored}:
        return
    dated = [
        name
        for name in draft.columns
        if name not in draft.choices
        and sample.facts[name].date > 0.99
        and sample.facts[name].distinct > 1
        and not _NOT_OF_THE_ORDER.search(key(name))
    ]
    if len(dated) == 1:
        draft.take([Choice(dated[0], "ordered_at", 0.5, "its content: the only dates in the file")])


def _mend_money(draft: Draft, sample: Sample) -> None:
    """A column that is called an amount only loosely is the number of pieces, beside a price."""
    column = draft.only("line_total")
    if column is None or draft.is_given(column):
        return
    whole = sample.facts[column].whole > 0.99
    loose = draft.choices[column].confidence < SURE and "unit_price" in draft.mapping
    if loose and whole and "quantity" not in draft.mapping:
        draft.drop("line_total")
        draft.take([Choice(column, "quantity", 0.5, "its content: whole numbers beside a price")])


def _name_beside_number(draft: Draft, sample: Sample) -> None:
    """``Product`` beside ``SKU`` is its name: a column whose values are words gives way to one of numbers."""
    words = draft.only("product_id")
    if words is None or draft.is_given(words):
        return
    if "product_name" in {*draft.mapping, *draft.ignored} or sample.facts[words].lettered < 0.5:
        return
    for code in draft.columns:
        fact = sample.facts[code]
        scores = column_scores(code, draft.columns)
        if code in draft.choices or scores.get("product_id", 0.0) < SURE or fact.filled < 0.9:
            continue
        if fact.spaced < 0.1 and fact.distinct > 1 and evidence.is_name_of(sample, code, words):
            draft.drop("product_id")
            draft.take([Choice(code, "product_id", SURE, "its name and content: numbers of the products")])
            draft.take([Choice(words, "product_name", SURE, f"its content: names of what '{code}' numbers")])
            return


def _mend_product(draft: Draft, sample: Sample) -> None:
    """Where there is only one of number and name, it serves as both, if it can."""
    _name_beside_number(draft, sample)
    code, name = draft.only("product_id"), draft.only("product_name")
    settled = code is not None and draft.choices[code].reason.startswith(("given", "remembered", "known"))
    if "product_id" in draft.ignored and code is None and name is None:
        return
    loose = name is not None and draft.choices[name].confidence < SURE
    if name and code and loose and not evidence.is_name_of(sample, code, name):
        draft.drop("product_name")
        name = None
    if name and (
        code is None or (sample.facts[code].filled < 0.5 < sample.facts[name].filled and not settled)
    ):
        if code:
            draft.drop("product_id")
            draft.notes.append(f"Most rows of '{code}' are empty, so products are told apart by '{name}'.")
        else:
            draft.notes.append(f"The file has no article number, so products are told apart by '{name}'.")
        draft.mapping["product_id"] = (name,)
    elif code and name is None and "product_name" not in draft.ignored and sample.facts[code].lettered > 0.8:
        draft.mapping["product_name"] = (code,)


def _require(draft: Draft, kind: str, name: str) -> None:
    missing = [] if "product_id" in draft.mapping else ["product_id"]
    if kind == "orders" and not {"order_id", "customer_id"} & set(draft.mapping):
        missing.append("order_id")
    if not missing:
        return
    words = {
        "product_id": "which product was bought",
        "order_id": "which order or which customer a row belongs to",
    }
    lacking = " and ".join(words[meaning] for meaning in missing)
    flags = " and ".join(f'--map {meaning}="Column Name"' for meaning in missing)
    said = f"No column was recognised that says {lacking}. The columns are: {', '.join(draft.columns)}."
    if names_campaign(draft.columns):
        raise UnrecognisedColumns(
            said,
            record=name,
            remedy="Campaigns come in together, in one call: the list of campaigns with the day that each began, "
            "the list of customers who got them, and, where there are some, coupons and their redemptions.",
        )
    raise UnrecognisedColumns(
        said,
        record=name,
        remedy=f"If one of them does, name it with {flags}. If the file is something else, say so with --as TABLE: "
        "consents, contacts, customers, contracts, events or costs.",
    )


@dataclass(frozen=True)
class _Money:
    """What is known of the amounts of a file."""

    decimals: Mapping[str, str]
    reading: AmountReading
    doubts: list[Doubt]


def _finished(draft: Draft, kind: str, source: Source, sample: Sample, money: _Money) -> Recognition:
    columns = draft.mapping
    dates, notes, date_doubts = _dates(source, sample, columns.get("ordered_at", ()))
    order = draft.only("order_id")
    blank_orders = order is not None and evidence.has_blank_orders(sample, order, columns)
    filled_down = order is not None and (blank_orders or evidence.is_filled_down(sample, order, columns))
    ids = {name for meaning in ("order_id", "customer_id", "product_id") for name in columns.get(meaning, ())}
    weak, doubts = weak_columns(draft, sample) if kind == "orders" else ([], [])
    notes += weak
    spare = [
        name
        for name in draft.columns
        if name not in {*draft.choices, *draft.rates} and _holds_amounts(sample.facts[name])
    ]
    if spare and kind == "orders":
        notes.append(f"Not used, although numbers with decimals stand in them: {', '.join(spare)}.")
    gross = gross_columns(draft)
    if gross and kind == "orders":
        notes.append(
            f"'{gross[0]}' holds value-added tax, by its name, so that profit is told with the tax: take a column of "
            "net amounts where there is one, with --map."
        )
    if kind == "orders" and not {"ordered_at", "sequence"} & columns.keys():
        notes.append("The file has no dates: what is bought later, and what is out of date, cannot be told.")
    return Recognition(
        kind=kind,
        mapping={meaning: columns[meaning] for meaning in MEANINGS if meaning in columns},
        dates=dates,
        decimals=money.decimals,
        confidence={name: choice.confidence for name, choice in draft.choices.items()},
        reasons={name: choice.reason for name, choice in draft.choices.items()},
        unmapped=tuple(name for name in draft.columns if name not in draft.choices),
        notes=(*draft.notes, *notes),
        whole_ids=frozenset(name for name in ids if evidence.is_whole_as_fraction(sample, name)),
        filled_down=filled_down,
        blank_orders=blank_orders,
        currency_once=_currency_once(draft, sample),
        order_prefix=evidence.usual_prefix(sample, order) if order else None,
        currency=guessed_currency(draft, sample) if kind == "orders" else None,
        amounts=money.reading,
        doubts=(*doubts, *date_doubts, *money.doubts),
    )


def _currency_once(draft: Draft, sample: Sample) -> str:
    """The currency of a file that names one on less than half of its rows."""
    codes = set(_currencies(draft, sample))
    column = draft.only("currency")
    once = column is not None and len(codes) == 1 and sample.facts[column].filled < 0.5
    return codes.pop() if once else ""


def _holds_amounts(fact: Facts) -> bool:
    return fact.filled > 0 and fact.number > 0.95 and fact.whole < 0.9 and fact.date < 0.5


def _dates(
    source: Source, sample: Sample, columns: tuple[str, ...]
) -> tuple[DateOrder, list[str], list[Doubt]]:
    if not columns:
        return DateOrder("iso", "there are no dates"), [], []
    date = columns[0]
    dates = date_order(sample.values[date])
    if dates.ambiguous:
        dates = date_order(distinct_texts(source, [date])[date])
    if dates.ambiguous and "assumption" in dates.how:
        sentence = f"The dates in '{date}' could be day-first or month-first; taken as {dates.order}."
        remedy = "--set intake.dates=day-first or --set intake.dates=month-first"
        return dates, [], [Doubt(sentence, remedy, "intake.dates")]
    notes = [f"The dates in '{date}' contradict each other: {dates.how}."] if dates.ambiguous else []
    return dates, notes, []
