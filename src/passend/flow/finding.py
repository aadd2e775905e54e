"""Products and customers by what people type: a number, an address, or parts of words."""

from typing import Any

from passend.engines.lookup import Wanted, look_up
from passend.workspace import Workspace

#: Words that are looked at.
_WORDS = 6
#: Where customers are looked for, the first that has rows.
_LISTED, _KNOWN = "customers", "customer_facts"


def find_products(workspace: Workspace, wanted: str, most: int, after: int = 0) -> list[dict[str, Any]]:
    """Products whose number, name or category hold the words, the best known first.

    Args:
        workspace: holds them.
        wanted: what somebody typed; all products where it is empty.
        most: rows.
        after: rows to leave out before.
    """
    if not workspace.has("products"):
        return []
    asked = Wanted(
        words=tuple(wanted.split()[:_WORDS]), within=("product_id", "name", "category"), first=("orders", "product_id"),
        most=most, after=after,
    )  # fmt: skip
    return list(look_up(workspace.files("products"), asked).to_pylist())


def find_customers(workspace: Workspace, wanted: str, most: int) -> list[dict[str, Any]]:
    """Customers whose number, name or address hold the words; nobody for no words.

    Returns:
        rows with ``customer_id``, ``name``, ``email``, ``orders``, ``revenue_cents``, ``currency``, ``last_order_at``.
    """
    words = tuple(wanted.split()[:_WORDS])
    if not words or not workspace.has(_KNOWN):
        return []
    found = _found(workspace, words, most, usual=True) or _found(workspace, words, most, usual=False)
    return _named(workspace, found)


def customers_of(workspace: Workspace, numbers: list[str]) -> list[dict[str, Any]]:
    """Customers by their numbers, in that order; rows as of ``find_customers``."""
    rows = {row["customer_id"]: row for row in _known(workspace, numbers)}
    return _named(workspace, [rows[number] for number in numbers if number in rows])


def _named(workspace: Workspace, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    who = _who(workspace, [row["customer_id"] for row in found])
    return [{**row, **who[row["customer_id"]]} for row in found]


def _found(workspace: Workspace, words: tuple[str, ...], most: int, *, usual: bool) -> list[dict[str, Any]]:
    asked = Wanted(words=words, within=("customer_id",), first=("orders",), most=most, usual=usual)
    found = _facts(workspace, asked)
    if len(found) < most and workspace.has(_LISTED):
        asked = Wanted(words=words, within=("customer_id", "name", "email"), most=most, usual=usual)
        written = look_up(workspace.files(_LISTED), asked, ("customer_id",))["customer_id"].to_pylist()
        numbers = _shared(workspace, written)
        known = {row["customer_id"] for row in found}
        found += [row for row in _known(workspace, numbers) if row["customer_id"] not in known]
    return found[:most]


def _facts(workspace: Workspace, asked: Wanted) -> list[dict[str, Any]]:
    columns = ("customer_id", "orders", "revenue_cents", "currency", "last_order_at")
    return list(look_up(workspace.files(_KNOWN), asked, columns).to_pylist())


def _known(workspace: Workspace, numbers: list[str]) -> list[dict[str, Any]]:
    return _facts(workspace, Wanted("customer_id", tuple(numbers), first=("orders",))) if numbers else []


def _shared(workspace: Workspace, written: list[str]) -> list[str]:
    """The numbers that all tables share, of numbers as a file wrote them."""
    if not workspace.has("customer_aliases") or not written:
        return written
    rows = look_up(workspace.files("customer_aliases"), Wanted("spelling", tuple(written))).to_pylist()
    one = {row["spelling"]: row["customer_id"] for row in rows}
    return [one.get(name, name) for name in written]


def _who(workspace: Workspace, numbers: list[str]) -> dict[str, dict[str, str]]:
    """Name and address of some customers; of several rows of one the first that tells it counts."""
    who = {number: {"name": "", "email": ""} for number in numbers}
    rows = workspace.find(_LISTED, "customer_id", *numbers).to_pylist() if workspace.has(_LISTED) else []
    for row in rows:
        mine = who[row["customer_id"]]
        for name in mine:
            mine[name] = mine[name] or row[name] or ""
    return who
