from passend.decisions.rules import load_rules
from passend.flow.deciding import Deciding
from passend.settings import Settings
from tests.worlds import baskets, intake, plan, rows_of


def _holdout(settings: Settings) -> set[str]:
    engine = intake(baskets(1, orders=1600))
    plan(engine, settings)
    offers = rows_of(engine, "offers")
    engine.close()
    share = settings.number("decisions.holdout_share")
    for row in offers:
        if row["chosen"]:
            assert 0 < row["probability"] <= 1 - share
        else:
            assert row["probability"] == share
    everybody = {row["customer_id"] for row in offers}
    held = {row["customer_id"] for row in offers if not row["chosen"]}
    assert not held & {row["customer_id"] for row in offers if row["chosen"]}
    share = len(held) / len(everybody)
    assert abs(share - settings.number("decisions.holdout_share")) < 0.05
    return held


def test_the_holdout_is_stable_of_the_stated_size_and_redrawn_by_the_salt():
    same, again = _holdout(Settings()), _holdout(Settings())
    other = _holdout(Settings({"decisions.salt": "spring"}))
    assert same == again
    assert same != other


def test_no_holdout_and_few_offers_where_wished():
    engine = intake(baskets(1))
    rules = load_rules({"customer": {"most_offers": 1}})
    plan(engine, Settings({"decisions.holdout_share": 0.0}), Deciding(rules))
    offers = rows_of(engine, "offers")
    assert all(row["chosen"] and row["rank"] == 1 for row in offers)
