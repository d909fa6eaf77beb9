"""Owns the simulated Slack that benches run in a process of its own, so that it shares no interpreter with a server."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from demo.processes import Program, free_ports, plain_environment, running
from slack_simulator.config import SimulatorConfig
from slack_simulator.remote import RemoteSimulator


@contextmanager
def running_slack(config: SimulatorConfig, folder: Path) -> Iterator[RemoteSimulator]:
    """Serve the workspace, without Slack's limits, for as long as the block lasts."""
    written = folder / "slack.json"
    written.write_bytes(msgspec.json.encode(config))
    [port] = free_ports((0,))
    program = Program(
        "the simulated Slack",
        [
            str(Path(sys.executable).with_name("slack-simulator")),
            "serve",
            "--config",
            str(written),
            "--port",
            str(port),
        ],
        url=f"http://127.0.0.1:{port}",
        log=folder / "slack.log",
        environment=plain_environment(),
    )
    with running(program, path="/"):
        slack = RemoteSimulator(program.url)
        slack.limits(on=False)
        yield slack
