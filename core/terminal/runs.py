"""Verbs about trainings that are there: runs, stop, queue, move, differences, tensorboard."""

import argparse
import shlex
import sys
from pathlib import Path
from typing import Any

from core.base import settings
from core.terminal import output
from core.training import queue, run, settings_table, tensorboard

QUEUE_COLUMNS = ["place", "run_id", "status", "epoch", "epochs", "before"]


def add_verbs(add: output.AddVerb) -> None:
    """The verbs and their options."""
    add("runs", _runs, "list the trainings of this machine")
    sub = add("stop", _stop, "stop a training; what it has learnt stays")
    sub.add_argument("run_id", help="the training's id")
    sub = add("queue", _queue, "list the trainings that are at work, then those that wait, in their order")
    sub.add_argument("--at-once", type=int, metavar="N", help="let N trainings run at the same time from now on")
    sub = add("move", _move, "let a waiting training change places with the one before it or behind it")
    sub.add_argument("run_id", help="the training's id")
    sub.add_argument("direction", choices=("up", "down"), help="towards the next one to train, or away from it")
    sub = add("differences", _differences, "the settings in which two trainings differ")
    sub.add_argument("first", metavar="RUN_A", help="a training's id")
    sub.add_argument("second", metavar="RUN_B", help="another's")
    sub = add("tensorboard", _tensorboard, "write the history of a training as a TensorBoard log")
    sub.add_argument("run_id", help="the training's id")
    sub.add_argument(
        "folder", type=Path, nargs="?", help="where logs of several are kept (default: in the run's own folder)"
    )


def _runs(options: argparse.Namespace) -> int:
    columns = ["run_id", "status", "epoch", "epochs", "split", "model_id"]
    for fault in run.list_broken():
        print(fault, file=sys.stderr)
    return output.print_rows(options, [run.describe(found) for found in run.list_runs()], columns, "No training yet.")


def _stop(options: argparse.Namespace) -> int:
    found = run.read_run(options.run_id)
    if found.state.is_active:
        run.stop_run(found)
    if options.json:
        output.print_json({"run_id": found.id, "status": found.state.name})
    else:
        print(f"{found.id}: {found.state.name}")
    return 0


def _queue(options: argparse.Namespace) -> int:
    if options.at_once is not None:
        settings.write(settings.Settings(trainings_at_once=options.at_once))
    return _print_queue(options)


def _print_queue(options: argparse.Namespace) -> int:
    return output.print_rows(options, _list_queue(), QUEUE_COLUMNS, "No training is at work or waits.")


def _list_queue() -> list[dict[str, Any]]:
    """Those at work (place 0), then those that wait, by place; `before`: trainings that must end before it begins."""
    waiting = [folder.name for folder in queue.list_waiting()]
    rows = []
    for found in reversed(run.list_runs()):
        state = found.state
        if not state.is_active:
            continue
        place = 1 + waiting.index(found.id) if found.id in waiting else 0
        before = queue.count_ahead(found.folder) if place else 0
        rows.append({"place": place, **run.describe(found), "status": state.name, "before": before})
    return sorted(rows, key=lambda row: row["place"])


def _move(options: argparse.Namespace) -> int:
    queue.move(run.read_run(options.run_id).folder, options.direction == "up")
    return _print_queue(options)


def _differences(options: argparse.Namespace) -> int:
    one, other = run.read_run(options.first), run.read_run(options.second)
    found = one.recipe.find_differences(other.recipe)
    lines = [
        f"{name}: {settings_table.SETTINGS[name].say(mine)} -> {settings_table.SETTINGS[name].say(others)}"
        for name, mine, others in found
    ]
    contents = (one.facts.dataset.fingerprint, other.facts.dataset.fingerprint)
    if contents[0] != contents[1]:  # the same name does not mean the same images
        found.append(("dataset fingerprint", *contents))
        lines.append(f"dataset fingerprint: {contents[0]} -> {contents[1]}")
    rows = [{"setting": name, "first": mine, "second": others} for name, mine, others in found]
    if options.json:
        output.print_json(rows)
        return 0
    print("\n".join(lines) or "No differences.")
    return 0


def _tensorboard(options: argparse.Namespace) -> int:
    found = run.read_run(options.run_id)
    folder = options.folder.expanduser().resolve() / found.id if options.folder else None
    written = tensorboard.write_log(found, folder)
    if options.json:
        output.print_json({"run_id": found.id, "folder": str(written)})
    else:
        print(written)
        print(f"Look at it with: tensorboard --logdir {shlex.quote(str(written.parent))} (pip install tensorboard)")
    return 0
