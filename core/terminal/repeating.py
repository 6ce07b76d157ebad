"""Verbs about several trainings of one recipe: crossvalidate, repeat, series."""

import argparse
import sys
import time
from typing import Any

from core.base import background, paths
from core.experiments import series
from core.terminal import following, output, recipes
from core.training import run

LOOK_SECONDS = 1.0


def add_verbs(add: output.AddVerb) -> None:
    """The verbs and their options."""
    sub = add("crossvalidate", _crossvalidate, "train K times, each part of the patients being the test images once")
    _add_series_options(sub)
    sub.add_argument("--folds", type=int, default=5, metavar="K", help="parts of the patients")
    sub = add("repeat", _repeat, "train the same N times over, with other seeds")
    _add_series_options(sub)
    sub.add_argument("--times", type=int, default=5, metavar="N", help="trainings")
    sub = add("series", _series, "list the series of trainings, or the result of one")
    sub.add_argument("id", nargs="?", help="of a series")
    which = sub.add_mutually_exclusive_group()
    which.add_argument("--stop", action="store_true", help="stop its trainings; what they have learnt stays")
    which.add_argument("--resume", action="store_true", help="queue again those that were stopped or failed")


def _add_series_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("name", help="the data set")
    sub.add_argument("--architecture", default="base_cnn", metavar="KEY", help="the network")
    recipes.add_flags(sub)
    sub.add_argument("--save-as", metavar="MODEL", help="the models' id, before their number in the series")
    sub.add_argument("--tensorboard", action="store_true", help="keep a TensorBoard log of each training as it goes")
    sub.add_argument("--background", action="store_true", help="return at once; the trainings go on by themselves")


def _crossvalidate(options: argparse.Namespace) -> int:
    return _create("folds", options.folds, options)


def _repeat(options: argparse.Namespace) -> int:
    return _create("repeats", options.times, options)


def _create(kind: str, count: int, options: argparse.Namespace) -> int:
    """Start all trainings of a series and, unless they are to be left alone, wait for them."""
    wanted = recipes.read_recipe(options)
    created = series.create_series(
        wanted, kind=kind, count=count, save_as=options.save_as, tensorboard=options.tensorboard
    )
    recipes.say_idle(options, run.read_run(created.run_ids[0]).recipe)
    print(f"Series {created.id}: {len(created.run_ids)} trainings", file=sys.stderr)
    if not options.background:
        stop = following.stop_on_signal(lambda: series.stop_series(created), created.id)
        with stop, following.follow(lambda: _describe_progress(created)):
            while any(state.is_active for state in _read_states(created)):
                time.sleep(LOOK_SECONDS)
    return _print_series(created, options)


def _read_states(found: series.Series) -> list[background.State]:
    return [background.read_state(paths.runs_folder() / run_id) for run_id in found.run_ids]


def _describe_progress(found: series.Series) -> str:
    """Where each training is that has begun and not ended, in one line."""
    states = _read_states(found)
    ended = sum(not state.is_active for state in states)
    at_work = [
        f"{number}: {run.describe_progress(state)}"
        for number, state in enumerate(states, 1)
        if state.is_active and state.name != "waiting"
    ]
    return "; ".join([f"{ended} of {len(states)} ended", *at_work])


def _series(options: argparse.Namespace) -> int:
    if options.id is None:
        for fault in series.list_broken():
            print(fault, file=sys.stderr)
        rows = [_describe(found) for found in series.list_series()]
        return output.print_rows(options, rows, ["id", "kind", "runs", "ended"], "No series yet.")
    found = series.read_series(options.id)
    if options.stop:
        series.stop_series(found)
    if options.resume:
        series.resume_series(found)
    return _print_series(found, options)


def _describe(found: series.Series) -> dict[str, Any]:
    ended = sum(not state.is_active for state in _read_states(found))
    return {"id": found.id, "kind": found.kind, "runs": len(found.run_ids), "ended": ended}


def _print_series(found: series.Series, options: argparse.Namespace) -> int:
    """What came of a series so far; exit 2 where one of its trainings failed."""
    summed = series.summarise(found)
    if options.json:
        output.print_json(summed)
    else:
        _print_summary(summed)
    return output.EXIT_FAULT if any(row["status"] == "failed" for row in summed["runs"]) else 0


def _print_summary(summed: dict[str, Any]) -> None:
    columns = ["number", "run_id", "status", "model_id", *summed["metrics"]]
    print(series.as_table(summed)[columns].to_string(index=False, na_rep="-", float_format="{:.3f}".format))
    for row in summed["runs"]:
        if row["left_out"]:
            print(f"  run {row['number']} does not count: {row['left_out']}")
    if summed["leaky"]:
        print("Leaky split: patients on both sides.")
    print(f"{summed['n_runs']} of {summed['planned']} runs count. Interval of the mean: {summed['interval']['method']}")
    for name, found in summed["metrics"].items():
        print(f"  {_say_mean(name, found)}")
    if summed["pooled"]:
        print("Every image answered by the model that had not seen it:")
        output.print_result(summed["pooled"], "")
    elif summed["kind"] == "folds":
        print(f"Not pooled: {summed['pooled_missing']}")


def _say_mean(name: str, found: dict[str, Any]) -> str:
    if found["mean"] is None:
        return f"{name}: not defined"
    spread = "" if found["spread"] is None else f", spread {found['spread']:.3f}"
    interval = "" if found["low"] is None else f" ({found['low']:.3f} to {found['high']:.3f})"
    runs = f"{found['n_runs']} run{'s' if found['n_runs'] != 1 else ''}"
    return f"{name} {found['mean']:.3f}{interval}{spread}  (n = {runs})"
