"""Owns a world whose Slack is the strict simulator with its example workspace."""

from collections.abc import Iterator
from contextlib import contextmanager

from slack_simulator.running import Simulator, running_simulator
from tests.web.world import World, build_world
from tocsin.kernel.db import Database

TOKEN = "xoxb-example-bot"
SECRET = "example-signing-secret"


@contextmanager
def world_with_slack(database: Database) -> Iterator[tuple[World, Simulator]]:
    """A world that asks the simulator whatever it asks Slack; no workspace is connected yet."""
    with running_simulator() as slack:
        yield build_world(database, slack_api=slack.url), slack


def connect(world: World) -> None:
    """Connect the example workspace to Acme, as its manager does."""
    with world.browser_with_slack("mona") as mona:
        response = mona.post("/acme/workspace/", {"bot_token": TOKEN, "signing_secret": SECRET})
    assert response.status_code == 303, response.text
