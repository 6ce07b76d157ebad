"""Label suspects from the answers of models: whose answers count, and that planted wrong labels come out."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.base import errors, paths
from core.datasets.duplicates import near_identical
from core.datasets.index import index
from core.datasets.quality import doctor
from core.datasets.splits import saved_splits
from core.experiments import out_of_sample
from core.models import package
from core.training import run
from tests.support import decided, made_models, seen_images

NAMES = ("Parasitized", "Uninfected")


@pytest.fixture
def data(tiny_dataset, monkeypatch):
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    return tiny_dataset


def answers(data, rows, *, wrong=(), sure=0.95, split="test"):
    """Predictions for these rows that are right and sure, but for the rows in `wrong`."""
    images = data.table.loc[rows]
    labels = images["label"].to_numpy()
    right = ~np.isin(rows, wrong)
    positive = np.where((labels == 0) == right, sure, 1 - sure)
    columns = {"image_id": images["image_id"], "split": split, "group": images["group"], "label": labels}
    return pd.DataFrame(columns | {"p_Parasitized": positive, "p_Uninfected": 1 - positive})


def test_no_model_judges_nothing(data):
    judged = out_of_sample.collect_out_of_sample(data)
    assert (judged.covered, judged.total, judged.models) == (0, 72, ())
    assert out_of_sample.find_label_suspects(data, judged) == []


def test_answers_are_averaged_over_models_by_image(data):
    made_models.write_model(answers(data, list(range(40)), sure=0.9), leaky=False, model_id="one")
    made_models.write_model(answers(data, list(range(20, 60)), sure=0.7), leaky=False, model_id="two")
    judged = out_of_sample.collect_out_of_sample(data)
    assert judged.covered == 60
    assert set(judged.models) == {"one", "two"}
    table = judged.table.set_index("row")
    assert table.index.tolist() == list(range(60))
    assert table.loc[[5, 30, 50], "models"].tolist() == [1, 2, 1]
    assert table.loc[[5, 30, 50], "p_Parasitized"].tolist() == pytest.approx([0.9, 0.8, 0.3])
    assert (table["image_id"] == data.table.loc[table.index, "image_id"]).all()


def test_leaky_models_other_classes_and_training_images_do_not_count(data):
    made_models.write_model(answers(data, [0, 1, 2]), leaky=True, model_id="leaky")
    other = answers(data, [3, 4]).assign(image_id=["0" * 16, "1" * 16])
    made_models.write_model(other, model_id="elsewhere")
    relabelled = answers(data, [5, 6])
    made_models.write_model(relabelled.assign(label=1 - relabelled["label"]), model_id="relabelled")
    judged = out_of_sample.collect_out_of_sample(data)
    assert judged.covered == 0
    assert judged.left_out.keys() == {"leaky", "elsewhere", "relabelled"}
    assert "leaky" in judged.left_out["leaky"]


def test_an_image_that_was_trained_on_is_not_out_of_sample(data):
    one, other, third = data.table.drop_duplicates("group").index[:3]
    made_models.write_model(answers(data, [one, other, third]), trained=(data.table.at[other, "image_id"],))
    assert out_of_sample.collect_out_of_sample(data).table["row"].tolist() == [one, third]


def test_a_patient_or_a_copy_that_was_trained_on_is_not_out_of_sample(data, monkeypatch):
    """The model may be older than what is known of patients and copies now."""
    one, other, third = data.table.drop_duplicates("group").index[:3]
    same_patient = data.table.index[data.table["group"] == data.table.at[other, "group"]][1]
    made_models.write_model(answers(data, [one, same_patient, third]), trained=(data.table.at[other, "image_id"],))
    assert out_of_sample.collect_out_of_sample(data).table["row"].tolist() == [one, third]
    pairs = pd.DataFrame(
        {"row_a": [int(other)], "row_b": [int(third)], "similarity": [0.99], "how": ["near-identical"]}
    )
    monkeypatch.setattr(near_identical, "read_pairs", lambda data: pairs)
    assert out_of_sample.collect_out_of_sample(data).table["row"].tolist() == [one]


def test_validation_answers_are_not_out_of_sample(data):
    """They chose the best epoch."""
    made_models.write_model(answers(data, [0, 1], split="validation"))
    assert out_of_sample.collect_out_of_sample(data).covered == 0


def test_answers_to_copies_of_training_images_do_not_count_and_are_counted(data):
    """Other bytes under other names: nobody has looked for near-identical images in this data set."""
    seen_images.save_anew(data, "mixed", [*range(4), *range(68, 72)], seen_images.number_only)
    for path in sorted((paths.datasets_folder() / "mixed").rglob("*.jpg")):
        with Image.open(path) as image:
            image.save(path.with_name(f"copy_{path.stem}.png"))
    mixed = index.build_index("mixed")
    copied = mixed.table["path"].str.contains("copy_")
    trained, tested = mixed.table.index[~copied & (mixed.table["label"] == 0)], mixed.table.index[copied]
    made_models.write_model(answers(mixed, tested), trained=tuple(mixed.table.loc[trained, "image_id"]))
    judged = out_of_sample.collect_out_of_sample(mixed)
    assert (judged.covered, judged.known_answers) == (4, 4)
    assert set(judged.table["label"]) == {1}


def test_a_damaged_model_is_left_out_and_said(data, monkeypatch):
    made_models.write_model(answers(data, list(range(20))), leaky=False, model_id="good")
    made_models.write_model(answers(data, [30, 31]), model_id="broken")
    read_file = package.read_file

    def refuse(found, name):
        if found.id == "broken":
            raise errors.ModelBroken(expected="its file", found="another", where="broken", todo="Remove it.")
        return read_file(found, name)

    monkeypatch.setattr(package, "read_file", refuse)
    judged = out_of_sample.collect_out_of_sample(data)
    assert judged.models == ("good",)
    assert "Remove it." in judged.left_out["broken"]


def test_folds_that_are_not_possible_leave_nothing(data, monkeypatch):
    monkeypatch.setattr(run, "start_run", lambda found: None)
    few = data.table["image_id"][data.table["group"].isin([f"P{n}" for n in range(3, 12)])]
    decided.exclude("tiny", few.tolist(), "test")
    with pytest.raises(errors.SplitNotPossible):
        out_of_sample.start_folds(index.read_index("tiny"))
    assert run.list_runs() == []
    assert saved_splits.list_splits("tiny") == []


def test_folds_are_not_queued_twice(data, monkeypatch):
    monkeypatch.setattr(run, "start_run", lambda found: None)
    out_of_sample.start_folds(data, folds=3)
    with pytest.raises(errors.RunNotUsable, match="no fold of this data set in training"):
        out_of_sample.start_folds(data, folds=3)


def test_planted_wrong_labels_come_out_most_doubtful_first(data):
    wrong = [3, 40, 50]
    made_models.write_model(answers(data, list(range(72)), wrong=wrong), leaky=False)
    judged = out_of_sample.collect_out_of_sample(data)
    (finding,) = out_of_sample.find_label_suspects(data, judged)
    assert sorted(finding.rows["row"]) == wrong
    assert (finding.n, finding.of, finding.kind) == (3, 72, "suspect")
    labels = data.table.loc[finding.rows["row"], "label"]
    assert finding.rows["suggested"].tolist() == [NAMES[1 - label] for label in labels]
    assert finding.rows["score"].is_monotonic_decreasing
    assert finding.rows["detail"].str.contains("95 %").all()


def test_an_excluded_image_is_no_longer_listed_and_the_rest_stays(data):
    made_models.write_model(answers(data, list(range(72)), wrong=[3, 40, 50]), leaky=False)
    found = out_of_sample.find_label_suspects(data, out_of_sample.collect_out_of_sample(data))
    decided.exclude("tiny", [data.table.at[40, "image_id"]], "test")
    again = index.read_index("tiny")
    assert out_of_sample.collect_out_of_sample(again).covered == 72
    (finding,) = doctor.leave_out_fine(found, again, {})
    assert sorted(finding.rows["row"]) == [3, 50]


def test_folds_are_queued_as_kept_splits_that_cover_every_image(tiny_dataset, monkeypatch):
    started = []
    monkeypatch.setattr(run, "start_run", lambda found: started.append(found.id))
    created = out_of_sample.start_folds(tiny_dataset, folds=3, epochs=2)
    assert started == [one.id for one in created]
    tested = [row for one in created for row in one.read_split().query("split == 'test'")["row"]]
    assert sorted(tested) == tiny_dataset.usable.index.tolist()
    assert [one.recipe.saved_split for one in created] == ["fold-1-of-3", "fold-2-of-3", "fold-3-of-3"]
    assert not any(one.facts.split.leaky for one in created)
    assert saved_splits.read_split("tiny", "fold-2-of-3").settings.fold == (1, 3)
