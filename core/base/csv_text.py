"""A table as CSV that a spreadsheet opens as text and numbers: nothing in it is taken for a formula.

Names of files and folders may hold anything. A cell that begins with = + - or @ is a formula to spreadsheets
(OWASP, CSV injection), white space before it or not; such texts get an apostrophe in front, which shows them as they
are.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from core.base import files

STARTS = ("=", "+", "-", "@")


def write(table: pd.DataFrame, *, digits: int | None = 6) -> bytes:
    """The table as CSV, UTF-8; what is not known is an empty cell. digits : of a number that count; None = all."""
    safe = table.rename(columns=_guard)
    for place, name in enumerate(safe.columns):
        if not pd.api.types.is_numeric_dtype(safe.dtypes.iloc[place]):
            safe[name] = safe[name].map(_guard)
    return safe.to_csv(index=False, float_format=f"%.{digits}g" if digits else None).encode()


def save(table: pd.DataFrame, path: Path) -> None:
    """The same as a file, whole or not at all. Raises DiskFull."""
    content = write(table)
    files.write_whole(path, lambda aside: _write_bytes(aside, content))


def _write_bytes(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _guard(cell: Any) -> Any:
    """Line ends become spaces too: behind one that a writer leaves unquoted a formula could begin."""
    if not isinstance(cell, str):
        return cell
    line = " ".join(cell.splitlines()) if cell.splitlines() != [cell] else cell
    return f"'{line}" if line.lstrip().startswith(STARTS) else line
