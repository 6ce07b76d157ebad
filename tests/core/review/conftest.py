"""A review database of a home of its own; tests run on another one as well where SECOND_LOOK_TEST_DATABASE is set."""

import os

import pytest
import sqlalchemy as sa

from core.review import database, schema

OTHER = os.environ.get("SECOND_LOOK_TEST_DATABASE", "")


@pytest.fixture(params=["", OTHER] if OTHER else [""], ids=["sqlite", "other"] if OTHER else ["sqlite"])
def store(home, request, monkeypatch):
    """An empty review database; returns its home."""
    monkeypatch.delenv("SECOND_LOOK_DATABASE", raising=False)
    if request.param:
        monkeypatch.setenv("SECOND_LOOK_DATABASE", request.param)
        engine = sa.create_engine(request.param)
        with engine.begin() as connection:
            schema.Base.metadata.drop_all(connection)
            connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
        engine.dispose()
    yield home
    database.close_all()


@pytest.fixture
def sqlite(home, monkeypatch):
    """The path of the default database of a home, which nobody has opened yet."""
    monkeypatch.delenv("SECOND_LOOK_DATABASE", raising=False)
    yield home / "data" / "review" / "review.db"
    database.close_all()
