"""A workspace with its campaigns: the store that the settings name, the firm's hold-out, the files of campaigns."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from passend.campaigns import Campaign, insist, parse_campaign
from passend.errors import InvalidCampaign
from passend.flow.campaigns.due_again import DUE_AGAIN, due_at_start
from passend.flow.campaigns.entering import HoldOut
from passend.flow.campaigns.health import Pulse
from passend.flow.campaigns.loading import load_plan
from passend.flow.campaigns.membership import is_watched, look, members
from passend.flow.campaigns.planning import audience_of, enter_audience, enter_people
from passend.flow.campaigns.publishing import Impact, publish, save_draft
from passend.flow.campaigns.running import Running, found, read_once, running
from passend.flow.campaigns.sending import Ways
from passend.flow.campaigns.working import Worker
from passend.store import Store, open_store
from passend.store.campaigns import CampaignRow, RevisionRow
from passend.workspace import Workspace


def utc_now() -> datetime:
    """The present, naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


def hold_out_of(workspace: Workspace) -> HoldOut:
    """The firm's own hold-out, as the plan keeps it."""
    settings = workspace.settings
    return HoldOut(settings.text("decisions.salt"), settings.number("decisions.holdout_share"))


@contextmanager
def campaigns_of(workspace: Workspace) -> Iterator[Store]:
    """The store of a workspace's campaigns, closed at the end of the block."""
    with open_store(workspace.folder, workspace.settings.text("store.url")) as store:
        yield store


def worker_of(
    workspace: Workspace, store: Store, ways: Ways, clock: Callable[[], datetime] = utc_now
) -> Worker:
    """A worker with the ways to customers that this computer has."""
    return Worker(store, ways, hold_out_of(workspace), clock, pulse=Pulse(store, clock))


@dataclass(frozen=True)
class Drift:
    """What a campaign's file says against what is kept.

    Attributes:
        name: of the campaign.
        state: ``new``, ``same``, ``changed`` (the file differs from what is kept), or ``no file``.
        lines: what differs, as a unified diff.
    """

    name: str
    state: str
    lines: tuple[str, ...] = ()


def files_of(folder: Path) -> list[Campaign]:
    """The campaigns of a folder (or of one file), read and checked.

    Raises:
        InvalidCampaign: one of them cannot be used, or two have the same name.
    """
    files = [folder] if folder.is_file() else sorted(folder.glob("*.y*ml"))
    if not files:
        raise InvalidCampaign(
            "There are no campaigns (.yaml) there.",
            record=str(folder),
            remedy="Write one: passend campaigns new NAME",
        )
    made: dict[str, Campaign] = {}
    for file in files:
        one = parse_campaign(file.read_text("utf-8-sig"), file.name)
        insist(one)
        if one.name in made:
            raise InvalidCampaign(
                f"The name '{one.name}' stands in {made[one.name].source}, too.",
                record=one.source,
                remedy="Give one of them another name.",
            )
        made[one.name] = one
    return list(made.values())


def drift(store: Store, campaigns: Sequence[Campaign]) -> list[Drift]:
    """How the files differ from what is kept: the draft, or the version in force."""
    import difflib  # noqa: PLC0415 - only here

    kept: dict[str, str] = {}
    with store.read() as connection:
        for row in connection.execute(select(CampaignRow.__table__)).all():
            live = connection.execute(
                select(RevisionRow.written).where(
                    RevisionRow.campaign_id == row.id, RevisionRow.number == row.live_revision
                )
            ).scalar()
            kept[row.name] = row.draft or live or ""
    made = []
    for one in campaigns:
        before = kept.pop(one.name, None)
        if before is None:
            made.append(Drift(one.name, "new"))
        elif before == one.written:
            made.append(Drift(one.name, "same"))
        else:
            lines = difflib.unified_diff(
                before.splitlines(), one.written.splitlines(), "kept", one.source, lineterm=""
            )
            made.append(Drift(one.name, "changed", tuple(lines)))
    return [*made, *(Drift(name, "no file") for name in kept)]


def apply(store: Store, campaigns: Sequence[Campaign], who: str, now: datetime) -> list[str]:
    """Keep the files as drafts; nothing changes for customers. Returns the names of those that changed."""
    return [one.name for one in campaigns if save_draft(store, one, who, now)]


def draft_of(store: Store, name: str) -> Campaign:
    """The draft of a campaign, or the version in force where there is none.

    Raises:
        StoreError: there is no such campaign.
    """
    with store.read() as connection:
        row = found(connection, name)
        if row.draft is not None:
            return read_once(row.draft, name)
        states = ("draft", "running", "paused", "cancelled", "ended")
        return next(run.now for run in running(connection, states) if run.id == row.id)


def start(
    workspace: Workspace, store: Store, name: str, token: str, who: str, *, now: datetime
) -> tuple[Impact | None, int]:
    """Publish a campaign's draft, and let its audience enter where no trigger does; else look who is in it now.

    Where the trigger is that something is due again, those enter, too, for whom a purchase before becomes due.

    A start that was broken off is repeated by the same call: who is in already stays. Returns what publishing did
    (None where the version was in force already) and how many people entered.

    Raises:
        StoreError: it changed since it was previewed, or lacks the approval of another person.
    """
    load_plan(store, workspace, now)
    with store.read() as connection:
        has_draft = found(connection, name).draft is not None
    done = publish(store, name, token, who, now) if has_draft else None
    with store.read() as connection:
        run = next(one for one in running(connection, ("running", "paused")) if one.name == name)
    if run.now.trigger is not None:
        if is_watched(run.now):
            look(store, workspace, run, now)
        return done, _enter_due(workspace, store, run, now)
    people = audience_of(workspace, run.now).customers
    return done, enter_audience(store, run, people, hold_out_of(workspace), now)


def _enter_due(workspace: Workspace, store: Store, run: Running, now: datetime) -> int:
    """Let in whose last purchase before the start becomes due after it, where the campaign is about such."""
    trigger, asked = run.now.trigger, run.now.audience
    if trigger is None or trigger.on != DUE_AGAIN or not workspace.has("orders"):
        return 0
    people = due_at_start(store, workspace, trigger, now)
    if asked.is_chosen:
        inside = set(members(workspace, asked).to_pylist())
        people = [one for one in people if one.customer_id in inside]
    return enter_people(store, run, people, hold_out_of(workspace), now)
