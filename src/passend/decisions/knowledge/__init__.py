"""What is known: the past of a firm as arrays, and what is learned from it for every decision about an offer."""

from passend.decisions.knowledge.knowledge import Knowledge, Outlook, Wants
from passend.decisions.knowledge.learning import learn
from passend.decisions.knowledge.past import Goods, Looks, Past, Sales, Service, Touches

__all__ = ["Goods", "Knowledge", "Looks", "Outlook", "Past", "Sales", "Service", "Touches", "Wants", "learn"]
