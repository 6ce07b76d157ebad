"""What may stand in the place of a file of ours is the fault of one entry: named once, and every page works."""

import contextlib
import io
import shutil

import pytest

from core import __main__ as terminal
from core.base import background, paths
from core.experiments import series
from core.jobs import jobs
from core.models import package
from core.training import run
from tests.support import spoiled
from tests.support.app_pages import messages, words

PAGES = ("home", "datasets", "explore", "train", "evaluate", "compare", "predict", "review")
NAMED = ("manifest", "recipe", "series", "job")  # on Home; a status and a log are where their training is shown


@pytest.fixture(scope="module")
def made(_tiny_data, tmp_path_factory):
    """A home with a machine in it, made once: each test spoils a copy."""
    home = tmp_path_factory.mktemp("machine")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SECOND_LOOK_HOME", str(home))
        patched.setattr(background, "start", lambda *asked: None)
        shutil.copytree(_tiny_data, paths.data_folder())
        return home, spoiled.make_machine()


@pytest.fixture
def machine(made, home, started):
    source, whole = made
    shutil.copytree(source, home, dirs_exist_ok=True)
    return whole.move(source, home)


def read_out(*arguments):
    """What a verb prints, and the lines of its faults; it must not fail."""
    out, said = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
        assert terminal.main(list(arguments)) == 0
    return out.getvalue(), [line for line in said.getvalue().splitlines() if "Broken" in line]


@pytest.mark.parametrize("how", spoiled.SPOILINGS)
def test_each_is_one_fault_and_every_page_works(app, machine, how):
    for path in machine.files.values():
        spoiled.SPOILINGS[how](path)
    home = words(app("home")).replace("\\", "")
    for kind in NAMED:
        assert home.count(machine.files[kind].parent.name + ")") == 1, kind
    for page in PAGES[1:]:
        app(page, **{"from": "own"} if page == "predict" else {})  # fails on an exception; the sample would be answered
    assert "Its status.json cannot be read" in messages(app("train", run=machine.files["status"].parent.name))
    assert [found.id for found in package.list_packages() if "-" not in found.id] == [spoiled.GOOD]
    assert len(run.list_runs()) == 3 and len(series.list_series()) == 1 and len(jobs.list_jobs()) == 1
    for verb, kind in (("models", "manifest"), ("runs", "recipe"), ("series", "series")):
        out, faults = read_out(verb)
        assert out and [machine.files[kind].parent.name in line for line in faults] == [True]
    assert read_out("queue")


@pytest.mark.parametrize("how", ["pipe", "device", "400 MB"])
def test_a_log_that_is_none_is_named_where_its_curves_would_be(app, machine, how):
    spoiled.SPOILINGS[how](machine.files["metrics"])
    found = machine.files["metrics"].parent.name
    if how == "400 MB":  # a hole is no row; what was logged before it counts
        assert "metrics.jsonl" not in messages(app("train", run=found))
        return
    assert "metrics.jsonl" in messages(app("train", run=found))
    assert "metrics.jsonl" not in messages(app("train", run=machine.run.id))
    for view in ("compare", "series"):
        app("train", run=machine.run.id, panel=view)


VALUES = [
    ("manifest", "operating_point", [1]),
    ("manifest", "operating_point", {"by": "x"}),
    ("manifest", "calibration", {"temperature": 0}),
    ("manifest", "referral", {"limit": "x"}),
    ("manifest", "recipe.augmentation", {"flip": "x"}),
    ("manifest", "versions", {"keras": 3}),
    ("manifest", "class_names", ["a", "a"]),
    ("recipe", "recipe.split", "x"),
    ("recipe", "recipe.epochs", "many"),
    ("recipe", "recipe.augmentation", 5),
    ("recipe", "class_names", ["a", "a"]),
    ("recipe", "class_names", [1, 2]),
    ("recipe", "created", "noon"),
    ("recipe", "segments", [{"epoch": 1}]),
    ("recipe", "split", "x"),
    ("series", "run_ids", ["../../elsewhere"]),
    ("series", "recipe.split", "x"),
    ("job", "verb", "of another version"),
    ("job", "arguments", {"source": 5}),
    ("job", "dataset", 5),
]


@pytest.mark.parametrize(("kind", "place", "value"), VALUES)
def test_a_wrong_value_is_one_named_fault(app, machine, kind, place, value):
    path = machine.files[kind]
    spoiled.change(path, place, value)
    said = words(app("home")).replace("\\", "")
    assert path.parent.name in said and said.count("Broken") + said.count("RecipeNotUsable") == 1
    assert place.rpartition(".")[2] in said
    app({"manifest": "evaluate", "job": "datasets"}.get(kind, "train"))


@pytest.mark.parametrize(
    ("place", "value"), [("queued_at", "noon"), ("epoch", "two"), ("progress", [1]), ("phase", 5), ("message", {})]
)
@pytest.mark.parametrize("alive", [True, False])
def test_a_status_that_is_none_says_so_and_the_others_go_on(app, machine, place, value, alive):
    path = machine.files["status"]
    spoiled.change(path, "phase", "queued")
    spoiled.change(path, place, value)
    with background.hold(path.parent) if alive else contextlib.nullcontext():
        for page in ("home", "train"):
            app(page)
        said = messages(app("train", run=path.parent.name))
    assert alive or f"usable {place}" in said  # a worker that lives will write the next one
