"""Ways to a customer: e-mail, shop, staff and others, each behind one port."""

from passend.channels.port import Answer, Message, Outcome, PullChannel, PushChannel

__all__ = ["Answer", "Message", "Outcome", "PullChannel", "PushChannel"]
