"""Players: who is offered what. Each sees a :class:`~passend.market.view.View` and keeps the limits."""

import importlib
from collections.abc import Callable

from passend.errors import InvalidInput
from passend.market.policies.policy import Policy

#: Name -> module and class, in the order of the table that ``passend market play`` prints.
POLICIES = {
    "nobody": "plain:Nobody",
    "random": "plain:Random",
    "blanket": "plain:Blanket",
    "uniform": "ceilings:BestUniformArm",
    "lift-rules": "rules:LiftRules",
    "response": "response:ResponseModel",
    "one-column": "rules:OneColumn",
    "passend": "product:Passend",
    "observables": "ceilings:BestOnObservables",
    "clairvoyant": "ceilings:Clairvoyant",
}

__all__ = ["POLICIES", "Policy", "policy_named"]


def policy_named(name: str) -> Callable[[], Policy]:
    """The class of a player: a name from ``POLICIES``, or ``module:Class`` for one's own.

    Raises:
        InvalidInput: there is no such player, or it cannot be loaded.
    """
    place = POLICIES.get(name, name)
    module, colon, which = place.partition(":")
    if not colon:
        raise InvalidInput(
            f"There is no policy '{name}'.", remedy=f"Name module:Class, or one of: {', '.join(POLICIES)}."
        )
    if name in POLICIES:
        module = f"passend.market.policies.{module}"
    try:
        found: Callable[[], Policy] = getattr(importlib.import_module(module), which)
    except (ImportError, AttributeError) as problem:
        raise InvalidInput(
            f"The policy '{name}' cannot be loaded: {problem}.", remedy="Is the module on the Python path?"
        ) from problem
    return found
