"""A person at the dashboard without a browser: speaks Streamlit's websocket, and fetches the pictures of each page."""

import asyncio
import re
import time
import urllib.request
from concurrent import futures
from dataclasses import dataclass, field

import websockets
from streamlit.proto import BackMsg_pb2, ForwardMsg_pb2

SOCKET = "/_stcore/stream"
MOST_SECONDS = 120
PICTURE = re.compile(rb"/media/[0-9a-f]{20,}\.[a-z]+")
LARGEST_MESSAGE = 64 * 2**20


@dataclass
class Visit:
    """One click: which view it led to, the seconds until all of it stood, and what went wrong, if anything did."""

    view: str
    seconds: float
    fault: str = ""


@dataclass
class Person:
    """Somebody with one tab open. address : "127.0.0.1:8501"."""

    address: str
    downloads: futures.Executor
    _pages: dict[str, str] = field(default_factory=dict)  # hash of each page by its place in the address
    _seen: set[bytes] = field(default_factory=set)
    _socket: websockets.ClientConnection | None = None

    async def come(self) -> None:
        """Open the connection that a browser opens."""
        self._socket = await websockets.connect(
            f"ws://{self.address}{SOCKET}",
            origin=websockets.Origin(f"http://{self.address}"),
            subprotocols=[websockets.Subprotocol("streamlit"), websockets.Subprotocol("PLACEHOLDER_AUTH_TOKEN")],
            max_size=LARGEST_MESSAGE,
            open_timeout=MOST_SECONDS,
            ping_timeout=None,
        )

    async def leave(self) -> None:
        """Close the tab."""
        if self._socket is not None:
            await self._socket.close()

    async def open_view(self, view: str) -> Visit:
        """Follow a link: `view` is what stands after the host, such as "explore?view=map"."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(MOST_SECONDS):
                fault = await self._open(view)
        except (TimeoutError, OSError, websockets.WebSocketException) as error:
            fault = f"{type(error).__name__}: {error}"
        return Visit(view, time.perf_counter() - began, fault)

    async def _open(self, view: str) -> str:
        assert self._socket is not None, "come() first"
        place, _, query = view.partition("?")
        asked = BackMsg_pb2.BackMsg()
        asked.rerun_script.query_string = query
        asked.rerun_script.page_name = "" if place in self._pages else place
        asked.rerun_script.page_script_hash = self._pages.get(place, "")
        asked.rerun_script.context_info.url = f"http://{self.address}/{place}"
        await self._socket.send(asked.SerializeToString())
        pictures: set[bytes] = set()
        faults = []
        while True:
            raw = await self._socket.recv()
            assert isinstance(raw, bytes)
            said = ForwardMsg_pb2.ForwardMsg.FromString(raw)
            kind = said.WhichOneof("type")
            if kind == "navigation":
                self._pages = {page.url_pathname: page.page_script_hash for page in said.navigation.app_pages}
            elif kind == "delta":
                pictures.update(PICTURE.findall(raw))
                if said.delta.new_element.WhichOneof("type") == "exception":
                    faults.append(said.delta.new_element.exception.message)
            elif kind == "page_not_found":
                faults.append("there is no such page")
            elif kind == "script_finished" and said.script_finished in FINISHED:
                break
        await self._fetch(pictures - self._seen)
        self._seen |= pictures
        return "; ".join(faults)

    async def _fetch(self, pictures: set[bytes]) -> None:
        """The pictures that its browser does not have yet, six at a time as a browser does."""
        loop = asyncio.get_running_loop()
        addresses = [f"http://{self.address}{place.decode()}" for place in sorted(pictures)]
        await asyncio.gather(*(loop.run_in_executor(self.downloads, _read, place) for place in addresses))


FINISHED = (
    ForwardMsg_pb2.ForwardMsg.FINISHED_SUCCESSFULLY,
    ForwardMsg_pb2.ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
    ForwardMsg_pb2.ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
)


def _read(address: str) -> None:
    with urllib.request.urlopen(address, timeout=MOST_SECONDS) as answer:
        answer.read()
