"""A backup and what is restored from it: the same on every database, whole or not at all, whatever the file is."""

import contextlib
import hashlib
import json
import shutil
import zipfile

import pytest
import sqlalchemy as sa

from core.base import errors, paths
from core.review import (
    backup,
    case_images,
    cases,
    database,
    queueing,
    reading_tables,
    restoring,
    review_record,
    reviews,
)
from tests.support import begun_reviews as begun
from tests.support import sent_images
from tests.support.begun_reviews import SICK, WELL


@pytest.fixture
def kept(store, tmp_path):
    """A store with a review that is half way, and its backup; a case of it was deleted."""
    numbers = begun.send(4)
    review = begun.begin(numbers[:3], readers=2)
    begun.answer(queueing.claim(review, "Zoë").entry.id, "Zoë", SICK, WELL, why="'ring'\n✓")
    queueing.keep_draft(queueing.claim(review, "Ben").entry.id, "Ben", {"zoom": 2.5, "said": "ж"})
    cases.delete(numbers[3])
    path = tmp_path / "backup.zip"
    said = backup.write(path)
    assert said == backup.Outcome(3, len(read_store()["readings"]), 3, path.stat().st_size)
    return path


def read_store():
    """All rows of all tables, and the images by their names."""
    with database.reading() as session:
        rows = {
            table.name: [dict(row) for row in session.execute(sa.select(table).order_by(*table.primary_key)).mappings()]
            for table in backup.list_tables()
        }
    folder = paths.review_folder() / "images"
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "images.lock"]
    return rows | {"files": sorted((path.name, path.read_bytes()) for path in files)}


def empty(monkeypatch, tmp_path):
    """Go on with a home that has nothing, on SQLite."""
    database.close_all()
    monkeypatch.delenv("SECOND_LOOK_DATABASE", raising=False)
    monkeypatch.setenv("SECOND_LOOK_HOME", str(tmp_path / "new"))


def test_what_is_restored_elsewhere_is_what_was_there(kept, tmp_path, monkeypatch):
    before = read_store()
    trail = reading_tables.tabulate_trail(1)
    empty(monkeypatch, tmp_path)
    assert restoring.restore(kept) == backup.Outcome(3, len(before["readings"]), 3, kept.stat().st_size)
    assert read_store() == before
    assert reading_tables.tabulate_trail(1).equals(trail)
    assert [cases.read_image(case)[:4] for case in cases.list_waiting()] == 3 * [b"\x89PNG"]
    again = cases.send(sent_images.encode(77), "new.png", by="Ada")
    assert again.id == 5, "the number of the deleted case is not given again"
    assert queueing.claim(1, "Cleo") is not None


def test_a_full_store_is_replaced_only_where_that_is_said(kept):
    before = read_store()
    cases.send(sent_images.encode(50), "later.png", by="Ada")
    later = read_store()
    with pytest.raises(errors.BackupNotPossible, match="--replace"):
        restoring.restore(kept)
    assert read_store() == later
    restoring.restore(kept, replace=True)
    assert read_store() == before
    assert cases.send(sent_images.encode(51), "x.png", by="Ada").id == 6, "nor those of what was replaced"


def test_from_one_database_into_another_and_back(kept, tmp_path, monkeypatch):
    """Where there is a server; else from SQLite into SQLite."""
    before = read_store()
    came_from = database.find_url().render_as_string(hide_password=False)
    empty(monkeypatch, tmp_path)
    restoring.restore(kept)
    second = tmp_path / "second.zip"
    backup.write(second)
    database.close_all()
    monkeypatch.setenv("SECOND_LOOK_DATABASE", came_from)
    restoring.restore(second, replace=True)
    assert read_store() == before


def test_other_contents_in_the_place_of_an_image_are_replaced(kept, tmp_path):
    path = case_images.path_of(cases.list_waiting()[0].sha256)
    path.write_bytes(b"other")
    with pytest.raises(errors.CaseBroken):
        backup.write(tmp_path / "broken.zip")
    assert not (tmp_path / "broken.zip").exists()
    restoring.restore(kept, replace=True)
    assert cases.read_image(cases.list_waiting()[0])


def test_a_case_that_is_deleted_meanwhile_ends_the_backup(kept, tmp_path, monkeypatch):
    real = case_images.read

    def read(sha256):
        monkeypatch.setattr(case_images, "read", real)
        cases.delete(cases.find_case(sha256).id)
        return real(sha256)

    monkeypatch.setattr(case_images, "read", read)
    with pytest.raises(errors.BackupNotPossible, match="meanwhile"):
        backup.write(tmp_path / "second.zip")
    assert not (tmp_path / "second.zip").exists()


def rewrite(kept, path, change):
    """The same archive with other members. change : name -> content, to what it is to hold."""
    with zipfile.ZipFile(kept) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def restate(members, name, rows):
    """Other rows with a checksum that fits them."""
    content = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    said = json.loads(members[backup.MANIFEST])
    said["tables"][name] |= {"rows": len(rows), "sha256": hashlib.sha256(content).hexdigest()}
    members[backup.MANIFEST], members[f"tables/{name}.jsonl"] = json.dumps(said).encode(), content


def read_rows(members, name):
    return [json.loads(line) for line in members[f"tables/{name}.jsonl"].splitlines()]


def find_image(members):
    return next(name for name in members if name.startswith("images/"))


def set_in_row(table, **values):
    def change(members):
        rows = read_rows(members, table)
        rows[0] |= values
        restate(members, table, rows)

    return change


def set_in_manifest(**values):
    def change(members):
        members[backup.MANIFEST] = json.dumps(json.loads(members[backup.MANIFEST]) | values).encode()

    return change


DAMAGE = {
    "no manifest": (lambda members: members.pop(backup.MANIFEST), errors.BackupBroken),
    "manifest is none": (lambda members: members.update({backup.MANIFEST: b"{}"}), errors.BackupBroken),
    "another format": (set_in_manifest(format=2), errors.BackupBroken),
    "another revision": (set_in_manifest(revision="0009"), errors.BackupBroken),
    "a table is gone": (lambda members: members.pop("tables/events.jsonl"), errors.BackupBroken),
    "a row is gone": (
        lambda members: members.update({"tables/events.jsonl": members["tables/events.jsonl"].split(b"\n", 1)[1]}),
        errors.BackupBroken,
    ),
    "an image is gone": (lambda members: members.pop(find_image(members)), errors.BackupBroken),
    "an image is another": (lambda members: members.update({find_image(members): b"other"}), errors.BackupBroken),
    "one too many": (lambda members: members.update({"images/../../x": b"x"}), errors.UnsafeArchive),
    "an absolute name": (lambda members: members.update({"/etc/x": b"x"}), errors.UnsafeArchive),
    "something else": (lambda members: members.update({"notes.txt": b"x"}), errors.BackupBroken),
    "a number as text": (set_in_row("entries", rank="high"), errors.BackupBroken),
    "text too long": (set_in_row("cases", name=300 * "x"), errors.BackupBroken),
    "a zero byte": (set_in_row("cases", name="a\0"), errors.BackupBroken),
    "nothing where something must be": (set_in_row("cases", name=None), errors.BackupBroken),
    "a column too many": (set_in_row("cases", diagnosis="x"), errors.BackupBroken),
    "a number that no database holds": (set_in_row("entries", n_read=2**31), errors.BackupBroken),
    "a row that points nowhere": (set_in_row("events", case_id=999), errors.BackupBroken),
    "a row twice": (
        lambda members: restate(members, "events", 2 * read_rows(members, "events")),
        errors.BackupBroken,
    ),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_what_is_not_whole_changes_nothing(kept, tmp_path, what):
    change, fault = DAMAGE[what]
    path = rewrite(kept, tmp_path / "spoilt.zip", change)
    before = read_store()
    with pytest.raises(fault):
        restoring.restore(path, replace=True)
    assert read_store() == before


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_what_is_no_archive(kept, tmp_path, content):
    path = tmp_path / "other.zip"
    path.write_bytes(kept.read_bytes()[:-30] if content is None else content)
    with pytest.raises(errors.BrokenArchive):
        restoring.restore(path, replace=True)
    with pytest.raises(errors.SourceNotFound):
        restoring.restore(tmp_path / "none.zip")


def test_a_flipped_bit_is_found_or_does_no_harm(kept, tmp_path):
    content = bytearray(kept.read_bytes())
    before = read_store()
    for place in range(40, len(content) - 2000, 997):
        spoilt = content.copy()
        spoilt[place] ^= 1
        (tmp_path / "spoilt.zip").write_bytes(spoilt)
        with contextlib.suppress(errors.BackupBroken, errors.BrokenArchive, errors.UnsafeArchive):
            restoring.restore(tmp_path / "spoilt.zip", replace=True)  # a time of a member, which nobody reads
        assert read_store() == before


def test_a_stop_on_the_way_changes_nothing(kept, tmp_path, monkeypatch):
    cases.send(sent_images.encode(50), "later.png", by="Ada")
    later = read_store()

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(restoring, "_write_last", stop)
    with pytest.raises(KeyboardInterrupt):
        restoring.restore(kept, replace=True)
    assert read_store() == later


def test_a_full_disk_changes_nothing(kept, tmp_path, monkeypatch):
    def write(path, content):
        raise OSError(28, "No space left on device")

    empty(monkeypatch, tmp_path)
    monkeypatch.setattr(case_images, "_write", write)
    with pytest.raises(errors.DiskFull):
        restoring.restore(kept)
    assert not any(read_store().values())


def test_there_is_nothing_to_back_up(home, tmp_path, monkeypatch):
    monkeypatch.delenv("SECOND_LOOK_DATABASE", raising=False)
    with pytest.raises(errors.BackupNotPossible, match="Nothing was ever sent"):
        backup.write(tmp_path / "x.zip")
    assert not paths.review_folder().exists() and not (tmp_path / "x.zip").exists()


def test_a_review_goes_on_where_it_was(kept, tmp_path, monkeypatch):
    shutil.copy(kept, tmp_path / "copy.zip")
    before = reviews.count(1)
    empty(monkeypatch, tmp_path)
    restoring.restore(tmp_path / "copy.zip")
    assert reviews.count(1) == before
    assert queueing.claim(1, "Ben").draft in ({"zoom": 2.5, "said": "ж"}, {})
    for reader in ("Ada", "Ben", "Zoë"):
        begun.read_all(1, reader, WELL)
    assert reviews.count(1).total == reviews.count(1).settled == 3
    assert reviews.read_review(1).settings.mode == review_record.BLIND_FIRST
