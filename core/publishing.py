"""From a run's best weights to a finished model: predictions of every validation and test image, results, manifest.

Needs TensorFlow (inside). Stands above training, evaluation and explanation, whose results a manifest carries.
"""

import shlex
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core import errors, files, life
from core.datasets import index
from core.evaluation import summary
from core.explanation import gradcam
from core.inference import predictor
from core.models import loading, package, remembering, runtime, tables, transfer
from core.training import checkpoint, history, run

BATCH = 100  # at most; a person who chose a smaller one had a reason
HEATMAP_IMAGES = 200
SAME_ANSWER = 1e-5
SPEED_RUNS, WARM_RUNS = 30, 5


def publish(
    found: run.Run,
    data: index.Index,
    pixels: NDArray[np.uint8],
    outcome: Any,
    *,
    say_stage: Callable[[str], None],
) -> package.Package:
    """Write the package of a run's best epoch. `outcome` is the `fitting.Outcome` of its fit to `data`.

    An epoch that is published already (the run was stopped twice, or killed just after) is not published again.
    Raises `TrainingFailed` where the saved file does not give the answers of the network in memory.
    """
    for earlier in package.list_packages():
        same_run = earlier.manifest.get("run_id") == found.id
        if same_run and earlier.manifest["training"]["best_epoch"] == outcome.reached.best_epoch:
            return earlier
    say_stage("Scoring validation and test images")
    network = build_best(found, outcome.reached.best_epoch)
    table = found.read_split()
    scored = table[table["split"] != "train"]
    batch = min(BATCH, found.recipe.batch_size)
    predictions = predict_table(network, pixels, scored, found.class_names, batch=batch)
    say_stage("Measuring the heatmaps")
    manifest = _compose_manifest(found, outcome, network, predictions)
    manifest["heatmap"] = _describe_heatmaps(network, pixels, scored, predictions)
    manifest["milliseconds_per_image"] = _measure_speed(network, manifest)
    say_stage("Saving the model")
    looks = _remember(data, table)

    def fill(folder: Path) -> None:
        network.save(folder / package.MODEL_FILE)
        _require_same_answer(folder / package.MODEL_FILE, manifest["check"]["probabilities"], found)
        history.as_table(history.read_history(found.folder)).to_csv(folder / package.HISTORY_FILE, index=False)
        predictions.to_parquet(folder / package.PREDICTIONS_FILE, compression="zstd", index=False)
        train = table.loc[table["split"] == "train", ["image_id", "group"]]
        train.to_parquet(folder / package.TRAINING_IMAGES_FILE, compression="zstd", index=False)
        if looks:
            remembering.write(folder / package.PICTURES_FILE, looks)

    return package.write_package(found.facts.get("save_as") or run.name_model(found.recipe), manifest, fill)


def _remember(data: index.Index, table: pd.DataFrame) -> tables.Remembered | None:
    """How its images look; None where their files have gone meanwhile, which must not cost a finished training."""
    try:
        return remembering.collect(data, table["row"].to_numpy(np.int64))
    except remembering.GONE:
        return None


def predict_table(
    network: Any, pixels: NDArray[np.uint8], table: pd.DataFrame, class_names: tuple[str, ...], *, batch: int = BATCH
) -> pd.DataFrame:
    """`table` (columns row, image_id, split, group, label) without row, with one `p_<class>` column a class."""
    rows = table["row"].to_numpy(np.int64)
    chunks = [
        np.asarray(network.predict_on_batch(pixels[rows[start : start + batch]].astype(np.float32)))
        for start in range(0, len(rows), batch)
    ]
    probabilities = np.concatenate(chunks) if chunks else np.zeros((0, len(class_names)), np.float32)
    columns = {f"p_{name}": probabilities[:, i].astype(np.float32) for i, name in enumerate(class_names)}
    return table[["image_id", "split", "group", "label"]].reset_index(drop=True).assign(**columns)


def build_best(found: run.Run, best_epoch: int) -> Any:
    """The best epoch's network, whole and in float32: what was trained in bfloat16 must answer alike on every machine.

    Where the head alone was trained, it is put on the backbone that its features came from.
    Raises RunNotUsable, and what `networks.build_whole` raises.
    """
    from core.training import networks  # noqa: PLC0415  (TensorFlow)

    learnt = checkpoint.read_best(found.folder, best_epoch)
    if not found.recipe.extracts_features:
        network = networks.build_plain(found, "float32")
        network.set_weights(learnt)
        if found.recipe.fine_tunes and best_epoch > found.recipe.head_epochs:
            transfer.unfreeze(network, found.recipe.unfreeze_layers)  # so that it says of itself what has learnt
        return network
    network, head = networks.build_whole(found, "float32"), networks.build_head(found, "float32")
    head.set_weights(learnt)
    transfer.join(network, head)
    return network


def _compose_command(found: run.Run) -> str:
    """What to type to train the same again; of a run that changed its course, how to follow it, a command a part."""
    wanted, parts = found.recipe, list[str]()
    changed: dict[int, dict[str, list[Any]]] = {}
    for segment in found.facts.get("segments", []):
        at = changed.setdefault(segment["epoch"], {})
        at.update({name: [at.get(name, change)[0], change[1]] for name, change in segment["changes"].items()})
    changed.pop(0, None)  # what was changed before the first epoch is how it began
    for reached, changes in sorted(changed.items(), reverse=True):
        flags = [f"--{name.replace('_', '-')} {after}" for name, (_, after) in changes.items()]
        wanted = replace(wanted, **{name: before for name, (before, _) in changes.items()})
        when = "when it has ended" if reached >= wanted.epochs else f"when epoch {reached} has ended, stop it"
        parts[:0] = [f"# {when}; RUN is the id of the new run", f"python -m core resume RUN {' '.join(flags)}"]
    name = found.facts.get("save_as")
    return "\n".join([wanted.as_command() + (f" --save-as {shlex.quote(name)}" if name else ""), *parts])


def _compose_manifest(found: run.Run, outcome: Any, network: Any, predictions: pd.DataFrame) -> dict[str, Any]:
    wanted, facts = found.recipe, found.facts
    size_px = wanted.size_px
    trainable = int(sum(np.prod(weight.shape) for weight in network.trainable_weights))
    results = {
        split: summary.summarise(predictions[predictions["split"] == split], found.class_names, facts["positive_class"])
        for split in ("validation", "test")
    }
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "purpose": "Assists a person who looks at images of this kind. It does not diagnose.",
        "architecture": wanted.architecture,
        "parameters": int(network.count_params()),
        "trainable": trainable,
        "class_names": list(found.class_names),
        "positive_class": facts["positive_class"],
        "input": {"height_px": size_px, "width_px": size_px, "pixels": "RGB, 0 to 255; scaled inside the model"},
        "dataset": facts["dataset"],
        "split": facts["split"],
        "recipe": wanted.to_json(),
        "command": _compose_command(found),
        "run_id": found.id,
        "training": {
            "epochs": outcome.reached.epochs_done,
            "best_epoch": outcome.reached.best_epoch,
            "seconds": outcome.reached.seconds,
            "precision": outcome.precision,
            "stopped_by_hand": outcome.stopped,
            "threads": (life.read_details(found.folder) or {}).get("threads"),
            "segments": facts.get("segments", []),
            "backbone": files.read_json_or_none(found.folder / run.BACKBONE),
        },
        "versions": facts["versions"],
        "check": {"probabilities": loading.compute_check(network, (size_px, size_px)).round(7).tolist()},
        **results,
    }


def _measure_speed(network: Any, manifest: dict[str, Any]) -> dict[str, Any]:
    """How long one image takes, one at a time and warm, as Predict asks: the median of some runs on this machine."""
    asked = predictor.Predictor(loading.LoadedModel(package.Package("speed", Path(), manifest), network))
    image = np.zeros((1, *asked.input_size_px, 3), np.uint8)
    seconds = []
    for _ in range(WARM_RUNS + SPEED_RUNS):
        began = time.perf_counter()
        asked.predict_batch(image)
        seconds.append(time.perf_counter() - began)
    value = round(1000 * float(np.median(seconds[WARM_RUNS:])), 3)
    return {"value": value, "batch": 1, "runs": SPEED_RUNS, "processor": runtime.describe_processor()}


def _describe_heatmaps(
    network: Any, pixels: NDArray[np.uint8], table: pd.DataFrame, predictions: pd.DataFrame
) -> dict[str, Any] | None:
    """How strong this model's heatmaps usually are, from validation images; None for a network without convolution."""
    chosen = np.flatnonzero((table["split"] == "validation").to_numpy())
    chosen = chosen[:: max(1, len(chosen) // HEATMAP_IMAGES)][:HEATMAP_IMAGES]
    answers = predictions.filter(like="p_").to_numpy().argmax(axis=1)
    try:
        explainer = gradcam.GradCam(network)
    except errors.NoConvolution:
        return None
    batch = np.asarray(pixels[table["row"].to_numpy(np.int64)[chosen]])
    return gradcam.compute_reference(explainer, batch, answers[chosen])


def _require_same_answer(path: Path, expected: list[list[float]], found: run.Run) -> None:
    """A model that answers differently once it is saved must never be listed."""
    network = loading.read_network(path)
    size_px = found.recipe.size_px
    difference = np.abs(loading.compute_check(network, (size_px, size_px)) - np.asarray(expected)).max()
    if difference > SAME_ANSWER:
        raise errors.TrainingFailed(
            expected="the same answers from the saved file as from memory",
            found=f"a difference of {difference:.2g}",
            where=path.name,
            todo="This is a fault of the program or the disk; please report it with the run's log.",
        )
    files.flush_to_disk(path)
