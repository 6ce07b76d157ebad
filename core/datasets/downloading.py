"""Fetch one .zip over HTTPS: resumed after a break, checked before it gets its name, and never half there.

While it comes it is `NAME.part`, beside a `NAME.part.json` that says of which version at the source it is a part.
"""

import contextlib
import time
import urllib.parse
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import requests
import urllib3

from core import errors, files, progress

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


class _Broken(Exception):
    """This try ended early; another may get further. Its words say what happened."""


class _Session(requests.Session):
    """A connection that sends no credentials, those of ~/.netrc included, not even after a redirect."""

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        prepared_request.headers.pop("Authorization", None)


@dataclass(frozen=True)
class _Work:
    """What is fetched, from where to where, and for whom."""

    url: str
    target: Path
    expected_bytes: int | None
    by_hand: str
    patience: Patience
    report: progress.Report

    @property
    def part(self) -> Path:
        return _places(self.target)[1]

    @property
    def note(self) -> Path:
        return _places(self.target)[2]

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


def download(
    url: str,
    target: Path,
    *,
    expected_bytes: int | None = None,
    sha256: str | None = None,
    sha256_from: str = "the catalogue",
    by_hand: str = "",
    patience: Patience | None = None,
    report: progress.Report = progress.say_nothing,
) -> str:
    """Fetch the .zip at `url` to `target`, and return its hex sha256. A target that fits already is not fetched again.

    `expected_bytes` is about how large it is, for the progress and as a limit (twice that) where the server does not
    say; `sha256` is checked if given, and `sha256_from` says in the message who stated it; `by_hand` ends every message
    with another way to get the file. A second download of the same target waits for the first.
    A cancelled or broken download leaves what has come, and the next one goes on from there.
    Raises DownloadFailed, DiskFull, progress.Cancelled.
    """
    work = _Work(url, target, expected_bytes, by_hand, patience or Patience(), report)
    _require_usable(work)
    with files.disk_full_as_message(target), hold(target, report):
        if not target.exists() or (sha256 and files.sha256_of(target) != sha256):
            target.unlink(missing_ok=True)
            _fetch(work)
            report(0, 0, "Checking")
            _require_whole_zip(work)
            _require_sha256(work, sha256, sha256_from)
            files.flush_to_disk(work.part)
            work.part.replace(target)
            work.forget()
        return files.sha256_of(target)


def bytes_here(target: Path) -> int:
    """Bytes of `target`, or of the part of it that an earlier download left; 0 where there is nothing."""
    sizes = [path.stat().st_size for path in _places(target) if path.exists()]
    return sizes[0] if sizes else 0


def forget(target: Path) -> None:
    """Remove `target` and the part of it that an earlier download left."""
    for path in _places(target):
        path.unlink(missing_ok=True)


def _places(target: Path) -> tuple[Path, Path, Path]:
    """Where a file stands when it is whole, its part until then, and the note that says of which version that is."""
    name = target.name
    return target, target.with_name(f"{name}.part"), target.with_name(f"{name}.part.json")


@contextlib.contextmanager
def hold(path: Path, report: progress.Report = progress.say_nothing) -> Iterator[None]:
    """Be the only one who makes `path`; wait for another one, and say so. An empty file `NAME.lock` stays beside it."""
    lock = path.with_name(f"{path.name}.lock")
    with files.wait_for_lock(lock, report, "Waiting for another download of the same file"):
        yield


def _require_usable(work: _Work) -> None:
    address = urllib.parse.urlsplit(work.url)
    if (address.scheme == "https" or _is_local(work.url)) and address.hostname and "@" not in address.netloc:
        return
    raise work.failed(expected="an address that begins with https://, without a password", found=work.url, todo="")


def _is_local(url: str) -> bool:
    address = urllib.parse.urlsplit(url)
    return address.scheme == "http" and address.hostname in LOCAL


def _open_session(work: _Work) -> requests.Session:
    session = _Session()
    session.auth = lambda request: request  # else requests looks for a password in ~/.netrc
    session.max_redirects = MAX_REDIRECTS
    session.headers.update({"Accept-Encoding": "identity", "User-Agent": "second-look"})
    if not _is_local(work.url):
        del session.adapters["http://"]  # so that no redirect leads from https to plain http
    return session


def _fetch(work: _Work) -> None:
    """Try until all of it is in the part; a try that got further than any before is not counted against it."""
    furthest, in_vain, reached, promised = work.have, 0, False, None
    with _open_session(work) as session:
        while True:
            try:
                return _try_once(work, session)
            except _Broken as fault:
                reason = str(fault)
            except requests.exceptions.RequestException as fault:
                reason = _why_broken(work, fault, reached=reached)
            reached, promised = True, _read_note(work).get("total") or promised
            in_vain = 0 if work.have > furthest else in_vain + 1
            furthest = max(furthest, work.have)
            if in_vain > work.patience.retries:
                raise work.failed(
                    expected=f"the {promised:,} bytes that the server promised" if promised else "a whole file",
                    found=f"{furthest:,} bytes, then {reason}, {in_vain} times in a row",
                )
            _pause(work, in_vain)


def _pause(work: _Work, in_vain: int) -> None:
    until = time.monotonic() + work.patience.pause_seconds * 2 ** max(0, in_vain - 1)
    while (left := until - time.monotonic()) > 0:
        work.report(0, 0, "The connection broke; trying again")
        time.sleep(min(left, 0.25))


def _why_broken(work: _Work, fault: requests.exceptions.RequestException, *, reached: bool) -> str:
    """What broke, where another try may help; else raises DownloadFailed."""
    kinds = requests.exceptions
    if isinstance(fault, kinds.SSLError | kinds.ProxyError):
        found = f"a connection that cannot be trusted or is blocked: {fault}"
        raise work.failed(expected="the source itself at the other end", found=found, todo="") from fault
    if isinstance(fault, kinds.InvalidSchema | kinds.TooManyRedirects | kinds.InvalidURL):
        found = f"a redirect that is not followed: {fault}"
        raise work.failed(expected="an answer over https", found=found, todo="") from fault
    if isinstance(fault, kinds.Timeout) and not isinstance(fault, kinds.ConnectTimeout):
        return "no answer"
    if isinstance(fault, kinds.ConnectionError) and (reached or not _is_unreachable(fault)):
        return "a broken connection"
    found = "no way to reach the server; perhaps this machine has no network"
    raise work.failed(expected="a connection to the source", found=found, todo="") from fault


def _is_unreachable(fault: requests.exceptions.ConnectionError) -> bool:
    """Whether the server was never reached: name unknown, refused, no route. Waiting seconds does not help there."""
    cause = getattr(fault.args[0] if fault.args else None, "reason", None)
    return isinstance(cause, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)


def _try_once(work: _Work, session: requests.Session) -> None:
    """One request: go on with the part if the source still has the same file, else start over."""
    note = _read_note(work)
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
            raise _Broken("a different piece than the one asked for")


def _start_over(work: _Work, answer: requests.Response) -> None:
    length = answer.headers.get("Content-Length", "")
    total = int(length) if length.isdigit() else None
    work.forget()
    files.write_json(work.note, {"url": work.url, "validator": _find_validator(answer), "total": total})
    _pour(work, answer, 0, total)


def _read_note(work: _Work) -> dict[str, Any]:
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


def _require_file(work: _Work, answer: requests.Response) -> None:
    """Raise unless the answer is (part of) a file; _Broken where the same question may be answered later."""
    status = answer.status_code
    if status in BUSY:
        raise _Broken(f"the answer {status} {answer.reason}")
    if status == 416:
        work.forget()
        raise _Broken("the answer that there is nothing more")
    if status not in (200, 206):
        found = f"the answer {status} {answer.reason}"
        raise work.failed(expected="the file at its address", found=found, todo="The source may have moved it.")
    if answer.headers.get("Content-Type", "").lower().startswith(("text/html", "application/xhtml")):
        raise work.failed(
            expected="a .zip archive",
            found="a web page, perhaps the one on which this network asks you to sign in",
            todo="Open any web page in a browser, sign in there, then try again.",
        )


def _pour(work: _Work, answer: requests.Response, have: int, total: int | None) -> None:
    """Append what comes to the part. Raises _Broken where it ends early."""
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
        raise _Broken("the end")


def _drop(work: _Work, file: BinaryIO) -> None:
    file.close()  # Windows removes no open file
    work.forget()


def _pieces(answer: requests.Response) -> Iterator[bytes]:
    """The body as it arrives, however slowly, so that a wish to stop is heard; raises _Broken."""
    try:
        while piece := answer.raw.read1(PIECE_BYTES, decode_content=False):
            yield piece
    except urllib3.exceptions.ReadTimeoutError as fault:
        raise _Broken("no more answer") from fault
    except urllib3.exceptions.HTTPError as fault:
        raise _Broken("a broken connection") from fault


def _require_zip_start(work: _Work, piece: bytes, file: BinaryIO, *, at: int) -> None:
    """So that nobody waits for the rest of something else."""
    if at == 0 and not piece.startswith(ZIP_START[: len(piece)]):
        _drop(work, file)
        raise work.failed(expected="a .zip archive", found="a file of another kind", todo="It was removed.")


def _require_whole_zip(work: _Work) -> None:
    """An archive ends in its directory: one that was cut short, by whoever lied about its length, has none."""
    if not zipfile.is_zipfile(work.part):
        found = f"one without an end, {work.have:,} bytes long"
        work.forget()
        raise work.failed(expected="a whole .zip archive", found=found, todo="It was removed; try again.")


def _require_sha256(work: _Work, sha256: str | None, sha256_from: str) -> None:
    found = files.sha256_of(work.part) if sha256 else None
    if found == sha256:
        return
    work.forget()
    raise work.failed(
        expected=f"the file whose sha256 is {sha256} (from {sha256_from})",
        found=f"one whose sha256 is {found}",
        todo="It was removed, since it is not the file that is known; try again, or ask the source whether it changed.",
    )
