"""Where two models disagree: kinds, order, thresholds, and that nothing gets lost."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as reference

from core.datasets.index import index
from core.results import disagreement
from tests.support import made_models

NAMES = ("Parasitized", "Uninfected")
PLAIN = (disagreement.Judge(0), disagreement.Judge(0))


def make_table(labels, chances, names=NAMES):
    """Predictions of images i0, i1 ...; `chances` is (N,) of class 0, or (N, K)."""
    values = np.asarray(chances, dtype=float)
    values = np.stack([values, 1 - values], axis=1) if values.ndim == 1 else values
    columns = {f"p_{name}": values[:, place] for place, name in enumerate(names)}
    ids = [f"{number:016x}" for number in range(len(values))]
    return pd.DataFrame({"image_id": ids, "group": "", "label": np.asarray(labels, dtype=int), **columns})


def make_pair(n, classes, seed=0):
    rng = np.random.default_rng(seed)
    names = tuple(f"kind{place}" for place in range(classes))
    labels = rng.integers(0, classes, n)
    tables = [make_table(labels, rng.dirichlet(np.ones(classes), n), names) for _ in range(2)]
    return *tables, names


def test_small_case_by_hand():
    first = make_table([0, 0, 1, 1, 0], [0.9, 0.8, 0.2, 0.95, 0.4])
    second = make_table([0, 0, 1, 1, 0], [0.3, 0.9, 0.7, 0.6, 0.1])
    cases = disagreement.find_cases(first, second, NAMES, judges=PLAIN)
    assert disagreement.count_kinds(cases) == {"only_a": 2, "only_b": 0, "both_wrong": 2, "both_right": 1}
    only_a = cases[cases["kind"] == "only_a"]
    assert only_a["image_id"].str[-1].tolist() == ["0", "2"]  # B is sure by 0.7 both times: the first of equals
    assert only_a["probability_b"].tolist() == pytest.approx([0.7, 0.7])
    assert only_a["answer_b"].tolist() == [1, 0]
    # Of both wrong, the first is the one where the less confident model is most confident: 0.6 (i3) and 0.6 (i4) of A
    # are equal, B's 0.6 on i3 limits it to log odds of 0.6, A's 0.6 on i4 likewise.
    both = cases[cases["kind"] == "both_wrong"]
    assert both["sureness"].tolist() == pytest.approx([np.log(0.6 / 0.4)] * 2)


def test_the_most_confident_mistake_comes_first():
    first = make_table([0] * 4, [0.9] * 4)
    second = make_table([0] * 4, [0.4, 0.01, 0.2, 0.49])
    cases = disagreement.find_cases(first, second, NAMES, judges=PLAIN)
    assert cases["kind"].unique().tolist() == ["only_a"]
    assert cases["image_id"].str[-1].tolist() == ["1", "2", "0", "3"]
    assert (np.diff(cases["sureness"]) <= 0).all()


@pytest.mark.parametrize(("n", "classes"), [(0, 2), (1, 2), (200, 2), (200, 5)])
def test_nothing_gets_lost_and_matrices_agree_with_scikit_learn(n, classes):
    first, second, names = make_pair(n, classes)
    cases = disagreement.find_cases(first, second, names, judges=PLAIN)
    assert sum(disagreement.count_kinds(cases).values()) == n == len(cases)
    assert sorted(cases["image_id"]) == first["image_id"].tolist()
    assert not cases[["sureness", "probability_a", "probability_b"]].isna().any().any()
    of_a, of_b = disagreement.compute_confusions(cases, classes)
    assert of_a.sum() == of_b.sum() == n
    assert ((of_b - of_a).sum(1) == 0).all()
    if n:
        for made, table in ((of_a, first), (of_b, second)):
            answers = table.filter(like="p_").to_numpy().argmax(1)
            expected = reference.confusion_matrix(table["label"], answers, labels=range(classes))
            assert made.tolist() == expected.tolist()


def test_exchanging_the_models_exchanges_the_kinds():
    first, second, names = make_pair(100, 3)
    one = disagreement.count_kinds(disagreement.find_cases(first, second, names, judges=PLAIN))
    other = disagreement.count_kinds(disagreement.find_cases(second, first, names, judges=PLAIN))
    assert (one["only_a"], one["only_b"], one["both_wrong"]) == (other["only_b"], other["only_a"], other["both_wrong"])


def test_each_model_answers_by_its_own_threshold_and_positive_class():
    table = make_table([0, 1], [0.4, 0.4])
    strict = disagreement.Judge(0, threshold=0.3)  # answers Parasitized from 0.3 on
    other = disagreement.Judge(1, threshold=0.7)  # answers Uninfected from 0.7 on, so Parasitized here
    cases = disagreement.find_cases(table, table, NAMES, judges=(strict, disagreement.Judge(0)))
    assert cases.set_index("image_id")["kind"].tolist().count("only_a") == 1
    cases = disagreement.find_cases(table, table, NAMES, judges=(strict, other))
    assert disagreement.count_kinds(cases)["only_a"] == disagreement.count_kinds(cases)["only_b"] == 0


def test_a_temperature_changes_what_is_shown_and_no_answer():
    table = make_table([0, 1, 0], [0.9, 0.8, 0.2])
    soft = (disagreement.Judge(0, temperature=2.0), disagreement.Judge(0))
    cases = disagreement.find_cases(table, table, NAMES, judges=soft).sort_values("image_id")
    assert (cases["answer_a"] == cases["answer_b"]).all()
    assert (cases["probability_a"] < cases["probability_b"]).all()
    assert cases["probability_a"].iloc[0] == pytest.approx(0.75)  # odds 9, softened to 3


def test_probabilities_of_0_and_1_stay_finite():
    table = make_table([0, 1], [0.0, 1.0])
    cases = disagreement.find_cases(table, table, NAMES, judges=PLAIN)
    assert np.isfinite(cases["sureness"]).all()
    assert disagreement.count_kinds(cases)["both_wrong"] == 2


def test_tables_of_other_images_are_refused():
    table = make_table([0, 1], [0.4, 0.4])
    with pytest.raises(ValueError, match="same images"):
        disagreement.find_cases(table, table.iloc[::-1], NAMES, judges=PLAIN)


def test_judges_come_from_the_manifest(small_packages):
    judge = disagreement.make_judge(small_packages, ("Uninfected", "Parasitized"))
    assert judge == disagreement.Judge(1, None, None)


@pytest.fixture
def small_packages(home):
    rng = np.random.default_rng(0)
    positive = rng.random(40)
    table = pd.DataFrame(
        {
            "image_id": [f"{n:016x}" for n in range(40)],
            "split": "test",
            "group": "",
            "label": np.arange(40) % 2,
            "p_Parasitized": positive,
            "p_Uninfected": 1 - positive,
        }
    )
    return made_models.write_model(table)


def test_rows_of_images_are_found_in_a_data_set(tiny_dataset: index.Index):
    wanted = tiny_dataset.table["image_id"].iloc[[5, 2]].tolist()
    assert disagreement.find_rows(tiny_dataset, [*wanted, "0" * 16]) == {wanted[0]: 5, wanted[1]: 2}
    assert disagreement.find_rows(tiny_dataset, []) == {}
