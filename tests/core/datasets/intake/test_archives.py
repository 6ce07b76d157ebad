"""Archives: only images, only below the folder, and never more than they state."""

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from core.base import errors, progress
from core.datasets.intake import archives, importing

EVIL_NAMES = [
    "../evil.png",
    "A/../../evil.png",
    "A/..",
    "/etc/evil.png",
    "//server/evil.png",
    "C:/evil.png",
    "c:evil.png",
    "..\\evil.png",
    "A\\evil.png",
    "\\\\server\\evil.png",
    "A/" + "n" * 300 + ".png",
    "A/" * 1200 + "1.png",
]


def write_zip(path: Path, members: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            member = zipfile.ZipInfo(name)
            member.filename = name  # ZipInfo tidies names itself
            member.compress_type = method
            archive.writestr(member, data)
    return path


def unpack(path: Path, folder: Path) -> archives.Contents:
    folder.mkdir(exist_ok=True)
    with archives.open_archive(path) as archive:
        contents = archives.read_contents(archive, path)
        archives.extract(archive, contents.images, folder, path, progress.say_nothing)
    return contents


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_images_come_out_and_the_rest_is_counted(tmp_path: Path) -> None:
    images = {"A/1.png": b"one", "A/é ü.JPG": b"two", "./B//3.webp": b"three"}
    others = {
        "readme.txt": b"",
        "labels": b"",
        "inner.zip": b"PK",
        "A/Thumbs.db": b"",
        ".DS_Store": b"",
        "__MACOSX/A/._1.png": b"",
        "A/._1.png": b"",
        ".hidden/1.png": b"",
    }
    contents = unpack(write_zip(tmp_path / "x.zip", {**images, "folder/": b"", **others}), tmp_path / "out")
    assert files_in(tmp_path / "out") == {"A/1.png": b"one", "A/é ü.JPG": b"two", "B/3.webp": b"three"}
    assert contents.ignored == {".txt": 1, "no suffix": 1, archives.ZIP_INSIDE: 1, "hidden or system": 5}


@pytest.mark.parametrize("name", EVIL_NAMES)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    path = write_zip(tmp_path / "x.zip", {"A/1.png": b"1", name: b"evil"})
    with pytest.raises(errors.UnsafeArchive):
        unpack(path, tmp_path / "out")
    assert files_in(tmp_path) == {"x.zip": path.read_bytes()}


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_links_and_devices_are_refused(tmp_path: Path, kind: int) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        member = zipfile.ZipInfo("A/1.png")
        member.external_attr = (kind | 0o777) << 16
        archive.writestr(member, "/etc/passwd")
    with pytest.raises(errors.UnsafeArchive, match=r"link|neither"):
        unpack(tmp_path / "x.zip", tmp_path / "out")


def test_encrypted_members_are_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", {"A/1.png": b"1"})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(errors.UnsafeArchive, match="encrypted"):
        unpack(path, tmp_path / "out")


def test_overlapping_members_are_refused(tmp_path: Path) -> None:
    """As the zip bombs of D. Fifield (2019) are made: many directory entries for the same bytes."""
    path = write_zip(tmp_path / "x.zip", {"A/1.png": b"a" * 9000, "B/2.png": b"b" * 9000}, method=zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    second = data.index(b"PK\1\2", data.index(b"PK\1\2") + 4)
    data[second + 42 : second + 46] = struct.pack("<I", 40)
    path.write_bytes(data)
    with pytest.raises(errors.UnsafeArchive, match="overlaps"):
        unpack(path, tmp_path / "out")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("names", [["A/1.png", "A/1.png"], ["A/1.png", "A//1.png"], ["A.png", "A.png/1.png"]])
def test_a_name_that_comes_twice_is_refused(tmp_path: Path, names: list[str]) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for name in names:
            archive.writestr(name, name)
    with pytest.raises(errors.UnsafeArchive, match="more than once"):
        unpack(tmp_path / "x.zip", tmp_path / "out")


def test_bombs_are_refused_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "RATIO_MATTERS_ABOVE_BYTES", 1_000_000)
    path = write_zip(tmp_path / "x.zip", {"A/1.png": bytes(3_000_000)})
    with pytest.raises(errors.UnsafeArchive, match=r"3\.0 MB packed into"):
        unpack(path, tmp_path / "out")
    assert files_in(tmp_path / "out") == {}


def test_too_many_members_and_too_little_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_zip(tmp_path / "x.zip", {"A/1.png": b"1", "A/2.png": b"2"})
    monkeypatch.setattr(archives, "MAX_MEMBERS", 1)
    with pytest.raises(errors.UnsafeArchive, match="at most 1 files"):
        unpack(path, tmp_path / "out")
    monkeypatch.undo()
    monkeypatch.setattr("core.base.files.free_bytes", lambda where: 1000)
    with pytest.raises(errors.DiskFull):
        unpack(path, tmp_path / "out")


def test_a_member_that_holds_more_than_it_states(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", {"A/1.png": b"a" * 5000})
    data = path.read_bytes().replace(struct.pack("<I", 5000), struct.pack("<I", 50))
    path.write_bytes(data)
    with pytest.raises(errors.BrokenArchive, match="CRC"):
        unpack(path, tmp_path / "out")
    assert len(files_in(tmp_path / "out").get("A/1.png", b"")) <= 50


def test_damaged_archives(tmp_path: Path) -> None:
    whole = write_zip(
        tmp_path / "x.zip", {f"A/{number}.png": bytes([number]) * 999 for number in range(9)}
    ).read_bytes()
    broken = {
        "text": b"not a zip",
        "empty": b"",
        "no end": whole[:-30],
        "start gone": whole[200:],
        "holes": whole[:60] + bytes(300) + whole[360:],
        "method": whole.replace(b"\x08\0", b"\x63\0"),
    }
    for name, data in broken.items():
        (tmp_path / "x.zip").write_bytes(data)
        with pytest.raises((errors.BrokenArchive, errors.UnsafeArchive)):
            unpack(tmp_path / "x.zip", tmp_path / name)


def test_any_altered_byte_gives_images_or_a_message(tmp_path: Path) -> None:
    whole = write_zip(tmp_path / "x.zip", {"A/1.png": b"one" * 30, "B/2.png": b"two" * 30}).read_bytes()
    for place in range(0, len(whole), 2):
        altered = bytearray(whole)
        altered[place] ^= 0xFF
        (tmp_path / "x.zip").write_bytes(altered)
        try:
            unpack(tmp_path / "x.zip", tmp_path / f"out{place}")
        except (errors.BrokenArchive, errors.UnsafeArchive):
            continue


def test_an_archive_of_archives_says_so(home: Path, tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("A/1.png", "1")
    path = write_zip(tmp_path / "x.zip", {"one.zip": inner.getvalue(), "two.zip": inner.getvalue()})
    with pytest.raises(errors.DatasetHasNoImages, match=r"2 x zip inside the archive.*Unpack the archives first"):
        importing.import_dataset(path, "x")
