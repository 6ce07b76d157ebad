"""Restoring the review store from a backup, see `backup`: looked at from end to end before anything is touched, and
then put in place wholly or not at all.
"""

import hashlib
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import exc, orm

from core.base import errors, files, paths, progress, records
from core.datasets.index import decoding
from core.datasets.intake import archives
from core.review import backup, case_images, cases, database, database_faults, schema
from core.review.schema import ImageRow

MANIFEST_BYTES = 1_000_000
LINE_BYTES = 10_000_000
IMAGES_AT_ONCE, IMAGE_BYTES_AT_ONCE = 512, 64_000_000
_OF_INTEGERS = {"Integer": 31, "BigInteger": 63}  # bits


def restore(path: Path, *, replace: bool = False, report: progress.Report = progress.say_nothing) -> backup.Outcome:
    """Fill the review store from a backup. replace : all that is in it now is deleted, its images too.

    Raises SourceNotFound, UnsafeArchive, BrokenArchive, BackupBroken; BackupNotPossible where the store is not empty;
    DiskFull, and what `database.writing` raises. Whatever it raises, the store is as it was.
    """
    if not path.is_file():
        raise errors.SourceNotFound(
            expected="a backup", found="no such file", where=str(path), todo="Say where the backup is."
        )
    if database.exists():
        with database.reading() as session:
            _require_empty(session, replace=replace)  # said before the file is looked through, which takes a while
    with archives.open_archive(path) as archive:
        reader = _Reader(archive, path, report)
        reader.require_whole()
        with case_images.alone():
            contents = _fill(reader, replace=replace)
            case_images.settle(reader.sizes)
            cases.remove_files(contents - reader.sizes.keys())
    tables = reader.about.tables
    return backup.Outcome(tables["cases"].rows, tables["readings"].rows, len(reader.sizes), path.stat().st_size)


class _Reader:
    """A backup that is open. sizes : sha256 of the images that it has -> bytes, once it was looked through."""

    def __init__(self, archive: zipfile.ZipFile, path: Path, report: progress.Report) -> None:
        archives.read_contents(archive, path)  # which refuses what must not be unpacked
        self.path, self.report = path, report
        self._archive, self._members = archive, {member.filename: member for member in archive.infolist()}
        self.about = self._read_about()
        self.sizes: dict[str, int] = {}

    def require_whole(self) -> None:
        """All rows and all images are there and as they were written. Raises BackupBroken, BrokenArchive."""
        for table in backup.list_tables():
            digest, rows, said = hashlib.sha256(), 0, self.about.tables[table.name]
            for line, row in self._read_lines(table):
                digest.update(line)
                rows += 1
                if table.name == ImageRow.__tablename__:
                    self.sizes[row["sha256"]] = row["bytes"]
            if (rows, digest.hexdigest()) != (said.rows, said.sha256):
                raise self._broken(f"table {table.name} as it was written", f"{rows:,} other rows")
        expected = {backup.MANIFEST, *map(backup.table_name, backup.list_tables())}
        expected |= set(map(backup.image_name, self.sizes))
        odd = sorted(expected ^ self._members.keys())
        if odd or len(self.sizes) != self.about.images:
            raise self._broken("its tables, and the image of each case", f"one too many or too few: {odd[:1]}")
        for done, (sha256, size) in enumerate(self.sizes.items(), start=1):
            if len(self.read_image(sha256)) != size:
                raise self._broken(f"image {sha256} of {size:,} bytes", "another one")
            self.report(done, len(self.sizes), "Checking images")

    def read_rows(self, table: sa.Table) -> Iterator[list[dict[str, Any]]]:
        """The rows of a table, some at a time."""
        part: list[dict[str, Any]] = []
        for _, row in self._read_lines(table):
            part.append(row)
            if len(part) >= backup.ROWS_AT_ONCE:
                yield part
                part = []
        if part:
            yield part

    def read_image(self, sha256: str) -> bytes:
        """The file of a case."""
        member = self._members[backup.image_name(sha256)]
        if member.file_size > decoding.MAX_FILE_BYTES:
            raise self._broken("images", f"a file of {files.describe_bytes(member.file_size)}")
        content = archives.read_member(self._archive, member, self.path)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise self._broken(f"image {sha256}", "other contents")
        return content

    def _read_about(self) -> backup.Manifest:
        member = self._members.get(backup.MANIFEST)
        if member is None or member.file_size > MANIFEST_BYTES:
            raise self._broken(f"{backup.MANIFEST} in it", "none")
        try:
            found: backup.Manifest = records.parse(
                archives.read_member(self._archive, member, self.path), backup.Manifest
            )
        except records.Fault as error:
            raise self._broken(error.describe(), error.found) from error
        names = {table.name for table in backup.list_tables()}
        if found.revision != schema.REVISION or found.tables.keys() != names:
            raise errors.BackupBroken(
                expected=f"a backup of revision {schema.REVISION}",
                found=f"one of revision {found.revision[:40]}",
                where=str(self.path),
                todo="Restore it with the version that made it, then start this one: it brings the store up to date.",
            )
        return found

    def _read_lines(self, table: sa.Table) -> Iterator[tuple[bytes, dict[str, Any]]]:
        """The lines of a table, each as it stands and as the row that it is."""
        member = self._members.get(backup.table_name(table))
        if member is None:
            raise self._broken(f"table {table.name}", "none")
        kind = _make_kind(table)
        try:
            with self._archive.open(member) as file:
                while line := file.readline(LINE_BYTES):
                    yield line, msgspec.structs.asdict(records.parse(line, kind))
        except records.Fault as error:
            raise self._broken(f"rows of table {table.name} with {error.describe()}", error.found) from error
        except archives.READ_ERRORS as error:
            raise self._broken(f"table {table.name} as it was written", str(error) or type(error).__name__) from error

    def _broken(self, expected: str, found: str) -> errors.BackupBroken:
        return errors.BackupBroken(
            expected=f"a backup of the review store with {expected}",
            found=found[:200],
            where=str(self.path),
            todo="Take another copy of it. Nothing was changed.",
        )


def _make_kind(table: sa.Table) -> type[Any]:
    """What a row of a table is, as strict as the strictest database."""
    return msgspec.defstruct(
        table.name, [(column.name, _find_type(column)) for column in table.columns], forbid_unknown_fields=True
    )


def _find_type(column: "sa.Column[Any]") -> Any:
    kind = column.type
    if isinstance(kind, sa.JSON):
        return Any
    if isinstance(kind, sa.String):
        said: Any = Annotated[str, msgspec.Meta(max_length=kind.length, pattern=r"\A[^\0]*\Z")]
    elif isinstance(kind, sa.Integer):
        bits = _OF_INTEGERS[type(kind).__name__]
        said = Annotated[int, msgspec.Meta(ge=-(2**bits), le=2**bits - 1)]
    else:
        said = kind.python_type
    return said | None if column.nullable else said


def _fill(reader: _Reader, *, replace: bool) -> set[str]:
    """Put rows and images of a backup in the place of what there is; returns the images that there were."""
    try:
        with database.writing() as session:
            before = set(session.scalars(sa.select(ImageRow.sha256)))
            _require_empty(session, replace=replace)
            lasts = {table.name: backup.read_last(session, table) for table in backup.list_tables()}
            for table in reversed(backup.list_tables()):
                session.execute(sa.delete(table))
            _put_images(reader)
            for table in backup.list_tables():
                for rows in reader.read_rows(table):
                    session.execute(sa.insert(table), rows)
                _write_last(session, table, max(lasts[table.name], reader.about.tables[table.name].last))
            return before
    except (exc.IntegrityError, exc.DataError) as error:
        raise reader._broken("rows that fit each other", str(error.orig)) from error


def _require_empty(session: orm.Session, *, replace: bool) -> None:
    full = [table.name for table in backup.list_tables() if session.execute(sa.select(table).limit(1)).first()]
    if full and not replace:
        raise errors.BackupNotPossible(
            expected="an empty review store to restore into",
            found=f"one with {', '.join(full)}",
            where=database_faults.name_place(database.find_url()),
            todo="Back it up first; then say --replace, which deletes all that is in it.",
        )


def _put_images(reader: _Reader) -> None:
    files.require_free(paths.review_folder(), sum(reader.sizes.values()))
    part: dict[str, bytes] = {}
    for done, sha256 in enumerate(reader.sizes, start=1):
        part[sha256] = reader.read_image(sha256)
        case_images.remove_other(sha256)
        full = len(part) >= IMAGES_AT_ONCE or sum(map(len, part.values())) >= IMAGE_BYTES_AT_ONCE
        if full or done == len(reader.sizes):
            case_images.put(part, database.identify())
            part = {}
            reader.report(done, len(reader.sizes), "Restoring images")


def _write_last(session: orm.Session, table: sa.Table, last: int) -> None:
    """Have the numbers of a table go on after this one."""
    if "id" not in table.columns or not last:
        return
    if session.connection().dialect.name == "sqlite":
        given: Mapping[str, Any] = {"name": table.name, "last": last}
        session.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), given)
        session.execute(sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), given)
    else:
        sequence = sa.func.pg_get_serial_sequence(table.name, "id")
        session.execute(sa.select(sa.func.setval(sequence, last)))
