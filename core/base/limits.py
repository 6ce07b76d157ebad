"""What the system lets this process have: said before the first large library is loaded, which would not say it."""

import contextlib
import os
import sys
from pathlib import Path

from core.base import errors

BASE_BYTES, PROCESSOR_BYTES = 1_300_000_000, 100_000_000  # measured: 1.05 GB do with 2 processors; each has its threads
TENSORFLOW_BYTES = 2_500_000_000
NO_LIMIT_FROM = 2**60


def find_address_space() -> int | None:
    """Bytes of address space that this process may have (`ulimit -v`); None where nothing limits it."""
    if sys.platform == "win32":
        return None
    import resource  # noqa: PLC0415  (absent on Windows)

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if limit == resource.RLIM_INFINITY or limit >= NO_LIMIT_FROM else limit


def find_address_space_left() -> int | None:
    """`find_address_space`, less what is taken already."""
    limit = find_address_space()
    if limit is None:
        return None
    taken = 0
    with contextlib.suppress(OSError):  # no such file outside Linux
        taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
    return limit - taken


def require_address_space(*, with_tensorflow: bool = False) -> None:
    """Raise MemoryShort where `ulimit -v` leaves too little: numpy, Arrow and TensorFlow then hang or end the process,
    as they start their threads, without a word."""
    needed = BASE_BYTES + PROCESSOR_BYTES * (os.cpu_count() or 1) + (TENSORFLOW_BYTES if with_tensorflow else 0)
    limit = find_address_space()
    if limit is not None and limit < needed:
        raise errors.MemoryShort(
            expected=f"at least {needed / 1e9:.1f} GB of address space for this process",
            found=f"{limit / 1e9:.1f} GB (ulimit -v)",
            where="this machine",
            todo="Raise the limit, such as by ulimit -v unlimited, and start again.",
        )


def describe_shortage(said: object) -> errors.MemoryShort:
    """A fault of too little memory, or of too many threads, in words."""
    return errors.MemoryShort(
        expected="enough memory for this step",
        found=f"none left ({str(said).strip() or 'MemoryError'})",
        where="this machine",
        todo="Close other programs, or raise the limit on this one, and try again. Nothing was lost.",
    )
