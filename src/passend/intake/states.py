"""What the state of a row says: never paid or sent, waiting for payment, returned, or a document of a return.

What was never paid or never left the house (failed, voided, cancelled before it was sent) is neither an order nor a
return. A state such as *refunded* is of a sale that came back; a document such as a credit note is a row of its own
beside the sale.
"""

from collections.abc import Mapping
from enum import StrEnum

import pyarrow as pa
import pyarrow.compute as pc

from passend.intake.known import value_key
from passend.intake.synonyms import key
from passend.intake.texts import is_blank, read_texts, word_set


class Document(StrEnum):
    """What a kind of document does: sell, take back, or neither yet."""

    SALE = "sale"
    BACK = "back"
    OFFER = "offer"


class State(StrEnum):
    """The states that matter, the strongest first."""

    NEVER = "never"
    DOCUMENT = "document"
    BACK = "back"
    PENDING = "pending"


_NEVER = word_set(
    """
    cancelled canceled cancel canceledbybuyer canceledbyseller storniert annulliert abgebrochen abgelehnt void voided
    failed declined fehlgeschlagen expired abandoned checkoutdraft draft entwurf trash rejected deleted geloescht
    paymenterror paymentfailed zahlungfehlgeschlagen zahlungsfehler denied nichtbezahlt
    """
)
_BACK = word_set(
    """
    returned return returns retour retoure retouren retourniert ruecksendung rueckgabe zurueckgegeben zurueckgesendet
    refunded refund fullyrefunded erstattet rueckerstattet erstattung rueckerstattung gutschrift creditnote creditmemo
    rechnungskorrektur widerrufen widerruf rma chargeback chargedback canceledreversal reversed
    cancellation storno stornierung stornorechnung reversal salescreditnote customercreditnote refundreceipt
    creditinvoice paymentrefund gutschriften warenruecknahme
    """
)
#: Kinds of documents and rows that are sales, and those that may become one.
_SALES = word_set(
    """
    sale sales invoice invoices salesinvoice customerinvoice order orders salesorder receipt salesreceipt purchase
    payment charge rechnung rechnungen verkauf barverkauf auftrag auftraege auftragsbestaetigung bestellung bon beleg
    zahlung lieferschein kauf exchange
    """
)
_OFFERS = word_set(
    """
    angebot angebote quote quotation offer kostenvoranschlag anfrage inquiry estimate proforma proformarechnung
    """
)
_PENDING = word_set(
    """
    pending pendingpayment paymentpending onhold awaitingpayment unpaid zahlungausstehend ausstehend inwartestellung
    wartetaufzahlung aufzahlungwarten
    """
)
_FLAGS_NEVER = word_set(
    """
    cancelled canceled iscancelled iscanceled cancelledat canceledat storniert storno stornokennzeichen stornokz
    storniertam iststorniert cancellation void voided isvoid isvoided deleted isdeleted deletedat istest testorder
    """
)
_FLAGS_BACK = word_set(
    """
    returned isreturned isreturn returnflag returnedflag refunded isrefunded retoure istretoure retourniert
    retourenkennzeichen returnedat returnedon refundedat refundedon refunddate retourniertam erstattetam
    erstattungsdatum
    """
)
#: Columns that say what kind of document a row is.
_DOCUMENTS = word_set(
    """
    type transactiontype documenttype doctype rowtype linetype recordtype belegart vorgangsart rechnungsart
    transaktionstyp event eventtype eventname ereignis salekind ordertype buchungsart typ art receipttype
    invoicetype vorgang dokumentart dokumenttyp belegtyp bonart
    """
)
_NO = word_set("0 0.0 false no nein n f falsch open offen none")


#: The words of a known export -> what they tell.
_TOLD = {"never": State.NEVER, "back": State.BACK, "pending": State.PENDING}


def is_document_header(header: str) -> bool:
    """Whether a column of this name says what kind of document a row is."""
    return key(header) in _DOCUMENTS


def document_of(text: str) -> Document | None:
    """What a kind of document does; nothing where it is none."""
    word = key(text)
    if word in _OFFERS:
        return Document.OFFER
    if word in _BACK:
        return Document.BACK
    return Document.SALE if word in _SALES else None


def states_of(
    column: pa.Array, header: str, words: Mapping[str, tuple[str, ...]], *, documents: bool
) -> pa.Array:
    """The state that each row of a status column is in; empty where it is a plain sale.

    Args:
        column: the column.
        header: its name.
        words: what values mean in a known export, before the general words.
        documents: whether rows that say refund stand beside the sale.
    """
    back = State.DOCUMENT if documents or key(header) in _DOCUMENTS else State.BACK
    return read_texts(column, lambda text: _state(text, key(header), words, back), pa.string())


def void_rows(column: pa.Array) -> pa.Array:
    """Which rows were cancelled before they were sent, by a column that is filled, or says yes, for these."""
    return read_texts(column, _is_told, pa.bool_())


def _is_told(text: str | None) -> bool:
    return text is not None and not is_blank(text) and text.strip().lower() not in _NO


def strongest(first: pa.Array, second: pa.Array) -> pa.Array:
    """Of two states of each row the stronger one."""
    for one, other in ((first, second), (second, first)):
        if one.null_count == len(one):
            return other
    found = pa.nulls(len(first), pa.string())
    for state in State:
        here = pc.or_(
            pc.fill_null(pc.equal(first, state.value), False),
            pc.fill_null(pc.equal(second, state.value), False),
        )
        found = pc.if_else(pc.and_(here, pc.is_null(found)), state.value, found)
    return found


def _state(text: str | None, header: str, words: Mapping[str, tuple[str, ...]], back: State) -> str | None:
    if text is None or is_blank(text):
        return None
    value = value_key(text)
    word = value.removeprefix("wc")
    offers = _OFFERS if back is State.DOCUMENT else frozenset[str]()
    told = (
        *((value in words.get(name, ()), state) for name, state in _TOLD.items()),
        (word in _NEVER or word in offers, State.NEVER),
        (word in _BACK, State.BACK),
        (word in _PENDING, State.PENDING),
    )
    for is_told, state in told:
        if is_told:
            return (back if state is State.BACK else state).value
    if text.strip().lower() in _NO or word.startswith(("not", "nicht", "kein")):
        return None
    if header in _FLAGS_NEVER:
        return State.NEVER.value
    return back.value if header in _FLAGS_BACK else None
