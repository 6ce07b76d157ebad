"""Tasks of a few images or of a whole study, drawn with a seed."""

from typing import Any

import numpy as np

from core.statistics import tasks
from tests.support import studies

NAMES = studies.NAMES


def make_task(labels: Any, positive: Any, groups: Any = "") -> tasks.Task:
    return tasks.build_task(studies.make_predictions(labels, positive, groups), NAMES, NAMES[0])


def make_study(n: int, *, ties: bool = False, **options: Any) -> tasks.Task:
    table = studies.make_study(n, **options)
    names = studies.name_classes(options.get("classes", 2))
    if ties:
        columns = [f"p_{name}" for name in names]
        table[columns] = np.round(table[columns], 1)
    return tasks.build_task(table, names, names[0])
