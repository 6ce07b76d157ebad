"""The doctor: whatever the tests plant is found, in the right kind; a homogeneous set has no findings."""

import dataclasses
import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageDraw, ImageFilter

from core.base import paths
from core.datasets.duplicates import near_identical
from core.datasets.index import index
from core.datasets.quality import appearance, doctor, findings
from core.datasets.views import image_facts
from tests.support import decided

PAIRS = pd.DataFrame({name: [] for name in ("row_a", "row_b", "similarity", "how")})


def photo(seed):
    """A smooth scene in soft colours with some texture, unlike any other one."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(60, 200, (8, 8, 3), dtype=np.uint8)).resize(
        (64, 64), Image.Resampling.BICUBIC
    )
    return Image.fromarray(np.clip(np.asarray(coarse) + rng.normal(0, 8, (64, 64, 3)), 0, 255).astype(np.uint8))


def card():
    """A white card with writing, as dog.5604 of cats and dogs."""
    picture = Image.new("RGB", (320, 240), "white")
    for line in range(4):
        ImageDraw.Draw(picture).text((20, 30 + 50 * line), "This is not a dog", fill=(30, 30, 30), font_size=28)
    return picture


def save(name, picture, class_name="dogs"):
    path = paths.datasets_folder() / "pets" / class_name / name
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)
    return path


@pytest.fixture
def pets(home):
    """40 photographs of each of two classes, as files; `examine()` indexes and examines what is there then."""
    for number in range(40):
        save(f"cat{number}.png", photo(number), "cats")
        save(f"dog{number}.png", photo(100 + number), "dogs")
    return paths.datasets_folder() / "pets"


def examine(*, look=True):
    data = index.build_index("pets")
    pairs = near_identical.build_pairs(data) if look else None
    return data, {finding.kind: finding for finding in doctor.examine(data, image_facts.build_facts(data), pairs)}


def names(data, finding):
    return [path.rsplit("/", 1)[1] for path in data.table.loc[finding.rows["row"], "path"]]


def test_a_homogeneous_set_has_no_findings(pets):
    assert examine()[1] == {}


def test_unreadable_and_truncated_files(pets):
    whole = io.BytesIO()
    photo(1000).save(whole, "PNG")
    (pets / "cats" / "cut.png").write_bytes(whole.getvalue()[:2000])
    (pets / "dogs" / "text.jpg").write_text("no image")
    (pets / "dogs" / "empty.png").write_bytes(b"")
    data, found = examine()
    assert list(found) == ["unreadable"]
    assert sorted(names(data, found["unreadable"])) == ["cut.png", "empty.png", "text.jpg"]
    assert (found["unreadable"].n, found["unreadable"].of) == (3, 83)
    assert found["unreadable"].rows["detail"].str.len().min() > 10
    assert not found["unreadable"].can_be_decided


def test_exact_copies_are_grouped_and_the_first_is_kept(pets):
    for number in range(3):
        save(f"copy{number}.png", photo(0), "cats")
    save("again.png", photo(105))
    data, found = examine(look=False)
    finding = found["duplicate"]
    assert finding.count == "6 of 84 images in 2 sets"
    assert finding.rows["group_number"].tolist() == [1, 1, 1, 1, 2, 2]
    assert sorted(names(data, finding)[:4]) == ["cat0.png", "copy0.png", "copy1.png", "copy2.png"]
    extra = doctor.choose_copies(finding)
    assert len(extra) == 4
    kept = set(finding.rows["row"]) - set(extra["row"])
    assert data.table.loc[sorted(kept), "sha256"].is_unique


def test_one_picture_in_two_classes_is_a_kind_of_its_own(pets):
    save("same.png", photo(3), "dogs")
    data, found = examine(look=False)
    assert "duplicate" not in found
    assert sorted(names(data, found["contradiction"])) == ["cat3.png", "same.png"]


def test_near_copies_of_both_kinds(pets):
    photo(7).resize((96, 96), Image.Resampling.BICUBIC).save(pets / "cats" / "larger.jpg", quality=90)
    photo(120).save(pets / "cats" / "wrong.jpg", quality=90)
    data, found = examine()
    assert names(data, found["near_duplicate"]) == ["larger.jpg", "cat7.png"]  # the one with more pixels is kept
    assert sorted(names(data, found["contradiction"])) == ["dog20.png", "wrong.jpg"]
    assert "duplicate" not in found


def test_pairs_connect_and_copies_count_once(pets):
    save("copy.png", photo(0), "cats")
    data = index.build_index("pets")
    row = {path.rsplit("/", 1)[1]: number for number, path in data.table["path"].items()}
    links = [("cat0.png", "cat1.png", 0.99), ("cat1.png", "cat2.png", 0.9), ("cat0.png", "copy.png", 1.0)]
    pairs = pd.DataFrame(
        [(row[a], row[b], alike, "near-identical") for a, b, alike in links], columns=list(PAIRS.columns)
    )
    found = {finding.kind: finding for finding in doctor.examine(data, None, pairs)}
    assert names(data, found["near_duplicate"]) == ["cat0.png", "cat1.png", "cat2.png"]
    assert found["near_duplicate"].rows["group_number"].tolist() == [1, 1, 1]
    assert sorted(names(data, found["duplicate"])) == ["cat0.png", "copy.png"]


def test_what_looks_unlike_the_rest(pets):
    save("card.png", card())
    save("black.png", Image.new("RGB", (64, 64)))
    save("dot.png", Image.new("RGB", (1, 1), (90, 140, 60)))
    save("night.png", photo(200).point(lambda value: value // 8))
    save("snow.png", photo(201).point(lambda value: 220 + value // 8))
    save("fog.png", photo(202).point(lambda value: 120 + value // 12))
    save("blurred.png", photo(203).filter(ImageFilter.GaussianBlur(3)))
    save("long.png", photo(204).resize((400, 64)))
    data, found = examine(look=False)
    assert names(data, found["text_card"]) == ["card.png"]
    assert set(names(data, found["single_colour"])) == {"black.png", "dot.png"}
    assert "night.png" in names(data, found["dark"])
    assert "snow.png" in names(data, found["bright"])
    assert "fog.png" in names(data, found["low_contrast"])
    assert "blurred.png" in names(data, found["blurred"])
    assert set(names(data, found["odd_size"])) == {"dot.png", "long.png", "card.png"}
    assert names(data, found["odd_size"])[0] == "dot.png"  # the worst first
    planted = {"card.png", "black.png", "dot.png", "night.png", "snow.png", "fog.png", "blurred.png", "long.png"}
    assert {name for finding in found.values() for name in names(data, finding)} <= planted


def test_a_masked_cell_is_no_card(home):
    for number in range(30):
        for class_name, colour in (("cats", (220, 160, 170)), ("dogs", (200, 150, 190))):
            picture = Image.new("RGB", (70, 70))
            ImageDraw.Draw(picture).ellipse((4, 4, 60 + number % 5, 62), fill=(colour[0] - number, *colour[1:]))
            save(f"{number}.png", picture, class_name)
    assert "text_card" not in examine(look=False)[1]


def test_distance_is_robust_and_knows_when_it_knows_nothing():
    values = np.r_[np.arange(100.0), 1e6]
    distance = appearance.measure_distance(values)
    assert distance[50] == 0
    assert distance[-1] > 1000
    assert np.abs(distance[:100]).max() < 2
    assert appearance.measure_distance(np.r_[np.ones(20), 2.0])[-1] == np.inf
    assert not appearance.measure_distance(np.arange(5.0)).any()
    assert not appearance.measure_distance(np.array([])).any()


def make_data(tiny_dataset, labels, groups):
    """The index `tiny` with other labels and patients; only what the balance looks at."""
    table = tiny_dataset.table.iloc[np.zeros(len(labels), dtype=int)].reset_index(drop=True)
    table = table.assign(label=labels, group=groups, sha256=[f"{n:064x}" for n in range(len(labels))])
    table["image_id"] = table["sha256"].str[-16:]
    return dataclasses.replace(tiny_dataset, table=table)


def test_classes_of_unequal_size(tiny_dataset):
    data = make_data(tiny_dataset, [0] * 90 + [1] * 30, [""] * 120)
    (finding,) = doctor.examine(data, None, None)
    assert finding.kind == "imbalance"
    assert "3.0 times as many" in finding.words
    assert "right for 75 of 100" in finding.words
    assert not finding.can_be_decided


def test_patients_with_most_images_hardly_any_and_one_class(tiny_dataset):
    groups = ["big"] * 600 + [f"P{n % 20}" for n in range(1000)] + ["left-over"]
    labels = [0] * 300 + [1] * 300 + [n // 20 % 2 for n in range(1000)] + [1]
    data = make_data(tiny_dataset, labels, groups)
    found = {finding.kind: finding for finding in doctor.examine(data, None, None)}
    assert list(found) == ["dominating_group", "tiny_group", "one_class_group"]
    assert found["dominating_group"].rows["detail"].tolist() == ["big: 600 images"]
    assert found["tiny_group"].rows["detail"].tolist() == ["left-over: 1 image"]
    assert found["one_class_group"].count == "1 of 22 patients"
    assert "Uninfected" in found["one_class_group"].rows["detail"].iloc[0]


def test_excluded_and_ignored_images_are_not_reported(pets):
    save("card.png", card())
    save("copy.png", photo(0), "cats")
    data, found = examine(look=False)
    card_id, copy_ids = (
        data.table.loc[found[kind].rows["row"], "image_id"].tolist() for kind in ("text_card", "duplicate")
    )
    kept = doctor.leave_out_fine(list(found.values()), data, {"duplicate": {copy_ids[0]}, "text_card": set()})
    assert "duplicate" not in {finding.kind for finding in kept}
    assert "text_card" in {finding.kind for finding in kept}
    decided.exclude("pets", card_id, "test")
    again = index.read_index("pets")
    assert "text_card" not in {finding.kind for finding in doctor.leave_out_fine(list(found.values()), again, {})}
    assert "text_card" not in {finding.kind for finding in doctor.examine(again, image_facts.read_facts(again), None)}


def test_the_table_names_every_image_and_is_the_same_each_time(pets):
    save("card.png", card())
    save("copy.png", photo(0), "cats")
    data, found = examine(look=False)
    table = doctor.to_table(list(found.values()), data)
    assert len(table) == sum(max(1, len(finding.rows)) for finding in found.values())
    assert "dogs/card.png" in set(table["path"])
    pd.testing.assert_frame_equal(
        table, doctor.to_table(doctor.examine(data, image_facts.read_facts(data), None), data)
    )
    assert len(doctor.to_table([], data)) == 0
    assert list(doctor.to_table([], data).columns) == list(table.columns)


def test_every_kind_has_a_title_and_findings_stand_in_order(pets):
    save("card.png", card())
    save("copy.png", photo(0), "cats")
    (pets / "dogs" / "bad.png").write_bytes(b"")
    kinds = list(examine(look=False)[1])
    assert kinds == sorted(kinds, key=findings.KINDS.index)
    assert set(findings.KINDS) >= findings.IN_GROUPS
