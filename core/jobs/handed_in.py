"""What comes through the browser, until a job has read it: `data/uploads/<number>/`."""

import contextlib
import re
import shutil
import time
import uuid
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import BinaryIO

from core.base import asides, files, paths
from core.datasets.intake import importing

FOLDERS, SECONDS = "[0-9a-f]" * 12, 3600.0
MOST_FOLDERS = 8  # in the name of one, with itself
IMAGES = "images"  # in the folder of an upload: single ones


def keep_upload(file_name: str, content: BinaryIO) -> Path:
    """Keep an archive that came through the browser until its import has read it; returns where it is."""
    parent = paths.uploads_folder()
    folder = parent / uuid.uuid4().hex[:12]
    name = f"{importing.suggest_name(Path(file_name).stem)}{Path(file_name).suffix.lower()}"
    with files.disk_full_as_message(parent):
        parent.mkdir(parents=True, exist_ok=True)
        with asides.make_folder(parent, "upload") as aside:
            with (aside / name).open("wb") as file:
                shutil.copyfileobj(content, file)
            aside.rename(folder)
    return folder / name


def keep_all(given: Sequence[tuple[str, BinaryIO]]) -> list[Path]:
    """The same for archives and single images, (name, content) each: the archives, and one folder of all others."""
    archives = [one for one in given if one[0].lower().endswith(".zip")]
    images = [one for one in given if one not in archives]
    return [*(keep_upload(*one) for one in archives), *([keep_images(images)] if images else [])]


def keep_images(named: Sequence[tuple[str, BinaryIO]]) -> Path:
    """Keep single images that came through the browser, (name, content) each, until a job has read them; returns the
    folder that they lie in, under their own names and folders, with a number where one comes twice."""
    parent = paths.uploads_folder()
    folder = parent / uuid.uuid4().hex[:12]
    with files.disk_full_as_message(parent):
        parent.mkdir(parents=True, exist_ok=True)
        with asides.make_folder(parent, "upload") as aside:
            (aside / IMAGES).mkdir()
            taken = set[str]()
            for number, (file_name, content) in enumerate(named, start=1):
                *folders, plain = _name_parts(file_name)
                place = Path(*folders, plain)
                if str(place).lower() in taken:
                    place = Path(*folders, f"{number}-{plain}")
                taken.add(str(place).lower())
                (aside / IMAGES / place).parent.mkdir(parents=True, exist_ok=True)
                with (aside / IMAGES / place).open("xb") as file:
                    shutil.copyfileobj(content, file)
            aside.rename(folder)
    return folder / IMAGES


def _name_parts(file_name: str) -> list[str]:
    """Folders and name of a file that came through the browser, of letters that every disk takes, none leading out."""
    parts = [part for part in file_name.split("/") if part not in ("", ".", "..")][-MOST_FOLDERS:]
    plain = [re.sub(r"[^\w. -]+", "_", part, flags=re.ASCII).lstrip(".")[-120:] for part in parts]
    return [part or "_" for part in plain[:-1]] + [plain[-1] if plain and plain[-1] else "image"]


def is_upload(source: Path) -> bool:
    """Whether it came through the browser."""
    return source.parent.parent == paths.uploads_folder()


def remove(source: Path) -> None:
    """What a job has read, where it came through the browser; anything else stays."""
    if is_upload(source):
        shutil.rmtree(source.parent, ignore_errors=True)


def forget_old(wanted: Collection[Path]) -> None:
    """Drop what no job has taken up: the server was killed between an upload and its job. wanted : folders to keep."""
    for folder in paths.uploads_folder().glob(FOLDERS):
        with contextlib.suppress(FileNotFoundError):
            if folder not in wanted and abs(time.time() - folder.stat().st_mtime) > SECONDS:
                files.remove_folder(folder)
