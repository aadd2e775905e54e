"""What is known of two products before an order holds both: likeness of names, and how often their categories meet.

Names are compared by their pieces of three to five characters, weighed by rarity (TF-IDF): that needs no download and
no language. It tells what belongs together, not whether the one completes or replaces the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from passend.kernels.best_columns import best_columns
from passend.kernels.expected_pairs import CellWeights

Ints = NDArray[np.int64]
Floats = NDArray[np.floating[Any]]
#: Meetings that the guess "as chance would have it" is worth for two categories.
_GUESSED = 5.0
#: Rows whose likeness to all others is looked at at a time, and pairs whose likeness is.
_ROWS, _PAIRS = 500, 50_000


def pieces_of(names: Sequence[str | None]) -> Any:
    """Pieces of names as unit rows; names that only number the products tell nothing.

    Args:
        names: of each product.

    Returns:
        scipy CSR of float32, products x pieces.
    """
    texts = [_words(name) for name in names]
    if len({text for text in texts if text}) < 3:
        return sp.csr_matrix(np.zeros((len(texts), 1), np.float32))
    pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, dtype=np.float32)
    return pieces.fit_transform(texts).tocsr()


def _words(name: str | None) -> str:
    """The name without words that are mere numbers or codes."""
    return " ".join(word for word in (name or "").split() if sum(map(str.isalpha, word)) >= 3)


def likeness_of(pieces: Any, first: Ints, second: Ints) -> Floats:
    """Likeness of the names of pairs, 0 to 1."""
    return product_of_rows(pieces, pieces, first, second)


def product_of_rows(left: Any, right: Any, first: Ints, second: Ints) -> Floats:
    """The dot product of a row of one sparse matrix and a row of another, for each pair of rows."""
    found = np.zeros(len(first))
    for start in range(0, len(first), _PAIRS):
        part = slice(start, start + _PAIRS)
        found[part] = np.asarray(left[first[part]].multiply(right[second[part]]).sum(axis=1)).ravel()
    return found


def likest(pieces: Any, products: Ints, most: int) -> tuple[Ints, Ints]:
    """For some products those with the likest names, as pairs."""
    ones: list[Ints] = [np.zeros(0, np.int64)]
    others: list[Ints] = [np.zeros(0, np.int64)]
    turned = pieces.T.tocsr()
    for start in range(0, len(products), _ROWS):
        rows = products[start : start + _ROWS]
        like = (pieces[rows] @ turned).toarray()
        like[np.arange(len(rows)), rows] = 0
        keep = min(most, like.shape[1] - 1)
        best = best_columns(like, keep)
        alike = np.take_along_axis(like, best, axis=1) > 0
        ones.append(np.repeat(rows, keep)[alike.ravel()])
        others.append(best.ravel()[alike.ravel()])
    return np.concatenate(ones), np.concatenate(others)


@dataclass(frozen=True)
class Categories:
    """How often products of two categories meet, beside what chance would do.

    Attributes:
        of_product: code of each product's category, -1 where it has none.
        met: orders of pairs, categories x categories.
        expected: the same by chance.
    """

    of_product: Ints
    met: Floats
    expected: Floats

    @classmethod
    def of(
        cls,
        names: pa.ChunkedArray,
        cells: tuple[CellWeights, CellWeights],
        met: tuple[Ints, Ints, NDArray[Any]],
    ) -> "Categories":
        """Add up pairs of products to pairs of categories.

        Args:
            names: the category of each product.
            cells: places and odds of products in cells, for what chance would do.
            met: the pairs, and how many orders hold both.
        """
        coded = names.combine_chunks().dictionary_encode()
        code = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        kinds = max(len(coded.dictionary), 1)
        first, second, count = met
        together = np.zeros((kinds, kinds))
        both = (code[first] >= 0) & (code[second] >= 0)
        np.add.at(together, (code[first[both]], code[second[both]]), count[both])
        together = together + together.T - np.diag(np.diag(together))
        places, odds = (_matrix(one) for one in cells)
        kind = sp.csr_matrix(
            (np.ones(int((code >= 0).sum())), (code[code >= 0], np.flatnonzero(code >= 0))),
            (kinds, len(code)),
        )
        crossed = ((kind @ odds) @ (kind @ places).T).toarray()
        chance = (crossed + crossed.T) / 2
        own = kind @ np.asarray(odds.multiply(places).sum(axis=1)).ravel()
        chance[np.diag_indices(kinds)] = (np.diag(chance) - own) / 2
        return cls(code, together, chance)

    def signs(
        self, first: Ints, second: Ints, together: Floats, expected: Floats
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """Log of how often the categories of pairs meet over chance, without the pair; and whether they are one."""
        one, other = self.of_product[first], self.of_product[second]
        known = (one >= 0) & (other >= 0) & (len(self.met) > 1)
        met = np.maximum(self.met[one, other] - together, 0) + _GUESSED
        chance = np.maximum(self.expected[one, other] - expected, 0) + _GUESSED
        return np.where(known, np.log(met / chance), 0.0), known & (one == other)


def _matrix(cells: CellWeights) -> Any:
    return sp.csr_matrix(
        (np.nan_to_num(cells.weights), cells.cells, cells.starts), (len(cells.starts) - 1, cells.n_cells)
    )
