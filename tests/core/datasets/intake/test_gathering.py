"""Images from folders, archives and files in one list; what is unsafe is refused, what was unpacked goes again."""

import os
import zipfile

import pytest

from core.base import errors, paths
from core.datasets.intake import archives, gathering
from tests import conftest


@pytest.fixture
def folder(home, tmp_path):
    conftest.write_tiny_images(tmp_path / "cells")
    (tmp_path / "cells" / "notes.txt").write_text("x")
    return tmp_path / "cells"


def pack(folder, path, *more):
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*.*")):
            archive.write(file, file.relative_to(folder).as_posix())
        for name in more:
            archive.writestr(name, "x")
    return path


def test_a_folder_with_all_below(folder):
    with gathering.gather([folder]) as found:
        assert found.count == 72 and found.ignored == {".txt": 1}
        (batch,) = found.batches
        assert batch.names == batch.shown and all((folder / name).is_file() for name in batch.names)


def test_an_archive_is_unpacked_aside_and_gone_afterwards(folder, tmp_path):
    packed = pack(folder, tmp_path / "cells.zip")
    with gathering.gather([packed]) as found:
        place = found.batches[0].folder
        assert found.count == 72 and (place / found.batches[0].names[0]).is_file()
        assert place.is_relative_to(paths.cache_folder())
    assert not place.exists()


def test_of_several_each_name_says_whose_it_is(folder, tmp_path):
    packed, one = pack(folder, tmp_path / "packed.zip"), next(folder.rglob("*.png"))
    with gathering.gather([folder, packed, one, tmp_path / "gone.png"]) as found:
        assert found.count == 72 + 72 + 2
        shown = [name for batch in found.batches for name in batch.shown]
        assert shown[0].startswith("cells/") and shown[72].startswith("packed.zip/")
        assert shown[-2:] == [str(one), str(tmp_path / "gone.png")]


def test_files_side_by_side_are_read_together(folder):
    some = sorted(folder.rglob("*.png"))[:5]
    with gathering.gather(some) as found:
        assert [len(batch.names) for batch in found.batches] == [5]


@pytest.mark.parametrize("name", ["../evil.png", "/evil.png", "a\\..\\evil.png"])
def test_an_archive_that_leads_out_is_refused(folder, tmp_path, name):
    packed = pack(folder, tmp_path / "cells.zip", name)
    with pytest.raises(errors.UnsafeArchive), gathering.gather([packed]):
        pass
    assert not list(paths.cache_folder().glob(".unpacked*"))


def test_no_archive_nothing_in_it_and_a_pipe(home, tmp_path):
    (tmp_path / "no.zip").write_bytes(b"no zip")
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    for source, fault in (
        ("no.zip", errors.BrokenArchive),
        ("empty", errors.DatasetHasNoImages),
        ("pipe.png", errors.SourceNotUsable),
    ):
        with pytest.raises(fault), gathering.gather([tmp_path / source]):
            pass


def test_each_image_is_read_again_by_the_name_that_it_was_shown_under(folder, tmp_path):
    packed = pack(folder, tmp_path / "packed.zip")
    single = next(folder.rglob("*.png"))
    for sources in ([folder], [packed], [folder, packed, single]):
        with gathering.gather(sources) as found, gathering.reopen(sources) as read:
            for batch in found.batches:
                name, shown = batch.names[-1], batch.shown[-1]
                assert (batch.folder / name).read_bytes() in list(read(shown))


@pytest.mark.parametrize("shown", ["../secret.png", "nothing.png", "", "/etc/hostname", "packed.zip/../secret.png"])
def test_nothing_beside_the_sources_is_read_again(folder, tmp_path, shown):
    (tmp_path / "secret.png").write_text("x")
    packed = pack(folder, tmp_path / "packed.zip")
    for sources in ([folder], [packed], [folder, packed]):
        with gathering.reopen(sources) as read:
            assert list(read(shown)) == []


def test_a_damaged_archive_is_opened_once_and_said_of_each_of_its_images(tmp_path, monkeypatch):
    (tmp_path / "half.zip").write_bytes(b"PK half of one")
    opened, really = [], archives.open_archive
    monkeypatch.setattr(archives, "open_archive", lambda path: opened.append(path) or really(path))
    with gathering.reopen([tmp_path / "half.zip"]) as read:
        for name in ("a.png", "b.png"):
            with pytest.raises(errors.BrokenArchive):
                next(read(name))
    assert len(opened) == 1


@pytest.mark.parametrize("words", ["", "/nowhere", "~nobody-of-that-name/x", "/proc", "/dev/null", "a\0b"])
def test_a_path_that_is_no_source_is_said(home, words):
    with pytest.raises(errors.SourceNotFound):
        gathering.find_source(words or "/nowhere/else")
