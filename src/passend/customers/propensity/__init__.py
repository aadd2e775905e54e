"""Propensity: the chance that a customer buys without being contacted, and when the next need is likely."""

from passend.customers.propensity.estimator import Propensity
from passend.customers.propensity.timing import Hazard

__all__ = ["Hazard", "Propensity"]
