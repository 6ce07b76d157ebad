"""What a manifest says of how to train the same again, also of a run whose course was changed. No TensorFlow."""

import dataclasses

import msgspec
import pytest

from core.base import errors
from core.jobs import publishing
from core.models import manifests
from core.runtimes import onnx_writing
from core.training import recipe, run


def command_of(found, *segments):
    rows = tuple(manifests.Segment(epoch=epoch, changes=changes) for epoch, changes in segments)
    wanted = found.recipe
    for row in rows:
        wanted = dataclasses.replace(wanted, **{name: after for name, (_, after) in row.changes.items()})
    facts = msgspec.structs.replace(found.facts, segments=rows)
    changed = dataclasses.replace(found, recipe=wanted, facts=facts)
    return publishing._compose_command(changed).split("\n")


def test_what_was_changed_on_the_way_stands_behind_in_the_order_of_the_epochs(tiny_dataset):
    found = run.create_run(recipe.Recipe("tiny", epochs=8), save_as="mine")
    lines = command_of(found, (3, {"learning_rate": [0.001, 0.0005]}), (8, {"epochs": [8, 12]}))
    assert lines[0].endswith("--save-as mine")
    assert "--epochs 8 " in lines[0] and "--learning-rate 0.001 " in lines[0]
    assert lines[1:] == [
        "# when epoch 3 has ended, stop it; RUN is the id of the new run",
        "python -m core resume RUN --learning-rate 0.0005",
        "# when it has ended; RUN is the id of the new run",
        "python -m core resume RUN --epochs 12",
    ]


def test_what_was_changed_before_the_first_epoch_is_how_it_began(tiny_dataset):
    found = run.create_run(recipe.Recipe("tiny", epochs=8, learning_rate=0.1))
    (line,) = command_of(found, (0, {"learning_rate": [0.1, 0.001]}))
    assert "--learning-rate 0.001 " in line


def test_two_changes_after_the_same_epoch_are_one(tiny_dataset):
    found = run.create_run(recipe.Recipe("tiny", epochs=8))
    lines = command_of(found, (8, {"epochs": [8, 9]}), (8, {"epochs": [9, 20], "patience": [5, 7]}))
    assert "--epochs 8 " in lines[0] and "--patience 5 " in lines[0]
    assert lines[2:] == ["python -m core resume RUN --epochs 20 --patience 7"]


def test_without_an_onnx_file_a_training_is_published_all_the_same_and_its_log_says_why(tiny_dataset, monkeypatch):
    def refuse(asked, class_count, *, where):
        raise errors.OnnxNotPossible(expected="tf2onnx", found="none", where=where, todo="It answers by TensorFlow.")

    monkeypatch.setattr(onnx_writing, "convert", refuse)
    with pytest.warns(UserWarning, match="expected tf2onnx; found none"):
        assert publishing._convert(None, run.create_run(recipe.Recipe("tiny"))) is None
