"""Text messages as the settings describe their provider, to a real HTTP server."""

from datetime import datetime
from urllib.parse import parse_qs

import pytest

from passend.channels import Outcome
from passend.channels.safe_line import SafeLine
from passend.channels.sms import SmsChannel
from passend.errors import InvalidSetting
from passend.flow.campaigns.ways import ways_of
from passend.flow.sms_settings import sms_provider
from passend.settings import Settings
from passend.store.connecting import open_store
from passend.testing.channel_suite import message
from passend.workspace import Workspace
from tests.channels.http_server import texts_to, web_server

TWILIO = {
    "sms.fields": '{"To": "{to}", "From": "Radhaus", "Body": "{text}"}',
    "sms.form": "form",
    "sms.authorization": "Basic abc",
    "sms.country": "+43",
}


def test_a_web_form_goes_out_as_the_settings_say():
    with web_server() as web:
        provider = sms_provider(Settings({"sms.url": f"http://127.0.0.1:{web.port}/", **TWILIO}))
        line = SafeLine(timeout=5, allowed=frozenset({"127.0.0.1"}))
        [answer] = SmsChannel(provider, texts_to("0664 123456"), line).send(
            [message(7)], datetime(2026, 5, 4)
        )
        [(headers, body)] = web.got
    assert answer.outcome is Outcome.ACCEPTED
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert headers["authorization"] == "Basic abc"
    told = {name: one for name, [one] in parse_qs(body.decode()).items()}
    assert told == {"To": "+43664123456", "From": "Radhaus", "Body": "Passt: =Kette & <b>Öl</b>"}


def test_what_a_message_says_is_not_filled_in_again():
    provider = sms_provider(Settings({"sms.url": "https://sms.example/"}))
    body, _ = provider.call({"to": "+491", "text": "Your {key} is {to}", "key": "spring/7"})
    assert b'"text": "Your {key} is {to}"' in body
    assert b'"reference": "spring/7"' in body


@pytest.mark.parametrize(
    "fields", ["", "[]", "{", '{"to": "{to}"}', '{"to": "{to}", "text": "{text}", "n": 1}']
)
def test_fields_that_name_no_number_or_text_are_refused(fields):
    with pytest.raises(InvalidSetting, match="cannot be used") as told:
        sms_provider(Settings({"sms.url": "https://sms.example/", "sms.fields": fields}))
    assert told.value.record == "sms.fields"


def test_without_an_address_there_is_no_such_channel(tmp_path):
    workspace = Workspace(tmp_path)
    with open_store(workspace.folder) as store:
        assert "sms" not in ways_of(workspace, store).pushed
        set_up = Workspace(tmp_path, ["sms.url=https://sms.example/"])
        assert isinstance(ways_of(set_up, store).pushed["sms"], SmsChannel)
    with pytest.raises(InvalidSetting, match="No provider"):
        sms_provider(workspace.settings)
