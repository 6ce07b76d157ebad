"""The gate before a real server: whom it answers, what each answer carries, and that nobody outside is asked."""

import asyncio
import contextlib
import re
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import pytest

from core.base import hosts, paths
from pages.kit import gate, live_chart
from tests.browser import serving

LISTENER = """
import ipaddress, os, sys

def note(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        place = arguments[0]
    elif event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        place = arguments[1][0] if isinstance(arguments[1], tuple) else "127.0.0.1"
    else:
        return
    name = (place.decode() if isinstance(place, bytes) else place) or "127.0.0.1"
    try:
        at_home = name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        at_home = False
    if not at_home:
        with open(os.environ["ASKED_OUTSIDE"], "a") as file:
            file.write(f"{event} {name}\\n")

sys.addaudithook(note)
"""
STRANGER = "evil.example"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The app as `make run` starts it; `asked_outside` is the file in which its look-ups and connections away stand."""
    with start(tmp_path_factory.mktemp("home")) as served:
        yield served


@contextlib.contextmanager
def start(home, *flags):
    (home / "sitecustomize.py").write_text(LISTENER)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTHONPATH", str(home))
        patched.setenv("ASKED_OUTSIDE", str(home / "asked_outside"))
        with serving.app(home, *flags) as served:
            yield served


def read_asked_outside(served):
    listener = served.log.parent / "asked_outside"
    return listener.read_text() if listener.exists() else ""


def fetch(served, path="/", method="GET", data=None, **headers):
    """(status, headers, body) of an answer, refused or not."""
    asked = urllib.request.Request(f"{served.address}{path}", data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers, refusal.read()


def shake_hands(served, host, origin):
    """The status of a websocket's handshake: 101 where the server opens a session."""
    port = served.address.rsplit(":", 1)[1]
    lines = [
        "GET /_stcore/stream HTTP/1.1",
        f"Host: {host.replace('PORT', port)}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        *([f"Origin: {origin.replace('PORT', port)}"] if origin else []),
    ]
    with socket.create_connection(("127.0.0.1", int(port)), timeout=20) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode())
        return int(line.recv(4096).split()[1])


OWN = [
    ("127.0.0.1:PORT", "http://127.0.0.1:PORT"),
    ("localhost:PORT", "http://localhost:PORT"),
    ("[::1]:PORT", "http://[::1]:PORT"),
    ("localhost.:PORT", "http://localhost.:PORT"),
    ("localhost:PORT", "https://localhost:PORT"),  # behind a proxy that speaks https
    ("127.0.0.1:PORT", None),
]
FOREIGN = [
    (STRANGER, f"http://{STRANGER}"),
    (f"{STRANGER}:PORT", f"http://{STRANGER}:PORT"),
    (f"{STRANGER}:PORT", None),
    ("127.0.0.1:PORT", f"http://{STRANGER}"),
    ("127.0.0.1:PORT", f"http://127.0.0.1:PORT.{STRANGER}"),
    ("127.0.0.1:PORT", "http://127.0.0.1:1"),  # another server of this machine
    ("127.0.0.1:PORT", "http://localhost:PORT"),  # the same server, but never a page of ours
    ("127.0.0.1:PORT", "null"),
    ("LOCALHOST:PORT", "http://localhost:PORT"),
    ("localhost:PORT", "ftp://localhost:PORT"),
    (f"localhost.{STRANGER}", f"http://localhost.{STRANGER}"),
    (f"127.0.0.1:PORT@{STRANGER}", None),
    ("192.168.0.7:PORT", "http://192.168.0.7:PORT"),
]


@pytest.mark.parametrize(("host", "origin"), OWN)
def test_its_own_pages_get_a_session(server, host, origin):
    assert shake_hands(server, host, origin) == 101


@pytest.mark.parametrize(("host", "origin"), FOREIGN)
def test_a_strangers_page_gets_none(server, host, origin):
    assert 400 <= shake_hands(server, host, origin) < 500


def served_name(served):
    return served.address.removeprefix("http://")


PATHS = [
    "/",
    "/predict",
    "/_stcore/health",
    "/_stcore/host-config",
    "/_stcore/metrics",
    f"/app/static/{live_chart.LIBRARY}",
]
PATHS += ["/favicon.png", "/media/none.png", "/static/none.js", "/_stcore/agent/openapi.json", "/component/none/x.js"]


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_answered_under_a_foreign_name(server, path):
    status, _, body = fetch(server, path, Host=STRANGER)
    assert status == 400
    assert b"does not answer to this name" in body and b"ALLOWED=NAME" in body


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS"])
def test_no_upload_under_a_foreign_name_or_from_a_foreign_page(server, method):
    path = "/_stcore/upload_file/session/file"
    assert fetch(server, path, method, b"x" if method == "PUT" else None, Host=STRANGER)[0] == 400
    assert fetch(server, path, method, b"x" if method == "PUT" else None, Origin=f"http://{STRANGER}")[0] == 403


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("changed", [{}, {"Host": STRANGER}, {"Origin": f"http://{STRANGER}"}])
def test_every_answer_carries_the_rules(server, path, changed):
    status, headers, _ = fetch(server, path, **changed)
    assert (status < 500) if not changed else (400 <= status < 500)
    own = "" if changed else served_name(server)
    assert headers.get_all("Content-Security-Policy") == [gate.write_policy(own)]
    assert headers.get_all("X-Frame-Options") == ["DENY"]
    assert headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert headers.get_all("Referrer-Policy") == ["same-origin"]
    assert headers.get_all("Cross-Origin-Opener-Policy") == ["same-origin"]
    assert headers.get_all("Cross-Origin-Resource-Policy") == ["same-origin"]
    assert [name for name in headers if name.lower().startswith("access-control-")] == []


def test_the_rules_name_no_origin_but_our_own():
    rules = dict(rule.split(" ", 1) for rule in gate.write_policy().split("; "))
    words = {word for rule in rules.values() for word in rule.split()}
    known = {"'self'", "'none'", "'unsafe-inline'", "'wasm-unsafe-eval'", "data:", "blob:"}
    assert {word for word in words if not word.startswith("'sha256-")} == known
    assert "'unsafe-inline'" not in rules["script-src"] and "data:" not in rules["script-src"]
    assert rules["default-src"] == rules["connect-src"] == "'self'"
    assert "; connect-src 'self' ws://localhost:1 wss://localhost:1;" in gate.write_policy("localhost:1")
    assert gate.write_policy("[::1]:1") == gate.write_policy()
    assert rules["frame-ancestors"] == rules["object-src"] == "'none'"


def test_nobody_outside_is_asked(server):
    """A foreign origin made Streamlit ask a host of the internet for this machine's address."""
    for host, origin in FOREIGN:
        shake_hands(server, host, origin)
    fetch(server, "/_stcore/host-config", Origin=f"http://{STRANGER}")
    assert read_asked_outside(server) == ""


def test_the_listener_hears(server, tmp_path, monkeypatch):
    """Else the test above would prove nothing."""
    home = server.log.parent
    environment = {**paths.child_environment(), "PYTHONPATH": str(home), "ASKED_OUTSIDE": str(tmp_path / "heard")}
    asking = "import socket\ntry: socket.create_connection(('elsewhere.invalid', 80), 1)\nexcept OSError: pass"
    subprocess.run([sys.executable, "-c", asking], env=environment, check=True)
    assert "elsewhere.invalid" in (tmp_path / "heard").read_text()


def test_a_fault_of_the_server_carries_the_rules_too():
    """Streamlit's own answer to a fault is written outside of all middleware that an App can be given."""
    source = (paths.PROJECT_FOLDER / "app.py").read_text()
    assert re.search(r"^ +app = gate\.Gate\(app\)$", source, re.MULTILINE)


@pytest.mark.parametrize("header", ["a b", "", "a/b", "a@b", "a,b", "a:b", "a:123456", "[zz]", "ä.example", "x;y"])
def test_a_host_that_is_no_name_is_refused(header):
    assert gate.find_refusal([(b"host", header.encode("latin-1"))], ["*"])[0] == 400


def test_two_hosts_or_none_are_refused():
    own = (b"host", b"localhost")
    assert gate.find_refusal([own], list(hosts.LOOPBACK)) is None
    assert gate.find_refusal([own, own], list(hosts.LOOPBACK))[0] == 400
    assert gate.find_refusal([], list(hosts.LOOPBACK))[0] == 400


def test_one_foreign_origin_among_two_is_refused():
    headers = [(b"host", b"localhost"), (b"origin", b"http://localhost"), (b"origin", b"http://evil.example")]
    assert gate.find_refusal(headers, ["localhost"])[0] == 403


def list_flags(*asked):
    told = subprocess.run(
        [sys.executable, "-m", "core", "hosts", *asked],
        cwd=paths.PROJECT_FOLDER,
        env=paths.child_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.split()


def test_opened_to_the_network_it_answers_to_this_machines_names_and_to_added_ones(home):
    own = hosts.list_own()
    with start(home, *list_flags(hosts.EVERYWHERE[0], "cells.example.org", "*.lab.example")) as served:
        for name in [*own, "localhost", "cells.example.org", "one.lab.example"]:
            host = f"[{name}]:PORT" if ":" in name else f"{name}:PORT"
            assert shake_hands(served, host, f"http://{host}") == 101, name
            assert fetch(served, Host=host.replace(":PORT", ""))[0] == 200, name
        for name in (STRANGER, "lab.example", "cells.example.org.evil.example", "203.0.113.9"):
            assert shake_hands(served, name, f"http://{name}") == 400, name
            assert fetch(served, Host=name)[0] == 400, name
        assert own[0] in hosts.list_own()
        assert read_asked_outside(served) == ""


def test_make_run_opens_the_gate_as_far_as_it_is_asked_to():
    """What `make run` would do, without doing it."""

    def plan(*settings):
        told = subprocess.run(
            ["make", "-n", "run", *settings], cwd=paths.PROJECT_FOLDER, capture_output=True, text=True, check=True
        )
        return told.stdout

    assert "core hosts" not in plan()
    assert "core hosts 0.0.0.0 cells.example.org" in plan("HOST=0.0.0.0", "ALLOWED=cells.example.org")
    assert "core hosts 127.0.0.1 cells.example.org" in plan("ALLOWED=cells.example.org")


@pytest.mark.parametrize(("headless", "opened"), [(False, ["http://[::1]:8600"]), (True, [])])
def test_the_browser_is_opened_where_there_is_a_screen(headless, opened, monkeypatch):
    options = {"server.headless": headless, "server.sslCertFile": None}
    options |= {"browser.serverAddress": "[::1]", "browser.serverPort": 8600}
    called, asked = threading.Event(), []
    monkeypatch.setattr(gate.st, "get_option", options.__getitem__)
    monkeypatch.setattr(gate.webbrowser, "open", lambda address: (asked.append(address), called.set()))

    async def live():
        async with gate.open_browser(None):
            called.wait(5 if opened else 0.2)

    asyncio.run(live())
    assert asked == opened
