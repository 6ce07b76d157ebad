"""Small images to send to review, and processes that send some."""

import io
import subprocess
import sys

import numpy as np
from PIL import Image

from core.base import paths
from tests.support import dying

SEND = (
    "import sys\n"
    "from tests.support import sent_images\n"
    "from core.review import cases\n"
    "for seed in map(int, sys.argv[1:]):\n"
    "    cases.send(sent_images.encode(seed), f'{seed}.png', by='a process')\n"
)
BEFORE_THE_ROW = "from core.review import cases\ncases._add_cases = die\n"  # the file is there, the row is not
BEFORE_THE_COMMIT = "from core.review import cases\ncases._add_events = die\n"
BEFORE_THE_END = "from core.review import case_images\ncase_images.settle = die\n"  # the row is committed


def encode(seed: int, size_px: int = 12) -> bytes:
    """A PNG file; another one for another seed."""
    file = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (size_px, size_px, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def start_sender(*seeds: int, die: str = "") -> "subprocess.Popen[bytes]":
    """A process that sends these images one after the other. die : where it kills itself."""
    code = f"{dying.KILL}{die}{SEND}" if die else SEND
    command = [sys.executable, "-c", code, *map(str, seeds)]
    return subprocess.Popen(
        command, cwd=paths.PROJECT_FOLDER, env=paths.child_environment(), stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
