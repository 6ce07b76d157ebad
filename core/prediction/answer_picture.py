"""One answer as a picture to take away: the image, the evidence over it, and under them what was answered, by whom."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.explanation import heatmaps, methods, overlay
from core.figures import template
from core.prediction import answer_record, decision, verdicts

SIDE_PX, MARGIN_PX = 640, 24
PAPER, INK, GREY = (251, 250, 248), (31, 36, 48), (88, 94, 106)
HEADLINE_PX, LINE_PX = 34, 19  # height of letters
SPACING = 1.5
BOLD, PLAIN = 650, 400
DRAWN_WITH = "sans"  # OpenCV's own, which has letters of most scripts

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]


def draw(
    answered: answer_record.Answered, record: dict[str, Any], image_rgb: Picture, overlay_rgb: Picture | None = None
) -> Picture:
    """The picture: uint8 (H, W, 3), RGB.

    record : what `answer_record.take_away` says of the same answer. image_rgb : uint8 (H, W, 3), shown enlarged.
    overlay_rgb : the same with the evidence over it, uint8 (H', W', 3); None = nothing to show.
    """
    shown = [overlay.fit(one, SIDE_PX) for one in (image_rgb, overlay_rgb) if one is not None]
    height_px = max(picture.shape[0] for picture in shown)
    width_px = 3 * MARGIN_PX + 2 * SIDE_PX
    lines = [
        (line, size_px, weight, colour)
        for text, size_px, weight, colour in _say(answered, record)
        for line in _wrap(text, size_px, weight, width_px - 2 * MARGIN_PX)
    ]
    text_px = sum(round(SPACING * size_px) for _, size_px, _, _ in lines)
    sheet: Picture = np.full((height_px + text_px + 3 * MARGIN_PX, width_px, 3), PAPER, np.uint8)
    for number, picture in enumerate(shown):
        left = MARGIN_PX + number * (SIDE_PX + MARGIN_PX)
        sheet[MARGIN_PX : MARGIN_PX + picture.shape[0], left : left + picture.shape[1]] = picture
    base_px = height_px + 2 * MARGIN_PX
    for line, size_px, weight, colour in lines:
        base_px += round(SPACING * size_px)
        cv2.putText(sheet, line, (MARGIN_PX, base_px), colour, cv2.FontFace(DRAWN_WITH), size_px, weight=weight)
    return sheet


def list_lines(answered: answer_record.Answered, record: dict[str, Any]) -> list[str]:
    """What stands under the picture, the verdict first."""
    found, decided = answered.found, answered.decided
    model = record["model"]
    lines = [verdicts.NOT_KNOWN]
    if answered.is_given:
        lines = [verdicts.say_headline(decided, verdicts.find_mark(answered.judged))]
        share = template.describe_share(decided.probabilities[decided.class_name])
        lines.append(f"Probability of {decided.class_name}: {share}. {_say_rules(answered)}")
    lines.append(_say_gate(answered))
    if record["evidence"]:
        seen = record["evidence"]
        title = methods.find_method(seen["method"]).title
        at = "" if seen["layer"] == heatmaps.THE_IMAGE else f" at {seen['layer']}"
        lines.append(f"Right: evidence for {seen['class_name']} by {title}{at}, strength: {seen['strength']}.")
    lines += [
        f"Image {record['image']}, sha256 {record['sha256'][:16]}",
        f"Model {found.id}, made {model['created'][:10]}, sha256 {model['sha256'][:16]}",
        f"Written {record['at'][:16].replace('T', ' ')} UTC. {record['note']}",
    ]
    return [line.strip() for line in lines if line.strip()]


def _say(answered: answer_record.Answered, record: dict[str, Any]) -> list[tuple[str, int, int, Colour]]:
    """Each line with its size, weight and colour."""
    headline, *others = list_lines(answered, record)
    return [(headline, HEADLINE_PX, BOLD, INK), *((line, LINE_PX, PLAIN, GREY) for line in others)]


def _say_rules(answered: answer_record.Answered) -> str:
    """What turns a probability into an answer."""
    found, decided = answered.found, answered.decided
    said = ["The most probable class is answered"]
    if decided.threshold is not None or len(found.class_names) == 2:
        said = [f"{found.positive_class} is answered from {decision.say_threshold(found)} on"]
    if decided.temperature is not None:
        said.append(f"temperature {decided.temperature:.2f}")
    if decided.limit is not None:
        said.append(f"below a confidence of {decided.limit:.2f} log odds a person is asked")
    return "; ".join(said) + "."


def _say_gate(answered: answer_record.Answered) -> str:
    if answered.judged is None:
        return verdicts.NO_GATE
    return " ".join(answered.judged.reasons) or "The image is like those on which the model was tested."


def _wrap(text: str, size_px: int, weight: int, most_px: int) -> list[str]:
    """The text in lines of at most `most_px`; a word that is longer is cut."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if _measure(longer, size_px, weight) <= most_px:
            lines[-1] = longer
            continue
        lines += [word] if lines[-1] else []
        lines[-1] = word
        while _measure(lines[-1], size_px, weight) > most_px:
            kept = len(lines[-1]) - 1
            while _measure(lines[-1][:kept], size_px, weight) > most_px:
                kept -= 1
            lines[-1:] = [lines[-1][:kept], lines[-1][kept:]]
    return lines


def _measure(text: str, size_px: int, weight: int) -> int:
    """Pixels from the left end of a line to its right end."""
    _, _, width_px, _ = cv2.getTextSize((1, 1), text, (0, 0), cv2.FontFace(DRAWN_WITH), size_px, weight=weight)
    return int(width_px)
