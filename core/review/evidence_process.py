"""Evidence of cases from a process of its own, which answers one question after the other and goes with the server.

While TensorFlow loads, and while it works, nothing else in its process gets on: readers would wait for their next case.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import IO, Any

from core.base import background, errors, paths
from core.models import package
from core.review import case_evidence, case_images

KEPT_MODELS, IDLE_SECONDS = 2, 600.0


class Asker:
    """Asks the process, and starts it where it does not live; one question at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def ask(self, model_id: str, sha256: str, class_name: str, *, longest_px: int) -> case_evidence.Evidence:
        """The evidence for a class in the image of a case. longest_px : of the heatmap.

        Raises what `case_evidence.Explainer.explain` does, and ModelBroken where the process ends over it.
        """
        question = {"model": model_id, "sha256": sha256, "class": class_name, "longest_px": longest_px}
        with self._lock:
            said = self._exchange(json.dumps(question))
        if "fault" in said:
            raise getattr(errors, said["fault"])(**said["words"])
        return case_evidence.Evidence.from_json(said)

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=60)

    def _exchange(self, question: str) -> dict[str, Any]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "core.review.evidence_process"],
                cwd=paths.PROJECT_FOLDER,
                env=paths.child_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,  # Ctrl-C reaches the server alone; without questions it ends
            )
        to, back = self._process.stdin, self._process.stdout
        answer = ""
        if to is not None and back is not None:
            try:
                to.write(question + "\n")
                to.flush()
                answer = back.readline()
            except BrokenPipeError:
                answer = ""
        if not answer.endswith("\n"):
            raise errors.ModelBroken(
                expected="what is behind an answer",
                found="a process that ended over it",
                where="the model's heatmap",
                todo="Go on without it; it is tried again with the next case.",
            )
        found: dict[str, Any] = json.loads(answer)
        return found


def answer_all(questions: Iterable[str], answers: IO[str]) -> None:
    """Answer questions, a line of JSON each, until they end."""
    opened: dict[tuple[str, str], case_evidence.Explainer] = {}
    for line in questions:
        answers.write(json.dumps(_answer(json.loads(line), opened)) + "\n")
        answers.flush()


def _answer(asked: dict[str, Any], opened: dict[tuple[str, str], case_evidence.Explainer]) -> dict[str, Any]:
    try:
        found = package.find_package(asked["model"])
        explainer = opened.setdefault((found.id, found.manifest.created), case_evidence.Explainer(found))
        for old in list(opened)[:-KEPT_MODELS]:
            del opened[old]
        content = case_images.read(asked["sha256"])
        return explainer.explain(content, asked["class"], longest_px=asked["longest_px"]).to_json()
    except errors.SecondLookError as error:
        words = {name: getattr(error, name) for name in ("expected", "found", "where", "todo")}
        return {"fault": type(error).__name__, "words": words}


def read_until_idle(questions: IO[str], seconds: float = IDLE_SECONDS) -> Iterator[str]:
    """The lines of a pipe; the process ends where none comes for so long, since it holds half a gigabyte."""
    while True:
        ending = threading.Timer(seconds, os._exit, (0,))
        ending.daemon = True
        ending.start()
        line = questions.readline()
        ending.cancel()
        if not line:
            return
        yield line


def main() -> None:
    """The process itself. What libraries print goes where errors go: the answers stand alone."""
    if hasattr(os, "nice"):
        os.nice(background.NICENESS)
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        answer_all(read_until_idle(sys.stdin), answers)


if __name__ == "__main__":
    main()
