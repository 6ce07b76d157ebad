"""The doctor's view: what it lists, that each way out works at once and can be taken back, and what it reads."""

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.base import paths
from core.datasets.duplicates import near_identical
from core.datasets.index import index, ledger, thumbnails
from core.datasets.quality import doctor
from core.datasets.views import image_facts
from core.experiments import out_of_sample
from core.jobs import jobs
from tests import conftest as shared
from tests.support import decided, deciding, made_models, said, tiles


def view():
    from pages.datasets import quality
    from pages.kit import guards

    quality.show_doctor(guards.require_dataset())


def open_view():
    test = AppTest.from_function(view, default_timeout=120).run()
    assert not test.exception, test.exception
    return test


words = said.read_all


def press(test, start):
    next(button for button in test.button if str(button.key).startswith(start)).click().run()
    assert not test.exception, test.exception
    assert not test.error
    return test


@pytest.fixture
def planted(home, started, monkeypatch):
    """`tiny` with two copies of one file, one picture in both classes, a black one and a file that is no image."""
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    folder = paths.datasets_folder() / "tiny"
    shared.write_tiny_images(folder)
    first = folder / "Uninfected" / "P0thinF_IMG_0_cell_0.png"
    for name in ("P0thinF_copy.png", "P0thinF_again.png"):
        (folder / "Uninfected" / name).write_bytes(first.read_bytes())
    second = folder / "Parasitized" / "P1thinF_IMG_1_cell_1.png"
    (folder / "Uninfected" / "P1thinF_same.png").write_bytes(second.read_bytes())
    Image.fromarray(np.zeros((20, 20, 3), dtype=np.uint8)).save(folder / "Parasitized" / "P2thinF_black.png")
    (folder / "Parasitized" / "P3thinF_text.png").write_text("no image")
    return index.build_index("tiny")


@pytest.fixture
def examined(planted):
    image_facts.build_facts(planted)
    near_identical.build_pairs(planted)
    return planted


def kinds(test):
    return list(test.radio[0].options)


def choose(test, kind):
    test.radio(key="doctor-finding-tiny").set_value(kind).run()
    assert not test.exception, test.exception
    return test


def test_before_the_examination_the_files_are_judged_and_the_rest_is_offered(planted, started):
    test = open_view()
    assert "Identical files" in kinds(test)
    assert "A single colour" not in kinds(test)
    press(test, "doctor-examine")
    ((_, arguments),) = started
    assert arguments[0] == "job"
    assert [(job.verb, job.dataset) for job in jobs.list_jobs()] == [("doctor", "tiny")]
    assert next(button for button in test.button if button.key == "doctor-examine").disabled


def test_every_planted_fault_is_listed(examined):
    test = open_view()
    assert kinds(test)[:4] == [
        "Files that cannot be used",
        "Same picture in two classes",
        "Identical files",
        "A single colour",
    ]
    assert not [button for button in test.button if button.key == "doctor-examine"]
    assert test.dataframe[0].value["File"].tolist() == ["Parasitized/P3thinF_text.png"]
    choose(test, "duplicate")
    assert "3 of 77 images in 1 set" not in words(test)  # the unreadable one is not in use
    assert "3 of 76 images in 1 set" in words(test)
    assert len(tiles.list_single(test)) == 3


def test_each_finding_with_pictures_leads_to_the_grid(examined, monkeypatch):
    opened = []
    monkeypatch.setattr(st, "switch_page", lambda page, query_params: opened.append((page, query_params)))
    test = open_view()
    for kind in ("unreadable", "contradiction", "duplicate", "single_colour"):
        press(choose(test, kind), f"grid-{kind}")
    assert [address["finding"] for _, address in opened] == [
        "unreadable",
        "contradiction",
        "duplicate",
        "single_colour",
    ]
    assert opened[0] == ("pages/explore/page.py", {"dataset": "tiny", "view": "images", "finding": "unreadable"})


def test_excluding_all_but_the_first_shows_at_once_and_can_be_taken_back(examined):
    test = choose(open_view(), "duplicate")
    deciding.decide(deciding.open_menu(test, "decide-duplicate-all"), "decide-duplicate-all", "exclude")
    assert len(ledger.list_acts(kind="exclude", by="Ada")) == 2
    assert "Identical files" not in kinds(test)
    assert "Kept beside the data set" in [heading.value for heading in test.header]
    assert set(test.dataframe[-1].value["Why"]) == {"Identical files"}
    press(test, "decisions-undo")
    assert ledger.list_acts() == []
    assert "Identical files" in kinds(test)


def test_one_picture_excluded_one_proposed_one_fine(examined):
    test = choose(open_view(), "contradiction")
    same = examined.table.loc[examined.table["path"].str.contains("P1thinF_same"), "sha256"].item()
    ids = examined.table.loc[examined.table["sha256"] == same, "image_id"]
    one, other = (f"decide-contradiction-{image_id}" for image_id in ids)
    deciding.decide(deciding.open_menu(test, one), one, "relabel")
    ((image_id, proposal),) = index.read_index("tiny").decided.proposals.items()
    label = examined.class_names[examined.table.set_index("image_id").at[image_id, "label"]]
    assert proposal.about != label
    assert f"Proposed: {proposal.about}" in words(test)
    deciding.decide(deciding.open_menu(test, other), other, "exclude", by="")
    [excluded] = ledger.list_acts(kind="exclude")
    assert excluded.why.startswith("Same picture in two classes")
    assert "Same picture in two classes" not in kinds(test)  # only one of the two is left
    choose(test, "single_colour")
    black = examined.table.loc[examined.table["path"].str.contains("black"), "image_id"].item()
    key = f"decide-single_colour-{black}"
    deciding.decide(deciding.open_menu(test, key), key, "keep")
    assert "A single colour" not in kinds(test)
    assert "no longer reported as “a single colour”" in words(test)
    press(test, "report-single_colour")
    assert "A single colour" in kinds(test)


def test_only_the_chosen_decisions_are_taken_back(examined):
    ids = examined.table["image_id"].tolist()
    decided.exclude("tiny", ids[:2])
    decided.propose("tiny", ids[3], "Uninfected")
    key = f"decisions-tiny-3-{ledger.list_acts()[-1].at}"
    test = AppTest.from_function(view, default_timeout=120)
    test.session_state[key] = {"selection": {"rows": [1, 2], "columns": [], "cells": []}}
    test.run()
    press(test, "decisions-undo")
    assert len(ledger.list_acts()) == 3  # not without a name
    test.text_input(key="decisions-who-tiny").set_value("Ben")
    press(test, "decisions-undo")
    assert [act.image_id for act in ledger.list_acts()] == [ids[0]]
    assert {act.by for act in ledger.read_acts("tiny") if act.withdrawn} == {"Ben"}


def test_a_rerun_reads_the_pictures_that_it_shows_and_no_others(examined, monkeypatch):
    read = []
    thumbnail = thumbnails.read_thumbnail
    monkeypatch.setattr(thumbnails, "read_thumbnail", lambda data, row: read.append(row) or thumbnail(data, row))
    test = open_view()
    assert read == []  # the first finding is a table of files
    choose(test, "duplicate")
    assert len(read) == 1  # three files of the same contents are one picture
    choose(test, "single_colour")
    assert len(read) == 2


def test_labels_are_compared_with_models_when_asked(examined):
    usable = examined.usable
    labels = usable["label"].to_numpy()
    wrong = np.zeros(len(labels), dtype=bool)
    wrong[[4, 50]] = True
    positive = np.where((labels == 0) == ~wrong, 0.96, 0.04)
    columns = {"image_id": usable["image_id"], "split": "test", "group": usable["group"], "label": labels}
    table = pd.DataFrame(columns | {"p_Parasitized": positive, "p_Uninfected": 1 - positive})
    made_models.write_model(table)
    test = open_view()
    assert "Labels that models doubt" not in kinds(test)
    press(test, "doctor-suspects")
    assert "76 of 76 images have been judged by a model that had not seen them" in words(test)
    assert not [button for button in test.button if button.key == "doctor-folds"]  # nothing is left to be judged
    choose(test, "suspect")
    assert "2 of 76 images" in words(test)
    captions = tiles.list_single(test)
    assert sum("96 %" in caption for caption in captions) == 2, captions
    deciding.open_menu(test, "decide-suspect-all")
    assert not [button for button in test.button if str(button.key).startswith("decide-suspect-all-exclude")]
    key = f"decide-suspect-{usable['image_id'].iloc[4]}"
    deciding.decide(deciding.open_menu(test, key), key, "relabel")
    [proposal] = ledger.list_acts(kind="relabel")
    assert proposal.why == "Labels that models doubt: models: Uninfected 96 %"


def test_folds_are_offered_where_not_all_images_have_been_judged(examined, monkeypatch):
    some = examined.usable.iloc[::2]
    columns = {"image_id": some["image_id"], "split": "test", "group": some["group"], "label": some["label"]}
    positive = np.where(some["label"] == 0, 0.9, 0.1)
    made_models.write_model(pd.DataFrame(columns | {"p_Parasitized": positive, "p_Uninfected": 1 - positive}))
    asked, opened = [], []
    monkeypatch.setattr(out_of_sample, "start_folds", lambda data: asked.append(data.name))
    monkeypatch.setattr(st, "switch_page", opened.append)  # there are no pages outside the app
    test = open_view()
    press(test, "doctor-suspects")
    assert "38 of 76 images have been judged" in words(test)
    press(test, "doctor-folds")
    assert asked == ["tiny"]
    assert opened == ["pages/train/page.py"]


def test_without_findings_it_says_so(tiny_dataset, started, monkeypatch):
    monkeypatch.setattr(doctor, "examine", lambda *_: [])
    assert "Nothing stands out." in words(open_view())


def test_names_from_files_are_no_markdown(home, started):
    folder = paths.datasets_folder() / "odd"
    for name in ("![x](https:a.b)", "plain"):
        (folder / name).mkdir(parents=True)
        for number in range(3):
            pixels = np.random.default_rng(number).integers(0, 255, (20, 20, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    index.build_index("odd")
    test = open_view()
    assert "![x](https:a.b)" not in " ".join(str(one.value) for one in [*test.markdown, *test.caption, *test.info])


def test_a_check_is_muted_by_somebody_counted_and_taken_back(examined):
    test = choose(open_view(), "duplicate")
    press(test, "mute-D103")
    assert "Identical files" in kinds(test), "a decision without a name is none"
    next(box for box in test.text_input if str(box.key).startswith("mute-who-D103")).set_value("Ada").run()
    press(test, "mute-D103")
    assert "Identical files" not in kinds(test)
    assert [expander.label for expander in test.expander] == ["1 muted"]
    assert "Identical files: 3 of 76 images in 1 set" in words(test)
    assert "D103, muted by Ada, " in words(test)
    assert noticing_kinds() == ["contradiction", "single_colour"], "Explore follows"
    press(test, "unmute-D103")
    assert "Identical files" in kinds(test)
    assert not test.expander


def noticing_kinds():
    from pages.kit import finding_list

    return [kind for kind in finding_list.list_with_pictures(index.read_index("tiny")) if kind != "imbalance"]
