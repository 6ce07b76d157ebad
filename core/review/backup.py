"""A backup of the review store: one archive that any database can be restored from, SQLite or a server.

    second-look-review.json   what is in it, of which revision, and the checksum of each table
    tables/NAME.jsonl         a row a line, in the order of `list_tables`
    images/ab/SHA256          the files of the cases, each called by its checksum

`restoring` reads it.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy import orm

from core.base import errors, files, progress, records
from core.review import case_images, cases, database, database_faults, schema
from core.review.schema import ImageRow

MANIFEST = "second-look-review.json"
FORMAT: Literal[1] = 1
ROWS_AT_ONCE = 1000
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Table(records.Record, frozen=True):
    """A table in a backup. last : the highest number that was ever given, which is given to nothing else."""

    rows: records.Count
    sha256: Digest
    last: records.Count


class Manifest(records.Record, frozen=True):
    """What a backup says of itself. made_at : UTC, ISO. images : how many files of cases."""

    format: Literal[1]
    revision: records.Name
    made_at: records.Text
    tables: dict[str, Table]
    images: records.Count


@dataclass(frozen=True)
class Outcome:
    """What was backed up or restored. bytes : of the archive."""

    cases: int
    readings: int
    images: int
    bytes: int


def write(path: Path, report: progress.Report = progress.say_nothing) -> Outcome:
    """Write all cases, what happened to them, all that was read, and the images into one archive, whole or not at all.

    As the store is at one moment, while others go on. Raises BackupNotPossible where there is no store, or a case was
    deleted meanwhile; CaseBroken for an image that is gone or another; DiskFull, and what `database.reading` raises.
    """
    if not database.exists():
        raise errors.BackupNotPossible(
            expected="a review store",
            found="none",
            where=database_faults.name_place(database.find_url()),
            todo="Nothing was ever sent to review here. See to SECOND_LOOK_HOME and SECOND_LOOK_DATABASE.",
        )
    made: list[Outcome] = []

    def write_aside(aside: Path) -> None:
        with zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED) as archive, database.reading() as session:
            tables = {table.name: _write_table(archive, session, table) for table in list_tables()}
            contents = session.scalars(sa.select(ImageRow.sha256).order_by(ImageRow.sha256)).all()
            for done, sha256 in enumerate(contents, start=1):
                archive.writestr(image_name(sha256), _read_image(sha256), zipfile.ZIP_STORED)  # packed already
                report(done, len(contents), "Copying images")
            at = datetime.now(UTC).isoformat(timespec="seconds")
            said = Manifest(format=FORMAT, revision=schema.REVISION, made_at=at, tables=tables, images=len(contents))
            archive.writestr(MANIFEST, msgspec.json.encode(said))
        counts = tables["cases"].rows, tables["readings"].rows, len(contents)
        made.append(Outcome(*counts, aside.stat().st_size))

    files.write_whole(path, write_aside)
    return made[0]


def list_tables() -> list[sa.Table]:
    """All tables, each after those that it points to."""
    return list(schema.Base.metadata.sorted_tables)


def image_name(sha256: str) -> str:
    """Where the file of a case is in a backup."""
    return f"images/{sha256[:2]}/{sha256}"


def table_name(table: sa.Table) -> str:
    """Where the rows of a table are in a backup."""
    return f"tables/{table.name}.jsonl"


def read_last(session: orm.Session, table: sa.Table) -> int:
    """The highest number that a table ever gave a row, 0 = none, or it gives none."""
    if "id" not in table.columns:
        return 0
    if session.connection().dialect.name == "sqlite":
        found = session.scalar(sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
        return int(found or 0)
    sequence = session.scalar(sa.select(sa.func.pg_get_serial_sequence(table.name, "id")))
    called, last = session.execute(sa.text(f"SELECT is_called, last_value FROM {sequence}")).one()  # noqa: S608
    return int(last) if called else 0


def _write_table(archive: zipfile.ZipFile, session: orm.Session, table: sa.Table) -> Table:
    digest, rows = hashlib.sha256(), 0
    with archive.open(table_name(table), "w", force_zip64=True) as file:
        for line in _read_lines(session, table):
            digest.update(line)
            file.write(line)
            rows += 1
    return Table(rows=rows, sha256=digest.hexdigest(), last=read_last(session, table))


def _read_lines(session: orm.Session, table: sa.Table) -> Iterator[bytes]:
    key = table.primary_key.columns.values()
    chosen = sa.select(table).order_by(*key).execution_options(yield_per=ROWS_AT_ONCE)
    for row in session.execute(chosen).mappings():
        yield json.dumps(dict(row), ensure_ascii=True, allow_nan=False).encode() + b"\n"


def _read_image(sha256: str) -> bytes:
    try:
        return case_images.read(sha256)
    except errors.CaseBroken as error:
        if cases.find_case(sha256) is not None:
            raise
        raise errors.BackupNotPossible(
            expected="cases that stay while they are copied",
            found="one that was deleted meanwhile",
            where="the review store",
            todo="Do it again.",
        ) from error
