"""From a run's best weights to a finished model: predictions of every validation and test image, results, manifest.

Needs TensorFlow (inside). Stands above training, evaluation and explanation, whose results a manifest carries.
"""

import shlex
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.base import background, errors, files, records
from core.datasets.index import index
from core.gate import fitting, gate, gate_file
from core.models import backend, loading, manifests, normalisation, package, remembering, tables
from core.models.architectures import pretrained
from core.prediction import usual_peaks
from core.runtimes import base, keras, onnx_writing
from core.statistics import summary
from core.training import checkpoint, history, input_form, run, settings_table

BATCH = 100  # at most; a person who chose a smaller one had a reason
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
    """Write the package of a run's best epoch. `outcome` is the `fit.Outcome` of its fit to `data`.

    An epoch that is published already (the run was stopped twice, or killed just after) is not published again.
    Raises `TrainingFailed` where the saved file does not give the answers of the network in memory.
    """
    for earlier in package.list_packages():
        same_run = earlier.manifest.run_id == found.id
        if same_run and earlier.manifest.training.best_epoch == outcome.reached.best_epoch:
            return earlier
    say_stage("Scoring validation and test images")
    network = build_best(found, outcome.reached.best_epoch)
    table = found.read_split()
    scored = table[table["split"] != "train"]
    batch = min(BATCH, found.recipe.batch_size)
    asked = keras.KerasRuntime(network, where=found.id)
    predictions = predict_table(asked, pixels, scored, found.class_names, batch=batch)
    form = input_form.prepare(found, data)
    say_stage("Learning which images it knows")
    guarded = _fit_gate(asked, form, data, table)
    say_stage("Measuring the heatmaps")
    check = asked.predict(loading.make_check_images(asked.input_size_px))
    manifest = msgspec.structs.replace(
        _compose_manifest(found, outcome, network, form, predictions, check),
        heatmap=_describe_heatmaps(found.recipe.architecture, asked, pixels, scored, predictions),
        milliseconds_per_image=_measure_speed(asked),
    )
    say_stage("Writing the ONNX file")
    quick = _convert(asked, found)
    say_stage("Saving the model")
    looks = _remember(data, table)

    def fill(folder: Path) -> None:
        network.save(folder / package.MODEL_FILE)
        _require_same_answer(folder / package.MODEL_FILE, check)
        if quick:
            onnx_writing.write(folder / package.ONNX_FILE, quick)
        history.as_table(history.read_history(found.folder)).to_csv(folder / package.HISTORY_FILE, index=False)
        predictions.to_parquet(folder / package.PREDICTIONS_FILE, compression="zstd", index=False)
        train = table.loc[table["split"] == "train", ["image_id", "group"]]
        train.to_parquet(folder / package.TRAINING_IMAGES_FILE, compression="zstd", index=False)
        if guarded:
            gate_file.write(folder / package.GATE_FILE, guarded)
        if looks:
            remembering.write(folder / package.PICTURES_FILE, looks)

    return package.write_package(found.facts.save_as or run.name_model(found.recipe), manifest, fill)


def _remember(data: index.Index, table: pd.DataFrame) -> tables.Remembered | None:
    """How its images look; None where their files have gone meanwhile, which must not cost a finished training."""
    try:
        return remembering.collect(data, table["row"].to_numpy(np.int64))
    except remembering.GONE:
        return None


def _fit_gate(
    asked: base.Runtime, form: normalisation.Form, data: index.Index, table: pd.DataFrame
) -> gate.Gate | None:
    """The model's gate; None where it can have none, or where its images have gone meanwhile."""
    try:
        return fitting.fit(asked, form, data, table)
    except remembering.GONE:
        return None


def _convert(asked: keras.KerasRuntime, found: run.Run) -> bytes | None:
    """The model's ONNX file; None where none can be made, which must not cost a finished training: its log says why."""
    try:
        return onnx_writing.convert(asked, len(found.class_names), where=found.id)
    except errors.OnnxNotPossible as error:
        warnings.warn(str(error), stacklevel=2)
        return None


def predict_table(
    asked: base.Runtime,
    pixels: NDArray[np.uint8],
    table: pd.DataFrame,
    class_names: tuple[str, ...],
    *,
    batch: int = BATCH,
) -> pd.DataFrame:
    """`table` (columns row, image_id, split, group, label) without row, with one `p_<class>` column a class."""
    probabilities = asked.predict(pixels, table["row"].to_numpy(np.int64), at_once=batch)
    columns = {f"p_{name}": probabilities[:, i] for i, name in enumerate(class_names)}
    return table[["image_id", "split", "group", "label"]].reset_index(drop=True).assign(**columns)


def build_best(found: run.Run, best_epoch: int) -> Any:
    """The best epoch's network, whole and in float32: what was trained in bfloat16 must answer alike on every machine.

    Where the head alone was trained, it is put on the backbone that its features came from.
    Raises RunNotUsable, and what `networks.build_whole` raises.
    """
    from core.training.fit import networks  # noqa: PLC0415  (TensorFlow)

    learnt = checkpoint.read_best(found.folder, best_epoch)
    if not found.recipe.extracts_features:
        network = networks.build_plain(found, "float32")
        network.set_weights(learnt)
        if found.recipe.fine_tunes and best_epoch > found.recipe.head_epochs:
            pretrained.unfreeze(network, found.recipe.unfreeze_layers)  # so that it says of itself what has learnt
        return network
    network, head = networks.build_whole(found, "float32"), networks.build_head(found, "float32")
    head.set_weights(learnt)
    pretrained.join(network, head)
    return network


def _compose_command(found: run.Run) -> str:
    """What to type to train the same again; of a run that changed its course, how to follow it, a command a part."""
    wanted, parts = found.recipe, list[str]()
    changed: dict[int, dict[str, list[Any]]] = {}
    for segment in found.facts.segments:
        at = changed.setdefault(segment.epoch, {})
        at.update({name: [at.get(name, change)[0], change[1]] for name, change in segment.changes.items()})
    changed.pop(0, None)  # what was changed before the first epoch is how it began
    for reached, changes in sorted(changed.items(), reverse=True):
        flags = [f"{settings_table.SETTINGS[name].flag} {after}" for name, (_, after) in changes.items()]
        wanted = replace(wanted, **{name: before for name, (before, _) in changes.items()})
        when = "when it has ended" if reached >= wanted.epochs else f"when epoch {reached} has ended, stop it"
        parts[:0] = [f"# {when}; RUN is the id of the new run", f"python -m core resume RUN {' '.join(flags)}"]
    name = found.facts.save_as
    return "\n".join([wanted.as_command() + (f" --save-as {shlex.quote(name)}" if name else ""), *parts])


def _compose_manifest(
    found: run.Run,
    outcome: Any,
    network: Any,
    form: normalisation.Form,
    predictions: pd.DataFrame,
    check: NDArray[np.float32],
) -> manifests.Manifest:
    """What the model is; its id and the hashes of its files are known when it is written.

    form : what its images were brought to. check : its answers to `loading.make_check_images`.
    """
    wanted, facts = found.recipe, found.facts
    sides = {side: predictions[predictions["split"] == side] for side in ("validation", "test")}
    results = {side: summary.summarise(rows, found.class_names, facts.positive_class) for side, rows in sides.items()}
    size_px = (wanted.size_px, wanted.size_px)
    status = background.read_details(found.folder) or background.Status()
    content = {
        "schema": 1,
        "id": "",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "purpose": "Assists a person who looks at images of this kind. It does not diagnose.",
        "architecture": wanted.architecture,
        "parameters": int(network.count_params()),
        "trainable": int(sum(np.prod(weight.shape) for weight in network.trainable_weights)),
        "class_names": found.class_names,
        "positive_class": facts.positive_class,
        "input": {
            "height_px": size_px[0],
            "width_px": size_px[1],
            "pixels": "RGB, 0 to 255; scaled inside the model",
            "normalisation": None if form == normalisation.AS_IT_CAME else manifests.Normalisation.describe(form),
        },
        "dataset": facts.dataset,
        "split": facts.split,
        "recipe": wanted.to_json(),
        "command": _compose_command(found),
        "run_id": found.id,
        "training": {
            "epochs": outcome.reached.epochs_done,
            "best_epoch": outcome.reached.best_epoch,
            "seconds": outcome.reached.seconds,
            "precision": outcome.precision,
            "stopped_by_hand": outcome.stopped,
            "threads": status.threads,
            "segments": facts.segments,
            "backbone": files.read_json_or_none(found.folder / run.BACKBONE, manifests.Backbone),
        },
        "versions": facts.versions,
        "check": {"probabilities": check.astype(np.float64).round(7).tolist()},
        "files": {},
        **results,
    }
    return records.convert(content, manifests.Manifest)


def _measure_speed(asked: base.Runtime) -> manifests.Speed:
    """How long one image takes, one at a time and warm: the median of some runs on this machine.

    By Keras, which every model has, so that models of all ages compare.
    """
    image = np.zeros((1, *asked.input_size_px, 3), np.uint8)
    seconds = []
    for _ in range(WARM_RUNS + SPEED_RUNS):
        began = time.perf_counter()
        asked.predict(image)
        seconds.append(time.perf_counter() - began)
    value = round(1000 * float(np.median(seconds[WARM_RUNS:])), 3)
    return manifests.Speed(value=value, batch=1, runs=SPEED_RUNS, processor=backend.describe_processor())


def _describe_heatmaps(
    architecture: str, asked: base.Runtime, pixels: NDArray[np.uint8], table: pd.DataFrame, predictions: pd.DataFrame
) -> manifests.Heatmap | None:
    """How strong this model's heatmaps usually are, from validation images; None where it has none."""
    chosen = usual_peaks.choose(np.flatnonzero((table["split"] == "validation").to_numpy()))
    answers = predictions.filter(like="p_").to_numpy().argmax(axis=1)[chosen]
    batch = np.asarray(pixels[table["row"].to_numpy(np.int64)[chosen]])
    return usual_peaks.describe(architecture, asked, batch, answers)


def _require_same_answer(path: Path, expected: NDArray[np.float32]) -> None:
    """A model that answers differently once it is saved must never be listed."""
    saved = keras.KerasRuntime(loading.read_network(path), where=path.name)
    difference = np.abs(saved.predict(loading.make_check_images(saved.input_size_px)) - expected).max()
    if difference > SAME_ANSWER:
        raise errors.TrainingFailed(
            expected="the same answers from the saved file as from memory",
            found=f"a difference of {difference:.2g}",
            where=path.name,
            todo="This is a fault of the program or the disk; please report it with the run's log.",
        )
    files.flush_to_disk(path)
