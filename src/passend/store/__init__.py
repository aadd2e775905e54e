"""Operational state: campaigns, people in journeys, the outbox, consents. Rows in a transaction, before or after."""

from passend.store.audit import written
from passend.store.connecting import Store, open_store
from passend.store.rows import Moment, Row

__all__ = ["Moment", "Row", "Store", "open_store", "written"]
