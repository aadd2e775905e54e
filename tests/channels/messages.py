"""Messages to try channels with."""

from datetime import datetime

from passend.channels.addresses import address_of
from passend.channels.email.message import Outgoing, Unsubscribe
from passend.channels.email.template import Rendered

NOW = datetime(2026, 3, 2, 9, 30)
SENDER = address_of("shop@example.com", "Radhaus")


def outgoing(to: str, key: str = "", **more: object) -> Outgoing:
    """A small message to somebody."""
    content = Rendered("Passt zu Ihrem Rad", "<p>Hallo</p>", "Hallo\n")
    way = Unsubscribe("https://shop.example/u/abc", "leave@shop.example", "unsubscribe-abc")
    given = {"content": content, "sent_at": NOW, "unsubscribe": way} | more
    return Outgoing(key or to, SENDER, address_of(to), **given)
