"""Work in the background, which a page starts and which goes on when it is left: imports, examinations, answers.

A job is a folder `data/jobs/<job_id>/` that lives by the rules of `core.base.background`. Its worker:
`python -m core job JOB_ID`.
"""

import re
import time
import traceback
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.base import asides, background, errors, files, limits, paths, progress, records
from core.datasets.duplicates import near_identical
from core.datasets.index import index, pixels
from core.datasets.intake import catalogue, importing
from core.datasets.quality import doctor
from core.datasets.sample import drawn
from core.datasets.views import class_means, colours, embedding
from core.jobs import handed_in
from core.models import export_zip, package
from core.prediction import feature_map, similar
from core.results import cross_evaluation, elsewhere, kept_answers, stress
from core.review import review_sources

JOB = "job.json"
LARGEST_BYTES = 1_000_000
KEPT = 20
_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[a-z]+-[0-9a-f]{6}")


class Arguments(records.Record, frozen=True, kw_only=True, omit_defaults=True):
    """What a verb is given: of an import source, group_rule and positive_class (the last two of an index too); of a
    drawing images and seed; of a download key; of a map method and features; of crossed answers model and on; of a
    stress table and of another data set model; of an export model_id; of answers to many images model, sources and
    group_rule; of a review its number, by whom, pseudonym and where its images come from (`coming`); of the next
    version of a data set model and by."""

    source: str = ""
    group_rule: str = "auto"
    positive_class: str | None = None
    images: records.Count = 0
    seed: records.Count = 0
    key: str = ""
    method: embedding.Method = "pca"
    features: str = ""
    model: str = ""
    on: str = ""
    model_id: str = ""
    sources: tuple[records.Text, ...] = ()
    review: records.Count = 0
    by: records.Text = ""
    pseudonym: bool = False
    coming: tuple[review_sources.Source, ...] = ()


class Facts(records.Record, frozen=True, kw_only=True):
    """What job.json holds; see `Job`."""

    verb: str
    dataset: records.Name
    arguments: Arguments
    beside: str | None = None


@dataclass(frozen=True)
class Job:
    """One piece of background work: what to do, with what, and the data set that it makes or examines.

    beside : the data set that a page showed when a person asked there for this one ("" = none yet); None where nobody
    waits for it on a page.
    """

    id: str
    folder: Path
    verb: str
    dataset: str
    arguments: Arguments
    beside: str | None = None

    @property
    def state(self) -> background.State:
        """What it is doing now (read anew at each call)."""
        return background.read_state(self.folder)


def start_job(verb: str, dataset: str, *, beside: str | None = None, **arguments: Any) -> Job:
    """Write a job down and start its worker. `verb` is one of VERBS; arguments : of `Arguments`; beside : see `Job`."""
    importing.require_name(dataset)
    _forget_old()
    job_id = f"{time.strftime('%Y%m%d-%H%M%S')}-{verb}-{uuid.uuid4().hex[:6]}"
    parent = paths.jobs_folder()
    with files.disk_full_as_message(parent):
        parent.mkdir(parents=True, exist_ok=True)
        with asides.make_folder(parent, "job") as aside:
            said = Facts(verb=verb, dataset=dataset, arguments=Arguments(**arguments), beside=beside)
            files.write_json(aside / JOB, said.to_json())
            background.queue_work(aside)
            aside.rename(parent / job_id)
    background.start(parent / job_id, ["job", job_id])
    return read_job(job_id)


def read_job(job_id: str) -> Job:
    """The job of this id. Raises `RunNotFound`, or `RunBroken` where its file is not what a job relies on."""
    folder = paths.jobs_folder() / job_id
    if not _ID.fullmatch(job_id) or files.find_kind(folder / JOB) == "nothing":
        raise errors.RunNotFound(
            expected="a background job of this machine", found=repr(job_id), where="data/jobs/", todo="Start it again."
        )
    try:
        said: Facts = files.read_json(folder / JOB, Facts, limit_bytes=LARGEST_BYTES)
        if said.verb not in VERBS:
            raise records.Fault("verb", "one that this version knows", repr(said.verb)[:80])
    except (records.Fault, FileNotFoundError) as error:
        raise background.describe_fault(folder / JOB, error) from error
    return Job(job_id, folder, said.verb, said.dataset, said.arguments, said.beside)


def list_jobs() -> list[Job]:
    """All jobs that can be read, newest first."""
    return [entry for entry in _scan() if isinstance(entry, Job)]


def list_broken() -> list[str]:
    """What is wrong with those that cannot be read; a folder without its file holds no work."""
    return [entry for entry in _scan() if isinstance(entry, str)]


def _scan() -> list[Job | str]:
    parent = paths.jobs_folder()
    found: list[Job | str] = []
    for folder in sorted(parent.iterdir(), reverse=True) if parent.is_dir() else []:
        try:
            found.append(read_job(folder.name))
        except errors.RunNotFound:
            continue
        except errors.RunBroken as error:
            found.append(str(error))
    return found


def _forget_old() -> None:
    """Drop the folders of all but the newest jobs that ended well: every page looks at those that there are."""
    ended = [job for job in list_jobs() if job.state.name in ("finished", "stopped")]
    for job in ended[KEPT:]:
        _remove_upload(job)
        files.remove_folder(job.folder)
    handed_in.forget_old({path.parent for job in list_jobs() for path in _list_sources(job)})


def stop_job(job: Job) -> None:
    """Ask a job to end; what it was making is removed."""
    background.request_stop(job.folder)


def dismiss_job(job: Job) -> None:
    """Forget an ended job and what it was given."""
    if job.state.is_active:
        raise errors.RunNotUsable(
            expected="a job that has ended", found=job.state.name, where=job.id, todo="Stop it first, or wait."
        )
    _remove_upload(job)
    files.remove_folder(job.folder)


def work(job_id: str) -> background.State:
    """Do the job, in this process, saying how far it is in its status."""
    job = read_job(job_id)
    with background.hold(job.folder):
        try:
            _do(job)
        except progress.Cancelled:
            _remove_upload(job)
            _say(job, "stopped")
        except errors.SecondLookError as error:
            _say(job, "failed", message=str(error))
        except MemoryError as error:
            _say(job, "failed", message=str(limits.describe_shortage(error)))
        except Exception as error:
            _say(job, "failed", message=f"It ended by an error: {error}", trace=traceback.format_exc())
            raise
    return job.state


def _do(job: Job) -> None:
    write = progress.Throttled(lambda row: _say(job, "running", progress=background.Step(**row)))

    def report(done: int, total: int, what: str) -> None:
        if background.stop_requested(job.folder):
            raise progress.Cancelled
        write(done, total, what)

    images = VERBS[job.verb](job, report)
    _remove_upload(job)
    _say(job, "finished", images=images)


def _say(job: Job, phase: str, **details: Any) -> None:
    before = background.read_details(job.folder) or background.Status()
    said = background.Status(phase=phase, queued_at=before.queued_at, updated_at=time.time(), **details)
    background.write_status(job.folder, said)


def _import(job: Job, report: progress.Report) -> int:
    made = importing.import_dataset(
        Path(job.arguments.source),
        job.dataset,
        group_rule=job.arguments.group_rule,
        positive_class=job.arguments.positive_class,
        report=report,
    )
    return len(made.table)


def _draw(job: Job, report: progress.Report) -> int:
    made = drawn.draw_dataset(job.dataset, images=job.arguments.images, seed=job.arguments.seed, report=report)
    return len(made.table)


def _index(job: Job, report: progress.Report) -> int:
    made = index.build_index(
        job.dataset,
        group_rule=job.arguments.group_rule,
        positive_class=job.arguments.positive_class,
        report=report,
    )
    return len(made.table)


def _download(job: Job, report: progress.Report) -> int:
    return len(catalogue.fetch(job.arguments.key, job.dataset, report=report).table)


def _count_colours(job: Job, report: progress.Report) -> int:
    data = index.read_index(job.dataset)
    opened = pixels.open_pixels(data, pixels.INDEX_PX, pixels.INDEX_PX, report=report)
    return int(colours.build_histograms(data, opened, report).images.sum())


def _compare(job: Job, report: progress.Report) -> int:
    data = index.read_index(job.dataset)
    if near_identical.read_pairs(data) is None:
        near_identical.build_pairs(data, report)
    return len(data.table)


def _examine(job: Job, report: progress.Report) -> int:
    data = index.read_index(job.dataset)
    doctor.measure(data, report)
    return len(data.table)


def _map(job: Job, report: progress.Report) -> int:
    made = feature_map.build(job.dataset, job.arguments.method, job.arguments.features, report)
    return len(made.rows)


def _average(job: Job, report: progress.Report) -> int:
    data = index.read_index(job.dataset)
    class_means.prepare_class_images(data, report=report)
    return len(data.usable)


def _cross(job: Job, report: progress.Report) -> int:
    made = cross_evaluation.cross(job.arguments.model, job.arguments.on, report=report)
    return int(made["images"])


def _stress(job: Job, report: progress.Report) -> int:
    return stress.measure(job.arguments.model, report).images


def _ask_elsewhere(job: Job, report: progress.Report) -> int:
    return elsewhere.measure(job.arguments.model, job.dataset, report).images


def _prepare_similar(job: Job, report: progress.Report) -> int:
    return similar.prepare(job.arguments.model, report)


def _export(job: Job, report: progress.Report) -> int:
    export_zip.build_archive(job.arguments.model_id, report)
    return 0


def _answer(job: Job, report: progress.Report) -> int:
    """What comes of it is kept under the id of the job (`kept_answers.find`)."""
    rule, sources = job.arguments.group_rule, _list_sources(job)
    given = [source for source in sources if handed_in.is_upload(source)]
    made = kept_answers.make(job.arguments.model, sources, rule=rule, answers_id=job.id, given=given, report=report)
    return made.images


def _fill(job: Job, report: progress.Report) -> int:
    """What comes of it stands in the facts of the review."""
    from core.jobs import review_filling  # noqa: PLC0415  (every page lists jobs, and few need the database)

    told = job.arguments
    outcome = review_filling.fill(told.review, told.coming, by=told.by, pseudonym=told.pseudonym, report=report)
    return outcome.added


def _make_version(job: Job, report: progress.Report) -> int:
    from core.review import next_dataset  # noqa: PLC0415  (see `_fill`)

    champion = package.find_package(job.arguments.model)
    return len(next_dataset.make(champion, by=job.arguments.by, report=report, name=job.dataset).table)


# What a verb does, and how many images it was about; each leaves its result in a file that a page finds by itself.
VERBS: dict[str, Callable[[Job, progress.Report], int]] = {
    "import": _import,
    "draw": _draw,
    "index": _index,
    "download": _download,
    "colours": _count_colours,
    "likeness": _compare,
    "map": _map,
    "means": _average,
    "doctor": _examine,
    "cross": _cross,
    "stress": _stress,
    "elsewhere": _ask_elsewhere,
    "similar": _prepare_similar,
    "export": _export,
    "answer": _answer,
    "fill": _fill,
    "version": _make_version,
}


def _list_sources(job: Job) -> list[Path]:
    """What a job was given to read."""
    told = job.arguments
    coming = (path for source in told.coming for path in source.paths)
    return [Path(source) for source in (told.source, *told.sources, *coming) if source]


def _remove_upload(job: Job) -> None:
    """What came through the browser has been read; nobody needs it any longer."""
    for source in _list_sources(job):
        handed_in.remove(source)
