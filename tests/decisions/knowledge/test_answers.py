"""What offers add: a planted effect is found, by channel, beside what was bought anyway; none where there is none."""

from functools import cache

import numpy as np
import pytest

from passend.decisions.knowledge import learn
from passend.decisions.knowledge.answers import Contacts, learn_answers, usual_effect
from passend.vocabulary import Channel
from tests.decisions.pasts import past_of

NEEDS = 4


def contacts(seed, count, effect, base=0.02, channel=0):
    """Contacts aimed by no one, and whether the need was bought in the week."""
    random = np.random.default_rng(seed)
    bases = base * random.lognormal(0, 0.7, count)
    group = random.integers(0, NEEDS, count)
    chance = 1 - (1 - bases) * (1 - effect)
    made = Contacts(
        base=bases, channel=np.full(count, channel), group=group, log_price=np.full(count, 8.0),
        dearer=np.zeros(count), discount=np.zeros(count), notice=np.zeros(count),
    )  # fmt: skip
    return made, random.random(count) < chance


@pytest.mark.parametrize("effect", [0.03, 0.08])
def test_a_planted_effect_is_found(effect):
    made, bought = contacts(1, 12_000, effect)
    added, low, high = learn_answers(made, bought, (np.log(0.02), 8.0), NEEDS).told(made)
    assert added.mean() == pytest.approx(effect, rel=0.2)
    assert low.mean() < effect < high.mean()


def test_where_contacts_add_nothing_little_is_believed():
    made, bought = contacts(2, 12_000, 0.0)
    added, _, _ = learn_answers(made, bought, (np.log(0.02), 8.0), NEEDS).told(made)
    assert added.mean() < 0.4 * usual_effect(Channel.EMAIL)


def test_before_anything_is_seen_a_usual_contact_adds_what_is_assumed():
    made, _ = contacts(3, 50, 0.0)
    none = made.rows(np.zeros(50, bool))
    learned = learn_answers(none, np.zeros(0, bool), (np.log(0.02), 8.0), NEEDS)
    usual = Contacts(
        base=np.array([0.02]), channel=np.array([0]), group=np.array([0]), log_price=np.array([8.0]),
        dearer=np.zeros(1), discount=np.zeros(1), notice=np.zeros(1),
    )  # fmt: skip
    assert learned.added(usual)[0] == pytest.approx(usual_effect(Channel.EMAIL), rel=1e-3)


def test_uneven_arms_do_not_blur_which_channel_adds_more():
    """Twenty times as many e-mails, which add little, as calls, which add much."""
    email, answered = contacts(4, 12_000, 0.01)
    phone = list(Channel).index(Channel.PHONE)
    call, called = contacts(5, 600, 0.15, channel=phone)
    both = Contacts(
        **{
            name: np.concatenate([getattr(email, name), getattr(call, name)])
            for name in ("base", "channel", "group", "log_price", "dearer", "discount", "notice")
        }
    )
    learned = learn_answers(both, np.concatenate([answered, called]), (np.log(0.02), 8.0), NEEDS)
    assert learned.added(email).mean() == pytest.approx(0.01, rel=0.4)
    assert learned.added(call).mean() == pytest.approx(0.15, rel=0.3)


@cache
def firm(effect):
    """A firm that sent offers by lot, every tenth held back; purchases come by themselves and by offers."""
    random = np.random.default_rng(7)
    customers, week = 1500, 60
    sales = [
        (int(who), int(random.integers(NEEDS)), float(random.uniform(0, 7 * week)))
        for who in range(customers)
        for _ in range(random.poisson(3))
    ]
    touches = []
    for now in range(20, week - 1, 2):
        for who in random.choice(customers, 150, replace=False).tolist():
            need = int(random.integers(NEEDS))
            held = bool(random.random() < 0.1)
            touches.append((who, need, 0, 7.0 * now + 0.5, 0.0, 0.5, False, False, held))
            if not held and random.random() < effect:
                sales.append((who, need, 7.0 * now + 2.0))
    return learn(past_of(customers, week, [2000] * NEEDS, sales=sales, touches=touches))


def test_a_firm_learns_what_its_offers_added():
    taught = firm(0.06).taught
    (email,) = taught.effects
    assert email.channel == "email"
    assert email.effect == pytest.approx(0.06, rel=0.3)
    assert email.low < 0.06 < email.high
    assert taught.trust.share == pytest.approx(1.0, abs=0.25)
    assert not taught.trust.found_nothing
    assert "held back" in taught.basis
    assert "drawn by lot" in taught.basis


def test_a_firm_whose_offers_added_nothing_learns_that():
    taught = firm(0.0).taught
    assert taught.trust.offers > 1000
    assert taught.trust.found_nothing
    assert taught.effects[0].effect < 0.006


def test_without_offers_all_is_assumed():
    past = past_of(50, 20, [1000] * NEEDS, sales=[(who, who % NEEDS, 3.0 * who % 100) for who in range(50)])
    taught = learn(past).taught
    assert taught.effects == ()
    assert taught.trust.offers == 0
    assert "assumed" in taught.basis
