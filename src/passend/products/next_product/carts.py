"""What completes a cart: products that others added later, to carts like this one."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from passend.products.next_product.candidates import Candidates
from passend.products.next_product.ease import Ease, learn_ease
from passend.products.next_product.ranker import Ranker, RankerSettings, train
from passend.products.next_product.sparse_rows import (
    Floats,
    Ints,
    Rows,
    counted,
    marked,
    scaled,
    strongest,
    sums,
    without_diagonal,
)

REACH = 10  # how many places later an addition still counts as following
FADING_LATER = 0.7
FADING_CART = 0.8
TAMED = 0.2  # how far popular products are held back (the beta of RP3beta)
KEPT = 300
EACH = 40
POPULAR = 40
STUDENTS = 12_000
FOLDS = 4
LEAST_CARTS = 400  # of which some may teach the ranker
STRICTNESS = 5.0  # of EASE on orders
LARGEST_CART = 150
CELLS = 6_000_000
NAMES = (
    "later",
    "after_last",
    "together",
    "together_recent",
    "together_walk",
    "best_single",
    "ease",
    "popularity",
    "popularity_last",
    "lateness",
    "in_category",
    "category_share",
    "category_is_last",
    "category_follows",
    "lines",
)
#: What ranks where no trees were learned; popularity only breaks ties, and answers for empty carts.
PLAIN = {"together_recent": 1.0, "popularity": 1e-4}


@dataclass(frozen=True)
class Carts:
    """Carts in codes, lines in the order they were added.

    Args:
        cart: cart number of each line, rising from 0 without gaps.
        product: product code of each line.
        n_carts: number of carts; some may be empty.
        in_order: whether the order of the lines within a cart means anything.
    """

    cart: Ints
    product: Ints
    n_carts: int
    in_order: bool

    def lengths(self) -> Ints:
        """Lines of each cart."""
        return np.bincount(self.cart, minlength=self.n_carts)

    def places_back(self) -> Ints:
        """0 for the line added last, 1 for the one before; all 0 where the order means nothing."""
        lengths = self.lengths()
        ends = np.cumsum(lengths)
        return ends[self.cart] - 1 - np.arange(len(self.cart))

    def picked(self, carts: Ints) -> "Carts":
        """The carts of these numbers, renumbered in the order given (rising)."""
        number = np.full(self.n_carts, -1, dtype=np.int64)
        number[carts] = np.arange(len(carts))
        kept = number[self.cart] >= 0
        return Carts(number[self.cart[kept]], self.product[kept], len(carts), self.in_order)

    def without_last(self) -> tuple["Carts", Ints]:
        """The carts as they stood before the last addition, and that addition."""
        final = self.places_back() == 0
        return Carts(self.cart[~final], self.product[~final], self.n_carts, self.in_order), self.product[
            final
        ]

    def matrix(self, n_products: int, fading: float = 1.0) -> Rows:
        """Carts by products, older lines counting less."""
        weights = (fading ** self.places_back()).astype(np.float32)
        return counted(self.cart, self.product, (self.n_carts, n_products), weights)


@dataclass(frozen=True)
class CartSense:
    """What past carts taught about additions; all matrices products x products unless said."""

    later: Rows
    together: Rows
    walk: Rows
    popularity: Floats
    popularity_last: Floats
    lateness: Floats
    ease: Ease | None
    category: Ints | None
    category_later: Floats | None


@dataclass(frozen=True)
class Completion:
    """Ready to complete carts; without a ranker the `together_recent` signal ranks."""

    sense: CartSense
    ranker: Ranker | None


def learn_carts(
    carts: Carts, n_products: int, category: Ints | None, settings: RankerSettings, seed: int
) -> Completion:
    """Learn from past carts; those that teach the ranker are kept from the counts they see, so that nothing leaks.

    Args:
        carts: complete past carts.
        n_products: number of product codes.
        category: code of each product's category, -1 for none, or None where there are no categories.
        settings: how the trees are grown.
        seed: which carts teach, and the trees.
    """
    rng = np.random.default_rng(seed)
    usable = rng.permutation(np.flatnonzero((carts.lengths() >= 2) & (carts.lengths() <= LARGEST_CART)))
    ranker = None
    if len(usable) >= LEAST_CARTS:
        lessons = [
            _lesson(carts, np.sort(students), (n_products, category), rng) for students in _classes(usable)
        ]
        ranker = train(*_stacked(lessons), settings, seed)
    return Completion(_sense(carts, n_products, category), ranker)


def _classes(usable: Ints) -> list[Ints]:
    """A quarter of the carts teaches where there are many; where there are few, each quarter in its turn."""
    size = len(usable) // FOLDS
    if size >= STUDENTS:
        return [usable[:STUDENTS]]
    turns = min(FOLDS, -(-STUDENTS // size))
    return [usable[turn * size : (turn + 1) * size] for turn in range(turns)]


def _lesson(
    carts: Carts, students: Ints, shop: tuple[int, Ints | None], rng: np.random.Generator
) -> tuple[Candidates, Rows]:
    n_products, category = shop
    sense = _sense(carts.picked(np.setdiff1d(np.arange(carts.n_carts), students)), n_products, category)
    before, answer = _hidden(carts.picked(students), rng)
    sold = counted(np.arange(len(answer)), answer, (len(answer), n_products))
    return complete_candidates(sense, before), sold


def _stacked(lessons: list[tuple[Candidates, Rows]]) -> tuple[Candidates, Rows]:
    """The lessons of several groups of carts as one, the carts numbered on."""
    starts = np.cumsum([0, *(sold.shape[0] for _, sold in lessons)])
    together = Candidates(
        np.concatenate([asked.customer + start for (asked, _), start in zip(lessons, starts, strict=False)]),
        np.concatenate([asked.product for asked, _ in lessons]),
        np.concatenate([asked.features for asked, _ in lessons]),
        NAMES,
    )
    return together, sparse.vstack([sold for _, sold in lessons]).tocsr()


def complete_candidates(sense: CartSense, carts: Carts) -> Candidates:
    """Candidate additions to each cart with their features."""
    n_products = len(sense.popularity)
    step = max(CELLS // max(n_products, 1), 1)
    blocks = []
    for start in range(0, carts.n_carts, step):
        numbers = np.arange(start, min(start + step, carts.n_carts))
        block = _block(sense, carts.picked(numbers))
        blocks.append(Candidates(block.customer + start, block.product, block.features, block.names))
    if not blocks:
        return Candidates(
            np.empty(0, np.int64), np.empty(0, np.int64), np.empty((0, len(NAMES)), np.float32), NAMES
        )
    return Candidates(
        np.concatenate([block.customer for block in blocks]),
        np.concatenate([block.product for block in blocks]),
        np.concatenate([block.features for block in blocks]),
        NAMES,
    )


def completion_scores(completion: Completion, asked: Candidates) -> Floats:
    """One score a candidate."""
    if completion.ranker is not None:
        return completion.ranker.scores(asked)
    return asked.features[:, [NAMES.index(name) for name in PLAIN]] @ np.array(
        [*PLAIN.values()], dtype=np.float32
    )


def _hidden(carts: Carts, rng: np.random.Generator) -> tuple[Carts, Ints]:
    if carts.in_order:
        return carts.without_last()
    shuffled = np.lexsort((rng.random(len(carts.cart)), carts.cart))
    return Carts(carts.cart, carts.product[shuffled], carts.n_carts, in_order=False).without_last()


def _sense(carts: Carts, n_products: int, category: Ints | None) -> CartSense:
    held = marked(carts.matrix(n_products))
    size = sums(held, 1)
    held = scaled(held, left=(size <= LARGEST_CART).astype(np.float32))
    held.eliminate_zeros()
    support = sums(held, 0)
    pairs = without_diagonal(held.T @ held)
    walked = without_diagonal(scaled(held, left=1.0 / np.maximum(size, 1.0)).T @ held)
    later = _later(carts, n_products) if carts.in_order else pairs
    back = carts.places_back()
    length = carts.lengths()[carts.cart]
    place = np.bincount(carts.product, 1.0 - (back + 0.5) / length, n_products)
    lateness = (place + 5.0) / (np.bincount(carts.product, minlength=n_products) + 10.0)
    total = max(carts.n_carts, 1)
    popularity_last: Floats = np.bincount(carts.product[back == 0], minlength=n_products) / total
    if not carts.in_order:
        lateness, popularity_last = np.full(n_products, np.nan), support / total
    return CartSense(
        _conditional(later, support),
        strongest(scaled(pairs, (support + 20) ** -0.5, (support + 20) ** -0.5), KEPT),
        _conditional(walked, support),
        support / total,
        popularity_last.astype(np.float32),
        lateness.astype(np.float32),
        learn_ease(held, STRICTNESS),
        category,
        None if category is None else _category_later(carts, category),
    )


def _conditional(pairs: Rows, support: Floats) -> Rows:
    return strongest(scaled(pairs, (support + 10) ** -0.9, (support + 10) ** -TAMED), KEPT)


def _later(carts: Carts, n_products: int) -> Rows:
    """How often a product was added after another, near places counting more; products x products."""
    rows, columns, weights = [], [], []
    for distance in range(1, min(REACH, len(carts.cart) - 1) + 1):
        same = carts.cart[:-distance] == carts.cart[distance:]
        rows.append(carts.product[:-distance][same])
        columns.append(carts.product[distance:][same])
        weights.append(np.full(int(same.sum()), FADING_LATER ** (distance - 1), dtype=np.float32))
    if not rows:
        nothing = np.empty(0, np.int64)
        return counted(nothing, nothing, (n_products, n_products))
    pairs = counted(
        np.concatenate(rows), np.concatenate(columns), (n_products, n_products), np.concatenate(weights)
    )
    return without_diagonal(pairs)


def _category_later(carts: Carts, category: Ints) -> Floats:
    """Chance of the next line's category given this line's; categories x categories, the last one for none."""
    n = int(category.max(initial=-1)) + 2
    same = carts.cart[:-1] == carts.cart[1:]
    kind = np.where(category < 0, n - 1, category)[carts.product]
    moves = np.zeros((n, n))
    np.add.at(moves, (kind[:-1][same], kind[1:][same]), 1.0)
    if not carts.in_order:
        moves += moves.T
    usual = (moves.sum(0) + 1.0) / (moves.sum() + n)
    chance = (moves + 20.0 * usual) / (moves.sum(1, keepdims=True) + 20.0)
    return np.asarray(chance / usual, dtype=np.float32)


def _block(sense: CartSense, carts: Carts) -> Candidates:
    n_products = len(sense.popularity)
    flat = carts.matrix(n_products)
    faded = carts.matrix(n_products, FADING_CART) if carts.in_order else flat
    back = carts.places_back()
    final = counted(carts.cart[back == 0], carts.product[back == 0], (carts.n_carts, n_products))
    signals = [
        faded @ sense.later,
        (final if carts.in_order else flat) @ sense.later,
        flat @ sense.together,
        faded @ sense.together,
        faded @ sense.walk,
    ]
    chosen = np.zeros((carts.n_carts, n_products), dtype=bool)
    chosen[:, np.argsort(-sense.popularity, kind="stable")[:POPULAR]] = True
    chosen[:, np.argsort(-sense.popularity_last, kind="stable")[:POPULAR]] = True
    for signal in signals:
        _mark_best(signal.tocsr(), chosen)
    spoken = None if sense.ease is None else sense.ease.scores(marked(flat))
    if spoken is not None:
        best = np.argpartition(-spoken, min(EACH, n_products) - 1, axis=1)[:, :EACH]
        np.put_along_axis(chosen, best, values=True, axis=1)
    chosen[carts.cart, carts.product] = False
    row, product = chosen.nonzero()
    columns = [signal.toarray()[row, product] for signal in signals]
    columns.append(_best_single(carts, sense.together)[row, product])
    columns.append(np.full(len(row), np.nan) if spoken is None else spoken[row, product])
    columns += [values[product] for values in (sense.popularity, sense.popularity_last, sense.lateness)]
    columns += _category_columns(sense, carts, row, product)
    columns.append(carts.lengths()[row])
    return Candidates(row, product, np.stack(columns, 1).astype(np.float32), NAMES)


def _mark_best(signal: Rows, chosen: np.ndarray) -> None:
    for row in range(signal.shape[0]):
        low, high = signal.indptr[row], signal.indptr[row + 1]
        columns, heights = signal.indices[low:high], signal.data[low:high]
        if len(columns) > EACH:
            columns = columns[np.argpartition(-heights, EACH - 1)[:EACH]]
        chosen[row, columns] = True


def _best_single(carts: Carts, together: Rows) -> Floats:
    """The strongest single tie between a product and one line of the cart; dense, carts x products."""
    best = np.zeros((carts.n_carts, together.shape[1]), dtype=np.float32)
    starts, ends = together.indptr[carts.product], together.indptr[carts.product + 1]
    for cart, start, end in zip(carts.cart, starts, ends, strict=True):
        columns = together.indices[start:end]
        best[cart, columns] = np.maximum(best[cart, columns], together.data[start:end])
    return best


def _category_columns(sense: CartSense, carts: Carts, row: Ints, product: Ints) -> list[Floats]:
    if sense.category is None or sense.category_later is None:
        return [np.full(len(row), np.nan, dtype=np.float32)] * 4
    none = len(sense.category_later) - 1
    kind = np.where(sense.category < 0, none, sense.category)
    sold = np.bincount(kind, sense.popularity, none + 1)
    mine = counted(carts.cart, kind[carts.product], (carts.n_carts, none + 1)).toarray()
    last = np.full(carts.n_carts, none)
    if carts.in_order:
        last[carts.cart] = kind[carts.product]  # the last line of a cart writes last
    faded = counted(
        carts.cart,
        kind[carts.product],
        mine.shape,
        ((FADING_CART if carts.in_order else 1.0) ** carts.places_back()).astype(np.float32),
    ).toarray()
    follows = (faded / np.maximum(faded.sum(1, keepdims=True), 1e-9)) @ sense.category_later
    lengths = np.maximum(carts.lengths(), 1)
    of = kind[product]
    return [
        (sense.popularity[product] / np.maximum(sold[of], 1e-9)).astype(np.float32),
        (mine[row, of] / lengths[row]).astype(np.float32),
        (last[row] == of).astype(np.float32),
        follows[row, of].astype(np.float32),
    ]
