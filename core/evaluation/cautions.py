"""What to keep in mind of a model's test result before anything else, as marks that stand beside the number."""

from dataclasses import dataclass

from core.evaluation import intervals, words
from core.models import choosing, package

FEW_IMAGES = 100  # with all of so many right, the 95 % interval (Wilson 1927) still begins below 97 %


@dataclass(frozen=True)
class Caution:
    """A mark of one or two words, and what it means in a sentence. is_severe : the number is not to be believed."""

    mark: str
    meaning: str
    is_severe: bool = False


def find_cautions(found: package.Package) -> list[Caution]:
    """A leaky split, too few patients (images, where none is known) in the test, a training that was cut short."""
    return [
        *_find_leak(found),
        *_find_few(found.manifest.test.n, found.manifest.test.groups),
        *_find_cut(found),
    ]


def _find_leak(found: package.Package) -> list[Caution]:
    if not found.is_leaky:
        return []
    return [Caution("Leaky split", words.say_leak(found.manifest.split), is_severe=True)]


def _find_few(images: int, patients: int) -> list[Caution]:
    if not images:
        return []
    if 0 < patients < intervals.FEW_UNITS:
        meaning = "How patients differ is barely known from so few, and the interval is wide for it."
        return [Caution(f"Only {patients} patient{'s' * (patients != 1)}", meaning)]
    if images < FEW_IMAGES:
        return [Caution(f"Only {images} image{'s' * (images != 1)}", "From so few the true share is barely known.")]
    return []


def _find_cut(found: package.Package) -> list[Caution]:
    said = choosing.say_unfinished(found)
    return [Caution("Half-trained", f"{said.capitalize()}; more may make it better.")] if said else []
