"""A place where a model is checked: images whose truth is known, what the model answers to them, and who reads them."""

import hashlib
import io

import numpy as np
from PIL import Image

from core.models import package, tables
from core.results import kept_answers, site_checks
from core.review import queueing, readings, review_record, site_check, site_pool
from core.runtimes import opening
from tests.support import brightness, made_models

POSITIVE, NEGATIVE = made_models.NAMES
SIZE_PX = 8


def write_model(monkeypatch, **options):
    """A model that calls bright images positive, and whose own test has 60 patients."""
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))
    labels = np.arange(600) % 2
    groups = [f"H{number % 60}" for number in range(600)]
    table = made_models.make_answers(labels, skill=3.0, groups=groups)
    return made_models.write_model(table, **options)


def write_images(folder, *, images=400, patients=40, prevalence=0.3, sensitivity=0.9, specificity=0.95, seed=0):
    """Images named after NIH's, so that their patients are known; returns sha256 -> what they truly are."""
    random = np.random.default_rng(seed)
    truth = {}
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(images):
        positive = random.random() < prevalence
        flagged = random.random() < (sensitivity if positive else 1 - specificity)
        content = encode(200 if flagged else 60, random)
        (folder / f"S{seed}P{number % patients}thinF_IMG_{number}_cell_{number}.png").write_bytes(content)
        truth[hashlib.sha256(content).hexdigest()] = POSITIVE if positive else NEGATIVE
    return truth


def encode(level, random):
    file = io.BytesIO()
    pixels = random.integers(level - 20, level + 21, (SIZE_PX, SIZE_PX, 3))
    Image.fromarray(pixels.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def ask(found, folder):
    """The pool of a folder's images."""
    about = kept_answers.make(found.id, [folder])
    return site_pool.open_pool(found, about.id)


def begin(found, pool, name="North", **options):
    home = site_checks.measure_home(found, tables.read_predictions(found))
    return site_check.begin(
        package.find_package(found.id), pool, name, **({"n": 60, "by": "Ada", "home": home} | options)
    )


def write_facts(pool):
    """What a review of images drawn from such parts says of itself."""
    text, none = dict.fromkeys(("answers", "rule", "network", "gate"), ""), dict.fromkeys(("threshold", "temperature"))
    counts = {"wanted": 100, "patients": 0, "pool": pool, "drawn": {}, "left_out": {}}
    return {"site": "North", **text, **none, **counts, "margin": 0.1, "floor": 0.8, "home": {}}


def read(review, truth, reader="Ben", *, say=lambda claim, name: name, most=None, after=None):
    """Have a reader answer what is true; say : what is said instead. after : what is said once the model is seen."""
    done = 0
    while done != most and (claim := queueing.claim(review.id, reader)) is not None:
        answer = say(claim, truth.get(claim.entry.sha256, review_record.NOT_SUCH))
        readings.submit(claim.entry.id, reader, review_record.BLIND, answer)
        final = answer if after is None else after(claim, answer)
        readings.submit(claim.entry.id, reader, review_record.FINAL, final)
        done += 1
    return done
