"""Opens each view of Explore and part of Datasets through the app, then runs it again; prints the server's seconds.

Run as a child: `python -m tests.benchmarks.child_views DATASET`.
"""

import json
import sys
import time

from streamlit.testing.v1 import AppTest

from core.datasets.index import index
from core.datasets.views import image_facts
from pages.explore import explore_views
from tests.benchmarks import common
from tests.support import app_pages

RERUNS = 5


def main(dataset: str) -> None:
    """{view: [first, again, again, ...]} in seconds."""
    views = [("explore", "view", view) for view in explore_views.VIEWS]
    image_facts.build_facts(index.read_index(dataset))  # the doctor's own view needs them
    parts = [("datasets", "part", part) for part in ("found", "split", "doctor")]
    said = {}
    for page, name, value in views + parts:
        test = AppTest.from_file(str(common.PROJECT / "app.py"), default_timeout=600)
        test.query_params["dataset"], test.query_params[name] = dataset, value
        app_pages.choose(test, page)
        said[value] = [_time_run(test) for _ in range(1 + RERUNS)]
    print(json.dumps(said))


def _time_run(test: AppTest) -> float:
    began = time.perf_counter()
    test.run()
    seconds = time.perf_counter() - began
    if test.exception or test.error:
        raise SystemExit(f"{test.exception} {test.error}")
    return seconds


if __name__ == "__main__":
    main(sys.argv[1])
