"""What pages need beyond the first one, read while the browser still loads its own part of the program."""

import importlib
import threading

# The heaviest of what Predict and Home import, without TensorFlow: two seconds that nobody then waits for.
AHEAD = (
    "pandas",
    "core.prediction.examples",
    "core.statistics.prevalence",
    "core.results.kept_answers",
    "core.review.sending",
    "core.jobs.overview",
    "core.reports.smear_report",
    "core.explanation.methods",
    "core.runtimes.opening",
    "onnxruntime",
)


def start() -> threading.Thread:
    """Begin, behind the server; whoever needs one of them earlier imports it as usual."""
    thread = threading.Thread(target=_import_ahead, name="warming", daemon=True)
    thread.start()
    return thread


def _import_ahead() -> None:
    for name in AHEAD:
        importlib.import_module(name)
