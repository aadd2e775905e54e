"""The whole story, step by step: orders in, relations, offers, report out. Reads like the six rooms."""

from passend.flow.importing import ImportRequest, ImportSummary, import_sources
from passend.flow.planning import PlanSummary, make_plan
from passend.flow.reporting import export_offers, write_report
from passend.flow.steps import STEPS, Step

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
