"""The report of a model: what Evaluate shows, in one file for people who were not there. No TensorFlow."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

import core
from core.base import errors, files
from core.datasets.splits import split_words
from core.figures import confusion, curves
from core.models import package, tables
from core.reports import cards, rendering, report_sections
from core.statistics import tasks, words
from core.training import training_record

PURPOSE = "It assists a person who looks at images. It does not diagnose."


def compose(found: package.Package, predictions: pd.DataFrame, facts: dict[str, Any]) -> list[rendering.Section]:
    """All parts, in the order of reading: result, figures, training, card.

    predictions : of `tables.read_predictions`. facts : of the data set, see `cards.find_facts`.
    """
    task = cards.answer_test(found, predictions)
    return [
        _compose_result(found),
        _compose_confusion(task),
        *report_sections.compose_measured(found, predictions),
        _compose_history(found),
        _compose_recipe(found),
        *_compose_card(cards.build_card(found, task, facts)),
    ]


def write(found: package.Package) -> str:
    """The report of a model as one HTML page. Raises what reading its package raises."""
    predictions = tables.read_predictions(found)
    sections = compose(found, predictions, cards.find_facts(found))
    return rendering.write_report(f"Model {found.id}", sections, purpose=PURPOSE, facts=describe_head(found))


def save(model_id: str, path: Path, *, overwrite: bool = False) -> Path:
    """Write the report of a model to `path`, whole or not at all; returns its full path.

    Raises ModelNotFound, ModelBroken, DiskFull; ExportNotPossible where the file is there already (without
    `overwrite`), where it is no file, or where none can be made.
    """
    target = path.expanduser().resolve()
    _require_free(target, overwrite=overwrite)
    content = write(package.find_package(model_id)).encode()
    try:
        files.write_whole(target, lambda aside: _write_bytes(aside, content))
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise _not_possible("a place where a file can be made", error.strerror or str(error), target) from error
    return target


def _write_bytes(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _require_free(target: Path, *, overwrite: bool) -> None:
    if target.suffix.lower() not in (".html", ".htm"):
        raise _not_possible("a name that ends in .html", target.name, target)
    if target.is_dir():
        raise _not_possible("a file", "a folder", target)
    if target.exists() and not overwrite:
        raise _not_possible("a new file", "one that is there", target, "Choose another name, or say --overwrite.")


def _not_possible(
    expected: str, found: str, target: Path, todo: str = "Choose another place."
) -> errors.ExportNotPossible:
    return errors.ExportNotPossible(expected=expected, found=found, where=str(target), todo=todo)


def describe_head(found: package.Package) -> dict[str, str]:
    """What stands in the head of the report."""
    manifest = found.manifest
    versions = manifest.versions
    software = ", ".join(f"{name} {versions[name]}" for name in ("keras", "tensorflow", "python") if name in versions)
    return {
        "Model": f"{found.id} ({manifest.architecture}), made {manifest.created[:10]}",
        "Data set": f"{manifest.dataset.name}, fingerprint {manifest.dataset.fingerprint[:16]}",
        "Model file": f"sha256 {manifest.files[package.MODEL_FILE].sha256[:16]}",
        "Software": f"Second Look {core.__version__}" + (f"; trained with {software}" if software else ""),
        "Written": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    }


def _compose_result(found: package.Package) -> rendering.Section:
    manifest = found.manifest
    leak = split_words.say_leak(manifest.split)
    images, groups = manifest.split.images, manifest.split.groups
    patients = f" of {groups.train:,} patients" if groups.train else ""
    test = found.test_now
    at_point = "" if found.threshold is None else "At the operating point that was kept. "
    return rendering.Section(
        "Result in words",
        tuple(
            said
            for said in (
                leak,
                at_point + words.say_result(test, found.class_names, leaky=found.is_leaky),
                f"Trained on {images.train:,} images{patients} of {manifest.dataset.name}; "
                f"{images.validation:,} validation images decided when to stop; {images.test:,} test images were "
                "scored once. Numbers in brackets are 95 % intervals.",
            )
            if said
        ),
        loud=bool(leak),
    )


def _compose_confusion(task: tasks.Task) -> rendering.Section:
    counts = task.confusion.astype(int).tolist()
    table = pd.DataFrame(counts, columns=[f"answers {name}" for name in task.class_names])
    table.insert(0, "truth", list(task.class_names))
    return rendering.Section(
        "Right and wrong",
        figure=confusion.figure_confusion(counts, task.class_names, "light"),
        table=table,
        caption=f"Test images, n = {task.n:,}. {confusion.CAPTION} {confusion.READING}",
    )


def _compose_history(found: package.Package) -> rendering.Section:
    learnt = training_record.read_history(found)
    epochs = len(learnt["epochs"])
    columns = ["epoch", "loss", "validation_loss", "accuracy", "validation_accuracy"]
    return rendering.Section(
        "How it learnt",
        tuple(training_record.describe_segments(learnt)),
        figure=curves.figure_training_curves(learnt, metric="loss", epochs=max(epochs, 1), theme="light"),
        table=pd.DataFrame(learnt["epochs"], columns=columns).rename(columns=lambda name: name.replace("_", " ")),
        caption=f"Loss by epoch; lower is better. {curves.CAPTION} {curves.READING}",
    )


def _compose_recipe(found: package.Package) -> rendering.Section:
    return rendering.Section(
        "Recipe",
        (f"The same training from a terminal: {found.manifest.command}",),
        table=training_record.list_settings(found),
    )


def _compose_card(sections: list[cards.CardSection]) -> list[rendering.Section]:
    """The card, with what is still open as empty boxes."""
    lead = rendering.Section(
        "Model card",
        (
            f"{cards.say_count(sections)} Headings of Mitchell et al. 2019; below each answer stand the items of CLAIM "
            "(2024 update) and TRIPOD+AI (2024) that it speaks to. A box with a dashed line is a question that nobody "
            "has answered yet: the program cannot know it.",
        ),
        new_page=True,
    )
    return [
        lead,
        *(rendering.Section(part.heading, items=tuple(map(_as_item, part.entries)), level=3) for part in sections),
    ]


def _as_item(entry: cards.Entry) -> rendering.Item:
    return rendering.Item(entry.question.words, entry.answer, entry.question.hint, entry.question.source)
