"""Owns Slack's side of the press benches: a process that signs presses as Slack does, and sends each at its moment."""

import time
from urllib.parse import urlencode, urlsplit

import msgspec

from bench.company import OWNER, SIGNING_SECRET
from bench.load import carry_out
from bench.sending import Target
from bench.server import TocsinServer
from slack_simulator.delivery.signing import signature_headers
from slack_simulator.remote import RemoteSimulator

PATH = "/extensions/slack/action/"
MENU = "issue.assign"
"""It stands on every card, while the buttons come and go."""
CONNECTIONS = 64

Card = tuple[str, str]
"""Where a card stands: the channel, and its ts."""


class Order(msgspec.Struct, frozen=True):
    """What is to be pressed: payloads (JSON) as Slack would send them, in their order, and the app's secret."""

    target: Target
    payloads: list[str]
    signing_secret: str


def press_payload(slack: RemoteSimulator, card: Card, action_id: str) -> str:
    """What Slack will send for a press of that button of `card`, with an address of its own to answer to.

    Which of two buttons stands there when it is sent is not known yet: so it is the use of a menu, told as a press.
    """
    channel, ts = card
    payload = slack.press_payload(channel, ts, MENU, user=OWNER.id)
    [menu] = payload["actions"]
    card_key = menu["block_id"].partition(":")[2].rpartition(":")[0]
    button = {"type": "button", "action_id": action_id, "block_id": menu["block_id"], "value": card_key}
    return msgspec.json.encode(payload | {"actions": [button | {"action_ts": menu["action_ts"]}]}).decode()


def make_press_order(
    server: TocsinServer, payloads: list[str], rate: float, *, warm_up_seconds: float, seconds: float
) -> Order:
    """What the pressing process is to do with these payloads: `rate` presses a second."""
    address = urlsplit(server.address)
    assert address.hostname is not None
    assert address.port is not None
    target = Target(address.hostname, address.port, CONNECTIONS, warm_up_seconds, seconds, rate)
    return Order(target, payloads, SIGNING_SECRET)


def main() -> None:
    """Carry out the order that is given on the standard input."""
    carry_out(Order, lambda order: (order.target, build_requests(order)))


def build_requests(order: Order) -> list[bytes]:
    """Whole HTTP requests, signed now: Slack's signatures are good for five minutes."""
    now = int(time.time())
    return [_request(order, urlencode({"payload": payload}).encode(), now) for payload in order.payloads]


def _request(order: Order, body: bytes, now: int) -> bytes:
    headers = {
        "Host": f"{order.target.host}:{order.target.port}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(body)),
        **signature_headers(order.signing_secret, body, timestamp=now),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {PATH} HTTP/1.1\r\n{lines}\r\n".encode() + body


if __name__ == "__main__":
    main()
