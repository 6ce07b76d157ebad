"""What a model answered to many images at once, kept: made whole or not at all, opened by id, deleted by its user.

`data/answers/<id>/` has about.json (what was asked, and of which state of the model), answers.parquet (the rows of
`marks.mark`), thumbnails.parquet (a JPEG a row), and given/ with the images that came through the browser: they are
nowhere else. Needs TensorFlow (inside `make`).
"""

import contextlib
import hashlib
import re
import shutil
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from core.base import asides, errors, files, paths, progress, records
from core.datasets.intake import gathering
from core.models import package, tables
from core.prediction import many, marks

ABOUT, ROWS, THUMBNAILS = "about.json", "answers.parquet", "thumbnails.parquet"
GIVEN = "given"
VERSION = 1
JPEG_QUALITY = 85
MOST_THUMBNAILS = 100_000  # of images: 2 KB each; of more the first ones have one
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,95}")
_SCHEMA = pa.schema([("jpeg", pa.binary())])


class About(records.Record, frozen=True, kw_only=True):
    """What about.json holds. model, created, gate : the model, when it was made, sha256 of its gate. threshold, limit,
    temperature : as they were kept then. rule : by which images were grouped. ignored : kind of file -> how many others
    there were. images, by_verdict : counts."""

    version: records.Count
    id: records.Name
    at: records.Text
    model: records.Name
    created: records.Text
    gate: records.Text
    threshold: records.Number | None
    limit: records.Number | None
    temperature: records.Number | None
    sources: tuple[records.Text, ...]
    rule: records.Text
    images: records.Count
    by_verdict: dict[str, records.Count]
    ignored: dict[str, records.Count]
    seconds: records.Number


def make(
    model_id: str,
    sources: Sequence[Path],
    *,
    rule: str = "auto",
    answers_id: str = "",
    given: Collection[Path] = (),
    report: progress.Report = progress.say_nothing,
) -> About:
    """Ask a model about all images of these folders, archives and files, and keep what it answers.

    rule : see `smear_rules.RULES`. answers_id : "" = a new one. given : those of the sources that go into the folder of
    the answers, with everything in it, since nobody else keeps them. Raises ModelNotFound, GroupRuleNotUsable, and what
    `gathering.gather` and `many.answer` raise; Cancelled leaves nothing.
    """
    began, found = time.monotonic(), package.find_package(model_id)
    marks.require_rule(rule)
    answers_id = answers_id or f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:6]}"
    parent = paths.answers_folder()
    with files.disk_full_as_message(parent):
        parent.mkdir(parents=True, exist_ok=True)
        with gathering.gather(sources, report) as gathered, asides.make_folder(parent, "answers") as aside:
            rows, looks = _collect(found, gathered, aside, report)
            report(0, 0, "Looking what the model has seen of them")
            marked, rule = marks.mark(found, rows, looks, rule=rule)
            marked.to_parquet(aside / ROWS, index=False)
            places = [_place(number, source, given) for number, source in enumerate(sources)]
            created, gate, threshold = found.state
            about = About(
                version=VERSION,
                id=answers_id,
                at=datetime.now(UTC).isoformat(timespec="seconds"),
                model=found.id,
                created=created,
                gate=gate,
                threshold=threshold,
                limit=found.referral_limit,
                temperature=found.temperature,
                sources=tuple(str(source)[:1000] for source in places[:100]),
                rule=rule,
                images=len(marked),
                by_verdict={str(name): int(n) for name, n in marked["verdict"].value_counts().items()},
                ignored=dict(gathered.ignored),
                seconds=round(time.monotonic() - began, 1),
            )
            files.write_json(aside / ABOUT, about.to_json())
            for source, place in zip(sources, places, strict=True):
                if source in given:
                    (aside / place).parent.mkdir(parents=True)
                    shutil.move(source, aside / place)
            aside.rename(parent / answers_id)
    return about


def _place(number: int, source: Path, given: Collection[Path]) -> Path:
    """Where a source is from now on; one that was given, in the folder of the answers."""
    return Path(GIVEN) / str(number) / source.name if source in given else source


def _collect(
    found: package.Package, gathered: gathering.Gathered, aside: Path, report: progress.Report
) -> tuple[pd.DataFrame, NDArray[np.int8]]:
    """All rows, and by what images are known again; thumbnails go to the disk as they come."""
    rows, looks, written = list[pd.DataFrame](), list[NDArray[np.int8]](), 0
    with parquet.ParquetWriter(aside / THUMBNAILS, _SCHEMA, compression="none") as writer:
        for part in many.answer(found, gathered, report=report):
            rows.append(part.rows)
            looks.append(part.pictures)
            chosen = part.thumbnails[: max(0, MOST_THUMBNAILS - written)]
            writer.write_table(pa.table({"jpeg": list(_encode(chosen))}, _SCHEMA))
            written += len(chosen)
    return pd.concat(rows, ignore_index=True), np.concatenate(looks)


def _encode(thumbnails: NDArray[np.uint8]) -> Iterator[bytes]:
    for image_rgb in thumbnails:
        _, encoded = cv2.imencode(".jpg", image_rgb[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        yield encoded.tobytes()


def find(answers_id: str) -> About:
    """What was kept under this id. Raises AnswersNotFound, AnswersBroken."""
    folder = paths.answers_folder() / answers_id
    if not _ID.fullmatch(answers_id) or files.find_kind(folder / ABOUT) == "nothing":
        raise errors.AnswersNotFound(
            expected="answers that are kept on this machine",
            found=repr(answers_id)[:120],
            where="data/answers/",
            todo="Ask the model again.",
        )
    try:
        said: About = files.read_json(folder / ABOUT, About)
        if said.version != VERSION or said.id != answers_id:
            raise records.Fault("version", str(VERSION), str(said.version))
    except (records.Fault, FileNotFoundError) as error:
        raise _broken(answers_id, str(error)) from error
    return said


def list_kept() -> list[About]:
    """All that can be read, newest first."""
    found, parent = list[About](), paths.answers_folder()
    for folder in sorted(parent.iterdir()) if parent.is_dir() else []:
        try:
            found.append(find(folder.name))
        except (errors.AnswersNotFound, errors.AnswersBroken):
            continue
    return sorted(found, key=lambda about: about.at, reverse=True)


def list_broken() -> list[str]:
    """What is wrong with those that cannot be read."""
    said, parent = list[str](), paths.answers_folder()
    for folder in sorted(parent.iterdir()) if parent.is_dir() else []:
        try:
            find(folder.name)
        except errors.AnswersNotFound:
            continue
        except errors.AnswersBroken as error:
            said.append(str(error))
    return said


def read_rows(answers_id: str) -> pd.DataFrame:
    """The rows of `marks.mark`, in the order in which the images were named. Raises AnswersNotFound, AnswersBroken."""
    about = find(answers_id)
    try:
        rows: pd.DataFrame = parquet.read_table(paths.answers_folder() / answers_id / ROWS).to_pandas()
    except (OSError, ValueError, pa.ArrowException) as error:
        raise _broken(answers_id, f"{ROWS}: {error}") from error
    missing = {"path", "verdict", "class_name", "smear", "needs", "turn", "image_id", "error"} - set(rows.columns)
    if missing or len(rows) != about.images:
        raise _broken(answers_id, f"{len(rows):,} rows" + (f" without {', '.join(sorted(missing))}" if missing else ""))
    return rows


def read_thumbnails(answers_id: str, places: Sequence[int]) -> list[bytes]:
    """The thumbnails of some rows, JPEG each; b"" of those that have none. Raises AnswersNotFound, AnswersBroken."""
    find(answers_id)
    try:
        kept = parquet.read_table(paths.answers_folder() / answers_id / THUMBNAILS)["jpeg"]
        return [kept[int(place)].as_py() if place < len(kept) else b"" for place in places]
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise _broken(answers_id, f"{THUMBNAILS}: {error}") from error


def read_original(answers_id: str, place: int) -> tuple[str, bytes]:
    """The name and the file of the image in one row, as it was when the model was asked.

    Raises AnswersNotFound, AnswersBroken, and SourceNotFound where the file is not there any more, or another one.
    """
    with open_originals(answers_id) as read:
        return read(place)


@contextlib.contextmanager
def open_originals(answers_id: str) -> Iterator[Callable[[int], tuple[str, bytes]]]:
    """What reads one row's image after the other as `read_original` does; where they lie is looked up once.

    Raises AnswersNotFound, AnswersBroken; what it gives raises as `read_original` does, UnsafeArchive, BrokenArchive.
    """
    about, rows = find(answers_id), read_rows(answers_id)
    folder = paths.answers_folder() / answers_id
    sources = [folder / source if source.startswith(f"{GIVEN}/") else Path(source) for source in about.sources]
    names, image_ids = rows["path"].tolist(), rows["image_id"].tolist()
    with gathering.reopen(sources) as read_again:

        def read(place: int) -> tuple[str, bytes]:
            if not 0 <= place < len(names):
                expected = f"an image from 0 to {len(names) - 1}"
                raise errors.AnswersNotFound(
                    expected=expected, found=str(place), where=answers_id, todo="Choose another one."
                )
            shown, image_id = names[place], image_ids[place]
            found = "nothing of that name, or another image"
            try:
                for content in read_again(shown):
                    if not image_id or hashlib.sha256(content).hexdigest()[: tables.ID_LENGTH] == image_id:
                        return shown.rpartition("/")[2], content
            except OSError as error:  # a disk that is gone, a folder that may not be read any more
                found = error.strerror or str(error)
            raise errors.SourceNotFound(
                expected="the image as it was when the model was asked",
                found=found,
                where=shown,
                todo="Hand it in again.",
            )

        yield read


def describe_state(about: About) -> str:
    """What has become of the model since, in a sentence; empty where it is as it was."""
    try:
        found = package.find_package(about.model)
    except (errors.ModelNotFound, errors.ModelBroken):
        return f"{about.model} is not here any more: shares cannot be corrected for its errors."
    if (*found.state, found.referral_limit) != (about.created, about.gate, about.threshold, about.limit):
        return f"{about.model} is another one now, or answers at another threshold: ask it again."
    return ""


def delete(answers_id: str) -> None:
    """Remove what was kept. Raises AnswersNotFound."""
    if not _ID.fullmatch(answers_id) or not (paths.answers_folder() / answers_id).is_dir():
        find(answers_id)
    files.remove_folder(paths.answers_folder() / answers_id)


def _broken(answers_id: str, found: str) -> errors.AnswersBroken:
    return errors.AnswersBroken(
        expected="answers as they were kept",
        found=found[:300],
        where=f"data/answers/{answers_id[:96]}",
        todo="Delete them, and ask the model again.",
    )
