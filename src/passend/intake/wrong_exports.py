"""Exports that people take by mistake: they do not say what was bought in each order, and another export does."""

from collections.abc import Sequence

from passend.errors import UnrecognisedColumns
from passend.intake.known import header_key

_ETSY = "Order ID | Number of Items | Order Value | Order Total | Full Name"
_SHOPIFY = "Product title | Net items sold | Gross sales | Total sales"
_SHOPIFY_OLD = "Product title | Net quantity | Gross sales | Total sales"
_BY_ORDER = "Order name | Order number | Order ID | Day | Customer email"
_PRESTASHOP = (
    "ID | Référence | Client | Total | Paiement | État | Date",
    "ID | Reference | Customer | Total | Payment | Status | Date",
    "ID | Referenz | Kunde | Gesamt | Zahlung | Status | Datum",
)
_DATEV = "Umsatz (ohne Soll/Haben-Kz) | Soll/Haben-Kennzeichen | Gegenkonto (ohne BU-Schlüssel) | Belegdatum"


def refuse_wrong_export(columns: Sequence[str], name: str) -> None:
    """Stop at an export that cannot be read for what it lacks, and name the one to take.

    Args:
        columns: the headers of the file.
        name: the file.

    Raises:
        UnrecognisedColumns: with the export to take instead.
    """
    headers = {header_key(column) for column in columns}
    if _all(_ETSY, headers):
        raise UnrecognisedColumns(
            "This is Etsy's list of orders, which does not say how many of what was bought.",
            record=name,
            remedy="Take the other one: Shop Manager > Settings > Options > Download data > Order items.",
        )
    if (_all(_SHOPIFY, headers) or _all(_SHOPIFY_OLD, headers)) and not _any(_BY_ORDER, headers):
        raise UnrecognisedColumns(
            "This is a sales report by product: it does not say in which order something was bought.",
            record=name,
            remedy="Take Orders > Export > Plain CSV file, or add 'Order name' and 'Day' to the report.",
        )
    if any(_all(each, headers) for each in _PRESTASHOP):
        raise UnrecognisedColumns(
            "This is PrestaShop's list of orders, which does not say what was bought.",
            record=name,
            remedy="Take the lines of the orders: Advanced Parameters > Database > SQL Manager, with the tables orders "
            "and order_detail.",
        )
    if _all(_DATEV, headers):
        raise UnrecognisedColumns(
            "This is a stack of bookings for DATEV, which names accounts and no products.",
            record=name,
            remedy="Take the list of invoice lines from the program that writes the invoices.",
        )


def _all(names: str, headers: set[str]) -> bool:
    return all(header_key(each) in headers for each in names.split("|"))


def _any(names: str, headers: set[str]) -> bool:
    return any(header_key(each) in headers for each in names.split("|"))
