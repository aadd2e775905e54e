"""Who is in the audience of an always-on campaign, who joined it since the last look, and who left it.

An audience is looked at when the firm's data have changed. Only the differences are written, in one transaction with
what tells the triggers of them. The first look tells nothing, and neither does the first one after the audience was
described anew: who was in it already, or is in it by another description, has not joined.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, delete, select

from passend.campaigns import Campaign
from passend.campaigns.schema import Audience
from passend.errors import PassendError, WorkspaceError
from passend.flow.campaigns.running import Running, note_error, running
from passend.flow.campaigns.triggering import receive
from passend.flow.segments import FOLDER
from passend.store import Store
from passend.store.batches import among, insert_rows
from passend.store.live import MemberRow
from passend.store.marks import mark, set_mark
from passend.tables import contract
from passend.workspace import Workspace

_BATCH = 5000
_FACTS = "customer_facts"


@dataclass(frozen=True)
class Moved:
    """How many joined an audience, and how many left it, since the last look."""

    joined: int = 0
    left: int = 0


def is_watched(campaign: Campaign) -> bool:
    """Whether it must be known who is in the audience while the campaign runs."""
    trigger = campaign.trigger
    return trigger is not None and (trigger.on == "joined" or campaign.audience.is_chosen)


def parts_of(
    workspace: Workspace, asked: Audience, facts: pa.Table, *, grows: bool
) -> Iterator[tuple[str, pa.Array]]:
    """What an audience asks for, one after the other: in words, and the customers who meet it.

    Args:
        workspace: with the orders, and the folder in which lists and segments are.
        asked: the audience.
        facts: of customers, now or at another date; orders after it do not count.
        grows: people come in with time: a list that is not there yet has nobody on it.
    """
    from passend.flow.audiences import alike_in, members_of  # noqa: PLC0415 - learning takes seconds to load

    for rule in asked.rules:
        yield f"rule: {rule}", members_of(facts, rule)[0]
    if asked.bought:
        yield "bought one of the products", _buyers(workspace, asked.bought, facts)
    if asked.file:
        saved = Path(asked.file)
        step = f"segment: {saved.stem}" if saved.parent.name == FOLDER else f"list: {asked.file}"
        listed = workspace.folder / asked.file
        is_empty = grows and listed.suffix != ".json" and not listed.is_file()
        yield step, pa.array([], pa.string()) if is_empty else members_of(facts, str(listed))[0]
    if asked.like:
        alike = alike_in(facts, asked.like, asked.most or facts.num_rows)
        yield f"like: {asked.like}", alike.customers["customer_id"].combine_chunks()


def _buyers(workspace: Workspace, products: Sequence[str], facts: pa.Table) -> pa.Array:
    orders = workspace.read("orders", ("customer_id", "product_id", "ordered_at"))
    own = pc.is_in(orders["product_id"], pa.array(products, pa.string()))
    as_of = pc.max(facts["as_of"])
    if as_of.is_valid:
        own = pc.and_(own, pc.fill_null(pc.less(orders["ordered_at"], as_of), fill_value=True))
    return pc.unique(orders["customer_id"].filter(own)).drop_null()


def members(workspace: Workspace, asked: Audience, facts: pa.Table | None = None) -> pa.Array:
    """The customers of an audience, whatever the plan has for them.

    Args:
        workspace: with customers.
        asked: the audience.
        facts: as they were at another date; none takes the stored ones.

    Raises:
        WorkspaceError: there are no facts of customers yet.
        InvalidInput: a rule of the audience cannot be read.
    """
    known = facts_of(workspace, asked) if facts is None else facts
    left = known["customer_id"].combine_chunks()
    for _, those in parts_of(workspace, asked, known, grows=True):
        left = left.filter(pc.is_in(left, value_set=those))
    return left


def facts_of(workspace: Workspace, asked: Audience) -> pa.Table:
    """What is known of customers, as far as the audience asks for it.

    Raises:
        WorkspaceError: there are no facts of customers yet.
    """
    if not workspace.has(_FACTS):
        raise WorkspaceError(
            "There are no customers yet.",
            record=str(workspace.folder),
            remedy="Run first: passend run orders.csv",
        )
    if asked.like:
        return workspace.read(_FACTS)
    from passend.flow.audiences import conditions_of  # noqa: PLC0415 - learning takes seconds to load

    names = contract(_FACTS).schema.names
    told = [*asked.rules, *((str(workspace.folder / asked.file),) if asked.file else ())]
    by = {one.column for like in told for one in conditions_of(like, names) or ()}
    return workspace.read(_FACTS, [name for name in names if name in {"customer_id", "as_of", *by}])


def would_join(workspace: Workspace, asked: Audience, days: int) -> list[str]:
    """Who is in an audience now, and was not so many days before the data end; their numbers in order."""
    from passend.flow.training import facts_at  # noqa: PLC0415 - computes, and only here

    now = facts_of(workspace, asked)
    as_of = pc.max(now["as_of"]).as_py()
    if as_of is None:
        return []
    here = members(workspace, asked, now)
    before = members(workspace, asked, facts_at(workspace, as_of - timedelta(days=days)))
    return sorted(here.filter(pc.invert(pc.is_in(here, value_set=before))).to_pylist())


def look_at_audiences(store: Store, workspace: Workspace, now: datetime) -> Moved:
    """Look at the audiences of all always-on campaigns that have one; what is wrong with one stands at that campaign.

    Those that are paused are looked at, too: who joins meanwhile is let in by no flood afterwards.
    """
    with store.read() as connection:
        runs = [one for one in running(connection, ("running", "paused")) if is_watched(one.now)]
    joined = left = 0
    for run in runs if workspace.has(_FACTS) else ():
        try:
            moved = look(store, workspace, run, now)
        except PassendError as problem:
            note_error(store, run.name, str(problem), now)
            continue
        joined, left = joined + moved.joined, left + moved.left
    return Moved(joined, left)


def look(store: Store, workspace: Workspace, run: Running, now: datetime) -> Moved:
    """Look at one audience, if the data or its description have changed since.

    Raises:
        InvalidInput: a rule of the audience cannot be read.
    """
    asked = run.now.audience
    described, state = _described(workspace, asked), _state(workspace, asked)
    with store.read() as connection:
        same = mark(connection, f"audience/{run.id}/described") == described
        seen, number = mark(connection, f"audience/{run.id}"), mark(connection, f"audience/{run.id}/look")
        if same and seen == state:
            return Moved()
        before = _known(connection, run.id)
    here = members(workspace, asked)
    new = here.filter(pc.invert(pc.is_in(here, value_set=before)))
    gone = before.filter(pc.invert(pc.is_in(before, value_set=here)))
    for part in _parts(gone):
        with store.change() as connection:
            mine = MemberRow.campaign_id == run.id
            connection.execute(delete(MemberRow).where(mine, among(MemberRow.customer_id, part)))
            _tell(connection, run, ("left", number), part if same else (), now)
    for part in _parts(new):
        with store.change() as connection:
            insert_rows(connection, MemberRow, [{"campaign_id": run.id, "customer_id": one} for one in part])
            _tell(connection, run, ("joined", number), part if same else (), now)
    with store.change() as connection:
        set_mark(connection, f"audience/{run.id}/described", described, now)
        set_mark(connection, f"audience/{run.id}/look", number + 1, now)
        set_mark(connection, f"audience/{run.id}", state, now)
    return Moved(len(new), len(gone)) if same else Moved()


def _known(connection: Connection, campaign_id: int) -> pa.Array:
    """Who was in it at the last look; read in parts, for they may be a million."""
    rows = connection.execution_options(yield_per=50_000).execute(
        select(MemberRow.customer_id).where(MemberRow.campaign_id == campaign_id)
    )
    parts = [pa.array([one for (one,) in part], pa.string()) for part in rows.partitions()]
    return pa.concat_arrays(parts) if parts else pa.array([], pa.string())


def _tell(
    connection: Connection, run: Running, what: tuple[str, int], who: Sequence[str], now: datetime
) -> None:
    """Each once a look, also where two workers look at the same time."""
    kind, number = what
    receive(
        connection,
        [
            {"key": f"{kind}/{run.id}/{one}/{number}", "kind": kind, "customer_id": one, "happened_at": now,
             "details": run.name}
            for one in who
        ],
        now,
    )  # fmt: skip


def _parts(who: pa.Array) -> Iterator[list[str]]:
    for begin in range(0, len(who), _BATCH):
        yield who[begin : begin + _BATCH].to_pylist()


def _described(workspace: Workspace, asked: Audience) -> int:
    """The description of an audience as a number; a saved segment is part of it, a list of people is not."""
    segment = workspace.folder / asked.file if asked.file.endswith(".json") else None
    said = segment.read_text("utf-8-sig") if segment is not None and segment.is_file() else ""
    return _number(asked.rules, asked.bought, asked.file, asked.like, said)


def _state(workspace: Workspace, asked: Audience) -> int:
    """What the audience is made from, as a number: other data, or another list, make another one."""
    changes = [
        workspace.manifest.tables[name].change
        for name in (_FACTS, *(("orders",) if asked.bought else ()))
        if workspace.has(name)
    ]
    listed = workspace.folder / asked.file
    said = listed.read_bytes() if asked.file and listed.is_file() else b""
    return _number(changes, hashlib.sha256(said).hexdigest())


def _number(*about: object) -> int:
    return int.from_bytes(hashlib.sha256(repr(about).encode()).digest()[:7]) + 1
