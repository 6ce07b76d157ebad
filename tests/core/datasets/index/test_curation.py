"""Decisions about single images: kept, counted, taken back, part of the fingerprint, never an edit of the images."""

import hashlib

import numpy as np
import pytest
from PIL import Image

from core.base import errors, paths
from core.datasets.index import acts, curation, index, ledger, pixels
from core.datasets.intake import importing
from tests.support import decided


def hash_files(folder):
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*.png"))}


def test_without_decisions_nothing_changes(tiny_dataset):
    assert tiny_dataset.decided == curation.Curation()
    assert tiny_dataset.fingerprint == tiny_dataset.content
    assert not tiny_dataset.table["excluded"].any()


def test_an_exclusion_leaves_images_out_and_comes_back(tiny_dataset):
    before = hash_files(paths.datasets_folder() / "tiny")
    chosen = tiny_dataset.table["image_id"].iloc[[3, 5]].tolist()
    decided.exclude("tiny", chosen, "blurred")
    now = index.read_index("tiny")
    assert len(now.usable) == len(tiny_dataset.usable) - 2
    assert now.usable.index.tolist() == [row for row in tiny_dataset.usable.index if row not in (3, 5)]
    assert now.content == tiny_dataset.content
    assert now.fingerprint != tiny_dataset.fingerprint
    assert {one: act.why for one, act in now.decided.excluded.items()} == dict.fromkeys(chosen, "blurred")
    described = index.describe(now)
    assert described["images"] == 70
    assert described["excluded"] == 2
    assert sum(described["classes"].values()) == 70
    assert hash_files(paths.datasets_folder() / "tiny") == before
    decided.take_back("tiny", acts.EXCLUDE)
    assert index.read_index("tiny").fingerprint == tiny_dataset.fingerprint


def test_the_list_of_data_sets_counts_exclusions_off(tiny_dataset):
    decided.exclude("tiny", tiny_dataset.table["image_id"].iloc[:1].tolist(), "dark")
    (row,) = index.list_datasets()
    assert (row["status"], row["images"], row["excluded"]) == ("ready", 71, 1)
    assert row["fingerprint"] == index.read_index("tiny").fingerprint
    assert row["content"] == tiny_dataset.content


def test_pixels_are_kept_by_content_and_not_made_again(tiny_dataset):
    path = pixels.cache_path(tiny_dataset.content, 64, 64)
    stamp = path.stat().st_mtime_ns
    decided.exclude("tiny", tiny_dataset.table["image_id"].iloc[:5].tolist(), "dark")
    opened = pixels.open_pixels(index.read_index("tiny"), 64, 64)
    assert len(opened) == 72
    assert path.stat().st_mtime_ns == stamp
    assert len(list(paths.cache_folder().glob("*.npy"))) == 1


def test_a_proposal_changes_no_label_but_the_fingerprint(tiny_dataset):
    image_id = tiny_dataset.table.at[0, "image_id"]
    decided.propose("tiny", image_id, "Uninfected", "looks empty")
    now = index.read_index("tiny")
    assert now.table["label"].tolist() == tiny_dataset.table["label"].tolist()
    assert now.fingerprint != tiny_dataset.fingerprint
    [(proposed, act)] = now.decided.proposals.items()
    assert (proposed, act.about, act.why) == (image_id, "Uninfected", "looks empty")
    ledger.withdraw([act], by="Ada")
    ledger.withdraw([act], by="Ada")  # what stands no more is fine
    assert index.read_index("tiny").fingerprint == tiny_dataset.fingerprint


def test_what_is_fine_adds_up_and_is_not_part_of_the_fingerprint(tiny_dataset):
    ids = tiny_dataset.table["image_id"].tolist()
    for chosen in (ids[:2], ids[2:3]):
        ledger.record([acts.Act(acts.KEEP, "tiny", one, "Ada", about="dark") for one in chosen])
    now = index.read_index("tiny")
    assert now.decided.kept == {"dark": frozenset(ids[:3])}
    assert now.fingerprint == tiny_dataset.fingerprint
    decided.take_back("tiny", acts.KEEP)
    assert index.read_index("tiny").decided == curation.Curation()


def test_the_fingerprint_depends_on_what_is_decided_not_in_which_order():
    def build(*written):
        return curation.Curation(tuple(acts.Act(kind, "d", one, by, about=about) for kind, one, by, about in written))

    one = build(("exclude", "a", "Ada", ""), ("exclude", "b", "Ada", ""), ("relabel", "c", "Ada", "X"))
    other = build(("relabel", "c", "Ben", "X"), ("exclude", "b", "Ada", ""), ("exclude", "a", "Ben", ""))
    ids = ["a", "b", "c"]
    assert curation.compute_fingerprint("f", one, ids) == curation.compute_fingerprint("f", other, ids)
    # as earlier versions computed it, whose runs and splits name it
    assert curation.compute_fingerprint("f", one, ids) == hashlib.sha256(b'["f", ["a", "b"], [["c", "X"]]]').hexdigest()
    assert curation.compute_fingerprint("f", one, ["z"]) == "f"
    assert curation.compute_fingerprint("f", one, ["a"]) != curation.compute_fingerprint("f", one, ids)


def test_removing_the_data_set_removes_the_decisions(tiny_dataset):
    decided.exclude("tiny", ["a"], "dark")
    importing.remove_dataset("tiny")
    assert ledger.list_acts() == []
    assert not ledger.ledger_path("tiny").exists()


def test_reading_the_folder_again_keeps_the_decisions(tiny_dataset):
    image_id = tiny_dataset.table.at[0, "image_id"]
    decided.exclude("tiny", [image_id], "dark")
    assert list(index.build_index("tiny").decided.excluded) == [image_id]


def test_a_name_that_is_a_path_is_refused(home):
    with pytest.raises(errors.NameNotUsable):
        decided.exclude("../tiny", ["a"], "dark")


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
    decided.exclude("pets", [id_of(data, "dog/z5.png")], "wrong class")
    assert excluded_paths(index.read_index("pets")) == ["dog/z5.png"]
    (twice / "cat/a0.png").write_bytes((twice / "cat/i05.png").read_bytes())  # sorts before both
    assert excluded_paths(index.build_index("pets")) == ["dog/z5.png"]
    (twice / "cat/a0.png").unlink()
    (twice / "cat/i05.png").unlink()
    data = index.build_index("pets")  # now the only file of these contents
    assert excluded_paths(data) == ["dog/z5.png"]
    ledger.withdraw(list(data.decided.excluded.values()), by="Ada")
    assert excluded_paths(index.read_index("pets")) == []


def test_a_decision_whose_file_is_gone_waits_and_strikes_no_other(twice):
    data = index.build_index("pets")
    (twice / "cat/i05b.png").write_bytes((twice / "cat/i05.png").read_bytes())
    data = index.build_index("pets")
    decided.exclude("pets", [id_of(data, "dog/z5.png")], "wrong class")
    kept = (twice / "dog/z5.png").read_bytes()
    (twice / "dog/z5.png").unlink()
    assert excluded_paths(index.build_index("pets")) == []
    decided.exclude("pets", [id_of(index.read_index("pets"), "cat/i06.png")], "dark")
    (twice / "dog/z5.png").write_bytes(kept)
    assert excluded_paths(index.build_index("pets")) == ["cat/i06.png", "dog/z5.png"]


def test_a_renamed_file_keeps_its_decision(twice):
    data = index.build_index("pets")
    decided.exclude("pets", [id_of(data, "cat/i06.png")], "dark")
    (twice / "cat/i06.png").rename(twice / "cat/other.png")
    assert excluded_paths(index.build_index("pets")) == ["cat/other.png"]
