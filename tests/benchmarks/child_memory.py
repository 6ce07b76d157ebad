"""Answers one image after the other as Predict does, and prints its memory in MB: after some answers, and after all."""

import sys

import numpy as np
import psutil

from core.models import package
from core.prediction import examples
from pages.kit import answer_view, cache, zoom_component

MB = 2**20
HEATMAP_EACH = 4  # 257 answers each


def main(model_id: str, warm_up: int, answers: int) -> None:
    """`warm_up` answers, then `answers` more."""
    cache.HEAD_START_SECONDS = 0
    found, random, process = package.find_package(model_id), np.random.default_rng(0), psutil.Process()
    measured = []
    for number in range(warm_up + answers):
        if number == warm_up:
            measured.append(process.memory_info().rss / MB)
        image = random.integers(0, 256, (64, 64, 3), dtype=np.uint8)
        example = examples.Example("cell.png", image, f"{number:064x}", f"{number:016x}")
        cache.load_verdict(found, example.image_id, image)
        answered = answer_view.predict(found, example).class_name
        if number % HEATMAP_EACH == 0:
            answer_view.load_heatmap(found, example, answer_view.Evidence("occlusion", answered))
        zoom_component._encode_image(example.sha256, image)
    measured.append(process.memory_info().rss / MB)
    print(*measured)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
