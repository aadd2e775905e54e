"""A web server on loopback that keeps what it is sent and answers as a test tells it to."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from passend.channels import Message
from passend.channels.sms import Text


class Web:
    """What the server got, and what it answers: by customer, else ``status``."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        self.by_customer: dict[str, int] = {"nowhere": 404}
        self.headers: dict[str, str] = {}
        self.port = 0

    def answer(self, body: bytes) -> int:
        said: Any = json.loads(body) if body.startswith(b"{") else None
        customer = said.get("data", {}).get("customer_id", "") if isinstance(said, dict) else ""
        return self.by_customer.get(customer, self.status)


@contextmanager
def web_server() -> Iterator[Web]:
    """A server for the length of the block."""
    web = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            web.got.append(({key.lower(): value for key, value in self.headers.items()}, body))
            self.send_response(web.answer(body))
            for name, value in web.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()


def texts_to(number: str):
    """What writes text messages where nothing is looked up: the product's name, to one number or to nobody."""

    def write(batch: Sequence[Message], now: datetime) -> Iterator[Text]:
        for one in batch:
            words = f"Passt: {one.content['product_name']}"
            yield Text(one.key, one.customer_id, "" if one.customer_id == "nowhere" else number, words)

    return write
