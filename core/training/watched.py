"""Eight validation images whose answers are kept after each epoch, so that a person sees a network learn.

Drawn by lot before the first epoch, from the seed and the split alone, never for what is answered to them. What stands
in watched.jsonl, beside the history, is append-only: the images once, then a row an epoch; where an epoch was done
twice (a worker died after it), its last row counts. A run of before has no such file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import pandas as pd

from core.base import background, files, records

FILE = "watched.jsonl"
MOST = 8
DIGITS = 4  # of a probability that is kept

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Image(records.Record, frozen=True, kw_only=True):
    """One of them: which, its class (index order), and its patient where known."""

    image_id: records.Name
    label: records.Count
    group: records.Text = ""


class Images(records.Record, frozen=True, kw_only=True, tag_field="kind", tag="images"):
    """The first row: which images are watched."""

    images: Annotated[tuple[Image, ...], msgspec.Meta(max_length=MOST)]


class Answers(records.Record, frozen=True, kw_only=True, tag_field="kind", tag="answers"):
    """After an epoch (from 1): a row an image, a probability a class."""

    epoch: records.Count
    probabilities: Annotated[tuple[tuple[Share, ...], ...], msgspec.Meta(max_length=MOST)]


Row = Images | Answers


@dataclass(frozen=True)
class Story:
    """One watched image, and how probable its own class was after each epoch.

    epochs : their numbers, rising. true_class : that probability, one an epoch. answers : the most probable class of
    each, in index order. probability : of the last answer.
    """

    image: Image
    epochs: tuple[int, ...]
    true_class: tuple[float, ...]
    answers: tuple[int, ...]
    probability: float

    @property
    def right(self) -> tuple[bool, ...]:
        """Whether the answer was the image's class, one an epoch."""
        return tuple(answer == self.image.label for answer in self.answers)


def choose_images(validation: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """At most MOST rows of the validation part, by lot: the classes in turn, each of another patient if it can be.

    validation : image_id, label, group ("" = not known), one row an image. Returned by class, then in the order drawn.
    """
    table = validation.iloc[np.random.default_rng([seed, MOST]).permutation(len(validation))]
    waiting = {label: list(table.index[table["label"] == label]) for label in dict.fromkeys(table["label"])}
    patients = {at: str(group) for at, group in zip(table.index, table["group"], strict=True)}
    order = sorted(waiting) if len(waiting) <= MOST else list(waiting)
    chosen: list[int] = []
    seen: set[str] = set()
    while len(chosen) < min(MOST, len(table)):
        for label in order:
            free = waiting[label]
            if not free or len(chosen) == MOST:
                continue
            place = next((at for at in free if not patients[at] or patients[at] not in seen), free[0])
            free.remove(place)
            chosen.append(place)
            seen.add(patients[place])
    return validation.loc[chosen].sort_values("label", kind="stable")


def write_images(folder: Path, chosen: pd.DataFrame) -> None:
    """Say which images are watched, unless the file says so already: a resumed run draws the same."""
    known = [row for row in files.read_lines(folder / FILE, Row) if isinstance(row, Images)]
    said = Images(
        images=tuple(
            Image(image_id=str(image_id), label=int(label), group=str(group))
            for image_id, label, group in chosen[["image_id", "label", "group"]].to_numpy().tolist()
        )
    )
    if said not in known[-1:]:
        files.append_lines(folder / FILE, [said.to_json()])


def append_answers(folder: Path, epoch: int, probabilities: Sequence[Sequence[float]]) -> None:
    """Keep the answers after `epoch` (from 1): (images, classes), each row in [0, 1]."""
    shares = np.clip(np.asarray(probabilities, np.float64), 0, 1).round(DIGITS)
    files.append_lines(folder / FILE, [Answers(epoch=epoch, probabilities=shares.tolist()).to_json()])


def read_stories(folder: Path, *, epochs: int) -> list[Story]:
    """What was answered to each watched image, in the order drawn; none where nothing was kept.

    epochs : how many the history knows of; a row beyond is of an epoch that was lost, and is left out.
    Raises RunBroken where the file is no plain file, or beyond all measure.
    """
    path = folder / FILE
    try:
        facts = path.stat()
        return _read(path, facts.st_mtime_ns, facts.st_size, epochs)
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        fault = records.Fault("", "a plain file that can be read", str(error))
        raise background.describe_fault(path, fault) from error


@lru_cache(maxsize=16)
def _read(path: Path, modified_ns: int, size_bytes: int, epochs: int) -> list[Story]:
    """Parsed once for each state of the file, as the history is."""
    images: tuple[Image, ...] = ()
    answers: dict[int, Answers] = {}
    for row in files.read_lines(path, Row):
        if isinstance(row, Images):
            images, answers = row.images, {}
        elif len(row.probabilities) == len(images) and 1 <= row.epoch <= epochs and _has_classes(row, images):
            answers[row.epoch] = row
    if not answers:
        return []
    kept = [answers[epoch] for epoch in sorted(answers)]
    kept = [row for row in kept if len(row.probabilities[0]) == len(kept[-1].probabilities[0])]
    asked = np.array([row.probabilities for row in kept])  # (epochs, images, classes)
    return [
        Story(
            image=image,
            epochs=tuple(row.epoch for row in kept),
            true_class=tuple(asked[:, place, image.label].tolist()),
            answers=tuple(asked[:, place].argmax(1).tolist()),
            probability=float(asked[-1, place].max()),
        )
        for place, image in enumerate(images)
    ]


def _has_classes(row: Answers, images: Sequence[Image]) -> bool:
    """Whether it has a probability for as many classes for each image, that of the image's own class among them."""
    return len({len(each) for each in row.probabilities}) == 1 and len(row.probabilities[0]) > max(
        image.label for image in images
    )
