"""What goes with wrong answers, and what with heatmaps that miss? The parts of the trust line, on validation images.

    python -m tests.benchmarks.bench_trust answers [--models ID ...]   # how right answers of each level are
    python -m tests.benchmarks.bench_trust maps [--models ID ...]      # do facts of a heatmap tell right from wrong?
    python -m tests.benchmarks.bench_trust pointing [--models ID ...]  # do they tell maps that miss the parasite?

`--here` takes the data sets of SECOND_LOOK_HOME; else a fresh home is made, as for `bench_explanations`. `maps` takes
all wrong answers and RIGHT right ones at random. Intervals: 95 %, over patients where these are known.
"""

import argparse
import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from core.datasets.index import originals
from core.explanation import faithfulness, heatmaps, map_measures, methods
from core.gate import gate, gate_file
from core.models import normalisation, package, remembering, tables
from core.prediction import decision, evidence, similar, trust
from core.runtimes import base, opening
from core.statistics import delong, estimate, intervals, referral, tasks
from tests.benchmarks import bench_explanations
from tests.support import pointing

MODELS = ("malaria-smear-cnn-micro-normalised", "malaria-smear-cnn-micro", "malaria-base-cnn")
RIGHT, A_PATIENT = 500, 8
LEVELS = {trust.HOLDS: "none", trust.MIXED: "some", trust.WEAK: "strong"}
OF_GATE = {gate.KNOWN: trust.HOLDS, gate.AWAY: trust.MIXED, gate.REFUSED: trust.WEAK}


def read_answers(found: package.Package) -> pd.DataFrame:
    """The validation images of a model: its table, with `answer`, `right`, `confidence` and the state of its gate."""
    table, kept = tables.read_predictions(found), gate_file.read(found)
    table = table.assign(state=kept.states if kept else np.full(len(table), gate.KNOWN))
    table = table[table["split"] == "validation"]
    decided = decision.decide_all(found, table[[f"p_{name}" for name in found.class_names]].to_numpy(float))
    table = table.assign(answer=decided.classes, confidence=decided.confidence)
    return table.assign(right=table["answer"] == table["label"]).reset_index(drop=True)


def measure_answers(found: package.Package) -> None:
    """Prints how right answers are by the level of similar cases, of the gate's own few, and of both with the gate."""
    similar.prepare(found.id)
    data = remembering.require_source(found)
    kept, known = similar.read_kept(found, data), gate_file.read(found)
    assert kept is not None
    table = read_answers(found)
    assert table["image_id"].tolist() == kept.checked_ids.tolist()
    answers = table["answer"].to_numpy()
    whole = (kept.near_labels != answers[:, None]).sum(axis=1)
    parts = {"similar cases": _level(whole, kept.near_labels.shape[1])}
    if known is not None:
        labels = data.table.set_index("image_id")["label"]
        near = labels.reindex(known.near_ids).to_numpy()[_find_near(found, known, data, table)]
        parts["similar cases of the gate"] = _level((near != answers[:, None]).sum(axis=1), similar.NEIGHBOURS)
    parts["with the gate"] = np.maximum(parts["similar cases"], table["state"].map(OF_GATE).to_numpy())
    task = tasks.build_task(table, found.class_names, found.positive_class, answers=answers)
    right, sure = table["right"].to_numpy(), table["confidence"].to_numpy()
    asked = {"all": (right, np.ones(task.n, bool))}
    asked |= {
        f"{part}, {name}": (right, levels == level) for part, levels in parts.items() for level, name in LEVELS.items()
    }
    middle = np.median(sure)
    for side, chosen in (("surer half", sure >= middle), ("less sure half", sure < middle)):
        asked |= {
            f"{side}, {name}": (right, chosen & (parts["similar cases"] == level)) for level, name in LEVELS.items()
        }
    for what, share in referral.measure_shares(task, asked).items():
        print(f"  {what} | {share.say(estimate.PER_CENT)} | n = {share.n}", flush=True)
    scores = {"confidence": sure, "similar cases": -whole.astype(float)}
    _print_areas(table, {what: pd.Series(values) for what, values in scores.items()})


def _level(others: np.ndarray, of: int) -> np.ndarray:
    return np.array([trust.find_level(int(count), of) for count in others])


def _find_near(found: package.Package, known: gate.Gate, data: Any, table: pd.DataFrame) -> np.ndarray:
    """The places of the nearest of the gate's training images to each image, (N, NEIGHBOURS)."""
    asked, rows = opening.open_runtime(found), pd.Series(data.table.index, index=data.table["image_id"])
    near = []
    for start in range(0, len(table), 256):
        ids = table["image_id"].iloc[start : start + 256]
        images = [originals.read_image(data, int(row)) for row in rows[ids]]
        placed = known.locate(gate.look_at_images(found, asked, images))
        apart = np.linalg.norm(placed[:, None] - known.near_places[None], axis=2)
        near.append(np.argsort(apart, axis=1, kind="stable")[:, : similar.NEIGHBOURS])
    return np.concatenate(near)


def measure_maps(found: package.Package) -> None:
    """Prints for each fact of the default heatmap how well it tells right from wrong answers, by the class answered."""
    table, data = read_answers(found), remembering.require_source(found)
    some = table[table["right"]].sample(min(RIGHT, int(table["right"].sum())), random_state=0)
    table = pd.concat([table[~table["right"]], some]).reset_index(drop=True)
    rows = pd.Series(data.table.index, index=data.table["image_id"])[table["image_id"]]
    asker = Asker(found)
    facts = [
        asker.look(originals.read_image(data, int(row)), int(answer))
        for row, answer in zip(rows, table["answer"], strict=True)
    ]
    found_facts = pd.DataFrame(facts).assign(confidence=table["confidence"])
    for answer, name in enumerate(found.class_names):
        part = (table["answer"] == answer).to_numpy()
        print(f"  answered {name}:", flush=True)
        _print_areas(table[part], {what: found_facts.loc[part, what] for what in found_facts})


class Asker:
    """What is known of a model's default heatmap of an image, fact by fact."""

    def __init__(self, found: package.Package) -> None:
        self.found, self.asked = found, opening.open_runtime(found)
        self.default = methods.find_default(found.manifest.architecture).key
        each = {key: methods.METHODS[key].find(self.asked) for key in methods.METHODS if key != methods.OCCLUSION}
        self.sources = {key: source for key, source in each.items() if not isinstance(source, base.Lacking)}
        self.usual = evidence.find_usual_peak(found, self.default)

    def look(self, image_rgb: np.ndarray, answer: int) -> dict[str, float | None]:
        """The facts of the default method's heatmap, with the rank correlations to the other ones."""
        size = self.found.input_size_px
        seen = normalisation.bring(image_rgb, self.found.form, *size)
        maps = {
            key: heatmaps.compute_heatmap(source, seen.image_rgb, answer, input_size_px=size)
            for key, source in self.sources.items()
        }
        own = maps.pop(self.default)
        facts = self.test(seen, own.values, answer)
        facts["strength"] = own.peak / self.usual if self.usual else None
        return facts | {f"agreement {key}": map_measures.correlate_ranks(own.values, maps[key].values) for key in maps}

    def test(self, seen: normalisation.Brought, values: np.ndarray, answer: int) -> dict[str, float | None]:
        """Deletion and insertion of a map, and its share inside."""
        tested = faithfulness.measure(self.asked, seen.image_rgb, values, answer, seen.body)
        facts: dict[str, float | None] = {}
        if isinstance(tested, faithfulness.Faithfulness):
            facts |= {"both": tested.better, "deletion": tested.better_deletion, "insertion": tested.better_insertion}
        if seen.body is not None:
            facts["inside"] = map_measures.measure_inside(values, seen.body)
        return facts


def measure_pointing(found: package.Package) -> None:
    """Prints how many random maps heatmaps beat that hit the parasite, and such that miss it: all methods together."""
    cases, asker = bench_explanations.list_cases(found, "validation", A_PATIENT), Asker(found)
    label, rows = found.class_names.index("Parasitized"), []
    for case in cases:
        seen = normalisation.bring(case.image_rgb, found.form, *found.input_size_px)
        for key, source in asker.sources.items():
            whole = evidence.explain(found, source, case.image_rgb, label)
            one = heatmaps.compute_heatmap(source, seen.image_rgb, label, input_size_px=found.input_size_px)
            facts = asker.test(seen, one.values, label)
            rows.append({"method": key, "right": pointing.hits(case, whole.values), "group": case.patient, **facts})
    table = pd.DataFrame(rows)
    facts = [name for name in ("both", "deletion", "insertion", "inside") if name in table]
    print(table.groupby(["method", "right"])[facts].agg(["median", "size"]).iloc[:, : 2 * len(facts)].to_string())
    for count in (10, 12, 14, 16, 18, 19, 20):
        beaten = table["insertion"] >= count
        hit, other, kept = table.loc[beaten, "right"], table.loc[~beaten, "right"], beaten[table["right"]]
        print(
            f"  insertion at least {count}: {hit.mean():.1%} of {len(hit)} hit, of others {other.mean():.1%} of "
            f"{len(other)}; of maps that hit {kept.mean():.1%} are kept"
        )
    _print_areas(table, {what: table[what] for what in facts})


def _print_areas(table: pd.DataFrame, scores: Mapping[str, pd.Series]) -> None:
    """The AUC of each score for `right` against not; 0.5: it tells nothing."""
    for what, values in scores.items():
        known = values.notna().to_numpy()
        right = table["right"].to_numpy(bool)[known]
        if right.all() or not right.any():
            continue
        units, _ = pd.factorize(table["group"].to_numpy(object)[known])
        figure = delong.leave_out(right.astype(np.int64), _as_two(values[known]), [1], units)
        counted = min(len(np.unique(units[side])) for side in (right, ~right))
        area = intervals.compute_area(figure, units=counted, n=int(known.sum()))
        print(f"  {what} | AUC {area.say()} | n = {known.sum()}, {(~right).sum()} not", flush=True)


def _as_two(values: pd.Series) -> np.ndarray:
    return np.stack([-values.to_numpy(float), values.to_numpy(float)], axis=1)


def main(arguments: Sequence[str] | None = None) -> None:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asks = {"answers": measure_answers, "maps": measure_maps, "pointing": measure_pointing}
    parser.add_argument("what", choices=asks)
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--here", action="store_true")
    options = parser.parse_args(arguments)
    with contextlib.nullcontext(True) if options.here else bench_explanations.homes():
        for model in options.models:
            print(model, flush=True)
            asks[options.what](package.find_package(model))


if __name__ == "__main__":
    main()
