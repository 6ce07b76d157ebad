"""What components get as bytes can be taken apart again, also without parts."""

import json

import pytest

from pages.kit import packed


@pytest.mark.parametrize("parts", [[], [b""], [b"one", b"", b"\x00\xff two"]])
def test_json_and_parts_come_back(parts):
    content = packed.pack(json.dumps({"name": "č", "sizes": [len(part) for part in parts]}, ensure_ascii=False), parts)
    length = int.from_bytes(content[:4], "little")
    said = json.loads(content[4 : 4 + length])
    assert said["name"] == "č"
    rest, found = content[4 + length :], []
    for size in said["sizes"]:
        found, rest = [*found, rest[:size]], rest[size:]
    assert found == parts and rest == b""
