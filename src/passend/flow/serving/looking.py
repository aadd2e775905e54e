"""What an engineer or an assistant looks at: tables by name, a page at a time, without personal columns."""

import json
from collections.abc import Sequence
from typing import Any

from passend.errors import InvalidInput
from passend.tables import CONTRACTS, contract
from passend.workspace import Workspace

#: Tables that tell of products and totals; none of them has a row for a customer.
OPEN = (
    "products",
    "relations",
    "misfits",
    "plans",
    "funnel",
    "limits",
    "effects",
    "goals",
    "scorecard",
    "costs",
)
MOST = 500


def state(workspace: Workspace) -> dict[str, Any]:
    """Which tables there are, how many rows they have, and which state of the workspace this is."""
    tables = {name: one.rows for name, one in sorted(workspace.manifest.tables.items()) if name in CONTRACTS}
    return {"version": workspace.manifest.number, "what": workspace.manifest.what, "tables": tables}


def page_of(workspace: Workspace, table: str, after: int, limit: int) -> dict[str, Any]:
    """Rows of a table from a place on, and the place where the next page begins.

    Raises:
        InvalidInput: the table tells of customers, or does not exist.
    """
    if table not in OPEN:
        raise InvalidInput(f"The table '{table}' is not open.", remedy=f"Open are: {', '.join(OPEN)}.")
    if not workspace.has(table):
        return {"rows": [], "next": None, "total": 0}
    names = [one for one in contract(table).schema.names if one not in contract(table).personal]
    rows = workspace.read(table).select(names)
    limit = min(limit, MOST)
    shown = rows.slice(after, limit).to_pylist()
    follows = after + limit if after + limit < rows.num_rows else None
    return {"rows": plain(shown), "next": follows, "total": rows.num_rows}


def without_persons(told: Any, hidden: Sequence[str] = ("customer_id", "email", "name", "phone")) -> Any:
    """The same without what tells who somebody is."""
    if isinstance(told, dict):
        return {name: without_persons(one, hidden) for name, one in told.items() if name not in hidden}
    return [without_persons(one, hidden) for one in told] if isinstance(told, list) else told


def plain(told: Any) -> Any:
    """Values as JSON knows them."""
    return json.loads(json.dumps(told, default=str))
