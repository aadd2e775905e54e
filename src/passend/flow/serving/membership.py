"""Whether a customer is kept without offers, and whether they may be contacted: the same answers as everywhere."""

from dataclasses import dataclass
from datetime import datetime

from passend.campaigns.consent.standing import Question
from passend.decisions.rules.load import load_rules
from passend.flow.consents import Explanation, explain
from passend.flow.rules_file import rules_text
from passend.kernels.holdout import is_held_out
from passend.settings import Settings
from passend.store import Store
from passend.workspace import Workspace


@dataclass(frozen=True)
class Membership:
    """One customer's place in the firm's hold-out."""

    customer_id: str
    held_out: bool
    share: float


def membership(settings: Settings, customer_id: str) -> Membership:
    """The same answer as everywhere: a stable hash, the salt and the share of the settings."""
    share = settings.number("decisions.holdout_share")
    return Membership(customer_id, is_held_out(customer_id, settings.text("decisions.salt"), share), share)


def consent_of(
    workspace: Workspace, store: Store, customer_id: str, channel: str, now: datetime
) -> Explanation:
    """Whether a customer may be contacted on a channel now, by the firm's rules, and the record that says so."""
    return explain(workspace, store, load_rules(rules_text(workspace)), customer_id, Question(channel, now))
