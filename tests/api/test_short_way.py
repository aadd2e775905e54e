"""Questions are answered while the connection is read; everything else, and every oddity, goes the usual way."""

import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from httptools import HttpResponseParser

from passend.api.recommending import MOST_BYTES, PATH
from passend.api.short_way import ShortWay
from tests.api.conftest import ORIGIN, Shop, opened


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shop, int]]:
    """A shop behind a real connection."""
    made = opened(tmp_path_factory.mktemp("shop"))
    config = uvicorn.Config(made.client.app, port=0, log_level="critical", lifespan="off", http=ShortWay)
    door = config.bind_socket()
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([door],))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield made, door.getsockname()[1]
    server.should_exit = True
    thread.join(10)
    made.desk.close()


class Line:
    """One connection, by hand."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.answers: list[tuple[int, dict[bytes, bytes], bytes]] = []
        self._parser = HttpResponseParser(self)
        self._headers: dict[bytes, bytes] = {}
        self._body = b""

    def on_message_begin(self) -> None:
        self._headers, self._body = {}, b""

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self.answers.append((self._parser.get_status_code(), self._headers, self._body))

    def told(self, data: bytes, answers: int = 1) -> list[tuple[int, dict[bytes, bytes], bytes]]:
        """Send bytes, and read so many answers."""
        self.answers = []
        self.socket.sendall(data)
        while len(self.answers) < answers and (read := self.socket.recv(65_536)):
            self._parser.feed_data(read)
        return self.answers

    def is_closed(self) -> bool:
        """Whether the other side hung up."""
        return self.socket.recv(1) == b""


@pytest.fixture
def line(served: tuple[Shop, int]) -> Iterator[Line]:
    """A fresh connection."""
    one = Line(served[1])
    yield one
    one.socket.close()


def call(shop: Shop, role: str = "shop", head: str = "", version: str = "1.1", **asked: object) -> bytes:
    """A question as it goes over the line."""
    body = json.dumps(asked).encode()
    lines = [f"POST {PATH} HTTP/{version}", "Host: shop", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in shop.headers(role).items()]
    return "\r\n".join([*lines, *([head] if head else []), "", ""]).encode() + body


def products(answer: tuple[int, dict[bytes, bytes], bytes]) -> list[str]:
    """Of an answer."""
    return [one["product_id"] for one in json.loads(answer[2])["items"]]


ALIVE = b"GET /health HTTP/1.1\r\nHost: shop\r\n\r\n"


def test_both_ways_say_the_same(served: tuple[Shop, int], line: Line) -> None:
    shop = served[0]
    for asked in (
        {"product": "bike", "explain": True},
        {"customer": "x" * 300},
        {"placement": 'a "b" \u00e4'},
    ):
        usual = shop.ask(**asked)
        ((status, headers, body),) = line.told(call(shop, **asked))
        told = json.loads(body)
        changing = {"recommendation_id"} if status == 200 else set()
        assert status == usual.status_code
        assert {**told, **dict.fromkeys(changing)} == {**usual.json(), **dict.fromkeys(changing)}
        own = {name.decode() for name in headers} - {"date", "server"}
        assert own == set(usual.headers)
    assert b"date" in headers


def test_a_connection_is_kept_and_carries_other_calls_too(served: tuple[Shop, int], line: Line) -> None:
    for _ in range(3):
        assert products(line.told(call(served[0], product="bike", limit=2))[0]) == ["lamp", "helmet"]
        assert line.told(ALIVE)[0][2] == b'{"status":"alive"}'


def test_calls_sent_ahead_are_answered_in_their_order(served: tuple[Shop, int], line: Line) -> None:
    shop = served[0]
    found = line.told(ALIVE + call(shop, product="bike", limit=1) + ALIVE + call(shop, limit=0), 4)
    assert [status for status, _, _ in found] == [200, 200, 200, 422]
    assert products(found[1]) == ["lamp"]
    found = line.told(b"".join(call(shop, product="bike", limit=n) for n in range(1, 4)), 3)
    assert [len(products(one)) for one in found] == [1, 2, 3]


def test_a_call_may_come_in_drops_and_in_chunks(served: tuple[Shop, int], line: Line) -> None:
    whole = call(served[0], product="bike", limit=1)
    for place in range(len(whole) - 1):
        line.socket.sendall(whole[place : place + 1])
    assert products(line.told(whole[-1:])[0]) == ["lamp"]
    head, body = whole.split(b"\r\n\r\n")
    head = head.replace(b"Content-Length: %d" % len(body), b"Transfer-Encoding: chunked")
    assert products(line.told(b"%s\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (head, len(body), body))[0]) == ["lamp"]


def test_what_is_too_large_is_told_and_not_kept(served: tuple[Shop, int], line: Line) -> None:
    ((status, headers, _),) = line.told(call(served[0], product="x" * 10 * MOST_BYTES))
    assert (status, headers[b"content-type"]) == (413, b"application/problem+json")
    assert products(line.told(call(served[0], product="bike", limit=1))[0]) == ["lamp"]


def test_whoever_wants_to_go_may(served: tuple[Shop, int]) -> None:
    shop = served[0]
    for asked in (
        call(shop, head="Connection: close", product="bike"),
        call(shop, version="1.0", product="bike"),
    ):
        line = Line(served[1])
        ((status, headers, _),) = line.told(asked)
        assert (status, headers[b"connection"]) == (200, b"close")
        assert line.is_closed()
        line.socket.close()


def test_whoever_asks_before_sending_is_told_to_go_on(served: tuple[Shop, int], line: Line) -> None:
    head, body = call(served[0], head="Expect: 100-continue", product="bike", limit=1).split(b"\r\n\r\n")
    assert line.told(head + b"\r\n\r\n")[0][0] == 100
    assert products(line.told(body)[0]) == ["lamp"]


def test_nonsense_is_a_bad_call_and_other_methods_are_not_questions(served: tuple[Shop, int]) -> None:
    for nonsense, wanted in (
        (b"\x16\x03\x01" + b"\x00" * 60, 400),
        (b"POST " + PATH.encode() + b" HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy", 400),
        (b"GET " + PATH.encode() + b" HTTP/1.1\r\nHost: shop\r\n\r\n", 405),
        (b"POST " + PATH.encode() + b"/x HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\n\r\n", 404),
    ):
        line = Line(served[1])
        assert line.told(nonsense)[0][0] == wanted, nonsense
        line.socket.close()


def test_pages_may_read_it_and_no_line_can_be_smuggled_in(served: tuple[Shop, int], line: Line) -> None:
    shop = served[0]
    ((_, headers, _),) = line.told(call(shop, "public", product="bike"))
    assert headers[b"access-control-allow-origin"] == ORIGIN.encode()
    ((_, headers, _),) = line.told(call(shop, head="Origin: https://a.example\tX", product="bike"))
    assert b"access-control-allow-origin" not in headers
