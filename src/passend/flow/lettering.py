"""The monthly letter by itself: from the firm's hour of the month's day on, once to each recipient."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from passend.channels.addresses import Address
from passend.channels.email.message import Outgoing
from passend.channels.email.template import Rendered
from passend.errors import InvalidSetting, PassendError
from passend.flow.mail_settings import deliver, people_of, sender_of
from passend.flow.standing import letter_of, take_stock
from passend.language import speaking
from passend.ports import Silence
from passend.report.letter import letter_subject, letter_text, render_letter
from passend.settings import Settings
from passend.store import Store
from passend.store.marks import claim_mark, mark, set_mark
from passend.workspace import Workspace


@dataclass(frozen=True)
class Schedule:
    """When the letter is due, and to whom it goes.

    Attributes:
        recipients: addresses.
        day: of the month; hour of that day.
        zone: of the hour.
    """

    recipients: tuple[Address, ...]
    day: int
    hour: int
    zone: ZoneInfo

    def month_due(self, now: datetime) -> int:
        """The month whose letter may go out, as 202611; that of the month before until the day and hour have come.

        Args:
            now: naive UTC.
        """
        here = now.replace(tzinfo=UTC).astimezone(self.zone)
        month = here.year * 12 + here.month - 1
        if (here.day, here.hour) < (self.day, self.hour):
            month -= 1
        return month // 12 * 100 + month % 12 + 1


def schedule_of(settings: Settings) -> Schedule:
    """The schedule as the settings describe it.

    Raises:
        InvalidSetting: there is no such time zone.
        InvalidAddress: a recipient is no address.
    """
    name = settings.text("letter.timezone") or settings.text("intake.timezone")
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidSetting(
            f"There is no time zone '{name}'.",
            record="letter.timezone",
            remedy="Write one such as Europe/Berlin.",
        ) from error
    people = people_of(settings, "letter.recipients")
    return Schedule(people, settings.whole("letter.day"), settings.whole("letter.hour"), zone)


def send_due_letters(store: Store, workspace: Workspace, now: datetime) -> int:
    """Send this month's letter to everybody who did not get it yet; returns to how many.

    The first letter is that of the next month after somebody was named: nobody gets a letter by surprise. That a letter
    goes out is noted before it does, so that a crash never sends it twice; a refusal by the mail server takes the note
    back, and the next round tries again.

    Raises:
        StoreError: the mail server did not take it.
        InvalidSetting: no mail server or sender is set, or the time zone is none.
    """
    schedule = schedule_of(workspace.settings)
    if not schedule.recipients:
        return 0
    month = schedule.month_due(now)
    waiting = [one for one in schedule.recipients if _claim(store, one, month, now)]
    if not waiting:
        return 0
    sent = 0
    try:
        sender, content = sender_of(workspace.settings), _content(workspace, now)
        for one in waiting:
            deliver(workspace.settings, Outgoing(f"{_name(one)}/{month}", sender, one, content, now))
            sent += 1
    except PassendError:
        _release(store, waiting[sent:], month, now)
        raise
    return sent


def _claim(store: Store, recipient: Address, month: int, now: datetime) -> bool:
    """Note that the recipient gets this month's letter, unless it was noted before."""
    with store.change() as connection:
        if mark(connection, _name(recipient)) >= month:
            return False
        return claim_mark(connection, _name(recipient), month, now) not in (None, month)


def _release(store: Store, recipients: Sequence[Address], month: int, now: datetime) -> None:
    with store.change() as connection:
        for one in recipients:
            set_mark(connection, _name(one), month - 1, now)


def _name(recipient: Address) -> str:
    """Of the note; the address itself stands in the settings alone."""
    return f"letter/{recipient.fingerprint}"


def _content(workspace: Workspace, now: datetime) -> Rendered:
    letter = letter_of(take_stock(workspace, Silence()), now.replace(tzinfo=UTC))
    with speaking(workspace.settings.text("language")):
        return Rendered(letter_subject(letter), render_letter(letter), letter_text(letter))
