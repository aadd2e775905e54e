"""What the mail server's answer means: sent, later, never, or nobody knows; and whose fault it is.

The codes are those of RFC 5321 (three digits) and RFC 3463 (``5.1.1``). A refusal for the mailbox ends this address; a
refusal for the sender's good name, signature or rate says nothing about the address and must not cost the customer.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from passend.channels.port import Outcome

_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
#: RFC 3463: addresses that do not exist or are switched off.
_NO_MAILBOX = {"1.1", "1.2", "1.3", "1.6", "1.10", "2.1"}
#: A full mailbox may have room another day.
_FULL = {"2.2"}
#: The words of servers that send no RFC 3463 code.
_SAYS_NO_MAILBOX = re.compile(
    r"user unknown|unknown user|no such (?:user|recipient|mailbox)|does not exist|mailbox (?:unavailable|not found)"
    r"|recipient (?:rejected|address rejected)|invalid recipient|address (?:unknown|invalid)|unbekannt",
    re.IGNORECASE,
)
_SAYS_POLICY = re.compile(
    r"spam|blocked|blacklist|block ?list|reputation|policy|dmarc|\bspf\b|dkim|authenticat|rate limit|too many",
    re.IGNORECASE,
)

_SAYS_SLOWER = re.compile(
    r"rate|too (?:many|fast|much)|slow|throttl|unusual|limit|concurren|try (?:again )?later", re.IGNORECASE
)


class Blame(StrEnum):
    """On whom an attempt failed."""

    NOBODY = "nobody"
    MAILBOX = "mailbox"
    MESSAGE = "message"
    SENDER = "sender"
    LINE = "line"


@dataclass(frozen=True)
class Reply:
    """One attempt, as the delivery ledger keeps it.

    Attributes:
        outcome: accepted; deferred (try later); refused (never again with this message); unclear (the connection was
            lost after the message had gone: it may have arrived, so it is listed and never sent again by itself).
        blame: on whom it failed: the mailbox, the message, the sender's good name, or the line.
        code: three digits of the server, 0 where it said nothing.
        enhanced: RFC 3463 code, empty where there is none.
        says: the server's own words.
        wait_seconds: how long to leave it, where the throttle knows.
    """

    outcome: Outcome
    blame: Blame = Blame.NOBODY
    code: int = 0
    enhanced: str = ""
    says: str = ""
    wait_seconds: float = 0.0

    @property
    def is_hard_bounce(self) -> bool:
        """Whether the mailbox does not exist: this address is not written to again."""
        return self.outcome is Outcome.REFUSED and self.blame is Blame.MAILBOX

    @property
    def asks_for_patience(self) -> bool:
        """Whether a provider finds the sender too fast: greylisting is about one message, and no such thing."""
        slower = self.code == 421 or (
            "grey" not in self.says.lower() and bool(_SAYS_SLOWER.search(self.says))
        )
        return self.outcome is Outcome.DEFERRED and self.blame is Blame.SENDER and slower

    @property
    def stops_channel(self) -> bool:
        """Whether further messages would fare alike: a wrong password, a dead server."""
        return self.blame is Blame.LINE and self.outcome is not Outcome.UNCLEAR


def understood(code: int, says: str, stage: str) -> Reply:
    """What a server's answer means.

    Args:
        code: three digits.
        says: its words.
        stage: where it came: ``connect``, ``login``, ``sender``, ``recipient`` or ``data``.
    """
    words = " ".join(says.split())[:500]
    found = _ENHANCED.search(words)
    enhanced = found[0] if found else ""
    if 200 <= code < 300:
        return Reply(Outcome.ACCEPTED, Blame.NOBODY, code, enhanced, words)
    outcome = Outcome.DEFERRED if code < 500 else Outcome.REFUSED
    if stage in {"connect", "login"}:
        return Reply(Outcome.DEFERRED, Blame.LINE, code, enhanced, words)
    if code == 421:
        return Reply(Outcome.DEFERRED, Blame.SENDER, code, enhanced, words)
    blame, is_later = _blamed(enhanced.partition(".")[2], words, stage)
    return Reply(Outcome.DEFERRED if is_later else outcome, blame, code, enhanced, words)


def _blamed(detail: str, words: str, stage: str) -> tuple[Blame, bool]:
    """Whose fault, and whether it passes even where the server says never."""
    if detail in _FULL:
        return Blame.MAILBOX, True
    if detail in _NO_MAILBOX:
        return Blame.MAILBOX, False
    if detail.startswith(("7.", "4.")) or _SAYS_POLICY.search(words) or stage == "sender":
        return Blame.SENDER, False
    if detail.startswith(("5.", "6.", "3.")) or stage == "data":
        return Blame.MESSAGE, False
    if _SAYS_NO_MAILBOX.search(words) or not detail:
        return Blame.MAILBOX, False
    return Blame.MAILBOX, detail.startswith("2.")
