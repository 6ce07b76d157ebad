"""Groups: the patient in the file names of the public sets, and rules of the user's own."""

import pytest

from core.base import errors
from core.datasets.index import groups

MALARIA = ["P/C33P1thinF_IMG_20150619_114756a_cell_179.png", "U/C1_thinF_IMG_20150604_104722_cell_9.png"]
CHEST = ["train/P/person123_virus_1.jpeg", "train/N/IM-0115-0001.jpeg", "train/N/NORMAL2-IM-1094-0001.jpeg"]


def test_malaria() -> None:
    assert groups.find_groups(MALARIA, "auto") == ("malaria", ["C33P1", "C1"])
    names = ["C132P93ThinF_IMG_1.png", "C61P22N_ThinF_IMG_2.png", "C9P3thin_original_IMG_3.png", "x.png"]
    assert groups.find_groups(names, "malaria")[1] == ["C132P93", "C61P22N", "C9P3", ""]


def test_chest() -> None:
    assert groups.find_groups(CHEST, "auto") == ("chest", ["person123", "IM-0115", "IM-1094"])


def test_auto_wants_nine_names_in_ten() -> None:
    assert groups.find_groups(MALARIA[:1] * 9 + ["U/other.png"], "auto")[0] == "malaria"
    assert groups.find_groups(MALARIA[:1] * 8 + ["U/other.png"] * 2, "auto")[0] == "none"
    assert groups.find_groups(["A/clothing_1.png", "B/nothing_2.png"], "auto") == ("none", ["", ""])
    assert groups.find_groups([], "auto") == ("none", [])


def test_folder_below_the_class() -> None:
    paths = ["w/A/anna/1.png", "w/B/anna/2.png", "w/B/3.png"]
    assert groups.find_groups(paths, "folder") == ("folder", ["anna", "anna", ""])


def test_a_pattern_of_the_user() -> None:
    rule = r"regex:^(\d+)_"
    assert groups.find_groups(["A/12_x.png", "B/y.png", "3_/B/4_.png"], rule) == (rule, ["12", "", "4"])


@pytest.mark.parametrize(
    ("rule", "match"),
    [
        ("patient", "one of auto, malaria"),
        ("regex:(", "unterminated"),
        ("regex:abc", "exactly one group"),
        ("regex:(a)(b)", "found 2"),
        ("regex:(a+)+$", "repeats"),
        ("regex:((?:a|a)*)b", "repeats"),
        ("regex:((x*)){2,}", "exactly one group"),
        ("regex:(?:(?:x*)y){2,}(z)", "repeats"),
    ],
)
def test_rules_that_cannot_be_used(rule: str, match: str) -> None:
    with pytest.raises(errors.GroupRuleNotUsable, match=match):
        groups.require_rule(rule)
    with pytest.raises(errors.GroupRuleNotUsable):
        groups.find_groups(["A/1.png"], rule)


def test_harmless_patterns_pass() -> None:
    for rule in [
        *groups.RULES,
        r"regex:([^+*]+)_",
        r"regex:(\(\d+\))",
        r"regex:(?i)patient-?([0-9]{1,4})",
        "regex:(a|b)_",
    ]:
        assert groups.require_rule(rule) == rule


def test_patterns_see_the_first_255_characters_only() -> None:
    """A pattern that takes time with the square of the length must not meet a name of 100,000 characters."""
    names = ["A/" + "a" * length + "b.png" for length in (200, 100_000)]
    assert groups.find_groups(names, r"regex:a*(b)")[1] == ["b", ""]


@pytest.mark.data
def test_patients_of_the_real_cells(shared_datasets) -> None:
    import zipfile

    with zipfile.ZipFile(shared_datasets / "cell_images.zip") as archive:
        paths = archive.namelist()
    rule, found = groups.find_groups(paths, "auto")
    sides = {
        side: {group for group, path in zip(found, paths, strict=True) if side in path} for side in ("Para", "Unin")
    }
    assert (rule, len(set(found)), len(paths)) == ("malaria", 160, 20_911)
    assert len(sides["Para"] & sides["Unin"]) == 120
    assert len(sides["Unin"] - sides["Para"]) == 40
