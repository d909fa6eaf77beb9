"""Owns what `bin/demo` does: starts the stage and tells a person what to do, or plays the story by itself."""

import argparse
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from demo.company import ADA
from demo.processes import ROOT, DemoError
from demo.stage import PASSWORD, Stage, open_stage
from demo.story import StoryError, play

PORTS = (8000, 8001, 8002)
STATE = ROOT / ".demo"


def main() -> int:
    """Parse the command line; 0 when all went well."""
    parser = argparse.ArgumentParser(
        prog="bin/demo", description="A simulated Slack, Tocsin, and a shop with real bugs."
    )
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs left")
    parser.add_argument(
        "--check", action="store_true", help="play the story without a person and say whether it is true"
    )
    arguments = parser.parse_args()

    # Every kind of stop ends us as Ctrl-C does, through every `finally`; a shell that starts us with & ignores SIGINT.
    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, signal.default_int_handler)
    try:
        return check() if arguments.check else show(fresh=arguments.fresh)
    except DemoError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def show(*, fresh: bool) -> int:
    """Run until Ctrl-C."""
    if fresh:
        shutil.rmtree(STATE, ignore_errors=True)
    print("starting Tocsin, a simulated Slack and a shop ...", flush=True)
    with open_stage(STATE, ports=PORTS, with_customers=True) as stage:
        print(welcome(stage), flush=True)
        try:
            wait_while_all_run(stage)
        except KeyboardInterrupt:
            print("\nstopping ...", flush=True)
    return 0


def welcome(stage: Stage) -> str:
    """What a person sees when all three run."""
    return f"""
  1  The shop    {stage.shop.url}   break something: each button meets a real bug
  2  Slack       {stage.slack.url}   as {ADA.real_name}, see the card in #shop-alerts and press Resolve;
             {" " * len(stage.slack.url)}      the thread answers and the card changes. Then press as Grace or Linus.
  3  Tocsin      {stage.tocsin.url}   the same issue as a page; sign in as {ADA.email}
             {" " * len(stage.tocsin.url)}      with the password: {PASSWORD}

  A few customers come by themselves, so cards also appear while you watch.
  State and logs are in {STATE.name}/ (bin/demo --fresh forgets them). Ctrl-C stops everything.
"""


def wait_while_all_run(stage: Stage) -> None:
    """Wait for Ctrl-C.

    Raises:
        DemoError: one of the programs ended by itself.
    """
    while True:
        time.sleep(0.5)
        for program in stage.programs:
            if not program.is_running:
                raise DemoError(f"{program.name} ended. The end of {program.log}:\n{program.end_of_log()}")


def check() -> int:
    """Play the story in a folder of its own, which stays for a look when something was not true."""
    folder = Path(tempfile.mkdtemp(prefix="tocsin-demo-"))
    try:
        with open_stage(folder, ports=(0, 0, 0), with_customers=False) as stage:
            play(stage)
    except (StoryError, DemoError) as error:
        print(f"FAILED: {error}\nstate and logs: {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    print("All of it is true.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
