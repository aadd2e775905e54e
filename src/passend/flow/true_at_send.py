"""Whether messages may still leave when they are written: the customer's word, the plan, price, stock, a code left."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from passend.channels import Answer, Message, Outcome
from passend.errors import PassendError
from passend.flow.campaigns.messages import Permit
from passend.flow.mail_facts import MailFacts, facts_now
from passend.store.shelf import take_coupon

T = TypeVar("T")


@dataclass(frozen=True)
class TrueNow:
    """What holds for some messages at one moment.

    Attributes:
        facts: of their people and products, to write them from.
        turned: message -> why it does not leave, or not yet.
        codes: message -> the single-use code that is now its customer's.
    """

    facts: MailFacts
    turned: Mapping[str, Answer]
    codes: Mapping[str, str]


def true_now(
    connection: Connection, batch: Sequence[Message], now: datetime, permit: Permit | None
) -> TrueNow:
    """Look at some messages in one transaction; codes are taken only for those that may leave."""
    facts = facts_now(connection, batch, now)
    turned = dict(permit(connection, batch, now)) if permit else {}
    codes: dict[str, str] = {}
    for one in batch:
        if one.key in turned:
            continue
        if reason := facts.why_not(one):
            turned[one.key] = Answer(one.key, Outcome.REFUSED, *reason)
        elif pool := one.content.get("coupons"):
            code = take_coupon(connection, str(pool), one.key, now)
            if code is None:
                turned[one.key] = Answer(one.key, Outcome.DEFERRED, "no code left", f"coupons/{pool}")
            else:
                codes[one.key] = code
    return TrueNow(facts, turned, codes)


def written(batch: Sequence[Message], true: TrueNow, write: Callable[[Message], T]) -> Iterator[T | Answer]:
    """Each message as it leaves, or why it does not: it was turned away, or cannot be written for its customer."""
    for one in batch:
        if one.key in true.turned:
            yield true.turned[one.key]
            continue
        try:
            made: T | Answer = write(one)
        except PassendError as problem:
            made = Answer(one.key, Outcome.REFUSED, type(problem).__name__, str(problem))
        yield made
