"""A review that made-up readers have read, through the store itself."""

from core.review import case_packing, case_record, cases, queueing, readings, review_record, reviews
from tests.support import sent_images

CLASSES = ("Parasitized", "Uninfected")


def send(count, *, patients=5):
    """So many cases, of so many patients; their numbers, in order."""
    packed = [
        case_packing.pack(sent_images.encode(seed), f"{seed}.png", patient=f"P{seed % patients}")
        for seed in range(count)
    ]
    cases.send_packed(packed, by="Ada")
    return [cases.find_case(one.sha256).id for one in packed]


def begin(numbers, model_says, *, gold=None, **settings):
    """A review of these cases. model_says : case -> class, None where it answers nothing; gold : case -> class."""
    begun = reviews.begin("First", review_record.Settings(CLASSES, **settings), by="Ada")
    enrolments = [
        review_record.Enrolment(
            number,
            answered=case_record.Answer("net", "then", "class", model_says[number]),
            gold=(gold or {}).get(number, ""),
        )
        for number in numbers
    ]
    reviews.enrol(begun.id, enrolments)
    return begun


def read(begun, reader, first, last=None):
    """Have somebody read all that there is. first, last : case -> what is said blind, and in the end."""
    while (claim := queueing.claim(begun.id, reader)) is not None:
        number, entry = claim.entry.case_id, claim.entry.id
        if begun.settings.mode == review_record.BLIND_FIRST:
            readings.submit(entry, reader, review_record.BLIND, first[number])
        readings.submit(entry, reader, review_record.FINAL, (last or first)[number])


def settle(begun, reader, truth):
    """Have somebody settle all that is disputed. truth : case -> class."""
    while (claim := queueing.claim_dispute(begun.id, reader)) is not None:
        readings.submit(claim.entry.id, reader, review_record.SETTLING, truth[claim.entry.case_id])
