"""A review and what comes into it, from its sources: for the page, the terminal and a job.

A job's verb does it where a network has to be asked or many images are read; see `is_quick`.
"""

import contextlib
import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.base import errors, progress
from core.datasets.index import index
from core.experiments import out_of_sample
from core.jobs import handed_in
from core.models import package
from core.prediction import many
from core.results import confusion_cell, kept_answers
from core.review import arrivals, asking, review_record, review_sources, reviews, taking_in

QUICK_IMAGES = 200
BESIDE, FILLED = "beside", "filled"  # in the facts of a review: models for their disagreement; what came in, and when
_SLOW = (review_sources.FOLDER, review_sources.SUSPECTS)


def find_subject(model_id: str = "", dataset: str = "") -> dict[str, Any]:
    """What a review is about, as settings: of a model, a data set, or both; classes are those of the model.

    Raises ModelNotFound, DatasetNotFound and what `index.read_index` raises, ClassesDiffer; SettingNotUsable where
    neither is named.
    """
    if not (model_id or dataset):
        raise errors.SettingNotUsable(
            expected="a model or a data set, whose classes readers choose from",
            found="neither",
            where="the settings of a review",
            todo="Name one.",
        )
    data = index.read_index(dataset) if dataset else None
    if not model_id and data is not None:
        return {"class_names": data.class_names, "positive": data.positive_class, "dataset": data.name}
    found = package.find_package(model_id)
    if data is not None and not set(data.class_names) <= set(found.class_names):
        raise errors.ClassesDiffer(
            expected="the classes of the model: " + ", ".join(found.class_names),
            found=", ".join(data.class_names),
            where=data.name,
            todo="Choose another model or data set.",
        )
    about = {"class_names": found.class_names, "positive": found.positive_class, "model_id": found.id}
    return about | {"model_created": found.manifest.created, "dataset": dataset}


def find_seed(name: str) -> int:
    """By which all is drawn in a review of this name: the same when it is done again."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) >> 1


def suggest_name(name: str) -> str:
    """A name that no review has: itself, or with a number behind it. Raises what `reviews.list_reviews` raises."""
    taken = {one.name for one in reviews.list_reviews()}
    numbered = (f"{name} ({number})" for number in itertools.count(2))
    return name if name not in taken else next(one for one in numbered if one not in taken)


def begin_filled(
    name: str,
    settings: review_record.Settings,
    sources: Sequence[review_sources.Source],
    *,
    by: str,
    pseudonym: bool = False,
    report: progress.Report = progress.say_nothing,
) -> tuple[review_record.Review, taking_in.Outcome]:
    """Begin a review and fill it; none is begun where its sources hold nothing. Raises as `reviews.begin` and `fill`
    do, and SettingNotUsable where there is nothing to read."""
    with contextlib.ExitStack() as stack:
        if any(one.name == name for one in reviews.list_reviews()):
            reviews.begin(name, settings, by=by)  # says what is wrong before the work, not after it
        found, counted = _collect(settings, sources, stack, report)
        if not found:
            raise errors.SettingNotUsable(
                expected="at least one image to read",
                found=f"none; {counted.say()}" if counted != taking_in.Outcome() else "none",
                where=", ".join(review_sources.TITLES[one.kind] for one in sources),
                todo="Choose another source.",
            )
        review = reviews.begin(name, settings, by=by)
        return review, _take_in(review, found, counted, by=by, pseudonym=pseudonym, report=report)


def fill(
    review_id: int,
    sources: Sequence[review_sources.Source],
    *,
    by: str,
    pseudonym: bool = False,
    report: progress.Report = progress.say_nothing,
) -> taking_in.Outcome:
    """Take what the sources hold now into a review, and note in its facts what came of it.

    Raises ReviewNotFound, ModelNotFound, DatasetNotFound where the data set of a model or a source is not here, what
    `kept_answers.make` raises of a folder, and as `taking_in.take_in` does.
    """
    review = reviews.read_review(review_id)
    with contextlib.ExitStack() as stack:
        found, counted = _collect(review.settings, sources, stack, report)
        return _take_in(review, found, counted, by=by, pseudonym=pseudonym, report=report)


def count(settings: review_record.Settings, source: review_sources.Source) -> int:
    """How many images a source has now for a review with these settings. Raises as `fill` does."""
    with contextlib.ExitStack() as stack:
        return len(_collect(settings, [source], stack, progress.say_nothing)[0])


def is_quick(settings: review_record.Settings, sources: Sequence[review_sources.Source]) -> bool:
    """Whether it is done in a moment: few images, which the models have answered already. Raises as `fill` does."""
    if any(one.kind in _SLOW for one in sources):
        return False
    with contextlib.ExitStack() as stack:
        found, _ = _collect(settings, sources, stack, progress.say_nothing)
        return len(found) <= QUICK_IMAGES and not taking_in.needs_network(found, _find_askers(settings))


def _take_in(
    review: review_record.Review,
    found: Sequence[arrivals.Arrival],
    counted: taking_in.Outcome,
    *,
    by: str,
    pseudonym: bool,
    report: progress.Report,
) -> taking_in.Outcome:
    askers = _find_askers(review.settings)
    own = bool(review.settings.model_id)
    outcome = taking_in.take_in(
        review,
        found,
        by=by,
        asker=askers[0] if own else None,
        beside=askers[own:],
        pseudonym=pseudonym,
        report=report,
    )
    outcome = replace(outcome, unreadable=outcome.unreadable + counted.unreadable, others=counted.others)
    noted = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "by": by, "said": outcome.say()}
    facts = dict(reviews.read_review(review.id).settings.facts)
    reviews.change(review.id, by=by, facts=facts | {FILLED: [*facts.get(FILLED, []), noted]})
    return outcome


def _find_askers(settings: review_record.Settings) -> list[asking.Asker]:
    """The model that a review is about, if any, and those beside it."""
    facts = dict(settings.facts)
    beside = [one for one in facts.get(BESIDE, []) if one != settings.model_id]
    return [asking.Asker(package.find_package(one)) for one in (settings.model_id, *beside) if one]


def _collect(
    settings: review_record.Settings,
    sources: Sequence[review_sources.Source],
    stack: contextlib.ExitStack,
    report: progress.Report,
) -> tuple[list[arrivals.Arrival], taking_in.Outcome]:
    """All that the sources hold, each content once, gold last; and what is known not to come in. What has to stay open
    while they are read is closed with `stack`."""
    found, counted = list[arrivals.Arrival](), taking_in.Outcome()
    for one in sorted(sources, key=lambda source: source.kind == review_sources.GOLD):
        if one.kind == review_sources.WAITING:
            listed, others = arrivals.list_waiting(settings.class_names)
            counted = replace(counted, others=counted.others + others)
        elif one.kind == review_sources.FOLDER:
            listed, unreadable = _ask_folder(settings, one, stack, report)
            counted = replace(counted, unreadable=counted.unreadable + unreadable)
        else:
            listed = _list(one, stack, {arrival.content for arrival in found})
        found += listed[: one.most] if one.most else listed
    return list({arrival.content: arrival for arrival in reversed(found)}.values())[::-1], counted


def _list(source: review_sources.Source, stack: contextlib.ExitStack, contents: set[str]) -> list[arrivals.Arrival]:
    if source.kind == review_sources.MISTAKES:
        found = package.find_package(source.of)
        return arrivals.list_mistakes(found, _find_data(found), gold=source.gold)
    if source.kind in (review_sources.NEEDING, review_sources.ANSWERS):
        read = stack.enter_context(kept_answers.open_originals(source.of))
        about = kept_answers.find(source.of)
        return arrivals.list_answers(about, read, needing=source.kind == review_sources.NEEDING)
    data = index.read_index(source.of)
    if source.kind == review_sources.SUSPECTS:
        doubted = out_of_sample.find_label_suspects(data, out_of_sample.collect_out_of_sample(data))
        return arrivals.list_suspects(data, doubted[0].rows) if doubted else []
    if source.kind == review_sources.SAMPLE:
        return arrivals.draw_sample(data, source.most or len(data.usable), source.seed)
    return arrivals.draw_gold(data, source.most or len(data.usable), source.seed, besides=contents)


def _ask_folder(
    settings: review_record.Settings,
    source: review_sources.Source,
    stack: contextlib.ExitStack,
    report: progress.Report,
) -> tuple[list[arrivals.Arrival], int]:
    """The images of a folder, an archive or an upload, answered; and how many files cannot be read. Answers and uploads
    are removed when they are in: the review keeps its images."""
    if not settings.model_id:
        raise errors.SettingNotUsable(
            expected="a model, which answers them as they come in",
            found="none",
            where="the settings of a review",
            todo="Choose the model that the review is about.",
        )
    places = [Path(place) for place in source.paths]
    given = [place for place in places if handed_in.is_upload(place)]
    about = kept_answers.make(settings.model_id, places, rule=source.rule, given=given, report=report)
    stack.callback(kept_answers.delete, about.id)
    read = stack.enter_context(kept_answers.open_originals(about.id))
    return arrivals.list_answers(about, read, needing=False), about.by_verdict.get(many.UNREADABLE, 0)


def _find_data(found: package.Package) -> index.Index:
    """The data set with the very images of a model. Raises DatasetNotFound."""
    name = confusion_cell.find_dataset(found, index.list_datasets())
    if name is None:
        raise errors.DatasetNotFound(
            expected=f"the data set that {found.id} was made of ({found.manifest.dataset.name}), with the same images",
            found="none with these images",
            where="data/datasets/",
            todo="Bring it in, or choose another source.",
        )
    return index.read_index(name)
