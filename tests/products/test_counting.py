import pytest

from passend.products.counting import KERNELS
from passend.settings import Settings
from tests.worlds import baskets, compute, intake, rows_of

BEFORE = (
    "basket_products",
    "order_cells",
    "product_places",
    "first_purchases",
    "first_steps",
    "arrivals",
    "step_places",
)


@pytest.mark.parametrize("table", KERNELS)
@pytest.mark.parametrize(
    "options", [{}, {"products.min_together": 2, "products.max_basket": 4, "products.window_days": 20}]
)
def test_the_kernels_count_what_the_sql_counts(table, options):
    settings = Settings(options)
    engine = intake(baskets(3, orders=700, planted=[(5, 20, 0.5)]))
    compute(engine, "products", *BEFORE, settings=settings)
    compute(engine, "products", table, settings=settings)
    counted = KERNELS[table](engine, settings).to_pylist()
    by_sql = rows_of(engine, table)
    assert by_sql
    key = lambda row: (row["product_id"], row["other_id"])  # noqa: E731
    for one, two in zip(sorted(counted, key=key), sorted(by_sql, key=key), strict=True):
        assert one.pop("expected") == pytest.approx(two.pop("expected"))
        assert one == two


@pytest.mark.parametrize("table", KERNELS)
def test_nothing_to_count(table):
    engine = intake([{"order_id": "1", "customer_id": "k", "product_id": "p1", "quantity": 1.0}])
    compute(engine, "products", *BEFORE)
    counted = KERNELS[table](engine, Settings())
    assert counted.num_rows == 0
    engine.load(table, counted)
