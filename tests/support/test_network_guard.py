"""The guard that keeps tests on this machine."""

import asyncio
import socket

import pytest

from tests.support.network_guard import NetworkForbiddenError, is_loopback


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.9.9.9", "::1", "::1%lo", "localhost", b"localhost", "", None, "0.0.0.0"]
)
def test_this_machine_may_be_called(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["192.0.2.1", "10.0.0.1", "2001:db8::1", "slack.com", "localhost.example.com"])
def test_other_machines_may_not_be_called(host):
    assert not is_loopback(host)


def test_a_connection_beyond_loopback_is_refused():
    with socket.socket() as client, pytest.raises(NetworkForbiddenError):
        client.connect(("192.0.2.1", 80))


def test_a_datagram_beyond_loopback_is_refused():
    with socket.socket(type=socket.SOCK_DGRAM) as client, pytest.raises(NetworkForbiddenError):
        client.sendto(b"", ("192.0.2.1", 53))


def test_a_name_is_not_even_looked_up():
    async def connect() -> None:
        await asyncio.open_connection("slack.com", 443)

    with pytest.raises(NetworkForbiddenError):
        asyncio.run(connect())


def test_loopback_is_reached():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())

        assert client.getpeername() == server.getsockname()
