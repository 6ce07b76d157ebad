"""A server of files on this machine that breaks off, lies and is slow on demand."""

import http.server
import io
import threading
import time
import zipfile
from collections.abc import Callable

import numpy as np

Handler = http.server.BaseHTTPRequestHandler


def zip_bytes(seed: int = 0, size: int = 400_000) -> bytes:
    """A .zip that does not compress."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a/noise.bin", np.random.default_rng(seed).bytes(size))
    return file.getvalue()


WHOLE = zip_bytes()


class Server:
    """Answers each request by the next of `answers` (the last one stays), and keeps what was asked."""

    def __init__(self) -> None:
        self.answers: list[Callable[[Handler], None]] = []
        self.asked: list[dict[str, str]] = []
        kept = self

        class Answering(Handler):
            def do_GET(self) -> None:  # noqa: N802 (the library's name)
                kept.asked.append({name.lower(): value for name, value in self.headers.items()})
                answer = kept.answers.pop(0) if len(kept.answers) > 1 else kept.answers[0]
                answer(self)
                self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/cells.zip"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def ranges(self) -> list[str | None]:
        return [asked.get("range") for asked in self.asked]


def serve(
    body: bytes = WHOLE,
    *,
    etag: str | None = '"one"',
    stop_after: int | None = None,
    stall_seconds: float = 0,
    claimed: int | None = None,
    ranges: bool = True,
    kind: str = "application/zip",
) -> Callable[[Handler], None]:
    """An honest answer, or one that stops after some bytes, stalls there, claims another length or ignores Range."""

    def answer(handler: Handler) -> None:
        asked = handler.headers.get("Range") if ranges else None
        if asked and handler.headers.get("If-Range") != etag:
            asked = None
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        if start >= len(body):
            handler.send_error(416)
            return
        handler.send_response(206 if asked else 200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str((claimed or len(body)) - start))
        if asked:
            handler.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{claimed or len(body)}")
        if etag:
            handler.send_header("ETag", etag)
        handler.end_headers()
        end = len(body) if stop_after is None else start + stop_after
        handler.wfile.write(body[start:end])
        time.sleep(stall_seconds)

    return answer
