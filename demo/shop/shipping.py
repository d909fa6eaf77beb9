"""Owns what the carrier asks for a parcel."""

import socket

PRICES = {"inland": 395, "islands": 895}
PATIENCE_SECONDS = 0.25


class CarrierUnavailableError(Exception):
    """No price could be had from the carrier."""


def quote(region: str) -> int:
    """The price of a parcel in pence."""
    if region in PRICES:
        return PRICES[region]
    return ask_carrier(region)


def ask_carrier(region: str) -> int:
    """Ask the carrier's own service for a region that has no fixed price."""
    # Bug: the carrier's service accepts the connection and never answers; nobody planned for that.
    with socket.create_server(("127.0.0.1", 0)) as carrier:
        try:
            with socket.create_connection(carrier.getsockname(), timeout=PATIENCE_SECONDS) as connection:
                connection.sendall(f"QUOTE {region}\n".encode())
                return int(connection.recv(16))
        except TimeoutError as error:
            raise CarrierUnavailableError(f"no quote for {region} within {PATIENCE_SECONDS} s") from error
