"""Imports and drawings in the background, as the dashboard starts them."""

import io
import time

import pytest

from core.base import background, errors, files, paths
from core.datasets.index import index
from core.jobs import handed_in, jobs
from tests import conftest


def wait_for(job, *names, seconds=120):
    deadline = time.time() + seconds
    while job.state.name not in names:
        assert time.time() < deadline, (job.state, (job.folder / background.LOG).read_text())
        time.sleep(0.05)
    return job.state


def test_an_import_in_a_process_of_its_own(home, tmp_path):
    conftest.write_tiny_images(tmp_path / "source")
    job = jobs.start_job("import", "tiny", source=str(tmp_path / "source"))
    assert job.state.is_active
    state = wait_for(job, "finished")
    assert state.details.images == 72
    assert len(index.read_index("tiny").usable) == 72
    assert [entry.id for entry in jobs.list_jobs()] == [job.id]
    jobs.dismiss_job(job)
    assert jobs.list_jobs() == []


def test_what_goes_wrong_is_the_same_message_as_in_the_terminal(home, tmp_path):
    job = jobs.start_job("import", "tiny", source=str(tmp_path / "nowhere"))
    state = wait_for(job, "failed")
    assert state.message.startswith("SourceNotFound: expected")
    jobs.dismiss_job(job)


def test_a_cancelled_drawing_leaves_nothing(home):
    job = jobs.start_job("draw", "many", images=20_000, seed=1)
    while not (job.state.details.progress and job.state.details.progress.done):
        time.sleep(0.05)
    jobs.stop_job(job)
    wait_for(job, "stopped")
    assert not (paths.datasets_folder() / "many").exists()
    assert index.list_datasets() == []
    assert list(paths.datasets_folder().iterdir()) == []


def test_an_upload_is_removed_after_its_import(home):
    path = handed_in.keep_upload("../../evil.zip", io.BytesIO(b"no zip"))
    assert path.is_relative_to(paths.uploads_folder())
    job = jobs.start_job("import", "tiny", source=str(path))
    assert "BrokenArchive" in wait_for(job, "failed").message
    jobs.dismiss_job(job)
    assert not path.exists()


def test_an_upload_that_does_not_fit_is_a_message_and_leaves_nothing(home, monkeypatch):
    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(handed_in.shutil, "copyfileobj", full)
    with pytest.raises(errors.DiskFull):
        handed_in.keep_upload("a.zip", io.BytesIO(b"x"))
    assert list(paths.uploads_folder().iterdir()) == []


def test_names_are_checked_before_anything_is_started(home):
    with pytest.raises(errors.NameNotUsable):
        jobs.start_job("draw", "../evil", images=100, seed=1)
    assert jobs.list_jobs() == []


@pytest.mark.parametrize("job_id", ["../x", "", "20260101-000000-draw-zzzzzz"])
def test_unknown_jobs(home, job_id):
    with pytest.raises(errors.RunNotFound):
        jobs.read_job(job_id)


def test_a_half_written_job_folder_is_passed_over(home):
    (paths.jobs_folder() / "20260101-000000-draw-abcdef").mkdir(parents=True)
    assert jobs.list_jobs() == []


def test_old_jobs_are_forgotten_but_not_those_that_failed(home, monkeypatch):
    monkeypatch.setattr(jobs.background, "start", lambda folder, arguments: None)
    for number in range(jobs.KEPT + 5):
        job = jobs.start_job("draw", "cells", images=100, seed=1)
        phase = "failed" if number == 0 else "finished"
        files.write_json(job.folder / background.STATUS, {"phase": phase, "message": "why"})
    jobs.start_job("draw", "cells", images=100, seed=1)
    left = jobs.list_jobs()
    assert len(left) <= jobs.KEPT + 2
    assert any(job.state.name == "failed" for job in left)
