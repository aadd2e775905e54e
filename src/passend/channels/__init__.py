"""Ways to a customer: e-mail, shop, staff and others, each behind one port."""

from passend.channels.port import Answer, Message, Outcome, PushChannel

__all__ = ["Answer", "Message", "Outcome", "PushChannel"]
