"""What a model answers to files, with heatmaps: stands above inference and explanation. Needs TensorFlow (inside)."""

import functools
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.base import errors, files
from core.datasets.index import decoding
from core.explanation import heatmaps, methods, overlay
from core.gate import gate, gate_file
from core.models import package
from core.prediction import answer_record, decision, evidence, predictor
from core.runtimes import base, opening

OPACITY = 0.6


def predict_files(
    model_id: str,
    images: list[Path],
    *,
    overlays: Path | None = None,
    maps: Path | None = None,
    method: str | None = None,
    layer: str | None = None,
    answer_anyway: bool = False,
) -> list[dict[str, Any]]:
    """One entry an image, in order: {image, verdict, class_name, refer, probabilities, gate, answered_anyway, heatmap,
    map, method, no_heatmap, error, sha256, model, decided_with, evidence}, as `answer_record` composes it.

    verdict : "answer", "refer" (a person should look, since the answer is too close to another one; `refer` is then
    true) or "unknown": the gate refuses the image, and class and probabilities are None. gate : what `gate.Verdict`
    says; None of a model that has none. The class and the probabilities follow what was decided about the model
    (threshold, temperature). With `answer_anyway` they are given for refused images too, and `answered_anyway` is true.

    An image that cannot be read is an entry with its `error`; the others are still answered.

    overlays, maps : folders for the heatmap of the answered class of each image that is answered, laid over it as PNG,
    and as `.npy`: float32 (H, W) in [0, 1], of the size of the image as it is read (turned upright by its EXIF note).
    method : key in `explanation.methods.METHODS`; None = the default of the model's architecture. The entry names it
    under `method` and the files under `heatmap` and `map`; where the model has no heatmap by it, `no_heatmap` says why.
    layer : the layer that Grad-CAM or LayerCAM look at, by its name; None = the method's own.
    Raises `SettingNotUsable` of a layer with another method, `ModelNotFound`, `ModelBroken`, `UnknownMethod`;
    `SourceNotUsable` for a folder that cannot be made.
    """
    found = package.find_package(model_id)
    chosen = methods.find_method(method) if method else methods.find_default(found.manifest.architecture)
    for folder in filter(None, (overlays, maps)):
        _require_folder(folder)
    guard, asked = gate_file.read(found), opening.open_runtime(found)
    source = chosen.find_source(asked, layer) if overlays or maps else None
    entries = []
    for number, path in enumerate(images):
        entry = answer_record.begin(str(path))
        try:
            content = _read_file(path)
            image_rgb = decoding.decode_image(content, where=str(path))
        except errors.UnreadableImage as error:
            entries.append({**entry, "error": str(error)})
            continue
        prediction = predictor.predict_image(found, asked, image_rgb)
        decided = decision.decide(found, prediction.probabilities)
        judged = guard.judge(gate.look_at_images(found, asked, [image_rgb]))[0] if guard else None
        answered = answer_record.Answered(found, decided, judged, answer_anyway)
        entry |= answer_record.compose(answered) | {"sha256": hashlib.sha256(content).hexdigest()}
        if not answered.is_given:
            entries.append(entry)
            continue
        if isinstance(source, base.Lacking):
            entry["no_heatmap"] = source.why
        elif source:
            heatmap = evidence.explain(found, source, image_rgb, found.class_names.index(decided.class_name))
            name = _name_file(number + 1, path, decided.class_name)
            drawn = _draw(found, chosen, image_rgb, heatmap, layer)
            entry |= {
                "heatmap": overlays and _write(overlays / f"{name}.png", Image.fromarray(drawn).save),
                "map": maps and _write(maps / f"{name}.npy", functools.partial(np.save, arr=heatmap.values)),
                "method": chosen.key,
                "evidence": answer_record.describe_evidence(
                    found, chosen.key, decided.class_name, heatmap, layer_name=layer
                ),
            }
        entries.append(entry)
    return entries


def _name_file(number: int, path: Path, class_name: str) -> str:
    """A file name, without its ending, that every system can hold, whatever the image and the class are called.

    No two of one call are the same, not even of images that have one name: the number is the last but one of its parts.
    """
    plain = [re.sub(r"[^\w-]+", "_", text, flags=re.ASCII) for text in (path.stem, class_name)]
    return f"{plain[0][:80]}-{number}-{plain[1][:40].replace('-', '_')}"


def _require_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise errors.SourceNotUsable(
            expected="a folder for the heatmaps, or a place where one can be made",
            found=error.strerror or str(error),
            where=str(folder),
            todo="Choose another folder.",
        ) from error


def _read_file(path: Path) -> bytes:
    """What the file holds; that it is absent or a folder is said like any other fault of an image."""
    try:
        if path.exists() and not path.is_file():
            raise IsADirectoryError(0, "something that is no plain file")
        if path.stat().st_size > decoding.MAX_FILE_BYTES:
            raise OSError(0, decoding.TOO_LONG)
        return path.read_bytes()
    except OSError as error:
        raise errors.UnreadableImage(
            expected="an image file", found=error.strerror or str(error), where=str(path), todo="Check the path."
        ) from error


def _draw(
    found: package.Package,
    chosen: methods.Method,
    image_rgb: np.ndarray,
    heatmap: heatmaps.Heatmap,
    layer: str | None,
) -> np.ndarray:
    """The heatmap over its image; faint where it is, by what is usual for this model and method."""
    share = evidence.describe_strength(found, chosen.key, heatmap, layer_name=layer).share
    return overlay.draw_overlay(
        image_rgb, heatmap.values, opacity=OPACITY, strength_share=1.0 if share is None else share
    )


def _write(target: Path, write: Callable[[Path], None]) -> str:
    """Write a file whole; returns its path."""
    files.write_whole(target, write)
    return str(target)
