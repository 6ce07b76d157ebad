"""Opens each view of Explore through the app, then runs it again; prints the seconds on the server.

Run as a child: `python -m tests.benchmarks.child_views DATASET`.
"""

import json
import sys
import time

from streamlit.testing.v1 import AppTest

from pages.ui import exploring
from tests.benchmarks import common

RERUNS = 5
NEEDS_TENSORFLOW = ("augmentation",)


def main(dataset: str) -> None:
    """{view: [first, again, again, ...]} in seconds."""
    said = {}
    for view in exploring.VIEWS:
        if view in NEEDS_TENSORFLOW:
            continue
        test = AppTest.from_file(str(common.PROJECT / "app.py"), default_timeout=600)
        test.query_params["dataset"], test.query_params["view"] = dataset, view
        test.switch_page("pages/explore.py")
        said[view] = [_time_run(test) for _ in range(1 + RERUNS)]
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
