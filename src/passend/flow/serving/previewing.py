"""Leave to look at a placement through the widget itself: a signed token, good for some hours and for nothing else.

The widget sends no cookies. So the page that previews a placement gives it an address that holds this leave.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from passend.channels.links.signing import Signer
from passend.flow.access.names import cover, uncover

PURPOSE = "placement preview"
GOOD_FOR = timedelta(hours=12)


@dataclass(frozen=True)
class Leave:
    """Whose page may be looked at: one placement, for one customer or nobody known."""

    placement: str
    customer_id: str


def give_leave(signer: Signer, leave: Leave, now: datetime) -> str:
    """The token."""
    who = cover(signer, leave.customer_id) if leave.customer_id else ""
    at = int(now.replace(tzinfo=UTC).timestamp())
    return signer.token(PURPOSE, {"placement": leave.placement, "who": who, "at": at})


def leave_of(signer: Signer, token: str, now: datetime) -> Leave:
    """What a token gives leave for.

    Raises:
        Forged: it was not made here, or its time is over.
    """
    said = signer.read(PURPOSE, token, now, GOOD_FOR)
    who = str(said["who"])
    return Leave(str(said["placement"]), uncover(signer, who) if who else "")
