"""A model on other images than its own, with a network that only pretends: what is scored, and what is left out."""

import numpy as np
import pytest

from core.base import errors
from core.datasets.index import index
from core.results import on_dataset
from core.runtimes import opening
from core.statistics import decision_rule, summary
from tests.support import brightness, decided, made_models

LABELS = np.tile([0, 1], 30)
CONTENT = {"name": "elsewhere", "fingerprint": "e" * 64}


@pytest.fixture
def pretended(monkeypatch):
    """All models answer by the brightness of an image."""
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))


def make(model_id="m", **options):
    table = made_models.make_answers(LABELS, names=options.get("names", made_models.NAMES))
    return made_models.write_model(table, model_id, **{"dataset": CONTENT, **options})


def test_a_models_own_result_is_that_of_its_manifest(home):
    found = make()
    assert on_dataset.evaluate("m") == found.manifest.test


def test_a_kept_operating_point_is_told_beside_it(home):
    kept = made_models.keep_threshold(make(), 0.2)
    result = on_dataset.evaluate("m")
    assert result.pop("operating_point") == {"threshold": 0.2, **kept.manifest.operating_point.test}
    assert result == kept.manifest.test


def test_on_another_data_set_all_images_are_answered(tiny_dataset, pretended):
    found = make()
    result = on_dataset.evaluate("m", "tiny")
    assert (result["n"], result["groups"], result["excluded"]["training_images"]) == (72, 12, 0)
    assert "operating_point" not in result
    made_models.keep_threshold(found, 0.99)
    moved = on_dataset.evaluate("m", "tiny")
    assert moved["operating_point"]["sensitivity"].value == 0
    assert moved["operating_point"]["threshold"] == 0.99
    assert moved["accuracy"] == result["accuracy"]


def test_the_result_at_the_operating_point_is_its_threshold_on_the_same_answers(tiny_dataset, pretended):
    found = made_models.keep_threshold(make(), 0.7)
    table = on_dataset.build_table(found, tiny_dataset)
    answers = on_dataset.predict_rows(found, tiny_dataset, table, opening.open_runtime(found))
    scored = table.assign(**{f"p_{name}": answers[:, n] for n, name in enumerate(found.class_names)})
    expected = summary.summarise(
        scored, found.class_names, found.positive_class, answers=decision_rule.decide(answers, 0, 0.7)
    )
    result = on_dataset.evaluate("m", "tiny")["operating_point"]
    assert result == {"threshold": 0.7, **expected}


def test_labels_are_in_the_models_order(tiny_dataset):
    found = make(names=made_models.NAMES[::-1])
    table = on_dataset.build_table(found, tiny_dataset)
    names = [tiny_dataset.class_names[label] for label in tiny_dataset.table["label"]]
    assert [found.class_names[label] for label in table["label"]] == names


def test_classes_that_it_lacks_are_refused(tiny_dataset, pretended):
    make(names=("cats", "dogs"))
    with pytest.raises(errors.ClassesDiffer, match="Uninfected"):
        on_dataset.evaluate("m", "tiny")


def test_a_known_image_makes_its_whole_patient_known(tiny_dataset, pretended):
    """Even where the model was trained on another data set, which may call the patient otherwise."""
    first = tiny_dataset.table.iloc[0]
    found = make(trained=(first["image_id"],), trained_groups="another name")
    table, looked = on_dataset.look(found, tiny_dataset)
    assert set(table["group"][looked.known]) == {first["group"]}
    assert (looked.known == (table["group"] == first["group"])).all()
    excluded = on_dataset.evaluate("m", "tiny")["excluded"]
    assert excluded["training_images"] == int(looked.known.sum()) == 6
    assert excluded["by"]["content"] == {"training": 1, "validation": 0}
    assert excluded["by"]["patient"] == {"training": 5, "validation": 0}
    assert "1 of 12 patients of these images are in its training." in excluded["said"]


def test_excluded_images_are_not_counted_and_rows_stay_with_their_images(tiny_dataset):
    decided.exclude("tiny", tiny_dataset.table["image_id"].iloc[:3].tolist())
    last = tiny_dataset.table.iloc[-1]
    table, looked = on_dataset.look(make(trained=(last["image_id"],)), index.read_index("tiny"))
    assert len(table) == len(looked.known) == 69
    assert set(table["group"][looked.known]) == {last["group"]}


def test_where_all_is_known_nothing_is_evaluated(tiny_dataset, pretended):
    make(trained=tuple(tiny_dataset.table["image_id"]))
    with pytest.raises(errors.DatasetHasNoImages, match="72 of 72 images are among its training images"):
        on_dataset.evaluate("m", "tiny")
