"""What the firm's tables say, as a past: the arrays of a view in place of the engine's rows; see ``flow.pasts``."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from passend.decisions.candidates import Side, side
from passend.decisions.goods import Assortment
from passend.decisions.knowledge import Looks, Past, Sales, Service, Touches
from passend.decisions.knowledge.past import in_order
from passend.decisions.rules.schema import Rules
from passend.market.demand import SERVED
from passend.market.view import Ints, View
from passend.market.world import WEEK
from passend.vocabulary import Channel

_DAY, _NOTICED, _WITHDREW = 24 * 60, (2, 3, 4, 5), 6
#: Service contacts shorter than this leave no row in the firm's table of contacts.
_TOLD_MINUTES = 5
#: Contacts of late are those of a year, as in ``recent_contacts.sql``.
_A_YEAR = 366
_COSTS = {"service": 0.0, "return": 0.0, "order": 0.0}


@dataclass(frozen=True)
class FirmPast:
    """A view as the product sees it: ``known`` has the view's number of each customer of the past."""

    known: Ints
    customers: Side
    products: Side
    past: Past


def firm_past(view: View, rules: Rules) -> FirmPast:
    """The past of a firm on a Monday."""
    sales, traces, contacts = view.sales, view.traces, view.contacts
    costs = _COSTS | {row["kind"]: float(row["amount_cents"]) for row in view.table("costs").to_pylist()}
    seen = traces.kind != SERVED
    served = ~seen & (traces.amount >= _TOLD_MINUTES)
    known = np.unique(np.concatenate([sales.customer, contacts.customer, traces.customer[seen | served]]))
    place = np.full(view.count, -1, np.int64)
    place[known] = np.arange(len(known))
    products = side(view.table("products"), "product_id")
    assortment = Assortment.of(products, rules.values.margin_share)
    goods = assortment.goods
    past = Past(
        len(known), view.today, view.week, goods, assortment.shelf, assortment.department,
        Sales(
            place[sales.customer], sales.product, sales.at / _DAY, sales.discount > 0, sales.returned_at >= 0,
            np.zeros(len(sales.at), np.bool_),
        ),
        Looks(place[traces.customer[seen]], goods.group[traces.product[seen]], traces.at[seen] // WEEK),
        Touches(
            place[contacts.customer], contacts.product, contacts.channel, contacts.at / _DAY, contacts.discount,
            contacts.probability, np.isin(contacts.outcome, _NOTICED), contacts.outcome == _WITHDREW,
            contacts.outcome == 0,
        ),
        Service(place[traces.customer[served]], np.round(traces.amount[served] * costs["service"])),
        costs["order"], costs["return"],
    )  # fmt: skip
    ids = pa.array([f"K{1000 + one}" for one in known.tolist()])
    return FirmPast(known, side(pa.table({"customer_id": ids}), "customer_id"), products, in_order(past))


def consents_of(view: View, firm: FirmPast) -> pa.Table:
    """The latest word of customers on channels."""
    given = view.agreed[firm.known]
    who, channel = np.nonzero(np.ones_like(given))
    return pa.table(
        {
            "customer_id": firm.customers.ids.take(pa.array(who)),
            "channel": pa.array(list(Channel)).take(pa.array(channel)),
            "is_given": pa.array(given.ravel()),
            "basis": pa.repeat(pa.scalar("double opt-in"), given.size),
        }
    )


def contacts_of(view: View, firm: FirmPast) -> pa.Table:
    """Contacts of late."""
    sent = view.contacts.outcome > 0
    days = np.floor(view.week * 7 - view.contacts.at[sent] // _DAY)
    recent = days <= _A_YEAR
    place = np.searchsorted(firm.known, view.contacts.customer[sent][recent])
    return pa.table(
        {
            "customer_id": firm.customers.ids.take(pa.array(place)),
            "channel": pa.array(list(Channel)).take(pa.array(view.contacts.channel[sent][recent])),
            "days_ago": pa.array(days[recent].astype(float)),
        }
    )
