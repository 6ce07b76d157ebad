"""From probabilities to answers: a threshold, a temperature, and how far an image is from being answered otherwise.

Thresholds and limits are always about the model's own probabilities, as its file gives them, so that they mean the same
to whoever uses the file. A temperature changes what is shown, and is fitted apart.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
SMALLEST = 1e-38  # a probability of exactly 0 is one that float32 could not hold


def decide(probabilities: ArrayLike, positive: int, threshold: float | None) -> NDArray[np.int64]:
    """The class that is answered, int64 (N,).

    probabilities : (N, K). threshold : the positive class is answered from this probability of it on, otherwise the
    most probable of the others; None = the most probable class, the first of equals.
    """
    values = np.asarray(probabilities, dtype=np.float64)
    if threshold is None:
        return np.asarray(values.argmax(1), dtype=np.int64)
    others = values.copy()
    others[:, positive] = -1.0
    return np.where(values[:, positive] >= threshold, positive, others.argmax(1)).astype(np.int64)


def compute_confidence(probabilities: ArrayLike, positive: int, threshold: float | None) -> Floats:
    """How far each image is from another answer, in log odds: float64 (N,), >= 0, larger is surer.

    Without a threshold it is the distance of the two most probable classes. With one, the distance of the positive
    class from the threshold; where another class is answered, that class's distance from the next of the others counts
    too. Of two classes it is |log odds of p - log odds of the threshold|. probabilities : (N, K), the model's own.
    """
    logs = np.log(np.clip(np.asarray(probabilities, dtype=np.float64), SMALLEST, 1.0))  # (N, K)
    if threshold is None:
        return _gap_of_first_two(logs)
    from scipy import special  # noqa: PLC0415  (a fifth of a second, which models as they were published do not need)

    others = np.delete(logs, positive, axis=1)
    # log p - log (1 - p), the second from the others, so that a p that rounds to 1 keeps its distance.
    distance = logs[:, positive] - special.logsumexp(others, axis=1) - float(special.logit(threshold))
    if others.shape[1] == 1:
        return np.asarray(np.abs(distance))
    return np.asarray(np.where(distance >= 0, distance, np.minimum(-distance, _gap_of_first_two(others))))


def apply_temperature(probabilities: ArrayLike, temperature: float) -> Floats:
    """Probabilities softened (temperature > 1) or sharpened (< 1): softmax(log p / T), (N, K), rows sum to 1.

    Guo et al. 2017, "On Calibration of Modern Neural Networks". The order of the classes of an image stays.
    """
    from scipy import special  # noqa: PLC0415  (see above)

    logs = np.log(np.clip(np.asarray(probabilities, dtype=np.float64), SMALLEST, 1.0))
    return np.asarray(special.softmax(logs / temperature, axis=-1))


def convert_threshold(threshold: float, temperature: float) -> float:
    """A threshold for the model's own probability as one for the probability after `temperature`; of two classes."""
    from scipy import special  # noqa: PLC0415  (see above)

    return float(special.expit(special.logit(threshold) / temperature))


def _gap_of_first_two(logs: Floats) -> Floats:
    """Largest less second largest of each row."""
    ordered = np.sort(logs, axis=1)
    return np.asarray(ordered[:, -1] - ordered[:, -2])
