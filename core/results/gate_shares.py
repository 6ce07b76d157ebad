"""What a gate lets through: shares of images that it knows, answers with caution or refuses, and how right each are."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.gate import gate, gate_file
from core.models import package
from core.statistics import decision_rule, estimate, referral, tasks, wilson

NAMES = {gate.KNOWN: "known", gate.AWAY: "away", gate.REFUSED: "refused"}


def find_own(found: package.Package, predictions: pd.DataFrame) -> NDArray[np.uint8]:
    """The states of the test images of a model with a gate, in the order of its predictions. Raises `ModelBroken`."""
    kept = gate_file.read(found)
    states = kept.states if kept else np.array([], np.uint8)
    if len(states) != len(predictions):
        expected = f"a state for each of {len(predictions):,} predictions"
        raise package.tell_broken(found, package.GATE_FILE, expected, f"{len(states):,}")
    return states[(predictions["split"] == "test").to_numpy()]


def measure(task: tasks.Task, states: NDArray[np.uint8]) -> dict[str, dict[str, estimate.Estimate]]:
    """Of images with these states (N,): "share" of all and "accuracy" among them, by "known", "away", "refused"."""
    right, everything = task.answers == task.labels, np.ones(task.n, bool)
    asked = dict[str, tuple[NDArray[np.bool_], NDArray[np.bool_]]]()
    for state, name in NAMES.items():
        chosen = states == state
        asked |= {f"share {name}": (chosen, everything), f"accuracy {name}": (right, chosen)}
    found = referral.measure_shares(task, asked)
    return {what: {name: found[f"{what} {name}"] for name in NAMES.values()} for what in ("share", "accuracy")}


def measure_decided(
    found: package.Package, table: pd.DataFrame, states: NDArray[np.uint8]
) -> dict[str, dict[str, estimate.Estimate]]:
    """`measure` of predictions, (N,) rows, as the model answers now: at its operating point where there is one."""
    chances = table[[f"p_{name}" for name in found.class_names]].to_numpy()
    answers = decision_rule.decide(chances, found.class_names.index(found.positive_class), found.threshold)
    return measure(tasks.build_task(table, found.class_names, found.positive_class, answers=answers), states)


def list_patients(groups: pd.Series, states: NDArray[np.uint8]) -> list[dict[str, Any]]:
    """Each known patient, the one with the largest share of refused images first: "patient", "images", "away" (count)
    and "refused" (an Estimate of the share, with Wilson's interval within the patient)."""
    names = groups.fillna("").astype(str).to_numpy(dtype=object)
    counted = names != ""
    codes, distinct = pd.factorize(names[counted], sort=True)
    images, away, refused = (
        np.bincount(codes[chosen], minlength=len(distinct)).tolist()
        for chosen in (slice(None), states[counted] == gate.AWAY, states[counted] == gate.REFUSED)
    )
    rows = [
        {"patient": str(name), "images": n, "away": out, "refused": wilson.compute_wilson(bad, n)}
        for name, n, out, bad in zip(distinct, images, away, refused, strict=True)
    ]
    return sorted(rows, key=lambda row: (-row["refused"].value, -row["images"]))


def to_json(found: dict[str, dict[str, estimate.Estimate]]) -> dict[str, Any]:
    """What `evaluate --json` adds: the shares "refused" and "away", and under "gate" all of `measure`."""
    shares = found["share"]
    return {"refused": shares["refused"].value, "away": shares["away"].value, "gate": found}
