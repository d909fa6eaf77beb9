"""Owns a trial: a server under load, killed at random moments and started again, then asked what became of it all.

python -m tests.crash.trial --kills 40 --seed 7     [--database-url postgresql://…, an empty database]
"""

import argparse
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.company import FoundedCompany, found_company, simulated_workspace
from bench.server import TocsinServer
from slack_simulator.running import running_simulator
from tests.crash.checker import Evidence, find_faults
from tests.crash.evidence import is_quiet, read_evidence
from tests.crash.load import Load, Told, under_load
from tocsin.kernel.db import read

CHANNELS_BY_PROJECT = [[f"C0P{project}{channel}" for channel in "AB"] for project in range(4)]
LONGEST_LIFE = 2.0
"""A server lives for up to so many seconds after it first answered."""
STARTUP_KILLS = 0.15
"""The part of the kills that meets a server that is still starting."""

FAULTS = (
    "reset_after_commit",
    "reset_before_commit",
    "http_500_after_commit",
    "http_503",
    "ratelimited",
    "timeout_after_commit",
)
FAULT_CHANCE = 0.6
TIMES = {"delivery_settle": "1", "delivery_lease": "4", "delivery_sweep": "1", "log_level": "WARNING"}


@dataclass(frozen=True, slots=True)
class Trial:
    """What a trial came to."""

    evidence: Evidence
    told: Told
    seconds: float
    quiet_after: float
    """Seconds from the last start until nothing moved any more."""

    def faults(self) -> list[str]:
        """A sentence for each promise that was broken."""
        return find_faults(self.evidence)

    def summary(self) -> str:
        """The figures, in one line."""
        evidence = self.evidence
        replies = sum(len(card.told_by) for card in evidence.cards)
        return (
            f"{len(evidence.acknowledged)} events acknowledged, {self.told.unanswered} not answered, "
            f"{len(evidence.counted)} issues, {len(evidence.cards)} cards, {len(self.told.decided)} decisions, "
            f"{self.told.presses} presses, {replies} replies due, {len(evidence.live)} messages stand, "
            f"{evidence.once_uncertain} were uncertain; "
            f"{self.seconds:.0f} s, quiet {self.quiet_after:.0f} s after the last start"
        )


def kill_repeatedly(folder: Path, *, kills: int, seed: int, patience: float, **settings: str) -> Trial:
    """Kill the server `kills` times under load, then wait up to `patience` seconds until nothing moves any more.

    Raises:
        TimeoutError: something still waits.
    """
    began = time.monotonic()
    workspace = simulated_workspace([channel for channels in CHANNELS_BY_PROJECT for channel in channels])
    with running_simulator(workspace) as slack:
        slack.limits(on=False)
        server = TocsinServer(folder, slack_api_url=slack.url, **TIMES, **settings)
        slack.set_request_urls(actions=f"{server.address}/extensions/slack/action/")
        company = found_company(server.settings, CHANNELS_BY_PROJECT)
        told = Told()
        try:
            _kill_under_load(server, Load(company, slack, server.address, told), kills=kills, seed=seed)
            quiet_after = _wait_until_quiet(company, patience)
            evidence = read_evidence(company, slack, told)
        finally:
            server.close()
            company.database.close()
    return Trial(evidence, told, time.monotonic() - began, quiet_after)


def _kill_under_load(server: TocsinServer, load: Load, *, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    server.begin()
    with under_load(load, seed):
        for _ in range(kills):
            if chance.random() < FAULT_CHANCE:
                load.slack.fail("chat.postMessage", chance.choice(FAULTS), times=chance.randint(1, 2), retry_after="1")
            if chance.random() >= STARTUP_KILLS:
                server.wait_until_it_answers()
            time.sleep(chance.uniform(0.0, LONGEST_LIFE))
            server.kill()
            server.begin()
    load.slack.heal()
    server.wait_until_it_answers()


def _wait_until_quiet(company: FoundedCompany, patience: float) -> float:
    began = time.monotonic()
    while time.monotonic() - began < patience:
        with read(company.database) as session:
            if is_quiet(session):
                return time.monotonic() - began
        time.sleep(0.2)
    raise TimeoutError(f"something still waits after {patience:.0f} s; `tocsin deliveries list` names it")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    parser.add_argument("--database-url")
    options = parser.parse_args()
    settings = {"database_url": options.database_url} if options.database_url else {}
    print(f"{options.kills} kills, seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        trial = kill_repeatedly(Path(folder), kills=options.kills, seed=options.seed, patience=600, **settings)
    print(trial.summary())
    for fault in trial.faults():
        print(fault)
    sys.exit(1 if trial.faults() else 0)


if __name__ == "__main__":
    main()
