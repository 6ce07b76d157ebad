"""The same work from a terminal: `python -m core VERB`. Progress on stderr, results on stdout, exit 0 or 2."""

import argparse
import contextlib
import io
import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from core import answering, errors, files, jobs, life, paths, progress, worker
from core.datasets import catalogue, drawn, importing, index, splits
from core.evaluation import words
from core.inference import batch
from core.models import augmentation, package, registry
from core.training import recipe, run

EXIT_FAULT = 2


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; returns the exit status. A fault that a person can act on is one message on stderr."""
    options = _build_parser().parse_args(arguments)
    try:
        files.require_home(paths.home_folder())
        status: int = options.do(options)
    except errors.SecondLookError as error:
        print(error, file=sys.stderr)
        return EXIT_FAULT
    except KeyboardInterrupt:
        print("Stopped. What was half made has been removed.", file=sys.stderr)
        return EXIT_FAULT
    return status


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, do: Callable[[argparse.Namespace], int], about: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=about, description=about)
        sub.add_argument("--json", action="store_true", help="print one JSON document on stdout")
        sub.set_defaults(do=do)
        return sub

    sub = verb("draw", _draw, "draw the sample data set of invented blood cells")
    sub.add_argument("--name", required=True)
    sub.add_argument("--images", type=int, default=2000)
    sub.add_argument("--seed", type=int, default=7)
    sub = verb("import", _import, "import a folder of class sub-folders, or a .zip of one")
    sub.add_argument("source", type=Path)
    sub.add_argument("--name", required=True)
    _add_index_options(sub)
    verb("datasets", _datasets, "list the data sets of this machine")
    sub = verb("index", _index, "read (or build, where absent or outdated) the index of a data set")
    sub.add_argument("name")
    _add_index_options(sub)
    sub = verb("download", _download, "bring a public data set in")
    sub.add_argument("key", choices=[entry.key for entry in catalogue.ENTRIES])
    sub.add_argument("--name", help="what to call it here (default: the catalogue's name)")
    verb("architectures", _architectures, "list the networks on offer")
    _add_train(verb)
    verb("runs", _runs, "list the trainings of this machine")
    sub = verb("stop", _stop, "stop a training; what it has learnt stays")
    sub.add_argument("run_id")
    sub = verb("resume", _resume, "go on with a training that was stopped or interrupted")
    sub.add_argument("run_id")
    verb("models", _models, "list the finished models")
    sub = verb("evaluate", _evaluate, "a model's result on unseen images, with intervals")
    sub.add_argument("model")
    sub.add_argument("--dataset", help="another data set (default: the model's own test images)")
    sub = verb("predict", _predict, "what a model answers to images")
    sub.add_argument("model")
    sub.add_argument("images", nargs="+", type=Path)
    sub.add_argument("--heatmaps", type=Path, help="folder for Grad-CAM overlays")
    for name, about in (("work", "be the worker of a run"), ("job", "be the worker of an import or a drawing")):
        sub = verb(name, _work if name == "work" else _job, f"{about} (the dashboard starts this)")
        sub.add_argument("id")
    return parser


def _add_index_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--groups", default="auto", help="auto, malaria, chest, folder, none, or regex:PATTERN")
    sub.add_argument("--positive", help="the class that sensitivity is about")


def _add_train(verb: Callable[..., argparse.ArgumentParser]) -> None:
    sub = verb("train", _train, "train a network and publish it as a model")
    sub.add_argument("name", help="the data set")
    sub.add_argument("--architecture", default="base_cnn", metavar="KEY")
    defaults = recipe.Recipe.__dataclass_fields__
    for field, kind in (
        ("epochs", int),
        ("batch_size", int),
        ("learning_rate", float),
        ("patience", int),
        ("seed", int),
    ):
        sub.add_argument("--" + field.replace("_", "-"), type=kind, default=defaults[field].default)
    sub.add_argument("--split", choices=splits.RULES, default="patient")
    sub.add_argument("--saved-split", default="", metavar="NAME", help="a split kept on the Datasets page, instead")
    sub.add_argument("--precision", choices=recipe.PRECISIONS, default="auto")
    sub.add_argument(
        "--augmentation",
        metavar="PRESET|JSON",
        default="none",
        help=f"how training images are changed at random: {', '.join(augmentation.PRESETS)}, or JSON of the settings",
    )
    sub.add_argument("--save-as", metavar="MODEL", help="the model's id (default: data set and architecture)")


def _print_json(content: Any) -> None:
    print(json.dumps(content, indent=2, allow_nan=False))


def _print_rows(options: argparse.Namespace, rows: list[dict[str, Any]], columns: list[str], none: str) -> int:
    """A list as JSON or as a table of some of its columns."""
    if options.json:
        _print_json(rows)
    else:
        print(pd.DataFrame(rows)[columns].to_string(index=False) if rows else none)
    return 0


def _download(options: argparse.Namespace) -> int:
    name = options.name or catalogue.find_entry(options.key).suggested_name
    return _print_index(options, catalogue.fetch(options.key, name, report=progress.to_terminal()))


def _print_index(options: argparse.Namespace, made: index.Index) -> int:
    content = index.describe(made)
    if options.json:
        _print_json(content)
        return 0
    print(
        f"{made.name}: {content['images']:,} images, {content['groups']:,} groups, fingerprint {made.fingerprint[:12]}"
    )
    for name, count in content["classes"].items():
        print(f"  {name}: {count:,}")
    for split, count in content["splits"].items():
        print(f"  split {split}: {count:,}")
    for row in content["problems"]:
        print(f"  problem: {row['path']}: {row['problem']}")
    return 0


def _draw(options: argparse.Namespace) -> int:
    report = progress.to_terminal()
    return _print_index(
        options, drawn.draw_dataset(options.name, images=options.images, seed=options.seed, report=report)
    )


def _import(options: argparse.Namespace) -> int:
    made = importing.import_dataset(
        options.source,
        options.name,
        group_rule=options.groups,
        positive_class=options.positive,
        report=progress.to_terminal(),
    )
    return _print_index(options, made)


def _datasets(options: argparse.Namespace) -> int:
    columns = ["name", "status", "images", "groups", "fingerprint"]
    rows = index.list_datasets()
    shown = [{**dict.fromkeys(columns, ""), **row, "fingerprint": str(row.get("fingerprint", ""))[:12]} for row in rows]
    return _print_rows(options, rows if options.json else shown, columns, "No data set yet: import or draw one.")


def _index(options: argparse.Namespace) -> int:
    try:
        made = index.read_index(options.name)
        index.require_unchanged(made)
        wanted = options.groups in ("auto", made.group_rule) and options.positive in (None, made.positive_class)
    except (errors.DatasetChanged, errors.DatasetNotIndexed, errors.IndexBroken):
        wanted = False
    if not wanted:
        made = index.build_index(
            options.name,
            group_rule=options.groups,
            positive_class=options.positive,
            report=progress.to_terminal(),
        )
    return _print_index(options, made)


def _architectures(options: argparse.Namespace) -> int:
    columns = ["key", "parameters", "trainable", "input_px"]
    return _print_rows(options, registry.describe_architectures(), columns, "none")


def _runs(options: argparse.Namespace) -> int:
    columns = ["run_id", "status", "epoch", "epochs", "split", "model_id"]
    for fault in run.list_broken():
        print(fault, file=sys.stderr)
    return _print_rows(options, [run.describe(found) for found in run.list_runs()], columns, "No training yet.")


def _models(options: argparse.Namespace) -> int:
    rows = [package.describe(found) for found in package.list_packages()]
    for fault in package.list_broken():
        print(fault, file=sys.stderr)
    columns = ["id", "architecture", "parameters", "dataset", "split", "leaky", "test"]
    shown = [{**row, "test": _say_value(row["test"]["accuracy"], "accuracy")} for row in rows]
    return _print_rows(options, rows if options.json else shown, columns, "No model yet: train one.")


def _train(options: argparse.Namespace) -> int:
    fields = (
        "architecture",
        "epochs",
        "batch_size",
        "learning_rate",
        "patience",
        "seed",
        "split",
        "saved_split",
        "precision",
    )
    wanted = recipe.Recipe(
        dataset=options.name,
        augmentation=augmentation.read_argument(options.augmentation),
        **{name: getattr(options, name) for name in fields},
    )
    return _work_in_foreground(run.create_run(wanted, save_as=options.save_as), options)


def _resume(options: argparse.Namespace) -> int:
    found = run.read_run(options.run_id)
    run.queue_again(found)
    return _work_in_foreground(found, options)


def _stop(options: argparse.Namespace) -> int:
    found = run.read_run(options.run_id)
    if found.state.is_active:
        run.stop_run(found)
    if options.json:
        _print_json({"run_id": found.id, "status": found.state.name})
    else:
        print(f"{found.id}: {found.state.name}")
    return 0


def _work_in_foreground(found: run.Run, options: argparse.Namespace) -> int:
    with _stop_on_signal(found), _follow(found):
        state = worker.work(found.id)
    model_id = state.details.get("model_id")
    if options.json:
        _print_json({"run_id": found.id, "model_id": model_id, "status": state.name})
    elif model_id:
        made = package.find_package(model_id)
        print(f"{state.name}: {model_id}")
        _print_result(made.manifest["test"], words.say_leak(made.manifest["split"]))
    if state.message:
        print(state.message, file=sys.stderr)
    return EXIT_FAULT if state.name == "failed" else 0


@contextlib.contextmanager
def _stop_on_signal(found: run.Run) -> Iterator[None]:
    """Ctrl-C and SIGTERM stop as the page's button does: the best weights stay. A second Ctrl-C ends at once."""

    def stop(number: int, frame: Any) -> None:
        print(f"\nStopping {found.id} ...", file=sys.stderr)
        run.stop_run(found)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _follow(found: run.Run, every_seconds: float = 2.0) -> Iterator[None]:
    """Say on stderr where the run is, while the body works."""
    ended = threading.Event()

    def speak() -> None:
        said = ""
        while not ended.wait(every_seconds):
            state = life.read_state(found.folder)
            line = run.describe_progress(state)
            if line != said:
                print(line, file=sys.stderr)
                said = line

    thread = threading.Thread(target=speak, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _evaluate(options: argparse.Namespace) -> int:
    result = batch.evaluate(options.model, options.dataset, report=progress.to_terminal())
    if options.json:
        _print_json(result)
    else:
        _print_result(result, words.say_leak(package.find_package(options.model).manifest["split"]))
    return 0


def _print_result(result: dict[str, Any], leak: str) -> None:
    if leak:
        print(leak)
    print(f"Test images: {result['n']:,} of {result['groups']:,} groups; 95 % intervals over {result['interval']}")
    for name in ("accuracy", "sensitivity", "specificity", "auc"):
        print(f"  {_say_value(result[name], name)}  (n = {result[name]['n']:,})")
    print(f"  confusion (rows = truth): {result['confusion']}")


def _say_value(metric: dict[str, Any], name: str) -> str:
    if metric["value"] is None:
        return f"{name}: not defined"
    interval = "" if metric["low"] is None else f" ({metric['low']:.3f} to {metric['high']:.3f})"
    return f"{name} {metric['value']:.3f}{interval}"


def _predict(options: argparse.Namespace) -> int:
    entries = answering.predict_files(options.model, options.images, heatmaps=options.heatmaps)
    if options.json:
        _print_json(entries)
    for entry in entries:
        if entry["error"]:
            print(entry["error"], file=sys.stderr)
        elif not options.json:
            said = ", ".join(f"{name} {p:.3f}" for name, p in entry["probabilities"].items())
            print(f"{entry['image']}: {entry['class_name']} ({said})")
    return EXIT_FAULT if any(entry["error"] for entry in entries) else 0


def _work(options: argparse.Namespace) -> int:
    life.be_nice()
    return EXIT_FAULT if worker.work(options.id).name == "failed" else 0


def _job(options: argparse.Namespace) -> int:
    return EXIT_FAULT if jobs.work(options.id).name == "failed" else 0


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a name that the terminal's encoding lacks must not end the work
            stream.reconfigure(errors="backslashreplace")
    sys.exit(main())
