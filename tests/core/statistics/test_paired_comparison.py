"""Two models on the same images: every number against another implementation or a hand-worked case, and the edges."""

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as reference

from core.statistics import decision_rule, metrics, paired_comparison, summary, tasks, wilson
from tests.support import byhand, made_models, studies

NAMES = made_models.NAMES
METRICS = ("accuracy", "sensitivity", "specificity", "auc")


def make_pair(n, *, patients=0, classes=2, gain=0.0, seed=0):
    """Two tasks of the same images; the second differs in its noise, and by `gain` in its skill."""
    first = studies.make_study(n, patients=patients, classes=classes, seed=seed)
    names = studies.name_classes(classes)
    columns = [f"p_{name}" for name in names]
    logits = np.log(first[columns].to_numpy())
    logits += np.random.default_rng(seed + 1).normal(0, 0.6, logits.shape)
    logits[np.arange(n), first["label"]] += gain
    second = first.assign(**dict(zip(columns, (np.exp(logits) / np.exp(logits).sum(1, keepdims=True)).T, strict=True)))
    return [tasks.build_task(table, names, names[0]) for table in (first, second)]


def make_tasks(labels, first, second, groups=""):
    """Two tasks of two classes from the probabilities of class 0."""
    tables = [studies.make_predictions(labels, chance, groups) for chance in (first, second)]
    return [tasks.build_task(table, NAMES, NAMES[0]) for table in tables]


def compare(a, b, **options):
    """The comparison, with what holds for every one."""
    found = studies.as_written(paired_comparison.compare(a, b, **options))
    require_sound(found, a.n)
    return found


def require_sound(found, n):
    assert found["n"] == n
    assert sum(found["mcnemar"].values()) == n
    assert set(found["metrics"]) == set(METRICS)
    for one in found["metrics"].values():
        if one["difference"] is None:
            assert one["interval"] is None
        elif one["interval"] is not None:
            low, high = one["interval"]
            assert -1 <= low <= one["difference"] <= high <= 1
            assert low < high
    main = found["metrics"]["accuracy"]
    assert (found["difference"], found["interval"]) == (main["difference"], main["interval"])
    if found["verdict"] == "tie":
        assert found["needed_difference"] >= abs(found["difference"]) - 1e-12
    elif found["verdict"] in "ab":
        assert found["needed_difference"] < abs(found["difference"])
        assert found["verdict"] == ("b" if found["difference"] > 0 else "a")


@pytest.mark.parametrize(("patients", "classes"), [(0, 2), (25, 2), (0, 5), (25, 5)])
def test_values_are_those_of_each_model_alone(patients, classes):
    a, b = make_pair(400, patients=patients, classes=classes)
    found = compare(a, b)
    for key, task in (("a", a), ("b", b)):
        chances, labels = task.probabilities, task.labels
        recall = reference.recall_score(labels, task.answers, average=None)
        expected = {"accuracy": reference.accuracy_score(labels, task.answers)}
        if classes == 2:
            expected |= {"sensitivity": recall[0], "specificity": recall[1]}
            expected["auc"] = reference.roc_auc_score(labels == 0, chances[:, 0])
        else:
            expected["sensitivity"] = recall.mean()
            expected["auc"] = reference.roc_auc_score(labels, chances, multi_class="ovr")
            expected["specificity"] = np.mean([metrics.specificity(task.confusion, label) for label in range(5)])
        for name, value in expected.items():
            assert found["metrics"][name][key]["value"] == pytest.approx(float(value))
    for one in found["metrics"].values():
        assert one["difference"] == pytest.approx(one["b"]["value"] - one["a"]["value"])
    assert found["average"] == ("binary" if classes == 2 else "macro")


@pytest.mark.parametrize(("patients", "classes"), [(0, 2), (30, 2), (400, 2), (0, 3), (30, 3)])
def test_intervals_of_each_model_are_those_of_the_summary_whatever_the_order(patients, classes):
    """Evaluate and Compare say the same of a model, though Compare sorts the images."""
    table = studies.make_study(700, patients=patients, classes=classes)
    names = studies.name_classes(classes)
    alone = studies.as_written(summary.summarise(table, names, names[0]))
    _, other = make_pair(700, patients=patients, classes=classes)
    order = np.argsort(table["image_id"].to_numpy())
    a = tasks.build_task(table.iloc[order], names, names[0])
    b = dataclasses.replace(a, probabilities=other.probabilities[order], answers=other.answers[order])
    found = compare(a, b)
    for name in METRICS:
        assert found["metrics"][name]["a"] == pytest.approx(alone[name])


@pytest.mark.parametrize("classes", [2, 3])
def test_intervals_over_patients_agree_with_a_loop_that_deletes_rows(classes):
    a, b = make_pair(500, patients=40, classes=classes, gain=0.2)
    found = compare(a, b)
    assert (found["over"], found["patients"]) == ("patients", 40)
    for place, name in enumerate(METRICS):
        value, left_out = byhand.leave_out(
            a.units, lambda rows, place=place: subtract(measure(b, rows), measure(a, rows))[place]
        )
        sides = {"accuracy": [a.labels >= 0], "specificity": [a.labels != label for label in range(classes)]}
        chosen = sides.get(name, [a.labels == label for label in range(classes)])  # an AUC rests on the fewer, these
        units = min(len(np.unique(a.units[side])) for side in (chosen[:1] if classes == 2 else chosen))
        low, high = byhand.bound_student(value, left_out, units, 1 / 2)
        ends = found["metrics"][name]["interval"]
        if name == "auc" or (classes > 2 and name != "accuracy"):
            assert ends == pytest.approx([low, high])
        else:  # at least as wide as of independent images
            assert ends[0] <= low + 1e-9
            assert ends[1] >= high - 1e-9


def measure(task, rows):
    """The four metrics of some rows, by the functions for single samples."""
    confusion = metrics.confusion_matrix(task.labels[rows], task.answers[rows], task.class_count)
    labels, chances, averaged = task.labels[rows], task.probabilities[rows], task.averaged
    return [
        metrics.accuracy(confusion),
        np.mean([metrics.sensitivity(confusion, label) for label in averaged]),
        np.mean([metrics.specificity(confusion, label) for label in averaged]),
        np.mean([metrics.auc(labels == label, chances[:, label]) for label in averaged]),
    ]


def subtract(one, other):
    return [float(left - right) for left, right in zip(one, other, strict=True)]


@pytest.mark.parametrize("n", [80, 700])
def test_auc_of_single_images_agrees_with_scipys_bootstrap(n):
    a, b = make_pair(n, gain=0.3)
    found = compare(a, b)["metrics"]["auc"]

    def gap(labels, first, second):
        return float(metrics.auc(labels == 0, second) - metrics.auc(labels == 0, first))

    outside = stats.bootstrap(
        (a.labels, a.scores, b.scores),
        gap,
        paired=True,
        vectorized=False,
        n_resamples=1500,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert found["interval"] == pytest.approx([outside.low, outside.high], abs=0.15 * (outside.high - outside.low))


@pytest.mark.parametrize("patients", [0, 30, 300])
@pytest.mark.parametrize("classes", [2, 3])
def test_the_other_way_round_is_its_mirror(patients, classes):
    a, b = make_pair(700, patients=patients, classes=classes, gain=0.3)
    one, other = compare(a, b), compare(b, a)
    assert other["difference"] == -one["difference"]
    for name in METRICS:
        low, high = one["metrics"][name]["interval"]
        assert other["metrics"][name]["interval"] == pytest.approx([-high, -low], abs=1e-9)
    assert other["mcnemar_p"] == one["mcnemar_p"]
    assert {"a": "b", "b": "a", "tie": "tie"}[one["verdict"]] == other["verdict"]
    assert other["needed_difference"] == pytest.approx(one["needed_difference"])


@pytest.mark.parametrize(("only_a", "only_b"), list(itertools.product((0, 1, 2, 5, 17), (0, 1, 3, 30))))
def test_mcnemar_is_the_binomial_test(only_a, only_b):
    right_a = np.repeat([True, False, True], [only_a, only_b, 7])
    right_b = np.repeat([False, True, True], [only_a, only_b, 7])
    expected = stats.binomtest(only_b, only_a + only_b).pvalue if only_a + only_b else 1.0
    assert paired_comparison.compute_mcnemar(right_a, right_b) == pytest.approx(expected)


def test_mcnemar_without_images():
    none = np.empty(0, bool)
    assert paired_comparison.compute_mcnemar(none, none) is None
    assert paired_comparison.compute_flips(none, none, np.empty(0, int)) == 1.0


def make_right(units, *, lean, seed=0):
    random = np.random.default_rng(seed)
    right_a = random.random(len(units)) < 0.8
    shift = random.normal(lean, 0.15, int(units.max()) + 1)[units]
    return right_a, random.random(len(units)) < np.clip(0.8 + shift, 0, 1)


@pytest.mark.parametrize("patients", [2, 6, 9])
def test_flips_of_few_patients_are_all_gone_through(patients):
    units = np.random.default_rng(1).integers(0, patients, 120)
    right_a, right_b = make_right(units, lean=0.05)
    surplus = [int(right_b[units == unit].sum()) - int(right_a[units == unit].sum()) for unit in range(patients)]
    seen = abs(sum(surplus))
    flipped = [
        abs(sum(sign * one for sign, one in zip(signs, surplus, strict=True)))
        for signs in itertools.product((-1, 1), repeat=patients)
    ]
    assert paired_comparison.compute_flips(right_a, right_b, units) == pytest.approx(
        np.mean([one >= seen for one in flipped])
    )


def test_flips_of_many_patients_are_drawn():
    units = np.random.default_rng(1).integers(0, 20, 600)
    right_a, right_b = make_right(units, lean=0.02)
    surplus = np.bincount(units, weights=right_b.astype(float) - right_a)
    surplus = surplus[surplus != 0]
    assert paired_comparison.FLIPS_EXACT < len(surplus) <= 20
    signs = 2 * (np.arange(2 ** len(surplus))[:, None] >> np.arange(len(surplus)) & 1) - 1
    exact = (np.abs(signs @ surplus) >= abs(surplus.sum())).mean()
    assert paired_comparison.compute_flips(right_a, right_b, units) == pytest.approx(exact, abs=0.015)


def test_a_difference_in_one_patient_alone_is_no_evidence_by_patient():
    units = np.repeat(np.arange(10), 20)
    right_a = np.ones(200, bool)
    right_b = units != 3
    assert paired_comparison.compute_mcnemar(right_a, right_b) < 1e-5
    assert paired_comparison.compute_flips(right_a, right_b, units) == 1.0


@pytest.mark.parametrize("classes", [2, 5])
def test_kappa_is_scikit_learns(classes):
    a, b = make_pair(300, classes=classes)
    found = compare(a, b)["kappa"]
    assert found["value"] == pytest.approx(reference.cohen_kappa_score(a.answers, b.answers))
    assert found["low"] < found["value"] < found["high"]
    assert found["n"] == 300


def test_the_same_answers_agree_wholly_and_are_not_proven_equal():
    a, _ = make_pair(100)
    found = compare(a, a)
    assert (found["difference"], found["verdict"], found["mcnemar_p"]) == (0, "tie", 1.0)
    assert found["needed_difference"] == pytest.approx(wilson.compute_wilson(0, 100).high)
    assert found["kappa"]["value"] == pytest.approx(1.0)
    assert found["kappa"]["low"] < 1
    assert found["delong"] == {"difference": 0.0, "low": None, "high": None, "p": 1.0, "over": "images"}


@pytest.mark.parametrize("groups", ["", np.repeat([f"C{n}" for n in range(20)], 10)])
def test_perfect_against_useless(groups):
    labels = np.tile([0, 1], 100)
    useless, perfect = make_tasks(labels, np.full(200, 0.5), 1.0 - labels, groups)
    found = compare(useless, perfect)
    assert (found["difference"], found["verdict"]) == (0.5, "b")
    assert found["metrics"]["sensitivity"]["difference"] == 0.0  # a draw goes to the first class
    assert found["metrics"]["specificity"]["difference"] == 1.0
    assert found["metrics"]["specificity"]["interval"][1] == 1.0
    assert found["metrics"]["auc"]["difference"] == 0.5
    assert found["metrics"]["auc"]["interval"][0] < 0.5
    assert found["delong"]["p"] is None  # neither shows any spread
    assert found["kappa"]["value"] == pytest.approx(0.0)


@pytest.mark.parametrize("only", [0, 1])
def test_one_class_alone_leaves_the_rest_undefined(only):
    a, b = make_tasks(np.full(30, only), np.linspace(0, 1, 30), np.linspace(1, 0, 30))
    found = compare(a, b)
    undefined = "specificity" if only == 0 else "sensitivity"
    assert found["metrics"][undefined]["difference"] is None
    assert found["metrics"]["auc"]["difference"] is None
    assert found["delong"] == {"difference": None, "low": None, "high": None, "p": None, "over": "images"}
    assert found["difference"] == 0


def test_always_the_same_class_has_no_kappa():
    a, b = make_tasks([0, 1, 0, 1], np.full(4, 0.9), np.full(4, 0.8))
    assert compare(a, b)["kappa"] == {"value": None, "low": None, "high": None, "n": 4}


@pytest.mark.parametrize("right", [True, False])
def test_one_image(right):
    a, b = make_tasks([0], [0.8], [0.7 if right else 0.3])
    found = compare(a, b)
    assert found["difference"] == (0 if right else -1)
    assert found["verdict"] == "tie"
    assert found["interval"][0] < -0.7
    assert "this one image" in paired_comparison.say_verdict(found)


def test_no_image():
    a, b = (tasks.build_task(studies.make_study(5).iloc[:0], NAMES, NAMES[0]) for _ in range(2))
    found = compare(a, b)
    assert found["verdict"] == "not comparable"
    assert (found["difference"], found["interval"], found["needed_difference"], found["mcnemar_p"]) == (None,) * 4
    assert "no test image in common" in paired_comparison.say_verdict(found)


def test_one_patient_counts_as_images():
    found = compare(*make_pair(80, patients=1))
    assert (found["over"], found["patients"], found["patients_p"]) == ("images", 1, None)


def test_two_patients_say_little():
    few, many = (compare(*make_pair(400, patients=patients, gain=0.2)) for patients in (2, 60))
    width = [one["interval"][1] - one["interval"][0] for one in (few, many)]
    assert width[0] > width[1]


def test_images_that_all_tie():
    a, b = make_tasks(np.tile([0, 1], 20), np.full(40, 0.5), np.full(40, 0.5))
    found = compare(a, b)
    assert found["metrics"]["auc"]["a"]["value"] == 0.5
    assert found["verdict"] == "tie"


def test_patients_that_differ_widen_the_interval_and_independent_ones_do_not_narrow_it():
    a, b = make_pair(600, patients=30, gain=0.1)
    by_patient = compare(a, b)
    alone = [tasks.build_task(studies.make_predictions(t.labels, t.scores), NAMES, NAMES[0]) for t in (a, b)]
    by_image = compare(*alone)
    for name in ("accuracy", "sensitivity", "specificity"):
        wide, narrow = by_patient["metrics"][name]["interval"], by_image["metrics"][name]["interval"]
        assert wide[0] <= narrow[0] + 1e-12
        assert wide[1] >= narrow[1] - 1e-12


def test_a_threshold_decides():
    a, _ = make_pair(300)
    table = studies.make_study(300)
    moved = decision_rule.decide(a.probabilities, 0, 0.1)
    b = tasks.build_task(table, NAMES, NAMES[0], answers=moved)
    found = compare(a, b)
    assert found["metrics"]["sensitivity"]["difference"] > 0
    assert found["metrics"]["specificity"]["difference"] < 0
    assert found["metrics"]["auc"]["difference"] == 0


def test_seed_repeats_the_answer():
    a, b = make_pair(300, patients=20)
    assert compare(a, b, seed=3) == compare(a, b, seed=3)
    one, other = compare(a, b, seed=3), compare(a, b, seed=4)
    assert one["metrics"] == other["metrics"]  # only the sign changes of patients_p are drawn


def test_other_images_are_a_programming_error():
    a, b = make_pair(40)[0], make_pair(40, seed=5)[1]
    with pytest.raises(ValueError, match="same images"):
        paired_comparison.compare(a, b)


def test_sentences():
    compared = {"verdict": "b", "difference": 0.011, "interval": [0.004, 0.019], "n": 624, "patients": 30}
    assert paired_comparison.say_verdict(compared) == (
        "B is better by 1.1 points of accuracy (0.4 to 1.9), with these 624 images of 30 patients."
    )
    compared |= {"verdict": "a", "difference": -0.011, "interval": [-0.019, -0.004], "patients": 0}
    assert paired_comparison.say_verdict(compared, "first") == (
        "first is better by 1.1 points of accuracy (0.4 to 1.9), with these 624 images."
    )
    compared |= {"verdict": "tie", "difference": 0.003, "interval": [-0.019, 0.025], "needed_difference": 0.022}
    assert paired_comparison.say_verdict(compared) == (
        "A and B cannot be told apart with these 624 images; a difference of 2.2 points would be needed. "
        "B less A: +0.3 points of accuracy (-1.9 to +2.5)."
    )


def test_the_headline_begins_the_sentence_and_says_no_more_than_it():
    tie = {"verdict": "tie", "difference": 0.003, "interval": [-0.019, 0.025], "needed_difference": 0.022}
    better = {"verdict": "a", "difference": -0.011, "interval": [-0.019, -0.004]}
    for compared in (tie, better, {"verdict": "not comparable"}):
        known = compared | {"n": 624, "patients": 30}
        headline = paired_comparison.say_headline(known, "x", "y")
        assert paired_comparison.say_verdict(known, "x", "y").startswith(headline)
        assert paired_comparison.say_verdict(known, "x", "y").endswith(paired_comparison.say_basis(known, "x", "y"))
    assert paired_comparison.say_headline(better, "x", "y") == "x is better by 1.1 points of accuracy (0.4 to 1.9)"


@pytest.mark.parametrize(("interval", "verdict"), [([0.1, 0.2], "b"), ([-0.2, -0.1], "a"), ([0.0, 0.1], "tie")])
def test_the_verdict_is_where_the_interval_lies(interval, verdict):
    assert paired_comparison.judge(interval) == verdict
    assert paired_comparison.judge(None) == "not comparable"


cases = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from([0.0, 0.3, 0.5, 0.9, 1.0]),
        st.sampled_from([0.0, 0.3, 0.5, 0.9, 1.0]),
        st.sampled_from("abc "),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(cases)
def test_any_two_tables_give_a_sound_comparison(rows):
    labels, first, second, groups = zip(*rows, strict=True)
    compare(*make_tasks(labels, first, second, [group.strip() for group in groups]))


@pytest.mark.parametrize("patients", [0, 48, 400])
def test_a_study_of_real_size_is_compared(patients):
    require_sound(studies.as_written(paired_comparison.compare(*make_pair(6647, patients=patients))), 6647)


def test_patients_without_a_name_are_units_of_their_own():
    table = studies.make_study(120, patients=6)
    table.loc[:60, "group"] = ""
    a = tasks.build_task(table, NAMES, NAMES[0])
    found = compare(a, a)
    assert (found["over"], found["patients"]) == ("patients", table["group"].iloc[61:].nunique())
