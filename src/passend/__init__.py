"""passend sells what fits: which products go together, whom to offer them, and whom to leave alone.

    from passend import Relations
    Relations().fit(orders).table()

Names are loaded when they are first used, so that ``import passend`` costs nothing.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from passend.customers.lifetime import Lifetime
    from passend.customers.propensity import Propensity
    from passend.customers.uplift import Uplift
    from passend.decisions.plan import Plan
    from passend.errors import PassendError
    from passend.flow.estimators import Relations
    from passend.flow.measuring import Effects
    from passend.market.world import Market
    from passend.products.next_product import NextProduct
    from passend.workspace import Workspace

__version__ = "0.5.0.dev0"

_HOMES = {
    "Effects": "passend.flow.measuring",
    "Lifetime": "passend.customers.lifetime",
    "Market": "passend.market.world",
    "NextProduct": "passend.products.next_product",
    "PassendError": "passend.errors",
    "Plan": "passend.decisions.plan",
    "Propensity": "passend.customers.propensity",
    "Relations": "passend.flow.estimators",
    "Uplift": "passend.customers.uplift",
    "Workspace": "passend.workspace",
}

__all__ = [
    "Effects",
    "Lifetime",
    "Market",
    "NextProduct",
    "PassendError",
    "Plan",
    "Propensity",
    "Relations",
    "Uplift",
    "Workspace",
    "__version__",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"passend has no name '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
