"""Settings: defaults where there are none, whole when written, refused with a message where they are nonsense."""

import json

import pytest

from core.base import errors, paths, settings


@pytest.fixture(autouse=True)
def eight_processors(home, monkeypatch):
    monkeypatch.setattr(settings, "count_processors", lambda: 8)


def file():
    return paths.data_folder() / settings.FILE


def test_absent_means_the_defaults():
    assert settings.read() == settings.Settings(trainings_at_once=1)
    assert not file().exists()


def test_what_is_written_is_read():
    settings.write(settings.Settings(8))
    assert settings.read().trainings_at_once == 8
    assert {path.name for path in paths.data_folder().iterdir()} == {settings.FILE, paths.owners_folder().name}


@pytest.mark.parametrize("value", [0, -1, 9, 1.5, True, "2", None])
def test_nonsense_is_refused_with_a_message(value):
    with pytest.raises(errors.SettingNotUsable, match="whole number from 1 to 8"):
        settings.Settings(value)


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", "7", '{"trainings_at_once": "2"}', '{"trainings_at_once": 0}', '{"trainings": 2}']
)
def test_a_file_of_nonsense_is_refused_with_a_message(text):
    file().parent.mkdir(parents=True)
    file().write_text(text)
    with pytest.raises(errors.SettingNotUsable, match=r"settings\.json"):
        settings.read()


def test_a_home_from_a_larger_machine_is_held_to_this_one():
    file().parent.mkdir(parents=True)
    file().write_text(json.dumps({"trainings_at_once": 64}))
    assert settings.read().trainings_at_once == 8
