"""The tiles that a page shows in AppTest: read from what goes to the browser, and clicked as it reports a click."""

import io
import json
import re

import numpy as np
from PIL import Image
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

KIND = "second_look_tiles"
TRIGGER = "$$STREAMLIT_INTERNAL_KEY_{}__events"


def make_picture(shade: int) -> bytes:
    """A small PNG file of one grey."""
    content = io.BytesIO()
    Image.fromarray(np.full((4, 6, 3), shade, np.uint8)).save(content, "PNG")
    return content.getvalue()


def read_content(packed: bytes) -> dict:
    """What is said beside the pictures of a grid."""
    return json.loads(packed[4 : 4 + int.from_bytes(packed[:4], "little")])


def _grids(test):
    """(proto, content) of each grid of tiles on the page."""
    found = [one.proto for one in test.get("bidi_component") if one.proto.component_name.endswith(KIND)]
    return [(proto, read_content(proto.bytes)) for proto in found]


def list_tiles(test) -> list[dict]:
    """All tiles of all grids: key, name, colour, caption, alt, fault, and `bytes`, how long its picture is."""
    return [
        {**tile, "bytes": size}
        for _, content in _grids(test)
        for tile, size in zip(content["tiles"], content["sizes"], strict=True)
    ]


def list_single(test) -> list[str]:
    """The captions of tiles that stand alone (`tile_component.show_tile`)."""
    bodies = [str(one.proto.body) for one in test.get("html") if 'class="tile ' in str(one.proto.body)]
    return [" ".join(re.sub(r"<[^>]*>", " ", body).split()) for body in bodies]


def open_tile(test: AppTest, key: str, *, as_if: str | None = None) -> AppTest:
    """Click the tile of this key, as the browser tells it. as_if : the key that it tells in its place."""
    proto = next(proto for proto, content in _grids(test) if key in [tile["key"] for tile in content["tiles"]])
    states = test._tree.get_widget_states()
    clicked = WidgetState(id=TRIGGER.format(proto.id))
    clicked.json_trigger_value = json.dumps([{"event": "opened", "value": as_if or key}])
    states.widgets.append(clicked)
    return test._run(states)
