"""The models that come with the program: whole, small, honest about themselves, and still answering as they did."""

import pytest

from core import paths
from core.evaluation import summary
from core.models import loading, package

FOLDER = paths.PROJECT_FOLDER / "trained_models"
SHIPPED = sorted(
    line.removeprefix("!/trained_models/").strip().rstrip("/")
    for line in (paths.PROJECT_FOLDER / ".gitignore").read_text().splitlines()
    if line.startswith("!/trained_models/") and line.rstrip().endswith("/")
)
LARGEST_BYTES = 20_000_000


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
    assert shipped.manifest["command"].startswith("python -m core train ")
    assert f"--save-as {shipped.id}" in shipped.manifest["command"]


def test_nothing_of_imagenet_and_no_place_of_a_machine_is_in_it(shipped):
    assert not shipped.manifest["training"].get("backbone")
    text = (shipped.folder / package.MANIFEST).read_text()
    assert not [root for root in ('"/home', '"/root', '"/tmp', '"/Users', ":\\\\") if root in text]


def test_its_result_is_what_its_predictions_come_to(shipped):
    predictions = summary.read_predictions(shipped.file(package.PREDICTIONS_FILE))
    test = predictions[predictions["split"] == "test"]
    again = summary.summarise(
        test, shipped.class_names, shipped.positive_class, seed=shipped.manifest["recipe"].get("seed", 0)
    )
    for name in summary.METRICS:
        for part, said in shipped.manifest["test"][name].items():
            assert again[name][part] == pytest.approx(said, abs=1e-6), (name, part)
    assert again["confusion"] == shipped.manifest["test"]["confusion"]


@pytest.mark.ml
def test_it_still_answers_as_it_did(shipped):
    assert loading.load_model(shipped.id).network.count_params() == shipped.manifest["parameters"]
