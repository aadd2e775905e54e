"""What the main job would have offered can be judged beside the ranker."""

from passend.evaluate import evaluate
from tests.products.next_product.shops import planted_shop


def test_what_run_would_have_offered_is_judged_beside_the_ranker():
    orders = planted_shop(customers=150, orders=1_200)
    found = evaluate(
        orders, "time-cut", horizon_days=60, methods=("global popularity",), planned=True, threads=1
    )
    assert found.value("as planned", "recall@10") > 1.5 * found.value("global popularity", "recall@10")
    assert found.best_baseline("recall@10").baseline == "global popularity", "what is planned is no baseline"
