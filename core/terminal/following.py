"""Work that a person waits for at the terminal: where it is, on stderr, and Ctrl-C as the page's Stop button."""

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any


@contextlib.contextmanager
def stop_on_signal(stop: Callable[[], None], name: str) -> Iterator[None]:
    """Ctrl-C and SIGTERM call `stop`: what was learnt stays. A second Ctrl-C ends at once."""

    def ask(number: int, frame: Any) -> None:
        print(f"\nStopping {name} ...", file=sys.stderr)
        stop()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def follow(describe: Callable[[], str], every_seconds: float = 2.0) -> Iterator[None]:
    """Say on stderr what `describe` says whenever it is something new, while the body works."""
    ended = threading.Event()

    def speak() -> None:
        said = ""
        while not ended.wait(every_seconds):
            line = describe()
            if line != said:
                print(line, file=sys.stderr)
                said = line

    thread = threading.Thread(target=speak, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
