"""Trainings beside each other: what tells them apart, in a name and in a table. No TensorFlow."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from core.training import recipe, run, settings_table

MOST_IN_A_NAME = 3
SETTINGS = settings_table.SETTINGS


def find_differing(recipes: Sequence[recipe.Recipe]) -> list[str]:
    """`recipe.find_differing`, the most telling first."""
    return sorted(recipe.find_differing(recipes), key=lambda name: SETTINGS[name].rank)


def list_differences(recipes: Sequence[recipe.Recipe]) -> dict[str, tuple[str, list[str]]]:
    """Each setting in which they differ: what it is called, and how each recipe has it, in words."""
    told = [wanted.list_effective() for wanted in recipes]
    return {
        name: (SETTINGS[name].label, [SETTINGS[name].say(content.get(name)) for content in told])
        for name in find_differing(recipes)
    }


def name_runs(runs: Sequence[run.Run]) -> list[str]:
    """A name for each run by what differs between them, and by when it began where that does not tell them apart."""
    told = [found.recipe.list_effective() for found in runs]
    names = [""] * len(runs)
    used = 0
    for setting in find_differing([found.recipe for found in runs]):
        said = [SETTINGS[setting].say_in_name(content.get(setting)) for content in told]
        longer = [_join(*pair) for pair in zip(names, said, strict=True)]
        if used < MOST_IN_A_NAME and len(set(longer)) > len(set(names)):  # what divides nobody is left out
            names, used = longer, used + 1
    return [
        name if name and names.count(name) == 1 else _join(name, describe_start(found))
        for name, found in zip(names, runs, strict=True)
    ]


def say_difference(mine: recipe.Recipe, other: recipe.Recipe) -> str:
    """What a recipe has otherwise than another, in short: `learning rate 0.01, batch size 8`; empty where nothing."""
    told = mine.list_effective()
    said = [SETTINGS[name].say_in_name(told.get(name)) for name in find_differing([mine, other])]
    return _join(*[words for words in said if words][:MOST_IN_A_NAME])


def share_images(mine: run.Run, other: run.Run) -> bool:
    """Whether both were trained on the images of one data set, whatever was excluded and however it is called."""
    first, second = mine.facts.dataset, other.facts.dataset
    # Runs of the first version do not say their content; the fingerprint says more than that.
    return first.fingerprint == second.fingerprint or (first.content == second.content != "")


def describe_start(found: run.Run) -> str:
    """`20 Nov 15:37:48`, and which of those that began in one second, from the run's id."""
    stamp = pd.to_datetime(found.id[:15], format="%Y%m%d-%H%M%S")
    number = found.id.rsplit("-", 1)[-1]
    again = f" ({number})" if number.isdigit() and len(number) < 4 else ""
    return f"{stamp:%d %b %H:%M:%S}{again}"


def share_validation(runs: Sequence[run.Run]) -> bool:
    """Whether all were judged on the same validation images: one data set, divided in one way."""
    return all(share_images(found, runs[0]) and found.facts.split == runs[0].facts.split for found in runs[1:])


def say_lowest(histories: Sequence[Mapping[str, Any]], names: Sequence[str], images: int) -> str:
    """`Lowest validation loss: 0.104, base cnn, epoch 12 (n = 332 images)`; empty before the first epoch.

    images : of the validation part. names : of the trainings, which a single one does not need.
    """
    lows = [
        (row["validation_loss"], row["epoch"], name)
        for learnt, name in zip(histories, names, strict=True)
        for row in learnt["epochs"]
        if row["epoch"] == learnt["best_epoch"]
    ]
    if not lows:
        return ""
    loss, epoch, name = min(lows)
    whose = f", {name}" if len(histories) > 1 else ""
    return f"Lowest validation loss: {loss:.3f}{whose}, epoch {epoch} (n = {images:,} images)"


def compare(runs: Sequence[run.Run], histories: Sequence[Mapping[str, Any]], names: Sequence[str]) -> pd.DataFrame:
    """A row for each setting that differs and for what came of it; a column "Setting" and one a run, all text.

    histories : as `history.read_history` gives them. names : unlike each other, as from `name_runs`.
    """
    rows = [*list_differences([found.recipe for found in runs]).values()]
    data = [_describe_data(found) for found in runs]
    rows += [
        (name, [told[name] for told in data])
        for name in (data[0] if data else ())
        if len({told[name] for told in data}) > 1
    ]
    results = [_describe_result(found, learnt) for found, learnt in zip(runs, histories, strict=True)]
    rows += [(name, [result[name] for result in results]) for name in (results[0] if results else ())]
    columns = {name: [values[place] for _, values in rows] for place, name in enumerate(names)}
    return pd.DataFrame({"Setting": [title for title, _ in rows], **columns}, dtype=str)


def _describe_data(found: run.Run) -> dict[str, str]:
    images = found.facts.split.images
    return {
        "Training images": f"{images.train:,}",
        "Data fingerprint": found.facts.dataset.fingerprint[:12],
        "Changes of course": str(len(found.facts.segments)),
    }


def _describe_result(found: run.Run, learnt: Mapping[str, Any]) -> dict[str, str]:
    epochs = learnt["epochs"]
    best = next((row for row in epochs if row["epoch"] == learnt["best_epoch"]), None)
    return {
        "Epochs done": str(epochs[-1]["epoch"] if epochs else 0),
        "Best epoch": str(best["epoch"]) if best else "–",
        "Validation loss there": f"{best['validation_loss']:.3f}" if best else "–",
        "Validation accuracy there": f"{100 * best['validation_accuracy']:.1f} %" if best else "–",
        "Validation images (n)": f"{found.facts.split.images.validation:,}",
    }


def _join(*words: str) -> str:
    return ", ".join(word for word in words if word)
