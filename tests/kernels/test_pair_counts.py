from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from passend.errors import InvalidInput, UnreadableFile, UnrecognisedColumns
from passend.kernels.baskets import Baskets, group_lines
from passend.kernels.histories import Window
from passend.kernels.margins import expected_pairs, margins, stratum_margins
from passend.kernels.order_lines import read_order_lines
from passend.kernels.pair_counts import PairBlock, collect, count_pairs
from passend.kernels.sequence_counts import count_sequences

Pairs = dict[tuple[int, int], int]
FEW = settings(max_examples=40, deadline=None)


def lines_of(n: int, n_baskets: int, n_products: int, seed: int = 0) -> tuple[Any, Any]:
    """Order lines with a few popular products and many rare ones, in random order, with repeats."""
    rng = np.random.default_rng(seed)
    product = np.minimum(rng.geometric(8 / n_products, n) - 1, n_products - 1)
    return rng.integers(0, n_baskets, n).astype(np.int32), product.astype(np.int32)


def twin(basket: Any, product: Any, n_baskets: int, n_products: int) -> Any:
    """The plain way: a 0/1 matrix of baskets by products times itself."""
    held = np.zeros((n_baskets, n_products), dtype=np.int64)
    held[basket, product] = 1
    return held


def pairs_of(block: PairBlock) -> Pairs:
    found = dict(
        zip(zip(block.left.tolist(), block.right.tolist(), strict=True), block.count.tolist(), strict=True)
    )
    assert len(found) == len(block), "a pair came twice"
    return found


def pairs_of_matrix(together: Any, min_support: int = 1) -> Pairs:
    left, right = np.nonzero(np.triu(together >= min_support, 1))
    return {(int(a), int(b)): int(together[a, b]) for a, b in zip(left, right, strict=True)}


some_lines = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 9)), max_size=120)


@FEW
@given(some_lines, st.integers(1, 4), st.integers(1, 3))
def test_counts_equal_the_matrix_product(
    lines: list[tuple[int, int]], min_support: int, threads: int
) -> None:
    basket = np.array([line[0] for line in lines], dtype=np.int32)
    product = np.array([line[1] for line in lines], dtype=np.int32)
    held = twin(basket, product, 13, 10)
    weights = 1.0 / np.arange(1, 14)
    baskets = group_lines(basket, product, n_baskets=13, n_products=10, threads=threads)
    found = collect(count_pairs(baskets, min_support=min_support, weights=weights, threads=threads))
    assert pairs_of(found) == pairs_of_matrix(held.T @ held, min_support)
    assert (found.left < found.right).all()
    assert found.weight is not None
    assert np.allclose(found.weight, ((held.T * weights) @ held)[found.left, found.right])
    plain = collect(count_pairs(baskets, min_support=min_support, threads=threads))
    assert pairs_of(plain) == pairs_of(found)
    assert plain.weight is None


@FEW
@given(some_lines, st.randoms(use_true_random=False))
def test_order_and_repetition_of_lines_change_nothing(lines: list[tuple[int, int]], random: Any) -> None:
    def count(given_lines: list[tuple[int, int]]) -> Pairs:
        basket = np.array([line[0] for line in given_lines], dtype=np.int64)
        product = np.array([line[1] for line in given_lines], dtype=np.int64)
        return pairs_of(
            collect(count_pairs(group_lines(basket, product, n_baskets=13, n_products=10), threads=2))
        )

    mixed = lines + lines[::2]
    random.shuffle(mixed)
    assert count(lines) == count(mixed)


@FEW
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(-3, 3)), max_size=60))
def test_returns_are_netted_out(lines: list[tuple[int, int, int]]) -> None:
    net: Counter[tuple[int, int]] = Counter()
    for basket, product, pieces in lines:
        net[basket, product] += pieces
    held: dict[int, list[int]] = {}
    for (basket, product), pieces in net.items():
        if pieces > 0:
            held.setdefault(basket, []).append(product)
    wanted = Counter(pair for products in held.values() for pair in combinations(sorted(products), 2))
    columns = np.array(lines, dtype=np.int64).reshape(-1, 3)
    baskets = group_lines(columns[:, 0], columns[:, 1], quantity=columns[:, 2], n_baskets=6, n_products=6)
    assert pairs_of(collect(count_pairs(baskets))) == dict(wanted)
    assert margins(baskets).n_baskets == len(held)


def test_rounding_residues_of_weighed_goods_are_no_sale() -> None:
    baskets = group_lines(
        np.array([0, 0, 0, 0]), np.array([0, 0, 0, 1]), quantity=np.array([0.1, 0.2, -0.3, 1.0]), n_products=2
    )
    assert collect(count_pairs(baskets)).left.size == 0


@pytest.mark.parametrize("memory_budget", [1, 20_000, 2**20, 2**28])
@pytest.mark.parametrize("threads", [1, 3])
def test_any_memory_budget_gives_the_same_pairs(memory_budget: int, threads: int) -> None:
    basket, product = lines_of(30_000, 3_000, 400)
    baskets = group_lines(basket, product, threads=threads)
    blocks = list(count_pairs(baskets, min_support=2, memory_budget=memory_budget, threads=threads))
    matrix = sparse.csr_array((np.ones(len(basket), np.int64), (basket, product)))
    matrix.data[:] = 1
    matrix.sum_duplicates()
    matrix.data[:] = 1
    assert pairs_of(collect(iter(blocks))) == pairs_of_matrix((matrix.T @ matrix).toarray(), 2)
    if memory_budget == 20_000:
        assert len(blocks) > 50
        assert max(map(len, blocks)) <= 400


def test_blocks_stop_when_the_consumer_does() -> None:
    basket, product = lines_of(30_000, 3_000, 400)
    blocks = count_pairs(group_lines(basket, product), memory_budget=20_000)
    assert len(next(blocks)) > 0
    blocks.close()  # type: ignore[attr-defined]


def test_a_basket_of_a_hundred_thousand_lines() -> None:
    lines = 100_000
    product = np.tile(np.arange(2_000, dtype=np.int32), lines // 2_000)
    basket = np.concatenate([np.zeros(lines, np.int32), np.array([1, 1], np.int32)])
    baskets = group_lines(basket, np.concatenate([product, np.array([7, 3], np.int32)]))
    found = collect(count_pairs(baskets))
    assert len(found) == 2_000 * 1_999 // 2
    assert int(found.count.sum()) == len(found) + 1
    assert pairs_of(collect(count_pairs(baskets, min_support=2))) == {(3, 7): 2}


def test_a_basket_of_a_hundred_thousand_products_streams() -> None:
    lines = 20_000
    baskets = group_lines(
        np.zeros(lines, np.int32), np.random.default_rng(1).permutation(lines).astype(np.int32)
    )
    assert sum(len(block) for block in count_pairs(baskets, memory_budget=2**24)) == lines * (lines - 1) // 2


def empty(*shape: int) -> Any:
    return np.empty(shape, dtype=np.int32)


@pytest.mark.parametrize(
    ("basket", "product", "pairs"),
    [
        (empty(0), empty(0), {}),
        (np.zeros(1, np.int32), np.zeros(1, np.int32), {}),
        (np.arange(50), np.zeros(50, np.int32), {}),  # one product
        (np.zeros(3, np.int32), np.array([2, 0, 1]), {(0, 1): 1, (0, 2): 1, (1, 2): 1}),  # one basket
        (np.repeat(np.arange(40), 2), np.tile([1, 0], 40), {(0, 1): 40}),  # all baskets equal
        (np.array([5, 5], np.uint8), np.array([9, 2], np.int16), {(2, 9): 1}),  # gaps in the codes
    ],
)
def test_degenerate_baskets(basket: Any, product: Any, pairs: Pairs) -> None:
    baskets = group_lines(basket, product)
    assert pairs_of(collect(count_pairs(baskets))) == pairs
    known = margins(baskets)
    assert known.total_slots == 2 * sum(pairs.values())
    assert baskets.support.sum() == known.support.sum()


def test_unusable_codes_get_a_clear_answer() -> None:
    good = np.array([0, 1])
    baskets = group_lines(good, good)
    for call in (
        lambda: group_lines(np.array([-1, 0]), good),
        lambda: group_lines(np.array([0.5, 1.0]), good),  # type: ignore[arg-type]
        lambda: group_lines(good, np.array([0, 7]), n_products=3),
        lambda: group_lines(good, np.array([0])),
        lambda: group_lines(good, good, quantity=np.array([1.0, np.nan])),
        lambda: group_lines(good, good, quantity=np.array([1.0])),
        lambda: count_pairs(baskets, min_support=0),
        lambda: count_pairs(baskets, weights=np.ones(3)),
        lambda: stratum_margins(baskets, np.array([0])),
        lambda: expected_pairs(stratum_margins(baskets, good), np.array([0]), np.array([0, 1])),
        lambda: count_sequences(good, good, good, Window(min_days=0)),
        lambda: count_sequences(good, good, np.array([0])),
        lambda: count_sequences(good, good, np.array([0, 2**40])),
        lambda: count_sequences(good, good, good, weights=np.ones(1)),
    ):
        with pytest.raises(InvalidInput, match="What to do"):
            call()


@FEW
@given(some_lines, st.integers(1, 4))
def test_margins_and_expected_pairs_equal_the_plain_formula(
    lines: list[tuple[int, int]], n_strata: int
) -> None:
    basket = np.array([line[0] for line in lines], dtype=np.int32)
    product = np.array([line[1] for line in lines], dtype=np.int32)
    held = twin(basket, product, 13, 10)
    size = held.sum(axis=1)
    baskets = group_lines(basket, product, n_baskets=13, n_products=10)
    known = margins(baskets)
    assert known.n_baskets == (size > 0).sum()
    assert (known.support == held.sum(axis=0)).all()
    assert (known.slots == held.T @ (size - 1)).all()
    assert known.total_slots == (size * (size - 1)).sum() == known.slots.sum()
    strata = np.arange(13) % n_strata
    within = stratum_margins(baskets, strata, n_strata=n_strata)
    places = stratum_margins(baskets, strata, n_strata=n_strata, slots=True)
    left, right = np.triu_indices(10, 1)
    wanted, wanted_slots = np.zeros(len(left)), np.zeros(len(left))
    for stratum in range(n_strata):
        chosen = held[strata == stratum]
        n, total = chosen.sum(axis=0), (chosen.sum(axis=1) > 0).sum()
        beside = chosen.T @ (chosen.sum(axis=1) - 1)
        assert (within.counts[:, stratum] == n).all()
        assert (places.counts[:, stratum] == beside).all()
        wanted += n[left] * n[right] / max(total, 1)
        wanted_slots += beside[left] * beside[right] / max(beside.sum(), 1)
    assert np.allclose(expected_pairs(within, left, right, threads=2), wanted)
    assert np.allclose(expected_pairs(places, left, right), wanted_slots)


def sequences_twin(
    events: list[tuple[int, int, int]], window: Window
) -> dict[tuple[int, int], tuple[int, int]]:
    """The plain way: every customer's purchases against every later one."""
    found: dict[tuple[int, int], list[int]] = {}
    for customer in {event[0] for event in events}:
        bought = sorted({(day, product) for who, product, day in events if who == customer})
        if window.first_only:
            firsts: dict[int, int] = {}
            for day, product in bought:
                firsts.setdefault(product, day)
            bought = sorted((day, product) for product, day in firsts.items())
        lags: dict[tuple[int, int], int] = {}
        for day, product in bought:
            for later, other in bought:
                if other != product and window.min_days <= later - day <= window.max_days:
                    lags.setdefault((product, other), later - day)
        for pair, lag in lags.items():
            found.setdefault(pair, []).append(lag)
    return {pair: (len(lags), sum(lags)) for pair, lags in found.items()}


@FEW
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6), st.integers(-5, 30)), max_size=80),
    st.integers(1, 5),
    st.integers(0, 20),
    st.booleans(),
    st.integers(1, 2),
)
def test_sequences_equal_the_plain_loop(
    events: list[tuple[int, int, int]], min_days: int, longer: int, first_only: bool, min_support: int
) -> None:
    window = Window(min_days, min_days + longer, first_only)
    columns = np.array(events, dtype=np.int64).reshape(-1, 3)
    weights = np.arange(1.0, 6.0)
    blocks = count_sequences(
        columns[:, 0],
        columns[:, 1],
        columns[:, 2],
        window,
        min_support=min_support,
        weights=weights,
        memory_budget=99,
    )
    found = {}
    for block in blocks:
        for row in block.to_arrow().to_pylist():
            assert (row["first"], row["then"]) not in found
            found[row["first"], row["then"]] = (row["count"], row["lag_days"])
    wanted = sequences_twin(events, window)
    assert found == {pair: counts for pair, counts in wanted.items() if counts[0] >= min_support}
    for customer in range(5):
        alone = [event for event in events if event[0] == customer]
        if alone:
            only = np.array(alone, dtype=np.int64)
            total = sum(
                float(block.weight.sum())
                for block in count_sequences(only[:, 0], only[:, 1], only[:, 2], window, weights=weights)
                if block.weight is not None
            )
            assert total == weights[customer] * len(sequences_twin(alone, window))


def test_sequences_of_a_customer_with_many_purchases() -> None:
    n = 100_000
    rng = np.random.default_rng(0)
    product, day = rng.integers(0, 50, n), rng.integers(0, 3_000, n)
    blocks = list(count_sequences(np.zeros(n, np.int64), product, day, Window(1, 7)))
    assert sum(len(block) for block in blocks) == 50 * 49
    assert all((block.count == 1).all() for block in blocks)


IDS = st.one_of(
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=80),
    st.lists(st.integers(0, 5), max_size=80),
    st.lists(st.text(max_size=4), max_size=80),
    st.lists(st.sampled_from(["🥾", "🥾🥾", "", "a", "ab"]), max_size=80),
)


@FEW
@given(IDS, st.data())
def test_ids_become_codes_and_back(ids: list[Any], data: Any) -> None:
    orders = data.draw(st.permutations(ids))
    kind = pa.int64() if ids and isinstance(ids[0], int) else pa.string()
    table = pa.table({"order_id": pa.array(orders, kind), "product_id": pa.array(ids, kind)})
    for given_table in (table, table.set_column(1, "product_id", table["product_id"].dictionary_encode())):
        lines = read_order_lines(given_table)
        assert [lines.order_ids[int(code)].as_py() for code in lines.basket] == orders
        assert [lines.product_ids[int(code)].as_py() for code in lines.product] == ids
        assert len(set(lines.product_ids.to_pylist())) == len(lines.product_ids)
        assert lines.product_ids.to_pylist() == list(dict.fromkeys(ids))


@pytest.mark.parametrize("rising", [True, False])
@pytest.mark.parametrize("text", [True, False])
def test_many_ids_in_files_of_different_kinds(tmp_path: Any, rising: bool, text: bool) -> None:
    n = 300_000
    rng = np.random.default_rng(3)
    order = np.sort(rng.integers(0, n, n)) if rising else rng.integers(0, n, n)
    product = rng.integers(-500, 500, n)
    half = n // 2
    first = pa.table({"order_id": order[:half], "product_id": product[:half], "pieces": np.ones(half)})
    second = pa.table({"order_id": order[half:], "product_id": product[half:], "pieces": np.ones(n - half)})
    if text:
        second = second.set_column(0, "order_id", second["order_id"].cast(pa.string()))
        second = second.set_column(1, "product_id", second["product_id"].cast(pa.string()))
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for path, part in zip(paths, (first, second), strict=True):
        pq.write_table(part, path, row_group_size=70_000)
    lines = read_order_lines(paths, quantity="pieces")
    assert (np.array(lines.order_ids.to_pylist()).astype(np.int64)[lines.basket] == order).all()
    assert (np.array(lines.product_ids.to_pylist()).astype(np.int64)[lines.product] == product).all()
    assert len(np.unique(order)) == len(lines.order_ids)
    assert lines.quantity is not None
    assert lines.quantity.sum() == n


def test_unusable_files_get_a_clear_answer(tmp_path: Any) -> None:
    page = tmp_path / "page.parquet"
    page.write_text("<html>")
    with pytest.raises(UnreadableFile, match=r"page\.parquet"):
        read_order_lines(page)
    with pytest.raises(UnreadableFile):
        read_order_lines(tmp_path / "missing.parquet")
    with pytest.raises(InvalidInput):
        read_order_lines([])
    with pytest.raises(UnrecognisedColumns, match="there are: order, product"):
        read_order_lines(pa.table({"order": [1], "product": [2]}))
    ids = {"order_id": [1, 2], "product_id": [3, 4]}
    for wrong in ({"order_id": [1, None]}, {"product_id": [1.5, 2.0]}, {"order_id": [True, False]}):
        with pytest.raises(InvalidInput, match="What to do"):
            read_order_lines(pa.table({**ids, **wrong}))
    with pytest.raises(InvalidInput, match="pieces"):
        read_order_lines(pa.table({**ids, "pieces": [None, 1]}), quantity="pieces")


def test_whole_numbers_in_other_guises_are_whole_numbers() -> None:
    whole = [7, 8]
    for guise in (pa.float64(), pa.decimal128(20, 0), pa.uint8(), pa.int16()):
        table = pa.table({"order_id": whole, "product_id": pa.array(whole).cast(guise)})
        assert read_order_lines(table).product_ids.to_pylist() == whole


def test_one_file_from_lines_to_pairs(tmp_path: Any) -> None:
    table = pa.table(
        {"order_id": ["O1", "O1", "O2", "O2", "O3"], "product_id": ["🥾", "sock", "sock", "🥾", "🥾"]}
    )
    pq.write_table(table, tmp_path / "lines.parquet")
    lines = read_order_lines(tmp_path / "lines.parquet")
    baskets: Baskets = group_lines(lines.basket, lines.product)
    batch = collect(count_pairs(baskets)).to_arrow()
    assert batch.to_pylist() == [{"left": 0, "right": 1, "count": 2}]
    assert lines.product_ids.take(batch["right"]).to_pylist() == ["sock"]
