"""What changed rules would have earned on the offers that were made with known chances."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from passend.decisions.candidates import candidates, side
from passend.decisions.reasons import Losses
from passend.decisions.replay import CannotReplay, Replay, replay
from passend.decisions.rules import Rules, findings, insist, load_rules
from passend.decisions.rules.eligibility import stop_by_gates
from passend.flow.assumed_rules import rules_in_force
from passend.flow.rules_file import rules_text
from passend.flow.steps import run_steps, statement, steps_to_choice
from passend.ports import Engine, Progress
from passend.tables.frames import plain
from passend.vocabulary import Channel
from passend.workspace import Workspace

#: What is asked of customers and products, and the date that it holds on.
_SIDES = ("decision_date", "decision_customers", "decision_products")


def replay_rules(workspace: Workspace, changes: Sequence[str], progress: Progress) -> Replay | CannotReplay:
    """Judge ``rules.yaml``, with changes, on the logged contacts.

    Each logged offer that the rules forbid is replaced by no offer; what that earns is known from the customers who
    were held out. Judged are the channels in use and the rules ``never`` and ``only``; facts on customers are those of
    today. Reward is the margin of all purchases within ``decisions.replay_days`` after the contact, less its cost.
    """
    rules = load_rules(rules_text(workspace), changes)
    insist(findings(rules))
    progress.step("Reading what was offered, and bought afterwards")
    with workspace.engine() as engine:
        sides = [step for step in steps_to_choice() if step.table in _SIDES]
        run_steps(engine, sides, workspace.settings, progress)
        engine.create("logged_decisions", statement("decisions", "logged_decisions", workspace.settings))
        log = plain(engine.fetch("logged_decisions")).sort_by("contact_id")
        if not log.num_rows:
            return CannotReplay(
                "No contact says with which chance it was made.",
                "Let plans explore and keep a hold-out; import the contacts with their column 'probability'.",
            )
        rules = rules_in_force(engine, workspace.settings, rules)
        if any(one.asks_for_owned or not one.when.is_empty for one in rules.gates):
            return CannotReplay(
                "A rule asks what customers have or in which month it is, and that has changed since the contacts.",
                "Leave rules with owns, bought_within_days or months out of what you try.",
            )
        permitted = _permitted(engine, rules, log)
    chance = log["probability"].to_numpy()
    held = log["is_held_out"].to_numpy(zero_copy_only=False)
    new = np.where(permitted, chance, np.where(held, 1.0, 0.0))
    margin = (
        log["known_margin_cents"].to_numpy()
        + rules.values.margin_share * log["other_revenue_cents"].to_numpy()
    )
    reward = margin - np.where(held, 0.0, log["cost_cents"].to_numpy())
    return replay(
        {
            "probability": chance,
            "reward": reward,
            "new_probability": new,
            "cluster": log["customer_id"].to_pylist(),
        }
    )


def _permitted(engine: Engine, rules: Rules, log: pa.Table) -> NDArray[np.bool_]:
    """Which logged offers the rules still permit."""
    customers = side(plain(engine.fetch("decision_customers")), "customer_id")
    products = side(plain(engine.fetch("decision_products")), "product_id")
    who, what = customers.codes_of(log["customer_id"]), products.codes_of(log["product_id"])
    channels = tuple(Channel)
    at = np.array([channels.index(name) if name in channels else -1 for name in log["channel"].to_pylist()])
    known = (who >= 0) & (what >= 0) & (at >= 0)
    key = (who.astype(np.int64) * (len(products) + 1) + what) * len(channels) + at
    _, first, place = np.unique(key[known], return_index=True, return_inverse=True)
    rows = np.flatnonzero(known)[first]
    as_of: datetime = pc.max(customers.facts["as_of"]).as_py() or datetime(1970, 1, 1)
    fits = log.select(["customer_id", "product_id", "channel"]).take(pa.array(rows))
    made = candidates(customers, products, fits, channels, as_of)
    losses = Losses(np.full(len(made), -1, np.int16))
    stop_by_gates(made, rules, losses, None)
    used = np.array([rules.channels[name].use for name in channels])
    allowed = np.ones(log.num_rows, np.bool_)
    allowed[known] = (losses.alive & used[made.channel])[place.ravel()]
    return allowed
