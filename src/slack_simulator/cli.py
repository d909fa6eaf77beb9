"""The command `slack-simulator`: serve a workspace, print an example config."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

import msgspec

from slack_simulator.config import SimulatorConfig, example_config, read_config
from slack_simulator.running import serving

DEFAULT_PORT = 8070


def main() -> None:
    """Exit 0 after serving, 1 when the port is taken, 2 when the config is wrong."""
    arguments = _parser().parse_args()
    if arguments.verb == "example":
        print(msgspec.json.format(msgspec.json.encode(example_config()), indent=2).decode())
        return
    try:
        config = example_config() if arguments.config is None else read_config(arguments.config)
    except (OSError, msgspec.DecodeError) as wrong:
        sys.exit(_complain(f"{arguments.config}: {wrong}", 2))
    try:
        asyncio.run(_serve(config, arguments.port, arguments.state))
    except OSError as taken:
        sys.exit(_complain(str(taken), 1))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="slack-simulator", description="A Slack workspace on loopback.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    serve = verbs.add_parser("serve", help="serve the Web API, the control API and the page")
    serve.add_argument("--config", type=Path, help="a .toml or .json file; without it a small example company")
    serve.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help=f"on 127.0.0.1, 0 takes a free one ({DEFAULT_PORT})"
    )
    serve.add_argument("--state", type=Path, help="a file in which conversations outlive the simulator")
    verbs.add_parser("example", help="print the example company as JSON, to start a config from")
    return parser


async def _serve(config: SimulatorConfig, port: int, state: Path | None) -> None:
    stop = asyncio.Event()
    async with serving(config, port=port, state=state) as engine:
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop.set)
        print(f"Slack is at {engine.own_url}/  (Web API: {engine.own_url}/api/)", flush=True)
        await stop.wait()


def _complain(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code
