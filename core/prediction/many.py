"""What a model answers to many images at once: files are read in parallel, asked about in chunks, never all in memory.

Each gets the very answer that it would get alone (`predictor`, `decision`, `gate`). Needs TensorFlow (inside).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.base import asides, files, paths, progress
from core.datasets.duplicates import pictures
from core.datasets.index import scanning
from core.datasets.intake import gathering
from core.gate import gate, gate_file
from core.models import package, tables
from core.prediction import decision, looks, verdicts
from core.runtimes import base, opening

ASKED_AT_ONCE = 512
ROUND_BYTES = 300_000_000  # of sheets on the disk at a time
UNREADABLE = "unreadable"
READING = "Reading images and asking the model"

Column = NDArray[np.object_] | NDArray[np.float64] | NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Part:
    """Some answered images, in order.

    rows : a row each: path, verdict (`verdicts`, or UNREADABLE), class_name, refer, caution, p_<class> (as they are
    shown; NaN where nothing is answered), confidence, distance, limit (of the gate; NaN of a model without), reasons
    (a line each), image_id (of the content, "" where the file could not be read), error. thumbnails : uint8
    (N, 64, 64, 3), RGB, squeezed, black where there is no image. pictures : int8 (N, BYTES), by which images are known
    again.
    """

    rows: pd.DataFrame
    thumbnails: NDArray[np.uint8]
    pictures: pictures.Pictures


def answer(
    found: package.Package, gathered: gathering.Gathered, *, report: progress.Report = progress.say_nothing
) -> Iterator[Part]:
    """The answers, part by part. A file that cannot be read is a row with its error.

    Raises ModelBroken, AnswerNotFinite, JobNotStarted, DiskFull; and whatever `report` raises.
    """
    report(0, 0, "Loading the model")
    asker = _Asker(found)
    done = 0
    report(0, gathered.count, READING)
    for batch in gathered.batches:
        for part in _answer_batch(asker, batch):
            done += len(part.rows)
            report(done, gathered.count, READING)
            yield part


class _Asker:
    """A model with its gate, and how images are laid out for it."""

    def __init__(self, found: package.Package) -> None:
        self.found = found
        self.sheet = looks.Sheet(*found.input_size_px, found.form)
        self._gate, self._asked = gate_file.read(found), opening.open_runtime(found)
        self._both: base.Features | None = None
        if self._gate:
            self._statistics = gate.find_statistics(found.id, self._asked)
            self._both = gate.find_answers_with_statistics(found.id, self._asked)

    def ask(self, names: list[str], scans: list[scanning.Scanned], sheets: NDArray[np.uint8]) -> Part:
        """The answers to some images that have been read."""
        readable = np.array([not one.problem for one in scans], bool)
        seen = self.sheet.read(sheets)
        rows = pd.DataFrame(
            {
                "path": names,
                "verdict": UNREADABLE,
                "image_id": [one.sha256[: tables.ID_LENGTH] for one in scans],
                "error": [one.problem for one in scans],
            }
        )
        columns = self._answer(seen.take(readable))
        rows.loc[readable, "verdict"] = columns.pop("verdict")
        for name, values in columns.items():
            rows[name] = _spread(values, readable)
        return Part(rows, seen.small, pictures.describe(seen.small))

    def _answer(self, seen: looks.Looks) -> dict[str, Column]:
        """Columns of readable images."""
        answers, judged = self._ask_network(seen)
        decided = decision.decide_all(self.found, answers)
        refused = np.array([one is not None and one.refused for one in judged], bool)
        verdict = np.where(refused, verdicts.UNKNOWN, np.where(decided.refers, verdicts.REFER, verdicts.ANSWER))
        numbers = {"confidence": decided.confidence}
        numbers |= {f"p_{name}": decided.probabilities[:, at] for at, name in enumerate(self.found.class_names)}
        names = np.array(self.found.class_names, object)[decided.classes]
        return {
            "verdict": verdict.astype(object),
            "class_name": _blank(names, refused),
            "refer": decided.refers & ~refused,
            "caution": np.array([one is not None and one.away for one in judged], bool),
            **{name: np.where(refused, np.nan, values) for name, values in numbers.items()},
            "distance": np.array([np.nan if one is None else one.distance for one in judged], np.float64),
            "limit": np.array([np.nan if one is None else one.limit for one in judged], np.float64),
            "reasons": np.array(["" if one is None else "\n".join(one.reasons) for one in judged], object),
        }

    def _ask_network(self, seen: looks.Looks) -> tuple[NDArray[np.float32], list[gate.Verdict] | list[None]]:
        """Probabilities (N, K), and what the gate says."""
        if self._gate is None or self._both is None:
            return self._asked.predict(seen.formed), [None] * len(seen.came)
        both, classes = self._both.compute(seen.formed), len(self.found.class_names)
        answers, formed = both[:, :classes], both[:, classes:]
        if seen.formed is seen.came:
            return answers, self._gate.judge(gate.Seen(formed, None, seen.plain))
        return answers, self._gate.judge(gate.Seen(self._statistics.compute(seen.came), formed, seen.plain))


def _answer_batch(asker: _Asker, batch: gathering.Batch) -> Iterator[Part]:
    """Round by round, so that what waits on the disk stays small however many there are."""
    each = asker.sheet.rows * asker.sheet.width_px * 3
    step = max(ASKED_AT_ONCE, ROUND_BYTES // each // ASKED_AT_ONCE * ASKED_AT_ONCE)
    parent = paths.cache_folder()
    for start in range(0, len(batch.names), step):
        place = slice(start, start + step)
        with files.disk_full_as_message(parent):
            parent.mkdir(parents=True, exist_ok=True)
            aside = asides.name(parent, "sheets", ".raw")
            try:
                yield from _answer_round(asker, batch, place, aside)
            finally:
                aside.unlink(missing_ok=True)


def _answer_round(asker: _Asker, batch: gathering.Batch, place: slice, aside: Path) -> Iterator[Part]:
    names, shown = list(batch.names[place]), list(batch.shown[place])
    sheet = asker.sheet
    target = scanning.Target(str(aside), 0, sheet.rows, sheet.width_px, sheet.change)
    with aside.open("wb") as file:
        file.truncate(len(names) * target.image_bytes)
    waiting, asked = list[scanning.Scanned](), 0
    with scanning.Readers() as readers:
        for scanned in readers.scan(batch.folder, names, target):
            waiting += scanned
            while len(waiting) >= ASKED_AT_ONCE or (waiting and asked + len(waiting) == len(names)):
                some, waiting = waiting[:ASKED_AT_ONCE], waiting[ASKED_AT_ONCE:]
                sheets = np.fromfile(
                    aside, np.uint8, len(some) * target.image_bytes, offset=asked * target.image_bytes
                ).reshape(len(some), sheet.rows, sheet.width_px, 3)
                yield asker.ask(shown[asked : asked + len(some)], some, sheets)
                asked += len(some)


def _blank(names: NDArray[np.object_], refused: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Class names, None where nothing is answered."""
    said = names.copy()
    said[refused] = None
    return said


def _spread(values: Column, readable: NDArray[np.bool_]) -> Column:
    """Values of the readable images among all: nothing, NaN or False for the others."""
    whole: Column
    if values.dtype == np.bool_:
        whole = np.zeros(len(readable), np.bool_)
    elif values.dtype == np.float64:
        whole = np.full(len(readable), np.nan)
    else:
        whole = np.full(len(readable), None, object)
    whole[readable] = values
    return whole
