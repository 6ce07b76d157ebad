"""JSON and files for a component in one run of bytes: inside of JSON, each rerun would pay for megabytes of text."""

from collections.abc import Sequence

# JavaScript: `unpack(data)` gives the JSON, with `sizes` of the files in it, and the files under `parts`.
UNPACK = """
function unpack(packed) {
  const length = new DataView(packed.buffer, packed.byteOffset, 4).getUint32(0, true);
  const content = JSON.parse(new TextDecoder().decode(packed.subarray(4, 4 + length)));
  let start = 4 + length;
  content.parts = content.sizes.map((size) => packed.subarray(start, start += size));
  return content;
}
"""


def pack(said: str, parts: Sequence[bytes]) -> bytes:
    """The length of the JSON (4 bytes, little end first), the JSON `said`, which has the `sizes` of the parts, and
    these."""
    head = said.encode()
    return b"".join([len(head).to_bytes(4, "little"), head, *parts])
