"""Bringing the tables of a review database to this program's version, in one transaction: wholly or not at all."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command, script
from alembic.config import Config

FOLDER = Path(__file__).parent / "migrations"
LOCATIONS: tuple[Path, ...] = (FOLDER / "versions",)


def migrate(connection: sa.Connection) -> None:
    """Bring the tables to the newest revision; an empty database gets all of them. Within the caller's transaction."""
    config = _make_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def is_known(revision: str) -> bool:
    """Whether a database's revision is one of this program's."""
    found = script.ScriptDirectory.from_config(_make_config())
    return any(one.revision == revision for one in found.walk_revisions())


def _make_config() -> Config:
    config = Config()
    for name, value in {
        "script_location": str(FOLDER),
        "version_locations": "\n".join(str(path) for path in LOCATIONS),
        "path_separator": "newline",
    }.items():
        config.set_main_option(name, value.replace("%", "%%"))
    return config
