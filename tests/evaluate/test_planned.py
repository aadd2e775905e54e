"""What is judged is what runs: the main job offers what the judged ranker says, after the rules."""

from passend.evaluate import evaluate
from tests.products.next_product.shops import planted_shop


def test_what_run_would_have_offered_is_as_good_as_what_is_judged():
    orders = planted_shop(customers=150, orders=1_200)
    found = evaluate(
        orders, "time-cut", horizon_days=60, methods=("global popularity",), planned=True, threads=1
    )
    assert found.value("as planned", "recall@10") > 0.9 * found.value("passend", "recall@10")
    assert found.best_baseline("recall@10").baseline == "global popularity", "what is planned is no baseline"
