"""Where images of a review come from, and what becomes of them on their way in."""

import hashlib
import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.base import paths
from core.datasets.index import acts, index, ledger
from core.results import kept_answers
from core.review import (
    arrivals,
    asking,
    case_record,
    cases,
    queueing,
    readings,
    review_record,
    reviews,
    taking_in,
    waiting,
)
from core.runtimes import opening
from tests.support import answering, brightness, made_models, sent_images

CLASSES = ("Parasitized", "Uninfected")


def begin(name="First", **settings):
    return reviews.begin(name, review_record.Settings(CLASSES, **settings), by="Ada")


def read_entries(review):
    """Each entry of a review with its case, as a store has them."""
    with reviews.database.reading() as session:
        chosen = reviews.sa.select(reviews.EntryRow).where(reviews.EntryRow.review_id == review.id)
        return [(row, cases.read_case(row.case_id)) for row in session.scalars(chosen.order_by(reviews.EntryRow.id))]


@pytest.fixture
def tested(store, tiny_dataset, monkeypatch):
    """A model that was tested on 40 images of `tiny`, 8 of which it got wrong, and that answers by brightness."""
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))
    rows = tiny_dataset.table.iloc[16:56]
    labels = rows["label"].to_numpy(np.int64)
    wrong = np.arange(40) % 5 == 0
    answers = np.where(wrong, 1 - labels, labels)
    chance = np.where(answers == 0, 0.9, 0.2) + np.arange(40) / 1000
    table = pd.DataFrame(
        {"image_id": rows["image_id"].to_numpy(), "split": "test", "group": rows["group"].to_numpy(), "label": labels}
        | {"p_Parasitized": chance, "p_Uninfected": 1 - chance}
    )
    return tiny_dataset, made_models.write_model(table), set(rows["image_id"][wrong])


def test_what_waits_comes_from_cases_and_from_ledgers_and_waits_nowhere_twice(store, tiny_dataset):
    case = cases.send(sent_images.encode(1), "1.png", by="Ben", patient="P9")
    other = case_record.Answer("m", "t", "answer", "Cat", {"Cat": 0.9, "Dog": 0.1})
    cases.send(sent_images.encode(2), "cat.png", by="Ben", answered=other)
    image_id = tiny_dataset.find_id(3)
    ledger.record([acts.Act(acts.SECOND_LOOK, "tiny", image_id, "Cleo", why="odd", model_id=model) for model in "ab"])
    found, others = arrivals.list_waiting(CLASSES)
    assert (found[0].name, len(found), others) == ("1.png", 2, 1)
    review = begin()
    assert taking_in.take_in(review, found, by="Ada") == taking_in.Outcome(added=2)
    (first, own), (second, of_data) = read_entries(review)
    assert (own.id, own.patient, first.reason, first.rank) == (case.id, "P9", "sent", 0.5)
    assert (of_data.source, of_data.dataset, of_data.image_id) == ("dataset", "tiny", image_id)
    assert (of_data.patient, second.reason) == (tiny_dataset.table.at[3, "group"], "sent")
    assert ledger.list_acts(kind=acts.SECOND_LOOK) == [], "it waits in the review and nowhere else"
    taken_back = [act for act in ledger.read_acts("tiny") if act.withdrawn]
    assert [(act.by, act.why) for act in taken_back] == [("Ada", "For the review “First”")] * 2
    assert waiting.count() == 3 and arrivals.list_waiting(CLASSES) == ([], 1)
    reviews.close(review.id, by="Ada")
    assert len(arrivals.list_waiting(CLASSES)[0]) == 2, "what a closed review has not settled waits again"


def test_what_was_settled_waits_no_more_until_it_is_sent_again(store):
    cases.send(sent_images.encode(1), "1.png", by="Ben")
    review = begin()
    taking_in.take_in(review, arrivals.list_waiting(CLASSES)[0], by="Ada")
    entry = queueing.claim(review.id, "Ada").entry
    for phase in (review_record.BLIND, review_record.FINAL):
        readings.submit(entry.id, "Ada", phase, "Parasitized")
    assert arrivals.list_waiting(CLASSES) == ([], 0)
    cases.send(sent_images.encode(1), "again.png", by="Ben")
    assert len(arrivals.list_waiting(CLASSES)[0]) == 1


def test_a_data_set_that_is_gone_keeps_its_second_looks(store, tiny_dataset):
    ledger.record([acts.Act(acts.SECOND_LOOK, "tiny", tiny_dataset.find_id(3), "Cleo")])
    index.index_path("tiny").unlink()
    assert arrivals.list_waiting(CLASSES) == ([], 1) and len(ledger.list_acts(kind=acts.SECOND_LOOK)) == 1


def test_mistakes_come_with_the_answer_that_the_model_gave_and_no_network_is_asked(tested, monkeypatch):
    data, found, wrong = tested
    monkeypatch.setattr(opening, "KINDS", ())
    listed = arrivals.list_mistakes(found, data)
    asker = asking.Asker(found)
    assert {one.image_id for one in listed} == wrong and not any(one.gold for one in listed)
    assert not taking_in.needs_network(listed, [asker])
    review = begin(model_id=found.id, model_created=found.manifest.created, audit_share=0)
    assert taking_in.take_in(review, listed, by="Ada", asker=asker).added == 8
    entries = read_entries(review)
    assert {entry.reason for entry, _ in entries} == {"mistake"}
    for entry, case in entries:
        row = data.table[data.table["image_id"] == case.image_id].iloc[0]
        assert entry.class_name != data.class_names[row["label"]]
        assert entry.rank == pytest.approx(entry.probabilities[entry.class_name])
        assert case.sent.answered.model_id == entry.model_id == found.id
    ranks = [queueing.claim(review.id, reader).entry.id for reader in "abcdefgh"]
    by_rank = {entry.id: entry.rank for entry, _ in entries}
    assert [by_rank[one] for one in ranks] == sorted(by_rank.values(), reverse=True)
    assert {one.gold for one in arrivals.list_mistakes(found, data, gold=True)} == set(CLASSES)


def test_a_sample_is_drawn_fairly_and_the_model_is_asked_about_what_it_was_not_tested_on(tested):
    data, found, _ = tested
    listed = arrivals.draw_sample(data, 60, 5)
    assert [one.image_id for one in listed] == [one.image_id for one in arrivals.draw_sample(data, 60, 5)]
    assert len({one.image_id for one in listed}) == 60 and len(arrivals.draw_sample(data, 999, 5)) == 72
    asker = asking.Asker(found)
    assert taking_in.needs_network(listed, [asker])
    review = begin(model_id=found.id, model_created=found.manifest.created)
    assert taking_in.take_in(review, listed, by="Ada", asker=asker).added == 60
    for entry, case in read_entries(review):
        assert entry.reason in ("uncertain", "random") and sum(entry.probabilities.values()) == pytest.approx(1)
        if not asker.knows(case.sha256[:16]):
            pixels = np.asarray(Image.open(io.BytesIO(cases.read_image(case))).convert("RGB").resize((64, 64)))
            assert entry.probabilities["Parasitized"] == pytest.approx(pixels.mean() / 255, abs=0.02)


def test_gold_is_even_among_classes_undoubted_and_hidden_among_the_others(tested):
    data, _, _ = tested
    ledger.record(
        [acts.Act(acts.RELABEL, "tiny", one, "Ada", about="Uninfected") for one in data.table["image_id"][:10]]
    )
    data = index.read_index("tiny")
    suspects = arrivals.list_suspects(data, pd.DataFrame({"row": [40, 41], "score": [0.7, 0.9]}))
    gold = arrivals.draw_gold(data, 20, 3, besides={one.content for one in suspects})
    assert pd.Series([one.gold for one in gold]).value_counts().to_dict() == dict.fromkeys(CLASSES, 10)
    assert not {one.image_id for one in gold} & {*data.table["image_id"][:10], *(one.image_id for one in suspects)}
    review = begin(audit_share=1.0)
    taking_in.take_in(review, [*gold, *suspects], by="Ada")
    entries = read_entries(review)
    assert [entry.reason for entry, _ in entries[:2]] == ["suspect", "suspect"]
    assert {entry.rank for entry, _ in entries[2:]} == {0.7, 0.9} and {entry.reason for entry, _ in entries[2:]} == {
        "gold"
    }
    assert [entry.audit for entry, _ in entries] == [True] * 2 + [False] * 20, "gold is no part of what is measured"
    for entry, case in entries[2:]:
        assert case.image_id in set(data.table["image_id"][data.table["label"] == CLASSES.index(entry.gold)])


def test_models_beside_it_disagree_by_the_share_of_pairs(tested):
    data, found, _ = tested
    other = made_models.write_model(
        pd.read_parquet(found.file("predictions.parquet")).assign(
            p_Parasitized=lambda table: 1 - table["p_Parasitized"], p_Uninfected=lambda table: 1 - table["p_Uninfected"]
        ),
        "turned",
    )
    review = begin(model_id=found.id, model_created=found.manifest.created)
    listed = [one for one in arrivals.draw_sample(data, 72, 1) if asking.Asker(found).knows(one.content)]
    taking_in.take_in(review, listed, by="Ada", asker=asking.Asker(found), beside=[asking.Asker(other)])
    assert {(entry.rank, entry.reason) for entry, _ in read_entries(review)} == {(1.0, "disagreement")}


def test_many_answers_come_in_with_patient_and_answer_and_what_is_gone_is_counted(store, tmp_path, monkeypatch):
    _, found = answering.write_guarded(monkeypatch)
    folder = answering.write_images(tmp_path / "in")
    about = kept_answers.make(found.id, [folder])
    review = begin(model_id=found.id, model_created=found.manifest.created)
    with kept_answers.open_originals(about.id) as read:
        listed = arrivals.list_answers(about, read, needing=False)
        rows = kept_answers.read_rows(about.id)
        contents = set(rows["image_id"][rows["error"] == ""])
        assert [one.content for one in listed] == list(dict.fromkeys(one.content for one in listed))
        assert {one.content for one in listed} == contents, "each content once, and no file that is no image"
        known = {path: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in folder.rglob("*.png")}
        gone = next(one.content for one in listed if one.name != "z noise.png")
        for path in [path for path, content in known.items() if content == gone]:
            path.unlink()
        outcome = taking_in.take_in(review, listed, by="Ada", asker=asking.Asker(found))
        again = taking_in.take_in(review, listed, by="Ada", asker=asking.Asker(found))
        assert len(arrivals.list_answers(about, read, needing=True)) < len(listed)
    n = len(listed) - 1
    assert (outcome.added, outcome.gone) == (n, 1) and (again.added, again.already) == (0, n)
    entries = read_entries(review)
    assert {case.patient for _, case in entries} == {"smear 0", "smear 1"}
    noise = next(entry for entry, case in entries if case.name == "z noise.png")
    assert (noise.reason, noise.rank, noise.class_name) == ("refused", 1.0, None)
    assert all(len(cases.list_events(case.id)) == 1 for _, case in entries), "done again, nothing is written twice"


def test_an_image_that_was_sent_before_meets_its_case_and_pseudonyms_hide_names(store, tiny_dataset):
    (one,) = arrivals.draw_sample(tiny_dataset, 1, 0)
    before = cases.send(one.read(), "mine.png", by="Ben")
    review = begin()
    two = [one, *arrivals.draw_sample(tiny_dataset, 3, 0)[1:]]
    assert taking_in.take_in(review, two, by="Ada", pseudonym=True).added == 3
    (_, first), *others = read_entries(review)
    assert (first.id, first.name) == (before.id, "mine.png")
    assert all(case.name == f"case-{case.id:06d}" for _, case in others)


def test_an_unreadable_file_and_a_stop_leave_what_came_before(store, tiny_dataset, monkeypatch):
    monkeypatch.setattr(taking_in, "READ_AT_ONCE", 2)
    monkeypatch.setattr(taking_in, "ENROL_BYTES", 1)
    listed = arrivals.draw_sample(tiny_dataset, 5, 0)
    listed[1] = replace(listed[1], read=lambda: b"no image")
    (
        paths.datasets_folder() / "tiny" / str(tiny_dataset.table.set_index("image_id").at[listed[2].image_id, "path"])
    ).unlink()
    review = begin()

    def stop(done, _total, _words):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        taking_in.take_in(review, listed, by="Ada", report=stop)
    assert reviews.count(review.id).total == 2
    assert taking_in.take_in(review, listed, by="Ada") == taking_in.Outcome(added=1, already=2, gone=1, unreadable=1)
