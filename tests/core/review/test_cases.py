"""Cases: what is sent is there once, whoever sends it however often, and nothing of it goes but by its user's wish."""

import hashlib
import signal
from concurrent import futures

import pytest
from sqlalchemy import exc

from core.base import errors
from core.review import case_images, case_packing, case_record, cases, database
from tests.support import sent_images

ANSWERED = case_record.Answer("m", "2026", "refer", "Sick", {"Sick": 0.6, "Well": 0.4}, {"refused": False})


@pytest.fixture
def one(store):
    return cases.send(sent_images.encode(1), "C:\\smears\\P7 thin.png", by=" Ada  L ", why="odd", answered=ANSWERED)


def list_files():
    folder = case_images.path_of("00").parent.parent
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.name != "images.lock")


def test_what_was_sent_is_read_back(one):
    assert (one.name, one.state, one.source) == ("P7 thin.png", "pooled", "predict")
    assert (one.height_px, one.width_px) == (12, 12)
    assert (one.sent.by, one.sent.why, one.sent.answered) == ("Ada L", "odd", ANSWERED)
    assert cases.read_image(one) == sent_images.encode(1)
    assert cases.find_case(one.sha256) == cases.read_case(one.id) == cases.list_waiting()[0] == one
    assert list_files() == [hashlib.sha256(sent_images.encode(1)).hexdigest()]


def test_the_same_content_meets_its_case(one):
    again = cases.send(sent_images.encode(1), "copy.png", by="Ben", patient="P9", pseudonym=True)
    assert (again.id, again.name, again.patient, again.arrived_at) == (one.id, one.name, "", one.arrived_at)
    assert again.sent.by == "Ben" and cases.count_waiting() == 1
    assert [event.by for event in cases.list_events(one.id)] == ["Ada L", "Ben"]


def test_a_retry_changes_nothing(store):
    first = cases.send(sent_images.encode(1), "a.png", by="Ada", client_id="x")
    assert cases.send(sent_images.encode(1), "a.png", by="Ada", client_id="x") == first
    back = cases.withdraw(first.id, by="Ada", client_id="y")
    assert cases.withdraw(first.id, by="Ada", client_id="y") == back
    cases.send(sent_images.encode(1), "a.png", by="Ada", client_id="z")
    assert cases.withdraw(first.id, by="Ada", client_id="y").state == "pooled", "a late retry takes back nothing new"
    assert [event.client_id for event in cases.list_events(first.id)] == ["x", "y", "z"]
    with pytest.raises(ValueError, match="client_id"):
        cases.send(sent_images.encode(2), "b.png", by="Ada", client_id="x")


def pack(seed, **said):
    return case_packing.pack(sent_images.encode(seed), f"{seed}.png", **said)


def test_many_are_sent_as_one_after_the_other_would_be(one, tmp_path):
    """Old and new contents, a copy among the new ones, an act that was done before."""
    cases.send(sent_images.encode(5), "5.png", by="Ben", client_id="old")
    images = [
        pack(1),
        pack(2, answered=ANSWERED, client_id="a"),
        pack(3, patient="P3"),
        pack(2),
        pack(5, client_id="old"),
    ]
    cases.send_packed(images, by="Ada", why="today's", source="batch")
    found = {case.name: case for case in cases.list_waiting()}
    assert set(found) == {"P7 thin.png", "2.png", "3.png", "5.png"}
    assert found["3.png"].patient == "P3" and found["3.png"].source == "batch" and found["5.png"].sent.by == "Ben"
    told = [[(event.by, event.why) for event in cases.list_events(found[name].id)] for name in ("P7 thin.png", "2.png")]
    assert told == [[("Ada L", "odd"), ("Ada", "today's")], 2 * [("Ada", "today's")]]
    assert cases.list_events(found["2.png"].id)[0].answered == ANSWERED
    assert [cases.read_image(found[f"{seed}.png"]) for seed in (2, 3)] == [sent_images.encode(2), sent_images.encode(3)]
    cases.send_packed([pack(2, client_id="a")], by="Ada")
    assert len(cases.list_events(found["2.png"].id)) == 2 and len(list_files()) == 4
    cases.send_packed([pack(seed) for seed in (7, 8)], by="Ada", pseudonym=True)
    assert {case.name for case in cases.list_waiting(2)} == {f"case-{case.id:06d}" for case in cases.list_waiting(2)}


def test_of_many_all_are_sent_or_none(store, monkeypatch):
    with pytest.raises(ValueError, match="author"):
        cases.send_packed([pack(1), pack(2)], by="")
    assert cases.count_waiting() == 0 and len(list_files()) == 3, "two images, and one note about them"
    cases.send_packed([pack(3)], by="Ada")
    assert len(list_files()) == cases.count_waiting() == 1, "the note led to both"


def test_what_happened_is_only_added_to(one):
    before = cases.list_events(one.id)
    back = cases.withdraw(one.id, by="Ben", why="a mistake")
    assert (back.state, cases.list_waiting(), cases.count_waiting()) == ("withdrawn", [], 0)
    assert cases.withdraw(one.id, by="Cleo") == back, "what does not wait is not taken back again"
    again = cases.send(sent_images.encode(1), "x.png", by="Ada")
    assert again.state == "pooled"
    events = cases.list_events(one.id)
    assert events[:1] == before
    assert [(event.kind, event.by) for event in events] == [("sent", "Ada L"), ("withdrawn", "Ben"), ("sent", "Ada")]


def test_the_last_one_sent_is_listed_first_a_page_at_a_time(store):
    for seed in range(5):
        cases.send(sent_images.encode(seed), f"{seed}.png", by="Ada")
    cases.send(sent_images.encode(1), "1.png", by="Ben")
    assert [case.name for case in cases.list_waiting()] == ["1.png", "4.png", "3.png", "2.png", "0.png"]
    assert [case.name for case in cases.list_waiting(2, 1)] == ["4.png", "3.png"]
    assert cases.list_contents() == {hashlib.sha256(sent_images.encode(seed)).hexdigest() for seed in range(5)}


def test_a_pseudonym_takes_the_place_of_the_name(one):
    other = cases.send(sent_images.encode(2), "Jane Doe.png", by="Ada", pseudonym=True)
    assert other.name == f"case-{other.id:06d}"
    assert cases.send(sent_images.encode(3), "", by="Ada").name.startswith("case-")


def test_a_deleted_case_is_gone_and_its_number_is_not_given_again(one):
    cases.withdraw(one.id, by="Ada")
    cases.delete(one.id)
    assert cases.find_case(one.sha256) is None and cases.list_events(one.id) == [] and list_files() == []
    for act in (cases.read_case, cases.delete, lambda number: cases.withdraw(number, by="Ada")):
        with pytest.raises(errors.CaseNotFound):
            act(one.id)
    assert cases.send(sent_images.encode(1), "x.png", by="Ada").id > one.id


def test_what_cannot_be_sent_leaves_nothing(store):
    with pytest.raises(errors.UnreadableImage):
        cases.send(b"no image", "x.png", by="Ada")
    with pytest.raises(ValueError, match="author"):
        cases.send(sent_images.encode(1), "x.png", by=" ")
    cases.send(sent_images.encode(2), "y.png", by="Ada")
    assert cases.count_waiting() == 1 and len(list_files()) == 1


def test_an_image_that_is_gone_or_another_is_said(one):
    path = case_images.path_of(one.sha256)
    path.write_bytes(sent_images.encode(2))
    with pytest.raises(errors.CaseBroken, match="other contents"):
        cases.read_image(one)
    path.unlink()
    with pytest.raises(errors.CaseBroken, match="Put back a copy"):
        cases.read_image(one)


def test_names_that_no_database_holds_are_held(store):
    case = cases.send(sent_images.encode(1), "a\udcff\0b\n" + 300 * "x", by="Ada\0", why="w" * 600)
    assert case.name.startswith("a?b xxx") and len(case.name) == 255
    assert (case.sent.by, len(case.sent.why)) == ("Ada", 500)


@pytest.mark.parametrize(
    ("die", "kept"),
    [
        (sent_images.BEFORE_THE_ROW, 0),
        (sent_images.BEFORE_THE_COMMIT, 0),
        (sent_images.BEFORE_THE_END, 1),
    ],
    ids=["before the row", "before the commit", "after the commit"],
)
def test_killed_on_the_way_there_is_no_broken_case_and_no_stray_image(store, die, kept):
    killed = sent_images.start_sender(1, die=die)
    assert killed.wait(60) == -signal.SIGKILL, killed.stderr.read()
    sha256 = hashlib.sha256(sent_images.encode(1)).hexdigest()
    assert list_files() == [sha256, sha256], "the image, and the note about it"
    found = cases.list_waiting()
    assert [cases.read_image(case) for case in found] == kept * [sent_images.encode(1)]
    cases.send(sent_images.encode(2), "two.png", by="Ada")
    assert len(list_files()) == 1 + kept
    assert cases.send(sent_images.encode(1), "one.png", by="Ada").id and cases.count_waiting() == 2


def test_what_another_database_was_sent_is_not_swept(one, monkeypatch):
    case_images.put({"ab" + 62 * "0": b"of another"}, "another database")
    cases.withdraw(one.id, by="Ada")
    assert case_images.path_of("ab" + 62 * "0").exists()


def test_threads_and_processes_at_once_lose_nothing_and_make_no_doubles(store):
    """Six images each, of which all are sent by everybody."""
    seeds = list(range(6))
    processes = [sent_images.start_sender(*seeds) for _ in range(2)]

    def send(number):
        for seed in seeds[number % 6 :] + seeds[: number % 6]:
            cases.send(sent_images.encode(seed), f"{seed}.png", by=f"thread {number}")

    with futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(8)))
    assert [process.wait(60) for process in processes] == [0, 0], processes[0].stderr.read()
    found = cases.list_waiting()
    assert len(found) == 6
    assert [len(cases.list_events(case.id)) for case in found] == 6 * [10]
    assert all(cases.read_image(case) == sent_images.encode(int(case.name[0])) for case in found)
    assert len(list_files()) == 6


def test_who_comes_second_to_the_same_row_looks_again(store, monkeypatch):
    """As on a database that lets several write at once: the other one's row is there at the second look."""
    real, calls = cases._find_events, []

    def find(session, client_ids):
        calls.append(client_ids)
        if len(calls) == 1:
            raise exc.IntegrityError("INSERT", None, ValueError("UNIQUE"))
        return real(session, client_ids)

    monkeypatch.setattr(cases, "_find_events", find)
    assert cases.send(sent_images.encode(1), "x.png", by="Ada", client_id="a").id and len(calls) == 2


def test_a_full_disk_is_said_and_leaves_no_case(store, monkeypatch):
    def write(path, content):
        raise OSError(28, "No space left on device")

    cases.send(sent_images.encode(2), "x.png", by="Ada")
    with monkeypatch.context() as patched:
        patched.setattr(case_images, "_write", write)
        with pytest.raises(errors.DiskFull, match="Nothing was lost"):
            cases.send(sent_images.encode(1), "x.png", by="Ada")
    assert cases.count_waiting() == len(list_files()) == 1
    cases.send(sent_images.encode(1), "x.png", by="Ada")
    assert cases.count_waiting() == len(list_files()) == 2


def test_who_holds_the_images_for_too_long_is_said(store, monkeypatch):
    monkeypatch.setattr(case_images, "LOCK_SECONDS", 0.02)
    with case_images.alone(), pytest.raises(errors.DatabaseBusy):
        cases.send(sent_images.encode(1), "x.png", by="Ada")


def test_the_database_has_no_password_in_its_identity(store, monkeypatch):
    database.close_all()
    monkeypatch.setenv("SECOND_LOOK_DATABASE", "postgresql+nodriver://u:secret@h/d")
    with pytest.raises(errors.DatabaseNotUsable) as fault:
        cases.count_waiting()
    assert "secret" not in str(fault.value)
