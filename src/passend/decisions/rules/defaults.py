"""The rules of a firm that has stated none: lawful without a single consent, and small.

Offers on the own pages to customers who come by themselves need no consent. E-mail is listed, so that the plan can say
what it would bring, but waits for consents or a legal basis. The desk is used once a team is stated: nobody's time is
given away unasked. Costs and the share of customers
lost to a channel are rough, documented assumptions (see ``docs/decisions.md``), marked as such wherever they count.
"""

from collections.abc import Mapping

from passend.decisions.rules.schema import ChannelRule
from passend.vocabulary import Channel

MOST_OFFERS = 3
WITHIN_DAYS = 30
#: Withdrawals of permission that a plan may cause, of those that contacts without restraint would; and what each costs.
MOST_LOST_SHARE, PERMISSION_WEEKS = 0.24, 52.0

CHANNELS: Mapping[str, ChannelRule] = {
    one.name: one
    for one in (
        ChannelRule(
            Channel.EMAIL, use=True, accepts=("double opt-in", "existing customer"), most_per_customer=1, gap_days=7,
            cost_cents=1.0, unsubscribe_share=0.002, hours=(480, 1200), send_at=600,
        ),
        ChannelRule(
            Channel.ONSITE, use=True, needs="nothing", most_per_customer=3, cost_cents=0.1, unsubscribe_share=0.0,
            placements={"product_page": 3},
        ),
        ChannelRule(
            Channel.DESK, use=False, needs="nothing", most_per_customer=1, cost_cents=60.0, unsubscribe_share=0.0002,
            hours=(480, 1200),
        ),
        ChannelRule(
            Channel.PHONE, use=False, accepts=("double opt-in", "opt-in"), most_per_customer=1, gap_days=30,
            cost_cents=400.0, unsubscribe_share=0.01, hours=(540, 1140), send_at=660,
        ),
        ChannelRule(
            Channel.WEBHOOK, use=False, most_per_customer=1, gap_days=7, cost_cents=1.0, unsubscribe_share=0.002,
            hours=(480, 1200),
        ),
        ChannelRule(Channel.AUDIENCE, use=False, most_per_customer=1, cost_cents=2.0, unsubscribe_share=0.0),
    )
}  # fmt: skip
