"""Decisions about single images: kept, counted, taken back, part of the fingerprint, never an edit of the images."""

import hashlib
import threading

import numpy as np
import pytest
from PIL import Image

from core import errors, paths
from core.datasets import curation, importing, index, pixels


def hash_files(folder):
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*.png"))}


def test_without_decisions_nothing_changes(tiny_dataset):
    assert curation.read("tiny") == curation.Curation()
    assert tiny_dataset.fingerprint == tiny_dataset.content
    assert not tiny_dataset.table["excluded"].any()


def test_an_exclusion_leaves_images_out_and_comes_back(tiny_dataset):
    before = hash_files(paths.datasets_folder() / "tiny")
    chosen = tiny_dataset.table["image_id"].iloc[[3, 5]].tolist()
    curation.exclude("tiny", chosen, "blurred")
    now = index.read_index("tiny")
    assert len(now.usable) == len(tiny_dataset.usable) - 2
    assert now.usable.index.tolist() == [row for row in tiny_dataset.usable.index if row not in (3, 5)]
    assert now.content == tiny_dataset.content
    assert now.fingerprint != tiny_dataset.fingerprint
    assert now.decided.excluded == dict.fromkeys(chosen, "blurred")
    described = index.describe(now)
    assert described["images"] == 70
    assert described["excluded"] == 2
    assert sum(described["classes"].values()) == 70
    assert hash_files(paths.datasets_folder() / "tiny") == before
    curation.include("tiny", chosen)
    assert index.read_index("tiny").fingerprint == tiny_dataset.fingerprint


def test_the_list_of_data_sets_counts_exclusions_off(tiny_dataset):
    curation.exclude("tiny", tiny_dataset.table["image_id"].iloc[:1].tolist(), "dark")
    (row,) = index.list_datasets()
    assert (row["status"], row["images"], row["excluded"]) == ("ready", 71, 1)
    assert row["fingerprint"] == index.read_index("tiny").fingerprint
    assert row["content"] == tiny_dataset.content


def test_pixels_are_kept_by_content_and_not_made_again(tiny_dataset):
    path = pixels.cache_path(tiny_dataset.content, 64, 64)
    stamp = path.stat().st_mtime_ns
    curation.exclude("tiny", tiny_dataset.table["image_id"].iloc[:5].tolist(), "dark")
    opened = pixels.open_pixels(index.read_index("tiny"), 64, 64)
    assert len(opened) == 72
    assert path.stat().st_mtime_ns == stamp
    assert len(list(paths.cache_folder().glob("*.npy"))) == 1


def test_a_proposal_changes_no_label_but_the_fingerprint(tiny_dataset):
    image_id = tiny_dataset.table.at[0, "image_id"]
    curation.propose("tiny", image_id, "Uninfected", "looks empty")
    now = index.read_index("tiny")
    assert now.table["label"].tolist() == tiny_dataset.table["label"].tolist()
    assert now.fingerprint != tiny_dataset.fingerprint
    assert now.decided.proposals == {image_id: curation.Proposal("Uninfected", "looks empty")}
    curation.withdraw("tiny", image_id)
    curation.withdraw("tiny", image_id)
    assert index.read_index("tiny").fingerprint == tiny_dataset.fingerprint


def test_what_is_ignored_adds_up_and_is_not_part_of_the_fingerprint(tiny_dataset):
    curation.ignore("tiny", "dark", ["b", "a"])
    curation.ignore("tiny", "dark", ["c"])
    now = index.read_index("tiny")
    assert now.decided.ignored == {"dark": frozenset("abc")}
    assert now.fingerprint == tiny_dataset.fingerprint
    curation.forget_ignored("tiny", "dark")
    assert curation.read("tiny").ignored == {}


def test_the_fingerprint_depends_on_what_is_decided_not_in_which_order():
    one = curation.Curation({"a": "dark", "b": "blurred"}, {"c": curation.Proposal("X", "seen")})
    other = curation.Curation({"b": "other words", "a": ""}, {"c": curation.Proposal("X", "")})
    ids = ["a", "b", "c"]
    assert curation.compute_fingerprint("f", one, ids) == curation.compute_fingerprint("f", other, ids)
    assert curation.compute_fingerprint("f", one, ["z"]) == "f"
    assert curation.compute_fingerprint("f", one, ["a"]) != curation.compute_fingerprint("f", one, ids)


def test_two_windows_lose_nothing_of_each_other(tiny_dataset):
    def decide(start):
        for number in range(10):
            curation.exclude("tiny", [f"{start}-{number}"], "test")

    threads = [threading.Thread(target=decide, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(curation.read("tiny").excluded) == 40


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"excluded": 3, "proposals": {}, "ignored": {}, "places": {}}'])
def test_a_damaged_file_is_said_and_nothing_is_overwritten(tiny_dataset, content):
    path = curation.curation_path("tiny")
    path.parent.mkdir(parents=True)
    path.write_text(content)
    with pytest.raises(errors.IndexBroken, match="exclusions and proposals"):
        curation.read("tiny")
    with pytest.raises(errors.IndexBroken):
        curation.exclude("tiny", ["a"], "dark")
    assert path.read_text() == content
    (row,) = index.list_datasets()
    assert row["status"] == "broken"
    assert "exclusions and proposals" in row["message"]


def test_removing_the_data_set_removes_the_decisions(tiny_dataset):
    curation.exclude("tiny", ["a"], "dark")
    importing.remove_dataset("tiny")
    assert not curation.curation_path("tiny").exists()


def test_reading_the_folder_again_keeps_the_decisions(tiny_dataset):
    image_id = tiny_dataset.table.at[0, "image_id"]
    curation.exclude("tiny", [image_id], "dark")
    assert index.build_index("tiny").decided.excluded == {image_id: "dark"}


def test_a_name_that_is_a_path_is_refused(home):
    with pytest.raises(errors.NameNotUsable):
        curation.exclude("../tiny", ["a"], "dark")


@pytest.fixture
def twice(home):
    """The same picture as cat/i05.png and as dog/z5.png; each class has others too."""
    rng = np.random.default_rng(0)
    for place in ("cat/i05", "cat/i06", "dog/z5", "dog/z6"):
        target = paths.datasets_folder() / "pets" / f"{place}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)).save(target)
    folder = paths.datasets_folder() / "pets"
    (folder / "dog/z5.png").write_bytes((folder / "cat/i05.png").read_bytes())
    return folder


def excluded_paths(data):
    return data.table.loc[data.table["excluded"], "path"].tolist()


def id_of(data, path):
    return data.table.loc[data.table["path"] == path, "image_id"].item()


def test_a_decision_stays_with_its_file_when_copies_come_and_go(twice):
    data = index.build_index("pets")
    curation.exclude("pets", [id_of(data, "dog/z5.png")], "wrong class")
    assert excluded_paths(index.read_index("pets")) == ["dog/z5.png"]
    (twice / "cat/a0.png").write_bytes((twice / "cat/i05.png").read_bytes())  # sorts before both
    assert excluded_paths(index.build_index("pets")) == ["dog/z5.png"]
    (twice / "cat/a0.png").unlink()
    (twice / "cat/i05.png").unlink()
    data = index.build_index("pets")  # now the only file of these contents
    assert excluded_paths(data) == ["dog/z5.png"]
    curation.include("pets", [id_of(data, "dog/z5.png")])
    assert excluded_paths(index.read_index("pets")) == []


def test_a_decision_whose_file_is_gone_waits_and_strikes_no_other(twice):
    data = index.build_index("pets")
    (twice / "cat/i05b.png").write_bytes((twice / "cat/i05.png").read_bytes())
    data = index.build_index("pets")
    curation.exclude("pets", [id_of(data, "dog/z5.png")], "wrong class")
    kept = (twice / "dog/z5.png").read_bytes()
    (twice / "dog/z5.png").unlink()
    assert excluded_paths(index.build_index("pets")) == []
    curation.exclude("pets", [id_of(index.read_index("pets"), "cat/i06.png")], "dark")  # writes the file anew
    (twice / "dog/z5.png").write_bytes(kept)
    assert excluded_paths(index.build_index("pets")) == ["cat/i06.png", "dog/z5.png"]


def test_a_renamed_file_keeps_its_decision(twice):
    data = index.build_index("pets")
    curation.exclude("pets", [id_of(data, "cat/i06.png")], "dark")
    (twice / "cat/i06.png").rename(twice / "cat/other.png")
    assert excluded_paths(index.build_index("pets")) == ["cat/other.png"]
