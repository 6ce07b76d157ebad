"""What is read out to those who do not see the page: only news, as text, and on every page."""

import pytest
from streamlit.testing.v1 import AppTest

from core.base import background, paths
from core.jobs import jobs as background_jobs
from pages.kit import jobs
from tests.support.app_pages import written

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.mark.parametrize("page", ["home", "datasets", "explore", "train", "evaluate", "compare", "predict", "review"])
def test_every_page_has_the_region_that_stays(app, monkeypatch, page):
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])  # nothing has to answer
    kinds = [one.proto.component_name for one in app(page).get("bidi_component")]
    assert sum(kind.endswith("second_look_attention") for kind in kinds) == 1


def test_news_are_text_and_never_markup():
    def script(words):
        from pages.kit import attention_component

        attention_component.tell(words)

    test = AppTest.from_function(script, args=(HOSTILE,)).run()
    assert '<span class="news">&lt;img' in written(test) and HOSTILE not in written(test)


def test_a_job_is_read_out_at_each_quarter_and_not_at_each_tick(home):
    job = background_jobs.Job("one", home / "one", "index", "cells", background_jobs.Arguments())
    said = [jobs.say_news(job, background.Step(done=done, total=200)) for done in range(201)]
    assert list(dict.fromkeys(said)) == [
        f"Reading cells: {words}" for words in ("at work.", "25 % done.", "50 % done.", "75 % done.", "100 % done.")
    ]
    assert jobs.say_news(job, background.Step()) == "Reading cells: at work."


def test_what_ended_is_read_out_once_where_nothing_else_says_so(app, tiny_dataset):
    """An import says itself what came in; of an examination only its findings would show that it is over."""
    job = background_jobs.start_job("doctor", "tiny")
    test = app("datasets")
    assert "Examining tiny: at work." in written(test)
    assert background_jobs.work(job.id).name == "finished"
    test.run()
    assert "Examining tiny: done." in written(test)
    test.run()
    assert "Examining tiny" not in written(test)
