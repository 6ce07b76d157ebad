"""A review database of a home of its own; where SECOND_LOOK_TEST_DATABASE names a server, tests run on that as well.

Each process of pytest makes a database of its own there, and takes it away at its end.
"""

import os

import pytest
import sqlalchemy as sa

from core.review import database, schema

OTHER = os.environ.get("SECOND_LOOK_TEST_DATABASE", "")


@pytest.fixture(scope="session")
def own_on_server():
    """URL of an empty database on the server that nobody else has."""
    url = sa.make_url(OTHER)
    own = url.set(database=f"{url.database}_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}_{os.getpid()}")
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{own.database}"')
    yield own.render_as_string(hide_password=False)
    database.close_all()
    with engine.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE "{own.database}" WITH (FORCE)')


def _empty(url):
    """Tables as they are stay, without rows: making them takes longer than most tests."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        if database._read_revision(connection) == schema.REVISION:
            names = ", ".join(table.name for table in schema.Base.metadata.sorted_tables)
            connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY")
        else:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")


@pytest.fixture(params=["sqlite", "server"] if OTHER else ["sqlite"])
def store(home, request, monkeypatch):
    """An empty review database; returns its home."""
    monkeypatch.delenv("SECOND_LOOK_DATABASE", raising=False)
    if request.param == "server":
        url = request.getfixturevalue("own_on_server")
        _empty(url)
        monkeypatch.setenv("SECOND_LOOK_DATABASE", url)
    yield home
    database.close_all()


@pytest.fixture
def sqlite(home, monkeypatch):
    """The path of the default database of a home, which nobody has opened yet."""
    monkeypatch.delenv("SECOND_LOOK_DATABASE", raising=False)
    yield home / "data" / "review" / "review.db"
    database.close_all()
