"""What a model answers to files, with overlays: stands above inference and explanation. Needs TensorFlow (inside)."""

import re
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.base import errors, files
from core.datasets.index import decoding
from core.explanation import gradcam, overlay
from core.gate import gate, gate_file
from core.models import package
from core.prediction import decision, evidence, predictor, verdicts
from core.runtimes import base, opening

OPACITY = 0.6


def predict_files(
    model_id: str, images: list[Path], *, heatmaps: Path | None = None, answer_anyway: bool = False
) -> list[dict[str, Any]]:
    """One entry an image, in order: {image, verdict, class_name, refer, probabilities, gate, answered_anyway, heatmap,
    no_heatmap, error}.

    verdict : "answer", "refer" (a person should look, since the answer is too close to another one; `refer` is then
    true) or "unknown": the gate refuses the image, and class and probabilities are None. gate : what `gate.Verdict`
    says; None of a model that has none. The class and the probabilities follow what was decided about the model
    (threshold, temperature). With `answer_anyway` they are given for refused images too, and `answered_anyway` is true.

    An image that cannot be read is an entry with its `error`; the others are still answered. With `heatmaps`, the
    overlay for the predicted class is written there as PNG; where the model has none, `no_heatmap` says why.
    """
    if heatmaps:
        _require_folder(heatmaps)
    found = package.find_package(model_id)
    guard, asked = gate_file.read(found), opening.open_runtime(found)
    gradients = gradcam.find_gradients(asked) if heatmaps else None
    entries = []
    for number, path in enumerate(images):
        entry: dict[str, Any] = {
            "image": str(path),
            "verdict": None,
            "class_name": None,
            "refer": None,
            "probabilities": None,
            "gate": None,
            "answered_anyway": False,
            "heatmap": None,
            "no_heatmap": None,
            "error": None,
        }
        try:
            image_rgb = _read_image(path)
        except errors.UnreadableImage as error:
            entries.append({**entry, "error": str(error)})
            continue
        prediction = predictor.predict_image(found, asked, image_rgb)
        decided = decision.decide(found, prediction.probabilities)
        judged = guard.judge(gate.look_at_images(found, asked, [image_rgb]))[0] if guard else None
        verdict = verdicts.find(decided, judged)
        entry |= {"verdict": verdict, "gate": judged and judged.to_json()}
        if verdict == verdicts.UNKNOWN and not answer_anyway:
            entries.append(entry)
            continue
        entry |= {
            "answered_anyway": verdict == verdicts.UNKNOWN,
            "class_name": decided.class_name,
            "refer": decided.refers,
            "probabilities": decided.probabilities,
        }
        if isinstance(gradients, base.Lacking):
            entry["no_heatmap"] = gradients.why
        elif gradients and heatmaps:
            target = heatmaps / _name_overlay(number + 1, path, decided.class_name)
            _write_overlay(found, gradients, image_rgb, decided.class_name, target)
            entry["heatmap"] = str(target)
        entries.append(entry)
    return entries


def _name_overlay(number: int, path: Path, class_name: str) -> str:
    """A file name that every system can hold, whatever the image and the class are called."""
    plain = [re.sub(r"[^\w-]+", "_", text, flags=re.ASCII) for text in (path.stem, class_name)]
    return f"{plain[0][:80]}-{number}-{plain[1][:40]}.png"


def _require_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise errors.SourceNotUsable(
            expected="a folder for the overlays, or a place where one can be made",
            found=error.strerror or str(error),
            where=str(folder),
            todo="Choose another folder.",
        ) from error


def _read_image(path: Path) -> np.ndarray:
    """A file as `image_rgb`; that it is absent or a folder is said like any other fault of an image."""
    try:
        if path.exists() and not path.is_file():
            raise IsADirectoryError(0, "something that is no plain file")
        if path.stat().st_size > decoding.MAX_FILE_BYTES:
            raise OSError(0, decoding.TOO_LONG)
        data = path.read_bytes()
    except OSError as error:
        raise errors.UnreadableImage(
            expected="an image file", found=error.strerror or str(error), where=str(path), todo="Check the path."
        ) from error
    return decoding.decode_image(data, where=str(path))


def _write_overlay(
    found: package.Package, gradients: base.Gradients, image_rgb: np.ndarray, class_name: str, target: Path
) -> None:
    position = found.class_names.index(class_name)
    heatmap = evidence.explain(found, gradients, image_rgb, position)
    share = gradcam.describe_strength(heatmap.peak, found.usual_peak).share
    drawn = overlay.draw_overlay(
        image_rgb, heatmap.values, opacity=OPACITY, strength_share=1.0 if share is None else share
    )
    files.write_whole(target, Image.fromarray(drawn).save)
