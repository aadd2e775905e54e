"""Drafts, and what becomes of a draft when it is published: nothing changes for anybody before its token is given.

A token stands for the draft, for the version in force and for who waits where; once any of them has changed, it is
worth nothing. Four eyes: where the campaign asks for it, another person than the author gives the token first.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select, update

from passend.campaigns import Campaign, Finding, findings, insist
from passend.campaigns.admission import budget_of, stock_of
from passend.campaigns.draws import draw
from passend.campaigns.schema import Kind
from passend.campaigns.walk import due
from passend.errors import StoreError
from passend.flow.campaigns.running import found, read_once, running
from passend.flow.campaigns.sending import give_back
from passend.flow.campaigns.steering import SPREAD, leave
from passend.store import Store, written
from passend.store.batches import among, update_rows
from passend.store.campaigns import CampaignRow, JourneyRow, RevisionRow
from passend.store.outbox import AllowanceRow, OutboxRow


@dataclass(frozen=True)
class Moved:
    """People who wait on a step that changes.

    Attributes:
        step: where they wait.
        people: how many.
        to: the step they go to; empty means that they leave the journey.
        change: ``deleted``, ``shorter wait``, ``longer wait`` or ``changed``.
    """

    step: str
    people: int
    to: str
    change: str


@dataclass(frozen=True)
class Impact:
    """What publishing a draft would do.

    Attributes:
        token: to be given back when it is published.
        number: of the version that would be made.
        under_way: people in the campaign now.
        moved: those among them whose step changes.
        finish_old: whether they all finish the version by which they began.
        findings: warnings about the journey.
    """

    token: str
    number: int
    under_way: int
    moved: tuple[Moved, ...]
    finish_old: bool
    findings: tuple[Finding, ...]


def save_draft(store: Store, campaign: Campaign, who: str, now: datetime) -> bool:
    """Keep a campaign as draft; nothing changes for anybody. Returns whether it differs from what was kept.

    Raises:
        InvalidCampaign: the journey cannot be walked, or the words of a mail are no template.
    """
    insist(campaign)
    if "email" in campaign.channels:
        from passend.flow.campaigns.wording import insist_on_words  # noqa: PLC0415 - mail is slow to import

        insist_on_words(campaign)
    with store.change() as connection:
        row = connection.execute(
            select(CampaignRow.__table__).where(CampaignRow.name == campaign.name)
        ).first()
        if row is None:
            connection.execute(
                insert(CampaignRow).values(
                    name=campaign.name, state="draft", state_reason="", draft=campaign.written, draft_by=who,
                    created_at=now, changed_at=now,
                )
            )  # fmt: skip
        elif row.draft == campaign.written or (
            row.draft is None and _live(connection, row) == campaign.written
        ):
            return False
        else:
            connection.execute(
                update(CampaignRow)
                .where(CampaignRow.id == row.id)
                .values(
                    draft=campaign.written,
                    draft_by=who,
                    approved_token=None,
                    approved_by=None,
                    changed_at=now,
                )
            )
        written(connection, now, who, "drafted", f"campaign/{campaign.name}")
    return True


def _live(connection: Connection, row: object) -> str | None:
    number = getattr(row, "live_revision", None)
    if number is None:
        return None
    return connection.execute(
        select(RevisionRow.written).where(
            RevisionRow.campaign_id == getattr(row, "id", 0), RevisionRow.number == number
        )
    ).scalar()


def impact(store: Store, name: str) -> Impact:
    """What publishing the draft would do, and the token for it.

    Raises:
        StoreError: there is no such campaign, or no draft.
    """
    with store.read() as connection:
        return _impact(connection, name)


def _impact(connection: Connection, name: str) -> Impact:
    row = found(connection, name)
    if row.draft is None:
        raise StoreError(
            f"Campaign '{name}' has no draft.", remedy="Change its file, then: passend campaigns apply FOLDER"
        )
    draft = read_once(row.draft, name)
    waiting: dict[tuple[int, str], int] = {
        (revision, step): people
        for revision, step, people in connection.execute(
            select(JourneyRow.revision, JourneyRow.step, func.count())
            .where(JourneyRow.campaign_id == row.id, JourneyRow.state.in_(("waiting", "sending")))
            .group_by(JourneyRow.revision, JourneyRow.step)
        ).all()
    }
    old = {run.id: run for run in running(connection, ("draft", "running", "paused"))}
    moved = []
    if row.id in old and not draft.keep_old:
        for (revision, step), people in sorted(waiting.items()):
            change = _change(old[row.id].versions[revision], draft, step)
            if change:
                moved.append(Moved(step, people, _target(draft, step), change))
    # People walk on all the time; the token holds which steps would change, not how many stand on each.
    about = [
        row.draft,
        row.live_revision,
        row.state,
        *sorted({(one.step, one.to, one.change) for one in moved}),
    ]
    token = hashlib.sha256(repr(about).encode()).hexdigest()[:10]
    return Impact(
        token, int(row.live_revision or 0) + 1, sum(waiting.values()), tuple(moved), draft.keep_old,
        tuple(findings(draft)),
    )  # fmt: skip


def _target(draft: Campaign, step: str) -> str:
    return step if step in draft.steps else draft.moves.get(step, "")


def _change(old: Campaign, new: Campaign, name: str) -> str:
    if name not in new.steps:
        return "deleted"
    before, after = old.steps[name], new.steps[name]
    if after.kind == before.kind == Kind.WAIT and after.wait != before.wait:
        return "shorter wait" if after.wait < before.wait else "longer wait"
    same = (before.kind, before.ways, before.content, before.until, before.question, before.shares)
    return (
        ""
        if same == (after.kind, after.ways, after.content, after.until, after.question, after.shares)
        else "changed"
    )


def approve(store: Store, name: str, token: str, who: str, now: datetime) -> None:
    """A second person agrees to what the preview showed.

    Raises:
        StoreError: it has changed since, or it is the author who approves.
    """
    with store.change() as connection:
        row = found(connection, name)
        _same(_impact(connection, name), name, token)
        if who == row.draft_by:
            raise StoreError(
                f"{who} wrote the draft of campaign '{name}' and cannot approve it.",
                remedy="Another person approves: --who NAME",
            )
        connection.execute(
            update(CampaignRow).where(CampaignRow.id == row.id).values(approved_token=token, approved_by=who)
        )
        written(connection, now, who, "approved", f"campaign/{name}", details={"token": token})


def _same(shown: Impact, name: str, token: str) -> None:
    if token != shown.token:
        raise StoreError(
            f"Campaign '{name}' has changed since it was previewed, or the token is another's.",
            remedy=f"Look at it again: passend campaigns preview {name}",
        )


def publish(store: Store, name: str, token: str, who: str, now: datetime) -> Impact:
    """Put the draft in force; people under way move to it, or finish the version by which they began.

    Raises:
        StoreError: it has changed since it was previewed, or needs the approval of another person.
    """
    with store.change() as connection:
        row = found(connection, name)
        shown = _impact(connection, name)
        _same(shown, name, token)
        draft = read_once(row.draft, name)
        if draft.four_eyes and row.approved_token != token:
            raise StoreError(
                f"Campaign '{name}' needs the approval of another person.",
                remedy=f"passend campaigns approve {name} {token} --who NAME",
            )
        if row.state in ("cancelled", "ended"):
            raise StoreError(f"Campaign '{name}' is {row.state}.", remedy="Give the new one another name.")
        connection.execute(
            insert(RevisionRow).values(
                campaign_id=row.id, number=shown.number, written=row.draft, published_at=now, published_by=who
            )
        )
        connection.execute(
            update(CampaignRow)
            .where(CampaignRow.id == row.id)
            .values(
                live_revision=shown.number, draft=None, approved_token=None, changed_at=now,
                state="running" if row.state == "draft" else row.state, started_at=row.started_at or now,
            )
        )  # fmt: skip
        _allow(connection, draft)
        if not draft.keep_old:
            _move(connection, row.id, draft, shown.number, now)
        written(
            connection, now, who, "published", f"campaign/{name}",
            details={"version": shown.number, "approved by": row.approved_by, "under way": shown.under_way},
        )  # fmt: skip
    return shown


def _allow(connection: Connection, campaign: Campaign) -> None:
    """Budget and stock; what is used of them already stays used."""
    wanted = {stock_of(campaign, product): pieces for product, pieces in campaign.stock.items()}
    if campaign.budget_cents is not None:
        wanted[budget_of(campaign)] = campaign.budget_cents
    for name, capacity in wanted.items():
        known = connection.execute(
            update(AllowanceRow).where(AllowanceRow.name == name).values(capacity=capacity)
        )
        if not known.rowcount:
            connection.execute(insert(AllowanceRow).values(name=name, capacity=capacity, used=0.0))


def _move(connection: Connection, campaign_id: int, draft: Campaign, number: int, now: datetime) -> None:
    row = JourneyRow
    under_way = connection.execute(
        select(row.id, row.step, row.step_since, row.due_at, row.state, row.best_hour).where(
            row.campaign_id == campaign_id, row.state.in_(("waiting", "sending")), row.revision != number
        )
    ).all()
    gone = [one.id for one in under_way if not _target(draft, one.step)]
    leave(connection, gone, "step deleted", now)
    lost = set(gone)
    rows = []
    for one in under_way:
        if one.id in lost:
            continue
        to = draft.steps[_target(draft, one.step)]
        same = to.name == one.step
        since = one.step_since if same else now
        at = one.due_at
        if one.state == "waiting" and (to.kind == Kind.WAIT or not same):
            at = due(to, since, one.best_hour, draft.timezone)
            if at < now and at != one.due_at:
                at = now + SPREAD * draw("woken", campaign_id, one.id)
        state = one.state if same else "waiting"
        rows.append(
            {
                "id": one.id, "revision": number, "step": to.name, "step_since": since, "state": state,
                "due_at": at if state == "waiting" else None, "wants_contact": to.is_contact and state == "waiting",
            }
        )  # fmt: skip
    update_rows(connection, JourneyRow, rows)


def rollback(store: Store, name: str, number: int, who: str, now: datetime) -> Impact:
    """Make an earlier version the draft; publishing it needs its token like any other.

    Raises:
        StoreError: there is no such version.
    """
    with store.change() as connection:
        row = found(connection, name)
        text = connection.execute(
            select(RevisionRow.written).where(RevisionRow.campaign_id == row.id, RevisionRow.number == number)
        ).scalar()
        if text is None:
            raise StoreError(
                f"Campaign '{name}' has no version {number}.",
                remedy=f"Versions go from 1 to {row.live_revision or 0}.",
            )
        connection.execute(
            update(CampaignRow)
            .where(CampaignRow.id == row.id)
            .values(draft=text, draft_by=who, approved_token=None, changed_at=now)
        )
        written(connection, now, who, "rolled back", f"campaign/{name}", details={"to version": number})
        return _impact(connection, name)


def recall(store: Store, name: str, number: int, who: str, *, reason: str, now: datetime) -> int:
    """Take a version's texts back: what is queued of it never leaves. Returns how many messages those were.

    Raises:
        StoreError: there is no such campaign or version.
    """
    with store.change() as connection:
        row = found(connection, name)
        done = connection.execute(
            update(RevisionRow)
            .where(RevisionRow.campaign_id == row.id, RevisionRow.number == number)
            .values(is_recalled=True)
        )
        if not done.rowcount:
            raise StoreError(f"Campaign '{name}' has no version {number}.")
        waiting = (
            OutboxRow.campaign_id == row.id,
            OutboxRow.revision == number,
            OutboxRow.state.in_(("queued", "reserved", "given")),
        )
        gone: Sequence[object] = connection.execute(select(OutboxRow.__table__).where(*waiting)).all()
        runs = {one.id: one for one in running(connection, ("running", "paused"))}
        give_back(connection, runs, gone)
        connection.execute(update(OutboxRow).where(*waiting).values(state="cancelled", code="recalled"))
        # They stood at the step that sent it; they stand there again, and get the text that is in force.
        journeys = [getattr(one, "journey_id", 0) for one in gone]
        connection.execute(
            update(JourneyRow)
            .where(among(JourneyRow.id, journeys), JourneyRow.state == "sending")
            .values(
                state="waiting",
                due_at=now + timedelta(minutes=1),
                visit=JourneyRow.visit + 1,
                wants_contact=True,
            )
        )
        written(
            connection,
            now,
            who,
            "recalled",
            f"campaign/{name}",
            details={"version": number, "reason": reason},
        )
        return len(gone)
