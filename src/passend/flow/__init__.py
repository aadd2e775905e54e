"""The whole story, step by step: orders in, relations, offers, report out. Reads like the six rooms.

Names are loaded when they are first used: an import needs none of what a plan is learned with.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from passend.flow.importing import ImportSummary, import_sources
    from passend.flow.planning import PlanSummary, make_plan
    from passend.flow.reporting import export_offers, write_report
    from passend.flow.sources import ImportRequest
    from passend.flow.steps import STEPS, Step

_HOMES = {
    "STEPS": "steps",
    "ImportRequest": "sources",
    "ImportSummary": "importing",
    "PlanSummary": "planning",
    "Step": "steps",
    "export_offers": "reporting",
    "import_sources": "importing",
    "make_plan": "planning",
    "write_report": "reporting",
}

__all__ = [
    "STEPS",
    "ImportRequest",
    "ImportSummary",
    "PlanSummary",
    "Step",
    "export_offers",
    "import_sources",
    "make_plan",
    "write_report",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"passend.flow has no name '{name}'")
    return getattr(importlib.import_module(f"passend.flow.{_HOMES[name]}"), name)
