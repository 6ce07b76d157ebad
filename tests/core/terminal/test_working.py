"""The workers' verbs: they begin without what only other verbs need."""

import json
import subprocess
import sys

from core.base import paths

SAY_WHAT_WAS_IMPORTED = (
    "import json, sys\n"
    "from core import __main__ as terminal\n"
    "status = terminal.main(sys.argv[1:])\n"
    "print(json.dumps([status, sorted(sys.modules)]))\n"
)


def begin(*arguments):
    """Exit status of a verb in a process of its own, and the modules that it has imported."""
    ended = subprocess.run(
        [sys.executable, "-c", SAY_WHAT_WAS_IMPORTED, *arguments],
        env=paths.child_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    status, modules = json.loads(ended.stdout.splitlines()[-1])
    return status, set(modules), ended.stderr


def test_a_worker_of_a_run_does_not_wait_for_what_judges_and_reports(home):
    status, modules, said = begin("work", "20260101-000000-no-such-run")
    assert status == 2
    assert "RunNotFound" in said
    assert "core.jobs.training_worker" in modules
    assert not {"core.jobs.publishing", "core.results.comparison", "core.reports.report", "core.jobs.jobs"} & modules


def test_a_worker_of_a_job_does_not_wait_for_what_trains(home):
    status, modules, said = begin("job", "no-such-job")
    assert status == 2
    assert "RunNotFound" in said
    assert "core.jobs.jobs" in modules
    assert not {"core.jobs.training_worker", "core.results.comparison", "core.reports.report"} & modules


def test_the_workers_verbs_are_listed_with_the_others(home):
    status, modules, _ = begin("datasets", "--json")
    assert status == 0
    assert "core.terminal.comparing" in modules
