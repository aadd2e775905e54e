"""Where the market's customers meet the firm: behind the links of mails, on the shop's pages, and at its desk.

Each door is the one that serves real customers; what they say there is what the market says of them.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from passend.channels.links.hits import Hit
from passend.channels.links.pages import Effect
from passend.channels.port import Message, Outcome
from passend.errors import StoreError
from passend.flow.campaigns.desks import teams
from passend.flow.campaigns.pulling import answer, appear, desk_list, respond, shown
from passend.flow.feedback import carry_out
from passend.flow.persons import marker
from passend.market.post import Post, Reaction
from passend.market.world import Market
from passend.store import Store
from passend.workspace import Workspace

#: Where on the shop's pages customers are shown offers.
PAGE = "product_page"
#: Offers that a team works in a week.
_A_WEEK = 200
_CLICKS = ("click", "accept")


@dataclass
class Doors:
    """All doors of one firm.

    Attributes:
        market: its customers.
        store: of the campaigns.
        firm: its workspace.
        channels: on which campaigns contact.
    """

    market: Market
    store: Store
    firm: Workspace
    channels: frozenset[str]
    posts: dict[str, Post] = field(init=False)
    _worked: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """One way to customers a channel of the market."""
        self.posts = {name: Post(self.market, name) for name in ("email", "onsite", "desk")}

    @property
    def taken(self) -> int:
        """Messages and offers that reached customers so far."""
        return sum(post.taken for post in self.posts.values())

    def day(self) -> list[Reaction]:
        """Let a day pass: staff work their lists, customers come by and answer. Returns what they did."""
        since = self.market.now()
        if "desk" in self.channels and since.weekday() == 0:  # its customers answer on Mondays
            self._work_lists(since)
        self.market.step(1)
        now = self.market.now()
        if "onsite" in self.channels:
            self._greet(since, now)
        said = [(name, one) for name, post in self.posts.items() for one in post.reactions()]
        for name, one in said:
            self._heard(name, one, now)
        effects = [effect for name, one in said if name == "email" for effect in _behind_links(one)]
        carry_out(self.store, effects, marker(self.firm), now)
        return [one for _, one in said]

    def _work_lists(self, now: datetime) -> None:
        for team in teams(self.store):
            tasks = desk_list(self.store, team, now, most=_A_WEEK + len(self._worked))
            fresh = [one.message for one in tasks if one.key not in self._worked][:_A_WEEK]
            self._worked |= {one.key for one in fresh}
            list(self.posts["desk"].send(fresh, now))

    def _greet(self, since: datetime, now: datetime) -> None:
        """Show what waits for them to customers who were on the pages."""
        events = self.market.table("events")
        here = pc.greater_equal(events["happened_at"], pa.scalar(since, pa.timestamp("us")))
        for customer in pc.unique(events.filter(here)["customer_id"]).drop_null().to_pylist():
            given: list[Message] = appear(self.store, customer, PAGE, now)
            told = self.posts["onsite"].send(given, now)
            shown(self.store, [one.key for one in told if one.outcome is Outcome.ACCEPTED], now)

    def _heard(self, name: str, one: Reaction, now: datetime) -> None:
        if name == "desk":
            with suppress(StoreError):  # the offer left the list before the customer made up their mind
                answer(self.store, one.key, "accept" if one.says == "accept" else "decline", "staff", now)
        elif name == "onsite" and one.says in _CLICKS:
            with self.store.change() as connection:
                respond(connection, one.key, one.says, one.at, f"market/{one.key}")


def _behind_links(one: Reaction) -> list[Effect]:
    """What a reaction does behind the links of a mail; who only opens leaves no trace."""
    if one.says in _CLICKS:
        return [Effect("hit", {"agent": "market"}, Hit(one.key, 1, "click", "GET", one.at))]
    if one.says == "unsubscribe":
        return [Effect("unsubscribe", {"m": one.key, "c": one.customer_id})]
    return []
