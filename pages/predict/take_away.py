"""Predict's result as files: the picture with what was answered under it, and all of it as JSON."""

import functools
import re
from typing import Any

import numpy as np
import streamlit as st

from core.base import errors
from core.datasets.index import thumbnails
from core.explanation import overlay
from core.gate import gate
from core.models import package
from core.prediction import answer_picture, answer_record, decision, evidence, examples
from core.runtimes import base
from pages.kit import answer_view, cache, downloads


def offer_result(
    found: package.Package,
    example: examples.Example,
    judged: gate.Verdict | None,
    wanted: answer_view.Evidence | None,
) -> None:
    """Both files. wanted : the heatmap that goes with the answer; None where the gate refused it."""
    name = f"{_name_file(example.name)}-{found.id}"
    make = functools.partial(_make, found, example, judged, wanted)
    with st.container(horizontal=True):
        downloads.offer_file(
            lambda: _write_picture(*make()),
            f"{name}.png",
            label="Picture (PNG)",
            key="result-png",
            help="Image and heatmap, with the verdict, the model, its threshold and the date under them.",
        )
        downloads.offer_file(
            lambda: cache.as_json(make()[1]).encode(),
            f"{name}.json",
            label="Result (JSON)",
            key="result-json",
            help="What was answered and all that it hangs on, as `python -m core predict --json` says it.",
        )


def _make(
    found: package.Package,
    example: examples.Example,
    judged: gate.Verdict | None,
    wanted: answer_view.Evidence | None,
) -> tuple[answer_record.Answered, dict[str, Any], np.ndarray, np.ndarray | None]:
    """What was answered, its record, the image, and the overlay where there is one."""
    decided = decision.decide(found, answer_view.predict(found, example).probabilities)
    answered = answer_record.Answered(found, decided, judged, anyway=wanted is not None)
    shown = overlay.fit(example.image_rgb, answer_view.SHOWN_PX)
    entry = answer_record.begin(example.name) | answer_record.compose(answered)
    entry["sha256"], drawn = example.sha256, None
    if wanted is not None:
        try:
            heatmap = answer_view.load_heatmap(found, example, wanted)
        except errors.SecondLookError as error:
            heatmap = base.Lacking(str(error))
        if isinstance(heatmap, base.Lacking):
            entry["no_heatmap"] = heatmap.why
        else:
            entry["method"] = wanted.method
            entry["evidence"] = answer_record.describe_evidence(
                found, wanted.method, wanted.class_name, heatmap, layer_name=wanted.layer_name
            )
            entry["evidence"]["opacity"] = wanted.opacity
            strength = evidence.describe_strength(found, wanted.method, heatmap, layer_name=wanted.layer_name)
            drawn = answer_view.draw_evidence(shown, heatmap, strength, wanted)
    return answered, answer_record.take_away(entry), shown, drawn


def _write_picture(
    answered: answer_record.Answered, record: dict[str, Any], image_rgb: np.ndarray, overlay_rgb: np.ndarray | None
) -> bytes:
    return thumbnails.encode_picture(answer_picture.draw(answered, record, image_rgb, overlay_rgb))


def _name_file(name: str) -> str:
    """The image's name as part of one that every system can hold."""
    return re.sub(r"[^\w-]+", "_", name.rsplit(".", 1)[0])[:80]
