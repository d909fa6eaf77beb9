"""Owns the promise that no test leaves this machine.

An audit hook sees every connection that Python itself opens or resolves, asyncio's included, whoever asks for it.
It does not see C libraries with sockets of their own (libpq, uvloop).
"""

import ipaddress
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LOOPBACK_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", ""})


class NetworkForbiddenError(RuntimeError):
    """A test reached beyond loopback. No OSError, which the code under test would take for an outage."""


class _Guard:
    """Whether the hook refuses: hooks cannot be taken out again, so it is switched."""

    installed = False
    active = False


@contextmanager
def loopback_only() -> Iterator[None]:
    """Refuse what would leave the machine while this is open."""
    if not _Guard.installed:
        sys.addaudithook(_refuse_beyond_loopback)
        _Guard.installed = True
    _Guard.active = True
    try:
        yield
    finally:
        _Guard.active = False


def _refuse_beyond_loopback(event: str, arguments: tuple[Any, ...]) -> None:
    if not _Guard.active or not event.startswith("socket."):
        return

    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = arguments[1]
        # AF_UNIX addresses are paths; datagrams of a connected socket have no address.
        host = address[0] if isinstance(address, tuple) else None
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = arguments[0]
    else:
        return

    if not is_loopback(host):
        raise NetworkForbiddenError(f"{event} to {host!r}: tests stay on this machine")


def is_loopback(host: object) -> bool:
    """Say whether `host`, as a socket call takes it, stays on this machine."""
    if host is None:
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if name.lower() in LOOPBACK_NAMES:
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return name.lower().endswith(".localhost")
    return address.is_loopback or address.is_unspecified
