"""The drawn sample data set: the promised files, the same pixels for a seed, truthful masks, nothing half done."""

import errno
import re
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.base import errors, paths, progress
from core.datasets.index import index
from core.datasets.intake import importing
from core.datasets.sample import drawn, drawn_cells, drawn_files, drawn_patients

IMAGES = 90


@pytest.fixture(scope="module")
def drawn_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, index.Index]:
    """One small data set for all tests that only look: its folder and its index."""
    home = tmp_path_factory.mktemp("drawn") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECOND_LOOK_HOME", str(home))
        built = drawn.draw_dataset("sample", images=IMAGES, seed=3)
        return paths.datasets_folder() / "sample", built


def read_rgb(path: Path) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGR2RGB), np.uint8)


def draw(number: int, *, infected: bool, seed: int = 5) -> drawn_cells.DrawnCell:
    patient = drawn_patients.invent_patient(seed, number % drawn_patients.PATIENTS)
    return drawn_cells.draw_cell(patient, seed=seed, number=number, infected=infected)


def test_classes_patients_and_facts(drawn_once: tuple[Path, index.Index]) -> None:
    _, cells = drawn_once
    described = index.describe(cells)
    assert described["classes"] == {"Parasitized": 45, "Uninfected": 45}
    assert (described["groups"], described["problems"], described["positive_class"]) == (40, [], "Parasitized")
    infected = set(cells.usable.loc[cells.usable["label"] == 0, "group"])
    healthy = set(cells.usable.loc[cells.usable["label"] == 1, "group"])
    assert len(infected) == 30
    assert healthy == {f"S{number:02d}" for number in range(1, 41)}
    assert {"kind": "drawn", "source": "drawn by Second Look", "seed": 3}.items() <= cells.facts.items()


def test_file_names_are_like_the_public_ones(drawn_once: tuple[Path, index.Index]) -> None:
    folder, _ = drawn_once
    names = [path.name for path in folder.glob("images/*/*.png")]
    assert len(set(names)) == IMAGES
    assert all(re.fullmatch(r"S\d\dthinF_IMG_\d{4}_cell_\d+\.png", name) for name in names)


def test_each_infected_image_has_its_mask_and_no_other(drawn_once: tuple[Path, index.Index]) -> None:
    folder, _ = drawn_once
    images = {path.name for path in (folder / "images" / "Parasitized").iterdir()}
    assert {path.name for path in (folder / "masks" / "Parasitized").iterdir()} == images
    assert [path.name for path in (folder / "masks").iterdir()] == ["Parasitized"]


def test_masks_lie_within_their_cells(drawn_once: tuple[Path, index.Index]) -> None:
    folder, _ = drawn_once
    for path in (folder / "masks" / "Parasitized").iterdir():
        mask = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        image_rgb = read_rgb(folder / "images" / "Parasitized" / path.name)
        assert mask.dtype == np.uint8
        assert mask.shape == image_rgb.shape[:2]
        assert set(np.unique(mask)) == {0, 255}
        covered = (mask > 0).mean()
        assert 0.004 < covered < 0.45
        shown = cv2.dilate((image_rgb.max(axis=2) > 0).astype(np.uint8), np.ones((3, 3), np.uint8))
        assert (shown[mask > 0] == 1).all()


def test_cells_are_on_black_and_have_the_promised_size(drawn_once: tuple[Path, index.Index]) -> None:
    folder, _ = drawn_once
    for path in folder.glob("images/*/*.png"):
        image_rgb = read_rgb(path)
        assert 60 <= max(image_rgb.shape[:2]) <= 80
        lit = (image_rgb.max(axis=2) > 0).astype(np.uint8)
        assert 0.4 < lit.mean() < 0.95
        assert all(edge.any() for edge in (lit[0], lit[-1], lit[:, 0], lit[:, -1]))  # cut out tightly
        _, _, areas, _ = cv2.connectedComponentsWithStats(lit)
        assert areas[1:, cv2.CC_STAT_AREA].max() > 0.97 * lit.sum()


@pytest.mark.parametrize("number", range(0, 60, 3))
def test_outside_its_mask_an_infected_cell_is_a_healthy_one(number: int) -> None:
    infected, healthy = draw(number, infected=True), draw(number, infected=False)
    assert not healthy.mask.any()
    outside = infected.mask == 0
    np.testing.assert_array_equal(infected.image_rgb[outside], healthy.image_rgb[outside])
    difference = np.abs(infected.image_rgb.astype(int) - healthy.image_rgb).max(axis=2)
    assert (difference[~outside] > 0).mean() > 0.5
    assert difference.max() > 20  # a person can see it


def test_a_seed_gives_the_same_pixels() -> None:
    first, again, other = draw(4, infected=True), draw(4, infected=True), draw(4, infected=True, seed=6)
    np.testing.assert_array_equal(first.image_rgb, again.image_rgb)
    np.testing.assert_array_equal(first.mask, again.mask)
    assert first.image_rgb.shape != other.image_rgb.shape or (first.image_rgb != other.image_rgb).any()


def test_other_processes_draw_the_same_pixels(
    home: Path, monkeypatch: pytest.MonkeyPatch, drawn_once: tuple[Path, index.Index]
) -> None:
    monkeypatch.setattr(drawn, "IN_PROCESS_IMAGES", 0)
    assert drawn.draw_dataset("again", images=IMAGES, seed=3).fingerprint == drawn_once[1].fingerprint


def test_every_image_is_another(drawn_once: tuple[Path, index.Index]) -> None:
    assert drawn_once[1].table["sha256"].is_unique


def test_a_plan_is_even_and_names_everybody() -> None:
    jobs = drawn_files.plan_images(2001, 0)
    assert Counter(job.infected for job in jobs) == {True: 1001, False: 1000}
    assert len({job.file_name for job in jobs}) == 2001
    assert len({job.patient for job in jobs if job.infected}) == 30
    assert min(Counter(job.patient for job in jobs).values()) > 5


def test_mean_colour_does_not_tell_the_classes_apart() -> None:
    jobs = drawn_files.plan_images(400, 1)
    patients = [drawn_patients.invent_patient(1, number) for number in range(drawn_patients.PATIENTS)]
    means = []
    for job in jobs:
        cell = drawn_cells.draw_cell(patients[job.patient], seed=1, number=job.number, infected=job.infected)
        means.append(cell.image_rgb[cell.image_rgb.max(axis=2) > 0].mean(axis=0))
    colours, infected = np.array(means), np.array([job.infected for job in jobs])
    unseen = np.array([job.patient % 3 == 0 for job in jobs])
    judge = make_pipeline(StandardScaler(), LogisticRegression()).fit(colours[~unseen], infected[~unseen])
    assert judge.score(colours[unseen], infected[unseen]) < 0.75


def test_what_fools_a_network_is_in_both_classes_alike() -> None:
    """A cell's outline, artefacts and size come from random numbers that do not know the class."""
    for number in range(12):
        assert draw(number, infected=True).image_rgb.shape == draw(number, infected=False).image_rgb.shape


@pytest.mark.parametrize("images", [0, -5, 79, 100_001])
def test_a_number_of_images_out_of_range(home: Path, images: int) -> None:
    with pytest.raises(errors.DrawingNotPossible, match="80 to 100,000"):
        drawn.draw_dataset("sample", images=images)
    assert not paths.datasets_folder().exists()


def test_a_seed_out_of_range(home: Path) -> None:
    with pytest.raises(errors.DrawingNotPossible, match="seed"):
        drawn.draw_dataset("sample", images=80, seed=-1)


def test_a_name_that_cannot_be_a_folder(home: Path) -> None:
    with pytest.raises(errors.NameNotUsable):
        drawn.draw_dataset("../sample", images=80)


def test_a_name_already_taken(home: Path) -> None:
    taken = paths.datasets_folder() / "sample"
    taken.mkdir(parents=True)
    (taken / "mine.txt").write_text("keep")
    with pytest.raises(errors.NameTaken, match="sample"):
        drawn.draw_dataset("sample", images=80)
    assert [path.name for path in taken.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("drawing", [True, False])
@pytest.mark.parametrize("in_process", [True, False])
def test_cancelling_leaves_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch, drawing: bool, in_process: bool
) -> None:
    """Whether the person stops while cells are drawn or while they are indexed."""
    monkeypatch.setattr(drawn, "IN_PROCESS_IMAGES", 1000 if in_process else 0)

    def stop(done: int, total: int, doing: str) -> None:
        if (doing == drawn.DRAWING) == drawing and done > 0:
            raise progress.Cancelled

    with pytest.raises(progress.Cancelled):
        drawn.draw_dataset("sample", images=80, report=stop)
    assert list(paths.datasets_folder().iterdir()) == []
    assert index.list_datasets() == []


def test_an_import_meanwhile_does_not_disturb(home: Path, tmp_path: Path) -> None:
    """An import removes what killed ones left behind; a drawing at work is not to be taken for one of these."""
    for label, class_name in enumerate(("cats", "dogs")):
        (tmp_path / "pets" / class_name).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "pets" / class_name / "a.png"), np.full((9, 9, 3), 50 + label, np.uint8))

    def start_an_import(done: int, total: int, doing: str) -> None:
        if doing == drawn.DRAWING and 0 < done < total:
            importing.import_dataset(tmp_path / "pets", "pets")

    assert len(drawn.draw_dataset("sample", images=80, report=start_an_import).table) == 80
    assert sorted(path.name for path in paths.datasets_folder().iterdir()) == ["pets", "sample"]


def test_a_full_disk_leaves_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(errors.DiskFull):
        drawn.draw_dataset("sample", images=80)
    assert list(paths.datasets_folder().iterdir()) == []


def test_progress_reaches_its_end(home: Path) -> None:
    told: list[tuple[int, int, str]] = []
    drawn.draw_dataset("sample", images=80, report=lambda *row: told.append(row))
    drawing = [(done, total) for done, total, what in told if what == drawn.DRAWING]
    assert (drawing[0], drawing[-1]) == ((0, 80), (80, 80))
