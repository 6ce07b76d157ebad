"""The report of a model: what Evaluate shows, in one file for people who were not there.

TensorFlow makes the heatmaps of its first sheet, once for each model.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

import core
from core.base import errors, files
from core.figures import confusion, curves
from core.models import package, tables
from core.reports import cards, rendering, report_sections, report_summary, site_section
from core.statistics import tasks
from core.training import training_record

PURPOSE = "It assists a person who looks at images. It does not diagnose."


def compose(found: package.Package, predictions: pd.DataFrame, facts: dict[str, Any]) -> list[rendering.Section]:
    """All parts, in the order of reading: summary, figures, training, card, what is open in it.

    predictions : of `tables.read_predictions`. facts : of the data set, see `cards.find_facts`.
    """
    task = cards.answer_test(found, predictions)
    return [
        report_summary.compose(found, predictions, task),
        *_compose_confusion(task),
        *report_sections.compose_measured(found, predictions),
        *site_section.compose_sites(found),
        _compose_history(found),
        _compose_recipe(found),
        *_compose_card(found, cards.build_card(found, task, facts)),
    ]


def write(found: package.Package, *, at: datetime | None = None) -> str:
    """The report of a model as one HTML page. Raises what reading its package raises.

    at : when it is written, in UTC; None = now. The same model at the same time gives the same bytes.
    """
    predictions = tables.read_predictions(found)
    sections = compose(found, predictions, cards.find_facts(found))
    written = f"{at or datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    title = f"Model {found.id}"
    return rendering.write_report(
        title, sections, purpose=PURPOSE, facts={"Written": written}, foot=f"{title}, report of {written}"
    )


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


def describe_model(found: package.Package) -> dict[str, str]:
    """By what one knows that it is this model: its files, its data and the software that made it."""
    manifest = found.manifest
    versions = manifest.versions
    software = ", ".join(f"{name} {versions[name]}" for name in ("keras", "tensorflow", "python") if name in versions)
    return {
        "Model": f"{found.id} ({manifest.architecture}), made {manifest.created[:10]}",
        "Data set": f"{manifest.dataset.name}, fingerprint {manifest.dataset.fingerprint[:16]}",
        "Model file": f"sha256 {manifest.files[package.MODEL_FILE].sha256[:16]}",
        "Software": f"Second Look {core.__version__}" + (f"; trained with {software}" if software else ""),
    }


def _compose_confusion(task: tasks.Task) -> list[rendering.Section]:
    """The table of truth and answers; none where nothing was tested."""
    if not task.n:
        return []
    counts = task.confusion.astype(int).tolist()
    table = pd.DataFrame(counts, columns=[f"answers {name}" for name in task.class_names])
    table.insert(0, "truth", list(task.class_names))
    return [
        rendering.Section(
            "Right and wrong",
            figure=confusion.figure_confusion(counts, task.class_names, "light"),
            table=table,
            caption=f"Test images, n = {task.n:,}. {report_sections.say_reading(confusion)}",
            new_page=True,
        )
    ]


def _compose_history(found: package.Package) -> rendering.Section:
    learnt = training_record.read_history(found)
    epochs = len(learnt["epochs"])
    columns = ["epoch", "loss", "validation_loss", "accuracy", "validation_accuracy"]
    return rendering.Section(
        "How it learnt",
        tuple(training_record.describe_segments(learnt)),
        figure=curves.figure_training_curves(learnt, metric="loss", epochs=max(epochs, 1), theme="light"),
        table=pd.DataFrame(learnt["epochs"], columns=columns).rename(columns=lambda name: name.replace("_", " ")),
        caption=f"Loss by epoch; lower is better. {report_sections.say_reading(curves)}",
    )


def _compose_recipe(found: package.Package) -> rendering.Section:
    return rendering.Section(
        "Recipe",
        (f"The same training from a terminal: {found.manifest.command}",),
        table=training_record.list_settings(found),
    )


def _compose_card(found: package.Package, sections: list[cards.CardSection]) -> list[rendering.Section]:
    """The card with what is answered, and at the very end what is still open, as empty boxes."""
    lead = rendering.Section(
        "Model card",
        (
            f"{cards.say_count(sections)} Headings of Mitchell et al. 2019; below each answer stand the items of CLAIM "
            "(2024 update) and TRIPOD+AI (2024) that it speaks to. What nobody has answered yet stands at the end.",
        ),
        facts=describe_model(found),
        new_page=True,
    )
    answered = [_compose_part(part, answered=True) for part in sections]
    still_open = [_compose_part(part, answered=False) for part in sections]
    appendix = rendering.Section(
        "Appendix: open questions of the model card",
        ("The program cannot know these. A box with a dashed line is for an answer that nobody has given yet.",),
    )
    asked = [part for part in still_open if part.items]
    return [lead, *(part for part in answered if part.items), *([appendix, *asked] if asked else [])]


def _compose_part(part: cards.CardSection, *, answered: bool) -> rendering.Section:
    entries = [entry for entry in part.entries if entry.is_answered == answered]
    return rendering.Section(part.heading, items=tuple(map(_as_item, entries)), level=3)


def _as_item(entry: cards.Entry) -> rendering.Item:
    return rendering.Item(entry.question.words, entry.answer, entry.question.hint, entry.question.source)
