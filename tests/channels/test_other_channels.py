"""Webhooks that cannot be turned against the firm, audiences, text messages and codes."""

import csv
import hashlib
import json
import socket
import threading
import time
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from passend.channels import Message, Outcome
from passend.channels.audience import AudienceChannel, e164, harmless, hashed_email, hashed_phone
from passend.channels.codes import SIGNS, Code, attributed, check_sign, new_codes, typed
from passend.channels.safe_line import SafeLine, is_outside
from passend.channels.sms import SmsChannel, SmsProvider, parts_of
from passend.channels.webhook import WAITS, Hook, WebhookChannel
from passend.errors import InvalidAddress, InvalidInput
from passend.testing.channel_suite import message
from tests.channels.http_server import texts_to, web_server

NOW = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
SECRET = "whsec_" + "c2VjcmV0" * 4
HERE = SafeLine(timeout=5, allowed=frozenset({"127.0.0.1"}))


def called(channel: WebhookChannel, now: datetime = NOW, **more):
    [answer] = channel.send(
        [Message("k/1", "kim", "spring", 1, "tell", "webhook", product_id="P", **more)], now
    )
    return answer


def test_a_call_is_signed_with_its_own_time_however_long_the_batch_has_waited():
    with web_server() as web:
        called(WebhookChannel(Hook(f"http://127.0.0.1:{web.port}/", SECRET), HERE), NOW - timedelta(hours=1))
        [(headers, body)] = web.got
    assert Webhook(SECRET).verify(body, headers)["data"]["customer_id"] == "kim"


def test_a_webhook_is_signed_by_the_standard_and_its_id_is_the_key():
    with web_server() as web:
        assert (
            called(WebhookChannel(Hook(f"http://127.0.0.1:{web.port}/", SECRET), HERE)).outcome
            is Outcome.ACCEPTED
        )
        [(headers, body)] = web.got
    told = Webhook(SECRET).verify(body, headers)
    assert headers["webhook-id"] == "k/1"
    assert told["data"]["customer_id"] == "kim"
    with pytest.raises(Exception, match="signature"):
        Webhook(SECRET).verify(body + b" ", headers)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(204, Outcome.ACCEPTED), (302, Outcome.REFUSED), (400, Outcome.REFUSED), (410, Outcome.REFUSED),
     (429, Outcome.DEFERRED), (500, Outcome.DEFERRED), (503, Outcome.DEFERRED)],
)  # fmt: skip
def test_answers_of_webhooks(status: int, outcome: Outcome):
    with web_server() as web:
        web.status, web.headers = status, {"Location": "http://169.254.169.254/", "Retry-After": "7200"}
        answer = called(WebhookChannel(Hook(f"http://127.0.0.1:{web.port}/", SECRET), HERE))
    assert (answer.outcome, answer.code) == (outcome, str(status))
    assert (answer.retry_at is not None) == (outcome is Outcome.DEFERRED)
    if answer.retry_at:
        assert answer.retry_at >= NOW + timedelta(hours=2)


def test_retries_go_over_days_and_not_all_at_once():
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        channel = WebhookChannel(Hook(f"http://127.0.0.1:{free.getsockname()[1]}/", SECRET), HERE, seed=1)
        for attempt in (0, 3, 7, 20):
            waits = {called(channel, attempts=attempt).retry_at - NOW for _ in range(5)}
            usual = WAITS[min(attempt, 7)]
            assert len(waits) == 5
            assert all(usual * 0.79 < wait < usual * 1.21 for wait in waits)


def test_a_host_that_hangs_holds_up_few_calls():
    with closing(socket.socket()) as hangs:
        hangs.bind(("127.0.0.1", 0))
        hangs.listen(1)
        line = SafeLine(timeout=0.05, allowed=frozenset({"127.0.0.1"}))
        channel = WebhookChannel(Hook(f"http://127.0.0.1:{hangs.getsockname()[1]}/", SECRET), line, at_once=4)
        batch = [Message(f"k/{n}", "kim", "spring", 1, "tell", "webhook") for n in range(40)]
        answers = list(channel.send(batch, NOW))
    assert all(one.is_down and one.outcome is Outcome.DEFERRED for one in answers)
    assert sum("has not answered" in one.diagnostic for one in answers) >= 32
    assert all(one.retry_at > NOW for one in answers)


def test_a_host_that_answers_drop_by_drop_is_cut_off():
    with closing(socket.socket()) as drips:
        drips.bind(("127.0.0.1", 0))
        drips.listen(1)
        stop = threading.Event()

        def drip() -> None:
            line, _ = drips.accept()
            with closing(line), suppress(OSError):
                while not stop.wait(0.04):
                    line.send(b"H")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        line = SafeLine(timeout=0.2, allowed=frozenset({"127.0.0.1"}))
        begun = time.monotonic()
        answer = called(WebhookChannel(Hook(f"http://127.0.0.1:{drips.getsockname()[1]}/", SECRET), line))
        stop.set()
        thread.join(5)
    assert answer.outcome is Outcome.DEFERRED
    assert time.monotonic() - begun < 4


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
     "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::", "x"],
)  # fmt: skip
def test_addresses_of_ones_own_network_are_refused(address: str):
    assert not is_outside(address)
    answer = called(
        WebhookChannel(Hook("http://hook.example/", SECRET), SafeLine(resolve=lambda *_: [address]))
    )
    assert (answer.outcome, answer.code) == (Outcome.REFUSED, "address")


def test_public_addresses_are_outside():
    assert is_outside("93.184.216.34")
    assert is_outside("2606:2800:220:1::1")


def test_a_name_that_changes_its_mind_gains_nothing():
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with web_server() as web:
        line = SafeLine(timeout=5, allowed=frozenset({"127.0.0.1"}), resolve=resolve)
        channel = WebhookChannel(Hook(f"http://changes.example:{web.port}/", SECRET), line)
        assert called(channel).outcome is Outcome.ACCEPTED
        assert web.got[0][0]["host"] == f"changes.example:{web.port}"
    assert asked == ["changes.example"], "asked once, and the very answer was connected to"


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "gopher://x", "http://", "https://me:secret@x.example/", "x"]
)
def test_only_web_addresses_are_posted_to(url: str):
    with pytest.raises(InvalidAddress):
        SafeLine().post(url, b"", {})


def test_hashes_are_those_of_customer_match():
    plain = hashlib.sha256(b"johndoe@gmail.com").hexdigest()
    assert hashed_email(" John.Doe+shop@Gmail.com ") == plain
    assert hashed_email("john.doe@example.org") == hashlib.sha256(b"john.doe@example.org").hexdigest()
    assert hashed_phone("0171 / 234-5678") == hashlib.sha256(b"+491712345678").hexdigest()
    assert (hashed_email("x"), hashed_phone("12")) == ("", "")


@pytest.mark.parametrize(
    ("said", "number"),
    [("0171 2345678", "+491712345678"), ("+49 (0)171 2345678", "+491712345678"), ("0049 171 2345678", "+491712345678"),
     ("+1 650-555-0100", "+16505550100"), ("", ""), ("12", ""), ("+0171", "")],
)  # fmt: skip
def test_telephone_numbers(said: str, number: str):
    assert e164(said) == number


def test_a_spreadsheet_runs_no_formula():
    for text in ("=1+1", "+cmd|x", "-2", "@SUM(A1)", "\t=1"):
        assert harmless(text) == f"'{text}"
    assert harmless("+491712345678") == "+491712345678"
    assert harmless("Kette = gut") == "Kette = gut"


def test_an_audience_file_holds_each_customer_once(tmp_path):
    channel = AudienceChannel(
        tmp_path, lambda who: {one: {"email": f"{one}@x.org"} for one in who}, "hubspot"
    )
    for _ in range(2):
        list(channel.send([message(1), message(2)], NOW))
    [file] = tmp_path.glob("*")
    rows = list(csv.reader(file.open(encoding="utf-8")))
    assert rows[0][0] == "Customer number"
    assert [row[0] for row in rows[1:]] == ["c1", "c2"]
    assert rows[1][4] == "'=Kette & <b>Öl</b>"


def test_text_messages_go_to_the_number_with_their_text():
    with web_server() as web:
        form = {"to": "{to}", "body": "Hallo: {text}", "ref": "{key}"}
        provider = SmsProvider(f"http://127.0.0.1:{web.port}/", form, {"Authorization": "Bearer t"})
        channel = SmsChannel(provider, texts_to("0171 2345678"), HERE)
        [answer] = channel.send([message(7)], NOW)
        assert answer.outcome is Outcome.ACCEPTED
        [(headers, body)] = web.got
    assert headers["authorization"] == "Bearer t"
    told = {"to": "+491712345678", "body": "Hallo: Passt: =Kette & <b>Öl</b>", "ref": "spring/7"}
    assert json.loads(body) == told


def test_a_text_message_whose_answer_is_lost_is_unclear_unless_doubles_are_dropped():
    class Lost(SafeLine):
        def post(self, url, body, headers):
            raise TimeoutError("timed out")

    for drops, outcome in ((False, Outcome.UNCLEAR), (True, Outcome.DEFERRED)):
        provider = SmsProvider("https://sms.example/", {}, drops_doubles=drops)
        channel = SmsChannel(provider, texts_to("0171 2345678"), Lost())
        assert next(iter(channel.send([message(1)], NOW))).outcome is outcome


def test_what_a_text_costs_in_messages():
    assert [parts_of(text) for text in ("a" * 160, "a" * 161, "ж" * 70, "ж" * 71, "ä" * 160)] == [
        1,
        2,
        1,
        2,
        1,
    ]


def test_codes_are_different_checked_and_never_too_easy():
    codes = new_codes(500, prefix="RAD")
    assert len(set(codes)) == 500
    for code in codes:
        body = code.removeprefix("RAD")
        assert check_sign(body[:-1]) == body[-1]
        assert set(body) <= set(SIGNS)
    with pytest.raises(InvalidInput):
        new_codes(1000, length=4)


def test_a_wrong_sign_is_no_other_code():
    body = "K7QM3XA"
    whole = body + check_sign(body)
    for place in range(len(body)):
        for sign in set(SIGNS) - {whole[place]}:
            wrong = whole[:place] + sign + whole[place + 1 :]
            assert check_sign(wrong[:-1]) != wrong[-1]


def test_an_order_leads_to_the_partner_whose_code_it_carries():
    codes = [Code("RAD-AB23", "Club"), Code("OLD22", "Blog", ends_at=NOW)]
    orders = [
        ("o1", " rad ab23", NOW),
        ("o2", "OLD22", NOW),
        ("o3", "old22", NOW - timedelta(1)),
        ("o4", "?", NOW),
    ]
    assert attributed(orders, codes) == {"o1": "Club", "o3": "Blog"}
    assert typed(" rad-ab23") == "RADAB23"
