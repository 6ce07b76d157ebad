"""The queue on the Train page: places, moves, cancelling, and how many trainings run at once."""

import contextlib
import time

import pytest

from core.base import background, files, settings
from core.training import queue, recipe, run


@pytest.fixture
def three_waiting(tiny_dataset, started):
    """Three runs whose workers wait, in the order of asking."""
    with contextlib.ExitStack() as held:
        found = [run.create_run(recipe.Recipe("tiny", seed=seed)) for seed in range(3)]
        for place, entry in enumerate(found):
            held.enter_context(background.hold(entry.folder))
            content = {"phase": "waiting", "queued_at": time.time() - 10 + place}
            files.write_json(entry.folder / background.STATUS, content)
        yield found


def places(test):
    """Run ids in the order of the queue's buttons."""
    keys = [button.key for button in test.button if (button.key or "").startswith("queue-up-")]
    return [key.removeprefix("queue-up-") for key in keys]


def press(test, what, found):
    test.button(key=f"queue-{what}-{found.id}").click().run()
    assert not test.exception, test.exception


def test_nothing_waits(app, tiny_dataset):
    assert "Nothing trains and nothing waits." in [caption.value for caption in app("train").caption]


def test_what_waits_stands_in_order_and_can_be_moved(app, three_waiting):
    first, second, third = three_waiting
    test = app("train")
    assert places(test) == [first.id, second.id, third.id]
    assert test.button(key=f"queue-up-{first.id}").disabled
    assert test.button(key=f"queue-down-{third.id}").disabled
    press(test, "up", third)
    assert places(test) == [first.id, third.id, second.id]
    press(test, "down", first)
    assert places(test) == [third.id, first.id, second.id]
    assert [folder.name for folder in queue.list_waiting()] == places(test)


def test_what_waits_can_be_taken_out(app, three_waiting):
    test = app("train")
    press(test, "cancel", three_waiting[1])
    assert background.stop_requested(three_waiting[1].folder)
    assert places(test) == [three_waiting[0].id, three_waiting[2].id]


def test_a_run_that_began_meanwhile_is_said_not_moved(app, three_waiting):
    test = app("train")
    content = {"phase": "training", "epoch": 1, "epochs": 2, "step": 1, "steps": 2}
    content |= {"images_per_second": 5.0, "seconds_left": 9.0}
    files.write_json(three_waiting[2].folder / background.STATUS, content)
    press(test, "up", three_waiting[2])
    assert "RunNotUsable" in test.toast[0].value
    assert places(test) == [three_waiting[0].id, three_waiting[1].id]


def test_how_many_train_at_once_is_kept(app, tiny_dataset, monkeypatch):
    monkeypatch.setattr(settings, "count_processors", lambda: 4)
    test = app("train")
    control = test.segmented_control(key="trainings-at-once")
    assert control.options == [
        "1 (all processors)",
        "2 (2 processors each)",
        "3 (1 processor each)",
        "4 (1 processor each)",
    ]
    control.select(2).run()
    assert settings.read().trainings_at_once == 2
    settings.write(settings.Settings(3))
    assert test.run().segmented_control(key="trainings-at-once").value == 3


def test_damaged_settings_are_said(app, tiny_dataset, home):
    (home / "data" / settings.FILE).write_text("{")
    assert "SettingNotUsable" in app("train").error[0].value


def test_one_processor_leaves_nothing_to_choose(app, tiny_dataset, monkeypatch):
    monkeypatch.setattr(settings, "count_processors", lambda: 1)
    keys = [control.key for control in app("train").segmented_control]
    assert "trainings-at-once" not in keys
