"""`python -m core promote`, `rollback`, `champions`: what is decided, by whom, and what is refused."""

import numpy as np
import pytest

from core.models import package
from core.results import challenges
from tests.support import made_models


def write(model_id, skill, day):
    table = made_models.make_answers(np.tile([0, 1], 200), groups=[f"P{n}" for n in range(400)], skill=skill)
    made_of = {"name": "tiny", "fingerprint": "f" * 64}
    return made_models.write_model(table, model_id, dataset=made_of, created=f"2026-01-{day:02d}T00:00:00+00:00")


@pytest.fixture
def models(home, monkeypatch):
    monkeypatch.setattr(package.paths, "model_folders", lambda: [home / "trained_models"])
    write("old", 2.0, 1)


def test_a_champion_is_named_replaced_listed_and_taken_back(call, models):
    signed = ("--for", "tiny", "--by", "Ada")
    assert call("champions")[1] == "No champion yet: promote a model.\n"
    assert call("promote", "old", *signed)[1].startswith("old is the champion for tiny. By Ada on ")
    write("new", 9.0, 2)
    status, said, _ = call("promote", "new", *signed, "--why", "fewer misses", "--margin", 0.01)
    assert status == 0
    assert "The challenger is right on" in said
    assert "new is the champion for tiny in place of old. By Ada on " in said
    (row,) = call("champions", "--json")[1]
    assert (row["dataset"], row["model"], row["why"], row["looks"]) == ("tiny", "new", "fewer misses", 1)
    kept = call("rollback", *signed, "--json")[1]
    assert (kept["kind"], kept["model"], kept["previous"]) == ("rolled back", "old", "new")
    assert challenges.find_champion("tiny").id == "old"
    assert call("rollback", *signed)[0] == 2


def test_a_worse_one_is_refused_with_exit_2_and_the_reason(call, models):
    call("promote", "old", "--for", "tiny", "--by", "Ada")
    write("worse", 0.0, 2)
    status, out, said = call("promote", "worse", "--for", "tiny", "--by", "Ada")
    assert (status, out) == (2, "")
    assert "PromotionRefused" in said and "could be worse there by more than the 2.0 points" in said
    assert challenges.find_champion("tiny").id == "old"
    again = call("promote", "worse", "--for", "tiny", "--by", "Ada", "--margin", 0.2)
    assert again[0] == 2 and "before these two were compared" in again[2], "a margin is not found afterwards"
    assert call("champions", "--json")[1][0]["looks"] == 1


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["old", "--by", " "], "name of who decides"),
        (["gone", "--by", "Ada"], "ModelNotFound"),
    ],
)
def test_what_cannot_be_is_said(call, models, arguments, fault):
    status, _, said = call("promote", *arguments, "--for", "tiny")
    assert status == 2 and fault in said
