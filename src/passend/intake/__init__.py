"""Intake: files, databases and frames become lines and product lists, typed and judged, nothing dropped in silence."""

from passend.intake.campaign_tables import join_campaigns
from passend.intake.columns import Recognition, recognise
from passend.intake.firm_columns import TABLE, TABLES, recognise_table, table_without_rows
from passend.intake.firm_rows import stage_firm_table
from passend.intake.frame import open_frame
from passend.intake.gathering import shaped, whole_workbook
from passend.intake.joined import join_pairs
from passend.intake.known import Layout, all_layouts
from passend.intake.lines import stage_lines
from passend.intake.misread import misread
from passend.intake.nonproducts import non_products
from passend.intake.opening import insist_on_file, open_source
from passend.intake.own_tables import OwnSource, own_table
from passend.intake.product_rows import stage_products
from passend.intake.remarks import is_remark
from passend.intake.source import Batch, BrokenRow, Source
from passend.intake.staging import Staged, source_identity

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
    "misread",
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
