"""How the schema of the store came to be, for Alembic."""
