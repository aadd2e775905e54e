"""Files that list refunds or returns: each row takes back what another file has sold."""

from passend.intake.draft import Draft
from passend.intake.sample import Sample
from passend.intake.synonyms import key
from passend.intake.texts import word_set

_NUMBERS = word_set(
    """
    refundid refundno refundnumber returnid returnno returnnumber rmaid rmano rmanumber creditnoteid creditnoteno
    creditnotenumber creditmemoid creditmemonumber gutschriftnr gutschriftsnr gutschriftnummer gutschriftsnummer
    retourennr retourennummer retourenid retoureid erstattungsnummer erstattungsnr erstattungsid rueckgabenummer
    stornonummer stornonr
    """
)
_DAYS = word_set(
    """
    refunddate refundedat refundedon dateofrefund refundcreatedat returndate returnedat returnedon datereturned
    returncreatedat creditnotedate creditmemodate gutschriftdatum gutschriftsdatum retourendatum retouredatum
    erstattungsdatum erstattetam rueckgabedatum zurueckam retourniertam
    """
)
_NEARLY_ALL = 0.95


def refund_column(draft: Draft, sample: Sample) -> str:
    """The column that says that every row is a refund; empty where the file is one of orders.

    An order file may say of some rows when they came back; a file of refunds says so of all, and has no status.
    The time of the refund is the time of the row.
    """
    full = [column for column in draft.columns if sample.facts[column].filled >= _NEARLY_ALL]
    numbers = [column for column in full if key(column) in _NUMBERS]
    days = [column for column in full if key(column) in _DAYS]
    ordered = draft.only("ordered_at")
    told = set(draft.mapping.get("status", ())) - set(days)
    if not numbers and (told or not days or ordered not in (None, *days)):
        return ""
    return (numbers or days)[0]


def refund_day(draft: Draft) -> str | None:
    """The column of the day of the refund, where it has a name of its own."""
    return next((column for column in draft.columns if key(column) in _DAYS), None)
