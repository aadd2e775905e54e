"""The suite with which a channel proves itself: inherit it, and say how the channel is opened.

class TestMyChannel(ChannelSuite):
    def open_channel(self, scratch: Path) -> PushChannel:
        return MyChannel(...)

The other side must take whatever it is given; a customer called ``nowhere`` can be reached by no means.
"""

# ruff: noqa: D102, S101 - a suite of tests asserts, and its names say what it tries

from datetime import datetime
from pathlib import Path

import pytest

from passend.channels.port import Message, Outcome, PushChannel

NOW = datetime(2026, 3, 2, 9, 30)


def message(number: int, customer: str = "") -> Message:
    """A message to try a channel with."""
    content = {
        "product_name": "=Kette & <b>Öl</b>",
        "price_cents": 1999,
        "text": "Passt: {{ offer.product_name }}",
    }
    return Message(
        f"spring/{number}",
        customer or f"c{number}",
        "spring",
        1,
        "mail",
        "any",
        product_id="P",
        content=content,
    )


class ChannelSuite:
    """What every pushed channel keeps."""

    def open_channel(self, scratch: Path) -> PushChannel:
        raise NotImplementedError

    @pytest.fixture
    def channel(self, tmp_path: Path) -> PushChannel:
        return self.open_channel(tmp_path)

    def test_every_message_is_answered_once(self, channel: PushChannel) -> None:
        batch = [message(number) for number in range(25)]
        answers = list(channel.send(batch, NOW))
        assert sorted(one.key for one in answers) == sorted(one.key for one in batch)
        assert {one.outcome for one in answers} == {Outcome.ACCEPTED}

    def test_nothing_to_send_is_no_error(self, channel: PushChannel) -> None:
        assert list(channel.send([], NOW)) == []

    def test_who_cannot_be_reached_is_refused_and_the_others_are_not_held_up(
        self, channel: PushChannel
    ) -> None:
        batch = [message(1), message(2, "nowhere"), message(3)]
        found = {one.key: one for one in channel.send(batch, NOW)}
        assert found["spring/2"].outcome is Outcome.REFUSED
        assert found["spring/2"].code
        assert found["spring/1"].outcome is found["spring/3"].outcome is Outcome.ACCEPTED

    def test_a_channel_says_what_it_is(self, channel: PushChannel) -> None:
        assert channel.name
        assert isinstance(channel.is_idempotent, bool)

    def test_a_second_batch_goes_the_same_way(self, channel: PushChannel) -> None:
        for start in (0, 100):
            answers = list(channel.send([message(start + number) for number in range(3)], NOW))
            assert [one.outcome for one in answers] == [Outcome.ACCEPTED] * 3
