"""Verbs of networks and models: architectures, models, evaluate, predict, rejudge, remember, gate, heatmaps, onnx,
stress, export.

What a verb needs is imported when it is asked for: `predict` answers in less time than all of it takes to load.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from core.base import progress
from core.explanation import methods
from core.models import package
from core.prediction import evidence, file_answers, verdicts
from core.terminal import many_options, output

STRESS = ("right", "refused", "with caution")


def add_verbs(add: output.AddVerb) -> None:
    """The verbs and their options."""
    add("architectures", _architectures, "list the networks on offer, and whether their ImageNet weights are here")
    add("models", _models, "list the finished models")
    sub = add("evaluate", _evaluate, "a model's result on unseen images, with intervals")
    sub.add_argument("model", help="its id")
    sub.add_argument("--dataset", help="another data set (default: the model's own test images)")
    sub = add("predict", _predict, "what a model answers to images, or to whole folders and archives, by smear")
    sub.add_argument("model", help="its id")
    sub.add_argument("images", nargs="+", type=Path, metavar="IMAGE", help="files; also folders and .zip archives")
    sub.add_argument("--heatmaps", type=Path, metavar="FOLDER", help="folder for heatmaps laid over the images, as PNG")
    as_numbers = "folder for heatmaps as numbers: .npy, float32, 0 to 1, rows and columns as the image has them"
    sub.add_argument("--maps", type=Path, metavar="FOLDER", help=as_numbers)
    how = f"by which method; default: {methods.DEFAULT}, or where that is slow {methods.WHERE_SLOW}"
    sub.add_argument("--method", choices=list(methods.METHODS), help=how)
    where = "the layer that grad-cam or layercam look at, by its name; default: the one that points best"
    sub.add_argument("--layer", metavar="NAME", help=where)
    anyway = "answer images too that the model does not know; each such answer is marked"
    sub.add_argument("--answer-anyway", action="store_true", help=anyway)
    many_options.add_options(sub)
    sub = add("rejudge", _rejudge, "compute the intervals in models' manifests anew, from their predictions")
    sub.add_argument("models", nargs="*", metavar="MODEL", help="default: those whose intervals are of before")
    sub = add("remember", _remember, "keep in older models how their images look, so that copies of one are known")
    sub.add_argument("models", nargs="*", metavar="MODEL", help="default: all of whom only a data set here says it")
    sub = add("gate", _gate, "give older models a gate, which tells images that they know from others")
    sub.add_argument("models", nargs="*", metavar="MODEL", help="default: all without one whose images are here")
    about = "measure how strong older models' heatmaps usually are, so that one can be called faint or strong"
    sub = add("heatmaps", _heatmaps, about)
    sub.add_argument("models", nargs="*", metavar="MODEL", help="default: all unmeasured ones whose images are here")
    sub = add("onnx", _onnx, "give older models an ONNX file, which answers without waiting for TensorFlow")
    sub.add_argument("models", nargs="*", metavar="MODEL", help="default: all without one")
    sub = add("stress", _stress, "how right a model is when its test images are changed: stain, light, blur and more")
    sub.add_argument("model", help="its id")
    sub = add("export", _export, "write a model's structure and weights as two files, with a README on loading them")
    sub.add_argument("model", help="its id")
    sub.add_argument("folder", type=Path, help="a new or empty folder")
    sub.add_argument("--overwrite", action="store_true", help="replace an earlier export in this folder")


def _architectures(options: argparse.Namespace) -> int:
    from core.models import registry  # noqa: PLC0415  (see above)

    columns = ["key", "parameters", "trainable", "input_px", "weights"]
    rows = [{**row, "weights": _say_weights(row["key"])} for row in registry.describe_architectures()]
    return output.print_rows(options, rows, columns, "none")


def _say_weights(key: str) -> str:
    """Whether the ImageNet weights that a network starts from are on this machine; a dash where it needs none."""
    from core.models import registry, weights  # noqa: PLC0415  (see above)

    backbone = registry.find_architecture(key).backbone
    if not backbone:
        return "-"
    return "here" if weights.find_local(backbone) else "not here"


def _models(options: argparse.Namespace) -> int:
    from core.models import choosing  # noqa: PLC0415  (see above)

    models, faults = package.list_usable()
    rows = [choosing.describe(found) for found in models]
    for fault in faults:
        print(fault, file=sys.stderr)
    columns = ["id", "architecture", "parameters", "trained_on", "split", "leaky", "test"]
    shown = [{**row, "test": output.say_value(row["test"]["accuracy"], "accuracy")} for row in rows]
    return output.print_rows(options, rows if options.json else shown, columns, "No model yet: train one.")


def _evaluate(options: argparse.Namespace) -> int:
    from core.datasets.splits import split_words  # noqa: PLC0415  (see above)
    from core.results import on_dataset  # noqa: PLC0415  (see above)

    result = on_dataset.evaluate(options.model, options.dataset, report=progress.to_terminal())
    if options.json:
        output.print_json(result)
    else:
        for said in result.get("excluded", {}).get("said", []):
            print(said)
        _print_gate(result)
        output.print_result(result, split_words.say_leak(package.find_package(options.model).manifest.split))
        if "operating_point" in result:
            point = result["operating_point"]
            print(f"At the kept operating point (threshold {point['threshold']:.4g} for {point['positive_class']}):")
            output.print_result(point, "")
    return 0


def _print_gate(result: dict[str, Any]) -> None:
    """How many of the images the model knows, and how right it is on those and on the others."""
    from core.statistics import estimate  # noqa: PLC0415  (see above)

    if "gate" not in result:
        return
    for name, said in (("known", "known"), ("away", "answered with caution"), ("refused", "refused")):
        share, right = result["gate"]["share"][name], result["gate"]["accuracy"][name]
        print(f"{said}: {share.say(estimate.PER_CENT)} of {share.n:,}; right {right.say(estimate.PER_CENT)}")


def _rejudge(options: argparse.Namespace) -> int:
    from core.results import rejudging  # noqa: PLC0415  (see above)

    chosen = [package.find_package(name) for name in options.models]
    if not chosen:
        chosen = [found for found in package.list_packages() if not rejudging.is_current(found)]
    done = [rejudging.rejudge(found) for found in chosen]
    rows: list[dict[str, Any]] = [{"id": found.id, "test": found.test_now} for found in done]
    shown = [{**row, "test": output.say_value(row["test"]["accuracy"], "accuracy")} for row in rows]
    return output.print_rows(options, rows if options.json else shown, ["id", "test"], "No interval is of before.")


def _remember(options: argparse.Namespace) -> int:
    from core.models import remembering, tables  # noqa: PLC0415  (see above)

    chosen = [package.find_package(name) for name in options.models]
    if not chosen:
        chosen = [found for found in package.list_packages() if remembering.can_be_remembered(found)]
    done = [remembering.remember(found, progress.to_terminal()) for found in chosen]
    rows = [{"id": found.id, "images": len(tables.read_pictures(found).image_ids)} for found in done]
    return output.print_rows(options, rows, ["id", "images"], "No older model whose images are here.")


def _predict(options: argparse.Namespace) -> int:
    if many_options.wants_many(options):
        from core.terminal import predicting  # noqa: PLC0415  (see above)

        return predicting.predict_many(options)
    entries = file_answers.predict_files(
        options.model,
        many_options.list_images(options.images),
        overlays=options.heatmaps,
        maps=options.maps,
        method=options.method,
        layer=options.layer,
        answer_anyway=options.answer_anyway,
    )
    if options.json:
        output.print_json(entries)
    for why in {entry["no_heatmap"] for entry in entries} - {None}:
        print(why, file=sys.stderr)
    for entry in entries:
        if entry["error"]:
            print(entry["error"], file=sys.stderr)
        elif not options.json:
            print(f"{entry['image']}: {_say_answer(entry)}")
    answered = [entry for entry in entries if not entry["error"]]
    if answered and not options.json and not any(entry["gate"] for entry in answered):
        print(verdicts.NO_GATE, file=sys.stderr)
    return output.EXIT_FAULT if any(entry["error"] for entry in entries) else 0


def _say_answer(entry: dict[str, Any]) -> str:
    """One answer for a person: what the gate says of the image first, where it says anything."""
    reasons = " ".join(entry["gate"]["reasons"]) if entry["gate"] else ""
    if entry["probabilities"] is None:
        return f"not an image that this model knows. {reasons}"
    said = ", ".join(f"{name} {p:.3f}" for name, p in entry["probabilities"].items())
    refers = "a person should look; it leans to " if entry["refer"] else ""
    marked = "answered anyway, though it is no image that this model knows: " if entry["answered_anyway"] else ""
    return f"{marked}{refers}{entry['class_name']} ({said})" + (f". With caution: {reasons}" if reasons else "")


def _gate(options: argparse.Namespace) -> int:
    from core.gate import fitting  # noqa: PLC0415  (see above)
    from core.models import remembering  # noqa: PLC0415  (see above)
    from core.results import on_dataset  # noqa: PLC0415  (see above)
    from core.statistics import estimate  # noqa: PLC0415  (see above)

    chosen = [package.find_package(name) for name in options.models]
    if not chosen:
        without = [found for found in package.list_packages() if not found.has(package.GATE_FILE)]
        chosen = [found for found in without if remembering.find_source(found) is not None]
    done = [fitting.add(found, progress.to_terminal()) for found in chosen]
    rows = [{"id": found.id, "refused": on_dataset.evaluate(found.id)["gate"]["share"]["refused"]} for found in done]
    shown = [{**row, "refused": row["refused"].say(estimate.PER_CENT)} for row in rows]
    none = "No model without a gate whose images are here."
    return output.print_rows(options, rows if options.json else shown, ["id", "refused"], none)


def _heatmaps(options: argparse.Namespace) -> int:
    from core.models import remembering  # noqa: PLC0415  (see above)
    from core.prediction import usual_peaks  # noqa: PLC0415  (see above)

    chosen = [package.find_package(name) for name in options.models]
    if not chosen:
        unmeasured = [found for found in package.list_packages() if found.manifest.heatmap]
        unmeasured = [found for found in unmeasured if not usual_peaks.is_measured(found)]
        chosen = [found for found in unmeasured if remembering.find_source(found) is not None]
    done = [usual_peaks.add(found, progress.to_terminal()) for found in chosen]
    rows = [{"id": found.id, **_list_peaks(found)} for found in done]
    return output.print_rows(options, rows, ["id", *methods.METHODS], "No unmeasured model whose images are here.")


def _list_peaks(found: package.Package) -> dict[str, float | None]:
    return {key: evidence.find_usual_peak(found, key) for key in methods.METHODS}


def _onnx(options: argparse.Namespace) -> int:
    from core.runtimes import onnx_writing  # noqa: PLC0415  (see above)

    chosen = [package.find_package(name) for name in options.models]
    if not chosen:
        chosen = [found for found in package.list_packages() if not found.has(package.ONNX_FILE)]
    done = [onnx_writing.add(found, progress.to_terminal()) for found in chosen]
    rows = [{"id": found.id, "bytes": found.manifest.files[package.ONNX_FILE].bytes} for found in done]
    return output.print_rows(options, rows, ["id", "bytes"], "No model without an ONNX file.")


def _stress(options: argparse.Namespace) -> int:
    from core.results import stress  # noqa: PLC0415  (see above)
    from core.statistics import estimate  # noqa: PLC0415  (see above)

    found = package.find_package(options.model)
    measured = stress.read(found) or stress.measure(found.id, progress.to_terminal())
    if options.json:
        output.print_json(measured.to_json())
        return 0
    said = [(row.accuracy, row.refused, row.away) for row in measured.rows]
    shown = [
        {
            "change": one["change"],
            "step": one["step"],
            **{
                name: "-" if value is None else value.say(estimate.PER_CENT)
                for name, value in zip(STRESS, row, strict=True)
            },
        }
        for one, row in zip(stress.tabulate(measured).to_dict("records"), said, strict=True)
    ]
    return output.print_rows(options, shown, ["change", "step", *STRESS], "No step.")


def _export(options: argparse.Namespace) -> int:
    from core.models import exporting  # noqa: PLC0415  (see above)

    folder = exporting.export_model(options.model, options.folder, overwrite=options.overwrite)
    sizes = {name: (folder / name).stat().st_size for name in exporting.FILES}
    if options.json:
        output.print_json({"model_id": options.model, "folder": str(folder), "files": sizes})
        return 0
    print(f"{folder}: read back, and it answers as {options.model} does")
    for name, size in sizes.items():
        print(f"  {name}: {size:,} bytes")
    return 0
