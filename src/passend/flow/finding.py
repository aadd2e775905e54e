"""Products and customers by what people type: a number, an address, or parts of words."""

from typing import Any

from passend.engines.lookup import Held, Wanted, look_up
from passend.workspace import Workspace

#: Words that are looked at.
_WORDS = 6
#: Who is known, what they are called, and under which other numbers.
_KNOWN, _LISTED, _ALIASES = "customer_facts", "customers", "customer_aliases"
_NAMED = (_LISTED, _ALIASES)
#: Names of one customer that are reckoned with.
_NAMES = 4
_HELD = Held()


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
    files = {name: workspace.files(name) for name in (_KNOWN, *_NAMED) if workspace.has(name)}
    # A customer who is known under several names stands there as often.
    rows = _HELD.search(_words_of(set(files)), files, words, _NAMES * most)
    return customers_of(workspace, list(dict.fromkeys(rows["customer_id"].to_pylist()))[:most])


def customers_of(workspace: Workspace, numbers: list[str]) -> list[dict[str, Any]]:
    """Customers by their numbers, in that order; rows as of ``find_customers``."""
    if not numbers:
        return []
    columns = ("customer_id", "orders", "revenue_cents", "currency", "last_order_at")
    found = look_up(workspace.files(_KNOWN), Wanted("customer_id", tuple(numbers)), columns).to_pylist()
    rows = {row["customer_id"]: row for row in found}
    who = _who(workspace, numbers)
    return [{**rows[number], **who[number]} for number in numbers if number in rows]


def _words_of(tables: set[str]) -> str:
    """The query that makes number, and words in small letters, of each customer and name; the best known first."""
    named, joined = "f.customer_id", ""
    if _LISTED in tables:
        number = "coalesce(a.customer_id, c.customer_id)" if _ALIASES in tables else "c.customer_id"
        alike = f"left join {_read(_ALIASES)} a on a.spelling = c.customer_id" if _ALIASES in tables else ""
        named = "concat_ws(' ', f.customer_id, n.words)"
        joined = f"""left join (
            select {number} as customer_id, concat_ws(' ', c.customer_id, c.name, c.email) as words
            from {_read(_LISTED)} c {alike}
        ) n on n.customer_id = f.customer_id"""
    return (
        f"select f.customer_id, lower({named}) as words from {_read(_KNOWN)} f {joined} "
        "order by f.orders desc nulls last, f.customer_id"
    )


def _read(table: str) -> str:
    return f"read_parquet(${table}, union_by_name = true)"


def _who(workspace: Workspace, numbers: list[str]) -> dict[str, dict[str, str]]:
    """Name and address of some customers; of several rows of one the first that tells it counts."""
    who = {number: {"name": "", "email": ""} for number in numbers}
    rows = workspace.find(_LISTED, "customer_id", *numbers).to_pylist() if workspace.has(_LISTED) else []
    for row in rows:
        mine = who[row["customer_id"]]
        for name in mine:
            mine[name] = mine[name] or row[name] or ""
    return who
