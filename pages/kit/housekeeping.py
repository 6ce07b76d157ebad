"""Garbage is collected twice a minute for all sessions together, not after each click of each of them.

Streamlit collects it after every run of a page, which walks through all that the server holds: measured with fifty
people at once, that was two thirds of the processor's time (`tests/benchmarks/bench_people.py`), and everybody waited.
`runner.postScriptGC = false` in .streamlit/config.toml leaves it to this. What was freed then goes back to the machine.
"""

import ctypes
import gc
import os
import threading
from collections.abc import Callable

EVERY_SECONDS = 30.0


def start(every_seconds: float = EVERY_SECONDS) -> Callable[[], None]:
    """Tidy up in a thread of its own until the returned function is called.

    What lives when it begins (Streamlit, the web server) stays as long as the process and is not walked again.
    """
    ended = threading.Event()
    give_back = _find_trim()

    def keep_house() -> None:
        while not ended.wait(every_seconds):
            gc.collect()
            give_back()

    gc.collect()
    gc.freeze()
    threading.Thread(target=keep_house, name="housekeeping", daemon=True).start()
    return ended.set


def _find_trim() -> Callable[[], object]:
    """What hands freed memory back: glibc keeps it for each thread that a page once ran in. Elsewhere nothing is
    needed."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim is None:
        return lambda: None
    trim.argtypes, trim.restype = (ctypes.c_size_t,), ctypes.c_int
    return lambda: trim(0)
