"""Bringing a store to today's form, once, however many processes find it old; and leaving alone what is not ours."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, inspect, text

from leadrelay.errors import ConfigError, Problem
from leadrelay.state.database import Database
from leadrelay.state.tables import HEAD, metadata

_ALWAYS = frozenset({"runs", "cursors", "intents"})
"""The tables of every revision."""

_TURN = 0x6C656164_72656C61
"""The number of the lock under which PostgreSQL is migrated."""


def migrate(database: Database) -> None:
    """Look first, without a lock; who finds the store old takes its turn and looks again."""
    with database.reading() as connection:
        if _is_current(connection, database.place):
            return
    upgrade = _upgrade()  # loaded before it is our turn: others wait for that
    with database.transaction() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})
        if not _is_current(connection, database.place):
            upgrade(connection)


def _is_current(connection: Connection, place: str) -> bool:
    """Whether the store has today's form. A database of another program is left alone."""
    tables = set(inspect(connection).get_table_names())
    revision = None
    if "alembic_version" in tables:
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    ours = metadata.tables.keys() if revision == HEAD else _ALWAYS
    if tables and (revision is None or not ours <= tables):
        message = "this database belongs to another program."
        raise ConfigError([Problem(place, message, "Name a database of its own; a new SQLite file is made.")])
    if revision is not None and revision > HEAD:
        message = f"the state store was made by a newer leadrelay (revision {revision}, this one knows {HEAD})."
        raise ConfigError([Problem(place, message, "Update leadrelay, or name another store.")])
    return revision == HEAD


def _upgrade() -> Callable[[Connection], None]:
    from alembic import command
    from alembic.config import Config

    def upgrade(connection: Connection) -> None:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", "leadrelay.state:migrations")
        command.upgrade(config, "head")

    return upgrade
