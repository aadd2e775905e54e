"""The effect of offers: whom they move, whom they do not, and when that cannot be known."""

from passend.customers.uplift.estimator import Uplift
from passend.customers.uplift.gate import GateReport
from passend.customers.uplift.policy_value import PolicyValue
from passend.customers.uplift.thin import EffectPrior
from passend.vocabulary import CannotBeMeasured

__all__ = ["CannotBeMeasured", "EffectPrior", "GateReport", "PolicyValue", "Uplift"]
