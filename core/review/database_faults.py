"""What goes wrong with a review database, in words that a person can act on; a password is in none of them."""

import sqlite3

import sqlalchemy as sa
from sqlalchemy import exc

from core.base import errors

BUSY_SECONDS = 10.0  # for so long a writer waits for another one
BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_SHUT = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR)
_OTHER_TABLES = ("no such", "already exists")  # what SQLite says where tables are not those of a revision
# PostgreSQL's codes, https://www.postgresql.org/docs/current/errcodes-appendix.html
_SERVER_BUSY = ("55P03", "40P01", "40001")  # waited too long for a lock, deadlock, serialization
_SERVER_FULL = ("53100",)
_SERVER_OTHER_TABLES = ("42P01", "42P07", "42703")  # no such table, there already, no such column
_SERVER_SHUT = ("42501", "25006")  # no right to, read only


def find(error: exc.DBAPIError, where: str) -> errors.SecondLookError | None:
    """The message about an error of the database; None of one that nobody can act on.

    where : the database as `name_place` says it.
    """
    said = " ".join(str(error.orig).split())[:200]
    if not isinstance(error.orig, sqlite3.Error):
        return _find_on_server(error, said, where)
    code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_MISUSE) & 0xFF
    if code in BUSY:
        return busy(where)
    if code == sqlite3.SQLITE_FULL:
        return _full(where)
    if code in _BROKEN or (code == sqlite3.SQLITE_ERROR and any(words in said for words in _OTHER_TABLES)):
        return _broken(said, where)
    return not_usable(said, where) if code in _SHUT else None


def _find_on_server(error: exc.DBAPIError, said: str, where: str) -> errors.SecondLookError | None:
    code = getattr(error.orig, "sqlstate", None)
    if code in _SERVER_BUSY:
        return busy(where)
    if code in _SERVER_FULL:
        return _full(where)
    if code in _SERVER_OTHER_TABLES:
        return _broken(said, where)
    return not_usable(said, where) if code in _SERVER_SHUT or isinstance(error, exc.OperationalError) else None


def name_place(url: sa.URL) -> str:
    """A database as a message names it, without a password."""
    return url.database or "" if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)


def busy(where: str) -> errors.DatabaseBusy:
    """Somebody else has been writing for too long."""
    return errors.DatabaseBusy(
        expected="to get to the review database",
        found=f"somebody else who has been writing for {BUSY_SECONDS:g} seconds",
        where=where,
        todo="Wait a moment and do it again. Nothing was lost.",
    )


def not_usable(found: str, where: str, todo: str = "") -> errors.DatabaseNotUsable:
    """It cannot be reached, or not be written to."""
    return errors.DatabaseNotUsable(
        expected="a review database that can be opened",
        found=found,
        where=where,
        todo=todo or "See to SECOND_LOOK_DATABASE, and to who may read and write there.",
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
        found=f"one that cannot be read as one ({found})",
        where=where,
        todo="Put back a copy of it. Or move it away: a new one is begun, and what was sent to review is gone.",
    )
