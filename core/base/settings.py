"""What a person has set for this machine: `data/settings.json`. Absent means the defaults."""

import os
from dataclasses import asdict, dataclass
from typing import Any

from core.base import errors, files, paths

FILE = "settings.json"


@dataclass(frozen=True)
class Settings:
    """`trainings_at_once`: how many trainings may run at the same time, 1 to the number of processors.

    Raises SettingNotUsable for anything else.
    """

    trainings_at_once: int = 1

    def __post_init__(self) -> None:
        value, most = self.trainings_at_once, count_processors()
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            raise _not_usable(f"trainings_at_once: a whole number from 1 to {most} (processors)", repr(value))


def count_processors() -> int:
    """How many processors this process may use; what TensorFlow takes where nobody limits it."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def read() -> Settings:
    """The settings in force. A data folder that comes from a larger machine is held to the processors of this one.

    Raises SettingNotUsable where the file is damaged or holds something else than settings.
    """
    path = paths.data_folder() / FILE
    try:
        content = files.read_json(path)
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:
        raise _not_usable("a file of settings", f"one that cannot be read: {error}") from error
    if not isinstance(content, dict) or set(content) - set(Settings.__dataclass_fields__):
        raise _not_usable(f"settings called {', '.join(Settings.__dataclass_fields__)}", str(content)[:80])
    wanted: Any = content.get("trainings_at_once", 1)
    if isinstance(wanted, int) and not isinstance(wanted, bool):
        wanted = min(wanted, count_processors())
    return Settings(wanted)


def write(wanted: Settings) -> None:
    """Keep the settings, whole or not at all. Waiting trainings see them within a second. Raises DiskFull."""
    files.write_json(paths.data_folder() / FILE, asdict(wanted))


def _not_usable(expected: str, found: str) -> errors.SettingNotUsable:
    return errors.SettingNotUsable(
        expected=expected,
        found=found,
        where=f"data/{FILE}",
        todo="Set it on the Train page, or remove the file to have the defaults.",
    )
