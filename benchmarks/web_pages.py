"""The pages for people: time on the server with a large shop, size, and whether they bar anybody.

python -m benchmarks.web_pages [--customers N] [--json]

Each page is asked for 20 times after once for warming up (what is counted once for each state of the data is told on a
row of its own); times include the session, the template and the packing, without a network. The looks are those of a
real Chromium on the sample shop: axe-core's rules, sideways scroll, what the console and the policy complain about.
"""

from __future__ import annotations

import argparse
import gzip
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.testclient import TestClient

from benchmarks.kept import kept
from benchmarks.large_shop import as_contract, large_shop
from benchmarks.row import Row, at_most
from benchmarks.showing import show
from passend.flow.access.names import cover
from passend.flow.access.sessions import begin_session, form_token
from passend.flow.access.users import add_user
from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.desk import Desk
from passend.web.site import make_site
from passend.web.static import packed_bytes
from passend.web.visits import COOKIE

if TYPE_CHECKING:
    from collections.abc import Iterator

CUSTOMERS, PRODUCTS = 1_000_000, 50_000
CALLS = 20
COMMAND = "python -m benchmarks.web_pages"
_MORE = {
    "customer_facts": "select 'K' || n as customer_id, 4 as orders, 20000 + n % 999 as revenue_cents, "
    "'EUR' as currency, timestamp '2026-08-01' as last_order_at from range({customers}) t(n)",
    "customers": "select 'K' || n as customer_id, 'Name ' || n as name, 'k' || n || '@shop.example' as email "
    "from range({customers}) t(n)",
    "offers": "select 'K' || n as customer_id, k as rank, 'P' || ((n * 13 + k) % {products}) as product_id, "
    "100.0 + (n * 7 + k) % 9999 as value_cents, 'email' as channel, true as chosen, 'EUR' as currency "
    "from range({customers}) t(n), range(1, 4) u(k)",
    "scores": "select 'K' || n as customer_id from range({customers}) t(n)",
    "lines": "select 'O' || n as order_id, 's' as source_id, n as row from range({customers}) t(n)",
    "imports": "select 's' as source_id",
    "returns": "select 'R' || n as return_id, 'O' || n as order_id from range(1000) t(n)",
    "quarantine": "select 's' as source_id, n as row, 'no product' as reason from range(1000) t(n)",
    "plans": "select 1 as plan, 100000.0 as value_cents, 50000.0 as value_low_cents, 200000.0 as value_high_cents, "
    "10.0 as contact_cents, 'EUR' as currency",
    "funnel": "select 1 as plan, n as place, 'library' as step, 1000 - n as offers from range(14) t(n)",
    "limits": "select 1 as plan, n as place from range(6) t(n)",
}
_PAGES = (
    "/", "/data", "/data/aside", "/products", "/products?wanted=product%204", "/products/map", "/products/words",
    "/products/at/P77", "/customers", "/decisions", "/decisions/offers", "/decisions/what-if", "/decisions/rules",
    "/campaigns", "/results", "/desk", "/settings", "/settings/people", "/settings/assumptions", "/settings/changes",
)  # fmt: skip


def rows(customers: int = CUSTOMERS, products: int = PRODUCTS) -> Iterator[Row]:
    """Time and size of every page."""
    measured = kept(measured_pages, customers, products)
    shop = f"{customers:,} customers, {products:,} products"
    for name, told in measured.items():
        bar = at_most(100.0 if name.startswith("search") else 200.0, told["p95"])
        first = f"first {told['first']:.0f} ms"
        yield Row(
            f"{name}; {shop}", "server time, p95 of 20 calls, ms", told["p95"], bar, first, command=COMMAND
        )
    largest = max(measured, key=lambda name: measured[name]["bytes"])
    size = measured[largest]["bytes"] / 1024
    yield Row(
        f"largest page ({largest}), with style and scripts",
        "KB packed",
        size,
        at_most(300.0, size),
        command=COMMAND,
    )


def measured_pages(customers: int, products: int) -> dict[str, dict[str, float]]:
    """Milliseconds and bytes by page."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        _fill(place, customers, products)
        desk = Desk(place)
        desk.look()
        try:
            user = add_user(
                desk.store, "bench", "three odd words", "administrator", who="bench", now=utc_now()
            )
            secret = begin_session(desk.store, user, utc_now())
            client = TestClient(make_site(desk), base_url="http://localhost", cookies={COOKIE: secret})
            pages: dict[str, Any] = {path: (client.get, path, {}) for path in _PAGES}
            pages["/customers/..."] = (client.get, f"/customers/{cover(desk.signer, 'K77')}", {})
            for words in ("product 77", f"K{customers // 2}", "k777@shop"):
                call = {
                    "data": {"form_token": form_token(secret), "wanted": words},
                    "headers": {"hx-request": "true"},
                }
                pages[f"search for '{words}'"] = (client.post, "/search", call)
            return {name: _timed(*one) for name, one in pages.items()}
        finally:
            desk.close()


def _fill(folder: Path, customers: int, products: int) -> None:
    workspace = large_shop(folder, customers, products)
    size = {"customers": customers, "products": products}
    with workspace.change("more of it") as change, workspace.engine() as engine:
        for name, text in _MORE.items():
            engine.load(name, as_contract(name, text.format(**size), is_filled=True))
            change.write(engine, name)


def _timed(call: Any, path: str, how: dict[str, Any]) -> dict[str, float]:
    times, answer = [], None
    for _ in range(CALLS + 1):
        began = time.perf_counter()
        answer = call(path, **how)
        times.append(1000 * (time.perf_counter() - began))
        if answer.status_code != 200:
            raise AssertionError(f"{path}: {answer.status_code}")
    ordered = sorted(times[1:])
    assert answer is not None
    return {
        "first": times[0],
        "p95": ordered[int(0.95 * CALLS) - 1],
        "bytes": float(len(gzip.compress(answer.content)) + packed_bytes()),
    }


def main() -> None:
    """On the command line."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    words.add_argument("--customers", type=int, default=CUSTOMERS)
    words.add_argument("--json", action="store_true")
    given = words.parse_args()
    show(rows(given.customers, PRODUCTS if given.customers >= CUSTOMERS else 5_000), as_json=given.json)


if __name__ == "__main__":
    main()
