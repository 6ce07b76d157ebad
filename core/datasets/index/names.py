"""Names of data sets: what can be a folder on every system, and what to propose."""

import re

from core.base import errors

_USABLE = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
_ENDINGS = re.compile(r"(\.(zip|tar|tgz|gz|7z|rar))+$", re.IGNORECASE)


def is_usable(name: str) -> bool:
    """Whether a data set can have this name."""
    return _USABLE.fullmatch(name) is not None and name not in _RESERVED


def require_name(name: str, what: str = "the data set") -> str:
    """`name` itself if it can name a data set, or `what` else is called by the same rules; else NameNotUsable."""
    if is_usable(name):
        return name
    raise errors.NameNotUsable(
        expected="1 to 64 lower-case letters, digits, - and _, a letter or digit first",
        found=repr(name[:80]) if name not in _RESERVED else f"{name!r}, which Windows keeps for itself",
        where=f"the name of {what}",
        todo=f"Try {suggest_name(name)!r}.",
    )


def suggest_name(source_name: str) -> str:
    """A usable name made of a file's or folder's: `Cell Images.zip` -> `cell-images`."""
    stem = re.split(r"[/\\]", source_name.rstrip("/\\"))[-1]
    plain = re.sub(r"[^a-z0-9_]+", "-", _ENDINGS.sub("", stem).lower()).strip("-_")[:64].rstrip("-_")
    return f"{plain}-images" if plain in _RESERVED else plain or "images"
