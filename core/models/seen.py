"""What a model has seen of some images: which of them, told by which rule, and in words. See `provenance`."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NOT, TEST, VALIDATION, TRAINING = range(4)  # what an image was in the making of a model
LEVELS = {"test": TEST, "validation": VALIDATION, "train": TRAINING}
CONTENT, PICTURE, NAME, PATIENT = RULES = ("content", "picture", "name", "patient")
COUNTED = {"training": TRAINING, "validation": VALIDATION}
WORDS = {
    CONTENT: "are among",
    PICTURE: "are near-identical to",
    NAME: "have the file name, and nearly the picture, of",
}

Levels = NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Seen:
    """What a model has seen of N images: for each rule a level (NOT to TRAINING) an image, int8 (N,).

    people : str (N,), the patient of each, "" = not known. unasked : rule -> why it could not be asked, a sentence.
    """

    levels: dict[str, Levels]
    people: NDArray[np.object_]
    unasked: dict[str, str]

    @property
    def level(self) -> Levels:
        """The highest level that any rule gives an image, (N,)."""
        highest: Levels = np.max(np.stack([self.levels[rule] for rule in RULES]), axis=0)
        return highest

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which images are not unseen, (N,): in training or validation by any rule."""
        return self.level >= VALIDATION

    def take(self, places: NDArray[Any]) -> "Seen":
        """The same of some of the images, by their places or a mask."""
        return Seen({rule: level[places] for rule, level in self.levels.items()}, self.people[places], self.unasked)

    def count(self) -> dict[str, dict[str, int]]:
        """rule -> images in "training" and in "validation", each image under the first rule by which it is seen."""
        counts, rest = {}, np.ones(len(self.people), bool)
        for rule in RULES:
            found = np.where(rest, self.levels[rule], NOT)
            counts[rule] = {part: int((found == level).sum()) for part, level in COUNTED.items()}
            rest &= found < VALIDATION
        return counts

    def count_patients(self) -> dict[str, int]:
        """Patients of whom an image is in "training", at most in "validation", and "of" how many that are known."""
        named = self.people != ""
        highest = pd.Series(self.level[named]).groupby(self.people[named]).max().to_numpy()
        return {part: int((highest == level).sum()) for part, level in COUNTED.items()} | {"of": len(highest)}

    def say(self) -> list[str]:
        """A sentence for each rule that found something; then for each that could not be asked."""
        counts, total = self.count(), len(self.people)
        said = [
            f"{number:,} of {total:,} images {words} its {part} images."
            for rule, words in WORDS.items()
            for part in COUNTED
            if (number := counts[rule][part])
        ]
        patients = self.count_patients()
        said += [
            f"{patients[part]:,} of {patients['of']:,} patients of these images are in its {part}."
            for part in COUNTED
            if patients[part]
        ]
        return [*said, *self.unasked.values()]

    def describe(self) -> dict[str, Any]:
        """The counts and the sentences, as JSON."""
        return {"by": self.count(), "patients": self.count_patients(), "said": self.say()}
