"""Campaigns as they would be now, with their five mails: made once for a page and its frames."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from threading import Lock

from passend.flow.campaigns.planning import Preview
from passend.flow.campaigns.wording import Shown

#: Prices that shops tell in between show after so many minutes.
_MINUTES = 2
_KEPT = 8
Seen = tuple[Preview, list[Shown]]


class ShownMails:
    """What was made of late, by everything that it depends on."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[object, ...], Seen] = OrderedDict()
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()

    def remember(self, text: str) -> str:
        """Keep a campaign that nobody has kept yet for the frames that ask for its mails; returns its key."""
        key = sha256(text.encode()).hexdigest()[:20]
        with self._lock:
            self._texts[key] = text
            self._texts.move_to_end(key)
            while len(self._texts) > _KEPT:
                self._texts.popitem(last=False)
        return key

    def remembered(self, key: str) -> str | None:
        """The campaign of a key; none where it is forgotten."""
        return self._texts.get(key)

    def of(self, key: tuple[object, ...], now: datetime, make: Callable[[], Seen]) -> Seen:
        """What a campaign would do, and its mails.

        Args:
            key: the state of the data, the settings and the words of the campaign.
            now: the moment.
            make: makes it, where it was not made of late.
        """
        whole = (*key, int(now.timestamp()) // (60 * _MINUTES))
        with self._lock:  # frames that ask at the same time wait for the first of them
            if whole not in self._made:
                self._made[whole] = make()
                while len(self._made) > _KEPT:
                    self._made.popitem(last=False)
            return self._made[whole]
