"""Challenger against champion: paired on the same images, looked at under a margin that was stated before."""

import numpy as np
import pytest

from core.base import errors, files
from core.models import champions, choosing, package
from core.results import challenges, comparison, succession, version_curve
from tests.support import made_models

LABELS = np.tile([0, 1], 300)
GROUPS = [f"P{number // 3}" for number in range(600)]
MADE = {"name": "tiny", "fingerprint": "f" * 64, "content": "f" * 64}


def write(model_id, *, wrong=0, day=1, extra=(), **options):
    """A model that is wrong on so many of 600 test images of 200 patients, the first of one order for all."""
    table = made_models.make_answers(LABELS, groups=GROUPS)
    right = np.where(np.random.default_rng(0).permutation(600) < wrong, 1 - LABELS, LABELS)
    chance = np.where(right == 0, 0.9, 0.1).astype(np.float32)
    table = table.assign(p_Parasitized=chance, p_Uninfected=1 - chance)
    created = f"2026-01-{day:02d}T00:00:00+00:00"
    return made_models.write_model(table, model_id, dataset=MADE, created=created, **options)


@pytest.fixture
def two(home, tmp_path, monkeypatch):
    monkeypatch.setattr(package.paths, "model_folders", lambda: [home / "trained_models"])
    old = write("old", wrong=30)
    succession.promote(old, "tiny", by="Cy")  # the one model that there is: it is only named
    return old, write("new", wrong=10, day=2)


def see(champion, challenger, margin=0.02):
    challenges.look(champion, challenger, "tiny", margin=margin, by="Ada")
    return challenges.judge(champion, challenger, margin)


def test_a_better_challenger_may_come_in_and_the_numbers_are_written_down(two):
    old, new = two
    assert challenges.find_champion("tiny").id == "old"
    found = see(old, new)
    assert found.verdict.allowed and found.verdict.better
    assert found.verdict.frozen.gain.value == pytest.approx(20 / 600)
    assert found.verdict.new is None
    kept = succession.promote(new, "tiny", by="Ada", why="fewer misses", evidence=found.evidence)
    assert (kept.kind, kept.model, kept.previous, kept.margin, kept.by) == ("promoted", "new", "old", 0.02, "Ada")
    assert kept.evidence == found.evidence and kept.numbers["frozen_n"] == 600
    assert challenges.find_champion("tiny").id == "new"
    assert choosing.is_champion(new) and not choosing.is_champion(old)


def test_the_evidence_is_that_of_an_independent_count(two):
    old, new = two
    found = see(old, new)
    first, second = comparison.load_pair(old, new)
    right = [
        (table[["p_Parasitized", "p_Uninfected"]].to_numpy().argmax(1) == table["label"]) for table in (first, second)
    ]
    assert found.verdict.frozen.gain.value == pytest.approx(right[1].mean() - right[0].mean())
    assert found.verdict.frozen.only_challenger == int((right[1] & ~right[0]).sum())
    assert (found.cases["part"] == challenges.FROZEN).all()
    assert challenges.judge(old, new, 0.02).evidence == found.evidence


def test_a_worse_challenger_is_refused_with_the_reason_and_there_is_no_way_around(home, two):
    old, _ = two
    worse = write("worse", wrong=120, day=3)
    assert not see(old, worse).verdict.allowed
    before = champions.read_entries("tiny")
    with pytest.raises(errors.PromotionRefused, match="could be worse there by more"):
        succession.promote(worse, "tiny", by="Ada", why="I want it")
    assert champions.read_entries("tiny") == before
    assert challenges.find_champion("tiny").id == "old"


def test_no_promotion_without_a_look_a_name_or_the_answers_that_were_shown(two):
    old, new = two
    with pytest.raises(errors.PromotionRefused, match="no such comparison"):
        succession.promote(new, "tiny", by="Ada")
    see(old, new)
    with pytest.raises(errors.SettingNotUsable, match="name of who decides"):
        succession.promote(new, "tiny", by="  ")
    with pytest.raises(errors.PromotionRefused, match="others by now"):
        succession.promote(new, "tiny", by="Ada", evidence="0" * 64)
    with pytest.raises(errors.SettingNotUsable, match="margin"):
        challenges.look(old, new, "tiny", margin=0.5, by="Ada")


def test_looks_are_counted_once_a_pair_and_the_first_margin_stays(two):
    old, new = two
    first = challenges.look(old, new, "tiny", margin=0.01, by="Ada")
    again = challenges.look(old, new, "tiny", margin=0.1, by="Ben")
    assert (again.margin, again.by, challenges.count_looks("tiny")) == (0.01, "Ada", 1)
    challenges.require_margin(first, None)
    with pytest.raises(errors.PromotionRefused, match="before these two were compared"):
        challenges.require_margin(first, 0.1)
    third = write("third", wrong=20, day=3)
    challenges.look(old, third, "tiny", margin=0.02, by="Ada")
    assert challenges.count_looks("tiny") == 2


def test_a_rollback_is_one_more_line_and_leads_back_step_by_step(two):
    old, new = two
    see(old, new)
    succession.promote(new, "tiny", by="Ada")
    best = write("best", wrong=2, day=3)
    see(new, best)
    succession.promote(best, "tiny", by="Ada")
    lines = (champions.paths.champions_folder() / "tiny.jsonl").read_bytes()
    assert succession.roll_back("tiny", by="Ben", why="too slow").model == "new"
    assert succession.roll_back("tiny", by="Ben").model == "old"
    assert challenges.find_champion("tiny").id == "old"
    assert (champions.paths.champions_folder() / "tiny.jsonl").read_bytes().startswith(lines), "nothing is overwritten"
    with pytest.raises(errors.PromotionRefused, match="a champion of before"):
        succession.roll_back("tiny", by="Ben")
    assert [one.kind for one in champions.read_entries("tiny")].count("rolled back") == 2


def test_nobody_goes_back_to_a_model_that_is_gone(two):
    old, new = two
    see(old, new)
    succession.promote(new, "tiny", by="Ada")
    files.remove_folder(old.folder)
    with pytest.raises(errors.PromotionRefused, match="old on this machine"):
        succession.roll_back("tiny", by="Ben")
    files.remove_folder(new.folder)
    assert challenges.find_champion("tiny") is None
    write("new", wrong=100, day=9)
    assert not choosing.is_champion(package.find_package("new")), "another model of the same name is not the champion"


def test_the_one_that_answers_first_is_only_named(two):
    old, _ = two
    (kept,) = champions.read_entries("tiny")
    assert (kept.model, kept.previous, kept.evidence, kept.by) == ("old", "", "", "Cy")
    with pytest.raises(errors.PromotionRefused, match="which is"):
        succession.promote(old, "tiny", by="Ada")


def test_the_champion_is_asked_first_about_its_data_set_alone(two):
    old, new = two
    data = {"name": "tiny", "content": "f" * 64, "images": 600, "classes": dict.fromkeys(made_models.NAMES, 300)}
    assert choosing.choose_first([new, old], data).id == "old"
    assert choosing.choose_first([new, old], data | {"name": "other"}).id == "new"
    assert choosing.choose_first([new, old]).id == "old"


def test_a_torn_line_is_no_decision_and_a_damaged_one_is_said(two):
    old, _ = two
    path = champions.paths.champions_folder() / "tiny.jsonl"
    with path.open("ab") as file:
        file.write(b'{"kind":"promo')
    assert challenges.find_champion("tiny").id == "old"
    challenges.look(old, write("new2", wrong=1, day=4), "tiny", margin=0.02, by="Ada")
    assert len(champions.read_entries("tiny")) == 2
    path.write_bytes(b"{}\n" + path.read_bytes())
    with pytest.raises(errors.IndexBroken, match="champion"):
        champions.read_entries("tiny")
    assert champions.list_champions() == {}


def test_without_a_later_version_there_is_no_curve(two):
    assert version_curve.trace(two) == []
