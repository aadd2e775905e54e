"""Whoever means no good: hostile calls, tampered tokens, and the whole interface against its description.

The interface of a small shop in this process, guard and doors included: ``python -m benchmarks.serve_hostile``.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from fastapi.testclient import TestClient

from benchmarks.kept import kept
from benchmarks.row import Row, at_most
from benchmarks.showing import show
from passend.api.application import make_application
from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.desk import Desk
from passend.flow.serving.signed_customers import sign_customer, signing_secret
from tests.api.conftest import Shop, opened
from tests.api.described import operations, tried
from tests.api.hostile import hostile
from tests.flow.serving.shop import OFFERED

CALLS, TOKENS, EXAMPLES = 500, 1000, 10
COMMAND = "python -m benchmarks.serve_hostile"
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.= "


def rows() -> Iterator[Row]:
    """The bars of safety."""
    broken, entered = kept(hostile_calls, CALLS, 1)
    yield Row(f"{CALLS} hostile calls", "answers of 5xx", broken, at_most(0, broken), command=COMMAND)
    yield Row(f"{CALLS} hostile calls", "let in without a key", entered, at_most(0, entered), command=COMMAND)
    personal = kept(tampered_tokens, TOKENS, 1)
    yield Row(f"{TOKENS:,} tampered tokens of a customer", "personal answers", personal, at_most(0, personal),
              command=COMMAND)  # fmt: skip
    calls, wrong = kept(described_calls, EXAMPLES)
    yield Row(f"schemathesis, {calls:,} calls on every operation", "5xx, or errors that are no problem+json", wrong,
              at_most(0, wrong), command=COMMAND)  # fmt: skip


def hostile_calls(count: int, seed: int) -> tuple[int, int]:
    """How many were answered with 5xx, and how many got in without a key."""
    with tempfile.TemporaryDirectory(prefix="passend-bench-") as folder:
        shop = opened(Path(folder))
        broken = entered = 0
        for one in hostile(count, seed):
            headers = {**one.headers, **(shop.headers("administrator") if one.with_key else {})}
            answer = shop.client.request(one.method, one.path, content=one.body, headers=headers)
            broken += answer.status_code >= 500
            entered += not one.with_key and answer.status_code < 400
        shop.desk.close()
    return broken, entered


def tampered_tokens(count: int, seed: int) -> int:
    """How many tokens that the shop did not sign got what is meant for the customer."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="passend-bench-") as folder:
        shop = _patient(opened(Path(folder)))
        token = _token(shop)
        if shop.ask("public", customer_token=token).json()["source"] != "customer":
            raise RuntimeError("the token that is not tampered with does not hold")
        personal = 0
        for _ in range(count):
            place = rng.randrange(len(token))
            other = rng.choice([one for one in _LETTERS if one != token[place]])
            bad = rng.choice((token[:place] + other + token[place + 1 :], token[:place], token + other))
            personal += shop.ask("public", customer_token=bad).json()["source"] == "customer"
        shop.desk.close()
    return personal


def _patient(shop: Shop) -> Shop:
    """The same shop without the limit on visitors' calls, so that every attempt is looked at."""
    desk = Desk(shop.desk.folder, (f"serve.visitor_calls_per_minute={10 * TOKENS}",))
    desk.look()
    shop.desk.close()
    return Shop(TestClient(make_application(desk), raise_server_exceptions=False), desk, shop.keys)


def _token(shop: Shop) -> str:
    secret = signing_secret(shop.desk.signer, shop.keys["public"].key.id)
    return sign_customer(secret, OFFERED, utc_now() + timedelta(hours=1))


def described_calls(examples: int) -> tuple[int, int]:
    """How many calls, and how many of them broke something."""
    with tempfile.TemporaryDirectory(prefix="passend-bench-") as folder:
        shop = opened(Path(folder))
        found = [tried(shop, operation, examples, number=2) for operation in operations(shop)]
        shop.desk.close()
    for one in found:
        for line in one.broken:
            print(line, file=sys.stderr)
    return sum(one.calls for one in found), sum(len(one.broken) for one in found)


if __name__ == "__main__":
    sys.exit(show(rows(), as_json="--json" in sys.argv))
