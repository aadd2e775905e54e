"""Alembic's door: it works on the connection that ``migrating.py`` hands over, in its transaction."""

from alembic import context

from passend.store.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
