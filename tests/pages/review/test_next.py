"""The next model on the Review page: a version from settled cases, a look under a stated margin, who decides."""

import html
import re

import numpy as np
import pytest

from core.jobs import jobs
from core.models import champions
from core.results import challenges
from core.review import case_record, database, next_dataset
from core.runtimes import opening
from core.training import run
from tests.support import brightness, made_models, settled_reviews


@pytest.fixture
def champion(tiny_dataset, home, monkeypatch):
    monkeypatch.setattr(challenges.package.paths, "model_folders", lambda: [home / "trained_models"])
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))
    yield settled_reviews.write_champion(tiny_dataset)
    database.close_all()


@pytest.fixture
def settled(champion):
    said = [(settled_reviews.encode(n), f"N{n}", made_models.NAMES[n % 2]) for n in range(24)]
    shown = {"Parasitized": 0.9, "Uninfected": 0.1}
    answered = case_record.Answer("champion", champion.manifest.created, "class", "Parasitized", shown)
    settled_reviews.settle(said, audit=0.5, answered=answered)
    return champion


@pytest.fixture
def versioned(settled):
    """The second version, and a challenger that has learnt from it and is right more often."""
    made = next_dataset.make(settled, by="Ada")
    sides = made.table.set_index("image_id")["split"].to_dict()
    challenger = settled_reviews.write_sides(made, sides, "challenger", skill=9, created="2026-02-01T00:00:00+00:00")
    return settled, challenger


def said(test):
    parts = [*test.markdown, *test.caption, *test.info, *test.warning, *test.error]
    return " ".join(f"{part.value} {getattr(part.proto, 'help', '')}" for part in parts)


def headline(test):
    bodies = [str(part.proto.body) for part in test.get("html")]
    lines = [re.sub("<[^>]*>", "", body) for body in bodies if 'class="verdict"' in body]
    return html.unescape(lines[0]).replace("\N{NO-BREAK SPACE}", " ")


def press(test, label):
    next(button for button in test.button if label in button.label).click().run()
    assert not test.exception, test.exception
    return test


def open_part(app, part, **address):
    return app("review", view="next", part=part, dataset="tiny", **address)


def test_without_a_model_it_says_what_will_stand_there(app, tiny_dataset, home, monkeypatch):
    monkeypatch.setattr(challenges.package.paths, "model_folders", lambda: [home / "trained_models"])
    assert "No model was trained on tiny" in headline(open_part(app, "challenge"))


def test_without_a_challenger_and_without_settled_cases(app, champion):
    assert headline(open_part(app, "challenge")) == "champion has no challenger yet"
    assert headline(open_part(app, "version")) == "Nothing new is settled yet"
    assert headline(open_part(app, "left")).startswith("Nothing may be left to it yet: 0 audit cases")


def test_a_version_is_made_as_a_job_by_who_signs(app, settled, started):
    test = open_part(app, "version")
    assert headline(test) == "The next version would bring 24 new cases"
    table = test.dataframe[0].value.set_index("Settled cases")["Images"]
    assert table["New, for training"] + table["New, for the test"] == 24
    press(test, "Make tiny-v2")
    assert jobs.list_jobs() == [], "without a name nothing is made"
    test.text_input(key="version-by").set_value("Ada").run()
    press(test, "Make tiny-v2")
    (job,) = jobs.list_jobs()
    assert (job.verb, job.dataset, job.arguments.model, job.arguments.by) == ("version", "tiny-v2", "champion", "Ada")
    assert jobs.work(job.id).name == "finished"
    assert next_dataset.versions.read_version("tiny-v2").by == "Ada"


def test_the_champions_recipe_is_trained_on_the_version(app, versioned, started):
    test = open_part(app, "version")
    press(test, "Train as the champion was")
    (made,) = run.list_runs()
    assert (made.recipe.dataset, made.recipe.saved_split) == ("tiny-v2", next_dataset.versions.SPLIT)
    assert started[-1][1] == ["work", made.id]


def test_from_missing_answers_to_a_look_to_a_verdict(app, versioned):
    champion, challenger = versioned
    test = open_part(app, "challenge")
    assert headline(test) == "champion has not answered all test images yet"
    press(test, "Let champion answer the test images of challenger")
    assert jobs.list_jobs()[0].verb == "cross"
    challenges.answer_missing(champion, challenger)
    test = open_part(app, "challenge")
    assert "not compared yet" in headline(test)
    assert champions.read_entries("tiny") == [], "to open the page is no look"
    test.number_input(key="champion-margin").set_value(3.0)
    test.text_input(key="champion-by").set_value("Ada").run()
    press(test, "State the margin and compare")
    (looked,) = champions.read_entries("tiny")
    assert (looked.kind, looked.margin, looked.by) == ("looked", 0.03, "Ada")
    assert headline(test).startswith("It cannot be told: 24 frozen test images")
    assert "looked at for 1 pair." in said(test)
    assert not [button for button in test.button if "the champion" in button.label], "no way around the rule"


def test_which_cases_change_is_seen_and_each_opens(app, tiny_dataset, versioned):
    champion, challenger = versioned
    challenges.answer_missing(champion, challenger)
    challenges.look(champion, challenger, "tiny", margin=0.02, by="Ada")
    cases = challenges.judge(champion, challenger, 0.02).cases
    better = cases[cases["kind"] == "only_b"]
    test = open_part(app, "challenge", image=better["image_id"].iloc[0])
    options = [option for group in test.get("button_group") for option in group.options]
    assert any(f"Better ({len(better)})" in str(getattr(option, "content", option)) for option in options)
    names = champion.class_names
    assert f"now: {names[better['answer_a'].iloc[0]]}" in said(test)
    press(test, "Close")
    assert "image" not in test.query_params


def test_a_version_that_holds_all_is_not_made_again(app, versioned):
    test = open_part(app, "version")
    assert headline(test) == "tiny-v2 has all that is settled"
    assert not [button for button in test.button if button.label.startswith("Make")]


def test_an_allowed_challenger_is_made_champion_and_one_goes_back(app, tiny_dataset, champion, monkeypatch):
    table = made_models.make_answers(np.tile([0, 1], 200), groups=[f"P{n}" for n in range(400)], skill=1.0)
    made_of = {"name": "tiny", "fingerprint": tiny_dataset.content, "content": tiny_dataset.content}
    old = made_models.write_model(table, "old", dataset=made_of, created="2026-03-01T00:00:00+00:00")
    champions.add(
        "tiny", lambda entries: champions.Entry(kind="promoted", by="Cy", model="old", created=old.manifest.created)
    )
    better = made_models.make_answers(np.tile([0, 1], 200), groups=[f"P{n}" for n in range(400)], skill=9.0)
    new = made_models.write_model(better, "new", dataset=made_of, created="2026-04-01T00:00:00+00:00")
    challenges.look(old, new, "tiny", margin=0.02, by="Ada")
    test = open_part(app, "challenge", challenger="new")
    assert headline(test).startswith("It may take the champion's place: right on ")
    test.text_input(key="champion-by").set_value("Ada").run()
    test.text_input(key="champion-why").set_value("fewer misses").run()
    press(test, "Make new the champion")
    assert challenges.find_champion("tiny").id == "new"
    kept = champions.read_entries("tiny")[-1]
    assert (kept.by, kept.why, kept.previous) == ("Ada", "fewer misses", "old") and kept.evidence
    test.text_input(key="champion-by-back").set_value("Ben").run()
    press(test, "Go back to old")
    assert challenges.find_champion("tiny").id == "old"
    assert [one.kind for one in champions.read_entries("tiny")] == ["promoted", "looked", "promoted", "rolled back"]
    assert "champion" in " ".join(app("evaluate", model="old").selectbox[0].options)
    assert any("Champion" in part.value for part in app("home").markdown)


def test_what_may_be_left_to_the_model_says_when_cases_are_too_few(app, settled):
    test = open_part(app, "left")
    assert re.match(r"Nothing may be left to it yet: \d+ audit cases, and 2 % errors take 189 or more", headline(test))
    assert test.dataframe[0].value["Cases"].iloc[-1] > 0
