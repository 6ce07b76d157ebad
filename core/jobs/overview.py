"""What is on this machine, and what a person would do next. Cheap: reads metadata only."""

from dataclasses import dataclass
from typing import Any

from core.base import errors, files, paths
from core.datasets.index import index, ledger
from core.experiments import series
from core.jobs import jobs
from core.models import choosing, package
from core.results import kept_answers
from core.training import run

SAMPLE_NAME = "sample-cells"
SAMPLE_IMAGES = 2000
SAMPLE_SEED = 7
SAMPLE_ASKED = "sample-asked"


@dataclass(frozen=True)
class Step:
    """One thing to do: the page that does it, what its button says, and why now."""

    page: str
    label: str
    why: str


@dataclass(frozen=True)
class Overview:
    """Data sets, runs, models and unfinished background work of this machine. packages : the models, newest first.
    to_read : how many images wait for people, in reviews and for one."""

    datasets: list[dict[str, Any]]
    runs: list[dict[str, Any]]
    models: list[dict[str, Any]]
    packages: list[package.Package]
    faults: list[str]
    jobs: list[jobs.Job]
    to_read: int = 0


def read_overview() -> Overview:
    """Everything that Home shows."""
    models, faults = package.list_usable()
    to_read, unread = _count_to_read()
    return Overview(
        datasets=index.list_datasets(),
        runs=[run.describe(found) for found in run.list_runs()],
        models=[choosing.describe(found) for found in models],
        packages=models,
        faults=[
            *(str(fault) for fault in faults),
            *run.list_broken(),
            *series.list_broken(),
            *jobs.list_broken(),
            *kept_answers.list_broken(),
            *unread,
        ],
        jobs=jobs.list_jobs(),
        to_read=to_read,
    )


def _count_to_read() -> tuple[int, list[str]]:
    """How many images wait for people to read them, and what keeps them from being counted."""
    if not (paths.configured_database() or paths.review_database().exists() or ledger.list_names()):
        return 0, []
    from core.review import waiting  # noqa: PLC0415  (Home opens without the database's library where nothing waits)

    try:
        return waiting.count(), []
    except errors.SecondLookError as error:
        return 0, [str(error)]


def choose_next_step(found: Overview) -> Step:
    """The one thing that leads on: data, then a training, then a look at what it learnt."""
    if not any(row["status"] == "ready" for row in found.datasets):
        return Step("datasets", "Bring in a data set", "Nothing can be shown or learnt before there are images.")
    running = [
        row for row in found.runs if row["status"] in ("training", "preparing", "waiting", "starting", "publishing")
    ]
    if running:
        return Step("train", "Watch the training", f"{running[0]['run_id']} is at epoch {running[0]['epoch']}.")
    if not any(row["status"] == "finished" for row in found.runs):
        return Step("train", "Train a network", "Watch it learn on the images of this machine; it takes a few minutes.")
    return Step("predict", "Predict an image", "See what a model answers to one image, and where it looks.")


def draw_sample_once() -> None:
    """On a first start (no data set, and the sample never asked for) draw the sample in the background.

    Two tabs that open at once start it once.
    """
    asked = paths.data_folder() / SAMPLE_ASKED
    if asked.exists() or index.list_datasets():
        return
    with files.disk_full_as_message(asked):
        asked.parent.mkdir(parents=True, exist_ok=True)
        try:
            asked.touch(exist_ok=False)
        except FileExistsError:
            return
    try:
        jobs.start_job("draw", SAMPLE_NAME, images=SAMPLE_IMAGES, seed=SAMPLE_SEED)
    except errors.SecondLookError:
        asked.unlink()
        raise
