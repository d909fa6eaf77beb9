"""A simulator with a small real app behind it, and a browser in front of it."""

from collections.abc import Callable, Iterator

import msgspec
import pytest
from playwright.sync_api import Page
from slack_sdk import WebClient

from slack_simulator.config import example_config
from slack_simulator.running import Simulator, running_simulator
from tests.slack_simulator.page.watcher import TOKEN, card, running_app

Visit = Callable[..., Page]


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with running_simulator(msgspec.structs.replace(example_config(), limits=False)) as running:
        yield running


@pytest.fixture
def slack(sim: Simulator) -> Iterator[WebClient]:
    """The app's own client; the app answers what people do for as long as the test runs."""
    with running_app(sim):
        yield WebClient(token=TOKEN, base_url=sim.url, retry_handlers=[])


@pytest.fixture
def alert(slack: WebClient) -> str:
    """The ts of a card in #ops with two replies."""
    ts = str(slack.chat_postMessage(channel="C0OPS", text="TypeError", blocks=card())["ts"])
    slack.chat_postMessage(channel="C0OPS", thread_ts=ts, text="Grace assigned *CART-12* to <@U0ADA>")
    slack.chat_postMessage(channel="C0OPS", thread_ts=ts, text=":eyes: Happened 12 times in the last hour")
    return ts


@pytest.fixture
def visit(page: Page, sim: Simulator) -> Visit:
    """`visit(me=, channel=, thread=)` opens the page there."""

    def open_page(*, me: str = "U0ADA", channel: str = "C0OPS", thread: str = "") -> Page:
        page.set_default_timeout(10_000)
        page.goto(f"{sim.root}/#me={me}&channel={channel}&thread={thread}")
        page.wait_for_selector("#channel-head h1")
        return page

    return open_page
