"""What kind of row or document a line is, where a column says so: an invoice, a credit note, a quotation, a test.

``Type`` may be a category as well as the kind of a document: its values tell which. A file that lists the order and
the invoice of one sale counts it twice, so that is asked.
"""

from passend.intake.assign import SURE, Choice
from passend.intake.doubts import Doubt
from passend.intake.draft import Draft
from passend.intake.sample import Sample
from passend.intake.states import Document, document_of, is_document_header
from passend.intake.synonyms import is_loose, key
from passend.intake.texts import word_set

#: From this share of the filled rows on, a column says what kind of document a row is.
_MOSTLY = 0.9
_MOST_KINDS = 30
#: Documents that come before the invoice of the same sale, and the invoice.
_BEFORE = word_set("auftrag auftraege auftragsbestaetigung bestellung salesorder lieferschein deliverynote")
_BILLED = word_set("rechnung rechnungen invoice invoices salesinvoice customerinvoice")
#: What may be a number of pieces or a flag.
_RETURNED = word_set("returned refunded retourniert retoure returns retouren zurueck")


def mend_kinds(draft: Draft, sample: Sample) -> None:
    """Give columns of documents, and of pieces that came back, their meaning; take the till's own account from buyers.

    Args:
        draft: the mapping as names and content have it; is changed.
        sample: the first rows.
    """
    for column in draft.columns:
        choice = draft.choices.get(column)
        if is_document_header(column) and _is_free(choice, "status") and _says_documents(sample, column):
            _move(draft, column, Choice(column, "status", SURE, "its content: kinds of documents"))
    _mend_returned(draft, sample)
    _drop_account(draft, sample)


def document_doubts(draft: Draft, sample: Sample) -> list[Doubt]:
    """Orders beside invoices: most firms have both for one sale."""
    for column in draft.mapping.get("status", ()):
        kinds = {key(text): text for text in sample.values[column]}
        before, billed = sorted(_BEFORE & set(kinds)), sorted(_BILLED & set(kinds))
        if is_document_header(column) and before and billed:
            one, other = kinds[before[0]], kinds[billed[0]]
            return [
                Doubt(
                    f"'{column}' holds '{one}' and '{other}': where both are of one sale, it would count twice.",
                    "leave one of them out of the export",
                )
            ]
    return []


def _is_free(choice: Choice | None, meaning: str) -> bool:
    """Whether nobody has given the column another meaning, and its name alone does not."""
    if choice is None or choice.reason.startswith(("given", "remembered", "known")):
        return choice is None
    return choice.meaning != meaning and choice.confidence < SURE


def _says_documents(sample: Sample, column: str) -> bool:
    fact = sample.facts[column]
    kinds = {text: document_of(text) for text in sample.values[column]}
    if not 1 < fact.distinct <= _MOST_KINDS or not {Document.BACK, Document.OFFER} & set(kinds.values()):
        return False
    known = [text for text in sample.head.column(column).to_pylist() if text]
    return sum(kinds.get(text) is not None for text in known) >= _MOSTLY * len(known)


def _mend_returned(draft: Draft, sample: Sample) -> None:
    """``Returned`` beside ``Ordered`` counts pieces; as a flag it says yes or no."""
    if "returned_quantity" in {*draft.mapping, *draft.ignored}:
        return
    pieces = draft.only("quantity")
    for column in draft.mapping.get("status", ()):
        fact = sample.facts[column]
        if key(column) not in _RETURNED or fact.whole < _MOSTLY or draft.is_given(column):
            continue
        beside = pieces is not None and is_loose(pieces, "quantity") and sample.facts[pieces].date < 1
        if beside or {"2", "3", "4", "5"} & set(sample.values[column]):
            _move(draft, column, Choice(column, "returned_quantity", SURE, "its name and content: pieces"))
            return


def _drop_account(draft: Draft, sample: Sample) -> None:
    """A loosely named number that is the same in every row is the till's or the shop's own, not a buyer's."""
    column, order = draft.only("customer_id"), draft.only("order_id")
    if column is None or order is None or draft.is_given(column) or not is_loose(column, "customer_id"):
        return
    if sample.facts[column].distinct == 1 and sample.facts[order].distinct >= 3:
        draft.drop("customer_id")
        draft.notes.append(
            f"'{column}' says the same in every row, so it is not taken as who bought; change with "
            f'--map customer_id="{column}".'
        )


def _move(draft: Draft, column: str, choice: Choice) -> None:
    """Give a column another meaning; what shared its old one keeps it."""
    old = draft.choices.get(column)
    if old is not None:
        rest = tuple(name for name in draft.mapping.get(old.meaning, ()) if name != column)
        if rest:
            draft.mapping[old.meaning] = rest
        else:
            draft.mapping.pop(old.meaning, None)
    draft.take([choice])
