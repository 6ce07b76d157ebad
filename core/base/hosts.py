"""By which names a browser may ask for the dashboard: this machine's own, and those that a person adds.

A page of a stranger can let its own name point at this machine (DNS rebinding) and would then be taken for ours; what
it cannot do is ask under a name of ours. So what counts is the name that was asked for.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable

from core.base import errors

LOOPBACK = ("localhost", "127.0.0.1", "::1")
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 -- named, not bound to
NAME = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)*")
# Documentation addresses (RFC 5737, RFC 3849): a datagram socket that is pointed at one sends nothing, but knows by
# which of our addresses it would.
OUTSIDE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


def list_hosts(address: str = LOOPBACK[1], more: Iterable[str] = ()) -> list[str]:
    """The names and addresses that a server answers to when it listens at `address`, lower case, each once.

    Listening everywhere (0.0.0.0 or ::) it answers to this machine's name and addresses. more : further names;
    `*.example.org` is all names below it. Raises `AddressNotUsable` where one is no name and no address.
    """
    own = list_own() if address in EVERYWHERE else [require_host(address)]
    return list(dict.fromkeys([*LOOPBACK, *own, *(require_host(name) for name in more)]))


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches what listens at `address`."""
    if address.lower() == LOOPBACK[0]:
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def find_shown(address: str) -> str:
    """Where a browser on this very machine finds a server that listens at `address`, as it stands in a URL."""
    shown = LOOPBACK[1] if address in EVERYWHERE else require_host(address)
    return f"[{shown}]" if ":" in shown else shown


def list_own() -> list[str]:
    """This machine's name, alone and as the local network says it (.local), and the addresses it goes out by.

    Nobody is asked: neither a name server nor anything outside.
    """
    whole = socket.gethostname().lower()
    name = whole.split(".")[0]
    named = [entry for entry in (whole, name, f"{name}.local") if NAME.fullmatch(entry)]
    return [*named, *filter(None, (_find_address(family, outside) for family, outside in OUTSIDE))]


def _find_address(family: socket.AddressFamily, outside: str) -> str | None:
    """The address by which this machine would go out; None where it has none of this kind."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((outside, 9))
            return str(probe.getsockname()[0])
    except OSError:
        return None


def require_host(name: str) -> str:
    """A name or an address as it is compared: lower case, without the brackets of IPv6 and without a last dot."""
    host = name.strip().lower().rstrip(".")
    try:
        return str(ipaddress.ip_address(host[1:-1] if host[:1] + host[-1:] == "[]" else host))
    except ValueError:
        if NAME.fullmatch(host):
            return host
    raise errors.AddressNotUsable(
        expected="a name like cells.example.org or an address like 192.168.1.5, without http:// and port",
        found=repr(name),
        where="the names by which the dashboard may be asked for",
        todo="Give each name alone.",
    )


def is_allowed(host: str, allowed: Iterable[str]) -> bool:
    """Whether a name (without port) is one of `allowed`, in which `*.example.org` stands for all below it."""
    wanted = host.lower().rstrip(".")
    return any(
        name in {wanted, "*"} or (name.startswith("*.") and wanted.endswith(name[1:]))
        for name in (entry.strip().lower().rstrip(".") for entry in allowed)
    )


def split_host(header: str) -> str | None:
    """The name in a `Host` header, without port and brackets; None where it is no plain `name` or `name:port`."""
    found = re.fullmatch(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", header.lower())
    return found[1].strip("[]").rstrip(".") if found else None
