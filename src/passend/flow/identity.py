"""Linking what is written differently: before orders are made, after every import, and when a person says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from passend.engines import sql
from passend.errors import InvalidInput
from passend.intake.identity import aliases, keys_of, written_alike
from passend.intake.resolving import resolve
from passend.ports import Engine
from passend.tables import contract
from passend.workspace import Change, Workspace

MERGES = "customer_merges"
#: Below these shares numbers do not meet: of customers who write, visit or are listed; of products that were sold.
_FEW_CUSTOMERS, _FEW_PRODUCTS = 0.1, 0.5
#: The stored tables of numbers as they were written, of which the intake makes what all rooms read.
_MADE_OF = ("lines", "product_list")


@dataclass(frozen=True)
class Merge:
    """One person's word that two numbers are one customer, or (``part``) that they are not."""

    customer_id: str
    other_id: str
    action: str
    reason: str
    author: str
    edited_at: datetime

    def __post_init__(self) -> None:
        if self.customer_id == self.other_id:
            raise InvalidInput(
                "A customer is not merged with itself.", record=self.customer_id, remedy="Name two numbers."
            )
        if not self.reason.strip() or not self.author.strip():
            raise InvalidInput(
                "Reason or author is missing.", remedy="Every merge needs a person and a reason."
            )


def link_numbers(change: Change, engine: Engine) -> tuple[str, ...]:
    """Find which numbers are one, keep it, and put lines and products under them; tells what does not meet.

    The engine holds the tables as they were written.
    """
    remarks: list[str] = []
    linked = 0
    for column, about in (("customer_id", "customer"), ("product_id", "product")):
        engine.create("spellings", sql("intake", f"{about}_spellings"))
        written = engine.fetch("spellings")
        found = aliases(written, _links(engine, written) if about == "customer" else None)
        remarks += _apart(about, written, found)
        name = f"{about}_aliases"
        table = _as_table(found, name, column)
        if not engine.fetch(name).sort_by("spelling").equals(table):
            engine.load(name, table)
            change.write(engine, name)
        linked += len(found)
    for name in _MADE_OF if linked else ():
        resolve(engine, name)
    return tuple(remarks)


def customer_number(workspace: Workspace, said: str) -> str:
    """The number that stands for a customer whom a person names by number or address, in whatever letters."""
    name = written_alike(said)
    if workspace.has("customer_aliases"):
        known = workspace.find("customer_aliases", "spelling", name)["customer_id"].to_pylist()
        name = known[0] if known else name
    if workspace.has("customer_facts") and workspace.find("customer_facts", "customer_id", name).num_rows:
        return name
    if "@" in name and workspace.has("customers"):
        customers = workspace.read("customers")
        owners = customers.filter(pc.equal(pc.utf8_lower(customers["email"]), name))["customer_id"].unique()
        name = owners[0].as_py() if len(owners) == 1 else name
    for table in ("customer_facts", "orders"):
        if workspace.has(table):
            ids = workspace.read(table)["customer_id"].unique()
            alike = ids.filter(pc.equal(keys_of(ids), keys_of(pa.array([name]))[0])).to_pylist()
            return alike[0] if len(alike) == 1 and name not in alike else name
    return name


def _links(engine: Engine, written: pa.Table) -> Mapping[str, str]:
    """Addresses of one customer alone, where somebody writes under them; and people's word, the latest of each pair."""
    engine.create("customer_addresses", sql("intake", "customer_addresses"))
    addresses = engine.fetch("customer_addresses")
    names = written["spelling"].combine_chunks()
    addresses = addresses.filter(pc.is_in(addresses["address"], value_set=names))
    found = dict(zip(*(column.to_pylist() for column in addresses.columns), strict=True))
    said = {}
    for row in engine.fetch(MERGES).sort_by("edited_at").to_pylist():
        said[row["other_id"], row["customer_id"]] = row["action"]
    return found | {other: one for (other, one), action in said.items() if action == "merge"}


def _as_table(found: Mapping[str, str], name: str, column: str) -> pa.Table:
    rows = sorted(found.items())
    columns = {"spelling": [one for one, _ in rows], column: [other for _, other in rows]}
    return pa.table(columns, schema=contract(name).schema)


def _apart(about: str, written: pa.Table, found: Mapping[str, str]) -> list[str]:
    """Tables whose numbers do not meet those of the orders, in words."""
    if not pc.any(pc.invert(written["in_orders"])).as_py():
        return []
    numbers: dict[str, set[str]] = {}
    for row in written.to_pylist():
        origin = "orders" if row["in_orders"] else row["origin"]
        numbers.setdefault(origin, set()).add(found.get(row["spelling"], row["spelling"]))
    sold = numbers.pop("orders", set())
    few = _FEW_PRODUCTS if about == "product" else _FEW_CUSTOMERS
    says = []
    for table, theirs in sorted(numbers.items()):
        met = len(theirs & sold)
        if sold and max(met / len(theirs), met / len(sold)) < few:
            says.append(
                f"The {about} numbers in {table} hardly meet those in the orders: {met:,} of {len(theirs):,} there, "
                f"such as '{min(theirs - sold)}'; in the orders they look like '{min(sold)}'."
            )
    return says
