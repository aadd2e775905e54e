"""What the main job would have offered: orders before a moment through the workspace, up to the recommendations."""

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa

from passend.evaluate.lists import LENGTH
from passend.flow.fitting import load_compatibility
from passend.flow.importing import import_sources
from passend.flow.sources import ImportRequest
from passend.flow.steps import run_steps, steps_of
from passend.ports import Silence
from passend.products.next_product.order_table import MICROSECONDS_A_DAY
from passend.products.next_product.purchases import Purchases
from passend.products.next_product.sparse_rows import Ints
from passend.workspace import Workspace

PLANNED = "as planned"


def as_planned(past: Purchases, judged: Ints) -> Ints:
    """The products that `passend run` would have recommended to each customer, best first.

    Args:
        past: the order lines known at the moment.
        judged: codes of the customers asked for.

    Returns:
        Codes of products, judged x 20, -1 where there are fewer.
    """
    with tempfile.TemporaryDirectory(prefix="passend-") as folder:
        workspace = Workspace(Path(folder), [f"products.candidates={LENGTH}"])
        import_sources(workspace, [ImportRequest(frame_of(past))], Silence())
        with workspace.engine() as engine:
            load_compatibility(workspace, engine)
            run_steps(engine, steps_of("products"), workspace.settings, Silence())
            found = engine.fetch("recommendations")
    lists = np.full((past.n_customers, LENGTH), -1, np.int64)
    for row in found.select(["customer_id", "product_id", "rank"]).to_pylist():
        if row["rank"] <= LENGTH:
            lists[int(row["customer_id"][1:]), row["rank"] - 1] = int(row["product_id"][1:])
    return lists[judged]


def frame_of(past: Purchases) -> pa.Table:
    """Coded order lines as a table of orders, with codes in place of names: o1, c1, p1."""
    times: dict[str, pa.Array] = {"sequence": pa.array(past.order)}
    if past.dated:
        stamps = np.round(past.when * MICROSECONDS_A_DAY).astype(np.int64)
        times = {"ordered_at": pa.array(stamps).cast(pa.timestamp("us"))}
    # Codes in place of names: nothing that the intake takes for no product, such as postage, may fall away here.
    customers = pa.array([f"c{code}" if code >= 0 else None for code in past.customer.tolist()], pa.string())
    return pa.table(
        {
            "order_id": pa.array([f"o{code}" for code in past.order.tolist()]),
            "customer_id": customers,
            "product_id": pa.array([f"p{code}" for code in past.product.tolist()]),
            **times,
            "quantity": pa.array(np.ones(len(past.order))),
        }
    )
