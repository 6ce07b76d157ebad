"""Verbs that the dashboard starts in a process of its own: work, job. What each needs is imported when it is asked for:
somebody waits for the first batch."""

import argparse

from core.base import background
from core.terminal import output

ABOUT = {"work": "be the worker of a run", "job": "be the worker of an import or a drawing"}


def add_verbs(add: output.AddVerb) -> None:
    """The verbs and their options."""
    for name, do in (("work", _work), ("job", _job)):
        add(name, do, f"{ABOUT[name]} (the dashboard starts this)").add_argument("id", help="of the run or the job")


def _work(options: argparse.Namespace) -> int:
    from core.jobs import training_worker  # noqa: PLC0415  (see above)

    background.be_nice()
    return output.EXIT_FAULT if training_worker.work(options.id).name == "failed" else 0


def _job(options: argparse.Namespace) -> int:
    from core.jobs import jobs  # noqa: PLC0415  (see above)

    return output.EXIT_FAULT if jobs.work(options.id).name == "failed" else 0
