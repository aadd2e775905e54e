"""The main job in a notebook, with the manners of scikit-learn: ``Relations().fit(orders).table()``."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from sklearn.base import BaseEstimator

from passend.errors import PassendError
from passend.flow.fitting import load_compatibility
from passend.flow.importing import ImportSummary, import_sources
from passend.flow.sources import ImportRequest
from passend.flow.steps import run_steps, steps_until_relations
from passend.ports import Silence
from passend.tables import contract
from passend.workspace import Workspace


class Relations(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Which products go together, and how.

    ``complement``: in one order; ``next``: one after the other; ``substitute``: one instead of the other; ``upgrade``:
    the dearer one for the same need; ``service``: a contract that fits repeated purchases.

    Args:
        min_together: orders (or customers) that must share two products.
        window_days: days within which a later purchase counts as following.
        false_discovery_rate: share of chance findings that is tolerated.
        per_product: relations of each type kept for a product.
        columns: meaning -> column, where the names of the columns do not speak for themselves.
        engine: ``duckdb`` or ``spark``.

    Attributes:
        relations_: the table of relations (contract ``relations``).
        products_: the table of products (contract ``products``).
        import_: what became of the rows: read = kept + returns + quarantined.
    """

    def __init__(
        self,
        *,
        min_together: int = 5,
        window_days: int = 90,
        false_discovery_rate: float = 0.01,
        per_product: int = 20,
        columns: Mapping[str, str] | None = None,
        engine: str = "duckdb",
    ) -> None:
        self.min_together = min_together
        self.window_days = window_days
        self.false_discovery_rate = false_discovery_rate
        self.per_product = per_product
        self.columns = columns
        self.engine = engine

    def fit(self, orders: object, products: object | None = None) -> "Relations":
        """Learn from order lines.

        Args:
            orders: anything that speaks Arrow (PyArrow, Polars, pandas, a DuckDB relation), a path, or a database URL;
                columns are recognised as in ``passend import``.
            products: the product list, if there is one.

        Raises:
            InvalidInput: the columns cannot be recognised, or hardly any row can be used.
        """
        with tempfile.TemporaryDirectory(prefix="passend-") as folder:
            workspace = Workspace(Path(folder), self._overrides())
            requests = [ImportRequest(orders, columns=self.columns or {})]
            if products is not None:
                requests.append(ImportRequest(products))
            self.import_: ImportSummary = import_sources(workspace, requests, Silence())
            with workspace.engine() as engine:
                load_compatibility(workspace, engine)
                run_steps(engine, steps_until_relations(), workspace.settings, Silence())
                schema = contract("relations").schema
                self.relations_: pa.Table = engine.fetch("relations").select(schema.names).cast(schema)
                self.products_: pa.Table = workspace.read("products")
        return self

    def table(self, product_id: str | None = None) -> pa.Table:
        """The relations, best first for each product; of one product if one is named."""
        if not hasattr(self, "relations_"):
            raise PassendError("Relations are not fitted yet.", remedy="Call fit(orders) first.")
        order = [("product_id", "ascending"), ("type", "ascending"), ("rank", "ascending")]
        table = self.relations_.sort_by(order)
        if product_id is None:
            return table
        return table.filter(pc.equal(table["product_id"], product_id))

    def _overrides(self) -> list[str]:
        return [
            f"products.min_together={self.min_together}",
            f"products.window_days={self.window_days}",
            f"products.false_discovery_rate={self.false_discovery_rate}",
            f"products.per_product={self.per_product}",
            f"engine.name={self.engine}",
        ]
