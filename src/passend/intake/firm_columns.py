"""Recognising a firm's further tables: which one a file is, and what its columns mean.

A file is taken for one of them only where its names leave little doubt and its content agrees; everything else is
orders or products, as before. A person's word (``--as``, ``--map``) comes first.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from passend.errors import InvalidInput, UnrecognisedColumns
from passend.intake import evidence
from passend.intake.assign import SURE, Choice, column_scores
from passend.intake.columns import Recognition, recognise
from passend.intake.decimals import decimals_of
from passend.intake.draft import Draft, checked, split
from passend.intake.firm_values import COST_KINDS, EVENT_KINDS, EVENTS_ASIDE, GIVEN
from passend.intake.firm_words import FIRM_MEANINGS, FIRM_WORDS
from passend.intake.known import known_layout
from passend.intake.sample import Sample, take_sample
from passend.intake.source import Source
from passend.intake.synonyms import key
from passend.intake.times import DateOrder, date_order
from passend.tables.contract import Contract
from passend.tables.firm import FIRM_TABLES

#: What a file may be taken for.
TABLES = ("orders", "products", *(table.name for table in FIRM_TABLES))
#: Under this name the workspace remembers what a file of a form was taken for.
TABLE = "(table)"
#: Required columns that the intake can make itself.
MADE = {
    "events": {"event_id"},
    "contacts": {"contact_id", "direction", "purpose"},
    "consents": {"channel", "said_at"},
    "costs": {"name"},
}
_CONTRACTS = {table.name: table for table in FIRM_TABLES}
_SEVERAL = {"name"}
#: Words that are of consent and of nothing else.
_PLAIN = re.compile(
    r"subscri|opt(ed)?(in|out)|widerr|widerspr|abgemeldet|eingewilligt|zugestimmt|objection|withdrawn"
)
#: In the name of a file: everybody in it has refused.
_REFUSALS = re.compile(
    r"unsubscri|opt[-_ ]?outs?|suppress|black[-_ ]?list|block[-_ ]?list|do[-_ ]?not[-_ ]?(mail|contact|call)|"
    r"abgemeldet|abmeldung|widerspr|widerruf|robinson|sperrliste",
    re.IGNORECASE,
)
_IDS = ("customer_id", "product_id", "contract_id", "event_id", "contact_id", "visit_id")
_NUMBERS = (
    "fee_cents",
    "amount_cents",
    "cost_cents",
    "discount_share",
    "probability",
    "satisfaction",
    "minutes",
)


def recognise_table(
    source: Source,
    *,
    table: str = "",
    overrides: Mapping[str, str] | None = None,
    remembered: Mapping[str, str] | None = None,
    layouts: str = "",
) -> Recognition:
    """What a file is, of all tables that a firm may give, and what its columns mean.

    Args:
        source: the file.
        table: what the file is, where a person says so; one of ``TABLES``.
        overrides: meaning -> column, as given with ``--map``.
        remembered: the same from an earlier import of such a file.
        layouts: folder of the firm's own layouts of exports.

    Raises:
        InvalidInput: there is no such table.
        UnrecognisedColumns: what the table needs was not found.
    """
    if table and table not in TABLES:
        raise InvalidInput(f"A file cannot be '{table}'.", remedy=f"It can be {', '.join(TABLES)}.")
    given, known = overrides or {}, remembered or {}
    if table and known.get(TABLE, table) != table:
        known = {}  # the same file was read as another table then
    kind = table or known.get(TABLE, "")
    if not kind and _lists_refusals(source, given):
        kind = "consents"
    if not kind and known_layout(source.columns, layouts) is None:
        kind = _guessed(source, given)
    if kind not in _CONTRACTS:
        return recognise(source, overrides=given, remembered=known, kind=kind, layouts=layouts)
    return _recognised(source, _CONTRACTS[kind], given, known)


def _lists_refusals(source: Source, overrides: Mapping[str, str]) -> bool:
    """Whether the name of a file says that everybody in it has refused, and it names people and nothing of orders."""
    named = _named("consents", source.columns)
    if not _REFUSALS.search(source.name) or "customer_id" not in {**named, **overrides}:
        return False
    bought = {"product_id", "product_name", "order_id", "quantity", "unit_price", "line_total"}
    return not any(
        score >= SURE and meaning in bought
        for column in source.columns
        for meaning, score in column_scores(column, source.columns).items()
    )


def table_without_rows(columns: Sequence[str], table: str = "") -> str:
    """Which of the firm's further tables columns without rows are; nothing where they are none, or in doubt.

    Args:
        columns: the names of the columns.
        table: what a person says that it is.
    """
    if table:
        return table if table in _CONTRACTS else ""
    names = [name for name in _CONTRACTS if _SIGNS[name](set(_named(name, columns)))]
    exact = [name for name in names if set(columns) >= set(_CONTRACTS[name].schema.names)]
    return (exact or names or [""])[0]


def _guessed(source: Source, overrides: Mapping[str, str]) -> str:
    """The firm's table that a file seems to be; nothing where it is orders, products or in doubt."""
    plausible = [
        name
        for name in _CONTRACTS
        if set(overrides) <= set(FIRM_MEANINGS[name]) and _SIGNS[name](set(_named(name, source.columns)))
    ]
    if not plausible:
        return ""
    scores = [column_scores(column, source.columns) for column in source.columns]
    sure = {meaning for found in scores for meaning, score in found.items() if score >= SURE}
    sample = take_sample(source)
    for name in plausible:
        if _agrees(name, _named(name, source.columns), sure, sample):
            return name
    return ""


def _named(table: str, columns: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Meanings by the names of columns: the surest pairs first, each column once."""
    pairs = sorted(
        (-words[key(column)], place, meaning, column)
        for place, column in enumerate(columns)
        for meaning, words in FIRM_WORDS[table].items()
        if key(column) in words
    )
    found: dict[str, tuple[str, ...]] = {}
    used: set[str] = set()
    for _, _, meaning, column in pairs:
        if column not in used and (meaning not in found or (meaning in _SEVERAL and table == "customers")):
            found[meaning] = (*found.get(meaning, ()), column)
            used.add(column)
    return found


#: What a file must name to be worth a look, table by table.
_SIGNS: dict[str, Callable[[set[str]], bool]] = {
    "events": lambda has: (
        {"kind", "happened_at"} <= has and bool({"product_id", "words", "category", "customer_id"} & has)
    ),
    "contacts": lambda has: (
        {"customer_id", "happened_at"} <= has
        and (
            {"channel", "campaign"} <= has
            or (
                bool({"outcome", "direction", "purpose"} & has)
                and bool({"channel", "contact_id", "campaign"} & has)
            )
        )
    ),
    "consents": lambda has: {"customer_id", "is_given"} <= has,
    "contracts": lambda has: (
        {"contract_id", "customer_id", "started_at"} <= has
        and bool({"ends_at", "cancelled_at", "period_days", "fee_cents"} & has)
    ),
    "customers": lambda has: (
        "customer_id" in has
        and bool({"since", "name", "email", "phone", "birth_year", "segment", "language"} & has)
    ),
    "costs": lambda has: {"kind", "amount_cents"} <= has,
}


def _agrees(table: str, named: Mapping[str, tuple[str, ...]], sure: set[str], sample: Sample) -> bool:
    """Whether the content and the other columns say so, too."""

    def share(meaning: str, words: Iterable[str]) -> float:
        texts = [text for name in named.get(meaning, ()) for text in sample.values[name]]
        known = set(words)
        return sum(key(text) in known for text in texts) / len(texts) if texts else 0.0

    if table == "events":
        return share("kind", EVENT_KINDS) > 0 and share("kind", {**EVENT_KINDS, **EVENTS_ASIDE}) >= 0.3
    if table == "costs":
        return "customer_id" not in sure and share("kind", COST_KINDS) >= 0.5
    if {"order_id", "quantity", "line_total", "unit_price"} & sure:
        return False
    if table == "consents":
        # Without a day or a channel, a column such as 'status' may be of anything: its words must speak of consent.
        words = (
            GIVEN if {"said_at", "channel"} & set(named) else {word for word in GIVEN if _PLAIN.search(word)}
        )
        return share("is_given", words) >= 0.8
    if table == "customers":
        product = {"product_id", "product_name"} & sure
        return not product and evidence.is_unique(sample, named["customer_id"][0])
    return True


def _recognised(
    source: Source, table: Contract, overrides: Mapping[str, str], remembered: Mapping[str, str]
) -> Recognition:
    meanings = FIRM_MEANINGS[table.name]
    settled = checked(overrides, source.columns, meanings)
    draft = Draft(tuple(source.columns))
    draft.settle(settled, "given by --map")
    named = {column for columns in settled.values() for column in columns}
    known = {
        meaning: columns
        for meaning, text in remembered.items()
        if meaning in meanings and meaning not in settled and (columns := split(text, source.columns))
    }
    draft.settle({m: c for m, c in known.items() if not named & set(c)}, "remembered from an earlier import")
    free = [column for column in source.columns if column not in draft.choices]
    for meaning, columns in _named(table.name, free).items():
        if meaning not in draft.mapping and meaning not in draft.ignored:
            words = FIRM_WORDS[table.name][meaning]
            draft.take(
                Choice(column, meaning, round(words[key(column)], 2), "its name") for column in columns
            )
    refusals = (
        table.name == "consents" and "is_given" not in draft.mapping and bool(_REFUSALS.search(source.name))
    )
    if refusals:
        draft.notes.append("The name of the file says that everybody in it has refused; each counts as a no.")
    if table.name == "consents" and "said_at" not in draft.mapping:
        draft.notes.append(
            "No column says when: a no counts from today on; a yes without its day proves nothing and is set aside."
        )
    _require(draft, table, source, {"is_given"} if refusals else set())
    return replace(_finished(draft, table, source), only_refusals=refusals)


def _require(draft: Draft, table: Contract, source: Source, known: AbstractSet[str]) -> None:
    made = MADE.get(table.name, set()) | known
    missing = [
        column
        for column in table.columns
        if column.required and column.name not in draft.mapping and column.name not in made
    ]
    if not missing:
        return
    lacking = "; ".join(f"{column.name} ({column.meaning})" for column in missing)
    flags = " and ".join(f'--map {column.name}="Column Name"' for column in missing)
    raise UnrecognisedColumns(
        f"As {table.name}, the file lacks {lacking}. The columns are: {', '.join(draft.columns)}.",
        record=source.name,
        remedy=f"If a column holds it, name it with {flags}; if the file is something else, say so with --as TABLE "
        f"({', '.join(TABLES)}).",
    )


def _finished(draft: Draft, table: Contract, source: Source) -> Recognition:
    sample = take_sample(source)
    columns = draft.mapping
    times = [c for column in table.columns if column.type == "time" for c in columns.get(column.name, ())]
    dates = date_order([text for name in times for text in sample.values[name]])
    notes = [*draft.notes]
    if dates.ambiguous:
        notes.append(
            f"The dates could be day-first or month-first; taken as {dates.order}; "
            "change with --set intake.dates=month-first."
        )
    ids = [name for meaning in _IDS for name in columns.get(meaning, ())]
    numbers = [name for meaning in _NUMBERS for name in columns.get(meaning, ())]
    return Recognition(
        kind=table.name,
        mapping={column.name: columns[column.name] for column in table.columns if column.name in columns},
        dates=dates if times else DateOrder("iso", "there are no dates"),
        decimals=decimals_of(source, sample, numbers),
        confidence={name: choice.confidence for name, choice in draft.choices.items()},
        reasons={name: choice.reason for name, choice in draft.choices.items()},
        unmapped=tuple(name for name in draft.columns if name not in draft.choices),
        notes=tuple(notes),
        whole_ids=frozenset(name for name in ids if evidence.is_whole_as_fraction(sample, name)),
    )
