"""Studies with many classes."""

from core.statistics import tasks
from tests.support import studies


def make_study(n: int, *, patients: int = 0, classes: int = 2, seed: int = 0) -> tasks.Task:
    table = studies.make_study(n, patients=patients, classes=classes, seed=seed)
    names = studies.name_classes(classes)
    return tasks.build_task(table, names, names[0])
