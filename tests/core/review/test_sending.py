"""Sending what Predict shows: images of data sets to their ledger, all others to the case store, each once."""

from dataclasses import replace

import numpy as np
import pytest

from core.base import errors
from core.datasets.index import acts, index, ledger
from core.gate import gate
from core.prediction import answer_record, decision, examples
from core.results import kept_answers
from core.review import case_record, cases, sending, waiting
from tests.support import answering, sent_images

GREY = gate.Verdict(True, False, 3.0, 2.0, ("It has no colour.",))


@pytest.fixture
def asked(store, tmp_path, monkeypatch):
    """A model, what it answered to a folder of 15 files, and that folder."""
    _, found = answering.write_guarded(monkeypatch)
    folder = answering.write_images(tmp_path / "in")
    return found, kept_answers.make(found.id, [folder]), folder


@pytest.mark.parametrize(
    ("judged", "anyway", "expected"), [(None, True, "answer"), (GREY, True, "unknown"), (GREY, False, "unknown")]
)
def test_what_the_model_answered_is_kept_as_it_was_shown(small_model, judged, anyway, expected):
    chances = dict(zip(small_model.class_names, (0.9, 0.1), strict=True))
    answered = answer_record.Answered(small_model, decision.decide(small_model, chances), judged, anyway)
    said = sending.describe_answer(answered)
    assert (said.model_id, said.created, said.verdict) == (small_model.id, small_model.manifest.created, expected)
    assert (said.class_name, said.probabilities) == ((small_model.class_names[0], chances) if anyway else (None, None))
    assert said.gate == (None if judged is None else judged.to_json())


def test_an_upload_is_a_case_and_no_line_of_a_ledger(store):
    example = examples.from_upload("x.png", sent_images.encode(1))
    assert sending.find_waiting(example) is None
    sending.send_example(example, case_record.Answer("m"), by="Ada", why="odd", client_id="a")
    sending.send_example(example, case_record.Answer("m"), by="Ada", why="odd", client_id="a")
    found = sending.find_waiting(example)
    assert (found.by, found.why, found.model_id, found.case.source) == ("Ada", "odd", "m", "predict")
    assert waiting.count() == 1 and ledger.list_names() == []


@pytest.mark.parametrize(
    ("answered", "words"),
    [
        (case_record.Answer("m", "", "answer", "A", {"A": 0.912, "B": 0.088}), "odd (m answers A with 91.2 %)"),
        (case_record.Answer("m", "", "refer", "A", {"A": 0.5, "B": 0.5}), "odd (m is not sure, and leans to A with"),
        (case_record.Answer("m", "", "unknown"), "odd (m does not know such an image)"),
    ],
)
def test_an_image_of_a_data_set_is_a_line_of_its_ledger_and_no_case(store, tiny_dataset, answered, words):
    example = examples.from_dataset(tiny_dataset, 0)
    sending.send_example(example, answered, by="Ada", why="odd")
    (act,) = ledger.list_acts(kind=acts.SECOND_LOOK)
    assert act.why.startswith(words) and (act.model_id, act.image_id) == ("m", example.image_id)
    found = sending.find_waiting(examples.from_dataset(index.read_index("tiny"), 0))
    assert found.asked == (act,) and waiting.count() == 1
    assert not waiting.list_contents()


def test_one_of_many_answers_keeps_whose_it_is(asked):
    _, about, _ = asked
    rows = kept_answers.read_rows(about.id)
    place = int(np.flatnonzero(rows["smear"] == "smear 1")[0])
    example = examples.from_upload(*kept_answers.read_original(about.id, place))
    sending.send_example(replace(example, among=(about.id, place)), case_record.Answer("m"), by="Ada")
    (case,) = cases.list_waiting()
    assert (case.source, case.patient) == ("batch", "smear 1")


def test_of_many_those_are_sent_that_need_a_person_and_can_be_read(asked):
    found, about, _ = asked
    rows = kept_answers.read_rows(about.id)
    unsent = sending.find_unsent(rows)
    assert set(unsent["needs"]) <= {"not known", "referred", "caution"} and len(unsent)
    told = []
    said = sending.send_unsent(
        about, rows, by="Ada", why="today's", client_id="x", report=lambda *one: told.append(one)
    )
    assert said == sending.Outcome(len(unsent), 0, 1) and told[0] == (0, len(unsent), sending.READING)
    listed = cases.list_waiting()
    assert {case.sha256[:16] for case in listed} == set(unsent["image_id"])
    noise = next(case for case in listed if case.name == "z noise.png").sent.answered
    assert (noise.verdict, noise.class_name, noise.probabilities) == ("unknown", None, None)
    assert noise.model_id == found.id and noise.gate["refused"] and noise.gate["reasons"]
    assert len(sending.find_unsent(rows)) == 0
    assert sending.send_unsent(about, rows, by="Ada", client_id="y") == sending.Outcome(0, 0, 1)
    cases.withdraw(listed[0].id, by="Ada")
    assert sending.find_unsent(rows)["image_id"].tolist() == [listed[0].sha256[:16]]


def test_an_interrupted_sending_goes_on_where_it_was(asked, monkeypatch):
    monkeypatch.setattr(sending, "READ_AT_ONCE", 3)
    monkeypatch.setattr(sending, "SEND_BYTES", 1)
    _, about, _ = asked
    rows = kept_answers.read_rows(about.id)
    rows["needs"] = rows["needs"].where(rows["verdict"] == "unreadable", "referred")  # all but one need a person
    total = len(sending.find_unsent(rows))

    def stop(done, _total, _words):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sending.send_unsent(about, rows, by="Ada", client_id="x", report=stop)
    assert cases.count_waiting() == 3
    assert sending.send_unsent(about, rows, by="Ada", client_id="x").sent == total - 3
    assert cases.count_waiting() == total


def test_many_are_sent_in_few_transactions(asked, monkeypatch):
    _, about, _ = asked
    rows = kept_answers.read_rows(about.id)
    rows["needs"] = rows["needs"].where(rows["verdict"] == "unreadable", "referred")
    total, sizes, send = len(sending.find_unsent(rows)), [], cases.send_packed
    monkeypatch.setattr(sending, "READ_AT_ONCE", 2)
    monkeypatch.setattr(sending, "SEND_AT_ONCE", 6)
    monkeypatch.setattr(cases, "send_packed", lambda images, **said: sizes.append(len(images)) or send(images, **said))
    assert sending.send_unsent(about, rows, by="Ada").sent == total == cases.count_waiting()
    assert sizes == [6] * (total // 6) + [total % 6] * bool(total % 6)


def test_images_that_are_gone_are_counted(asked):
    _, about, folder = asked
    rows = kept_answers.read_rows(about.id)
    (folder / "smear 0" / "z noise.png").unlink()
    said = sending.send_unsent(about, rows, by="Ada")
    assert said.gone == 1 and said.unreadable == 1
    with pytest.raises(errors.SourceNotFound):
        kept_answers.read_original(about.id, int(rows.index[rows["path"].str.endswith("z noise.png")][0]))
