"""Every public estimator keeps the manners of the suite, in worlds small enough to be lived through many times."""

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from passend import Lifetime, NextProduct, Plan, Propensity, Relations, Uplift
from passend.customers.lifetime import Retention
from passend.errors import EmptyAnswer
from passend.testing.estimator_suite import EstimatorSuite

START = datetime(2025, 1, 1)
nothing_said = pytest.mark.filterwarnings("ignore::passend.errors.EmptyAnswer")


def order_lines(*, null, orders=400):
    """Products 1001 and 1002 are bought together; in the null world every product stands for itself."""
    random = np.random.default_rng(3)
    rows = []
    for number in range(orders):
        pair = not null and number % 4 == 0
        basket = {1001, 1002} if pair else set((1003 + random.choice(27, 2, replace=False)).tolist())
        at = START + timedelta(days=int(random.integers(0, 300)))
        rows += [
            (f"{5000 + number}", f"{2000 + number % 80}", f"{product}", at) for product in sorted(basket)
        ]
    order, customer, product, at = zip(*rows, strict=True)
    return pa.table(
        {
            "order_id": order,
            "customer_id": customer,
            "product_id": product,
            "ordered_at": pa.array(at, pa.timestamp("us")),
        }
    )


@nothing_said
class TestRelations(EstimatorSuite):
    ids = ("product_id",)
    needed = ("product_id",)

    def estimator(self):
        return Relations()

    def world(self, *, null=False):
        return order_lines(null=null)

    def answer(self, estimator, table):
        # The other product is an identifier, too, of the same type.
        return estimator.table().drop_columns(["other_id"])

    def insist_on_truth(self, answer):
        assert set(answer["product_id"].to_pylist()) == {"1001", "1002"}
        assert answer["type"].to_pylist() == ["complement", "complement"]

    def insist_on_nothing(self, answer):
        assert answer.num_rows == 0


@nothing_said
class TestNextProduct(EstimatorSuite):
    ids = ("customer_id", "product_id")
    needed = ("product_id",)
    useful = ("customer_id", "order_id", "ordered_at")

    def estimator(self):
        return NextProduct(threads=1)

    def world(self, *, null=False):
        """Customers of two tastes; each taste has ten products."""
        random = np.random.default_rng(5)
        rows = []
        for number in range(600):
            customer = int(random.integers(0, 120))
            taste = 0 if null else customer % 2
            day = START + timedelta(days=int(random.integers(0, 200)))
            products = set((1000 + 10 * taste + random.integers(0, 20 if null else 10, 2)).tolist())
            rows += [(f"{5000 + number}", f"{2000 + customer}", f"{one}", day) for one in sorted(products)]
        order, customer, product, at = zip(*rows, strict=True)
        return pa.table(
            {"order_id": order, "customer_id": customer, "product_id": product,
             "ordered_at": pa.array(at, pa.timestamp("us"))}
        )  # fmt: skip

    def few(self, table):
        return table.slice(0, 200)

    def answer(self, estimator, table):
        return estimator.recommend(k=2)

    def insist_on_truth(self, answer):
        best = answer.filter(pc.equal(answer["rank"], 1))
        taste = [int(one) % 2 for one in best["customer_id"].to_pylist()]
        offered = [(int(one) - 1000) // 10 for one in best["product_id"].to_pylist()]
        assert np.mean(np.equal(taste, offered)) > 0.9

    def insist_on_nothing(self, answer):
        """Without tastes, what is offered has nothing to do with who it is offered to."""
        best = answer.filter(pc.equal(answer["rank"], 1))
        kind = np.array([int(one) % 2 for one in best["customer_id"].to_pylist()])
        offered = np.array([(int(one) - 1000) // 10 for one in best["product_id"].to_pylist()])
        assert abs(np.mean(offered[kind == 0]) - np.mean(offered[kind == 1])) < 0.35


class TestPropensity(EstimatorSuite):
    ids = ("customer_id",)
    needed = ("bought",)
    useful = ("visits", "customer_id")

    def estimator(self):
        return Propensity(seed=1)

    def world(self, *, null=False):
        random = np.random.default_rng(7)
        visits = random.integers(0, 10, 600)
        chance = np.where(visits > 6, 0.6, 0.05) if not null else np.full(600, 0.2)
        return pa.table(
            {
                "customer_id": [f"{2000 + row}" for row in range(600)],
                "visits": visits,
                "region": random.choice(["north", "south"], 600).tolist(),
                "bought": (random.random(600) < chance).astype(int),
            }
        )

    def few(self, table):
        return table.slice(0, 30)

    def answer(self, estimator, table):
        return estimator.predict(table)

    def insist_on_truth(self, answer):
        said = answer["probability"].to_numpy()
        visits = self.world()["visits"].to_numpy()
        assert said[visits > 6].mean() == pytest.approx(0.6, abs=0.12)
        assert said[visits <= 6].mean() == pytest.approx(0.05, abs=0.05)

    def insist_on_nothing(self, answer):
        assert answer["probability"].to_numpy().std() < 0.05


class TestUplift(EstimatorSuite):
    ids = ("customer_id",)
    needed = ("treatment", "outcome")
    useful = ("visits",)

    def estimator(self):
        return Uplift(bases=("linear",))

    def world(self, *, null=False):
        random = np.random.default_rng(9)
        rows = 900
        visits, mail = random.normal(size=rows), random.integers(0, 2, rows)
        gain = 0.0 if null else np.where(visits > 0, 2.0, -1.0)
        return pa.table(
            {
                "customer_id": [f"{2000 + row}" for row in range(rows)],
                "visits": visits,
                "treatment": np.where(mail == 1, "mail", "none").tolist(),
                "outcome": random.normal(size=rows) + gain * mail,
            }
        )

    def few(self, table):
        return table.slice(0, 60)

    def learn(self, estimator, table):
        estimator.fit(table, "treatment", "outcome")

    def answer(self, estimator, table):
        return estimator.predict(table)

    def insist_on_truth(self, answer):
        visits = self.world()["visits"].to_numpy()
        effect = answer["effect"].to_numpy()
        assert effect[visits > 0.5].mean() > 1
        assert effect[visits < -0.5].mean() < 0

    def insist_on_nothing(self, answer):
        assert (answer["low"].to_numpy() < 0).mean() > 0.9


class TestLifetime(EstimatorSuite):
    ids = ("customer_id",)
    needed = ("customer_id", "ordered_at")
    useful = ("revenue_cents",)

    def estimator(self):
        return Lifetime(model="bg/nbd")

    def world(self, *, null=False):
        """Customers 2000 to 2029 order each week or so, the others each quarter; in the null world all do alike."""
        random = np.random.default_rng(11)
        rows = []
        for customer in range(60):
            gap = 30.0 if null or customer >= 30 else 8.0
            at = random.uniform(0, 20)
            while at < 360:
                rows.append((f"{2000 + customer}", START + timedelta(days=int(at)), 1000))
                at += random.exponential(gap) + 1
        customer, at, cents = zip(*rows, strict=True)
        return pa.table(
            {"customer_id": customer, "ordered_at": pa.array(at, pa.timestamp("us")), "revenue_cents": cents}
        )

    def answer(self, estimator, table):
        return estimator.predict(90)

    def insist_on_truth(self, answer):
        often = np.array([int(one) < 2030 for one in answer["customer_id"].to_pylist()])
        orders = answer["expected_orders"].to_numpy()
        assert orders[often].min() > orders[~often].max()

    def insist_on_nothing(self, answer):
        orders = answer["expected_orders"].to_numpy()
        assert orders.std() < 0.5 * orders.mean()


class TestRetention(EstimatorSuite):
    ids = ("contract_id",)
    needed = ("contract_id", "started_at")
    useful = ("cancelled_at",)

    def estimator(self):
        return Retention(period_days=30)

    def world(self, *, null=False):
        """Half of the contracts end in their first period and the rest stay; in the null world all end at one pace."""
        random = np.random.default_rng(13)
        began = [START + timedelta(days=int(day)) for day in random.integers(0, 60, 120)]
        lasts = [10 if row % 2 else 9999 for row in range(120)]
        if null:
            lasts = (30 * random.geometric(0.2, 120) - 15).tolist()
        ends = [
            one + timedelta(days=int(days)) if days < 300 else None
            for one, days in zip(began, lasts, strict=True)
        ]
        return pa.table(
            {
                "contract_id": [f"{7000 + row}" for row in range(120)],
                "started_at": pa.array(began, pa.timestamp("us")),
                "cancelled_at": pa.array(ends, pa.timestamp("us")),
            }
        )

    def learn(self, estimator, table):
        estimator.fit(table, until=START + timedelta(days=365))

    def answer(self, estimator, table):
        return estimator.predict(30)

    def insist_on_truth(self, answer):
        assert answer["lasts_probability"].to_numpy().min() > 0.95

    def insist_on_nothing(self, answer):
        assert answer["lasts_probability"].to_numpy() == pytest.approx(0.8, abs=0.1)


@nothing_said
class TestPlan(EstimatorSuite):
    ids = ("customer_id", "product_id")
    needed = ("customer_id", "product_id")
    useful = ("effect", "price_cents")

    def estimator(self):
        return Plan(holdout_share=0.1)

    def world(self, *, null=False):
        """Product 1001 brings something, 1002 costs; in the null world nothing has an effect."""
        customers = [f"{2000 + row}" for row in range(40)]
        return pa.table(
            {
                "customer_id": [one for one in customers for _ in range(2)],
                "product_id": ["1001", "1002"] * 40,
                "effect": [0.0, 0.0] * 40 if null else [0.2, -0.1] * 40,
                "price_cents": [5000, 5000] * 40,
                "unit_cost_cents": [2000, 2000] * 40,
            }
        )

    def learn(self, estimator, table):
        estimator.choose(table)

    def answer(self, estimator, table):
        estimator.insist_fitted()
        return estimator.offers_

    def insist_on_truth(self, answer):
        assert set(answer["product_id"].to_pylist()) == {"1001"}

    def insist_on_nothing(self, answer):
        assert not pc.any(answer["chosen"]).as_py()


def test_empty_answers_say_why():
    with pytest.warns(EmptyAnswer, match="in 5 orders or customers more often than chance"):
        Relations().fit(order_lines(null=True)).table()
    with pytest.warns(EmptyAnswer, match="no customer_id"):
        NextProduct().fit({"order_id": [1, 1], "product_id": ["a", "b"]}).recommend()
    nothing = TestPlan().world(null=True)
    with pytest.warns(EmptyAnswer, match="times"):
        Plan().choose(nothing)
