"""Many images at once: the answers that each would get alone, in order, whatever lies between."""

import numpy as np
import pandas as pd
import pytest

from core.base import paths, progress
from core.datasets.intake import gathering
from core.prediction import file_answers, many, marks, smear_rules
from tests.support import answering, made_models


def ask(found, folder, **options):
    with gathering.gather([folder]) as gathered:
        parts = list(many.answer(found, gathered, **options))
    rows = pd.concat([part.rows for part in parts], ignore_index=True)
    return rows, np.concatenate([part.thumbnails for part in parts]), np.concatenate([part.pictures for part in parts])


@pytest.mark.parametrize("form", [None, answering.FORM])
def test_each_gets_the_answer_that_it_would_get_alone(home, tmp_path, monkeypatch, form):
    _, found = answering.write_guarded(monkeypatch, form=form)
    found = made_models.keep_threshold(found, 0.3)
    folder = answering.write_images(tmp_path / "in")
    rows, thumbnails, looks = ask(found, folder)
    alone = file_answers.predict_files(found.id, [folder / path for path in rows["path"]])
    assert len(rows) == len(thumbnails) == len(looks) == 15
    for row, one in zip(rows.to_dict("records"), alone, strict=True):
        if one["error"]:
            assert row["verdict"] == many.UNREADABLE and row["error"].startswith("expected a PNG")
            continue
        assert row["verdict"] == one["verdict"] and bool(row["caution"]) == one["gate"]["away"]
        assert row["distance"] == pytest.approx(one["gate"]["distance"])
        assert row["reasons"].splitlines() == one["gate"]["reasons"]
        if one["probabilities"]:
            assert row["class_name"] == one["class_name"] and bool(row["refer"]) == one["refer"]
            shown = {name: row[f"p_{name}"] for name in found.class_names}
            assert shown == pytest.approx(one["probabilities"])
        else:
            assert pd.isna(row["class_name"]) and pd.isna(row["p_Parasitized"])
    assert set(rows["verdict"]) == {"answer", "unknown", many.UNREADABLE}


def test_in_pieces_it_is_the_same_and_nothing_stays_on_the_disk(home, tmp_path, monkeypatch):
    _, found = answering.write_guarded(monkeypatch)
    folder = answering.write_images(tmp_path / "in")
    whole, _, _ = ask(found, folder)
    monkeypatch.setattr(many, "ASKED_AT_ONCE", 4)
    monkeypatch.setattr(many, "ROUND_BYTES", 1)
    said = []
    pieces, _, _ = ask(found, folder, report=lambda done, total, what: said.append((done, total)))
    pd.testing.assert_frame_equal(whole, pieces)
    assert said[-1] == (15, 15) and (4, 15) in said
    assert not list(paths.cache_folder().glob(".sheets*"))


def test_a_cancel_leaves_nothing(home, tmp_path, monkeypatch):
    _, found = answering.write_guarded(monkeypatch)
    folder = answering.write_images(tmp_path / "in")
    monkeypatch.setattr(many, "ASKED_AT_ONCE", 4)

    def cancel(done, total, what):
        if done:
            raise progress.Cancelled

    with pytest.raises(progress.Cancelled):
        ask(found, folder, report=cancel)
    assert not list(paths.cache_folder().glob(".*"))


def test_no_file_can_be_read(home, tmp_path, monkeypatch):
    _, found = answering.write_guarded(monkeypatch)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_text("no image")
    rows, _, looks = ask(found, tmp_path / "in")
    assert rows["verdict"].tolist() == [many.UNREADABLE] and rows["image_id"].str.len().tolist() == [16]
    marked, rule = marks.mark(found, rows, looks)
    assert rule == smear_rules.ONE and marked["needs"].tolist() == ["unreadable"]


def test_marks(home, tmp_path, monkeypatch):
    data, found = answering.write_guarded(monkeypatch)
    folder = answering.write_images(tmp_path / "in")
    trained = data.usable[data.usable["group"] == "P0"]["path"].iloc[0]
    (folder / "smear 1" / "known.png").write_bytes((paths.datasets_folder() / data.name / trained).read_bytes())
    rows, _, looks = ask(found, folder)
    marked, rule = marks.mark(found, rows, looks)
    assert rule == smear_rules.FOLDER and set(marked["smear"]) == {"smear 0", "smear 1"}
    by_name = marked.set_index("path")
    assert (
        by_name.loc["smear 0/z copy.png", "copy_of"] == "smear 0/0.png"
        and by_name.loc["smear 0/0.png", "copy_of"] == ""
    )
    assert by_name.loc["smear 1/known.png", "seen"] == "training"
    order = marked.sort_values("turn")
    assert order["path"].iloc[0] == "smear 0/z text.png" and order["needs"].iloc[1] == "not known"
    assert [marks.NEEDS.index(why) for why in order["needs"]] == sorted(
        marks.NEEDS.index(why) for why in order["needs"]
    )
    plain = order[order["needs"] == ""]["confidence"]
    assert plain.is_monotonic_increasing and sorted(marked["turn"]) == list(range(len(marked)))


@pytest.mark.parametrize(
    ("paths_", "rule", "used", "names"),
    [
        (["a/C33P1thinF_1.png", "C4P2thinF_2.png"], "auto", "malaria", ["C33P1", "C4P2"]),
        (["a/1.png", "a/b/2.png"], "auto", "folder", ["a", "a/b"]),
        (["1.png", "2.png"], "auto", "none", ["", ""]),
        (["x/P1_1.png", "x/no.png"], r"regex:^(P\d+)_", r"regex:^(P\d+)_", ["P1", ""]),
    ],
)
def test_smears_by_name_or_folder(paths_, rule, used, names):
    assert marks.name_smears(paths_, rule) == (used, names)
