"""Acts about images: kept with who and when, listed, taken back, none lost when several decide at once."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from core.base import errors, paths
from core.datasets.index import acts, index, ledger
from tests.support import decided


def make(kind=acts.EXCLUDE, image_id="aa", *, dataset="cells", by="Ada", **more):
    return acts.Act(kind, dataset, image_id, by, **more)


def names(**chosen):
    return [act.image_id for act in ledger.list_acts(**chosen)]


def test_none_before_the_first(home):
    assert ledger.list_acts() == []
    assert ledger.read_stamp("cells") == (0, 0, 0)


def test_an_act_says_who_when_what_why_on_which_image_and_which_model_prompted_it(tiny_dataset):
    row = tiny_dataset.table.iloc[3]
    asked = acts.Act(acts.SECOND_LOOK, "tiny", row["image_id"], " Ada  L. ", why="too  dark", model_id="m1")
    ledger.record([asked])
    [act] = ledger.list_acts(dataset="tiny")
    assert (act.by, act.why, act.model_id, act.kind) == ("Ada L.", "too dark", "m1", "second_look")
    assert (act.path, act.sha256) == (row["path"], row["sha256"])
    assert act.at.endswith("+00:00")
    assert index.read_index("tiny").decided.by_image[row["image_id"]] == (act,)


def test_acts_are_listed_by_data_set_image_model_kind_and_author(home):
    ledger.record([make(image_id="aa"), make(image_id="bb")])
    ledger.record([make(acts.SECOND_LOOK, "aa", by="Ben", model_id="m1")])
    ledger.record([make(acts.RELABEL, "cc", dataset="pets", about="cat", model_id="m1")])
    assert names() == ["aa", "bb", "aa", "cc"]
    assert names(dataset="pets") == ["cc"]
    assert names(image_id="aa", kind="exclude") == ["aa"]
    assert names(model_id="m1") == ["aa", "cc"]
    assert names(by="Ben") == ["aa"]
    assert names(by="nobody") == []


def test_what_is_taken_back_stays_in_the_file_with_who_did(home):
    ledger.record([make()])
    before = ledger.read_stamp("cells")
    ledger.withdraw(ledger.list_acts(), by="Ben", why="it is one after all")
    assert ledger.read_stamp("cells") != before
    assert names() == []
    lines = [json.loads(line) for line in ledger.ledger_path("cells").read_text().splitlines()]
    assert [(line["by"], line.get("withdrawn", False)) for line in lines] == [("Ada", False), ("Ben", True)]
    ledger.record([make(by="Cy")])
    assert [act.by for act in ledger.list_acts()] == ["Cy"]


def test_decided_anew_the_newer_act_counts_in_the_place_of_the_older(home):
    ledger.record([make(acts.SECOND_LOOK, "aa", why="one"), make(acts.SECOND_LOOK, "bb")])
    ledger.record([make(acts.SECOND_LOOK, "aa", by="Ben", why="two")])
    assert [(act.image_id, act.by, act.why) for act in ledger.list_acts()] == [("aa", "Ben", "two"), ("bb", "Ada", "")]
    ledger.record([make(acts.SECOND_LOOK, "aa", model_id="m1")])  # because of another answer
    assert names() == ["aa", "bb", "aa"]


def test_what_is_fine_altogether_is_neither_excluded_nor_of_another_class(home):
    ledger.record([make(), make(acts.RELABEL, about="X"), make(acts.SECOND_LOOK), make(acts.KEEP, about="dark")])
    ledger.record([make(acts.KEEP)])
    assert [(act.kind, act.about) for act in ledger.list_acts()] == [
        ("second_look", ""),
        ("keep", "dark"),
        ("keep", ""),
    ]
    ledger.record([make(acts.RELABEL, about="Y")])
    assert [act.about for act in ledger.list_acts()] == ["", "dark", "Y"]


@pytest.mark.parametrize("wrong", [{"by": " "}, {"image_id": ""}, {"kind": acts.RELABEL}])
def test_an_act_without_author_image_or_class_is_refused(home, wrong):
    with pytest.raises(ValueError, match="expected an author"):
        ledger.record([make(**wrong)])
    with pytest.raises(ValueError, match="one data set"):
        ledger.record([make(), make(dataset="pets")])
    assert not ledger.ledger_path("cells").exists()


def test_a_torn_last_line_is_none_and_loses_nothing(home):
    ledger.record([make(image_id="aa")])
    with ledger.ledger_path("cells").open("a") as file:
        file.write('{"kind":"exclude","dataset":"cells","ima')
    assert names() == ["aa"]
    ledger.record([make(image_id="bb")])
    assert names() == ["aa", "bb"]


@pytest.mark.parametrize(
    "line", ["", "{}", '{"kind": "exclude"}', '["no"]', "\x00\x00", '{"kind":"sing","image_id":"a"}']
)
def test_any_other_damage_is_said_and_nothing_is_overwritten(tiny_dataset, line):
    decided.exclude("tiny", tiny_dataset.table["image_id"][:1])
    path = ledger.ledger_path("tiny")
    path.write_text(f"{line}\n{path.read_text()}")
    before = path.read_bytes()
    with pytest.raises(errors.IndexBroken, match="line 1 of it"):
        ledger.list_acts()
    with pytest.raises(errors.IndexBroken):
        ledger.record([make(dataset="tiny")])
    assert path.read_bytes() == before
    (row,) = index.list_datasets()
    assert row["status"] == "broken"
    assert "what people decided" in row["message"]


def test_odd_words_come_back_as_they_were_and_long_ones_are_cut(home):
    ledger.record([make(image_id='a"b\n{}', why="läuft “so”", by="Ö")])
    [only] = ledger.list_acts()
    assert (only.image_id, only.why, only.by) == ('a"b\n{}', "läuft “so”", "Ö")
    ledger.record([replace(only, why="x" * 100_000)])
    assert len(ledger.list_acts()[0].why) == ledger.LONGEST_WHY


def test_a_name_that_is_a_path_is_refused(home):
    with pytest.raises(errors.NameNotUsable):
        ledger.record([make(dataset="../tiny")])


def test_two_writers_at_once_lose_nothing(home):
    code = (
        "import sys; from core.datasets.index import acts\nfrom core.datasets.index import ledger\n"
        "for n in range(40): ledger.record([acts.Act('exclude', 'cells', f'{sys.argv[1]}-{n}', 'A')])"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(number)], env=paths.child_environment())
        for number in range(3)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert sorted(names()) == sorted(f"{number}-{n}" for number in range(3) for n in range(40))
