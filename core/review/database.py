"""The review database: opened once, brought to this version's tables, read and written in whole transactions.

`data/review/review.db` (SQLite in WAL mode) unless `SECOND_LOOK_DATABASE` names another one. Readers see one moment and
wait for nobody; writers are let in one at a time, from their first look to their commit, and a commit is on the disk.
"""

import contextlib
import functools
import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import filelock
import sqlalchemy as sa
from sqlalchemy import event, exc, orm

from core.base import errors, files, paths
from core.review import database_faults, schema

BUSY_SECONDS = database_faults.BUSY_SECONDS
CONNECT_SECONDS = 10
LOOK_SECONDS = 0.002  # between two looks whether one may write
_BUSY_TIMEOUT = int(1000 * BUSY_SECONDS)  # of SQLite, for all but the beginning of writing
_BEGIN, _FOR_READING, _BY_ITSELF = "second_look_begin", "BEGIN", "nothing"
_DURABLE = "second_look_durable"
_ONE_MOMENT = "REPEATABLE READ"  # what SQLite does by itself once a transaction has read
_OPENING = 0x2E7C0D  # the advisory lock of a server on which somebody makes tables; any number, always the same
_GUARD = threading.Lock()
_OPEN: dict[str, tuple[sa.Engine, tuple[int, int] | None]] = {}  # URL -> engine, and which file it has open
_T = TypeVar("_T")


@contextlib.contextmanager
def reading() -> Iterator[orm.Session]:
    """A session that sees the database as it is at this moment.

    Raises DatabaseNotUsable, DatabaseBroken, DatabaseBusy, DatabaseNewer, DiskFull.
    """
    with _faults_in_words(), orm.Session(_for_reading(_open())) as session:
        yield session


@contextlib.contextmanager
def writing(*, durable: bool = True) -> Iterator[orm.Session]:
    """A session whose work is kept when the block ends, and none of it where it does not. Raises as `reading` does.

    durable : whether it is on the disk by then. What is not outlasts a program that dies, but not a power cut.
    """
    engine = _open().execution_options(**{_DURABLE: durable})
    with _faults_in_words(), orm.Session(engine) as session, session.begin():
        connection = session.connection()  # the others wait from here on
        if not durable and connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
        yield session


def write(act: Callable[[orm.Session], _T]) -> _T:
    """Do something in a session of `writing`. Where another server was first with the same row it is done again, and
    sees that row; a row that is refused twice is an error of ours. Raises what `writing` and `act` raise."""
    try:
        with writing() as session:
            return act(session)
    except exc.IntegrityError:
        with writing() as session:
            return act(session)


def exists() -> bool:
    """Whether there is one already. Who only looks asks first: no database is begun by looking.

    A server is asked, and has to answer. Raises as `reading` does.
    """
    if not paths.configured_database():
        return paths.review_database().exists()
    url = find_url()
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        return path.exists() or not path.parent.is_dir()  # one that can never be is said by who opens it
    if url.render_as_string(hide_password=False) in _OPEN:
        return True
    engine = _make_engine(url)
    try:
        with _faults_in_words(), engine.connect() as connection:
            return bool(_read_revision(connection))
    finally:
        engine.dispose()


def find_url() -> sa.URL:
    """Where the database is. Raises DatabaseNotUsable where the environment names none that can be."""
    said = paths.configured_database()
    if not said:
        return sa.URL.create("sqlite", database=str(paths.review_database()))
    try:
        return sa.make_url(said)
    except (exc.ArgumentError, ValueError) as error:
        raise database_faults.not_usable("something that is none", "SECOND_LOOK_DATABASE") from error


def identify() -> str:
    """By which this database is told from another one; no password is in it. Raises as `find_url` does."""
    return hashlib.sha256(str(find_url()).encode()).hexdigest()


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
    options: dict[str, Any] = {}
    if url.get_backend_name() == "postgresql":
        # A server may be started anew between two questions, and a writer may wait no longer than on SQLite.
        settings = f"-c lock_timeout={int(1000 * BUSY_SECONDS)}"
        options = {"pool_pre_ping": True, "connect_args": {"connect_timeout": CONNECT_SECONDS, "options": settings}}
    try:
        engine = sa.create_engine(url, json_serializer=write_json, **options)
    except (exc.ArgumentError, ImportError) as error:
        todo = "For PostgreSQL: python -m pip install -r requirements-postgres.txt" if options else ""
        found = f"one for which this Python has no driver ({error})"
        raise database_faults.not_usable(found, database_faults.name_place(url), todo) from error
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _begin)
    return engine


def _for_reading(engine: sa.Engine) -> sa.Engine:
    """The same, for who looks: at one moment, however many questions are asked of it."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{_BEGIN: _FOR_READING})
    return engine.execution_options(isolation_level=_ONE_MOMENT)


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    """What SQLite forgets between connections. Transactions are begun by `_begin`, not by Python's driver."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for setting in (f"busy_timeout = {_BUSY_TIMEOUT}", "foreign_keys = ON", "synchronous = FULL"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    """A writer is let in at its beginning: who reads first and writes later is refused at once, not made to wait."""
    statement = connection.get_execution_options().get(_BEGIN, "")
    if statement == _FOR_READING:
        connection.exec_driver_sql(statement)
    elif statement != _BY_ITSELF:
        _wait_to_write(connection)


def _wait_to_write(connection: sa.Connection) -> None:
    """One at a time waits for who is writing, the others for their turn to wait: whoever has just written and writes
    again would else be first again and again. SQLite by itself looks ever more seldom the longer it has waited; of
    eight who read without a pause some were not let in for ten seconds."""
    driver: Any = connection.connection.driver_connection  # of sqlite3
    where, ends = database_faults.name_place(connection.engine.url), time.monotonic() + BUSY_SECONDS
    durable = connection.get_execution_options().get(_DURABLE, True)
    driver.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        with filelock.FileLock(f"{where}-turn", timeout=BUSY_SECONDS, poll_interval=LOOK_SECONDS):
            while not _is_let_in(driver):
                if time.monotonic() > ends:
                    raise database_faults.busy(where)
                time.sleep(LOOK_SECONDS)
    except filelock.Timeout as error:
        raise database_faults.busy(where) from error
    finally:
        driver.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT}")


def _is_let_in(driver: sqlite3.Connection) -> bool:
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        if error.sqlite_errorcode & 0xFF in database_faults.BUSY:
            return False
        raise exc.OperationalError("BEGIN IMMEDIATE", None, error) from error
    return True


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
            with _for_reading(engine).connect() as connection:
                revision = _read_revision(connection)
            if revision != schema.REVISION:
                _migrate(engine, revision)
    except filelock.Timeout as error:
        raise database_faults.busy(database_faults.name_place(engine.url)) from error


def _migrate(engine: sa.Engine, revision: str) -> None:
    from core.review import migrating  # noqa: PLC0415  (Alembic is needed where there is something to change alone)

    if revision and not migrating.is_known(revision):
        raise errors.DatabaseNewer(
            expected=f"a review database of revision {schema.REVISION} or earlier",
            found=f"revision {revision[:40]}",
            where=database_faults.name_place(engine.url),
            todo="A newer version of this program made it: use that one. Nothing was changed.",
        )
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # the lock in the home does not hold on other machines
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_OPENING)))
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
        fault = database_faults.find(error, database_faults.name_place(find_url()))
        if fault is None:
            raise
        raise fault from error
