"""Learn what completes a live cart, beside serving: kept as long as the orders are the same."""

import json
import os
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from passend.flow.serving.giving_way import give_way
from passend.flow.serving.shelf import FOLDER
from passend.workspace import Workspace

VOTES = "votes"


def votes_file(workspace: Workspace) -> Path:
    """Where the votes belong that are learned from the present orders."""
    stored = workspace.manifest.tables.get("orders")
    said = json.dumps(stored.files if stored else ())
    return workspace.folder / FOLDER / VOTES / f"{sha256(said.encode()).hexdigest()[:16]}.parquet"


def votes_of(workspace: Workspace) -> pa.Table | None:
    """The votes, where they were learned already."""
    file = votes_file(workspace)
    return pq.read_table(file) if file.exists() else None


def learn_cart_votes(folder: Path, overrides: tuple[str, ...]) -> bool:
    """Learn the votes in a process that gives way to others; returns False where they were learned already."""
    from passend.products.next_product.votes import learn_votes  # noqa: PLC0415 - heavy, and only here

    give_way()
    workspace = Workspace(folder, overrides)
    file = votes_file(workspace)
    if file.exists() or not workspace.has("orders"):
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    # What is kept apart is judged anew at each layout: people may forbid something without new orders.
    orders = workspace.read("orders")
    names = ["line_number" if one == "line" else one for one in orders.column_names]
    votes = learn_votes(orders.rename_columns(names), workspace.read("products"))
    draft = file.with_suffix(f".{os.getpid()}.draft")
    pq.write_table(votes, draft)
    draft.replace(file)
    for old in file.parent.glob("*.parquet"):
        if old != file:
            old.unlink(missing_ok=True)
    return True
