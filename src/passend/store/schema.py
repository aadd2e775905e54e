"""All tables of the store, in one place: whoever adds one names its module here, and writes its migration."""

from passend.store import (
    audit,
    campaigns,
    consents,
    doors,
    goods,
    live,
    mails,
    outbox,
    placements,
    users,
    workers,
)
from passend.store.rows import Row

MODULES = (audit, campaigns, consents, doors, goods, live, mails, outbox, placements, users, workers)
METADATA = Row.metadata
