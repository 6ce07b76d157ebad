"""Trainings beside each other: what tells them apart, in a name and in a table. No TensorFlow."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from core.models import augmentation
from core.training import recipe, run

# What a person would name first when telling two trainings apart, and last; the others stand between, as in the recipe.
FIRST: tuple[str, ...] = (
    "dataset",
    "architecture",
    "input_px",
    "learning_rate",
    "optimizer",
    "schedule",
    "batch_size",
    "augmentation",
    "saved_split",
    "split",
)
LAST = ("epochs", "patience", "precision")
MOST_IN_A_NAME = 3


def find_differing(recipes: Sequence[recipe.Recipe]) -> list[str]:
    """The settings in which the recipes are not all alike, the most telling first."""
    told = [_describe(wanted) for wanted in recipes]
    differing = [name for name in (told[0] if told else ()) if len({said[name] for said in told}) > 1]
    order = {name: place for place, name in enumerate(FIRST)} | {name: 1000 + at for at, name in enumerate(LAST)}
    return sorted(differing, key=lambda name: order.get(name, len(FIRST)))


def name_runs(runs: Sequence[run.Run]) -> list[str]:
    """A name for each run by what differs between them, and by when it began where that does not tell them apart."""
    said = [_describe(found.recipe) for found in runs]
    names = [""] * len(runs)
    used = 0
    for setting in find_differing([found.recipe for found in runs]):
        longer = [_join(name, _phrase(setting, told[setting])) for name, told in zip(names, said, strict=True)]
        if used < MOST_IN_A_NAME and len(set(longer)) > len(set(names)):  # what divides nobody is left out
            names, used = longer, used + 1
    return [
        name if name and names.count(name) == 1 else _join(name, describe_start(found))
        for name, found in zip(names, runs, strict=True)
    ]


def say_difference(mine: recipe.Recipe, other: recipe.Recipe) -> str:
    """What a recipe has otherwise than another, in short: `learning rate 0.01, batch size 8`; empty where nothing."""
    told = _describe(mine)
    return ", ".join(_phrase(name, told[name]) for name in find_differing([mine, other])[:MOST_IN_A_NAME])


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


def compare(runs: Sequence[run.Run], histories: Sequence[Mapping[str, Any]], names: Sequence[str]) -> pd.DataFrame:
    """A row for each setting that differs and for what came of it; a column "Setting" and one a run, all text.

    histories : as `history.read_history` gives them. names : unlike each other, as from `name_runs`.
    """
    said = [{**_describe(found.recipe), **_describe_data(found)} for found in runs]
    differing = [*find_differing([found.recipe for found in runs])]
    differing += [name for name in _describe_data(runs[0]) if len({told[name] for told in said}) > 1] if runs else []
    rows = [(_title(name), [told[name] for told in said]) for name in differing]
    results = [_describe_result(found, learnt) for found, learnt in zip(runs, histories, strict=True)]
    rows += [(name, [result[name] for result in results]) for name in (results[0] if results else ())]
    columns = {name: [values[place] for _, values in rows] for place, name in enumerate(names)}
    return pd.DataFrame({"Setting": [title for title, _ in rows], **columns}, dtype=str)


def _describe(wanted: recipe.Recipe) -> dict[str, str]:
    """Each setting as text; what has no effect beside another setting is left alone, so that it is no difference."""
    content = wanted.to_json()
    content["input_px"] = wanted.size_px
    preset = augmentation.find_preset(wanted.augmentation)
    content["augmentation"] = preset or augmentation.describe(wanted.augmentation)
    if wanted.saved_split:
        content |= dict.fromkeys(recipe.SPLIT_RULES, "as kept")
    return {
        name: f"{value:g}" if isinstance(value, float) else "none" if value == "" else str(value)
        for name, value in content.items()
    }


def _describe_data(found: run.Run) -> dict[str, str]:
    images = found.facts.split.images
    return {
        "training images": f"{images.train:,}",
        "data fingerprint": found.facts.dataset.fingerprint[:12],
        "changes of course": str(len(found.facts.segments)),
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


def _title(name: str) -> str:
    return {"input_px": "Input, px"}.get(name, name.replace("_", " ").capitalize())


def _join(*words: str) -> str:
    return ", ".join(word for word in words if word)


def _phrase(name: str, value: str) -> str:
    """A setting as part of a name."""
    if name == "saved_split" and value == "none":
        return "no kept split"
    if name in ("architecture", "saved_split"):
        return value
    if name == "dataset":
        return f"on {value}"
    return f"input {value} px" if name == "input_px" else f"{name.replace('_', ' ')} {value}"
