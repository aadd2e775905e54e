"""The schema of the store, brought up to date by Alembic each time the store is opened."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from passend.errors import StoreError

_PLACE = Path(__file__).parent / "migrations"
#: Any number, the same in all processes: one of them migrates, the others wait.
_LOCK = 7_277_536


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_PLACE))


def migrate(engine: Engine) -> None:
    """Bring the schema to the latest state; nothing is done where it is there already.

    Raises:
        StoreError: the schema is of a newer version of passend.
    """
    newest = _scripts().get_current_head()
    with engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        present = MigrationContext.configure(connection).get_current_revision()
        if present == newest:
            return
        if present is not None and present not in {one.revision for one in _scripts().walk_revisions()}:
            raise StoreError(
                "The store of campaigns was written by a newer version of passend.",
                record=engine.url.render_as_string(hide_password=True),
                remedy="Update passend.",
            )
        config = Config()
        config.set_main_option("script_location", str(_PLACE).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
