"""Changes that were tried are written into the rules; what people wrote around them stays."""

import pytest

from passend.decisions.rules import load_rules
from passend.decisions.rules.example import EXAMPLE
from passend.decisions.rules.rewriting import rewritten
from passend.errors import InvalidRules

OWN = """\
# ours
customer:
  most_offers: 3   # in one plan
channels:
  email:
    capacity: 100
"""


@pytest.mark.parametrize("text", ["", OWN, EXAMPLE, "customer: {most_offers: 2}\n", "days: 7"])
@pytest.mark.parametrize(
    "changes",
    [["customer.most_offers=2"], ["gap=4", "budget=500"], ["channels.email.capacity=7", "explore.share=0.1"],
     ["stock.0815=3"], ["channels.phone.use=yes", "channels.email.hours=08:00-12:00"]],
)  # fmt: skip
def test_what_is_written_is_what_was_tried(text: str, changes: list[str]) -> None:
    made = rewritten(text, changes)
    tried, kept = load_rules(text, changes), load_rules(made)
    for name in ("most_offers", "gap_days", "money", "explore", "stock", "channels", "days"):
        assert getattr(kept, name) == getattr(tried, name), made
    assert [one for one in text.splitlines() if one.strip().startswith("#")] == [
        one for one in made.splitlines() if one.strip().startswith("#")
    ]


def test_a_comment_behind_a_changed_value_stays() -> None:
    made = rewritten(OWN, ["customer.most_offers=2", "gap=4"])
    assert "  most_offers: 2   # in one plan\n" in made
    assert "  gap_days: 4\n" in made
    with pytest.raises(InvalidRules, match="no rule"):
        rewritten(OWN, ["dance=1"])
