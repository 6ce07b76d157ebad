"""Gates fitted on chance."""

import numpy as np

from core.gate import fact_limits, gate, known_images, plain_facts


def make_gate(*, wide):
    rng = np.random.default_rng(0)
    strict, other = (known_images.fit(rng.normal(size=(80, 5)), rng.normal(size=(60, 5))) for _ in range(2))
    facts = fact_limits.Limits(fact_limits.find_ranges(rng.normal(size=(40, len(plain_facts.FACTS)))))
    places = gate.locate(other if wide else strict, rng.normal(size=(7, 5)))
    ids = np.array([f"{number:016x}" for number in range(7)])
    return gate.Gate(strict, other if wide else None, facts, ids, places, np.array([0, 1, 2, 0], np.uint8))
