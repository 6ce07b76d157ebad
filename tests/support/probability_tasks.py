"""Tasks whose probabilities are as good, or as boastful, as one asks."""

from core.statistics import tasks
from tests.support import studies

NAMES = studies.NAMES


def make_task(table, names=NAMES, positive=NAMES[0]):
    return tasks.build_task(table, names, positive)


def study(n, **options):
    classes = options.get("classes", 2)
    names = studies.name_classes(classes)
    return make_task(studies.make_study(n, **options), names, names[0])
