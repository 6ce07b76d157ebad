"""Does it work here? Images of a place are drawn, read blind and judged: the whole way, with a truth that is known."""

import shutil

import numpy as np
import pandas as pd
import pytest

from core.base import errors, paths
from core.models import package, site_record, tables
from core.results import decisions, site_checks, site_decisions
from core.review import (
    cases,
    readings,
    review_record,
    reviews,
    site_check,
    site_facts,
    site_pool,
    site_rates,
    site_result,
    site_rows,
)
from core.runtimes import opening
from core.statistics import aims, decision_rule, recalibration, site_verdict
from tests.support import answering, brightness, checked_sites, made_models
from tests.support.checked_sites import NEGATIVE, POSITIVE


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A home with a model and its answers to the images of a place; what these truly are."""
    folder = tmp_path_factory.mktemp("place")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SECOND_LOOK_HOME", str(folder / "home"))
        found = checked_sites.write_model(patched)
        truth = checked_sites.write_images(folder / "north")
        return folder / "home", found.id, truth, checked_sites.ask(found, folder / "north").about.id


@pytest.fixture
def place(home, made, monkeypatch):
    """The model, what the images truly are, and the model's answers to them."""
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))
    folder, model_id, truth, answers_id = made
    shutil.copytree(folder, home, dirs_exist_ok=True)
    found = package.find_package(model_id)
    return found, truth, site_pool.open_pool(found, answers_id)


def test_half_is_drawn_from_what_the_model_calls_positive(place):
    found, _, pool = place
    assert sum(pool.counts.values()) == 400 and pool.counts["refused"] == 0 and pool.patients == 40
    review = checked_sites.begin(found, pool)
    rows = site_rows.read_rows(review)
    assert rows["stratum"].value_counts().to_dict() == {"flagged": 30, "rest": 30}
    weights = rows.groupby("stratum")["weight"].first()
    assert weights["flagged"] == pytest.approx(pool.counts["flagged"] / 30)
    assert (rows["weight"].sum()) == pytest.approx(400)
    settings = reviews.read_review(review.id).settings
    assert (settings.purpose, settings.order, settings.mode) == ("site", "random", "blind")
    facts = site_facts.read(review)
    assert facts.pool == pool.counts and facts.site == "North" and sum(facts.drawn.values()) == 60
    names = {cases.find_case(sha256).name for sha256 in rows["sha256"]}
    assert all(name.startswith("case-") for name in names), "names of files say the class"


def test_the_same_seed_draws_the_same_images_and_another_one_others(place):
    found, _, pool = place
    drawn = [set(site_rows.read_rows(checked_sites.begin(found, pool, seed=seed))["sha256"]) for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert [one.name for one in site_check.list_reviews(found)] == ["North (3)", "North (2)", "North"]


def test_read_blind_it_says_how_the_model_does_there(place):
    found, truth, pool = place
    review = checked_sites.begin(found, pool, n=100)
    assert checked_sites.read(review, truth, most=40) == 40
    part = site_result.measure(review.id)
    assert (part.read, part.asked, part.verdict) == (40, 100, None) and part.rates.sensitivity.value is not None
    with pytest.raises(errors.SettingNotUsable, match="being read"):
        site_result.describe(part)
    checked_sites.read(review, truth)
    result = site_result.measure(review.id)
    sensitivity = result.rates.sensitivity
    assert sensitivity.low <= find_rate(pool, truth, POSITIVE) <= sensitivity.high and sensitivity.n == 100
    assert result.rates.specificity.low <= find_rate(pool, truth, NEGATIVE) <= result.rates.specificity.high
    raw = result.judged[result.judged["truth"] == POSITIVE]
    assert (raw["model_answer"] == POSITIVE).mean() > sensitivity.value, "unweighted, the sample flatters"
    assert result.verdict.kind in (site_verdict.WORSE, site_verdict.UNDECIDED), "0.98 at home, 0.9 there"


def find_rate(pool, truth, name):
    by_id = {sha256[: tables.ID_LENGTH]: said for sha256, said in truth.items()}
    of = pool.rows[pool.rows["image_id"].map(by_id) == name]
    return (of["class_name"] == name).mean()


def test_a_model_that_misses_half_is_not_usable_there_and_that_is_kept(home, tmp_path, monkeypatch):
    found = checked_sites.write_model(monkeypatch)
    truth = checked_sites.write_images(tmp_path / "south", sensitivity=0.4, prevalence=0.4)
    review = checked_sites.begin(found, checked_sites.ask(found, tmp_path / "south"), "South", n=120)
    checked_sites.read(review, truth)
    result = site_result.measure(review.id)
    assert result.verdict.kind == site_verdict.UNUSABLE and "Sensitivity" in result.verdict.why
    now = site_checks.keep(found, site_result.describe(result), by=" Ada  L. ")
    (check,) = site_checks.list_checks(package.find_package(found.id))
    assert (check.name, check.by, check.n, check.verdict) == ("South", "Ada L.", 120, "unusable")
    assert check.sensitivity == result.rates.sensitivity and check.readers == ("Ben",)
    assert site_checks.say_mark(now) == "Checked at South: Not usable here"
    assert site_checks.say_check(check).startswith("Checked at South on 20") and "n = 120" in site_checks.say_check(
        check
    )
    for sha256 in truth:
        if case := cases.find_case(sha256):
            cases.delete(case.id)
    assert site_checks.list_checks(package.find_package(found.id)) == (check,), "it outlives the images"
    site_checks.keep(now, site_result.describe(result), by="Ben")
    assert [one.by for one in site_checks.list_checks(package.find_package(found.id))] == ["Ben"]
    with pytest.raises(errors.SettingNotUsable):
        site_checks.keep(now, check, by=" ")


def test_what_nobody_can_tell_is_said_both_ways_and_what_is_no_such_image_is_left_out(place):
    found, truth, pool = place
    review = checked_sites.begin(found, pool)

    def say(claim, name):
        return [name, review_record.CANNOT_TELL, review_record.NOT_SUCH, name][claim.entry.id % 4]

    checked_sites.read(review, truth, say=say)
    result = site_result.measure(review.id)
    assert (result.count(review_record.CANNOT_TELL), result.count(review_record.NOT_SUCH)) == (15, 15)
    assert len(result.judged) == result.rates.sensitivity.n == 30
    assert result.least.sensitivity.n == result.most.sensitivity.n == 45
    for name in ("ppv", "npv", "accuracy"):
        least, rate, most = (getattr(one, name).value for one in (result.least, result.rates, result.most))
        assert least <= rate <= most and least < most
    check = site_result.describe(result)
    assert (check.cannot_tell, check.not_such, check.read, check.n) == (15, 15, 60, 30)


def test_the_truth_is_what_was_said_before_the_model_was_seen(place):
    found, truth, pool = place
    review = checked_sites.begin(found, pool)

    def follow(claim, answer):
        reveal = readings.find_reveal(claim.entry.id, "Ben")
        return answer if reveal is None else reveal.class_name

    checked_sites.read(review, truth, after=follow)
    result = site_result.measure(review.id)
    assert result.changed > 0 and result.with_model.accuracy.value > result.rates.accuracy.value
    plain = checked_sites.begin(found, pool, "Again")
    checked_sites.read(plain, truth)
    assert site_result.measure(plain.id).rates == result.rates


def test_two_readers_who_agree_and_a_third_where_they_do_not(place):
    found, truth, pool = place
    review = checked_sites.begin(found, pool, n=20, readers=2)
    checked_sites.read(review, truth, "Ben")
    assert site_result.measure(review.id).read == 0
    other = {POSITIVE: NEGATIVE, NEGATIVE: POSITIVE}
    checked_sites.read(review, truth, "Cy", say=lambda claim, name: other[name] if claim.entry.id % 5 == 0 else name)
    result = site_result.measure(review.id)
    assert result.count(site_rows.DISPUTED) == 4 and result.verdict is None
    reviews.close(review.id, by="Ada")
    assert site_result.measure(review.id).verdict is not None, "whoever ends the reading has what is read"


def test_it_is_the_model_as_it_was_asked(place):
    found, _, pool = place
    made_models.keep_threshold(found, 0.3)
    with pytest.raises(errors.SettingNotUsable, match="Ask the model again"):
        site_pool.open_pool(package.find_package(found.id), pool.about.id)
    assert site_pool.list_answers(package.find_package(found.id)) == []


@pytest.mark.parametrize("wrong", [{"n": 10}, {"n": 5000}, {"name": " "}, {"by": ""}, {"margin": 0.0}, {"floor": 1.0}])
def test_what_cannot_be_asked_is_refused_before_anything_is_written(place, wrong):
    found, _, pool = place
    with pytest.raises(errors.SettingNotUsable):
        checked_sites.begin(found, pool, **wrong)
    assert reviews.list_reviews() == []


def test_images_that_the_model_knows_are_left_out_and_counted(home, tmp_path, monkeypatch):
    _, found = answering.write_guarded(monkeypatch)
    folder = answering.write_images(tmp_path / "in")
    own = sorted((paths.datasets_folder() / "drawn").rglob("*.png"))
    shutil.copy(own[0], folder / "smear 1" / own[0].name)
    pool = checked_sites.ask(found, folder)
    assert (pool.left_out["unreadable"], pool.left_out["seen"]) == (1, 1) and pool.left_out["copy"] >= 1
    assert sum(pool.counts.values()) + sum(pool.left_out.values()) == pool.about.images == 16
    assert pool.counts["refused"] >= 1 and pool.patients == 2
    with pytest.raises(errors.SettingNotUsable, match="the model knows the image"):
        checked_sites.ask(found, paths.datasets_folder() / "drawn")


def test_of_what_the_gate_refuses_some_are_read_and_counted_apart(home, tmp_path, monkeypatch):
    _, found = answering.write_guarded(monkeypatch)
    pool = checked_sites.ask(found, answering.write_images(tmp_path / "in"))
    review = checked_sites.begin(found, pool, n=20)
    rows = site_rows.read_rows(review)
    assert (rows["stratum"] == "refused").sum() == min(2, pool.counts["refused"])
    checked_sites.read(review, dict.fromkeys(rows["sha256"], POSITIVE))
    result = site_result.measure(review.id)
    assert result.refused.read == result.refused.positive == (rows["stratum"] == "refused").sum()
    assert result.refused.such.value == 1.0 and result.refused.share.n == sum(pool.counts.values())
    assert len(result.judged) == (rows["stratum"] != "refused").sum()
    check = site_result.describe(result)
    assert check.refused == {"pool": pool.counts["refused"], "read": result.refused.read, "such": result.refused.read}


def test_sharing_out_takes_all_of_a_half_that_has_few():
    assert site_check.share_out(100, {"flagged": 12, "rest": 900, "refused": 30}) == {
        "flagged": 12,
        "rest": 88,
        "refused": 10,
    }
    assert site_check.share_out(100, {"flagged": 500, "rest": 8, "refused": 0}) == {
        "flagged": 92,
        "rest": 8,
        "refused": 0,
    }
    assert site_check.share_out(100, {"flagged": 5, "rest": 6, "refused": 0})["rest"] == 6


def test_patients_are_drawn_from_in_turn_and_every_image_has_the_same_chance():
    patients = [f"P{number // 50}" for number in range(500)]
    ids = [f"{number:04}" for number in range(500)]
    counts = np.zeros(500)
    for seed in range(400):
        drawn = site_check.draw_evenly(patients, ids, 30, seed=seed)
        assert len(set(drawn.tolist())) == 30
        assert set(np.bincount(drawn // 50, minlength=10)) == {3}, "of ten patients three images each"
        counts[drawn] += 1
    assert counts.mean() == pytest.approx(24) and counts.std() < 2 * np.sqrt(24 * 0.94)
    backwards = site_check.draw_evenly(patients[::-1], ids[::-1], 30, seed=3)
    assert sorted(499 - backwards) == site_check.draw_evenly(patients, ids, 30, seed=3).tolist()
    assert site_check.draw_evenly([], [], 0, seed=0).tolist() == []


def test_the_intervals_hold_the_truth():
    """Drawn as the program draws, read without error, 80 times; 95 % less what so few checks may miss."""
    random = np.random.default_rng(0)
    positive = random.random(800) < 0.15
    flagged = np.where(positive, random.random(800) < 0.85, random.random(800) < 0.06)
    patients = [f"P{number % 80}" for number in range(800)]
    ids = [f"{number:05}" for number in range(800)]
    truth = flagged[positive].mean()
    pool = {"flagged": int(flagged.sum()), "rest": int((~flagged).sum()), "refused": 0}
    settings = review_record.Settings(
        (POSITIVE, NEGATIVE), POSITIVE, facts=checked_sites.write_facts(pool), purpose="site"
    )
    review = review_record.Review(1, "North", "", "", settings)
    held, flattered = 0, []
    for seed in range(80):
        parts = []
        for part, side in (("flagged", flagged), ("rest", ~flagged)):
            there = np.flatnonzero(side)
            drawn = site_check.draw_evenly([patients[i] for i in there], [ids[i] for i in there], 50, seed=seed)
            parts.append(pd.DataFrame({"entry": there[drawn], "stratum": part}))
        rows = pd.concat(parts, ignore_index=True)
        rows["patient"] = [patients[i] for i in rows["entry"]]
        rows["truth"] = np.where(positive[rows["entry"]], POSITIVE, NEGATIVE)
        found = site_rates.measure(rows, review, "truth").sensitivity
        held += found.low <= truth <= found.high
        flattered.append((flagged & positive)[rows["entry"]].sum() / positive[rows["entry"]].sum())
    assert 0.9 <= held / 80 <= 1.0
    assert np.mean(flattered) > truth + 0.05


@pytest.mark.parametrize("flagged", [True, False])
def test_where_the_model_calls_everything_one_class(flagged):
    pool = {"flagged": 100 * flagged, "rest": 100 * (not flagged), "refused": 0}
    settings = review_record.Settings(
        (POSITIVE, NEGATIVE), POSITIVE, facts=checked_sites.write_facts(pool), purpose="site"
    )
    rows = pd.DataFrame(
        {
            "entry": range(40),
            "patient": "",
            "stratum": "flagged" if flagged else "rest",
            "truth": [POSITIVE] * 10 + [NEGATIVE] * 30,
        }
    )
    rates = site_rates.measure(rows, review_record.Review(1, "x", "", "", settings), "truth")
    assert (rates.sensitivity.value, rates.specificity.value) == ((1, 0) if flagged else (0, 1))
    assert rates.prevalence.value == 0.25 and (rates.npv.value is None) == flagged
    assert rates.sensitivity.low < 0.75 and rates.sensitivity.high > 0.25


def test_more_images_buy_a_narrower_interval(place):
    found, _, pool = place
    home = site_checks.measure_home(found, tables.read_predictions(found))
    plans = [site_check.plan(n, pool.counts, home) for n in site_check.CHOICES]
    widths = [one.expected.sensitivity.high - one.expected.sensitivity.low for one in plans]
    assert widths == sorted(widths, reverse=True) and widths[0] < 0.6
    assert all(one.verdict in (site_verdict.AS_AT_HOME, site_verdict.UNDECIDED) for one in plans)
    rare = {"flagged": 40, "rest": 960, "refused": 0}
    assert site_check.plan(200, rare, home).verdict == site_verdict.UNDECIDED
    assert site_check.plan(50, {"flagged": 0, "rest": 9, "refused": 0}, home).expected is None


def test_what_would_be_right_there_is_about_the_models_own_probabilities(home):
    """Rare, and the model too sure of itself: with and without a kept temperature the same threshold is offered."""
    random = np.random.default_rng(0)
    labels = np.arange(400) % 2
    split = np.where(np.arange(400) < 200, "validation", "test")
    found = made_models.write_model(made_models.make_answers(labels, skill=2.0, split=split))
    found = decisions.keep_operating_point(found, aims.Aim("youden"), by="Ada")
    positive = random.random(280) < 0.5
    odds = np.where(positive, 1.0, -1.0) + random.normal(0, 2, 280)
    own = 1 / (1 + np.exp(-3 * odds))
    flagged = own >= found.threshold
    pool = {"flagged": 10 * int(flagged.sum()), "rest": 30 * int((~flagged).sum()), "refused": 0}
    offered = []
    for heat in (None, 2.0):
        if heat:
            offer = recalibration.Offer(None, heat, "")
            found = site_decisions.keep_temperature(found, offer, site_record.ChosenAt(name="North", n=1), by="Ada")
        shown = decision_rule.apply_temperature(np.stack([own, 1 - own], axis=1), heat or 1.0)
        rows = pd.DataFrame({"entry": range(280), "patient": "", "sha256": [f"{number:064}" for number in range(280)]})
        rows["stratum"] = np.where(flagged, "flagged", "rest")
        rows["truth"] = rows["final"] = np.where(positive, POSITIVE, NEGATIVE)
        rows["model_answer"] = np.where(flagged, POSITIVE, NEGATIVE)
        rows[f"p_{POSITIVE}"], rows[f"p_{NEGATIVE}"] = shown.T
        facts = checked_sites.write_facts(pool) | {
            "network": site_checks.find_network(found),
            "gate": found.state[1],
            "threshold": found.threshold,
            "temperature": found.temperature,
        }
        settings = review_record.Settings((POSITIVE, NEGATIVE), POSITIVE, facts=facts, purpose="site")
        review = review_record.Review(1, "North", "", "", settings)
        rates = site_rates.measure(rows, review, "truth")
        refused = site_rates.measure_refused(rows, review)
        result = site_result.Result(review, rows, rates, rates, rates, rates, refused, {}, None)
        offered.append(site_result.propose(result, found))
        assert offered[-1].positives == positive.sum() and offered[-1].update.kind == "slope"
    assert offered[0].threshold.here == pytest.approx(offered[1].threshold.here) and offered[0].threshold.here != 0.5
    assert offered[0].temperature.here == pytest.approx(offered[1].temperature.here, rel=0.01) and (
        offered[0].temperature.here > 1.5
    )
    with pytest.raises(errors.SettingNotUsable, match="as it is now"):
        site_result.propose(result, made_models.keep_threshold(found, 0.3))
