"""A model on other images than its own, with a network that only pretends: what is scored, and what is left out."""

import numpy as np
import pytest

from core import errors
from core.evaluation import deciding, summary
from core.inference import batch
from core.runtimes import opening
from tests import brightness, made_models

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
    assert batch.evaluate("m") == found.manifest.test.to_json()


def test_a_kept_operating_point_is_told_beside_it(home):
    kept = made_models.keep_threshold(make(), 0.2)
    result = batch.evaluate("m")
    assert result.pop("operating_point") == {"threshold": 0.2, **kept.manifest.operating_point.test.to_json()}
    assert result == kept.manifest.test.to_json()


def test_on_another_data_set_all_images_are_answered(tiny_dataset, pretended):
    found = make()
    result = batch.evaluate("m", "tiny")
    assert (result["n"], result["groups"], result["excluded"]) == (72, 12, {"training_images": 0})
    assert "operating_point" not in result
    made_models.keep_threshold(found, 0.99)
    moved = batch.evaluate("m", "tiny")
    assert moved["operating_point"]["sensitivity"].value == 0
    assert moved["operating_point"]["threshold"] == 0.99
    assert moved["accuracy"] == result["accuracy"]


def test_the_result_at_the_operating_point_is_its_threshold_on_the_same_answers(tiny_dataset, pretended):
    found = made_models.keep_threshold(make(), 0.7)
    table = batch.build_table(found, tiny_dataset)
    answers = batch.predict_rows(found, tiny_dataset, table)
    scored = table.assign(**{f"p_{name}": answers[:, n] for n, name in enumerate(found.class_names)})
    expected = summary.summarise(
        scored, found.class_names, found.positive_class, answers=deciding.decide(answers, 0, 0.7)
    )
    result = batch.evaluate("m", "tiny")["operating_point"]
    assert result == {"threshold": 0.7, **expected}


def test_labels_are_in_the_models_order(tiny_dataset):
    found = make(names=made_models.NAMES[::-1])
    table = batch.build_table(found, tiny_dataset)
    names = [tiny_dataset.class_names[label] for label in tiny_dataset.table["label"]]
    assert [found.class_names[label] for label in table["label"]] == names


def test_classes_that_it_lacks_are_refused(tiny_dataset, pretended):
    make(names=("cats", "dogs"))
    with pytest.raises(errors.ClassesDiffer, match="Uninfected"):
        batch.evaluate("m", "tiny")


def test_a_known_image_makes_its_whole_patient_known(tiny_dataset, pretended):
    """Even where the model was trained on another data set, which may call the patient otherwise."""
    first = tiny_dataset.table.iloc[0]
    found = make(trained=(first["image_id"],), trained_groups="another name")
    table = batch.build_table(found, tiny_dataset)
    known = batch.find_known(found, tiny_dataset, table)
    assert set(table["group"][known]) == {first["group"]}
    assert (known == (table["group"] == first["group"])).all()
    assert batch.evaluate("m", "tiny")["excluded"] == {"training_images": int(known.sum())}


def test_patients_by_name_count_in_the_same_data_set_only(tiny_dataset):
    group = tiny_dataset.table["group"].iloc[0]
    for dataset, expected in ((CONTENT, 0), ({"name": "tiny", "fingerprint": "e" * 64}, 6)):
        found = make(f"m-{expected}", trained=("f" * 16,), trained_groups=group, dataset=dataset)
        known = batch.find_known(found, tiny_dataset, batch.build_table(found, tiny_dataset))
        assert known.sum() == expected


def test_validation_images_are_known(tiny_dataset):
    row = tiny_dataset.table.iloc[5]
    table = made_models.make_answers(LABELS)
    table.loc[0, ["image_id", "split"]] = [row["image_id"], "validation"]
    found = made_models.write_model(table, "m", dataset=CONTENT)
    known = batch.find_known(found, tiny_dataset, batch.build_table(found, tiny_dataset))
    assert known[5]


def test_where_all_is_known_nothing_is_evaluated(tiny_dataset, pretended):
    make(trained=tuple(tiny_dataset.table["image_id"]))
    with pytest.raises(errors.DatasetHasNoImages, match="all of its training"):
        batch.evaluate("m", "tiny")
