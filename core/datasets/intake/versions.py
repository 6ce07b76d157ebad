"""The next version of a data set: `cells-v2` has all of `cells` and what people have said since; `cells` stays.

Its files lie as SPLIT/CLASS/PATIENT/FILE, so that the folder alone says everything: which image is for what, and whose
it is. `version.json` beside them says from which version it was made, by whom, and where each change comes from.
"""

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.base import errors, files, paths, progress, records
from core.datasets.index import index, listing, names
from core.datasets.intake import staging_area

FILE = "version.json"
SPLIT = "version"  # the name of the kept split of each version
GROUP_RULE = "folder"
LARGEST_BYTES = 200_000_000
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|%]|^\.|[. ]$')


class Change(records.Record, frozen=True, kw_only=True):
    """One settled case in which a version differs from the one before.

    kind : a new image, one with another label, or one left out. image_id : of it there. was : its class before, "" = it
    was no image of the data set. now : its class, "" = left out. side : train, validation or test. review, case, by, at
    : which case of which review, who settled it and when. audit : whether it had been drawn at random; weight : for how
    many it then stands.
    """

    kind: Literal["new", "relabelled", "left out"]
    image_id: records.Text
    sha256: records.Text
    was: records.Text = ""
    now: records.Text = ""
    side: records.Text = ""
    review: records.Text
    case: records.Count
    by: records.Text
    at: records.Text
    audit: bool = False
    weight: records.Number = 1.0


class Version(records.Record, frozen=True, kw_only=True):
    """What `version.json` says.

    line : the name of the first version, of which all later ones are. number : from 2 on. made_from, content : the
    version before, and the identity of its images. model, model_created : whose split it goes on with. frozen : a hash
    of that model's test images with their labels (`hash_labels`), which are its test images too. settled : cases from
    which this version and those that it was made from have learnt. by, at : who made it, and when.
    """

    line: records.Name
    number: records.Count
    made_from: records.Name
    content: records.Text
    model: records.Text
    model_created: records.Text
    frozen: records.Text
    settled: records.Count
    by: records.Text
    at: records.Text
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Piece:
    """A file on its way into a version. patient : "" = not known. name : the file's own."""

    source: Path
    side: str
    class_name: str
    patient: str
    name: str


def read_version(dataset: str) -> Version | None:
    """What a data set says of the version before it; None of one that was not made from another. Raises IndexBroken."""
    path = paths.datasets_folder() / names.require_name(dataset) / FILE
    try:
        found: Version = files.read_json(path, Version, limit_bytes=LARGEST_BYTES)
    except FileNotFoundError:
        return None
    except records.Fault as error:
        raise errors.IndexBroken(
            expected=f"a {FILE} with {error.describe()}",
            found=error.found,
            where=str(path),
            todo="Put back a copy of it, or make the version again.",
        ) from error
    return found


def find_line(dataset: str) -> str:
    """The name of the first version of a data set: its own where it was not made from another one.

    A damaged note is the fault of that data set, told where it is read; here it counts as none.
    """
    with contextlib.suppress(errors.IndexBroken, errors.NameNotUsable):
        found = read_version(dataset)
        return dataset if found is None else found.line
    return dataset


def suggest_next(line: str) -> tuple[str, int]:
    """A free name for the next version, and its number: `cells-v2`, 2."""
    number = 2
    while (paths.datasets_folder() / _name(line, number)).exists() or index.index_path(_name(line, number)).exists():
        number += 1
    return _name(line, number), number


def write_version(
    name: str,
    pieces: Sequence[Piece],
    said: Version,
    *,
    positive_class: str,
    facts: dict[str, object],
    report: progress.Report = progress.say_nothing,
) -> index.Index:
    """Lay the files out, with what is said of them, and index them: whole, or not at all.

    Files of data sets are linked, where the disk can, and not copied: nobody ever edits them. facts : where the data
    set comes from. Raises NameTaken, SourceNotUsable where a file goes away meanwhile, DiskFull, and what
    `index.build_index` raises.
    """
    target = staging_area.require_free_name(name)
    with staging_area.stage() as staging:
        for done, piece in enumerate(pieces, start=1):
            folder = staging / piece.side / piece.class_name / name_folder(piece.patient)
            folder.mkdir(parents=True, exist_ok=True)
            with listing.gone_as_message(piece.source.parent, piece.source.name):
                _place(piece.source, _find_free(folder, piece.name))
            if done % 500 == 0 or done == len(pieces):
                report(done, len(pieces), "Laying out images")
        files.write_json(staging / FILE, said.to_json())
        return staging_area.settle(
            staging, target, facts=facts, group_rule=GROUP_RULE, positive_class=positive_class, report=report
        )


def name_folder(patient: str) -> str:
    """The folder of a patient: the name itself, but for characters that a folder cannot have; "" = none."""
    named = _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), patient)
    return f"%{ord(named[0]):02X}{named[1:]}" if listing.why_ignored(f"{named}/a.png") else named


def hash_labels(labels: Sequence[tuple[str, str]]) -> str:
    """Hex sha256 over the sorted (image_id, class) of some images."""
    return hashlib.sha256("".join(f"{image_id}\0{name}\n" for image_id, name in sorted(labels)).encode()).hexdigest()


def _name(line: str, number: int) -> str:
    ending = f"-v{number}"
    return f"{line[: 64 - len(ending)]}{ending}"


def _place(source: Path, target: Path) -> None:
    with files.disk_full_as_message(target):
        try:
            os.link(source, target)
        except OSError as error:  # another disk, or one that knows no links
            if isinstance(error, FileNotFoundError):
                raise
            shutil.copyfile(source, target)


def _find_free(folder: Path, name: str) -> Path:
    """The file's own name; with a number where two folders of before had one of this name."""
    stem, dot, suffix = name.rpartition(".")
    found, number = folder / name, 2
    while found.exists():
        found, number = folder / f"{stem}-{number}{dot}{suffix}", number + 1
    return found
