"""The report: one HTML file that needs nothing else, for people who decide."""

from passend.report.neighbourhood import picture
from passend.report.page import ReportData, render

__all__ = ["ReportData", "picture", "render"]
