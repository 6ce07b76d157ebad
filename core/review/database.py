"""The review database: opened once, brought to this version's tables, read and written in whole transactions.

`data/review/review.db` (SQLite in WAL mode) unless `SECOND_LOOK_DATABASE` names another one. Readers see one moment and
wait for nobody; writers are let in one at a time, from their first look to their commit, and a commit is on the disk.
"""

import contextlib
import functools
import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import filelock
import sqlalchemy as sa
from sqlalchemy import event, exc, orm

from core.base import errors, files, paths
from core.review import schema

BUSY_SECONDS = 10.0  # for so long a writer waits for another one
_BEGIN, _FOR_READING, _BY_ITSELF = "second_look_begin", "BEGIN", ""
_GUARD = threading.Lock()
_OPEN: dict[str, tuple[sa.Engine, tuple[int, int] | None]] = {}  # URL -> engine, and which file it has open
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_SHUT = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR)
_OTHER_TABLES = ("no such", "already exists")  # what SQLite says where tables are not those of a revision


@contextlib.contextmanager
def reading() -> Iterator[orm.Session]:
    """A session that sees the database as it is at this moment.

    Raises DatabaseNotUsable, DatabaseBroken, DatabaseBusy, DatabaseNewer, DiskFull.
    """
    with _faults_in_words(), orm.Session(_open().execution_options(**{_BEGIN: _FOR_READING})) as session:
        yield session


@contextlib.contextmanager
def writing() -> Iterator[orm.Session]:
    """A session whose work is kept when the block ends, and none of it where it does not. Raises as `reading` does."""
    with _faults_in_words(), orm.Session(_open()) as session, session.begin():
        session.connection()  # the others wait from here on
        yield session


def exists() -> bool:
    """Whether there is one already. Who only looks asks first: no database is begun by looking."""
    return bool(paths.configured_database()) or paths.review_database().exists()


def find_url() -> sa.URL:
    """Where the database is. Raises DatabaseNotUsable where the environment names none that can be."""
    said = paths.configured_database()
    if not said:
        return sa.URL.create("sqlite", database=str(paths.review_database()))
    try:
        return sa.make_url(said)
    except (exc.ArgumentError, ValueError) as error:
        raise _not_usable("something that is none", "SECOND_LOOK_DATABASE") from error


def close_all() -> None:
    """Close what is open; the next who asks opens it again."""
    with _GUARD:
        for engine, _ in _OPEN.values():
            engine.dispose()
        _OPEN.clear()


def _open() -> sa.Engine:
    """The engine of this home's database; opened and migrated the first time, and again where its file is another one:
    what is written into a file that was taken away would be lost."""
    url = find_url()
    key = url.render_as_string(hide_password=False)
    with _GUARD:
        engine, file = _OPEN.get(key, (None, None))
        if engine is not None and file == _find_file(url):
            return engine
        if engine is not None:
            engine.dispose()
        engine = _make_engine(url)
        try:
            _prepare(engine)
        except BaseException:
            engine.dispose()
            raise
        _OPEN[key] = engine, _find_file(url)
        return engine


def _find_file(url: sa.URL) -> tuple[int, int] | None:
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    with contextlib.suppress(OSError):
        facts = Path(url.database).stat()
        return facts.st_dev, facts.st_ino
    return None


def _make_engine(url: sa.URL) -> sa.Engine:
    write_json = functools.partial(json.dumps, ensure_ascii=False, allow_nan=False)
    try:
        engine = sa.create_engine(url, json_serializer=write_json)
    except (exc.ArgumentError, ImportError) as error:
        raise _not_usable(f"one for which this Python has no driver ({error})", _name(url)) from error
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    """What SQLite forgets between connections. Transactions are begun by `_begin`, not by Python's driver."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for setting in (f"busy_timeout = {int(1000 * BUSY_SECONDS)}", "foreign_keys = ON", "synchronous = FULL"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    """A writer is let in at its beginning: who reads first and writes later is refused at once, not made to wait."""
    statement = connection.get_execution_options().get(_BEGIN, "BEGIN IMMEDIATE")
    if statement != _BY_ITSELF:
        connection.exec_driver_sql(statement)


def _prepare(engine: sa.Engine) -> None:
    """Make or migrate the tables, one process at a time."""
    folder = paths.review_folder()
    with files.disk_full_as_message(folder):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(folder / "opening.lock", timeout=BUSY_SECONDS):
            if engine.dialect.name == "sqlite":
                with engine.execution_options(**{_BEGIN: _BY_ITSELF}).connect() as connection:
                    connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            with engine.execution_options(**{_BEGIN: _FOR_READING}).connect() as connection:
                revision = _read_revision(connection)
            if revision != schema.REVISION:
                _migrate(engine, revision)
    except filelock.Timeout as error:
        raise _busy(_name(engine.url)) from error


def _migrate(engine: sa.Engine, revision: str) -> None:
    from core.review import migrating  # noqa: PLC0415  (Alembic is needed where there is something to change alone)

    if revision and not migrating.is_known(revision):
        raise errors.DatabaseNewer(
            expected=f"a review database of revision {schema.REVISION} or earlier",
            found=f"revision {revision[:40]}",
            where=_name(engine.url),
            todo="A newer version of this program made it: use that one. Nothing was changed.",
        )
    with engine.begin() as connection:
        migrating.migrate(connection)


def _read_revision(connection: sa.Connection) -> str:
    """The revision of the tables, "" where there are none."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return ""
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return str(found or "")


@contextlib.contextmanager
def _faults_in_words() -> Iterator[None]:
    """What a person can act on, in words; every other error of the database is a fault of ours and passes."""
    try:
        yield
    except exc.DBAPIError as error:
        fault = _find_fault(error, _name(find_url()))
        if fault is None:
            raise
        raise fault from error


def _find_fault(error: exc.DBAPIError, where: str) -> errors.SecondLookError | None:
    """The message about an error of the database; None of one that nobody can act on."""
    said = str(error.orig)[:200]
    if not isinstance(error.orig, sqlite3.Error):
        return _not_usable(said, where) if isinstance(error, exc.OperationalError) else None
    code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_MISUSE) & 0xFF
    if code in _BUSY:
        return _busy(where)
    if code == sqlite3.SQLITE_FULL:
        return _full(where)
    if code in _BROKEN or (code == sqlite3.SQLITE_ERROR and any(words in said for words in _OTHER_TABLES)):
        return _broken(said, where)
    return _not_usable(said, where) if code in _SHUT else None


def _name(url: sa.URL) -> str:
    """A database as a message names it, without a password."""
    return url.database or "" if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)


def _busy(where: str) -> errors.DatabaseBusy:
    return errors.DatabaseBusy(
        expected="to get to the review database",
        found=f"somebody else who has been writing for {BUSY_SECONDS:g} seconds",
        where=where,
        todo="Wait a moment and do it again. Nothing was lost.",
    )


def _full(where: str) -> errors.DiskFull:
    return errors.DiskFull(
        expected="room to write",
        found="a full disk",
        where=where,
        todo="Free some space on this disk, then try again. Nothing was lost.",
    )


def _broken(found: str, where: str) -> errors.DatabaseBroken:
    return errors.DatabaseBroken(
        expected="a review database",
        found=f"a file that cannot be read as one ({found})",
        where=where,
        todo="Put back a copy of it. Or move it away: a new one is begun, and what was sent to review is gone.",
    )


def _not_usable(found: str, where: str) -> errors.DatabaseNotUsable:
    return errors.DatabaseNotUsable(
        expected="a review database that can be opened",
        found=found,
        where=where,
        todo="See to SECOND_LOOK_DATABASE, and to who may read and write there.",
    )
