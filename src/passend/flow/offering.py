"""From the firm's contacts to ``offer_effects`` and ``learned_effects``: what a contact adds for each recommended pair.

Learned from a sample of customers and applied to the recommended pairs block by block. A firm without contacts pays
for one count.
"""

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from passend.customers.offer_effects.effects import DAYS, LEAST_COUNTED, Effects, learn_effects
from passend.decisions.candidates import KINDS
from passend.decisions.priors import BY_CHANNEL
from passend.flow.offered import CHANNELS, Past, fetched
from passend.ports import Engine
from passend.tables import contract
from passend.vocabulary import CannotBeMeasured, Channel

#: Customers to learn from, with offers and without; offers to them; customers judged at once.
_OFFERED, _OTHERS, _MOST_OFFERS, _BLOCK = 6000, 2000, 120_000, 5000


def offer_effects(engine: Engine) -> tuple[pa.Table, pa.Table]:
    """The effects of the pairs in ``recommendations``, and of each kind of offer; why there are none, where so."""
    contacts = fetched(engine, "logged_offers")
    if not contacts.num_rows:
        return contract("offer_effects").empty(), contract("learned_effects").empty()
    with threadpool_limits(1, user_api="blas"):
        past = Past(engine, contacts.sort_by("contact_id"))
        found = _learned(past)
        effects = _judged(past, found) if isinstance(found, Effects) else contract("offer_effects").empty()
    return contract("offer_effects").check(effects), contract("learned_effects").check(_told(past, found))


def _learned(past: Past) -> Effects | CannotBeMeasured:
    """Effects from a sample of customers, or why there are none."""
    rng = np.random.default_rng(1)
    number = np.bincount(past.offered.customer, minlength=len(past.customers))
    asked = rng.permutation(np.flatnonzero(number))[:_OFFERED]
    asked = asked[: max(200, int(np.searchsorted(np.cumsum(number[asked]), _MOST_OFFERS)))]
    others = rng.permutation(np.setdiff1d(past.buyers, past.offered.customer))[:_OTHERS]
    who = np.sort(np.concatenate([asked, others]))
    history, day = past.history(who)
    prior = np.array([BY_CHANNEL[Channel(name)] for name in CHANNELS])
    return learn_effects(history, day, past.offers_to(who), past.end, (len(KINDS), prior))


def _judged(past: Past, effects: Effects) -> pa.Table:
    """The effect of every recommended pair."""
    table, who, pairs, share = past.recommended()
    count, week = len(who), int(past.end // DAYS)
    base = np.full(count, np.nan)
    found = {code: np.full((4, count), np.nan) for code in effects.channels}
    people, first = np.unique(who, return_index=True)
    ends = np.append(first, count)
    for begin in range(0, len(people), _BLOCK):
        block = people[begin : begin + _BLOCK]
        rows = slice(ends[begin], ends[begin + len(block)])
        history, _ = past.history(block)
        chance, by_channel = effects.of(history, week, pairs.rows(rows, block))
        base[rows] = chance * share[rows]
        for code, one in by_channel.items():
            found[code][:, rows] = one.effect, one.low, one.high, one.contacts
    columns = {"customer_id": table["customer_id"], "product_id": table["product_id"]}
    columns["base_probability"] = pa.array(base)
    for code, name in enumerate(CHANNELS):
        for place, what in enumerate(("effect", "low", "high", "contacts")):
            values = pa.array(found[code][place]) if code in found else pa.nulls(count, pa.float64())
            columns[f"{name}_{what}"] = values
    return pa.table(columns)


def _told(past: Past, found: Effects | CannotBeMeasured) -> pa.Table:
    """A row for all contacts, which says how the effects are known; and one for each kind with contacts enough."""
    sent = int((~past.offered.is_held_out).sum())
    rows: list[dict[str, object]] = [
        {"channel": "all", "type": "all", "subject": "all", "contacts": sent, "basis": _basis(found)}
    ]
    if isinstance(found, Effects):
        sizes = found.sizes
        for channel, kind, group in zip(*np.nonzero(sizes.of_type >= LEAST_COUNTED), strict=True):
            size, sd = float(sizes.mean[channel, kind, group]), float(sizes.sd[channel, kind, group])
            rows.append(
                {
                    "channel": CHANNELS[channel], "type": KINDS[kind], "subject": past.names[group],
                    "contacts": int(sizes.of_type[channel, kind, group]), "effect": size,
                    "effect_low": size - 1.96 * sd, "effect_high": size + 1.96 * sd, "basis": "measured",
                }
            )  # fmt: skip
    return pa.Table.from_pylist(rows, schema=contract("learned_effects").schema)


def _basis(found: Effects | CannotBeMeasured) -> str:
    if isinstance(found, Effects):
        return found.basis
    return f"cannot be measured: {found.reason} To do: {found.remedy}."
