"""Fetch one .zip over HTTPS: resumed after a break, checked before it gets its name, and never half there.

While it comes it is `NAME.part`, beside a `NAME.part.json` that says of which version at the source it is a part.
"""

import contextlib
import time
import urllib.parse
import zipfile
from collections.abc import Iterator
from pathlib import Path

import requests
import urllib3

from core.base import files, progress
from core.datasets.intake import transferring


def download(
    url: str,
    target: Path,
    *,
    expected_bytes: int | None = None,
    sha256: str | None = None,
    sha256_from: str = "the catalogue",
    by_hand: str = "",
    patience: transferring.Patience | None = None,
    report: progress.Report = progress.say_nothing,
) -> str:
    """Fetch the .zip at `url` to `target`, and return its hex sha256. A target that fits already is not fetched again.

    `expected_bytes` is about how large it is, for the progress and as a limit (twice that) where the server does not
    say; `sha256` is checked if given, and `sha256_from` says in the message who stated it; `by_hand` ends every message
    with another way to get the file. A second download of the same target waits for the first.
    A cancelled or broken download leaves what has come, and the next one goes on from there.
    Raises DownloadFailed, DiskFull, progress.Cancelled.
    """
    work = transferring.Work(url, target, expected_bytes, by_hand, patience or transferring.Patience(), report)
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
    sizes = [path.stat().st_size for path in transferring.find_places(target) if path.exists()]
    return sizes[0] if sizes else 0


def forget(target: Path) -> None:
    """Remove `target` and the part of it that an earlier download left."""
    for path in transferring.find_places(target):
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def hold(path: Path, report: progress.Report = progress.say_nothing) -> Iterator[None]:
    """Be the only one who makes `path`; wait for another one, and say so. An empty file `NAME.lock` stays beside it."""
    lock = path.with_name(f"{path.name}.lock")
    with files.wait_for_lock(lock, report, "Waiting for another download of the same file"):
        yield


def _require_usable(work: transferring.Work) -> None:
    address = urllib.parse.urlsplit(work.url)
    if (
        (address.scheme == "https" or transferring.is_local(work.url))
        and address.hostname
        and "@" not in address.netloc
    ):
        return
    raise work.failed(expected="an address that begins with https://, without a password", found=work.url, todo="")


def _fetch(work: transferring.Work) -> None:
    """Try until all of it is in the part; a try that got further than any before is not counted against it."""
    furthest, in_vain, reached, promised = work.have, 0, False, None
    with transferring.open_session(work) as session:
        while True:
            try:
                return transferring.try_once(work, session)
            except transferring.Broken as fault:
                reason = str(fault)
            except requests.exceptions.RequestException as fault:
                reason = _why_broken(work, fault, reached=reached)
            reached, promised = True, transferring.read_note(work).get("total") or promised
            in_vain = 0 if work.have > furthest else in_vain + 1
            furthest = max(furthest, work.have)
            if in_vain > work.patience.retries:
                raise work.failed(
                    expected=f"the {promised:,} bytes that the server promised" if promised else "a whole file",
                    found=f"{furthest:,} bytes, then {reason}, {in_vain} times in a row",
                )
            _pause(work, in_vain)


def _pause(work: transferring.Work, in_vain: int) -> None:
    until = time.monotonic() + work.patience.pause_seconds * 2 ** max(0, in_vain - 1)
    while (left := until - time.monotonic()) > 0:
        work.report(0, 0, "The connection broke; trying again")
        time.sleep(min(left, 0.25))


def _why_broken(work: transferring.Work, fault: requests.exceptions.RequestException, *, reached: bool) -> str:
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


def _require_whole_zip(work: transferring.Work) -> None:
    """An archive ends in its directory: one that was cut short, by whoever lied about its length, has none."""
    if not zipfile.is_zipfile(work.part):
        found = f"one without an end, {work.have:,} bytes long"
        work.forget()
        raise work.failed(expected="a whole .zip archive", found=found, todo="It was removed; try again.")


def _require_sha256(work: transferring.Work, sha256: str | None, sha256_from: str) -> None:
    found = files.sha256_of(work.part) if sha256 else None
    if found == sha256:
        return
    work.forget()
    raise work.failed(
        expected=f"the file whose sha256 is {sha256} (from {sha256_from})",
        found=f"one whose sha256 is {found}",
        todo="It was removed, since it is not the file that is known; try again, or ask the source whether it changed.",
    )
