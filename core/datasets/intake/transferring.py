"""The bytes of one download: a connection, one request that goes on where the part ends, and the part itself.

A part is NAME.part; the note beside it, NAME.part.json, says of which version at the source it is a part.
"""

import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import requests
import urllib3

from core.base import errors, files, progress

PIECE_BYTES, MEGABYTE = 262_144, 1_000_000
MAX_REDIRECTS = 5
LOCAL = {"127.0.0.1", "localhost", "::1"}
BUSY = {408, 425, 429, 500, 502, 503, 504}  # the server asks to be tried again
ZIP_START = b"PK"


@dataclass(frozen=True)
class Patience:
    """How long to wait for an answer, and how often to try again; the pause doubles with each try in vain."""

    connect_seconds: float = 10.0
    read_seconds: float = 20.0
    retries: int = 5
    pause_seconds: float = 1.0


class Broken(Exception):
    """This try ended early; another may get further. Its words say what happened."""


class _Session(requests.Session):
    """A connection that sends no credentials, those of ~/.netrc included, not even after a redirect."""

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        prepared_request.headers.pop("Authorization", None)


@dataclass(frozen=True)
class Work:
    """What is fetched, from where to where, and for whom."""

    url: str
    target: Path
    expected_bytes: int | None
    by_hand: str
    patience: Patience
    report: progress.Report

    @property
    def part(self) -> Path:
        return find_places(self.target)[1]

    @property
    def note(self) -> Path:
        return find_places(self.target)[2]

    @property
    def have(self) -> int:
        """Bytes of the part that are here."""
        return self.part.stat().st_size if self.part.exists() else 0

    def forget(self) -> None:
        """Remove the part, so that the next try starts over."""
        self.part.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)

    def failed(self, *, expected: str, found: str, todo: str | None = None) -> errors.DownloadFailed:
        again = "Try again: it goes on from where it stopped." if self.have else "Try again later."
        words = filter(None, [again if todo is None else todo, self.by_hand])
        return errors.DownloadFailed(expected=expected, found=found, where=self.url, todo=" Or: ".join(words))

    def say(self, done: int, total: int | None) -> None:
        """Report in whole megabytes; a total of 0 is one that nobody knows."""
        self.report(done // MEGABYTE, -(-(total or 0) // MEGABYTE), "Downloading (MB)")


def find_places(target: Path) -> tuple[Path, Path, Path]:
    """Where a file stands when it is whole, its part until then, and the note that says of which version that is."""
    name = target.name
    return target, target.with_name(f"{name}.part"), target.with_name(f"{name}.part.json")


def is_local(url: str) -> bool:
    """Whether plain http is allowed, since the address is of this very machine."""
    address = urllib.parse.urlsplit(url)
    return address.scheme == "http" and address.hostname in LOCAL


def open_session(work: Work) -> requests.Session:
    """A connection for this download; what it sends and where it follows is in the class."""
    session = _Session()
    session.auth = lambda request: request  # else requests looks for a password in ~/.netrc
    session.max_redirects = MAX_REDIRECTS
    session.headers.update({"Accept-Encoding": "identity", "User-Agent": "second-look"})
    if not is_local(work.url):
        del session.adapters["http://"]  # so that no redirect leads from https to plain http
    return session


def try_once(work: Work, session: requests.Session) -> None:
    """One request: go on with the part if the source still has the same file, else start over."""
    note = read_note(work)
    have = work.have if note.get("validator") else 0
    if have and have == note["total"]:
        return  # all of it came before, but it was not checked any more
    headers = {"Range": f"bytes={have}-", "If-Range": note["validator"]} if have else {}
    timeout = (work.patience.connect_seconds, work.patience.read_seconds)
    with session.get(work.url, headers=headers, timeout=timeout, stream=True) as answer:
        _require_file(work, answer)
        if answer.status_code == 200:
            _start_over(work, answer)
        elif have and _continues(answer, note, have):
            _pour(work, answer, have, note["total"])
        else:
            work.forget()
            raise Broken("a different piece than the one asked for")


def _start_over(work: Work, answer: requests.Response) -> None:
    length = answer.headers.get("Content-Length", "")
    total = int(length) if length.isdigit() else None
    work.forget()
    files.write_json(work.note, {"url": work.url, "validator": _find_validator(answer), "total": total})
    _pour(work, answer, 0, total)


def read_note(work: Work) -> dict[str, Any]:
    """Of which version at the source the part is; empty where that is not known."""
    note = files.read_json_or_none(work.note)
    fits = isinstance(note, dict) and note.get("url") == work.url and note.keys() >= {"validator", "total"}
    return note if fits and isinstance(note, dict) else {}


def _find_validator(answer: requests.Response) -> str | None:
    """The mark of this version of the file. A weak ETag does not promise the same bytes."""
    etag = answer.headers.get("ETag", "")
    return etag if etag.startswith('"') else answer.headers.get("Last-Modified")


def _continues(answer: requests.Response, note: dict[str, Any], have: int) -> bool:
    """Whether an answer 206 is the rest of the part, from the byte asked for, of the same version."""
    span, _, total = answer.headers.get("Content-Range", "").partition("/")
    same_version = _find_validator(answer) in (None, note["validator"])
    same_length = note["total"] is None or total == str(note["total"])
    return span.startswith(f"bytes {have}-") and same_version and same_length


def _require_file(work: Work, answer: requests.Response) -> None:
    """Raise unless the answer is (part of) a file; Broken where the same question may be answered later."""
    status = answer.status_code
    if status in BUSY:
        raise Broken(f"the answer {status} {answer.reason}")
    if status == 416:
        work.forget()
        raise Broken("the answer that there is nothing more")
    if status not in (200, 206):
        found = f"the answer {status} {answer.reason}"
        raise work.failed(expected="the file at its address", found=found, todo="The source may have moved it.")
    if answer.headers.get("Content-Type", "").lower().startswith(("text/html", "application/xhtml")):
        raise work.failed(
            expected="a .zip archive",
            found="a web page, perhaps the one on which this network asks you to sign in",
            todo="Open any web page in a browser, sign in there, then try again.",
        )


def _pour(work: Work, answer: requests.Response, have: int, total: int | None) -> None:
    """Append what comes to the part. Raises Broken where it ends early."""
    limit = total if total is not None else 2 * work.expected_bytes if work.expected_bytes else None
    shown = total or work.expected_bytes
    files.require_free(work.target, max(0, (shown or 0) - have))
    with work.part.open("ab" if have else "wb") as file:
        for piece in _pieces(answer):
            _require_zip_start(work, piece, file, at=have)
            have += len(piece)
            if limit is not None and have > limit:
                _drop(work, file)
                promised = f"{limit:,} bytes" if total is not None else f"about {work.expected_bytes:,} bytes"
                raise work.failed(expected=promised, found="more than that", todo="What came was removed.")
            file.write(piece)
            work.say(have, shown)
    if total is not None and have < total:
        raise Broken("the end")


def _drop(work: Work, file: BinaryIO) -> None:
    file.close()  # Windows removes no open file
    work.forget()


def _pieces(answer: requests.Response) -> Iterator[bytes]:
    """The body as it arrives, however slowly, so that a wish to stop is heard; raises Broken."""
    try:
        while piece := answer.raw.read1(PIECE_BYTES, decode_content=False):
            yield piece
    except urllib3.exceptions.ReadTimeoutError as fault:
        raise Broken("no more answer") from fault
    except urllib3.exceptions.HTTPError as fault:
        raise Broken("a broken connection") from fault


def _require_zip_start(work: Work, piece: bytes, file: BinaryIO, *, at: int) -> None:
    """So that nobody waits for the rest of something else."""
    if at == 0 and not piece.startswith(ZIP_START[: len(piece)]):
        _drop(work, file)
        raise work.failed(expected="a .zip archive", found="a file of another kind", todo="It was removed.")
