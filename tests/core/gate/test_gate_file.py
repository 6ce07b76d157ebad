"""A gate on disk: read as it was written; a file that is none stops its model, and no other."""

import io
import zipfile

import numpy as np
import pytest

from core.base import errors
from core.gate import gate, gate_file, plain_facts
from core.models import amending, package
from tests.support import hostile_networks, made_gates


@pytest.fixture
def kept(small_model):
    made = made_gates.make_gate(wide=True)
    return made, amending.add_file(small_model, package.GATE_FILE, lambda path: gate_file.write(path, made))


@pytest.mark.parametrize("wide", [False, True])
def test_what_is_written_is_read(small_model, wide):
    made = made_gates.make_gate(wide=wide)
    found = amending.add_file(small_model, package.GATE_FILE, lambda path: gate_file.write(path, made))
    again = gate_file.read(found)
    seen = gate.Seen(*(np.random.default_rng(5).normal(size=(9, size)) for size in (5, 5, len(plain_facts.FACTS))))
    for one, other in zip(again.judge(seen), made.judge(seen), strict=True):
        assert (one.refused, one.away, one.reasons, one.nearest) == (
            other.refused,
            other.away,
            other.reasons,
            other.nearest,
        )
        assert one.distance == pytest.approx(other.distance, rel=1e-5)
    assert (again.wide is not None) == wide
    np.testing.assert_array_equal(again.states, made.states)


def test_a_model_of_before_has_none(small_model):
    assert gate_file.read(small_model) is None


def spoil(found, content):
    """Put other bytes in its place, as a hand that knows the manifest would."""
    return hostile_networks.replace_file(found, package.GATE_FILE, content)


def as_npz(**parts):
    stream = io.BytesIO()
    np.savez(stream, **parts)
    return stream.getvalue()


def test_other_bytes_than_published_are_noticed(kept):
    _, found = kept
    path = found.file(package.GATE_FILE)
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(content)
    with pytest.raises(errors.ModelBroken, match="as it was published"):
        gate_file.read(found)


@pytest.mark.parametrize(
    "harm",
    ["text", "empty", "nothing in it", "torn", "pickle", "not finite", "other facts", "other sizes", "other states"],
)
def test_a_file_that_is_no_gate_is_a_fault_of_its_model(kept, harm):
    _, found = kept
    whole = found.file(package.GATE_FILE).read_bytes()
    with np.load(io.BytesIO(whole)) as stored:
        parts = dict(stored)
    changed = {
        "text": b"text",
        "empty": b"",
        "nothing in it": as_npz(),
        "torn": whole[:-300],
        "pickle": as_npz(**{**parts, "facts": np.array([{}], object)}),
        "not finite": as_npz(**{**parts, "strict_mean": np.full_like(parts["strict_mean"], np.nan)}),
        "other facts": as_npz(**{**parts, "facts": np.array(["a", "b"], "S")}),
        "other sizes": as_npz(**{**parts, "near_places": parts["near_places"][:, :2]}),
        "other states": as_npz(**{**parts, "states": np.array([9], np.uint8)}),
    }[harm]
    spoil(found, changed)
    with pytest.raises(errors.ModelBroken, match="gate"):
        gate_file.read(package.find_package(found.id))


def test_what_would_unpack_to_more_is_not_unpacked(kept, monkeypatch):
    _, found = kept
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("facts.npy", bytes(package.LARGEST_BYTES[package.GATE_FILE] + 1))
    spoil(found, stream.getvalue())
    monkeypatch.setattr(np, "load", lambda *_, **__: pytest.fail("it was unpacked"))
    with pytest.raises(errors.ModelBroken, match="gate"):
        gate_file.read(package.find_package(found.id))
