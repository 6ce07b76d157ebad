"""Reviews begun and filled from each source, at once or by a job."""

import zipfile

import numpy as np
import pandas as pd
import pytest

from core.base import background, errors
from core.experiments import out_of_sample
from core.jobs import handed_in, jobs, review_filling
from core.results import kept_answers
from core.review import cases, database, review_record, review_sources, reviews
from core.runtimes import opening
from tests.support import answering, brightness, made_models, sent_images

Source = review_sources.Source


@pytest.fixture(autouse=True)
def closed(home, monkeypatch):
    monkeypatch.delenv("SECOND_LOOK_DATABASE", raising=False)
    yield
    database.close_all()


@pytest.fixture
def tested(tiny_dataset, monkeypatch):
    """A model of `tiny` itself, tested on all of its images, 9 of which it answers firmly with the other class."""
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))
    rows = tiny_dataset.table
    labels, wrong = rows["label"].to_numpy(np.int64), np.arange(len(rows)) % 8 == 0
    chance = np.where(np.where(wrong, 1 - labels, labels) == 0, 0.99, 0.01)
    table = pd.DataFrame(
        {"image_id": rows["image_id"], "split": "test", "group": rows["group"], "label": labels}
        | {"p_Parasitized": chance, "p_Uninfected": 1 - chance}
    )
    made_of = {"name": "tiny", "fingerprint": tiny_dataset.content, "images": tiny_dataset.content}
    return made_models.write_model(table, dataset=made_of)


def make_settings(model=None, **changes):
    about = {"class_names": ("Parasitized", "Uninfected"), "dataset": "tiny"}
    if model is not None:
        about = review_filling.find_subject(model.id)
    return review_record.Settings(**about, **changes)


def test_what_a_review_is_about_follows_from_a_model_or_a_data_set(tested):
    of_model = review_filling.find_subject(tested.id)
    assert of_model["class_names"] == tested.class_names and of_model["model_created"] == tested.manifest.created
    assert review_filling.find_subject("", "tiny")["positive"] == "Parasitized"
    with pytest.raises(errors.SettingNotUsable, match="neither"):
        review_filling.find_subject()
    other = made_models.write_model(made_models.make_answers([0, 1], names=("a", "b")), "other", names=("a", "b"))
    with pytest.raises(errors.ClassesDiffer):
        review_filling.find_subject(other.id, "tiny")
    assert review_filling.find_seed("a") == review_filling.find_seed("a") != review_filling.find_seed("b")


def test_several_sources_fill_one_review_each_image_once_and_what_came_is_noted(tested):
    cases.send(sent_images.encode(1), "1.png", by="Ben")
    sources = [
        Source(kind="gold", of="tiny", most=6),
        Source(kind="waiting"),
        Source(kind="mistakes", of=tested.id),
        Source(kind="sample", of="tiny", most=20, seed=1),
    ]
    settings = make_settings(tested)
    assert review_filling.is_quick(settings, sources[2:]), "all are known"
    review, outcome = review_filling.begin_filled("First", settings, sources, by="Ada")
    assert outcome.added == reviews.count(review.id).total and 9 + 1 + 6 < outcome.added <= 36
    (noted,) = reviews.read_review(review.id).settings.facts[review_filling.FILLED]
    assert noted["by"] == "Ada" and noted["said"] == outcome.say()
    again = review_filling.fill(review.id, sources[2:], by="Ada")
    assert again.added == 0 and again.already == outcome.added - 7
    assert len(reviews.read_review(review.id).settings.facts[review_filling.FILLED]) == 2


def test_an_upload_that_nobody_was_asked_about_is_not_quick(tested):
    cases.send(sent_images.encode(1), "1.png", by="Ben")
    waiting = [Source(kind="waiting")]
    assert not review_filling.is_quick(make_settings(tested), waiting), "the model has to be asked"
    assert review_filling.is_quick(make_settings(), waiting), "without a model nobody is"


def test_label_suspects_come_most_doubtful_first(tested, monkeypatch):
    data = review_filling.index.read_index("tiny")
    monkeypatch.setattr(
        out_of_sample.provenance, "look", lambda *_: type("S", (), {"known": np.zeros(len(data.table), bool)})
    )
    review, outcome = review_filling.begin_filled(
        "Doubted", make_settings(), [Source(kind="suspects", of="tiny", most=5)], by="Ada"
    )
    assert outcome.added == 5
    with database.reading() as session:
        rows = session.scalars(reviews.sa.select(reviews.EntryRow)).all()
    assert {row.reason for row in rows} == {"suspect"} and all(row.rank > 0.9 for row in rows)
    assert review.settings.dataset == "tiny"


def test_nothing_to_read_begins_nothing_and_a_taken_name_is_said_first(tested):
    with pytest.raises(errors.SettingNotUsable, match="at least one image"):
        review_filling.begin_filled("Empty", make_settings(), [Source(kind="waiting")], by="Ada")
    assert reviews.list_reviews() == []
    reviews.begin("Taken", make_settings(), by="Ada")
    with pytest.raises(errors.SettingNotUsable, match="a name of its own"):
        review_filling.begin_filled("Taken", make_settings(), [Source(kind="sample", of="tiny")], by="Ada")
    assert reviews.count(1).total == 0
    with pytest.raises(errors.SettingNotUsable, match="a model, which answers"):
        review_filling.begin_filled("F", make_settings(), [Source(kind="folder", paths=("x",))], by="Ada")


def test_mistakes_without_the_images_of_the_model_are_said(small_model):
    with pytest.raises(errors.DatasetNotFound, match="with the same images"):
        review_filling.begin_filled(
            "M", make_settings(small_model), [Source(kind="mistakes", of=small_model.id)], by="Ada"
        )


def test_a_job_takes_in_an_uploaded_archive_and_leaves_nothing_of_it_behind(home, tmp_path, monkeypatch):
    monkeypatch.setattr(background, "start", lambda folder, arguments: None)
    _, found = answering.write_guarded(monkeypatch)
    folder = answering.write_images(tmp_path / "in")
    with zipfile.ZipFile(tmp_path / "cells.zip", "w") as archive:
        for path in sorted(folder.rglob("*.png")):
            archive.write(path, path.relative_to(folder))
    with (tmp_path / "cells.zip").open("rb") as file:
        upload = handed_in.keep_upload("cells.zip", file)
    review = reviews.begin("Ours", make_settings(found), by="Ada")
    coming = (Source(kind="folder", paths=(str(upload),)),)
    job = jobs.start_job("fill", "ours", review=review.id, by="Ada", coming=coming)
    assert jobs.read_job(job.id).arguments.coming == coming
    assert jobs.work(job.id).name == "finished"
    counts = reviews.count(review.id)
    assert counts.total == job.state.details.images > 8 and not upload.parent.exists()
    assert kept_answers.list_kept() == [], "the review keeps its images, and nobody else needs to"
    assert "1 cannot be read" in reviews.read_review(review.id).settings.facts[review_filling.FILLED][0]["said"]
    waiting = cases.list_waiting()
    assert {case.patient for case in waiting} == {"smear 0", "smear 1"} and {case.source for case in waiting} == {
        "batch"
    }
    assert all(case.sent.answered.model_id == found.id for case in waiting)
