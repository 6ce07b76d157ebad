"""Two models are compared on test images of both only, whatever they are called and in whatever order they stand."""

import json

import numpy as np
import pandas as pd
import pytest

from core.base import errors, files
from core.models import package
from core.results import comparison, cross_evaluation
from core.statistics import paired_comparison, summary, tasks
from tests.support import made_models

NAMES = made_models.NAMES
LABELS = np.tile([0, 1], 60)
GROUPS = np.repeat([f"P{n}" for n in range(12)], 10)


def make_table(seed, rows=slice(None), **options):
    table = made_models.make_answers(LABELS, seed=seed, **{"groups": GROUPS, **options})
    return table.iloc[rows].reset_index(drop=True)


def compare(a, b, **options):
    found = comparison.compare(a, b, **options)
    json.dumps(found, allow_nan=False, default=files.encode)
    return found


def test_the_same_test_images(home):
    a = made_models.write_model(make_table(0), "a")
    b = made_models.write_model(make_table(1).sample(frac=1, random_state=0), "b")
    common = comparison.find_comparable(a, b)
    assert common.image_ids == tuple(sorted(make_table(0)["image_id"]))
    assert (common.n, common.of_a, common.of_b, common.why) == (120, 120, 120, "")
    first, second = comparison.load_pair(a, b)
    pd.testing.assert_frame_equal(first, make_table(0), check_dtype=False)
    pd.testing.assert_frame_equal(second, make_table(1), check_dtype=False)
    found = compare(a, b)
    alone = [tasks.build_task(make_table(seed), NAMES, NAMES[0]) for seed in (0, 1)]
    expected = paired_comparison.compare(*alone)
    assert {key: found[key] for key in expected} == expected
    assert (found["a"], found["b"]) == ("a", "b")
    assert found["sentence"].startswith(("a and b cannot", "a is better", "b is better"))
    assert set(found) >= {"n", "patients", "difference", "interval", "mcnemar_p", "verdict", "needed_difference"}


def test_classes_in_another_order(home):
    a = made_models.write_model(make_table(0), "a")
    turned = make_table(1).assign(label=lambda table: 1 - table["label"])
    b = made_models.write_model(turned, "b", names=NAMES[::-1])
    found = compare(a, b)
    straight = compare(a, made_models.write_model(make_table(1), "straight"))
    assert found["metrics"] == straight["metrics"]
    assert any("positive class of a" in note for note in found["notes"])


def test_images_that_either_knows_are_left_out_and_counted(home):
    ids = make_table(0)["image_id"].tolist()
    a = made_models.write_model(make_table(0, slice(0, 100)), "a", trained=tuple(ids[100:110]))
    validated = make_table(1, slice(20, 120))
    validated.loc[:9, "split"] = "validation"
    b = made_models.write_model(validated, "b", trained=tuple(ids[:5]))
    common = comparison.find_comparable(a, b)
    assert (common.of_a, common.of_b) == (100, 90)
    assert (common.known_to_a, common.known_to_b) == (10, 20)  # of a patient who was trained on all images are known
    assert common.image_ids == tuple(ids[30:100])
    for words in ("Compared on the 70 images", "b has seen 20 of the 100 test images of a (5 by their patient); they"):
        assert words in common.why
    assert compare(a, b)["n"] == 70


def test_a_copy_of_a_known_image_is_known(home):
    table = make_table(0)
    table.loc[0, "image_id"] = table.loc[0, "image_id"] + "-2"
    a = made_models.write_model(table, "a")
    b = made_models.write_model(table, "b", trained=("0" * 16,))
    assert comparison.find_comparable(a, b).known_to_b == 1


def test_no_image_in_common(home):
    a = made_models.write_model(make_table(0, slice(0, 60)), "a")
    b = made_models.write_model(make_table(1, slice(60, 120)), "b")
    common = comparison.find_comparable(a, b)
    assert common.n == 0
    assert "no image was a test image of both" in common.why
    assert "Evaluate one of them on the other's test images" in common.why
    found = compare(a, b)
    assert (found["verdict"], found["sentence"], found["difference"]) == ("not comparable", common.why, None)
    assert [len(table) for table in comparison.load_pair(a, b)] == [0, 0]


def test_where_each_knows_all_images_of_the_other_no_evaluation_is_offered(home):
    ids = make_table(0)["image_id"].tolist()
    a = made_models.write_model(make_table(0, slice(0, 60)), "a", trained=tuple(ids[60:]))
    b = made_models.write_model(make_table(1, slice(60, 120)), "b", trained=tuple(ids[:60]))
    assert "Evaluate one" not in comparison.find_comparable(a, b).why


def test_other_classes(home):
    a = made_models.write_model(make_table(0), "a")
    b = made_models.write_model(make_table(1, names=("cats", "dogs")), "b", names=("cats", "dogs"))
    common = comparison.find_comparable(a, b)
    assert not common.same_classes
    assert "different classes" in common.why
    assert compare(a, b)["verdict"] == "not comparable"
    assert [len(table) for table in comparison.load_pair(a, b)] == [0, 0]


def test_images_with_two_labels_are_left_out(home):
    changed = make_table(1)
    changed.loc[:3, "label"] = 1 - changed.loc[:3, "label"]
    a, b = made_models.write_model(make_table(0), "a"), made_models.write_model(changed, "b")
    common = comparison.find_comparable(a, b)
    assert (common.n, common.relabelled) == (116, 4)
    assert "4 images had another class" in common.why


def test_groups_that_one_lacks_come_from_the_other(home):
    a = made_models.write_model(make_table(0, groups=""), "a")
    b = made_models.write_model(make_table(1), "b")
    first, second = comparison.load_pair(a, b)
    assert first["group"].tolist() == second["group"].tolist() == GROUPS.tolist()
    assert compare(a, b)["patients"] == 12


def test_without_patients_the_notes_say_so(home):
    a, b = (made_models.write_model(make_table(seed, groups=""), str(seed)) for seed in (0, 1))
    found = compare(a, b)
    assert (found["over"], found["patients_p"]) == ("images", None)
    assert any(note.startswith("No patients are known") for note in found["notes"])


def test_a_leaky_split_is_named(home):
    a, b = made_models.write_model(make_table(0), "a"), made_models.write_model(make_table(1), "b", leaky=True)
    assert any(note.startswith("The split of b leaks") for note in compare(a, b)["notes"])
    both = made_models.write_model(make_table(2), "c", leaky=True)
    assert any("splits of both leak" in note for note in compare(b, both)["notes"])


def test_each_answers_at_its_operating_point(home):
    a = made_models.write_model(make_table(0), "a")
    moved = made_models.keep_threshold(made_models.write_model(make_table(0), "b"), 0.05)
    found = compare(a, moved)
    assert found["metrics"]["sensitivity"].difference.value > 0
    assert found["metrics"]["auc"].difference.value == 0
    assert found["metrics"]["accuracy"].b.value == pytest.approx(moved.manifest.operating_point.test.accuracy.value)
    plain = compare(a, moved, use_thresholds=False)
    assert plain["mcnemar"]["only_a_right"] == plain["mcnemar"]["only_b_right"] == 0


def test_a_threshold_about_the_other_class_counts_in_the_first_ones_classes(home):
    a = made_models.write_model(make_table(0), "a")
    turned = make_table(0).assign(label=lambda table: 1 - table["label"])
    b = made_models.write_model(turned, "b", names=NAMES[::-1])  # positive: Uninfected
    found = compare(a, made_models.keep_threshold(b, 0.05))
    assert found["metrics"]["specificity"].difference.value > 0
    assert found["metrics"]["sensitivity"].difference.value < 0


def test_answers_to_the_others_test_images_count(home):
    a = made_models.write_model(make_table(0, slice(0, 60)), "a")
    b = made_models.write_model(make_table(1, slice(60, 120)), "b")
    write_crossed(b, a, make_table(1, slice(0, 60)))
    common = comparison.find_comparable(a, b)
    assert (common.n, common.of_a, common.of_b) == (60, 60, 120)
    assert compare(a, b)["n"] == 60
    write_crossed(a, b, make_table(0, slice(60, 120)))
    assert comparison.find_comparable(a, b).n == 120


def write_crossed(found, on, table):
    """The file that `cross_evaluation.cross` leaves, without a network."""
    cross_evaluation._write(cross_evaluation.crossed_path(found, on), table, cross_evaluation._identify(found, on))


def test_answers_to_another_model_of_that_name_are_stale(home):
    a = made_models.write_model(make_table(0, slice(0, 60)), "a")
    b = made_models.write_model(make_table(1, slice(60, 120)), "b")
    write_crossed(b, a, make_table(1, slice(0, 60)))
    files.remove_folder(a.folder)
    again = made_models.write_model(make_table(0, slice(0, 60)), "a", created="2026-06-06T00:00:00+00:00")
    assert comparison.find_comparable(again, b).n == 0


def test_a_damaged_model_is_a_message(home):
    a, b = (made_models.write_model(make_table(seed), name) for seed, name in ((0, "a"), (1, "b")))
    b.file(package.PREDICTIONS_FILE).write_bytes(b"x" * b.file(package.PREDICTIONS_FILE).stat().st_size)
    with pytest.raises(errors.ModelBroken):
        comparison.compare(a, b)


def test_a_model_against_itself(home):
    a = made_models.write_model(make_table(0), "a")
    found = compare(a, a)
    assert (found["verdict"], found["difference"], found["mcnemar_p"]) == ("tie", 0, 1.0)
    assert found["metrics"]["accuracy"].a.value == pytest.approx(
        summary.summarise(make_table(0), NAMES, NAMES[0])["accuracy"].value
    )
