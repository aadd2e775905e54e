"""Learn what completes a live cart, beside serving: kept as long as the orders are the same."""

import json
import os
import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from passend.flow.serving.shelf import CARTS, FOLDER
from passend.workspace import Workspace

PRODUCTS, REASONS = "products.parquet", "reasons.parquet"
#: Where an older passend kept what it had learned.
_FORMER = "votes"


def carts_folder(workspace: Workspace) -> Path:
    """Where what is learned from the present orders belongs."""
    stored = workspace.manifest.tables.get("orders")
    said = json.dumps(stored.files if stored else ())
    return workspace.folder / FOLDER / CARTS / sha256(said.encode()).hexdigest()[:16]


def learn_carts(workspace: Workspace) -> bool:
    """Learn what completes carts from a workspace's orders; returns False where that was done already."""
    from passend.kernels.cart_arrays import CartArrays  # noqa: PLC0415 - heavy, and only here
    from passend.products.next_product.live_carts import learn_live_carts  # noqa: PLC0415

    place = carts_folder(workspace)
    if place.exists() or not workspace.has("orders"):
        return False
    # What is kept apart is judged when a cart asks: people may forbid something without new orders.
    orders = workspace.read("orders")
    names = ["line_number" if one == "line" else one for one in orders.column_names]
    learned = learn_live_carts(orders.rename_columns(names), workspace.read("products"))
    draft = place.with_suffix(f".{os.getpid()}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    learned.arrays.save(draft)
    pq.write_table(pa.table({"product_id": learned.products}), draft / PRODUCTS)
    pq.write_table(learned.reasons, draft / REASONS)
    if len(learned.products):  # whoever answers finds the function compiled
        opened = CartArrays.open(draft)
        opened.complete(np.zeros(1, np.int64), opened.slots())
    draft.rename(place)
    for old in place.parent.iterdir():
        if old != place:
            shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(workspace.folder / FOLDER / _FORMER, ignore_errors=True)
    return True
