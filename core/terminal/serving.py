"""The verb about who reaches the dashboard: hosts."""

import argparse
import sys

from core.base import hosts
from core.terminal import output


def add_verbs(add: output.AddVerb) -> None:
    """The verb and its options."""
    sub = add("hosts", _hosts, "say how to start the dashboard so that it listens at an address and answers to names")
    sub.add_argument("address", nargs="?", default=hosts.LOOPBACK[1], help="0.0.0.0: everywhere")
    sub.add_argument("names", nargs="*", metavar="NAME", help="a further name that it answers to")


def _hosts(options: argparse.Namespace) -> int:
    """Print the flags of `streamlit run`, which `make run` hands on."""
    allowed = hosts.list_hosts(options.address, options.names)
    shown = hosts.find_shown(options.address)
    if not hosts.is_loopback(options.address):
        print(
            "Opening to the network: everybody who reaches this machine can see your images, train and delete.\n"
            f"It answers to {', '.join(allowed)}; to another name with: make run HOST={options.address} ALLOWED=NAME",
            file=sys.stderr,
        )
    if options.json:
        output.print_json({"address": options.address, "hosts": allowed, "shown": shown})
    else:
        flags = [f"--server.address={options.address}", f"--browser.serverAddress={shown}"]
        print("\n".join([*flags, *(f"--server.allowedHosts={name}" for name in allowed)]))
    return 0
