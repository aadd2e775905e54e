"""Intake: files, databases and frames become lines and product lists, typed and judged, nothing dropped in silence.

Names are loaded when they are first used: a mistake in a call is told before a file is read.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from passend.intake.campaign_tables import join_campaigns
    from passend.intake.columns import Recognition, recognise
    from passend.intake.firm_columns import TABLE, TABLES, recognise_table, table_without_rows
    from passend.intake.firm_rows import stage_firm_table
    from passend.intake.frame import open_frame
    from passend.intake.gathering import shaped, whole_workbook
    from passend.intake.joined import join_pairs
    from passend.intake.known import Layout, all_layouts
    from passend.intake.lines import stage_lines
    from passend.intake.nonproducts import non_products
    from passend.intake.opening import insist_on_file, open_source
    from passend.intake.own_tables import OwnSource, own_table
    from passend.intake.product_rows import stage_products
    from passend.intake.remarks import is_remark
    from passend.intake.source import Batch, BrokenRow, Source
    from passend.intake.staging import Staged, source_identity

_HOMES = {
    "Batch": "source",
    "BrokenRow": "source",
    "Layout": "known",
    "OwnSource": "own_tables",
    "Recognition": "columns",
    "Source": "source",
    "Staged": "staging",
    "TABLE": "firm_columns",
    "TABLES": "firm_columns",
    "all_layouts": "known",
    "insist_on_file": "opening",
    "is_remark": "remarks",
    "join_campaigns": "campaign_tables",
    "join_pairs": "joined",
    "non_products": "nonproducts",
    "open_frame": "frame",
    "open_source": "opening",
    "own_table": "own_tables",
    "recognise": "columns",
    "recognise_table": "firm_columns",
    "shaped": "gathering",
    "source_identity": "staging",
    "stage_firm_table": "firm_rows",
    "stage_lines": "lines",
    "stage_products": "product_rows",
    "table_without_rows": "firm_columns",
    "whole_workbook": "gathering",
}

__all__ = [
    "TABLE",
    "TABLES",
    "Batch",
    "BrokenRow",
    "Layout",
    "OwnSource",
    "Recognition",
    "Source",
    "Staged",
    "all_layouts",
    "insist_on_file",
    "is_remark",
    "join_campaigns",
    "join_pairs",
    "non_products",
    "open_frame",
    "open_source",
    "own_table",
    "recognise",
    "recognise_table",
    "shaped",
    "source_identity",
    "stage_firm_table",
    "stage_lines",
    "stage_products",
    "table_without_rows",
    "whole_workbook",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"passend.intake has no name '{name}'")
    return getattr(importlib.import_module(f"passend.intake.{_HOMES[name]}"), name)
