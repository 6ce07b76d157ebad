"""Answers that are kept: whole or not at all, opened by id, deleted; damage and another model are said."""

import hashlib
import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.base import errors, paths, progress
from core.models import package
from core.reports import smear_report
from core.results import kept_answers, smears
from tests.support import answering, made_models


@pytest.fixture
def asked(home, tmp_path, monkeypatch):
    """A model, and a folder to ask it about."""
    _, found = answering.write_guarded(monkeypatch)
    return found, answering.write_images(tmp_path / "in <b>")


def test_they_are_made_read_and_deleted(asked):
    found, folder = asked
    about = kept_answers.make(found.id, [folder])
    assert about == kept_answers.find(about.id) and kept_answers.list_kept() == [about]
    assert (about.images, about.rule, sum(about.by_verdict.values())) == (15, "folder", 15)
    rows = kept_answers.read_rows(about.id)
    assert len(rows) == 15 and rows["turn"].is_unique
    first, nothing = kept_answers.read_thumbnails(about.id, [0, 99])
    assert Image.open(io.BytesIO(first)).size == (64, 64) and nothing == b""
    assert len(smears.summarise(found, rows).smears) == 2
    assert kept_answers.describe_state(about) == ""
    made_models.keep_threshold(package.find_package(found.id), 0.3)
    assert "answers at another threshold" in kept_answers.describe_state(about)
    kept_answers.delete(about.id)
    assert kept_answers.list_kept() == [] and list(paths.answers_folder().iterdir()) == []


def test_two_do_not_mix(asked):
    found, folder = asked
    one = kept_answers.make(found.id, [folder / "smear 0"], answers_id="one")
    other = kept_answers.make(found.id, [folder / "smear 1"], answers_id="other", rule="none")
    assert {about.id for about in kept_answers.list_kept()} == {"one", "other"}
    assert (one.images, other.images) == (9, 6)
    assert set(kept_answers.read_rows("other")["smear"]) == {""}


def test_a_cancel_and_a_fault_leave_nothing(asked):
    found, folder = asked

    def cancel(done, total, what):
        if done:
            raise progress.Cancelled

    with pytest.raises(progress.Cancelled):
        kept_answers.make(found.id, [folder], report=cancel)
    with pytest.raises(errors.GroupRuleNotUsable):
        kept_answers.make(found.id, [folder], rule="regex:(")
    with pytest.raises(errors.ModelNotFound):
        kept_answers.make("nobody", [folder])
    assert not paths.answers_folder().is_dir() or list(paths.answers_folder().iterdir()) == []


@pytest.mark.parametrize("name", ["../x", "", "nobody", "A"])
def test_what_is_not_there_is_said(home, name):
    for act in (kept_answers.find, kept_answers.read_rows, kept_answers.delete):
        with pytest.raises(errors.AnswersNotFound):
            act(name)


@pytest.mark.parametrize("name", [kept_answers.ABOUT, kept_answers.ROWS, kept_answers.THUMBNAILS])
def test_damage_is_said(asked, name):
    found, folder = asked
    about = kept_answers.make(found.id, [folder / "smear 1"], answers_id="one")
    (paths.answers_folder() / "one" / name).write_bytes(b"{}")
    readers = {kept_answers.ROWS: kept_answers.read_rows, kept_answers.ABOUT: kept_answers.find}
    read = readers.get(name, lambda answers_id: kept_answers.read_thumbnails(answers_id, [0]))
    with pytest.raises(errors.AnswersBroken):
        read(about.id)
    assert bool(kept_answers.list_broken()) == (name == kept_answers.ABOUT)


def test_the_report_stands_alone_and_shows_texts_as_they_are(asked, tmp_path):
    found, folder = asked
    (folder / "smear 1" / "<script>alert(1)<").mkdir()
    bad = folder / "smear 1" / "<script>alert(1)<" / "x.png"
    bad.write_text("no image")
    about = kept_answers.make(found.id, [folder])
    smear_report.save(about.id, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text()
    assert "<script>alert" not in text and "&lt;script&gt;alert" in text
    assert "http" not in text.split("</style>")[1].replace("http-equiv", "")
    for words in ("In short", "Each smear", "smear 0", "detection limit", "What this cannot tell", "data:image/jpeg"):
        assert words in text
    assert "cannot be read" in text and "not an image that the model knows" in text


def test_each_image_can_be_read_again_as_it_was(asked, tmp_path):
    found, folder = asked
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", folder)
    about = kept_answers.make(found.id, [folder, Path(packed)])
    rows = kept_answers.read_rows(about.id)
    for place in (0, len(rows) - 1):
        name, content = kept_answers.read_original(about.id, place)
        assert name == rows["path"][place].rsplit("/", 1)[1]
        assert hashlib.sha256(content).hexdigest().startswith(rows["image_id"][place])
    (folder / "smear 0" / "0.png").write_bytes(b"another")
    for path in (place for place in (0, 10**6, -1)):
        with pytest.raises((errors.SourceNotFound, errors.AnswersNotFound)):
            kept_answers.read_original(about.id, path)


def test_what_was_given_lies_with_the_answers_and_goes_with_them(asked, tmp_path):
    found, folder = asked
    given = shutil.copytree(folder / "smear 1", tmp_path / "given" / "smear 1")
    about = kept_answers.make(found.id, [given, folder / "smear 0"], given=[given])
    assert not given.exists() and (folder / "smear 0").exists()
    assert Path(about.sources[0]).name == "smear 1"
    rows = kept_answers.read_rows(about.id)
    for place in np.flatnonzero(rows["image_id"] != ""):
        assert kept_answers.read_original(about.id, place)[1]
    kept_answers.delete(about.id)
    assert list(paths.answers_folder().iterdir()) == []


def test_a_source_that_cannot_be_read_any_more_is_said(asked, monkeypatch):
    found, folder = asked
    about = kept_answers.make(found.id, [folder / "smear 1"])

    def fail(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", fail)
    with pytest.raises(errors.SourceNotFound, match="Permission denied"):
        kept_answers.read_original(about.id, 0)
