"""The review database as a file: from nothing, of an earlier and of a later version, damaged, locked, full, gone."""

import contextlib
import os
import socket
import sqlite3
import struct
import sys
import textwrap
import threading

import pytest
import sqlalchemy as sa
from alembic import autogenerate, script
from alembic.runtime import migration

from core.base import errors
from core.review import cases, database, migrating, queueing, reviews, schema
from tests.support import begun_reviews, sent_images

SECOND = """
    import sqlalchemy as sa
    from alembic import op

    revision = "0003"
    down_revision = "0002"

    def upgrade():
        op.create_table("later", sa.Column("id", sa.Integer(), primary_key=True))
        with op.batch_alter_table("cases") as batch:
            batch.add_column(sa.Column("rank", sa.Integer(), server_default="7"))
"""


@pytest.fixture
def second(tmp_path, monkeypatch):
    """Have this program know a second revision; `second(code)` with other code."""

    def write(code=SECOND):
        folder = tmp_path / "versions"
        folder.mkdir(exist_ok=True)
        (folder / "second.py").write_text(textwrap.dedent(code))
        monkeypatch.setattr(migrating, "LOCATIONS", (*migrating.LOCATIONS, folder))
        monkeypatch.setattr(schema, "REVISION", "0003")
        database.close_all()

    return write


def send(seed=1):
    return cases.send(sent_images.encode(seed), f"{seed}.png", by="Ada")


def ask(path, statement):
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def test_the_newest_revision_makes_the_tables_that_the_code_has(store):
    cases.count_waiting()
    heads = script.ScriptDirectory.from_config(migrating._make_config()).get_heads()
    assert heads == [schema.REVISION]
    with database.reading() as session:
        found = migration.MigrationContext.configure(session.connection())
        assert autogenerate.compare_metadata(found, schema.Base.metadata) == []


def test_a_commit_is_on_the_disk_and_keys_are_watched(sqlite):
    send()
    assert ask(sqlite, "PRAGMA journal_mode") == [("wal",)]
    with database.writing() as session:
        found = {name: session.scalar(sa.text(f"PRAGMA {name}")) for name in ("synchronous", "foreign_keys")}
        assert found == {"synchronous": 2, "foreign_keys": 1}
        assert session.scalar(sa.text("PRAGMA busy_timeout")) == 10_000
    with pytest.raises(sa.exc.IntegrityError), database.writing() as session:
        session.execute(sa.delete(schema.ImageRow))
    assert cases.count_waiting() == 1


def test_an_empty_file_is_an_empty_database(sqlite):
    sqlite.parent.mkdir(parents=True)
    sqlite.touch()
    assert send().id == 1 and ask(sqlite, "SELECT version_num FROM alembic_version") == [("0002",)]


def test_a_database_of_before_is_brought_up_with_all_that_is_in_it(store, second):
    before = send()
    second()
    assert cases.list_waiting() == [before]
    with database.reading() as session:
        assert session.scalar(sa.text("SELECT rank FROM cases")) == 7
    database.close_all()
    assert send(2).id == before.id + 1, "opened again it stays as it is"


def test_a_step_that_fails_leaves_the_database_as_it_was(sqlite, second):
    before = send()
    second(SECOND + '        raise SystemExit("killed half way")\n')
    with pytest.raises(SystemExit):
        cases.count_waiting()
    tables = {name for (name,) in ask(sqlite, "SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == {*schema.Base.metadata.tables, "alembic_version", "sqlite_sequence"}
    assert ask(sqlite, "SELECT id, name FROM cases") == [(before.id, before.name)]


def test_a_database_of_a_later_version_is_refused_and_not_touched(store, second, monkeypatch):
    known = migrating.LOCATIONS
    second()
    send()
    database.close_all()
    monkeypatch.setattr(migrating, "LOCATIONS", known)
    monkeypatch.setattr(schema, "REVISION", "0002")
    with pytest.raises(errors.DatabaseNewer, match=r"revision 0003.*Nothing was changed"):
        cases.count_waiting()


@pytest.mark.parametrize("spoil", ["text", "torn", "pages", "foreign"])
def test_a_damaged_file_is_said(sqlite, spoil):
    for seed in range(8):
        cases.send(sent_images.encode(seed), 200 * "x", by="Ada", why=400 * "y")
    with database.reading() as session:
        session.execute(sa.text("SELECT 1"))
    database.close_all()
    for side in ("-wal", "-shm"):
        sqlite.with_name(sqlite.name + side).unlink(missing_ok=True)
    content = sqlite.read_bytes()
    if spoil == "foreign":
        sqlite.unlink()
        sqlite3.connect(sqlite).execute("CREATE TABLE images (x)").connection.close()
    else:
        spoilt = {"text": b"no database " * 400, "torn": content[:5000], "pages": content[:4096] + b"\xff" * 40000}
        sqlite.write_bytes(spoilt[spoil])
    with pytest.raises(errors.DatabaseBroken) as fault:
        cases.list_waiting()
    assert str(sqlite) in str(fault.value) and "Put back a copy" in str(fault.value)


def test_who_writes_for_too_long_is_said_and_readers_do_not_wait(sqlite, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    send()
    other = sqlite3.connect(sqlite, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(errors.DatabaseBusy, match="Nothing was lost"):
        send(2)
    assert cases.count_waiting() == 1
    other.execute("ROLLBACK")
    other.close()
    send(2)
    assert cases.count_waiting() == 2


def test_a_full_disk_is_said(sqlite):
    send()
    with database.writing() as session:
        pages = session.scalar(sa.text("PRAGMA page_count"))
    engine = database._open()
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={pages}"))
    with pytest.raises(errors.DiskFull):
        for seed in range(2, 40):
            cases.send(sent_images.encode(seed), 200 * "x", by="Ada", why=490 * "y")
    database.close_all()
    kept = cases.list_waiting()
    assert kept and all(cases.read_image(case) for case in kept)


@pytest.mark.parametrize("url", ["nonsense", "sqlite:////nowhere/at/all.db", "mysql+nothing://u:secret@h/d"])
def test_a_url_that_leads_nowhere_is_said_without_its_password(home, monkeypatch, url):
    monkeypatch.setenv("SECOND_LOOK_DATABASE", url)
    with pytest.raises(errors.DatabaseNotUsable) as fault:
        cases.count_waiting()
    assert "SECOND_LOOK_DATABASE" in str(fault.value) and "secret" not in str(fault.value)


def test_a_missing_driver_is_said_with_what_to_install(home, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.setenv("SECOND_LOOK_DATABASE", "postgresql+psycopg://u:secret@127.0.0.1/d")
    for act in (cases.count_waiting, database.exists):
        with pytest.raises(errors.DatabaseNotUsable, match=r"no driver.*requirements-postgres\.txt") as fault:
            act()
        assert "secret" not in str(fault.value)


def refuse_passwords(listener):
    """As PostgreSQL does: ask for a password, and refuse it whatever it is."""
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"R" + struct.pack("!ii", 8, 3))
                connection.recv(1000)
                said = b'SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "u"\0\0'
                connection.sendall(b"E" + struct.pack("!i", 4 + len(said)) + said)


def test_a_server_that_is_down_or_refuses_is_said_without_the_password(home, monkeypatch):
    pytest.importorskip("psycopg", reason="no driver for PostgreSQL here: requirements-postgres.txt")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        url = f"postgresql+psycopg://u:secret@127.0.0.1:{port}/d?sslmode=disable"
        monkeypatch.setenv("SECOND_LOOK_DATABASE", url)
        threading.Thread(target=refuse_passwords, args=(listener,), daemon=True).start()
        for act in (cases.count_waiting, database.exists):
            with pytest.raises(errors.DatabaseNotUsable, match="password authentication failed") as fault:
                act()
            assert "secret" not in str(fault.value) and "u:***@127.0.0.1" in str(fault.value)
        listener.shutdown(socket.SHUT_RDWR)
    with pytest.raises(errors.DatabaseNotUsable, match="refused") as fault:
        cases.count_waiting()
    assert "secret" not in str(fault.value)


def test_looking_begins_no_tables(store):
    if os.environ.get("SECOND_LOOK_DATABASE"):
        engine = sa.create_engine(os.environ["SECOND_LOOK_DATABASE"], poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    assert not database.exists() and reviews.list_reviews() == [] and not database.exists()
    cases.count_waiting()
    assert database.exists()
    database.close_all()
    assert database.exists()


def test_who_holds_a_row_for_too_long_is_said(store, monkeypatch):
    review = begun_reviews.begin(begun_reviews.send(1))
    database.close_all()
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    with database.writing() as session:
        reviews.require_row(session, review, lock=True)
        with pytest.raises(errors.DatabaseBusy, match="Nothing was lost"):
            queueing.claim(review, "Ada")
    assert queueing.claim(review, "Ada") is not None


def test_what_is_read_is_of_one_moment(store):
    review = begun_reviews.begin(begun_reviews.send(2))
    with database.reading() as session:
        counted = sa.select(sa.func.count()).select_from(schema.LeaseRow)
        assert session.scalar(counted) == 0
        queueing.claim(review, "Ada")
        assert session.scalar(counted) == 0
    assert reviews.list_absent_readers(review) == []


def test_another_database_is_used_where_one_is_named(home, tmp_path, monkeypatch):
    monkeypatch.setenv("SECOND_LOOK_DATABASE", f"sqlite:///{tmp_path / 'other.db'}")
    send()
    assert ask(tmp_path / "other.db", "SELECT count(*) FROM cases") == [(1,)]
    assert not (home / "data" / "review" / "review.db").exists()
    database.close_all()


def test_a_file_that_was_taken_away_is_begun_anew_and_not_written_into(sqlite):
    send()
    for path in sqlite.parent.glob("review.db*"):
        path.unlink()
    send(2)
    assert [case.name for case in cases.list_waiting()] == ["2.png"]
    assert ask(sqlite, "SELECT name FROM cases") == [("2.png",)]
