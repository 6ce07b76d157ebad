"""What is taken away of an answer: nothing of one that was not given, and all that one hangs on."""

import json

import numpy as np
import pytest

from core.base import files
from core.explanation import heatmaps, methods
from core.gate import gate
from core.prediction import answer_picture, answer_record, decision, verdicts
from tests.support import made_models

KNOWN = gate.Verdict(False, False, 1.0, 2.0)
AWAY = gate.Verdict(False, True, 3.0, 2.0, ("It is darker than usual.",))
REFUSED = gate.Verdict(True, False, 9.0, 2.0, ("It is no cell.",))
PAPER = np.array(answer_picture.PAPER)


@pytest.fixture
def found(small_model):
    return made_models.alter(
        small_model,
        operating_point={"threshold": 0.3, "positive_class": "Parasitized", "by": "A", "at": "2026-02-01"},
        calibration={"temperature": 2.0},
        referral={"limit": 0.1},
    )


def ask(found, judged, *, probability=0.8, anyway=False):
    decided = decision.decide(found, {"Parasitized": probability, "Uninfected": 1 - probability})
    return answer_record.Answered(found, decided, judged, anyway)


def describe(answered, **more):
    entry = answer_record.begin("cell.png") | answer_record.compose(answered) | {"sha256": "ab" * 32} | more
    return answer_record.take_away(entry)


def make_heatmap(peak=0.2):
    return heatmaps.Heatmap(np.zeros((4, 4), np.float32), peak, 0.0, "conv_3")


@pytest.mark.parametrize(
    ("judged", "anyway", "verdict", "given"),
    [
        (None, False, verdicts.ANSWER, True),
        (KNOWN, False, verdicts.ANSWER, True),
        (AWAY, False, verdicts.ANSWER, True),
        (REFUSED, False, verdicts.UNKNOWN, False),
        (REFUSED, True, verdicts.UNKNOWN, True),
    ],
)
def test_what_is_said_of_it(found, judged, anyway, verdict, given):
    record = describe(ask(found, judged, anyway=anyway))
    assert record["verdict"] == verdict
    assert record["answered_anyway"] == (given and verdict == verdicts.UNKNOWN)
    assert (record["probabilities"] is not None) == given == (record["class_name"] is not None)
    assert (record["decided_with"] is not None) == given
    assert record["gate"] == (judged and judged.to_json())


def test_all_that_the_answer_hangs_on_is_named(found):
    record = json.loads(json.dumps(describe(ask(found, KNOWN)), allow_nan=False, default=files.encode))
    model = record["model"]
    assert (model["id"], model["created"]) == (found.id, "2026-01-01T00:00:00+00:00")
    assert model["sha256"] == files.sha256_of(found.file("model.keras")) and model["dataset_fingerprint"] == "f" * 64
    rules = record["decided_with"]
    logit = np.log(0.3 / 0.7) / 2  # what a temperature of 2 makes of the threshold
    assert rules["threshold"] == pytest.approx(1 / (1 + np.exp(-logit)))
    assert (rules["temperature"], rules["referral_limit"], rules["positive_class"]) == (2.0, 0.1, "Parasitized")
    assert record["note"] == answer_record.NOTE and record["at"].endswith("Z") and record["versions"]["second_look"]


def test_strength_is_beside_what_is_usual_at_that_layer_alone(found):
    said = answer_record.describe_evidence(found, methods.GRAD_CAM, "Parasitized", make_heatmap())
    assert (said["strength"], said["share_of_usual_peak"], said["layer"]) == ("faint", 0.2, "conv_3")
    other = answer_record.describe_evidence(found, methods.GRAD_CAM, "Parasitized", make_heatmap(), layer_name="conv_1")
    assert (other["strength"], other["share_of_usual_peak"]) == ("not known", None)


def test_the_picture_says_it_in_words(found, small_model):
    shown = make_heatmap()
    record = describe(
        ask(found, AWAY), evidence=answer_record.describe_evidence(found, methods.GRAD_CAM, "Parasitized", shown)
    )
    lines = answer_picture.list_lines(ask(found, AWAY), record)
    assert lines[0] == "Parasitized, with caution"
    said = "\n".join(lines)
    for words in (
        "66.7 %",
        "from 39.6 % on; temperature",
        "temperature 2.00",
        "It is darker",
        "Grad-CAM at conv_3",
        "faint",
    ):
        assert words in said
    assert found.id in said and "2026-01-01" in said and "abababababababab" in said and "not a diagnosis" in said
    refused = answer_picture.list_lines(ask(found, REFUSED), describe(ask(found, REFUSED)))
    assert refused[0] == verdicts.NOT_KNOWN and "It is no cell." in refused and "Probability" not in "\n".join(refused)
    assert "from 50 % on" in "\n".join(
        answer_picture.list_lines(ask(small_model, None), describe(ask(small_model, None)))
    )
    referred = ask(found, KNOWN, probability=0.3)
    assert answer_picture.list_lines(referred, describe(referred))[0] == "A person should look"


def test_the_picture_has_both_images_and_all_of_the_words(found):
    image = np.full((32, 20, 3), 200, np.uint8)
    over = np.full((64, 40, 3), 90, np.uint8)
    answered = ask(found, KNOWN)
    record = describe(answered, image="ž" * 400 + " 细胞.png")
    sheet = answer_picture.draw(answered, record, image, over)
    margin, side = answer_picture.MARGIN_PX, answer_picture.SIDE_PX
    assert sheet.dtype == np.uint8 and sheet.shape[1] == 2 * side + 3 * margin
    assert (sheet[margin : margin + side, margin : margin + 400] == 200).all()
    assert (sheet[margin : margin + side, side + 2 * margin : side + 2 * margin + 400] == 90).all()
    words = (sheet[side + margin :] != PAPER).any(axis=2)
    assert words.any() and not words[:, : margin - 2].any() and not words[:, -margin + 2 :].any(), "nothing is cut off"
    assert not words[-4:].any(), "room for the last line"
    short = answer_picture.draw(answered, describe(answered), image)
    assert short.shape[0] < sheet.shape[0], "a long name takes lines of its own"
    assert (short[margin : margin + side, side + 2 * margin :] == PAPER).all(), "no heatmap, nothing beside"
