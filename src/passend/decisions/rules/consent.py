"""Step three: what the law, the customer's word and the firm's peace rules permit, channel by channel.

The latest word of a customer on a channel counts. A refusal is a wall, on every channel. Where a channel needs
consent and there is none, the offer waits, and the funnel says so. The one exception is that for existing customers in
German law (UWG 7(3)): e-mail to an address from a sale, for the firm's own *similar* goods, without objection, with
notice at collection and in each message. Courts read "similar" narrowly, so the offered product must be of the same
category as one that the customer bought, or a better one or a replacement for it; which one is stored with the offer.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from passend.decisions.candidates import KINDS, Candidates
from passend.decisions.reasons import Losses, Reason
from passend.decisions.rules.schema import ChannelRule, Rules


@dataclass(frozen=True)
class Permission:
    """On which ground each candidate may be sent.

    Attributes:
        ground: int8 (candidates), the place in ``GROUNDS``.
        similar_to: int32 (candidates), code of the bought product to which it is similar, -1 where that is not needed.
    """

    ground: NDArray[np.int8]
    similar_to: NDArray[np.int32]


GROUNDS = ("not needed", "double opt-in", "opt-in", "existing customer")


def stop_forbidden(
    made: Candidates, rules: Rules, losses: Losses, consents: pa.Table | None, contacts: pa.Table | None
) -> Permission:
    """Note what consent, gaps and contact caps forbid; returns the ground of what they permit.

    Args:
        made: the candidates.
        rules: the firm's rules.
        losses: is written.
        consents: the latest word of customers on channels: customer_id, channel, is_given, basis.
        contacts: contacts of late, outwards: customer_id, channel, days_ago.
    """
    ground = np.zeros(len(made), np.int8)
    similar = _similar(made)
    similar_to = np.full(len(made), -1, np.int32)
    for code, name in enumerate(made.channels):
        rule = rules.channels[name]
        here = made.channel == code
        refused, given = _words(made, name, consents)
        losses.stop(
            Reason("permitted", f"objected: {name}", f"the customer does not want offers by {name}"),
            here & refused[made.customer],
        )
        if rule.needs == "nothing":
            continue
        basis = _basis(rule, given)[made.customer]
        losses.stop(
            Reason(
                "permitted",
                f"consent without basis: {name}",
                f"the consent to {name} names no basis that the rules accept: name it in the table 'consents', "
                "e.g. double opt-in",
            ),
            here & (basis < 0) & (given >= 0)[made.customer],
        )
        says = _needs(name, known=consents is not None and consents.num_rows > 0)
        losses.stop(Reason("permitted", f"needs consent: {name}", says), here & (basis < 0))
        exception = here & (basis == GROUNDS.index("existing customer"))
        losses.stop(
            Reason(
                "permitted",
                f"not similar: {name}",
                f"without consent, {name} may only show goods similar to those bought (German UWG 7(3))",
            ),
            exception & (similar < 0),
        )
        ground[here] = np.maximum(basis[here], 0)
        similar_to[exception] = similar[exception]
    _stop_too_many(made, rules, losses, contacts)
    return Permission(ground, similar_to)


def permitted(made: Candidates, rule: ChannelRule, consents: pa.Table | None) -> NDArray[np.bool_]:
    """By customer, whether the law and the customer's word allow a contact on a channel at all."""
    refused, given = _words(made, rule.name, consents)
    return ~refused & ((rule.needs == "nothing") | (_basis(rule, given) >= 0))


def _needs(name: str, *, known: bool) -> str:
    if known:
        return f"{name} needs consent, and the customer has given none"
    basis = " or state a legal basis in rules.yaml" if name == "email" else ""
    return f"{name} needs consent: give a table 'consents'{basis}"


def _words(
    made: Candidates, channel: str, consents: pa.Table | None
) -> tuple[NDArray[np.bool_], NDArray[np.int8]]:
    """Who refused the channel, and on which ground (or -1) the others agreed."""
    refused = np.zeros(len(made.customers), np.bool_)
    given = np.full(len(made.customers), -1, np.int8)
    if consents is None or not consents.num_rows:
        return refused, given
    here = np.asarray(consents["channel"].to_pylist(), dtype=object) == channel
    who = made.customers.codes_of(consents["customer_id"].cast(pa.string()))
    word = np.asarray(consents["is_given"].to_pylist(), dtype=np.bool_)
    basis = np.asarray(
        [
            GROUNDS.index(one) if one in GROUNDS else GROUNDS.index("opt-in")
            for one in consents["basis"].to_pylist()
        ],
        dtype=np.int8,
    )
    known = here & (who >= 0)
    refused[who[known & ~word]] = True
    given[who[known & word]] = basis[known & word]
    return refused, given


def _basis(rule: ChannelRule, given: NDArray[np.int8]) -> NDArray[np.int8]:
    """The ground on which each customer may be contacted, -1 for none."""
    accepted = np.isin(given, [GROUNDS.index(word) for word in rule.accepts])
    basis = np.where(accepted, given, -1).astype(np.int8)
    if rule.legal_basis == "existing customer":
        basis[basis < 0] = GROUNDS.index("existing customer")
    return basis


def _similar(made: Candidates) -> NDArray[np.int32]:
    """The bought product that makes an offer one of similar goods, -1 where none does."""
    because, kind = made.pairs.because[made.pair], made.pairs.kind[made.pair]
    categories = made.products.texts("category")
    _, code = np.unique(categories, return_inverse=True)
    named = (categories != "")[made.product] & (because >= 0)
    alike = named & (code[made.product] == code[because])
    replaces = np.isin(kind, [KINDS.index("upgrade"), KINDS.index("substitute")]) & (because >= 0)
    return np.where(alike | replaces, because, -1).astype(np.int32)


def _stop_too_many(made: Candidates, rules: Rules, losses: Losses, contacts: pa.Table | None) -> None:
    """Gaps after the last contact, and caps on contacts within some days."""
    if contacts is None or not contacts.num_rows:
        return
    who = made.customers.codes_of(contacts["customer_id"].cast(pa.string()))
    days = np.asarray(contacts["days_ago"].to_pylist(), dtype=np.float64)
    by = np.asarray(contacts["channel"].to_pylist(), dtype=object)
    for name in (None, *made.channels):
        rule = rules.channels[name] if name else None
        gap = rule.gap_days if rule else rules.gap_days
        most = rule.most_contacts if rule else rules.most_contacts
        mine = (who >= 0) & ((by == name) if name else np.ones(len(by), np.bool_))
        last = np.full(len(made.customers), np.inf)
        np.minimum.at(last, who[mine], days[mine])
        counted = np.bincount(who[mine & (days < rules.within_days)], minlength=len(made.customers))
        here = made.channel == made.channels.index(name) if name else np.ones(len(made), np.bool_)
        place = name or "any channel"
        losses.stop(
            Reason("permitted", f"gap: {place}", f"was contacted on {place} less than {gap} days ago"),
            here & (last < gap)[made.customer],
        )
        if most is not None:
            says = f"had {most} contacts on {place} within {rules.within_days} days already"
            losses.stop(
                Reason("permitted", f"contacts: {place}", says), here & (counted >= most)[made.customer]
            )


def contacts_left(
    made: Candidates, rules: Rules, contacts: pa.Table | None
) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Offers that each customer may still get, in all and by channel (customers x channels)."""
    room = np.full(len(made.customers), rules.most_offers, np.int64)
    by_channel = np.tile(
        [rules.channels[name].room for name in made.channels], (len(made.customers), 1)
    ).astype(np.int64)
    who, by = np.zeros(0, np.int32), np.zeros(0, object)
    if contacts is not None and contacts.num_rows:
        recent = np.asarray(contacts["days_ago"].to_pylist(), dtype=np.float64) < rules.within_days
        who = made.customers.codes_of(contacts["customer_id"].cast(pa.string()))
        by = np.asarray(contacts["channel"].to_pylist(), dtype=object)
        who, by = who[recent & (who >= 0)], by[recent & (who >= 0)]
    if rules.most_contacts is not None:
        room = np.minimum(room, rules.most_contacts - np.bincount(who, minlength=len(room)))
    for code, name in enumerate(made.channels):
        most = rules.channels[name].most_contacts
        if most is not None:
            left = most - np.bincount(who[by == name], minlength=len(room))
            by_channel[:, code] = np.minimum(by_channel[:, code], left)
    return np.maximum(room, 0).astype(np.int16), np.maximum(by_channel, 0).astype(np.int16)
