"""Numbers that others published about the same kind of images, each with its split and where it stands.

They were measured on other test images than the models of this machine, so they are never marked as better or worse.
"""

from collections.abc import Sequence
from dataclasses import dataclass

MALARIA, CHEST_XRAY, CATS_AND_DOGS = "malaria", "chest-xray", "cats-and-dogs"
CLASSES: dict[str, tuple[frozenset[str], ...]] = {
    MALARIA: (frozenset({"parasitized", "uninfected"}),),
    CHEST_XRAY: (frozenset({"normal", "pneumonia"}),),
    CATS_AND_DOGS: (frozenset({"cat", "dog"}), frozenset({"cats", "dogs"})),
}
DRAWN = "drawn"  # a data set that this program drew has the names of real classes, but not their images

RAJARAMAN = "Rajaraman et al. 2018, J Med Imaging 5(3):034501"
MALARIA_STUDY = "Malaria cell classification study (2018 NIH data), its table of results"
SMALL_DEVICE_STUDY = "Malaria study for devices on a battery, 50 x 50 pixels"
DOERRICH = "Doerrich et al. 2025, Sci Rep"

BY_PATIENT = "patients kept apart, 5-fold"
RANDOM = "at random, cells of one patient on both sides; the test images also stopped the training"
OWN_VALIDATION = "at random; validation images, which also chose the epoch"


@dataclass(frozen=True)
class Published:
    """One published result. Shares in [0, 1]; None = not published. `spread` is between folds (standard deviation).

    n : test images. too_good : whether the split or the choice of images makes the number better than on new patients.
    """

    model: str
    split: str
    too_good: bool
    accuracy: float
    source: str
    n: int | None = None
    spread: float | None = None
    auc: float | None = None
    sensitivity: float | None = None
    specificity: float | None = None
    false_positives: int | None = None
    false_negatives: int | None = None

    @property
    def errors(self) -> int | None:
        """How many test images it answered wrongly, where both kinds of error were published."""
        if self.false_positives is None or self.false_negatives is None:
            return None
        return self.false_positives + self.false_negatives


def _of_study(model: str, accuracy: float, false_positives: int, false_negatives: int) -> Published:
    return Published(
        model,
        RANDOM,
        True,
        accuracy,
        MALARIA_STUDY,
        n=2600,
        false_positives=false_positives,
        false_negatives=false_negatives,
    )


RESULTS: dict[str, tuple[Published, ...]] = {
    MALARIA: (
        Published(
            *("VGG-16, fine-tuned", BY_PATIENT, False, 0.951, RAJARAMAN),
            spread=0.007,
            auc=0.985,
            sensitivity=0.946,
            specificity=0.957,
        ),
        Published("VGG-16, fine-tuned", "cells at random", True, 0.989, RAJARAMAN, auc=0.999),
        Published("small sequential CNN", "patients kept apart", False, 0.940, RAJARAMAN, spread=0.010, auc=0.979),
        Published(
            *("small CNN, 423,361 parameters, 128 px", "patients kept apart", False, 0.949),
            "README of a public repository",
            auc=0.987,
        ),
        _of_study("base_cnn", 0.981, 19, 31),
        _of_study("leaky_swish_cnn", 0.977, 30, 31),
        _of_study("squeeze_excite_cnn (its choice)", 0.985, 16, 24),
        _of_study("leaky_swish_cnn, augmented", 0.978, 37, 19),
        _of_study("vgg16_frozen", 0.952, 29, 95),
        Published("compact_cnn, 50 px", OWN_VALIDATION, True, 0.956, SMALL_DEVICE_STUDY, n=4410),
        Published("vgg16_features, 50 px", OWN_VALIDATION, True, 0.924, SMALL_DEVICE_STUDY, n=4410),
    ),
    CHEST_XRAY: (
        Published("ResNet-18, 224 px", "test images as published", False, 0.911, DOERRICH, auc=0.980),
        Published("ResNet-18, 64 px", "test images as published", False, 0.860, DOERRICH, auc=0.943),
        Published(
            *("xception_finetuned", "test folder as published", False, 0.866, "Pneumonia X-ray study"),
            n=624,
        ),
    ),
    CATS_AND_DOGS: (
        Published(
            *("small CNN, augmentation and dropout", "2,000 training images, at random", False, 0.82),
            "Chollet, Deep Learning with Python, notebooks, chapter 5",
        ),
        Published(
            *("vgg16_scratch, 200 epochs", "its validation images, last epoch", False, 0.795),
            "Cats and dogs study",
        ),
    ),
}


def find_published(class_names: Sequence[str], dataset_kind: str = "") -> tuple[Published, ...]:
    """The published results for images of these classes; none for a data set that was drawn.

    class_names : in any order, capital letters do not matter. dataset_kind : as a manifest's dataset has it.
    """
    if dataset_kind == DRAWN:
        return ()
    wanted = frozenset(name.lower() for name in class_names)
    kinds = [kind for kind, known in CLASSES.items() if wanted in known]
    return RESULTS[kinds[0]] if kinds else ()
