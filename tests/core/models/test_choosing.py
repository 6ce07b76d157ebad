"""With which model one begins, and what is said beside its name."""

import pytest

from core.models import choosing, package
from core.statistics import estimate
from tests.support import made_models

REAL = {"name": "mine", "content": "c" * 64, "images": 500, "classes": {"Parasitized": 250, "Uninfected": 250}}
DRAWN = REAL | {"name": "sample", "content": "d" * 64, "images": 2000, "facts": {"kind": "drawn"}}
OTHER = {"name": "leaves", "content": "e" * 64, "images": 9000, "classes": {"oak": 1, "elm": 1}}


@pytest.fixture
def make(home):
    """A model by name, with what matters here."""
    table = made_models.make_answers([0, 1] * 30)

    def write(model_id, *, low=0.9, leaky=False, content="c" * 64, kind="imported", training=None, **changes):
        made_of = {"name": "mine", "fingerprint": content, "content": content, "kind": kind}
        found = made_models.write_model(table, model_id, leaky=leaky, dataset=made_of, **changes)
        accuracy = estimate.Estimate(0.95, low, 0.99, 60)
        return made_models.alter(found, test={"accuracy": accuracy}, training=training or {})

    return write


def names(found):
    return [one.id for one in found]


def test_the_lower_end_of_the_interval_decides_and_not_the_date(make):
    newest, best, old = make("newest", low=0.80), make("best", low=0.93), make("old", low=0.92)
    assert names(choosing.sort_by_merit([newest, best, old], REAL)) == ["best", "old", "newest"]
    assert choosing.choose_first([newest, best, old], REAL) is best
    assert choosing.choose_first([], REAL) is None


def test_a_test_without_an_interval_is_behind_one_with(make):
    assert names(choosing.sort_by_merit([make("untested", low=None), make("poor", low=0.1)], REAL)) == [
        "poor",
        "untested",
    ]


def test_of_equals_the_newest(make):
    assert names(choosing.sort_by_merit([make("new"), make("old")], REAL)) == ["new", "old"]


def test_a_leaky_model_is_not_first_where_an_honest_one_will_do(make):
    leaky, honest = make("leaky", low=0.99, leaky=True), make("honest", low=0.7, content="f" * 64)
    assert names(choosing.sort_by_merit([leaky, honest], REAL)) == ["honest", "leaky"]
    assert choosing.choose_first([leaky], REAL) is leaky


def test_a_half_trained_model_is_behind_a_whole_one(make):
    half = make("half", low=0.99, training={"epochs": 1, "stopped_by_hand": True})
    assert choosing.choose_first([half, make("whole", low=0.7)], REAL).id == "whole"


def test_the_models_of_this_data_set_before_those_of_another(make):
    own, elsewhere = make("own", low=0.8), make("elsewhere", low=0.95, content="f" * 64)
    assert choosing.choose_first([elsewhere, own], REAL) is own


def test_after_a_training_on_drawn_cells_real_ones_are_not_answered_by_it(make):
    drawn, real = make("drawn", low=0.99, content="d" * 64, kind="drawn"), make("real", low=0.9, content="f" * 64)
    leaky = make("leaky", low=0.9, content="f" * 64, leaky=True)
    assert choosing.choose_first([drawn, real], REAL) is real
    assert choosing.choose_first([drawn, leaky], REAL) is leaky
    assert choosing.choose_first([drawn, real], None) is real
    assert choosing.choose_first([drawn, real], OTHER) is real
    assert choosing.choose_first([drawn, real], DRAWN) is drawn
    assert choosing.choose_first([drawn], REAL) is drawn


def test_a_model_of_other_classes_is_last(make):
    leaves = make("leaves", low=0.99, content="e" * 64, class_names=["oak", "elm"], positive_class="oak")
    assert names(choosing.sort_by_merit([leaves, make("cells", low=0.2)], REAL)) == ["cells", "leaves"]


def test_the_data_set_in_hand_is_the_largest_that_was_trained_on_and_not_drawn(make):
    models = [make("real"), make("drawn", content="d" * 64, kind="drawn")]
    smaller = REAL | {"name": "smaller", "images": 20}
    assert choosing.choose_data([smaller, DRAWN, OTHER, REAL], models)["name"] == "mine"
    assert choosing.choose_data([DRAWN, OTHER], models) is None
    assert choosing.choose_data([], models) is None


def test_what_a_model_was_trained_on_is_said_by_what_is_known(make, monkeypatch):
    monkeypatch.setitem(choosing.KNOWN_CONTENTS, "1" * 64, "cells")
    monkeypatch.setitem(choosing.KNOWN_CONTENTS, "2" * 64, "chest X-rays")
    monkeypatch.setitem(choosing.KNOWN_CONTENTS, "3" * 64, "photos")
    said = choosing.say_trained_on
    split = make("split").manifest.split.to_json()
    alone = {"split": split | {"groups": dict.fromkeys(split["groups"], 0)}}
    assert said(make("a", content="1" * 64)) == "real cells of 30 patients"
    assert said(make("b", content="2" * 64)) == "chest X-rays of 30 persons"
    assert said(make("c", content="3" * 64, **alone)) == "190 photos"
    assert said(make("d", kind="drawn")) == "drawn cells"
    assert said(make("e")) == "mine: 190 images of 30 patients"
    assert said(make("f", **alone)) == "mine: 190 images"
    assert said(make("g", kind="catalogue")) == "real cells of 30 patients"
    trees = make("h", kind="catalogue", class_names=["oak", "elm"], positive_class="oak")
    assert said(trees) == "mine: 190 images of 30 patients"


def test_nothing_is_called_real_because_of_its_classes_or_names(make):
    """Drawn cells that were taken away and brought in again have the names of real ones."""
    assert "real" not in choosing.say_trained_on(make("again", kind="imported"))


def test_patients_in_several_parts_are_counted_once(make):
    groups = {"train": 9, "validation": 9, "test": 8}
    split = made_models.make_division(groups=groups, groups_shared=9).to_json()
    assert choosing.say_trained_on(make("leaky", split=split)) == "mine: 160 images of 9 patients"


def test_an_old_manifest_that_says_little(make):
    old = made_models.write_model(
        made_models.make_answers([0, 1] * 30), dataset={"name": "cells", "fingerprint": "0" * 64}
    )
    assert choosing.say_origin(old) == "cells: 190 images of 30 patients"


def test_what_is_half_trained_says_so(make):
    stopped = {"epochs": 3, "stopped_by_hand": True}
    assert choosing.say_unfinished(make("a", training=stopped)) == "stopped after 3 of 5 epochs"
    assert choosing.say_origin(make("b", training=stopped)).endswith("30 patients, stopped after 3 of 5 epochs")
    assert choosing.say_unfinished(make("c", training={"epochs": 3, "stopped_by_hand": False})) == ""
    assert choosing.say_unfinished(make("d", training={"epochs": 5, "stopped_by_hand": True})) == ""
    assert choosing.say_unfinished(make("e", training={"epochs": 3})) == ""
    assert "leaky split" in choosing.say_origin(make("f", leaky=True))


def test_the_shipped_models_say_on_what_they_were_trained():
    said = {found.id: choosing.say_origin(found) for found in package.list_packages()}
    assert said["malaria-smear-cnn-micro"] == said["malaria-base-cnn"] == "real cells of 160 patients"
    assert said["malaria-base-cnn-random"] == "real cells of 160 patients, leaky split"
    assert said["chest-smear-cnn"] == "chest X-rays of 2,635 persons"
    assert said["cats-dogs-smear-cnn"] == "2,000 photos"
    assert said["sample-cells-base-cnn"] == "drawn cells"
    assert choosing.describe(package.find_package("sample-cells-base-cnn"))["trained_on"] == "drawn cells"


def test_with_nothing_chosen_one_begins_with_the_best_that_learnt_from_real_cells():
    assert choosing.choose_first(package.list_packages()).id == "malaria-smear-cnn-micro"


def test_models_stand_by_data_set_and_those_apart_by_themselves(make):
    few, best = make("few", low=0.9), make("best", low=0.95)
    images = {"train": 9000, "validation": 30, "test": 30}
    many = made_models.alter(make("many", low=0.8, content="f" * 64), split={"images": images})
    apart = [
        make("drawn", low=0.99, kind="drawn"),
        make("leaky", low=0.98, leaky=True),
        make("half", low=0.97, training={"epochs": 1, "stopped_by_hand": True}),
    ]
    groups, others = choosing.group_by_data([*apart, few, many, best])
    assert list(map(names, groups)) == [["many"], ["best", "few"]]
    assert set(names(others)) == {"drawn", "leaky", "half"}
    assert choosing.group_by_data([]) == ([], [])
