"""What stands behind an answer: where the model looked and what it knows that looks alike, and the way between
processes."""

import io
import json

import numpy as np
import pytest

from core.base import errors
from core.review import case_evidence, case_images, database, evidence_process
from core.runtimes import base, opening
from tests.support import brightness, made_models, read_reviews, sent_images

ALIKE = (case_evidence.Alike("Uninfected", "P1", b"\x00png"), case_evidence.Alike("", "", b""))


@pytest.fixture(autouse=True)
def closed(home):
    yield
    database.close_all()


@pytest.fixture
def model(monkeypatch):
    """A model that answers by how bright an image is, without gradients."""
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))
    return made_models.write_small_model()


@pytest.fixture
def sha256():
    from core.review import cases

    read_reviews.make_review(1)
    return cases.list_waiting()[0].sha256


@pytest.mark.parametrize("heat", [base.Lacking("no map"), np.arange(48, dtype=np.uint8).reshape(3, 4, 4)])
def test_evidence_comes_back_from_json_as_it_was(heat):
    evidence = case_evidence.Evidence(heat, "usual", ALIKE)
    back = case_evidence.Evidence.from_json(json.loads(json.dumps(evidence.to_json())))
    assert (back.strength, back.alike) == ("usual", ALIKE)
    assert back.heat == heat if isinstance(heat, base.Lacking) else (back.heat == heat).all()


def test_a_model_without_gradients_says_why_it_has_no_map(model):
    found = case_evidence.Explainer(model).explain(sent_images.encode(1), model.class_names[0], longest_px=64)
    assert isinstance(found.heat, base.Lacking) and found.heat.why
    assert found.alike == (), "no data set here has its images"


def test_questions_are_answered_one_a_line_and_faults_come_back_in_words(model, sha256):
    asked = {"model": model.id, "sha256": sha256, "class": model.class_names[0], "longest_px": 64}
    lines = [asked, asked | {"model": "gone"}, asked | {"sha256": "0" * 64}]
    answers = io.StringIO()
    evidence_process.answer_all(io.StringIO("".join(json.dumps(one) + "\n" for one in lines)), answers)
    first, *faults = (json.loads(line) for line in answers.getvalue().splitlines())
    assert isinstance(case_evidence.Evidence.from_json(first).heat, base.Lacking)
    assert [one["fault"] for one in faults] == ["ModelNotFound", "CaseBroken"]


def test_the_process_answers_raises_what_it_says_and_is_started_again():
    asker = evidence_process.Asker()
    try:
        for _ in range(2):
            with pytest.raises(errors.ModelNotFound):
                asker.ask("gone", "0" * 64, "x", longest_px=64)
            asker._process.kill()
            asker._process.wait()
    finally:
        asker.close()


def test_a_process_that_ends_over_a_question_is_a_fault_in_words(monkeypatch, tmp_path):
    silent = tmp_path / "silent.py"
    silent.write_text("input()")
    started = evidence_process.subprocess.Popen
    monkeypatch.setattr(
        evidence_process.subprocess, "Popen", lambda command, **options: started([command[0], silent], **options)
    )
    asker = evidence_process.Asker()
    with pytest.raises(errors.ModelBroken, match="Go on without it"):
        asker.ask("any", "0" * 64, "x", longest_px=64)
    asker.close()


def test_the_image_is_read_by_its_content(sha256):
    assert case_images.read(sha256) == sent_images.encode(0)
