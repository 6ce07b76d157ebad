"""Answers to many images in the background: kept under the id of the job; what goes wrong is that job's alone."""

import io
import signal
import subprocess
import sys

import pytest

from core.base import asides, background, errors, paths
from core.jobs import handed_in, jobs
from core.results import kept_answers
from tests.support import answering


@pytest.fixture
def asked(home, tmp_path, monkeypatch):
    """A model, a folder to ask it about, and jobs that are done by this process, when it says so."""
    monkeypatch.setattr(background, "start", lambda folder, arguments: None)
    _, found = answering.write_guarded(monkeypatch)
    return found, answering.write_images(tmp_path / "in")


def start(found, *sources, rule="auto"):
    named = [str(source) for source in sources]
    return jobs.start_job("answer", found.manifest.dataset.name, model=found.id, sources=named, group_rule=rule)


def test_it_is_kept_under_the_id_of_the_job_and_two_do_not_mix(asked):
    found, folder = asked
    one, other = start(found, folder / "smear 0"), start(found, folder / "smear 0", folder / "smear 1", rule="none")
    assert jobs.work(other.id).details.images == 15 and jobs.work(one.id).name == "finished"
    assert kept_answers.find(one.id).images == 9 and kept_answers.find(other.id).rule == "none"
    jobs.dismiss_job(one)
    assert kept_answers.find(one.id).images == 9, "the result is its user's"


def test_what_goes_wrong_is_said_and_leaves_nothing(asked):
    found, folder = asked
    job = start(found, folder / "smear 9" / "none.zip", folder / "smear 0", rule="regex:(")
    state = jobs.work(job.id)
    assert state.name == "failed" and state.message.startswith("GroupRuleNotUsable")
    with pytest.raises(errors.AnswersNotFound):
        kept_answers.find(job.id)


def test_a_stop_leaves_nothing(asked):
    found, folder = asked
    job = start(found, folder)
    jobs.stop_job(job)
    assert jobs.work(job.id).name == "stopped"
    assert not paths.answers_folder().is_dir() or list(paths.answers_folder().iterdir()) == []


def test_images_through_the_browser_are_read_and_removed(asked):
    found, folder = asked
    content = (folder / "smear 0" / "0.png").read_bytes()
    names = ["../evil.png", "a.png", "A.png", ".hidden.png", "ä b.png"]
    place = handed_in.keep_images([(name, io.BytesIO(content)) for name in names])
    assert sorted(file.name for file in place.iterdir()) == ["3-A.png", "_ b.png", "a.png", "evil.png", "hidden.png"]
    job = start(found, place)
    assert jobs.work(job.id).name == "finished" and not place.parent.exists()
    assert kept_answers.find(job.id).by_verdict == {"answer": 5}


def test_a_folder_through_the_browser_keeps_its_folders_and_none_leads_out(asked):
    _, folder = asked
    content = (folder / "smear 0" / "0.png").read_bytes()
    names = [
        "slides/one/0.png",
        "slides/two/0.png",
        "slides/../../x/0.png",
        "/etc/0.png",
        "slides/ONE/0.png",
        "a/" * 50,
    ]
    place = handed_in.keep_images([(name, io.BytesIO(content)) for name in names])
    kept = sorted(file.relative_to(place).as_posix() for file in place.rglob("*") if file.is_file())
    deep = "a/" * 7 + "a"
    expected = [deep, "etc/0.png", "slides/ONE/5-0.png", "slides/one/0.png", "slides/two/0.png", "slides/x/0.png"]
    assert kept == sorted(expected)


DIES = (
    "import os, signal\n"
    "from core.jobs import jobs\n"
    "from core.prediction import marks\n"
    "from core.runtimes import opening\n"
    "from tests.support import block_runtimes\n"
    "opening.KINDS = (block_runtimes.BlockRuntime,)\n"
    "marks.mark = lambda *given, **named: os.kill(os.getpid(), signal.SIGKILL)\n"  # all is answered, nothing is kept
)


def test_a_killed_worker_is_seen_as_such_and_what_it_left_goes(asked):
    found, folder = asked
    job = start(found, folder / "smear 1")
    command = [sys.executable, "-c", f"{DIES}jobs.work({job.id!r})"]
    child = subprocess.run(command, env=paths.child_environment(), capture_output=True, check=False, timeout=120)
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    assert job.state.name == "interrupted" and kept_answers.list_kept() == []
    assert [path.name.split("-")[0] for path in paths.answers_folder().iterdir()] == [".answers"]
    asides.sweep(paths.answers_folder())
    assert list(paths.answers_folder().iterdir()) == []
