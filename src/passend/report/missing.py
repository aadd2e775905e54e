"""What is missing that would help most, the most useful first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from passend.intake.lessons import contact_lesson
from passend.language import phrase


@dataclass(frozen=True)
class Advice:
    """One thing the firm could add, and what it would bring."""

    missing: str
    brings: str
    how: str


def advise(
    totals: Mapping[str, Any], unmatched_returns: int, lessons: Sequence[Mapping[str, Any]] = ()
) -> list[Advice]:
    """What to add to the data, judged by what is there.

    Args:
        totals: the row of the report's table ``totals``.
        unmatched_returns: returns whose sale is not in the data.
        lessons: how many contacts teach, and why the others do not: the rows of ``contact_lessons``.
    """
    advice = []
    lesson, has_contacts = contact_lesson(lessons), any(row["contacts"] for row in lessons)
    orders, lines, products = totals["orders"], totals["lines"], totals["products"]
    guests = totals["guest_orders"] / orders if orders else 0.0
    if totals["customers"] == 0:
        advice.append(
            _advice(
                "Customer numbers",
                "Without them nobody can be offered anything by name; "
                "relations between products still hold at the checkout.",
                "Export orders with the customer's number, or map the column: --map customer_id=…",
            )
        )
    elif guests > 0.05:
        advice.append(
            _advice(
                "Customer numbers of {guests:%} of the orders",
                "Guest orders teach which products go together, but their buyers get no offers.",
                "Link guest orders by e-mail address before the export.",
                guests=guests,
            )
        )
    if totals["first_at"] is None:
        advice.append(
            _advice(
                "Dates of the orders",
                "They tell what is bought next and when, and keep old habits from counting as new.",
                "Export the order date and map it: --map ordered_at=…",
            )
        )
    if totals["products_with_cost"] < products / 2:
        advice.append(
            _advice(
                "What the products cost you",
                "Offers can then be ranked by profit instead of by fit; "
                "a dear product with a thin margin moves down.",
                "Import a product list with a column such as 'unit cost' (Einkaufspreis).",
            )
        )
    if totals["products_with_category"] < products / 2:
        advice.append(
            _advice(
                "Categories of the products",
                "They tell an alternative from an addition, "
                "and give new products relations before their first sale.",
                "Import a product list with a column such as 'category' (Warengruppe).",
            )
        )
    if totals["lines_with_price"] < lines / 2:
        advice.append(
            _advice(
                "Prices",
                "Revenue, returns and the value of offers are unknown without them.",
                "Map the price: --map unit_price=…",
            )
        )
    if unmatched_returns > 0.1 * max(1, totals["returned_pieces"] or 0):
        advice.append(
            _advice(
                "The sales behind {lines:n} returned lines",
                "They happened before the data begin, so these returns count for nobody.",
                "Import a longer history.",
                lines=unmatched_returns,
            )
        )
    if lesson:
        advice.append(
            _advice(
                "Contacts that teach",
                "{lesson:s} What an offer adds is learned from single products offered to customers who bought later.",
                "Export one row for each customer and product offered, with date, channel and answer.",
                lesson=lesson,
            )
        )
    if not lesson and not has_contacts:
        advice.append(
            _advice(
                "Past contacts and the answers to them",
                "Whom an offer moves, and whom it annoys, shows only in contacts and what came of them.",
                "Until then the plan keeps a hold-out from the first day, so that the next report can measure.",
            )
        )
    return advice


def _advice(missing: str, brings: str, how: str, **parameters: object) -> Advice:
    return Advice(phrase(missing, **parameters), phrase(brings, **parameters), phrase(how, **parameters))
