"""By which names the dashboard may be asked for."""

import socket

import pytest

from core.base import errors, hosts


def test_listening_at_home_it_answers_to_this_machine_alone():
    assert hosts.list_hosts() == ["localhost", "127.0.0.1", "::1"]
    assert hosts.list_hosts("localhost") == hosts.list_hosts("[::1]") == hosts.list_hosts()


def test_listening_at_one_address_it_answers_to_that_too():
    assert hosts.list_hosts("192.168.1.5")[3:] == ["192.168.1.5"]
    assert hosts.list_hosts("Cells.Example.Org.", ["[FD00::0:1]"])[3:] == ["cells.example.org", "fd00::1"]


@pytest.mark.parametrize("everywhere", hosts.EVERYWHERE)
def test_listening_everywhere_it_answers_to_its_name_and_addresses(everywhere, monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "Lab-7.example.org")
    found = hosts.list_hosts(everywhere, ["other"])
    assert found[:6] == ["localhost", "127.0.0.1", "::1", "lab-7.example.org", "lab-7", "lab-7.local"]
    assert found[-1] == "other"
    assert not {*hosts.EVERYWHERE, "*"} & set(found)


def test_a_machine_without_a_network_has_no_address_but_its_own(monkeypatch):
    def refuse(*_):
        raise OSError("Network is unreachable")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert hosts.list_own() == [name for name in hosts.list_own() if hosts.NAME.fullmatch(name)]


@pytest.mark.parametrize(
    "name", ["", "*", "http://a.example", "a.example:8501", "a b", "a/b", "a..b", "-a", "[::1", "ä"]
)
def test_what_is_no_name_is_refused_in_words(name):
    with pytest.raises(errors.AddressNotUsable, match="expected a name like"):
        hosts.list_hosts("127.0.0.1", [name])


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LocalHost.", True),
        ("one.lab.example", True),
        ("lab.example", False),
        ("xlab.example", False),
        ("localhost.evil.example", False),
        ("", False),
    ],
)
def test_a_name_is_allowed_whole(host, expected):
    assert hosts.is_allowed(host, ["localhost", "*.Lab.example"]) is expected


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("localhost:8501", "localhost"),
        ("[::1]:8501", "::1"),
        ("A.Example.", "a.example"),
        ("127.0.0.1", "127.0.0.1"),
        ("a:b", None),
        ("a@b", None),
        ("a/b", None),
        ("a;b", None),
        ("a:123456", None),
        ("", None),
    ],
)
def test_the_name_in_a_host_header(header, name):
    assert hosts.split_host(header) == name


@pytest.mark.parametrize(
    ("address", "home", "shown"),
    [
        ("127.0.0.1", True, "127.0.0.1"),
        ("localhost", True, "localhost"),
        ("::1", True, "[::1]"),
        (hosts.EVERYWHERE[0], False, "127.0.0.1"),
        ("192.168.1.5", False, "192.168.1.5"),
        ("lab.example", False, "lab.example"),
    ],
)
def test_where_a_browser_of_this_machine_finds_it(address, home, shown):
    assert hosts.is_loopback(address) is home
    assert hosts.find_shown(address) == shown
