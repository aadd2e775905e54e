"""Campaigns: what they may say, how people walk through them, who comes first. Rules only; rows are in the store."""

from passend.campaigns.graph import Finding, findings, insist
from passend.campaigns.reading import parse_campaign
from passend.campaigns.schema import Audience, Campaign, Caps, Step, Trigger

__all__ = [
    "Audience",
    "Campaign",
    "Caps",
    "Finding",
    "Step",
    "Trigger",
    "findings",
    "insist",
    "parse_campaign",
]
