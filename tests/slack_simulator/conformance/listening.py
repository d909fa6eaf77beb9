"""What the tests of interactivity share: listeners that remember, cards, and forms that a press opens."""

import threading
from typing import Any

from tests.slack_simulator.conformance.rows import actions, button, plain, section
from tests.slack_simulator.conftest import new_client

OPS = "C0OPS"


class Heard:
    """What a listener was given; `whole` is the last payload."""

    def __init__(self):
        self.payloads: list[dict[str, Any]] = []

    @property
    def whole(self) -> dict[str, Any]:
        return self.payloads[-1]

    def listen(self, ack, body):
        ack()
        self.payloads.append(body)


def option(value):
    return {"text": plain(value.title()), "value": value}


def select(kind="static_select", **more):
    return {"type": kind, "action_id": "pick", "placeholder": plain("Pick"), **more}


def card(client, *elements, **more):
    blocks = [section("a card"), actions(*(elements or (button(),)))]
    return client.chat_postMessage(channel=OPS, text="a card", blocks=blocks, **more)["ts"]


def open_form(sim, bolt, view):
    """Have the button `go` open `view`, press it, and return the id of what opened."""

    @bolt.action("go")
    def opens(ack, body, client):
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=view)

    assert sim.press(OPS, card(new_client(sim)), "go", user="ada").ok
    return sim.wait_for(lambda: sim.views("ada"))[0].id


class Events:
    """What a Bolt app was told, in order, retries included."""

    def __init__(self, app):
        self.bodies = []
        self.retries = []
        self.arrived = threading.Condition()
        app.use(self._note)

    def _note(self, body, req, next):  # noqa: A002 - Bolt's name
        with self.arrived:
            if body.get("type") == "event_callback":
                number, reason = (req.headers.get(f"x-slack-retry-{name}", [None])[0] for name in ("num", "reason"))
                self.bodies.append(body)
                self.retries.append((number, reason))
                self.arrived.notify_all()
        next()

    def kinds(self):
        return [body["event"]["type"] for body in self.bodies]

    def wait(self, count):
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.bodies) >= count, timeout=5)
        return self.bodies
