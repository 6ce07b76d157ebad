"""Pages through the grid of a synthetic index of a million rows; prints the memory that takes beside the index."""

import gc
import json
import time

import numpy as np
import pandas as pd
import psutil

from core.datasets.index import browsing, index

ROWS = 1_000_000
PAGE, PAGES = 36, 20


def make_table() -> pd.DataFrame:
    """A table as an index of so many images has it."""
    numbers = np.arange(ROWS)
    drawn = np.random.default_rng(0).integers(0, 2**63, ROWS)
    ids = pd.Series([f"{value:016x}" for value in drawn], dtype="str")
    nothing = pd.Series([""] * ROWS, dtype="str")
    return pd.DataFrame(
        {
            "image_id": ids,
            "path": "cells/" + ids + ".png",
            "label": (numbers % 2).astype("int16"),
            "split": nothing,
            "group": pd.Series([f"P{number // 250}" for number in numbers], dtype="str"),
            "height_px": np.full(ROWS, 120, "int32"),
            "width_px": np.full(ROWS, 120, "int32"),
            "sha256": ids + ids + ids + ids,
            "size_bytes": np.full(ROWS, 9000),
            "modified_ns": numbers,
            "problem": nothing,
        }
    )


def main() -> None:
    """Filters, orders and pages, looking at the resident memory after each."""
    table = make_table()
    gc.collect()
    process = psutil.Process()
    held = peak = process.memory_info().rss
    data = index.Index("million", "f" * 64, ("a", "b"), "a", "malaria", table, {})
    seconds = []
    for seed in range(3):
        for chosen in ({}, {"class_name": "b"}, {"group": "P77"}):
            began = time.perf_counter()
            order = browsing.select_rows(data, seed=seed, **chosen)
            for start in range(0, len(order), max(1, len(order) // PAGES)):
                assert len(data.table.loc[order[start : start + PAGE]])
            seconds.append(time.perf_counter() - began)
            peak = max(peak, process.memory_info().rss)
        assert browsing.list_groups(data)
        assert index.describe(data)["images"] == ROWS
        peak = max(peak, process.memory_info().rss)
    print(json.dumps({"held": held, "extra": peak - held, "seconds": max(seconds)}))


if __name__ == "__main__":
    main()
