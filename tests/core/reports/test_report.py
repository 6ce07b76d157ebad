"""The report of a model: all parts are there, and a file is written whole or not at all."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from core.base import errors
from core.models import amending, package
from core.reports import cards, rendering, report
from core.results import predictions_file
from core.statistics import summary
from tests.support import made_models
from tests.support.html_reader import Reader

PARTS = (
    "In short",
    "Right and wrong",
    "Measures on test images",
    "ROC curve",
    "Precision and recall",
    "Operating point",
    "What its probabilities are worth",
    "Cases for a person",
    "What acting on it is worth",
    "How it learnt",
    "Recipe",
    "Model card",
    "Appendix: open questions of the model card",
)
AT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def compose(found):
    predictions = predictions_file.read(found.file(package.PREDICTIONS_FILE))
    return report.compose(found, predictions, {})


def test_all_parts_in_order(small_model):
    titles = [section.title for section in compose(small_model)]
    assert [title for title in titles if title in PARTS] == list(PARTS)
    headings = [section.heading for section in cards.build_card(small_model)]
    card, appendix = titles.index("Model card"), titles.index(PARTS[-1])
    assert [title for title in headings if title in titles[card:appendix]] == titles[card + 1 : appendix]
    assert [title for title in headings if title in titles[appendix:]] == titles[appendix + 1 :]


def test_the_card_holds_every_answer_and_the_appendix_at_the_end_every_open_question(small_model):
    sections = compose(small_model)
    titles = [section.title for section in sections]
    card, appendix = titles.index("Model card"), titles.index(PARTS[-1])
    table = predictions_file.read(small_model.file(package.PREDICTIONS_FILE))
    built = cards.build_card(small_model, cards.answer_test(small_model, table), {})
    entries = [entry for part in built for entry in part.entries]
    for part, answered in ((sections[card:appendix], True), (sections[appendix:], False)):
        said = [(item.question, item.answer) for section in part for item in section.items]
        assert said == [(one.question.words, one.answer) for one in entries if one.is_answered == answered]
    assert not any(section.items for section in sections[:card])


def test_a_card_without_open_questions_has_no_appendix(small_model):
    keys = [entry.question.key for part in cards.build_card(small_model) for entry in part.entries]
    cards.write_card(small_model, dict.fromkeys(keys, "yes"), "Ada")
    assert PARTS[-1] not in [section.title for section in compose(package.find_package(small_model.id))]


def test_the_same_model_at_the_same_time_gives_the_same_bytes(small_model):
    assert report.write(small_model, at=AT) == report.write(small_model, at=AT)
    assert "2026-01-02 03:04 UTC" in report.write(small_model, at=AT)


def test_the_page_says_what_it_is(small_model):
    written = report.write(small_model)
    said = " ".join(Reader(written).texts)
    for words in ("It does not diagnose", small_model.id, "f" * 16, "sha256", "items are answered", "Not answered yet"):
        assert words in said
    assert said.count("diagnose") == said.count("does not diagnose")
    assert " UTC" in said


def test_a_leak_stands_first_and_loud(small_model):
    table = predictions_file.read(small_model.file(package.PREDICTIONS_FILE))
    first = compose(made_models.write_model(table, leaky=True, model_id="leaky"))[0].badges[0]
    assert first.loud
    assert first.words.startswith("images of 7 patients")


def test_without_test_images_it_is_still_a_report(small_model):
    table = predictions_file.read(small_model.file(package.PREDICTIONS_FILE))
    found = made_models.write_model(table[table["split"] == "validation"], model_id="untested")
    titles = [section.title for section in compose(found)]
    assert not {"ROC curve", "Right and wrong"} & set(titles)
    assert "no unseen image" in report.write(found)


@pytest.mark.parametrize("kind", ["one class", "no patients", "one image", "useless", "perfect"])
def test_odd_predictions_make_a_report(home, kind):
    rng = np.random.default_rng(1)
    n = 1 if kind == "one image" else 40
    labels = np.zeros(n, int) if kind in ("one class", "one image") else np.arange(n) % 2
    scores = {"useless": np.full(n, 0.5), "perfect": 1.0 - labels}.get(kind, rng.random(n))
    table = pd.DataFrame(
        {
            "image_id": [f"{row:016x}" for row in range(2 * n)],
            "split": ["validation"] * n + ["test"] * n,
            "group": [""] * (2 * n) if kind == "no patients" else [f"P{row % 5}" for row in range(2 * n)],
            "label": np.tile(labels, 2),
            "p_Parasitized": np.tile(scores, 2),
            "p_Uninfected": 1 - np.tile(scores, 2),
        }
    )
    written = report.write(made_models.write_model(table))
    said = " ".join(Reader(written).texts)
    assert "nan" not in said.lower().split()
    assert "Model card" in said


def test_several_classes_and_strange_names(small_model):
    names = ("<script>alert(1)</script>", "b & c", "d")
    rng = np.random.default_rng(2)
    values = rng.dirichlet(np.ones(3), 90)
    table = pd.DataFrame(
        {
            "image_id": [f"{row:016x}" for row in range(90)],
            "split": np.tile(["validation", "test"], 45),
            "group": [f"<b>{row % 9}</b>" for row in range(90)],
            "label": np.arange(90) % 3,
        }
        | {f"p_{name}": values[:, place] for place, name in enumerate(names)}
    )
    test = summary.summarise(table[table["split"] == "test"], names, names[0])
    found = made_models.alter(small_model, class_names=list(names), positive_class=names[0], test=test)
    sections = report.compose(found, table, {})
    assert {section.title for section in sections} >= set(PARTS)
    written = rendering.write_report("x", sections)
    assert "<script>alert" not in written
    assert "averages over the classes" in written


def test_kept_decisions_stand_in_it(small_model):
    table = predictions_file.read(small_model.file(package.PREDICTIONS_FILE))
    test = small_model.manifest.test.to_json()
    point = {
        "threshold": 0.4,
        "aim": {"kind": "youden"},
        "validation": test,
        "test": test,
        "by": "Ada",
        "at": "2026-01-02",
    }
    kept = amending.amend(small_model, {package.OPERATING_POINT: point, package.CALIBRATION: {"temperature": 2.0}})
    sections = {section.title: section for section in report.compose(kept, table, {})}
    assert "from a probability of 0.4 on" in sections["Operating point"].paragraphs[0]
    assert list(sections["Operating point"].table["images"]) == ["validation", "test"]
    assert len(sections["What its probabilities are worth"].paragraphs) == 2
    worth = sections["What acting on it is worth"]
    assert "after the temperature 2.00 that is kept" in worth.paragraphs[1]
    assert list(worth.table["flag from"])[:5] == ["1 %", "2 %", "5 %", "10 %", "20 %"] and worth.figure is not None


def test_a_file_is_written_once(small_model, tmp_path):
    path = report.save(small_model.id, tmp_path / "new" / "r.html")
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    path.write_text("mine")
    with pytest.raises(errors.ExportNotPossible, match="--overwrite"):
        report.save(small_model.id, path)
    assert path.read_text() == "mine"
    assert report.save(small_model.id, path, overwrite=True).stat().st_size < 3_000_000
    assert [entry.name for entry in path.parent.iterdir()] == ["r.html"]


def test_places_that_cannot_be_written(small_model, tmp_path):
    (tmp_path / "folder.html").mkdir()
    (tmp_path / "file").write_text("x")
    for name in ("folder.html", "file/r.html", "r.exe", "r"):
        with pytest.raises(errors.ExportNotPossible):
            report.save(small_model.id, tmp_path / name, overwrite=True)
    with pytest.raises(errors.ModelNotFound):
        report.save("nobody", tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()


def test_what_people_wrote_is_text(small_model):
    said = "<img src=x onerror=alert(1)></p>{{ 7 * 7 }}"
    keys = [entry.question.key for part in cards.build_card(small_model) for entry in part.entries]
    cards.write_card(small_model, dict.fromkeys(keys, said), said)
    written = report.write(package.find_package(small_model.id))
    assert "<img" not in written.split("<script>")[0]
    assert " ".join(Reader(written).texts).count(said) >= len(keys)
