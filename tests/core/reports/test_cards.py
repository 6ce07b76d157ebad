"""The card says what is known, leaves open what is not, and keeps what people write."""

import pytest

from core.base import errors
from core.datasets.index import index
from core.models import amending, package
from core.reports import card_answers, card_questions, cards, checklists
from core.results import predictions_file
from core.statistics import estimate
from tests.support import made_models

OPEN = ("maker", "users", "misuse", "people", "places", "device", "external", "labels", "approval", "funding", "next")


def predictions_of(found):
    return predictions_file.read(found.file(package.PREDICTIONS_FILE))


def build(found, **facts):
    return cards.build_card(found, cards.answer_test(found, predictions_of(found)), facts)


def read(sections):
    return {entry.question.key: entry for section in sections for entry in section.entries}


def test_questions_are_sound():
    keys = [asked.key for asked in card_questions.QUESTIONS]
    assert len(set(keys)) == len(keys)
    assert not {cards.WHEN, cards.WHO} & set(keys)  # they stand beside the answers in the manifest
    assert {asked.heading for asked in card_questions.QUESTIONS} == set(card_questions.HEADINGS)
    assert {n for asked in card_questions.QUESTIONS for n in asked.claim} == set(checklists.CLAIM)
    assert {n for asked in card_questions.QUESTIONS for n in asked.tripod} == set(checklists.TRIPOD)
    assert max(checklists.CLAIM) == 44


def test_headings_are_those_of_mitchell_in_order(small_model):
    assert [section.heading for section in build(small_model)] == list(card_questions.HEADINGS)


def test_what_nobody_knows_is_open(small_model):
    entries = read(build(small_model))
    assert [key for key in OPEN if entries[key].is_answered] == []
    assert all(entries[key].question.hint or key == "funding" for key in OPEN)
    assert all(entries[key].known for key in ("what", "output", "split", "measures", "test-images", "result", "limits"))


def test_the_card_says_in_what_a_network_is_not_that_of_its_study(small_model):
    assert "Other than" not in read(build(small_model))["what"].known
    other = made_models.alter(small_model, architecture="compact_cnn")
    assert "the study's printed summary shows none" in read(build(other))["what"].known


def test_answers_are_the_manifest_s(small_model):
    entries = read(build(small_model))
    assert "646,338 parameters" in entries["what"].known
    assert "64 x 64 px" in entries["output"].known
    assert "Parasitized 15, Uninfected 15" in entries["test-images"].known
    assert "patients" in entries["uncertainty"].known
    wrong = sum(sum(row) for row in small_model.manifest.test.confusion) - sum(
        small_model.manifest.test.confusion[k][k] for k in (0, 1)
    )
    assert f"{wrong} are answered wrongly" in entries["failures"].known


def test_it_never_says_that_it_diagnoses(small_model):
    said = " ".join(entry.answer + entry.question.words for entry in read(build(small_model)).values())
    assert "diagnos" not in said.replace("does not diagnose", "")


def test_a_leak_is_a_limit_and_in_the_split(small_model):
    leaky = made_models.write_model(predictions_of(small_model), leaky=True, model_id="leaky")
    entries = read(build(leaky))
    assert "Leaky split" in entries["limits"].known
    assert "Leaky split" in entries["split"].known
    assert "Nothing was found" not in entries["split"].known


def test_a_split_without_an_audit_does_not_claim_one():
    split = made_models.make_division()
    assert "copies of images were not looked for" in card_answers.say_split(split)
    split = made_models.make_division(groups={"train": 0, "validation": 0, "test": 0})
    assert "No patient is" not in card_answers.say_split(split)
    audit = {"leaks": False, "warnings": [], "unknowns": ["Nobody has looked for near-identical images yet."]}
    said = card_answers.say_split(made_models.make_division(audit=audit))
    assert "Nothing was found" in said
    assert "Nobody has looked" in said


def test_origin_only_from_a_catalogue(small_model):
    assert not read(build(small_model))["source"].is_answered
    facts = {
        "kind": "catalogue",
        "source": "Cells",
        "source_page": "https://x",
        "licence": "CC BY",
        "citation": "A 2018",
    }
    entries = read(build(small_model, **facts))
    assert entries["source"].known == "Cells https://x"
    assert entries["licence"].known == "CC BY Cite: A 2018"


def test_facts_are_those_of_the_same_images(small_model, monkeypatch):
    rows = [{"name": "tiny", "content": "e" * 64, "facts": {"licence": "wrong"}}, {"name": "broken"}]
    monkeypatch.setattr(index, "list_datasets", lambda: rows)
    assert cards.find_facts(small_model) == {}
    rows.append({"name": "same", "content": "f" * 64, "facts": {"licence": "right"}})
    assert cards.find_facts(small_model) == {"licence": "right"}


def test_kept_decisions_answer_their_questions(small_model):
    before = read(build(small_model))
    assert not any(before[key].is_answered for key in ("point", "calibration", "referral"))
    test = small_model.manifest.test
    metric = estimate.Estimate(0.04, 0.01, 0.08, 30)
    kept = amending.amend(
        small_model,
        {
            package.OPERATING_POINT: {
                "threshold": 0.3,
                "aim": {"kind": "sensitivity", "least": 0.95},
                "test": test,
                "by": "Ada",
                "at": "2026-01-02T00:00:00+00:00",
            },
            package.CALIBRATION: {
                "temperature": 1.5,
                "threshold": 0.3,
                "n": 30,
                "groups": 10,
                "test": {"before": {"ece": metric}, "after": {"ece": metric}},
            },
            package.REFERRAL: {"limit": 0.7, "share": 0.1},
        },
    )
    entries = read(build(kept))
    assert "30.0 %" in entries["threshold"].known
    assert "sensitivity, least 0.95" in entries["threshold"].known
    assert "temperature of 1.50" in entries["calibration"].known
    assert "from 0.040 (0.010 to 0.080)" in entries["calibration"].known
    point = {**kept.manifest.operating_point.to_json(), "threshold": 0.2}
    moved = read(build(amending.amend(kept, {package.OPERATING_POINT: point})))  # the error was about other answers
    assert "0.040" not in moved["calibration"].known and "temperature of 1.50" in moved["calibration"].known
    assert "Chosen 2 time(s)" in moved["threshold"].known and "chosen 2 times" in moved["limits"].known
    assert "10 of 100" in entries["referral"].known
    assert entries["point"].is_answered


def test_written_answers_are_kept_signed_counted_and_taken_back(small_model):
    answered, total = cards.count_answered(build(small_model))
    kept = cards.write_card(small_model, {"users": "  Trained staff. ", "result": "Also tried at noon."}, "Ada")
    entries = read(build(kept))
    assert entries["users"].answer == "Trained staff."
    assert entries["result"].answer.endswith("\nAlso tried at noon.")
    assert cards.count_answered(build(kept)) == (answered + 1, total)
    assert cards.say_count(build(kept)) == f"{answered + 1} of {total} items are answered."
    assert kept.manifest.card[cards.WHO] == "Ada"
    again = cards.write_card(kept, {"users": "", "result": ""}, "Ben")
    assert again.manifest.card is None


def test_two_writers_lose_nothing(small_model):
    cards.write_card(small_model, {"users": "one"}, "Ada")
    after = cards.write_card(small_model, {"places": "two"}, "Ben")  # Ben's page is of before
    assert cards.read_written(after) == {"users": "one", "places": "two"}


@pytest.mark.parametrize(("text", "by"), [("x", " "), ("x" * (cards.LONGEST + 1), "Ada")])
def test_what_cannot_be_kept_is_said(small_model, text, by):
    with pytest.raises(errors.SettingNotUsable):
        cards.write_card(small_model, {"users": text}, by)


def test_an_unknown_question_is_a_fault_of_ours(small_model):
    with pytest.raises(KeyError):
        cards.write_card(small_model, {"by": "x"}, "Ada")


@pytest.mark.parametrize("kept", [{"users": ""}, {"no-such": "x"}, {}])
def test_a_strange_card_in_a_manifest_is_no_answer(small_model, kept):
    assert cards.read_written(made_models.alter(small_model, card=kept)) == {}


def test_no_test_images(small_model):
    table = predictions_of(small_model)
    found = made_models.write_model(table[table["split"] == "validation"], model_id="untested")
    entries = read(build(found))
    assert "no unseen image" in entries["result"].known
    assert not entries["failures"].is_answered
