"""The next version of a data set: what is frozen stays frozen, nobody is on two sides, and the old one is untouched."""

import hashlib

import pytest

from core.base import errors, paths
from core.datasets.index import index
from core.datasets.intake import versions
from core.datasets.splits import saved_splits
from core.models import tables
from core.results import challenges, cross_evaluation, version_curve
from core.review import dealing, next_dataset, retraining, review_record, settled_cases
from core.runtimes import opening
from core.training import run
from tests.support import brightness, made_models, settled_reviews

NEW = 40
OTHER = {"Parasitized": "Uninfected", "Uninfected": "Parasitized"}


def hash_files(name):
    folder = paths.datasets_folder() / name
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in folder.rglob("*.*")
        if p.is_file()
    }


def correct(data, champion_sides, side):
    """A settled correction of one image on a side: (file, patient, answer), and its row."""
    row = next(row for row in data.table.index if champion_sides[data.find_id(row)] == side)
    return (settled_reviews.read_file(data, row), "", OTHER[data.class_names[data.find_label(row)]]), row


def find_sides(champion):
    scored = tables.read_predictions(champion)
    return dict(zip(scored["image_id"], scored["split"], strict=True)) | dict.fromkeys(
        tables.read_training_images(champion)["image_id"], "train"
    )


@pytest.fixture
def champion(tiny_dataset, store):
    return settled_reviews.write_champion(tiny_dataset)


@pytest.fixture
def made(tiny_dataset, champion):
    """The second version: 40 new cases of 20 unknown patients and two known ones, and a correction on each side."""
    sides = find_sides(champion)
    patients = sorted(tiny_dataset.table["group"].unique())
    said = [(settled_reviews.encode(n), f"N{n // 2}", made_models.NAMES[n % 2]) for n in range(NEW)]
    said += [
        (settled_reviews.encode(50), patients[0], "Parasitized"),
        (settled_reviews.encode(51), patients[-1], "Uninfected"),
    ]
    said += [(settled_reviews.encode(52), "", review_record.CANNOT_TELL)]
    for side in ("train", "validation", "test"):
        said.append(correct(tiny_dataset, sides, side)[0])
    row = [row for row in tiny_dataset.table.index if sides[tiny_dataset.find_id(row)] == "train"][3]
    said.append((settled_reviews.read_file(tiny_dataset, row), "", review_record.NOT_SUCH))
    settled_reviews.settle(said, audit=0.5)
    before = hash_files("tiny")
    data = next_dataset.make(champion, by="Ada")
    assert hash_files("tiny") == before
    return data


def test_the_frozen_test_is_the_same_images_under_the_same_labels(tiny_dataset, champion, made):
    scored = tables.read_predictions(champion)
    tested = scored[scored["split"] == "test"].set_index("image_id")["label"]
    now = made.table[made.table["split"] == "test"].set_index("image_id")
    assert set(tested.index) <= set(now.index)
    assert (now.loc[tested.index, "label"] == tested).all()
    here = tiny_dataset.table.set_index("image_id")
    assert (now.loc[tested.index, "sha256"] == here.loc[tested.index, "sha256"]).all()
    said = versions.read_version(made.name)
    frozen = [(one, champion.class_names[label]) for one, label in tested.items()]
    assert said.frozen == versions.hash_labels(frozen)
    assert all(one.side != "test" for one in said.changes if one.kind != "new"), "corrections never enter the test"


def test_corrections_reach_training_and_validation(tiny_dataset, champion, made):
    said = versions.read_version(made.name)
    kinds = [(one.kind, one.side) for one in said.changes if one.kind != "new"]
    assert sorted(kinds) == [("left out", "train"), ("relabelled", "train"), ("relabelled", "validation")]
    table = made.table.set_index("image_id")
    for one in said.changes:
        if one.kind == "relabelled":
            assert made.class_names[table.at[one.image_id, "label"]] == one.now != one.was
        elif one.kind == "left out":
            assert one.image_id not in table.index
        assert (one.by, one.review) == ("Ada", "First")
    assert len(table) == 72 - 1 + NEW + 2
    assert made.facts["kind"] == tiny_dataset.facts["kind"]


def test_the_rest_stays_where_it_was(tiny_dataset, champion, made):
    sides, now = find_sides(champion), made.table.set_index("image_id")
    stayed = [image_id for image_id in tiny_dataset.table["image_id"] if image_id in now.index]
    assert [now.at[image_id, "split"] for image_id in stayed] == [sides[image_id] for image_id in stayed]
    groups = tiny_dataset.table.set_index("image_id")["group"]
    assert (now.loc[stayed, "group"] == groups[stayed]).all()


def test_new_cases_are_dealt_by_patient_and_known_patients_stay(tiny_dataset, champion, made):
    assert made.table.groupby("group")["split"].nunique().max() == 1
    patients = sorted(tiny_dataset.table["group"].unique())
    new = made.table[~made.table["image_id"].isin(tiny_dataset.table["image_id"])]
    known = new.set_index("group")["split"]
    assert (known[patients[0]], known[patients[-1]]) == ("test", "train")
    dealt = new[new["group"].str.startswith("N")].groupby("group")["split"].first()
    assert set(dealt) == {"train", "test"} and len(dealt) == NEW // 2


def test_its_split_is_kept_and_a_training_takes_it(champion, made):
    saved = saved_splits.read_split(made.name, versions.SPLIT)
    assert not saved.is_stale(made) and not saved.audit["leaks"]
    created = run.create_run(retraining.make_recipe(champion, made.name))
    table = created.read_split()
    expected = made.table.set_index("image_id")["split"]
    assert dict(zip(table["image_id"], table["split"], strict=True)) == expected.to_dict()
    assert not created.facts.split.leaky


def test_it_says_where_it_comes_from(champion, made):
    said = versions.read_version(made.name)
    assert (made.name, said.line, said.number, said.made_from) == ("tiny-v2", "tiny", 2, "tiny")
    assert (said.model, said.by, said.content) == ("champion", "Ada", champion.dataset_content)
    assert said.settled == NEW + 2 + 3
    assert versions.find_line("tiny-v2") == "tiny" == versions.find_line("tiny")
    drawn = [one.audit for one in said.changes if one.kind == "new"]
    assert any(drawn) and not all(drawn)


def test_the_same_again_is_the_same_and_a_third_goes_on(tiny_dataset, champion, made):
    again = next_dataset.make(champion, by="Ben")
    assert again.name == "tiny-v3"
    assert again.content == made.content
    sides = made.table.set_index("image_id")["split"].to_dict()
    second = settled_reviews.write_sides(made, sides, "second")
    with pytest.raises(errors.VersionNotPossible, match="settled cases that"):
        next_dataset.make(second, by="Ada")
    more = [(settled_reviews.encode(100 + n), f"N{n}", "Parasitized") for n in range(4)]
    settled_reviews.settle(more, name="Second")
    third = next_dataset.make(second, by="Ada")
    said = versions.read_version(third.name)
    assert (said.number, said.made_from, said.settled) == (
        4,
        made.name if made.name < again.name else again.name,
        45 + 4,
    )
    now = third.table.set_index("group")["split"]
    before = made.table.set_index("group")["split"].groupby(level=0).first()
    assert all(set(now[[f"N{n}"]]) == {before[f"N{n}"]} for n in range(4)), "a patient stays on one side for good"


def test_of_1200_patients_about_one_in_six_is_tested(tiny_dataset, champion):
    settled = [
        settled_cases.Settled(n, f"{n:064x}", "a.png", f"Q{n}", "Parasitized", "R", "Ada", "2026", False, 1.0)
        for n in range(1, 1201)
    ]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            dealing, "_describe_looks", lambda new, report: dealing.np.zeros((len(new), dealing.pictures.BYTES), "int8")
        )
        changes, patients, torn = dealing.deal(champion, tiny_dataset, settled, lambda *said: None)
        some, *_ = dealing.deal(champion, tiny_dataset, settled[500:700], lambda *said: None)
    tested = sum(one.side == "test" for one in changes)
    assert 160 < tested < 240 and torn == 0 and len(patients) == 1200
    sides = {one.sha256: one.side for one in changes}
    assert {one.sha256: one.side for one in some} == {one.sha256: sides[one.sha256] for one in some}, (
        "whatever else is new"
    )


def test_a_copy_of_a_test_image_goes_to_the_test_and_ties_its_patient(tiny_dataset, champion):
    sides = find_sides(champion)
    (content, _, _), row = correct(tiny_dataset, sides, "test")
    image = settled_reviews.Image.open(settled_reviews.io.BytesIO(content)).resize((40, 40))
    file = settled_reviews.io.BytesIO()
    image.save(file, "PNG")
    known = tiny_dataset.class_names[tiny_dataset.find_label(row)]
    settled_reviews.settle([(file.getvalue(), "X", known), (settled_reviews.encode(0), "X", known)])
    settled = settled_cases.list_settled(settled_cases.list_reviews(tiny_dataset.class_names))
    planned = next_dataset.plan(champion, tiny_dataset, settled)
    assert {one.side for one in planned.changes} == {"test"}


def test_whoever_is_tied_to_two_sides_is_left_out(tiny_dataset, champion):
    sides = find_sides(champion)
    (content, _, answer), _ = correct(tiny_dataset, sides, "test")
    image = settled_reviews.Image.open(settled_reviews.io.BytesIO(content)).resize((40, 40))
    file = settled_reviews.io.BytesIO()
    image.save(file, "PNG")
    trained = tiny_dataset.table[tiny_dataset.table["image_id"].map(sides) == "train"]["group"].iloc[0]
    settled_reviews.settle([(file.getvalue(), trained, answer)])
    settled = settled_cases.list_settled(settled_cases.list_reviews(tiny_dataset.class_names))
    planned = next_dataset.plan(champion, tiny_dataset, settled)
    assert (planned.changes, planned.torn) == ((), 1)


def test_the_last_word_counts_and_gold_and_other_reviews_do_not(tiny_dataset, champion):
    one = settled_reviews.encode(1)
    settled_reviews.settle([(one, "A", "Parasitized")])
    settled_reviews.settle([(one, "A", "Uninfected")], name="Later")
    settled_reviews.settle([(settled_reviews.encode(2), "B", "Uninfected")], name="Gold", gold="Parasitized")
    settled_reviews.settle([(settled_reviews.encode(3), "C", "Uninfected")], name="Else", dataset="other")
    found = settled_cases.list_settled(settled_cases.list_reviews(tiny_dataset.class_names, "tiny"))
    assert [(case.answer, case.review) for case in found] == [("Uninfected", "Later")]
    assert settled_cases.list_reviews(("a", "b")) == []


def test_a_leaky_champion_founds_nothing(tiny_dataset, store):
    leaky = settled_reviews.write_champion(tiny_dataset, leaky=True)
    settled_reviews.settle([(settled_reviews.encode(1), "A", "Parasitized")])
    with pytest.raises(errors.VersionNotPossible, match="leaky"):
        next_dataset.make(leaky, by="Ada")
    with pytest.raises(errors.SettingNotUsable, match="name of who decides"):
        next_dataset.make(leaky, by=" ")


def test_a_changed_data_set_founds_nothing_and_leaves_nothing(tiny_dataset, champion):
    settled_reviews.settle([(settled_reviews.encode(1), "A", "Parasitized")])
    (paths.datasets_folder() / "tiny" / str(tiny_dataset.table["path"].iloc[0])).write_bytes(settled_reviews.encode(9))
    with pytest.raises(errors.DatasetChanged):
        next_dataset.make(champion, by="Ada")
    index.build_index("tiny")
    with pytest.raises(errors.VersionNotPossible, match="none with the images"):
        next_dataset.make(champion, by="Ada")
    assert [row["name"] for row in index.list_datasets()] == ["tiny"]


@pytest.mark.parametrize("patient", ["P 1", "a/b", "..", ".hidden", "Thumbs.db", "A%B", "x.", "__MACOSX", 'a"b:c'])
def test_a_patients_folder_can_be_one_everywhere_and_is_no_other_ones(patient):
    folder = versions.name_folder(patient)
    assert "/" not in folder and folder not in (".", "..") and not folder.endswith((".", " "))
    assert versions.listing.why_ignored(f"train/A/{folder}/a.png") == ""
    assert len({versions.name_folder(one) for one in (patient, f"{patient}2", "P1")}) == 3


def test_missing_answers_are_asked_for_and_then_counted(tiny_dataset, store, monkeypatch):

    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))
    champion = settled_reviews.write_champion(tiny_dataset)
    said = [(settled_reviews.encode(n), f"N{n}", made_models.NAMES[n % 2]) for n in range(30)]
    settled_reviews.settle(said, audit=0.5)
    made = next_dataset.make(champion, by="Ada")
    sides = made.table.set_index("image_id")["split"].to_dict()
    challenger = settled_reviews.write_sides(made, sides, "challenger", created="2026-02-01T00:00:00+00:00")
    assert challenges.find_champion(made.name).id == "champion"
    assert [(a.id, b.id) for a, b in challenges.find_missing(champion, challenger)] == [("champion", "challenger")]
    with pytest.raises(errors.PromotionRefused, match="none of champion"):
        challenges.look(champion, challenger, "tiny", margin=0.02, by="Ada")
    challenges.answer_missing(champion, challenger)
    assert challenges.find_missing(champion, challenger) == []
    assert cross_evaluation.read_crossed(champion, challenger) is not None
    challenges.look(champion, challenger, made.name, margin=0.02, by="Ada")
    assert challenges.count_looks("tiny") == 1, "all versions share one count"
    found = challenges.judge(champion, challenger, 0.02)
    tested = made.table[made.table["split"] == "test"]
    new = tested[~tested["image_id"].isin(tiny_dataset.table["image_id"])]
    parts = found.cases["part"].value_counts()
    assert (parts[challenges.FROZEN], parts[challenges.NEW]) == (len(tested) - len(new), len(new))
    drawn = [one for one in next_dataset.versions.read_version(made.name).changes if one.audit and one.side == "test"]
    assert (found.verdict.new.gain.n if found.verdict.new else 0) == len(drawn)
    assert found.chosen.n == len(new)
    assert any("It takes at least" in reason for reason in found.verdict.reasons), "24 images prove nothing"
    assert not found.verdict.allowed
    points = version_curve.trace(challenges.list_models("tiny"))
    assert [(one.version, one.settled, one.accuracy.n) for one in points] == [(1, 0, 24), (2, 30, 24)]
