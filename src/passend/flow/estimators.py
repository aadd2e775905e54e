"""The main job in a notebook, with the manners of scikit-learn: ``Relations().fit(orders).table()``."""

import tempfile
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from passend.errors import EmptyAnswer, UnsettledGuess
from passend.estimator import Estimator
from passend.flow.fitting import load_compatibility
from passend.flow.importing import ImportSummary, import_sources
from passend.flow.sources import ImportRequest
from passend.flow.steps import run_steps, steps_until_relations
from passend.ports import Engine, Silence
from passend.tables import contract
from passend.tables.frames import arrow_table, as_given, insist_on_values
from passend.workspace import Workspace

#: What settles a guess in Python, where nobody can be asked.
_SETTLE = (
    "say what columns mean, as in Relations(columns={'product_id': 'Article'}), and give dates and amounts as dates "
    "and numbers, not as text"
)


#: Lines up to which a second thread costs more than it saves.
_FEW_LINES = 50_000


class Relations(Estimator):
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
        likely: whether products with few proved complements get likely ones, too, from orders, names and categories.

    Attributes:
        relations_: the table of relations (contract ``relations``).
        likely_: what likely goes together and is not proved (contract ``likely_relations``), where it was asked for.
        products_: the table of products (contract ``products``).
        import_: what became of the rows: read = kept + returns + quarantined.
    """

    learned_in = "relations_"
    learns_by = "fit(orders)"

    def __init__(
        self,
        *,
        min_together: int = 5,
        window_days: int = 90,
        false_discovery_rate: float = 0.01,
        per_product: int = 20,
        columns: Mapping[str, str] | None = None,
        engine: str = "duckdb",
        likely: bool = False,
    ) -> None:
        self.min_together = min_together
        self.window_days = window_days
        self.false_discovery_rate = false_discovery_rate
        self.per_product = per_product
        self.columns = columns
        self.engine = engine
        self.likely = likely

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
            workspace = Workspace(Path(folder), self._overrides(_rows(orders)))
            requests = [ImportRequest(orders, columns=self.columns or {})]
            if products is not None:
                requests.append(ImportRequest(products))
            self.import_: ImportSummary = _imported(workspace, requests)
            _insist_on_values(orders, self.import_.sources[0].columns.values())
            self._id_type = _type_of(orders, self.import_.sources[0].columns.get("product_id", ""))
            with workspace.engine() as engine:
                load_compatibility(workspace, engine)
                run_steps(engine, steps_until_relations(likely=self.likely), workspace.settings, Silence())
                self.relations_: pa.Table = _fetched(engine, "relations")
                if self.likely:
                    self.likely_: pa.Table = _fetched(engine, "likely_relations")
                self.products_: pa.Table = workspace.read("products")
        return self

    def table(self, product_id: object = None) -> pa.Table:
        """The relations, best first for each product; of one product if one is named.

        Identifiers have the type that they had in the orders. Where there is nothing to tell, a warning says why.

        Raises:
            NotFitted: nothing was learned yet.
        """
        self.insist_fitted()
        order = [("product_id", "ascending"), ("type", "ascending"), ("rank", "ascending")]
        table = self.relations_.sort_by(order)
        if product_id is not None:
            table = table.filter(pc.equal(table["product_id"], str(product_id)))
        if not table.num_rows:
            warnings.warn(self._why_nothing(product_id), EmptyAnswer, stacklevel=2)
        for name in ("product_id", "other_id"):
            ids = as_given(table[name], self._id_type)
            table = table.set_column(table.column_names.index(name), name, ids)
        return table

    def _why_nothing(self, product_id: object) -> str:
        known = self.products_["product_id"]
        if product_id is not None and not pc.is_in(pa.scalar(str(product_id)), value_set=known).as_py():
            return f"There is no product '{product_id}' among the {len(known):,} of the orders."
        whose = "No two products" if product_id is None else f"No other product and '{product_id}'"
        return (
            f"{whose} are together, one after the other or one instead of the other in {self.min_together} orders or "
            f"customers more often than chance explains (of {self.import_.kept:,} order lines). Fewer are asked for "
            "with min_together; more orders tell more."
        )

    def _overrides(self, rows: int | None) -> list[str]:
        threads = ["engine.threads=1"] if rows is not None and rows <= _FEW_LINES else []
        return [
            f"products.min_together={self.min_together}",
            f"products.window_days={self.window_days}",
            f"products.false_discovery_rate={self.false_discovery_rate}",
            f"products.per_product={self.per_product}",
            f"engine.name={self.engine}",
            *threads,
        ]


def _rows(orders: object) -> int | None:
    """Lines of a frame; none where that is not told without reading them."""
    if isinstance(orders, Mapping):
        return max((len(one) for one in orders.values()), default=0)
    if isinstance(orders, pa.Table | pa.RecordBatch):
        return int(orders.num_rows)
    shape = getattr(orders, "shape", None)
    return int(shape[0]) if isinstance(shape, tuple) and shape else None


def _fetched(engine: Engine, table: str) -> pa.Table:
    schema = contract(table).schema
    return engine.fetch(table).select(schema.names).cast(schema)


def _imported(workspace: Workspace, requests: list[ImportRequest]) -> ImportSummary:
    try:
        return import_sources(workspace, requests, Silence())
    except UnsettledGuess as guess:
        raise UnsettledGuess(guess.what, record=guess.record, remedy=_SETTLE) from guess


def _insist_on_values(orders: object, columns: Iterable[object]) -> None:
    """A frame's columns that are used hold one value in a row."""
    if not isinstance(orders, str | Path):
        table = arrow_table(orders)
        insist_on_values(table, [str(one) for one in columns if one in table.schema.names])


def _type_of(orders: object, column: object) -> pa.DataType:
    """The type that the products' identifiers have in a frame; files hold text."""
    if isinstance(orders, str | Path):
        return pa.string()
    schema = arrow_table(orders).schema
    return schema.field(column).type if column in schema.names else pa.string()
