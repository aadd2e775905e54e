"""Erasing a person at the doors, too: what shops told of them goes, and the lists are laid out anew without them."""

from sqlalchemy import delete

from passend.flow.persons import erase_person
from passend.flow.serving.stocking import forget_versions, lay_out
from passend.store import Store
from passend.store.doors import ReceivedRow
from passend.store.live import InboxRow, OfferRow, PersonRow
from passend.workspace import Workspace


def erase_everywhere(workspace: Workspace, store: Store, customer_id: str) -> dict[str, int]:
    """Erase a customer from every table and from what shops told; returns the rows by table.

    Raises:
        InvalidInput: nothing is stored of such a customer.
    """
    erased = erase_person(workspace, customer_id)
    with store.change() as connection:
        for row in (ReceivedRow, InboxRow, OfferRow, PersonRow):
            done = connection.execute(delete(row).where(row.customer_id == customer_id))
            if done.rowcount:
                erased[row.__tablename__] = done.rowcount
    lay_out(workspace)
    forget_versions(workspace.folder)
    return erased
