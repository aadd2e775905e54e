"""Which column means what: names first, then whether the content agrees."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from passend.intake.amounts import AMOUNTS
from passend.intake.sample import Facts
from passend.intake.synonyms import key, name_scores, words

#: A score from which a column is taken to mean something, and from which it is hardly in doubt.
ENOUGH, SURE = 0.3, 0.6

#: Characters of a value that are shown.
_SHOWN = 40
_NUMBERS = frozenset({"quantity", "unit_cost", "stock", *AMOUNTS})
_FEW_VALUES = {"status": 60, "channel": 500, "country": 400, "currency": 60, "kind": 30, "is_active": 8}
#: Columns of Shopify's order export that are the order's (``Name`` is its number), or nothing here.
_SHOPIFY = {
    "name": "order_id",
    "subtotal": "order_subtotal", "shipping": "order_shipping", "taxes": "order_tax", "total": "order_total",
    "discountamount": "order_discount", "id": "", "vendor": "", "tags": "",
}  # fmt: skip
_SEVERAL = frozenset({"category", "status", "attributes"})


@dataclass(frozen=True)
class Choice:
    """A column, what it is taken to mean, how sure that is and why."""

    column: str
    meaning: str
    confidence: float
    reason: str


def assign(
    facts: Mapping[str, Facts],
    meanings: Collection[str],
    taken: Collection[str] = (),
    settled: Collection[str] = (),
) -> list[Choice]:
    """The best match of columns and meanings: each column means one thing, most meanings take one column.

    Args:
        facts: what the sample says about each column.
        meanings: the meanings in question.
        taken: columns that a person has already given a meaning.
        settled: meanings that a person has already given a column.
    """
    pairs: list[Choice] = []
    for column, fact in facts.items():
        if column in taken:
            continue
        for meaning, score in column_scores(column, facts).items():
            judged, reason = _judged(meaning, score, fact)
            if meaning in meanings and meaning not in settled and judged >= ENOUGH:
                pairs.append(Choice(column, meaning, round(judged, 2), reason))
    order = {column: place for place, column in enumerate(facts)}
    pairs.sort(key=lambda choice: (-choice.confidence, order[choice.column]))
    chosen: list[Choice] = []
    for pair in pairs:
        used = any(other.column == pair.column for other in chosen)
        filled = any(other.meaning == pair.meaning for other in chosen)
        if not used and (not filled or (pair.meaning in _SEVERAL and pair.confidence >= SURE)):
            chosen.append(pair)
    return chosen


def column_scores(column: str, columns: Collection[str]) -> dict[str, float]:
    """How well a column's name fits each meaning, given the other columns' names."""
    word = key(column)
    # Only few names are looked at in the light of the others: a file may have thousands of columns.
    if word in _SHOPIFY and any(key(other).startswith("lineitem") for other in columns):
        return {_SHOPIFY[word]: 1.0} if _SHOPIFY[word] else {}
    return name_scores(column)


def _judged(meaning: str, score: float, fact: Facts) -> tuple[float, str]:
    """The score after a look at the content."""
    by_name = "its name" if score >= SURE else "its name, loosely"
    if fact.filled == 0:
        return score * 0.7, f"{by_name}; it is empty in the rows looked at"
    fits = _fit(meaning, fact)
    if fits is None:
        return score, by_name
    if fits >= 0.8:
        return min(1.0, score + 0.02), f"{by_name} and its content"
    if score < SURE:
        return 0.0, ""
    # In doubt, and yet before a loose name whose content fits: one wrong cell is likelier than a wrong header.
    doubted, odd = score * (0.5 + 0.1 * fits), _odd(meaning, fact)
    if odd:
        return doubted, f"{by_name}, although it holds '{odd}'"
    return doubted, f"{by_name}, although much of its content does not look like it"


def _odd(meaning: str, fact: Facts) -> str:
    """A value that does not fit, so that people find the cell; long texts would not be read."""
    odd = fact.no_date if meaning == "ordered_at" else fact.no_number if meaning in _NUMBERS else ""
    return odd if len(odd) <= _SHOWN else f"{odd[: _SHOWN - 1]}…"


def _fit(meaning: str, fact: Facts) -> float | None:
    """The share of the content that fits, or nothing where any content would."""
    shares = {"ordered_at": fact.date, "clock": fact.clock, "sequence": fact.whole}
    if meaning in _NUMBERS or meaning in shares:
        return shares.get(meaning, fact.number)
    if meaning in _FEW_VALUES:
        return 1.0 if fact.distinct <= _FEW_VALUES[meaning] else 0.0
    if meaning == "category" and fact.rows >= 50:
        return 1.0 if fact.distinct <= fact.rows * 0.8 else 0.0
    return None


def levels(columns: list[str], facts: Mapping[str, Facts]) -> tuple[str, ...]:
    """Category columns from the widest to the narrowest; 'aisle_id' is dropped where 'aisle' is there."""
    keys = {key(column) for column in columns}
    kept = [column for column in columns if not _is_code_of(column, keys)]

    def place(column: str) -> tuple[int, int]:
        word = key(column)
        number = next((int(part) for part in words(column).split() if part.isdigit()), 0)
        number += word.startswith(("unter", "sub")) - word.startswith(("haupt", "main"))
        return number, facts[column].distinct

    return tuple(sorted(kept, key=place))


def _is_code_of(column: str, keys: set[str]) -> bool:
    word = key(column)
    return any(
        word.endswith(end) and {word[: -len(end)], word[: -len(end)] + "name"} & (keys - {word})
        for end in ("id", "code", "nr")
    )
