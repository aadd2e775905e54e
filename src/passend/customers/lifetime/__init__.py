"""What customers will still be worth: orders without a contract, and how long contracts last."""

from passend.customers.lifetime.estimator import Lifetime
from passend.customers.lifetime.retention import Retention

__all__ = ["Lifetime", "Retention"]
