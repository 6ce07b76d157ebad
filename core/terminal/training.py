"""Verbs that train: train, duplicate, resume."""

import argparse
import sys

from core.base import background
from core.datasets.splits import split_words
from core.jobs import training_worker
from core.models import package
from core.terminal import following, output, recipes
from core.training import checkpoint, curve_notes, run, schedules


def add_verbs(add: output.AddVerb) -> None:
    """The verbs and their options."""
    sub = add("train", _train, "train a network and publish it as a model; what is not said is as the network likes it")
    sub.add_argument("name", help="the data set")
    sub.add_argument("--architecture", default="base_cnn", metavar="KEY", help="the network")
    _add_run_options(sub)
    sub = add("duplicate", _duplicate, "train anew as an earlier training did, with changes")
    sub.add_argument("run_id", help="the training's id")
    sub.add_argument("--dataset", help="another data set")
    sub.add_argument("--architecture", metavar="KEY", help="another network; settings that were changed stay")
    _add_run_options(sub)
    sub = add("resume", _resume, "go on with a training that ended; with more epochs also with one that finished")
    sub.add_argument("run_id", help="the training's id")
    recipes.add_flags(sub, recipes.GOING_ON)


def _add_run_options(sub: argparse.ArgumentParser) -> None:
    recipes.add_flags(sub)
    sub.add_argument("--save-as", metavar="MODEL", help="the model's id (default: data set and architecture)")
    sub.add_argument("--tensorboard", action="store_true", help="keep a TensorBoard log as it goes")


def _train(options: argparse.Namespace) -> int:
    wanted = recipes.read_recipe(options)
    created = run.create_run(wanted, save_as=options.save_as, tensorboard=options.tensorboard)
    recipes.say_idle(options, wanted)
    return _work_in_foreground(created, options)


def _duplicate(options: argparse.Namespace) -> int:
    wanted = recipes.change_recipe(run.read_run(options.run_id).recipe, options)
    created = run.create_run(wanted, save_as=options.save_as, tensorboard=options.tensorboard)
    recipes.say_idle(options, wanted)
    return _work_in_foreground(created, options)


def _resume(options: argparse.Namespace) -> int:
    found = run.read_run(options.run_id)
    changes = recipes.read_changes(options)
    if changes:
        before, found = found.recipe, run.change_course(found, **changes)
        rise = schedules.describe_rise(before, found.recipe, checkpoint.read_progress(found.folder).epochs_done)
        if rise:
            print(rise, file=sys.stderr)
    run.queue_again(found)
    return _work_in_foreground(found, options)


def _work_in_foreground(found: run.Run, options: argparse.Namespace) -> int:
    def describe() -> str:
        return run.describe_progress(background.read_state(found.folder))

    with following.stop_on_signal(lambda: run.stop_run(found), found.id), following.follow(describe):
        state = training_worker.work(found.id)
    model_id = state.details.model_id
    if options.json:
        output.print_json({"run_id": found.id, "model_id": model_id, "status": state.name})
    elif model_id:
        made = package.find_package(model_id)
        print(f"{state.name}: {model_id}")
        output.print_result(made.manifest.test, split_words.say_leak(made.manifest.split))
    if state.message:
        print(state.message, file=sys.stderr)
    for note in curve_notes.read_notes(found)[0]:
        print(f"{note.check.code} {note.text}", file=sys.stderr)
    return output.EXIT_FAULT if state.name == "failed" else 0
