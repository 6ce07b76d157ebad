"""Which six images stand in a report, and what is shown of them where images or heatmaps are missing."""

import numpy as np
import pytest

from core.base import errors, paths
from core.datasets.index import index
from core.models import package
from core.reports import cards, typical_cases
from core.results import predictions_file
from core.runtimes import opening
from core.statistics import decision_rule
from tests.support import brightness, compared, made_models

nothing_shipped = compared.nothing_shipped


def choose(found):
    table = predictions_file.read(found.file(package.PREDICTIONS_FILE))
    return typical_cases.choose(found, cards.answer_test(found, table), table[table["split"] == "test"])


def kinds(cases):
    return [(case.label, case.answer) for case in cases]


@pytest.fixture
def judged(tiny_dataset, nothing_shipped):
    return compared.make_model(tiny_dataset, "fair", right=0.6, seed=1)


class Glow:
    """A method's source by hand: the evidence is the image's red, and it is counted how often it is asked."""

    layer_name, alignment, asked = "the image", None, 0

    def compute(self, images, class_index):
        Glow.asked += 1
        return np.asarray(images[..., 0], np.float32) / 255, np.zeros(len(images), np.float32)


@pytest.fixture
def glowing(monkeypatch):
    """Every model opens with numpy, and integrated gradients are the image's red."""
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))
    monkeypatch.setattr("core.explanation.methods.Method.find_source", lambda method, asked: Glow())
    monkeypatch.setattr(Glow, "asked", 0)


def test_hits_first_then_misses_two_of_three_of_the_positive_class(judged):
    assert kinds(choose(judged)) == [(0, 0), (0, 0), (1, 1), (0, 1), (0, 1), (1, 0)]


def test_each_is_the_nearest_to_the_median_confidence_of_its_kind(judged):
    """By hand from the table: the first of each kind of all its images, the second of those of other patients."""
    table = predictions_file.read(judged.file(package.PREDICTIONS_FILE))
    test = table[table["split"] == "test"].reset_index(drop=True)
    p = test["p_Parasitized"].to_numpy(float)
    test["answer"] = (p < 0.5).astype(int)
    test["sure"] = np.abs(np.log(p / (1 - p)))
    cases = choose(judged)
    for kind in dict.fromkeys(kinds(cases)):
        alike = test[(test["label"] == kind[0]) & (test["answer"] == kind[1])]
        distance = (alike["sure"] - alike["sure"].median()).abs()
        found = [case for case in cases if (case.label, case.answer) == kind]
        chosen = distance[alike["image_id"] == found[0].image_id].item()
        assert chosen == pytest.approx(distance.min(), abs=1e-6)
        for case in found[1:]:
            others = alike["group"] != found[0].group
            assert case.group != found[0].group
            assert distance[alike["image_id"] == case.image_id].item() == pytest.approx(
                distance[others].min(), abs=1e-6
            )


def test_the_threshold_decides_and_the_temperature_is_shown(judged):
    kept = made_models.keep_threshold(judged, 0.995)
    assert {case.answer for case in choose(kept)} == {1}, "no probability is as high"
    softened = made_models.alter(judged, calibration={"temperature": 3.0})
    for plain, soft in zip(choose(judged), choose(softened), strict=True):
        both = [plain.probability, 1 - plain.probability]
        assert soft.probability == pytest.approx(decision_rule.apply_temperature([both], 3.0)[0, 0])


@pytest.mark.parametrize(("right", "hits", "misses"), [(1.0, 3, 0), (0.0, 0, 3)])
def test_a_side_without_any_is_left_out(tiny_dataset, nothing_shipped, right, hits, misses):
    cases = choose(compared.make_model(tiny_dataset, "m", right=right))
    assert [sum(case.is_right == side for case in cases) for side in (True, False)] == [hits, misses]


def test_a_kind_that_is_lacking_is_filled_by_the_other(home):
    labels = [0] * 5 + [1] * 5
    answers = made_models.make_answers(labels, skill=30)
    answers.loc[5:8, ["p_Parasitized", "p_Uninfected"]] = 0.8, 0.2
    wrong = [case for case in choose(made_models.write_model(answers)) if not case.is_right]
    assert kinds(wrong) == [(1, 0)] * 3


def test_of_three_classes_one_a_class(home):
    names = ("a", "b", "c")
    answers = made_models.make_answers(
        np.arange(90) % 3, skill=1.0, names=names, groups=[f"P{n % 9}" for n in range(90)]
    )
    cases = choose(made_models.write_model(answers, names=names))
    assert sorted(case.label for case in cases[:3]) == sorted(case.label for case in cases[3:]) == [0, 1, 2]
    assert [case.is_right for case in cases] == [True] * 3 + [False] * 3


def test_the_order_of_the_rows_does_not_matter(judged):
    table = predictions_file.read(judged.file(package.PREDICTIONS_FILE))
    mixed = table.sample(frac=1, random_state=3)
    again = typical_cases.choose(judged, cards.answer_test(judged, mixed), mixed[mixed["split"] == "test"])
    assert again == choose(judged)


def test_image_beside_heatmap_and_heatmaps_are_made_once(judged, glowing):
    cases = choose(judged)
    drawn = typical_cases.draw(judged, cases)
    assert [picture.case for picture in drawn.pictures] == cases
    assert drawn.missing == ""
    for picture in drawn.pictures:
        assert picture.image_rgb.shape == picture.overlay_rgb.shape
        assert max(picture.image_rgb.shape) == typical_cases.SHOWN_PX
        assert (picture.image_rgb != picture.overlay_rgb).any()
        assert picture.name.endswith(".png")
        assert picture.strength == "not known", "nobody has measured what is usual for integrated gradients"
    assert Glow.asked == 6
    again = typical_cases.draw(judged, cases)
    assert Glow.asked == 6
    for first, second in zip(drawn.pictures, again.pictures, strict=True):
        assert np.array_equal(first.overlay_rgb, second.overlay_rgb)


def test_a_torn_file_of_heatmaps_is_made_again(judged, glowing):
    typical_cases.draw(judged, choose(judged))
    (kept,) = paths.cache_folder().glob("*-typical-*.npz")
    kept.write_bytes(kept.read_bytes()[:100])
    assert typical_cases.draw(judged, choose(judged)).pictures[0].overlay_rgb is not None
    assert Glow.asked == 12


def test_without_the_data_set_it_is_said(judged):
    cases = choose(judged)
    index.index_path("tiny").unlink()
    assert typical_cases.draw(judged, cases) == typical_cases.Drawn((), typical_cases.NOT_HERE)
    assert typical_cases.draw(judged, []) == typical_cases.Drawn(())


def test_an_image_that_is_gone_is_counted(judged, glowing, tiny_dataset):
    cases = choose(judged)
    row = tiny_dataset.table.set_index("image_id").loc[cases[0].image_id]
    (paths.datasets_folder() / "tiny" / row["path"]).unlink()
    drawn = typical_cases.draw(judged, cases)
    assert len(drawn.pictures) == 5
    assert drawn.missing.startswith("1 of these images are not on this machine")


def test_a_runtime_without_gradients_gives_images_and_the_reason(judged, monkeypatch):
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))
    drawn = typical_cases.draw(judged, choose(judged))
    assert {picture.overlay_rgb is None for picture in drawn.pictures} == {True}
    assert drawn.missing == "This runtime gives no gradients by the image."


def test_a_network_that_cannot_be_opened_is_said(judged, monkeypatch):
    def refuse(found):
        raise errors.ModelBroken(expected="a network", found="none", where=found.id, todo="Train again.")

    monkeypatch.setattr(opening, "open_runtime", refuse)
    drawn = typical_cases.draw(judged, choose(judged))
    assert len(drawn.pictures) == 6
    assert drawn.missing.startswith("No heatmaps: ModelBroken")
