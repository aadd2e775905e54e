"""Contacts that teach nothing are said to, with the reason; those that can are not complained of."""

import pytest

from passend.flow import ImportRequest, import_sources
from passend.intake.lessons import contact_lesson
from passend.ports import Silence
from passend.report.missing import advise
from passend.workspace import Workspace

ORDERS = "order_id,customer_id,date,sku,qty,price\n" + "".join(
    f"{n},K{n % 20},2026-0{n % 5 + 1}-{n % 28 + 1:02d},P{n % 3},1,9.00\n" for n in range(100)
)
HEADER = "customer_id,sent_at,channel,campaign,sku,outcome\n"
TOTALS = {
    "orders": 9, "lines": 9, "products": 3, "guest_orders": 0, "customers": 5, "first_at": 1, "products_with_cost": 3,
    "products_with_category": 3, "lines_with_price": 9, "returned_pieces": 0,
}  # fmt: skip


def remarks(tmp_path, *contacts):
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "contacts.csv").write_text(HEADER + "".join(f"{row}\n" for row in contacts))
    files = [ImportRequest(tmp_path / name) for name in ("orders.csv", "contacts.csv")]
    workspace = Workspace(tmp_path / "ws")
    summary = import_sources(workspace, files, Silence())
    return workspace, [one for one in summary.remarks if "can teach" in one]


@pytest.mark.parametrize(
    ("contact", "says"),
    [
        ("K{n},2026-02-01,email,spring,,sent", "they name no product"),
        ("K{n},2026-02-01,email,spring,X9,sent", "stands neither in the orders nor in the product list"),
        ("K{n},2026-02-01,Flyer,spring,P1,redeemed", "print"),
        ("K{n},2020-02-01,email,spring,P1,sent", "before the first order"),
        ("K{n},2027-02-01,email,spring,P1,sent", "nothing was sold after them"),
    ],
)
def test_why_contacts_teach_nothing_is_said(contact, says, tmp_path):
    workspace, said = remarks(tmp_path, *(contact.format(n=n) for n in range(8)))
    assert workspace.read("contacts").num_rows == 8, "they are kept all the same"
    assert len(said) == 1
    assert said[0].startswith("Of 8 contacts, 0 can teach")
    assert says in said[0]


def test_contacts_that_teach_are_not_complained_of(tmp_path):
    _, said = remarks(tmp_path, *(f"k{n},2026-02-01,email,spring,P{n % 3},opened" for n in range(8)))
    assert said == []


def test_the_report_does_not_ask_for_contacts_that_are_there():
    def asked(lessons):
        return [one.missing for one in advise(TOTALS, 0, lessons)]

    assert asked([]) == ["Past contacts and the answers to them"]
    assert asked([{"reason": "", "contacts": 9}]) == []
    assert asked([{"reason": "they name no product", "contacts": 9}]) == ["Contacts that teach"]


def test_the_counts_of_a_lesson_add_up():
    lessons = [{"reason": "", "contacts": 2}, {"reason": "a", "contacts": 3}, {"reason": "b", "contacts": 4}]
    assert (
        contact_lesson(lessons)
        == "Of 9 contacts, 2 can teach what an offer adds; not so 4 because b; 3 because a."
    )
