"""Parents and children: a configurable product with its variant, a bundle with its parts, as Magento writes them.

The variant of a configurable product is the same piece as its parent; the parent has the price. The parts of a bundle
are pieces of their own, but the bundle has been paid once: where it has a price, its parts are free.
"""

import pyarrow as pa
import pyarrow.compute as pc

SAME_PIECE = "the variant of another line, which has its price and pieces"


class Parts:
    """Knows the parents of a file's rows, across batches: a child follows its parent."""

    def __init__(self) -> None:
        self._parents: dict[str, pa.Array] = {}

    def look(
        self, ids: pa.Array, parents: pa.Array, product: pa.Array, price: pa.Array
    ) -> tuple[pa.Array, pa.Array]:
        """Which rows are the same piece as their parent, and which are paid with it.

        Args:
            ids: number of each line.
            parents: number of the line that it belongs to.
            product: article number.
            price: of a piece.
        """
        here = {"ids": ids, "parents": parents, "product": product, "price": price}
        known = {
            name: pa.concat_arrays([self._parents[name], column]) if self._parents else column
            for name, column in here.items()
        }
        at = pc.index_in(parents, value_set=known["ids"])
        paid = pc.fill_null(pc.greater(known["price"].take(at), 0.0), False)
        same_name = pc.fill_null(pc.equal(known["product"].take(at), product), False)
        free = pc.fill_null(pc.equal(pc.fill_null(price, 0.0), 0.0), True)
        # An empty parent is no line without a number.
        child = pc.and_(pc.is_valid(parents), pc.is_valid(at))
        self._parents = here
        return pc.and_(child, pc.and_(same_name, pc.or_(free, paid))), pc.and_(child, paid)
