"""What people decide about a model: written under a lock, counted, taken back, and nothing else touched."""

import errno
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.base import errors, files, paths
from core.models import amending, package
from tests.support.packages import fill, manifest

KEPT = {"threshold": 0.25, "by": "A. Reader"}


def test_what_people_decide_stands_in_the_manifest_and_can_be_taken_back(no_shipped):
    made = package.write_package("m", manifest(), fill)
    assert (made.threshold, made.temperature, made.referral_limit) == (None, None, None)
    kept = amending.amend(made, {"operating_point": KEPT, "referral": {"limit": 1.5}})
    assert (kept.threshold, kept.referral_limit) == (0.25, 1.5)
    assert package.find_package("m").manifest.operating_point.by == "A. Reader"
    package.require_unaltered(kept)
    back = amending.amend(made, {"operating_point": None, "calibration": {"temperature": 2.0}})
    assert (back.threshold, back.temperature, back.referral_limit) == (None, 2.0, 1.5)
    before = made.manifest.to_json()
    assert back.manifest.to_json().items() >= before.items()


def test_only_what_people_decide_can_be_changed(no_shipped):
    made = package.write_package("m", manifest(), fill)
    with pytest.raises(ValueError, match="test"):
        amending.amend(made, {"test": {"n": 1}})
    assert package.find_package("m").manifest.test.n == 2


def test_two_who_decide_at_once_lose_nothing(no_shipped):
    made = package.write_package("m", manifest(), fill)
    sections = {"operating_point": KEPT, "calibration": {"temperature": 2.0}, "card": {"by": "A. Reader"}}
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda section: amending.amend(made, {section: sections[section]}), sections))
    assert sections.keys() <= package.find_package("m").manifest.to_json().keys()


def test_what_builds_on_others_words_is_put_together_under_the_lock(no_shipped):
    made = package.write_package("m", manifest(), fill)

    def add(number):
        return amending.amend(made, {"card": lambda now: {**(now.manifest.card or {}), str(number): "said"}})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(12)))
    assert package.find_package("m").manifest.card == {str(number): "said" for number in range(12)}


def test_a_limit_for_another_threshold_is_refused(no_shipped):
    made = package.write_package("m", manifest(), fill)
    amending.amend(made, {"operating_point": KEPT, "referral": None})  # in another tab
    with pytest.raises(errors.SettingNotUsable, match="kept meanwhile"):
        amending.amend(made, {"referral": {"limit": 1.0}})
    assert package.find_package("m").referral_limit is None


def test_choices_are_counted_and_taking_one_back_does_not_uncount_it(no_shipped):
    made = package.write_package("m", manifest(), fill)
    for content in (KEPT, KEPT, None, KEPT):
        made = amending.amend(made, {"operating_point": content})
    assert made.count_choices("operating_point") == 3 and made.count_choices("referral") == 0


def test_the_result_now_is_that_of_the_operating_point(no_shipped):
    made = package.write_package("m", manifest(), fill)
    assert made.test_now == made.manifest.test
    at_point = {**made.manifest.test.to_json(), "n": 1}
    kept = amending.amend(made, {"operating_point": {**KEPT, "test": at_point}})
    assert kept.test_now.n == 1 and package.describe(kept)["test"]["n"] == 1


def test_a_shipped_model_is_decided_about_in_a_copy_of_the_users_own(home, monkeypatch, tmp_path):
    shipped = tmp_path / "program"
    monkeypatch.setattr(paths, "PROJECT_FOLDER", home)
    made = package.write_package("m", manifest(), fill)
    (shipped / "trained_models").mkdir(parents=True)
    made.folder.rename(shipped / "trained_models" / "m")
    monkeypatch.setattr(paths, "PROJECT_FOLDER", shipped)
    (paths.user_models_folder() / ".copying-0000-0000000000-000000").mkdir()  # left by one that was killed
    found = package.find_package("m")
    assert found.folder.parent == shipped / "trained_models"
    kept = amending.amend(found, {"calibration": {"temperature": 1.5}})
    assert kept.folder.parent == paths.user_models_folder()
    assert package.find_package("m").temperature == 1.5
    assert "calibration" not in files.read_json(found.folder / package.MANIFEST)
    assert len(package.list_packages()) == 1
    assert [path.name for path in paths.user_models_folder().iterdir() if path.name != ".amending.lock"] == ["m"]


def test_what_else_lies_in_the_folder_is_not_copied_along(home, monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "PROJECT_FOLDER", tmp_path / "program")
    made = package.write_package("m", manifest(), fill)
    (tmp_path / "program" / "trained_models").mkdir(parents=True)
    moved = made.folder.rename(tmp_path / "program" / "trained_models" / "m")
    (tmp_path / "secret").write_text("of elsewhere")
    (moved / "note.txt").symlink_to(tmp_path / "secret")
    kept = amending.amend(package.find_package("m"), {"calibration": {"temperature": 1.5}})
    assert kept.folder.parent == paths.user_models_folder()
    assert {path.name for path in kept.folder.iterdir()} == {package.MANIFEST, *package.FILES}


def test_a_full_disk_leaves_the_manifest_as_it_was(no_shipped, monkeypatch):
    made = package.write_package("m", manifest(), fill)

    def refuse(path):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(files, "flush_to_disk", refuse)
    with pytest.raises(errors.DiskFull):
        amending.amend(made, {"operating_point": KEPT})
    assert package.find_package("m").threshold is None
