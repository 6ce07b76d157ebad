"""An image on its way into a case: looked at once, before anything is written, so that many can be written together."""

import hashlib
from dataclasses import dataclass
from pathlib import PureWindowsPath

from core.datasets.index import decoding
from core.review import case_record

LONGEST_NAME = 255


@dataclass(frozen=True)
class Packed:
    """A file that is an image, and what is said of it.

    content, sha256 : the file. width_px, height_px : upright, as the file has them. name : without its folders.
    patient, dataset, image_id : see `case_record.Case`. answered : what a model had said. client_id : given by whoever
    acts, the same at a retry; "" = none.
    """

    content: bytes
    sha256: str
    width_px: int
    height_px: int
    name: str
    patient: str = ""
    dataset: str = ""
    image_id: str = ""
    answered: case_record.Answer = case_record.NO_MODEL
    client_id: str = ""


def pack(
    content: bytes,
    name: str,
    *,
    patient: str = "",
    dataset: str = "",
    image_id: str = "",
    answered: case_record.Answer = case_record.NO_MODEL,
    client_id: str = "",
) -> Packed:
    """Look at a file that somebody sends; writes nothing. Raises UnreadableImage."""
    where = tidy(PureWindowsPath(name).name, LONGEST_NAME)  # of both systems' paths the last part
    width_px, height_px = decoding.read_picture(content, where=where)[1]
    sha256 = hashlib.sha256(content).hexdigest()
    patient = tidy(patient, LONGEST_NAME)
    return Packed(content, sha256, width_px, height_px, where, patient, dataset, image_id, answered, client_id)


def tidy(words: str, most: int) -> str:
    """Words on one line that every database can hold."""
    return " ".join(words.replace("\0", "").encode("utf-8", "replace").decode().split())[:most]
