"""What shops told goes over to the contract tables, in a process of its own that gives way to answers."""

from contextlib import suppress

from sqlalchemy import select

from passend.errors import WorkspaceError
from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.customers import carry_customers
from passend.flow.serving.receiving import carry_events
from passend.store import Store, open_store
from passend.store.doors import ReceivedRow
from passend.workspace import Workspace


def waiting(store: Store) -> bool:
    """Whether something waits to go over."""
    with store.read() as connection:
        return (
            connection.execute(select(ReceivedRow.id).where(ReceivedRow.batch.is_(None)).limit(1)).first()
            is not None
        )


def carry_all(workspace: Workspace) -> bool:
    """Carry over what a workspace's shops told; False where the workspace is being changed, and it is done later."""
    with (
        open_store(workspace.folder, workspace.settings.text("store.url")) as store,
        suppress(WorkspaceError),
    ):
        for carry in (carry_customers, carry_events):
            carry(store, workspace, utc_now())
        return True
    return False
