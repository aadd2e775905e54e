"""Small shops: what too few orders prove is told as what it is."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from passend import Relations

KINDS = ("Trekkingrad", "Helmschale", "Satteltasche", "Luftpumpe", "Kettenöl", "Regenjacke")


def shop(seed: int, *, planted: bool = True, names: bool = True, orders: int = 300) -> pl.DataFrame:
    """72 products in six kinds; those of one series go together, where that is planted."""
    rng = np.random.default_rng(seed)
    series = [f"{word}{end}" for word in ("Alto", "Brisa", "Corvo", "Delta") for end in ("nia", "rex", "max")]
    products = [(kind, one) for kind in KINDS for one in series]
    pull = rng.permutation(1 / np.arange(1, len(products) + 1) ** 0.7)
    rows = []
    for order in range(orders):
        held = set(
            rng.choice(len(products), size=1 + rng.poisson(0.9), replace=False, p=pull / pull.sum()).tolist()
        )
        for one in list(held) if planted else []:
            same = [place for place, (_, name) in enumerate(products) if name == products[one][1]]
            held |= {other for other in same if rng.random() < 0.12}
        day = datetime(2025, 1, 1) + timedelta(days=order)
        rows += [
            (f"o{order}", f"k{order % 90}", f"p{one:02}", day, 1, 20.0, " ".join(products[one]) if names else f"p{one}")
            for one in sorted(held)
        ]  # fmt: skip
    names_ = ["order_id", "customer_id", "product_id", "ordered_at", "quantity", "unit_price", "product_name"]
    return pl.DataFrame(rows, schema=names_, orient="row")


def told(orders: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame(Relations(likely=True).fit(orders).likely_)


def of_one_series(found: pl.DataFrame) -> float:
    same = found.select(
        pl.col("product_id").str.slice(1).cast(int) % 12 == pl.col("other_id").str.slice(1).cast(int) % 12
    ).to_series()
    return float(same.mean() or 0)


def test_a_small_shop_is_told_what_likely_goes_together() -> None:
    found = told(shop(1))
    assert found.height > 50
    assert of_one_series(found) > 0.7
    assert of_one_series(found.filter(pl.col("grade") == "likely")) > 0.9
    assert found["chance"].is_between(0.1, 1).all()
    assert set(found["grade"]) <= {"likely", "tentative", "by name and category"}
    assert found.filter(pl.col("grade") == "likely")["chance"].min() >= 0.7
    assert found.filter(pl.col("grade") == "by name and category")["support"].max() in (0, None)
    assert all("chance that they go together" in one or "with a chance of" in one for one in found["reason"])


def test_names_help() -> None:
    assert told(shop(2, orders=150)).height > told(shop(2, orders=150, names=False)).height


def test_where_nothing_goes_together_hardly_anything_is_told() -> None:
    found = told(shop(3, planted=False))
    assert found.filter(pl.col("grade") == "likely").height <= 2
    assert found["chance"].sum() < 10


def test_what_is_proved_is_not_told_twice() -> None:
    relations = Relations(likely=True, min_together=3).fit(shop(4, orders=1_500))
    proved = set(
        zip(*(relations.relations_[one].to_pylist() for one in ("product_id", "other_id")), strict=True)
    )
    likely = set(
        zip(*(relations.likely_[one].to_pylist() for one in ("product_id", "other_id")), strict=True)
    )
    assert proved
    assert not proved & likely


def test_what_may_replace_is_not_told_to_go_together() -> None:
    """Alike by name, of one category, and never in one order: the one may stand for the other."""
    orders = shop(2, orders=150)
    listed = orders.select("product_id", name="product_name").unique()
    listed = listed.with_columns(category=pl.col("name").str.split(" ").list.last())
    found = pl.DataFrame(Relations(likely=True).fit(orders, listed).likely_)
    series = dict(listed.select("product_id", "category").iter_rows())
    unmet = found.filter(pl.col("support") == 0).select("product_id", "other_id")
    assert found.height > unmet.height
    assert not [pair for pair in unmet.iter_rows() if series[pair[0]] == series[pair[1]]]


@pytest.mark.parametrize("orders", [1, 2, 19])
def test_hardly_any_orders(orders: int) -> None:
    few = shop(5).filter(pl.col("order_id").is_in([f"o{one}" for one in range(orders)]))
    assert not told(few).height
