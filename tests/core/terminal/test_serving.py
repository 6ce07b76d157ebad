from core.base import hosts


def test_hosts(call):
    status, said, warned = call("hosts", "--json")
    assert (status, warned) == (0, "")
    assert said == {"address": "127.0.0.1", "hosts": list(hosts.LOOPBACK), "shown": "127.0.0.1"}
    status, out, warned = call("hosts", "192.168.1.5", "lab.example")
    assert status == 0
    assert out.splitlines() == [
        "--server.address=192.168.1.5",
        "--browser.serverAddress=192.168.1.5",
        *(f"--server.allowedHosts={name}" for name in [*hosts.LOOPBACK, "192.168.1.5", "lab.example"]),
    ]
    assert "everybody who reaches this machine" in warned and "lab.example" in warned
    status, out, fault = call("hosts", "127.0.0.1", "http://lab.example")
    assert (status, out) == (2, "")
    assert fault.startswith("AddressNotUsable")
