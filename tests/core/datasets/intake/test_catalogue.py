"""The catalogue: its entries, the checksums it learns, and what comes of a download that goes right or wrong."""

import dataclasses
import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.base import errors, files, paths, progress
from core.datasets.index import index, names
from core.datasets.intake import catalogue, downloading
from tests.core.datasets import conftest as shared
from tests.support import file_server

KEY = "pets"


def pets(first: int = 0) -> bytes:
    """A .zip of two classes of three small images."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(6):
            archive.writestr(
                f"pets/{'cats' if number < 3 else 'dogs'}/{number}.png", shared.encode_small(first + number)
            )
    return file.getvalue()


PETS = pets()
SHA = hashlib.sha256(PETS).hexdigest()


@pytest.fixture
def server() -> Iterator[file_server.Server]:
    """A server on 127.0.0.1, gone after the test."""
    running = file_server.Server()
    running.answers = [file_server.serve(PETS)]
    yield running
    running.close()


@pytest.fixture
def entry(home: Path, server: file_server.Server, monkeypatch: pytest.MonkeyPatch) -> catalogue.Entry:
    """An entry of the catalogue that the server serves."""
    added = dataclasses.replace(catalogue.ENTRIES[0], key=KEY, url=server.url, size_bytes=len(PETS), sha256=None)
    monkeypatch.setattr(catalogue, "ENTRIES", (*catalogue.ENTRIES, added))
    return added


def left() -> set[str]:
    folder = paths.uploads_folder() / "catalogue"
    return {path.name for path in folder.glob("*") if path.suffix != ".lock"}


@pytest.mark.parametrize("entry", catalogue.ENTRIES, ids=lambda entry: entry.key)
def test_entries_are_complete(entry: catalogue.Entry) -> None:
    assert catalogue.find_entry(entry.key) is entry
    assert all([entry.title, entry.what_for, entry.licence, entry.citation])
    assert entry.source_page.startswith("https://")
    assert entry.url is None or entry.url.startswith("https://")
    assert entry.images > 1000 and entry.size_bytes > 10_000_000
    assert names.is_usable(entry.suggested_name) and names.is_usable(entry.key)
    assert entry.sha256 is None or len(entry.sha256) == 64
    assert entry.source_page in catalogue.describe_by_hand(entry) and ".zip" in catalogue.describe_by_hand(entry)


def test_keys_are_different() -> None:
    assert len({entry.key for entry in catalogue.ENTRIES}) == len(catalogue.ENTRIES) == 3


def test_an_unknown_key_names_the_known_ones() -> None:
    with pytest.raises(errors.DatasetNotFound, match="malaria, chest-xray, cats-and-dogs"):
        catalogue.find_entry("cifar")


def test_a_fetched_data_set_is_imported_and_its_archive_goes(
    entry: catalogue.Entry, server: file_server.Server
) -> None:
    said: set[str] = set()
    built = catalogue.fetch(KEY, "mine", report=lambda done, total, what: said.add(what))
    assert built.name == "mine" and built.class_names == ("cats", "dogs") and len(built.usable) == 6
    assert built.facts["kind"] == "catalogue" and built.facts["left_out"] == {}
    assert left() == set()
    assert catalogue.known_checksum(entry) == SHA
    assert {"Downloading (MB)", "Checking", "Unpacking"} <= said


def test_source_licence_and_citation_stay_with_the_data_set(entry: catalogue.Entry, server: file_server.Server) -> None:
    catalogue.fetch(KEY, "mine")
    for built in (index.read_index("mine"), index.build_index("mine")):  # also when the folder is read again
        said = index.describe(built)["facts"]
        assert {name: said[name] for name in ("source", "source_page", "licence", "citation", "source_sha256")} == {
            "source": entry.title,
            "source_page": entry.source_page,
            "licence": entry.licence,
            "citation": entry.citation,
            "source_sha256": SHA,
        }


def test_the_second_download_must_be_the_same_file(entry: catalogue.Entry, server: file_server.Server) -> None:
    catalogue.fetch(KEY, "mine")
    server.answers = [file_server.serve(pets(100))]
    with pytest.raises(
        errors.DownloadFailed, match=rf"{SHA} \(from the first download; .* remove data/catalogue\.json"
    ):
        catalogue.fetch(KEY, "again")
    assert left() == set() and catalogue.known_checksum(entry) == SHA
    assert not (paths.datasets_folder() / "again").exists()


def test_a_checksum_in_the_code_wins(entry: catalogue.Entry) -> None:
    catalogue.learn_checksum(entry, "a" * 64)
    assert catalogue.known_checksum(entry) == "a" * 64
    assert catalogue.known_checksum(dataclasses.replace(entry, sha256="b" * 64)) == "b" * 64


def test_a_checksum_belongs_to_its_address(entry: catalogue.Entry) -> None:
    catalogue.learn_checksum(entry, "a" * 64)
    catalogue.learn_checksum(catalogue.ENTRIES[0], "c" * 64)
    assert catalogue.known_checksum(entry) == "a" * 64
    assert catalogue.known_checksum(dataclasses.replace(entry, url="https://elsewhere.example/a.zip")) is None


@pytest.mark.parametrize("damaged", ["{", "[]", '{"pets": 3}', '{"pets": {}}'])
def test_damaged_checksums_are_said(entry: catalogue.Entry, server: file_server.Server, damaged: str) -> None:
    paths.data_folder().mkdir(parents=True)
    (paths.data_folder() / "catalogue.json").write_text(damaged)
    with pytest.raises(errors.DownloadFailed, match=r"a damaged file.*Remove it"):
        catalogue.fetch(KEY, "mine")
    assert server.asked == []


def test_a_taken_name_downloads_nothing(entry: catalogue.Entry, server: file_server.Server) -> None:
    catalogue.fetch(KEY, "mine")
    with pytest.raises(errors.NameTaken):
        catalogue.fetch(KEY, "mine")
    with pytest.raises(errors.NameNotUsable):
        catalogue.fetch(KEY, "../mine")
    assert len(server.asked) == 1


def test_without_an_address_it_says_where_to_get_it(
    entry: catalogue.Entry, server: file_server.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "ENTRIES", (dataclasses.replace(entry, url=None),))
    with pytest.raises(errors.DownloadFailed, match=r"Get it yourself from https://.* and import the \.zip"):
        catalogue.fetch(KEY, "mine")
    assert server.asked == []


def test_a_failed_import_keeps_the_archive_for_the_next_try(
    entry: catalogue.Entry, server: file_server.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(where: Path, needed_bytes: int) -> None:
        if where != paths.uploads_folder() / "catalogue" / "pets.zip":
            raise errors.DiskFull(expected="room", found="none", where=str(where), todo="Make some.")

    with monkeypatch.context() as patch:
        patch.setattr(files, "require_free", no_room)
        with pytest.raises(errors.DiskFull):
            catalogue.fetch(KEY, "mine")
    assert left() == {"pets.zip"} and catalogue.bytes_here(entry) == len(PETS)
    catalogue.fetch(KEY, "mine")
    assert len(server.asked) == 1 and left() == set()


def test_an_archive_that_is_itself_the_fault_is_neither_kept_nor_learnt(
    entry: catalogue.Entry, server: file_server.Server
) -> None:
    spoilt = PETS.replace(b"IDAT", b"XXXX")
    server.answers = [file_server.serve(spoilt), file_server.serve(file_server.zip_bytes()), file_server.serve(PETS)]
    with pytest.raises(errors.BrokenArchive):
        catalogue.fetch(KEY, "mine")
    with pytest.raises(errors.DatasetHasNoImages):
        catalogue.fetch(KEY, "mine")
    assert left() == set() and catalogue.known_checksum(entry) is None
    assert len(catalogue.fetch(KEY, "mine").usable) == 6
    assert catalogue.known_checksum(entry) == SHA


def test_what_is_left_of_a_download_can_be_removed(entry: catalogue.Entry, server: file_server.Server) -> None:
    def cancel(done: int, total: int, what: str) -> None:
        if what == "Checking":
            raise progress.Cancelled

    with pytest.raises(progress.Cancelled):
        catalogue.fetch(KEY, "mine", report=cancel)
    assert catalogue.bytes_here(entry) == len(PETS)
    catalogue.forget_download(entry)
    catalogue.forget_download(entry)
    assert left() == set() and catalogue.bytes_here(entry) == 0


def test_nothing_is_removed_under_a_download_at_work(entry: catalogue.Entry, server: file_server.Server) -> None:
    archive = paths.uploads_folder() / "catalogue" / "pets.zip"
    with downloading.hold(archive.with_suffix("")):
        archive.write_bytes(PETS)
        with pytest.raises(errors.DownloadFailed, match="one that is at work"):
            catalogue.forget_download(entry)
        assert catalogue.bytes_here(entry) == len(PETS)
    catalogue.forget_download(entry)
    assert catalogue.bytes_here(entry) == 0


def test_a_kept_archive_that_was_touched_comes_again(entry: catalogue.Entry, server: file_server.Server) -> None:
    catalogue.learn_checksum(entry, SHA)
    kept = paths.uploads_folder() / "catalogue" / "pets.zip"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(pets(100))
    assert len(catalogue.fetch(KEY, "mine").usable) == 6
    assert len(server.asked) == 1 and left() == set()


def test_a_broken_download_leaves_no_data_set_and_goes_on(entry: catalogue.Entry, server: file_server.Server) -> None:
    half = len(PETS) // 2

    def cancel(done: int, total: int, what: str) -> None:
        if what != "Downloading (MB)":
            raise progress.Cancelled

    server.answers = [file_server.serve(PETS, stop_after=half), file_server.serve(PETS)]
    with pytest.raises(progress.Cancelled):
        catalogue.fetch(KEY, "mine", report=cancel)
    assert left() == {"pets.zip.part", "pets.zip.part.json"} and catalogue.bytes_here(entry) == half
    assert catalogue.known_checksum(entry) is None
    catalogue.fetch(KEY, "mine")
    assert server.ranges == [None, f"bytes={half}-"]


def test_no_network_says_how_to_do_without(entry: catalogue.Entry, server: file_server.Server) -> None:
    server.close()
    with pytest.raises(errors.DownloadFailed, match=rf"no network.*Get it yourself from {entry.source_page}"):
        catalogue.fetch(KEY, "mine")
    assert downloading.bytes_here(paths.uploads_folder() / "catalogue" / "pets.zip") == 0
