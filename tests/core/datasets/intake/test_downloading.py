"""Downloads against a server that breaks, stalls, lies and serves the wrong file."""

import dataclasses
import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.base import errors, files, progress
from core.datasets.intake import downloading, transferring
from tests.support.file_server import WHOLE, Handler, Server, serve, zip_bytes

HASTY = transferring.Patience(connect_seconds=10.0, read_seconds=10.0, retries=2, pause_seconds=0.01)
SOON_GONE = dataclasses.replace(HASTY, read_seconds=0.4)


SHA = hashlib.sha256(WHOLE).hexdigest()
HALF = len(WHOLE) // 2


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on 127.0.0.1, gone after the test."""
    running = Server()
    yield running
    running.close()


def say(status: int) -> Callable[[Handler], None]:
    """An answer without a file."""
    return lambda handler: handler.send_error(status)


def fetch(server: Server, folder: Path, **options: object) -> str:
    return downloading.download(
        server.url, folder / "cells.zip", **{"patience": HASTY, "by_hand": "Get it yourself.", **options}
    )


def left_in(folder: Path) -> set[str]:
    """The files that are there, but locks, which hold nothing."""
    return {path.name for path in folder.iterdir() if path.suffix != ".lock"}


def test_a_whole_file_arrives(server: Server, tmp_path: Path) -> None:
    server.answers = [serve()]
    said: list[tuple[int, int, str]] = []
    assert fetch(server, tmp_path, report=lambda *row: said.append(row)) == SHA
    assert (tmp_path / "cells.zip").read_bytes() == WHOLE
    assert left_in(tmp_path) == {"cells.zip"}
    assert server.ranges == [None]
    assert said[-1][2] == "Checking"
    assert {row[2] for row in said[:-1]} == {"Downloading (MB)"} and all(row[0] <= row[1] == 1 for row in said[:-1])


def test_no_credentials_are_sent(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    port = server.url.split(":")[2].split("/")[0]

    def elsewhere(handler: Handler) -> None:
        handler.send_response(302)
        handler.send_header("Location", f"http://localhost:{port}/other.zip")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    server.answers = [elsewhere, serve()]
    assert fetch(server, tmp_path) == SHA
    assert len(server.asked) == 2
    assert not any("authorization" in asked or "cookie" in asked for asked in server.asked)


def test_a_broken_connection_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.answers = [serve(stop_after=HALF), serve(stop_after=1000), serve()]
    assert fetch(server, tmp_path, sha256=SHA) == SHA
    assert server.ranges == [None, f"bytes={HALF}-", f"bytes={HALF + 1000}-"]
    assert [asked.get("if-range") for asked in server.asked] == [None, '"one"', '"one"']
    assert (tmp_path / "cells.zip").read_bytes() == WHOLE


def test_a_stalled_connection_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.answers = [serve(stop_after=HALF, stall_seconds=2), serve()]
    assert fetch(server, tmp_path, patience=SOON_GONE) == SHA
    assert server.ranges[0] is None and set(server.ranges[1:]) == {f"bytes={HALF}-"}


def test_a_server_that_never_answers(server: Server, tmp_path: Path) -> None:
    server.answers = [lambda handler: time.sleep(1)]
    with pytest.raises(errors.DownloadFailed, match=r"no answer, 3 times in a row.*Get it yourself"):
        fetch(server, tmp_path, patience=SOON_GONE)
    assert len(server.asked) == 3 and left_in(tmp_path) == set()


def test_tries_that_get_further_do_not_count(server: Server, tmp_path: Path) -> None:
    step = len(WHOLE) // 8
    server.answers = [*(serve(stop_after=step) for _ in range(7)), serve()]
    assert fetch(server, tmp_path) == SHA
    assert len(server.asked) == 8 > HASTY.retries + 1


def test_a_server_without_range_starts_over(server: Server, tmp_path: Path) -> None:
    server.answers = [serve(stop_after=HALF, ranges=False), serve(ranges=False)]
    assert fetch(server, tmp_path) == SHA
    assert server.ranges == [None, f"bytes={HALF}-"]
    assert (tmp_path / "cells.zip").read_bytes() == WHOLE


def test_a_server_that_always_breaks_at_the_same_place_is_given_up(server: Server, tmp_path: Path) -> None:
    server.answers = [serve(stop_after=HALF, ranges=False)]
    with pytest.raises(errors.DownloadFailed, match=rf"{len(WHOLE):,} bytes that the server promised; found {HALF:,}"):
        fetch(server, tmp_path)
    assert len(server.asked) == HASTY.retries + 2
    assert left_in(tmp_path) == {"cells.zip.part", "cells.zip.part.json"}


def test_without_a_mark_of_the_version_nothing_is_glued(server: Server, tmp_path: Path) -> None:
    server.answers = [serve(stop_after=HALF, etag=None), serve(zip_bytes(1), etag=None)]
    fetch(server, tmp_path)
    assert server.ranges == [None, None]
    assert (tmp_path / "cells.zip").read_bytes() == zip_bytes(1)


def test_a_weak_etag_is_no_mark(server: Server, tmp_path: Path) -> None:
    server.answers = [serve(stop_after=HALF, etag='W/"one"'), serve()]
    assert fetch(server, tmp_path) == SHA
    assert server.ranges == [None, None]


def test_a_file_that_changed_between_tries_starts_over(server: Server, tmp_path: Path) -> None:
    other = zip_bytes(1)
    server.answers = [serve(stop_after=HALF), serve(other, etag='"two"')]
    fetch(server, tmp_path)
    assert (tmp_path / "cells.zip").read_bytes() == other
    assert server.asked[1]["if-range"] == '"one"'


@pytest.mark.parametrize(
    "wrong",
    [
        {"ETag": '"two"', "Content-Range": f"bytes {HALF}-{len(WHOLE) - 1}/{len(WHOLE)}"},
        {"ETag": '"one"', "Content-Range": f"bytes {HALF - 5}-{len(WHOLE) - 1}/{len(WHOLE)}"},
        {"ETag": '"one"', "Content-Range": f"bytes {HALF}-{len(WHOLE) - 1}/{len(WHOLE) + 1}"},
        {"ETag": '"one"'},
    ],
)
def test_a_piece_that_does_not_fit_is_not_glued(server: Server, tmp_path: Path, wrong: dict[str, str]) -> None:
    def answer(handler: Handler) -> None:
        handler.send_response(206)
        for name, value in wrong.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "10")
        handler.end_headers()
        handler.wfile.write(b"x" * 10)

    server.answers = [serve(stop_after=HALF), answer, serve()]
    assert fetch(server, tmp_path) == SHA
    assert server.ranges == [None, f"bytes={HALF}-", None]


def test_a_length_that_is_too_large(server: Server, tmp_path: Path) -> None:
    """The server says that there is more, and there never is."""
    server.answers = [serve(claimed=len(WHOLE) + 500)]
    with pytest.raises(errors.DownloadFailed, match=rf"{len(WHOLE) + 500:,} bytes that the server promised"):
        fetch(server, tmp_path)
    assert "cells.zip" not in left_in(tmp_path)


def test_a_length_that_is_too_small(server: Server, tmp_path: Path) -> None:
    """What HTTP lets through is cut short, so the archive has no end."""
    server.answers = [serve(claimed=len(WHOLE) - 500)]
    with pytest.raises(errors.DownloadFailed, match=r"whole \.zip archive; found one without an end"):
        fetch(server, tmp_path)
    assert left_in(tmp_path) == set()


def without_length(body: bytes) -> Callable[[Handler], None]:
    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def test_no_length_is_fine_up_to_twice_what_is_expected(server: Server, tmp_path: Path) -> None:
    server.answers = [without_length(WHOLE)]
    assert fetch(server, tmp_path, expected_bytes=len(WHOLE) - 1000) == SHA
    (tmp_path / "cells.zip").unlink()
    with pytest.raises(errors.DownloadFailed, match=r"about 150,000 bytes; found more than that"):
        fetch(server, tmp_path, expected_bytes=150_000)
    assert left_in(tmp_path) == set()


def test_a_torn_chunked_answer_goes_on(server: Server, tmp_path: Path) -> None:
    def torn(handler: Handler) -> None:
        handler.protocol_version = "HTTP/1.1"
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.send_header("ETag", '"one"')
        handler.end_headers()
        handler.wfile.write(b"%x\r\n" % len(WHOLE) + WHOLE[:HALF])

    server.answers = [torn, serve()]
    assert fetch(server, tmp_path) == SHA
    assert server.ranges == [None, f"bytes={HALF}-"]


def test_the_wrong_file_is_removed(server: Server, tmp_path: Path) -> None:
    server.answers = [serve(zip_bytes(1))]
    with pytest.raises(errors.DownloadFailed) as caught:
        fetch(server, tmp_path, sha256=SHA, sha256_from="the first download")
    found = hashlib.sha256(zip_bytes(1)).hexdigest()
    assert SHA in caught.value.expected and "the first download" in caught.value.expected
    assert found in caught.value.found and "Get it yourself." in caught.value.todo
    assert left_in(tmp_path) == set()
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_is_not_asked_again(server: Server, tmp_path: Path, status: int) -> None:
    server.answers = [say(status)]
    with pytest.raises(errors.DownloadFailed, match=rf"found the answer {status}"):
        fetch(server, tmp_path)
    assert len(server.asked) == 1 and left_in(tmp_path) == set()


def test_a_busy_server_is_asked_again(server: Server, tmp_path: Path) -> None:
    server.answers = [say(503), say(500), serve()]
    assert fetch(server, tmp_path) == SHA
    server.answers = [say(503)]
    (tmp_path / "cells.zip").unlink()
    with pytest.raises(errors.DownloadFailed, match="the answer 503"):
        fetch(server, tmp_path)
    assert len(server.asked) == 3 + HASTY.retries + 1


def test_a_web_page_is_no_archive_and_the_part_stays(server: Server, tmp_path: Path) -> None:
    page = b"<html>Welcome to the hospital's guest network</html>"
    server.answers = [serve(stop_after=HALF), serve(page, etag=None, kind="text/html; charset=utf-8")]
    with pytest.raises(errors.DownloadFailed, match=r"a web page.*sign in"):
        fetch(server, tmp_path)
    server.answers = [serve()]
    assert fetch(server, tmp_path) == SHA
    assert server.ranges == [None, f"bytes={HALF}-", f"bytes={HALF}-"]


@pytest.mark.parametrize("body", [b"<html>not said to be html</html>", b"\x89PNG", b"P", b""])
def test_something_else_than_an_archive(server: Server, tmp_path: Path, body: bytes) -> None:
    server.answers = [serve(body) if body else without_length(b"")]
    with pytest.raises(errors.DownloadFailed, match=r"\.zip archive"):
        fetch(server, tmp_path)
    assert left_in(tmp_path) == set()


def test_no_network_says_how_to_do_without(server: Server, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/cells.zip"
    with pytest.raises(errors.DownloadFailed, match=r"no network.*Get it yourself"):
        downloading.download(url, tmp_path / "cells.zip", patience=HASTY, by_hand="Get it yourself.")
    assert left_in(tmp_path) == set()


@pytest.mark.parametrize(
    "url",
    ["http://example.org/a.zip", "https://me:secret@example.org/a.zip", "file:///etc/passwd", "a.zip", "https://"],
)
def test_addresses_that_are_not_used(tmp_path: Path, url: str) -> None:
    with pytest.raises(errors.DownloadFailed, match="begins with https"):
        downloading.download(url, tmp_path / "a.zip", patience=HASTY)
    assert left_in(tmp_path) == set()


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://127.0.0.1/a.zip", "https://127.0.0.1:1/a.zip"])
def test_redirects_stay_on_the_web(server: Server, tmp_path: Path, place: str) -> None:
    def elsewhere(handler: Handler) -> None:
        handler.send_response(302)
        handler.send_header("Location", place)
        handler.end_headers()

    server.answers = [elsewhere]
    with pytest.raises(
        errors.DownloadFailed, match="redirect that is not followed" if "https" not in place else "reach"
    ):
        fetch(server, tmp_path)


def test_https_never_becomes_plain_http(tmp_path: Path) -> None:
    work = transferring.Work("https://example.org/a.zip", tmp_path / "a.zip", None, "", HASTY, progress.say_nothing)
    assert list(transferring.open_session(work).adapters) == ["https://"]


def test_going_round_in_circles(server: Server, tmp_path: Path) -> None:
    def here(handler: Handler) -> None:
        handler.send_response(302)
        handler.send_header("Location", server.url)
        handler.end_headers()

    server.answers = [here]
    with pytest.raises(errors.DownloadFailed, match="redirect"):
        fetch(server, tmp_path)
    assert len(server.asked) == transferring.MAX_REDIRECTS + 1


def test_a_cancelled_download_goes_on_next_time(server: Server, tmp_path: Path) -> None:
    def cancel(done: int, total: int, what: str) -> None:
        raise progress.Cancelled

    server.answers = [serve()]
    with pytest.raises(progress.Cancelled):
        fetch(server, tmp_path, report=cancel)
    have = downloading.bytes_here(tmp_path / "cells.zip")
    assert 0 < have < len(WHOLE) and "cells.zip" not in left_in(tmp_path)
    assert fetch(server, tmp_path) == SHA
    assert server.ranges[1] == f"bytes={have}-"
    assert downloading.bytes_here(tmp_path / "cells.zip") == len(WHOLE)


def test_cancelled_at_the_very_end_nothing_comes_again(server: Server, tmp_path: Path) -> None:
    def cancel(done: int, total: int, what: str) -> None:
        if what == "Checking":
            raise progress.Cancelled

    server.answers = [serve()]
    with pytest.raises(progress.Cancelled):
        fetch(server, tmp_path, report=cancel)
    assert left_in(tmp_path) == {"cells.zip.part", "cells.zip.part.json"}
    assert fetch(server, tmp_path) == SHA
    assert len(server.asked) == 1


def test_a_part_of_another_address_is_not_used(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cells.zip.part").write_bytes(b"PK something")
    files.write_json(tmp_path / "cells.zip.part.json", {"url": "https://other", "validator": '"one"', "total": 99})
    server.answers = [serve()]
    assert fetch(server, tmp_path) == SHA
    assert server.ranges == [None]


@pytest.mark.parametrize("note", ["", "{", "[]", '{"url": 3}'])
def test_a_damaged_note_starts_over(server: Server, tmp_path: Path, note: str) -> None:
    (tmp_path / "cells.zip.part").write_bytes(WHOLE[:HALF])
    (tmp_path / "cells.zip.part.json").write_text(note)
    server.answers = [serve()]
    assert fetch(server, tmp_path) == SHA
    assert server.ranges == [None]


def test_a_part_longer_than_the_file_starts_over(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cells.zip.part").write_bytes(WHOLE + b"more")
    files.write_json(tmp_path / "cells.zip.part.json", {"url": server.url, "validator": '"one"', "total": len(WHOLE)})
    server.answers = [serve()]
    assert fetch(server, tmp_path) == SHA


def test_what_is_here_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cells.zip").write_bytes(WHOLE)
    server.answers = [serve()]
    assert fetch(server, tmp_path, sha256=SHA) == SHA
    assert server.asked == []
    (tmp_path / "cells.zip").write_bytes(zip_bytes(1))
    assert fetch(server, tmp_path, sha256=SHA) == SHA
    assert len(server.asked) == 1


def test_two_at_once_fetch_it_once(server: Server, tmp_path: Path) -> None:
    server.answers = [serve(stop_after=HALF, stall_seconds=0.3), serve()]
    said: list[str] = []
    results: list[str] = []
    first = threading.Thread(target=lambda: results.append(fetch(server, tmp_path)))
    first.start()
    while not server.asked:
        time.sleep(0.005)
    results.append(fetch(server, tmp_path, report=lambda done, total, what: said.append(what)))
    first.join()
    assert results == [SHA, SHA] and len(server.asked) == 2
    assert said[0] == "Waiting for another download of the same file"


def test_a_full_disk_is_said_before(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "free_bytes", lambda where: 64_100_000)
    server.answers = [serve()]
    with pytest.raises(errors.DiskFull):
        fetch(server, tmp_path)
    assert "cells.zip" not in left_in(tmp_path)
