"""A reader as a process of its own: `python -m tests.support.reading_process REVIEW READER CLASS [PAUSE]`.

Says a line for each reading that it was told is kept: `ENTRY SECONDS`, the seconds from asking for a case to the end of
its second answer. Ends where nothing is left. PAUSE : seconds between two readings, on average.
"""

import random
import sys
import time

from core.review import queueing, readings, review_record, reviews


def main(review_id: int, reader: str, said: str, pause_seconds: float) -> None:
    """Read, and say so."""
    reviews.read_review(review_id)  # the database is open before the first reading
    while True:
        time.sleep(random.uniform(0.5, 1.5) * pause_seconds)
        began = time.perf_counter()
        claim = queueing.claim(review_id, reader)
        if claim is None:
            return
        entry = claim.entry.id
        if not claim.blind:
            readings.submit(entry, reader, review_record.BLIND, said, client_id=f"{entry}-{reader}-blind")
        readings.submit(entry, reader, review_record.FINAL, said, client_id=f"{entry}-{reader}-final")
        print(entry, time.perf_counter() - began, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], float(sys.argv[4]) if len(sys.argv) > 4 else 0.0)
