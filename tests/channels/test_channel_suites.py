"""Each channel proves itself by the suite that a new one would inherit."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from passend.channels import Answer, Message, Outcome
from passend.channels.audience import AudienceChannel
from passend.channels.email.channel import EmailChannel, Post
from passend.channels.email.sending import Server
from passend.channels.safe_line import SafeLine
from passend.channels.sms import SmsChannel, SmsProvider
from passend.channels.webhook import Hook, WebhookChannel
from passend.testing.channel_suite import ChannelSuite
from tests.channels.http_server import Web, texts_to, web_server
from tests.channels.mail_server import Handler, mail_server
from tests.channels.messages import outgoing

HERE = SafeLine(timeout=5, allowed=frozenset({"127.0.0.1"}))


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as made:
        yield made


class TestWebhook(ChannelSuite):
    @pytest.fixture(autouse=True)
    def _serve(self, web: Web) -> None:
        self.port = web.port

    def open_channel(self, scratch: Path) -> WebhookChannel:
        return WebhookChannel(Hook(f"http://127.0.0.1:{self.port}/hook", "whsec_" + "c2VjcmV0" * 4), HERE)


class TestSms(ChannelSuite):
    @pytest.fixture(autouse=True)
    def _serve(self, web: Web) -> None:
        self.port = web.port

    def open_channel(self, scratch: Path) -> SmsChannel:
        provider = SmsProvider(f"http://127.0.0.1:{self.port}/sms", {"to": "{to}", "text": "{text}"})
        return SmsChannel(provider, texts_to("0171 2345678"), HERE)


class TestAudience(ChannelSuite):
    def open_channel(self, scratch: Path) -> AudienceChannel:
        return AudienceChannel(
            scratch, lambda who: {one: {"email": f"{one}@example.org"} for one in who if one != "nowhere"}
        )


class TestEmail(ChannelSuite):
    @pytest.fixture(autouse=True)
    def _serve(self) -> Iterator[None]:
        with mail_server(Handler()) as port:
            self.port = port
            yield

    def open_channel(self, scratch: Path) -> EmailChannel:
        def prepare(batch, now):
            for one in batch:
                assert isinstance(one, Message)
                if one.customer_id == "nowhere":
                    yield Answer(one.key, Outcome.REFUSED, "no address")
                else:
                    yield outgoing(f"{one.customer_id}@example.org", one.key)

        return EmailChannel(
            Post(Server("127.0.0.1", self.port, "none", connections=2), prepare, lambda *_: None)
        )
