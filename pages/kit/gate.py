"""The gate before the server: whom it answers, and what a browser may do for any page of it.

Asked under a name that is not this machine's, or by a page of another origin, it refuses before Streamlit looks at the
request: another site's page can then neither take the session over (DNS rebinding), nor make Streamlit ask the outside
for this machine's address. Each answer carries the rules that keep a page at home.
"""

import base64
import contextlib
import functools
import hashlib
import re
import threading
import webbrowser
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime import pages_manager

from core.base import hosts
from pages.kit import housekeeping, warming

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
REFUSED_HOST, REFUSED_ORIGIN, REFUSED_SOCKET = 400, 403, 1008


def write_policy(own: str = "") -> str:
    """The Content-Security-Policy of every answer: this server alone.

    own : its name and port as it was asked for, for browsers that do not count a websocket of it as 'self'.
    Streamlit needs `blob:` to run the JavaScript of a component, a little WebAssembly to count to 64 bits, and inline
    styles; the one script that stands in its page is known by its hash. No text may be run as JavaScript, and no other
    page may hold ours in a frame.
    """
    sockets = f" ws://{own} wss://{own}" if own and "[" not in own else ""  # no policy can name an address of IPv6
    rules = {
        "default-src": "'self'",
        "script-src": f"'self' blob: 'wasm-unsafe-eval'{_hash_inline()}",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "media-src": "'self' blob:",
        "connect-src": f"'self'{sockets}",
        "worker-src": "'self' blob:",
        "frame-src": "'none'",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


@functools.cache
def _hash_inline() -> str:
    """The hashes of the scripts that stand in Streamlit's own page."""
    page = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    hashes = [hashlib.sha256(script.encode()).digest() for script in INLINE.findall(page)]
    return "".join(f" 'sha256-{base64.b64encode(each).decode()}'" for each in hashes)


@functools.lru_cache(maxsize=64)
def list_headers(own: str = "") -> tuple[tuple[bytes, bytes], ...]:
    """What every answer says to the browser, whatever it answers. own : see `write_policy`."""
    said = {
        "content-security-policy": write_policy(own),
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }
    return tuple((name.encode(), value.encode()) for name, value in said.items())


class Gate:
    """ASGI middleware around Streamlit's whole server: its routes, its websocket, its own messages of faults."""

    def __init__(self, app: Application) -> None:
        self._app = app
        # A folder called `pages` makes Streamlit look for pages in it until `st.navigation` has been called once in the
        # life of the server: whoever opens the first link after a start is told that there is no such page. There is no
        # setting against it (streamlit 1.67).
        pages_manager.PagesManager.uses_pages_directory = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refused = find_refusal(scope["headers"], _list_allowed())
        if refused is None:
            own = next(value.decode("latin-1") for name, value in scope["headers"] if name == b"host")
            await self._app(scope, receive, _add_headers(send, list_headers(own)))
        elif scope["type"] == "http":
            await _answer(_add_headers(send, list_headers()), *refused)
        elif "websocket.http.response" in scope.get("extensions", {}):
            await _answer(_add_headers(send, list_headers()), *refused, kind="websocket.http.response")
        else:
            await send({"type": "websocket.close", "code": REFUSED_SOCKET, "reason": ""})


def _add_headers(send: Send, said: tuple[tuple[bytes, bytes], ...]) -> Send:
    own = {name for name, _ in said}

    async def send_with_headers(message: MutableMapping[str, Any]) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            others = [entry for entry in message.get("headers", ()) if not _is_replaced(entry[0].lower(), own)]
            message = {**message, "headers": [*others, *said]}
        await send(message)

    return send_with_headers


def _is_replaced(name: bytes, own: set[bytes]) -> bool:
    """Whether a header of Streamlit's is left out: ours stands for it, or it lets pages of other origins read on."""
    return name in own or name.startswith(b"access-control-")


def find_refusal(headers: list[tuple[bytes, bytes]], allowed: list[str]) -> tuple[int, str] | None:
    """(status, reason) where a request is not answered; None where it is.

    headers : of the request, names in lower case. allowed : see `hosts.is_allowed`. A request from a page names its
    `Origin`, which must be this very server; one without comes from no page that could read the answer.
    """
    asked = [value.decode("latin-1") for name, value in headers if name == b"host"]
    host = hosts.split_host(asked[0]) if len(asked) == 1 else None
    if host is None or not hosts.is_allowed(host, allowed):
        return REFUSED_HOST, (
            "Second Look does not answer to this name. Ask for it by one of: " + ", ".join(allowed) + ". "
            "To add a name, start it with: make run ALLOWED=NAME"
        )
    # To the letter, as Streamlit compares: where it finds a difference, it looks this machine's address up outside.
    own = {f"{scheme}://{asked[0]}" for scheme in ("http", "https")}
    if any(value.decode("latin-1") not in own for name, value in headers if name == b"origin"):
        return REFUSED_ORIGIN, "Second Look answers to its own pages only, not to those of another origin."
    return None


def _list_allowed() -> list[str]:
    """The names of .streamlit/config.toml or the command line; without any, those of this machine alone."""
    return list(st.get_option("server.allowedHosts")) or list(hosts.LOOPBACK)


async def _answer(send: Send, status: int, words: str, *, kind: str = "http.response") -> None:
    said = words.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(said)).encode())]
    await send({"type": f"{kind}.start", "status": status, "headers": headers})
    await send({"type": f"{kind}.body", "body": said})


@contextlib.asynccontextmanager
async def open_browser(_app: Any) -> AsyncIterator[None]:
    """Open the dashboard in the person's browser as the server starts, unless it runs where there is no screen; read
    meanwhile what the first pages need; and while the server lives, collect its garbage."""
    end_housekeeping = housekeeping.start()
    warming.start()
    if not st.get_option("server.headless"):
        scheme = "https" if st.get_option("server.sslCertFile") else "http"
        address = f"{scheme}://{st.get_option('browser.serverAddress')}:{st.get_option('browser.serverPort')}"
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    try:
        yield
    finally:
        end_housekeeping()
