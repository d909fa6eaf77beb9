"""A simulator of the example company, and unmodified slack_sdk and slack_bolt beside it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import msgspec
import pytest
from slack_bolt import App
from slack_sdk import WebClient

from slack_simulator.config import SimulatorConfig, example_config
from slack_simulator.running import Simulator, running_simulator
from tests.slack_simulator.bolt_server import serving_bolt

TOKEN = "xoxb-example-bot"
SIGNING_SECRET = "example-signing-secret"


@pytest.fixture
def simulate() -> Iterator[Callable[..., Simulator]]:
    """Start a simulator of the example company with other settings, e.g. `simulate(ack_deadline=0.2)`."""
    with ExitStack() as stack:

        def start(**settings) -> Simulator:
            config: SimulatorConfig = msgspec.structs.replace(example_config(), **{"limits": False} | settings)
            return stack.enter_context(running_simulator(config))

        yield start


@pytest.fixture
def sim(simulate) -> Simulator:
    return simulate()


@pytest.fixture
def client(sim) -> WebClient:
    return new_client(sim)


@pytest.fixture
def bolt(sim, connect) -> App:
    """A Bolt app that the simulator delivers to; the test adds the listeners."""
    return connect(sim)


@pytest.fixture
def connect() -> Iterator[Callable[[Simulator], App]]:
    """Run a Bolt app beside a simulator that `simulate` started."""
    with ExitStack() as stack:

        def start(sim: Simulator) -> App:
            app = new_app(sim)
            sim.set_request_urls(stack.enter_context(serving_bolt(app)))
            return app

        yield start


def new_client(sim: Simulator, token: str | None = TOKEN) -> WebClient:
    """slack_sdk's own client without its hidden retry, which would send a post twice."""
    return WebClient(token=token, base_url=sim.url, retry_handlers=[])


def new_app(sim: Simulator) -> App:
    return App(signing_secret=SIGNING_SECRET, client=new_client(sim), raise_error_for_unhandled_request=False)
