"""The models that come with the program: whole, small, honest about themselves, and still answering as they did."""

import pytest

from core.base import paths
from core.models import loading, package
from core.results import comparison, predictions_file
from core.statistics import estimate, measures, metrics_table, reliability, summary

FOLDER = paths.PROJECT_FOLDER / "trained_models"
SHIPPED = sorted(
    line.removeprefix("!/trained_models/").strip().rstrip("/")
    for line in (paths.PROJECT_FOLDER / ".gitignore").read_text().splitlines()
    if line.startswith("!/trained_models/") and line.rstrip().endswith("/")
)
LARGEST_BYTES = 24_000_000


@pytest.fixture(params=SHIPPED)
def shipped(request, home, monkeypatch):
    monkeypatch.setattr(paths, "model_folders", lambda: [FOLDER])
    return package.find_package(request.param)


def test_all_of_them_together_are_small():
    assert {"malaria-base-cnn", "malaria-smear-cnn", "sample-cells-base-cnn"} <= set(SHIPPED)
    files = [path for name in SHIPPED for path in (FOLDER / name).iterdir()]
    assert sum(path.stat().st_size for path in files) < LARGEST_BYTES


def test_its_files_are_those_that_were_published(shipped):
    for name in package.FILES:
        package.require_unaltered(shipped, name)
    assert shipped.manifest.command.startswith("python -m core train ")
    assert f"--save-as {shipped.id}" in shipped.manifest.command


def test_nothing_of_imagenet_and_no_place_of_a_machine_is_in_it(shipped):
    assert not shipped.manifest.training.backbone
    text = (shipped.folder / package.MANIFEST).read_text()
    assert not [root for root in ('"/home', '"/root', '"/tmp', '"/Users', ":\\\\") if root in text]


def test_its_result_is_what_its_predictions_come_to(shipped):
    predictions = predictions_file.read(shipped.file(package.PREDICTIONS_FILE))
    test = predictions[predictions["split"] == "test"]
    again = summary.summarise(test, shipped.class_names, shipped.positive_class)
    assert set(again) == set(shipped.manifest.test)
    for one in metrics_table.list_summary():
        expected = shipped.manifest.test[one.key].to_json()
        assert again[one.key].to_json() == pytest.approx(expected, abs=1e-6), one.key
    assert again["confusion"] == shipped.manifest.test.confusion


def test_evaluate_and_compare_say_the_same_of_it(shipped):
    """Evaluate measures in the order of the file, Compare sorts the images; the manifest was written at publishing."""
    table = predictions_file.read(shipped.file(package.PREDICTIONS_FILE))
    task = reliability.select_task(table, "test", shipped.class_names, shipped.positive_class, threshold=None)
    measured = measures.measure(task)
    compared = comparison.compare(shipped, shipped)["metrics"]
    for one in metrics_table.list_summary():
        expected = pytest.approx(shipped.manifest.test[one.key].to_json())
        assert measured[one.key].to_json() == expected
        assert compared[one.key].a.to_json() == expected


def test_the_readme_quotes_them_as_they_are(home, monkeypatch):
    monkeypatch.setattr(paths, "model_folders", lambda: [FOLDER])
    readme = (paths.PROJECT_FOLDER / "README.md").read_text()
    for name in ("sample-cells-base-cnn", "malaria-smear-cnn-micro"):
        assert package.find_package(name).manifest.test.accuracy.say(estimate.PER_CENT) in readme


def test_its_result_stands_in_the_documents(shipped):
    """The table of docs/results.md says of each model that ships what its manifest says."""
    rows = (paths.PROJECT_FOLDER / "docs" / "results.md").read_text().splitlines()
    (row,) = [line for line in rows if line.startswith(f"| `{shipped.id}` |")]
    for one in metrics_table.list_summary():
        assert f"| {shipped.manifest.test[one.key].say()} |" in row, one.key


@pytest.mark.ml
def test_it_still_answers_as_it_did(shipped):
    assert loading.load_model(shipped.id).network.count_params() == shipped.manifest.parameters
