"""What an offer adds: needs without an offer, and what contacts changed about buying; arrays in, arrays out."""

from passend.customers.offer_effects.answers import Answers, learn_answers
from passend.customers.offer_effects.history import History
from passend.customers.offer_effects.needs import Needs, learn_needs
from passend.customers.offer_effects.patience import Patience, learn_patience
from passend.customers.offer_effects.sale import Sale, sale_worth

__all__ = [
    "Answers",
    "History",
    "Needs",
    "Patience",
    "Sale",
    "learn_answers",
    "learn_needs",
    "learn_patience",
    "sale_worth",
]
