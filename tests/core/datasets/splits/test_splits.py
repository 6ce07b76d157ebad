"""Splits: disjoint, covering, groups whole, classes in proportion, and a clear no where that cannot be."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.model_selection import StratifiedGroupKFold

from core.base import errors
from core.datasets.index import index
from core.datasets.splits import splits
from tests.support.made_indexes import make_index, make_malaria_index


def shares(table: pd.DataFrame) -> pd.DataFrame:
    """The share of each class (rows) that each split (columns) has."""
    return pd.crosstab(table["label"], table["split"], normalize="index")


@st.composite
def indexes(draw: st.DrawFn) -> index.Index:
    """Any index with enough of everything: groups of any size or none, copies, problems."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    count = draw(st.integers(60, 200))
    named = draw(st.integers(0, 30))
    names = np.array(["", *(f"P{number}" for number in range(12, 12 + named))])
    contents = np.arange(count)
    copies = rng.integers(0, count, draw(st.integers(0, 6)))
    contents[copies] = contents[0]
    labels = np.arange(count) % 2
    problems = np.where(rng.random(count) < 0.1, "cannot be read", "")
    groups = rng.choice(names, count)
    groups[:24] = ""  # so that every class can be everywhere
    problems[:24] = ""
    contents[:24] = 1000 + np.arange(24)
    return make_index(labels.tolist(), groups.tolist(), contents=contents.tolist(), problems=problems.tolist())


@settings(max_examples=30, deadline=None)
@given(indexes(), st.integers(0, 50), st.sampled_from(["patient", "random"]))
def test_disjoint_covering_and_the_same_again(cells: index.Index, seed: int, rule: splits.Rule) -> None:
    split = splits.make_split(cells, rule=rule, seed=seed)
    assert split.table["row"].tolist() == cells.usable.index.tolist()
    assert split.table["image_id"].tolist() == cells.usable["image_id"].tolist()
    assert set(split.table["split"]) == set(splits.SPLITS)
    pd.testing.assert_frame_equal(split.table, splits.make_split(cells, rule=rule, seed=seed).table)


@settings(max_examples=30, deadline=None)
@given(indexes(), st.integers(0, 50))
def test_patients_and_copies_stay_whole(cells: index.Index, seed: int) -> None:
    split = splits.make_split(cells, rule="patient", seed=seed)
    known = split.table[split.table["group"] != ""]
    assert (known.groupby("group")["split"].nunique() == 1).all()
    sha256 = cells.table.loc[split.table["row"], "sha256"].to_numpy()
    assert (split.table.groupby(sha256)["split"].nunique() == 1).all()
    assert (split.groups_shared, split.leaky) == (0, False)


@pytest.mark.parametrize("seed", range(5))
def test_classes_are_as_balanced_as_by_scikit_learn(seed: int) -> None:
    cells = make_malaria_index(seed)
    table = splits.make_split(cells, rule="patient", seed=seed, validation_fraction=0.2, test_fraction=0.2).table
    ours = (shares(table)[["validation", "test"]] - 0.2).abs().to_numpy().max()
    usable = cells.usable
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=seed).split(usable, usable["label"], usable["group"])
    totals = usable["label"].value_counts()
    theirs = [(usable["label"].iloc[test].value_counts() / totals - 0.2).abs().max() for _, test in folds]
    assert ours <= np.mean(theirs)
    assert ours < 0.01


def test_a_split_by_patient_has_its_size() -> None:
    table = splits.make_split(make_malaria_index(1), rule="patient", seed=1).table
    assert table["split"].value_counts(normalize=True)["test"] == pytest.approx(0.15, abs=0.01)
    assert table["split"].value_counts(normalize=True)["validation"] == pytest.approx(0.15, abs=0.01)


def test_another_seed_is_another_split() -> None:
    cells = make_malaria_index(2)
    first, second = (splits.make_split(cells, rule="patient", seed=seed).table["split"] for seed in (1, 2))
    assert (first != second).mean() > 0.3


def test_random_leaks_and_says_so() -> None:
    split = splits.make_split(make_malaria_index(3), rule="random", seed=0)
    assert split.leaky and split.groups_shared > 100
    np.testing.assert_allclose(shares(split.table)["test"], 0.15, atol=0.001)


def test_images_without_groups_are_divided_exactly() -> None:
    split = splits.make_split(make_index([0, 1] * 100, [""] * 200), rule="patient", seed=0)
    assert split.table.groupby("split")["label"].value_counts().to_dict() == {
        **{("train", label): 70 for label in (0, 1)},
        **{(name, label): 15 for name in ("validation", "test") for label in (0, 1)},
    }
    assert not split.leaky


def test_groups_joined_by_a_copy_stay_together() -> None:
    groups = ["A", "A", "B", "B", *(f"P{number}" for number in range(20))]
    cells = make_index([0, 1] * 12, groups, contents=[0, 1, 1, 2, *range(3, 23)])
    for seed in range(10):
        table = splits.make_split(cells, rule="patient", seed=seed).table
        assert table.loc[table["group"].isin(["A", "B"]), "split"].nunique() == 1


@pytest.mark.parametrize("seed", range(5))
def test_three_patients_are_enough(seed: int) -> None:
    groups = ["A"] * 40 + ["B"] * 30 + ["C"] * 8
    split = splits.make_split(make_index([0, 1] * 39, groups), rule="patient", seed=seed)
    assert split.table.groupby("split")["group"].nunique().tolist() == [1, 1, 1]
    assert split.table.loc[split.table["group"] == "A", "split"].unique().tolist() == ["train"]


def test_rare_class_reaches_every_split() -> None:
    """Three of 33 patients carry a class; dealt out by size alone they would often fall together."""
    labels = [0, 1] * 3 + [1] * 300
    groups = ["A", "A", "B", "B", "C", "C", *(f"H{number % 30}" for number in range(300))]
    for seed in range(10):
        table = splits.make_split(make_index(labels, groups), rule="patient", seed=seed).table
        assert table.loc[table["label"] == 0, "split"].nunique() == 3


def test_too_few_patients_are_counted() -> None:
    labels = [0] * 20 + [1] * 100
    groups = ["A"] * 10 + ["B"] * 10 + [f"H{number % 20}" for number in range(100)]
    with pytest.raises(errors.SplitNotPossible, match="2 patients with Parasitized"):
        splits.make_split(make_index(labels, groups), rule="patient", seed=0)


@pytest.mark.parametrize("rule", ["patient", "random"])
def test_too_few_images_are_counted(rule: splits.Rule) -> None:
    with pytest.raises(errors.SplitNotPossible, match="2 images of Parasitized"):
        splits.make_split(make_index([0, 0] + [1] * 50, [""] * 52), rule=rule, seed=0)


def test_unusable_images_are_left_out() -> None:
    problems = ["cannot be read" if number % 10 == 0 else "" for number in range(100)]
    table = splits.make_split(make_index([0, 1] * 50, [""] * 100, problems=problems), rule="patient", seed=0).table
    assert len(table) == 90
    assert not set(table["row"]) & set(range(0, 100, 10))


def test_no_usable_image_at_all() -> None:
    with pytest.raises(errors.SplitNotPossible, match="0 images of Parasitized"):
        splits.make_split(make_index([0, 1], ["", ""], problems=["bad", "bad"]), rule="patient", seed=0)


GIVEN = ["train"] * 60 + ["validation"] * 10 + ["test"] * 30


def test_given_is_kept() -> None:
    split = splits.make_split(make_index([0, 1] * 50, [""] * 100, given=GIVEN), rule="given", seed=0)
    assert split.table["split"].tolist() == GIVEN
    assert not split.leaky


def test_given_can_leak() -> None:
    groups = [f"P{number % 5}" for number in range(100)]
    split = splits.make_split(make_index([0, 1] * 50, groups, given=GIVEN), rule="given", seed=0)
    assert (split.leaky, split.groups_shared) == (True, 5)


def test_given_without_validation_takes_whole_patients_from_train() -> None:
    names = ["train"] * 80 + ["test"] * 20
    groups = [f"P{number // 4}" for number in range(100)]
    split = splits.make_split(make_index([0, 1] * 50, groups, given=names), rule="given", seed=0)
    assert split.table["split"].tolist()[80:] == ["test"] * 20
    assert split.table["split"].value_counts().to_dict() == {"train": 68, "test": 20, "validation": 12}
    assert not split.leaky


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([""] * 100, "no such folders"),
        (["train"] * 100, "train with 100"),
        (["test"] * 60 + ["validation"] * 40, "validation with 40, test with 60"),
        (["train"] * 60 + ["test"] * 30 + [""] * 10, "train with 60, test with 30, and 10 images outside them"),
    ],
)
def test_given_splits_that_are_not_there(names: list[str], found: str) -> None:
    with pytest.raises(errors.SplitNotPossible, match=found):
        splits.make_split(make_index([0, 1] * 50, [""] * 100, given=names), rule="given", seed=0)


def test_given_test_without_a_class() -> None:
    labels = [0, 1] * 35 + [1] * 30
    with pytest.raises(errors.SplitNotPossible, match="30 Parasitized in train, 5 Parasitized in validation, 0"):
        splits.make_split(make_index(labels, [""] * 100, given=GIVEN), rule="given", seed=0)


@pytest.mark.parametrize(
    ("validation", "test"), [(0.0, 0.15), (0.15, 0.51), (-0.1, 0.2), (0.45, 0.45), (float("nan"), 0.1)]
)
def test_fractions_out_of_range(validation: float, test: float) -> None:
    with pytest.raises(errors.SplitNotPossible, match="fraction"):
        splits.make_split(
            make_malaria_index(0), rule="patient", seed=0, validation_fraction=validation, test_fraction=test
        )


def test_unknown_rule() -> None:
    with pytest.raises(errors.SplitNotPossible, match="patient, random, given"):
        splits.make_split(make_malaria_index(0), rule="alphabet", seed=0)  # type: ignore[arg-type]  # what a request may hold


def test_many_images_take_seconds_at_most() -> None:
    """30,000 images in 10,000 groups: no step may grow with the square of their number."""
    groups = [f"P{number // 3}" for number in range(30_000)]
    split = splits.make_split(make_index([0, 1] * 15_000, groups), rule="patient", seed=0)
    np.testing.assert_allclose(shares(split.table)["test"], 0.15, atol=0.001)


def make_chest_like(*, validation: int = 16) -> index.Index:
    """Train, a validation folder of a few images, test: as the chest X-rays come. Three images a patient."""
    names = ["train"] * 300 + ["validation"] * validation + ["test"] * 60
    groups = [f"{name[0]}{number // 3}" for number, name in enumerate(names)]
    return make_index([number % 2 for number in range(len(names))], groups, given=names)


def test_a_proper_validation_part_is_made_of_train_and_validation() -> None:
    chest = make_chest_like()
    split = splits.make_split(chest, rule="given", seed=0, remake_validation=True, validation_fraction=0.2)
    table = split.table
    given = np.array(chest.table["split"])
    assert (table.loc[given == "test", "split"] == "test").all()
    assert (table.loc[given != "test", "split"] != "test").all()
    assert (table["split"] == "validation").sum() == pytest.approx(0.2 * 316, abs=6)
    assert (table.groupby("group")["split"].nunique() == 1).all()
    as_given = splits.make_split(chest, rule="given", seed=0, validation_fraction=0.2)
    assert as_given.table["split"].tolist() == given.tolist()


def test_sixteen_validation_images_are_too_few() -> None:
    said = splits.judge_validation(16)
    assert said is not None
    assert "16 of 16 right" in said
    assert "81 to 100 %" in said
    assert splits.judge_validation(1).startswith("The validation part has 1 image.")
    assert "0 images" in splits.judge_validation(0)


def test_validation_is_judged_by_wilson() -> None:
    for count in range(1, 200):
        low = stats.binomtest(count, count).proportion_ci(0.95, method="wilson").low
        assert (splits.judge_validation(count) is None) == (low >= 0.95)
    assert "73 images or more" in splits.judge_validation(20)
    assert splits.judge_validation(73) is None


@settings(max_examples=20, deadline=None)
@given(indexes(), st.integers(0, 50), st.sampled_from(["patient", "random"]))
def test_near_copies_stay_together_where_asked(cells: index.Index, seed: int, rule: splits.Rule) -> None:
    rng = np.random.default_rng(seed)
    pairs = pd.DataFrame(np.sort(rng.choice(len(cells.table), (5, 2), replace=False)), columns=["row_a", "row_b"])
    table = splits.make_split(cells, rule=rule, seed=seed, together=pairs).table.set_index("row")
    for a, b in pairs.itertuples(index=False):
        if a in table.index and b in table.index:
            assert table.at[a, "split"] == table.at[b, "split"]
    if rule == "patient":
        assert splits.count_groups_shared(table) == 0


def test_near_copies_are_linked_by_way_of_an_image_that_is_left_out() -> None:
    cells = make_index([0] * 4, [""] * 4, problems=["", "bad", "", ""])
    pairs = pd.DataFrame({"row_a": [0, 1], "row_b": [1, 3]})
    units = splits.find_units(cells.usable, pairs)  # of the rows 0, 2, 3
    assert units[0] == units[2] != units[1]


def test_folds_are_each_the_test_part_once_and_keep_patients_whole():
    data = make_malaria_index(0)
    tested: dict[int, int] = {}
    for number in range(5):
        table = splits.make_split(data, rule="patient", seed=3, fold=(number, 5)).table
        assert splits.count_groups_shared(table) == 0
        shares = table["split"].value_counts(normalize=True)
        assert shares["test"] == pytest.approx(0.2, abs=0.03)
        assert shares["validation"] == pytest.approx(0.2, abs=0.03)
        for row in table.loc[table["split"] == "test", "row"]:
            tested[row] = tested.get(row, 0) + 1
    assert sorted(tested) == data.usable.index.tolist()
    assert set(tested.values()) == {1}


@pytest.mark.parametrize(
    ("rule", "fold"), [("given", (0, 5)), ("patient", (5, 5)), ("patient", (0, 2)), ("random", (-1, 5))]
)
def test_folds_that_are_none_are_refused(rule, fold):
    with pytest.raises(errors.SplitNotPossible, match="folds"):
        splits.make_split(make_malaria_index(0), rule=rule, seed=0, fold=fold)
