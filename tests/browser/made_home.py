"""A home as a person's is after an afternoon: drawn cells, three folds trained on them, answers, and one at work."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.base import paths

DATASET, MODEL, ANSWERS = "sample-cells", "sample-cells-base-cnn", "smears"
SERIES = ("crossvalidate", DATASET, "--folds", "3", "--epochs", "12", "--seed", "1")
EXAMINE = (
    "from core.datasets.duplicates import near_identical\n"
    "from core.datasets.index import index\n"
    "from core.datasets.views import image_facts\n"
    f"data = index.read_index({DATASET!r})\n"
    "image_facts.build_facts(data)\n"
    "near_identical.build_pairs(data)\n"
)
ANSWER = (
    "from core.base import paths\n"
    "from core.results import kept_answers\n"
    f"kept_answers.make({MODEL!r}, [paths.datasets_folder() / {DATASET!r} / 'images'], answers_id={ANSWERS!r})\n"
)


@dataclass(frozen=True)
class MadeHome:
    """The folder, and the trainings that have ended, newest first."""

    folder: Path
    ended: list[str]

    def fill(self, address: str) -> str:
        """An address with RUNS and FIRST replaced by the trainings that have ended, and by the newest of them."""
        return address.replace("RUNS", ",".join(self.ended)).replace("FIRST", self.ended[0])


@contextmanager
def make_home(*, at_work: bool) -> Iterator[MadeHome]:
    """Make it in a temporary folder. at_work : a training of 40 epochs goes on until the block ends."""
    with tempfile.TemporaryDirectory(prefix="second-look-pages-") as temporary:
        environment = {**paths.child_environment(), "SECOND_LOOK_HOME": temporary}

        def start(*arguments: str) -> subprocess.Popen:
            return subprocess.Popen([sys.executable, *arguments], cwd=paths.PROJECT_FOLDER, env=environment)

        for arguments in (
            ("-m", "core", "draw", "--name", DATASET),
            ("-c", EXAMINE),
            ("-c", ANSWER),
            ("-m", "core", *SERIES),
        ):
            subprocess.run([sys.executable, *arguments], cwd=paths.PROJECT_FOLDER, env=environment, check=True)
        told = subprocess.run(
            [sys.executable, "-m", "core", "runs", "--json"],
            cwd=paths.PROJECT_FOLDER,
            env=environment,
            capture_output=True,
            check=True,
        )
        ended = [found["run_id"] for found in json.loads(told.stdout)]
        training = start("-m", "core", "train", DATASET, "--epochs", "40", "--patience", "40") if at_work else None
        try:
            yield MadeHome(Path(temporary), ended)
        finally:
            if training:
                training.terminate()
                training.wait()
