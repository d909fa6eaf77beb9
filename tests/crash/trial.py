"""Owns a trial: servers under load, killed at random moments and started again, then asked what became of it all.

python -m tests.crash.trial --kills 40 --seed 7     [--postgresql: two servers over one PostgreSQL database]
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from bench.company import found_company, simulated_workspace
from slack_simulator.running import running_simulator
from tests.crash.checker import Evidence, find_faults
from tests.crash.evidence import read_evidence, wait_until_quiet
from tests.crash.fleet import Fleet, closing
from tests.crash.load import Load, Told, under_load
from tests.support.databases import fresh_postgresql
from tests.support.run_folder import shared_run_folder

CHANNELS_BY_PROJECT = [[f"C0P{project}{channel}" for channel in "AB"] for project in range(6)]
NEXT_DOOR_BY_PROJECT = [[f"C0N{project}{channel}" for channel in "AB"] for project in range(2)]
CHANNELS = [channel for channels in CHANNELS_BY_PROJECT for channel in channels]
NEXT_DOOR = [channel for channels in NEXT_DOOR_BY_PROJECT for channel in channels]

FAULTS = (
    "reset_after_commit",
    "reset_before_commit",
    "http_500_after_commit",
    "http_503",
    "ratelimited",
    "timeout_after_commit",
    "garbage_json_after_commit",
    "truncated_json_after_commit",
)
FAULT_CHANCE = 0.6


@dataclass(frozen=True, slots=True)
class Trial:
    """What a trial came to."""

    evidence: Evidence
    told: Told
    blows: Counter[str]
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
            f"{self.blows['kills']} kills, {self.blows['pauses']} pauses; "
            f"{len(evidence.acknowledged)} events acknowledged, {self.told.unanswered} not answered, "
            f"{len(evidence.counted)} issues, {len(evidence.cards)} cards, {len(self.told.decided)} decisions, "
            f"{self.told.presses} presses, {replies} replies due, {len(evidence.live)} messages stand, "
            f"{evidence.once_uncertain} were uncertain; "
            f"{self.seconds:.0f} s, quiet {self.quiet_after:.0f} s after the last start"
        )


def kill_repeatedly(
    folder: Path, *, kills: int, seed: int, patience: float, servers: int = 1, **settings: str
) -> Trial:
    """Kill servers `kills` times under load, then wait up to `patience` seconds until nothing moves any more.

    Raises:
        TimeoutError: something still waits.
    """
    began = time.monotonic()
    workspaces = simulated_workspace(CHANNELS, next_door=NEXT_DOOR)
    with running_simulator(workspaces) as slack:
        slack.limits(on=False)
        fleet = Fleet(folder, servers, slack_api_url=slack.url, **settings)
        company = found_company(fleet.servers[0].settings, CHANNELS_BY_PROJECT, next_door=NEXT_DOOR_BY_PROJECT)
        told = Told()
        with closing(fleet, company):
            _kill_under_load(fleet, Load(company, slack, fleet.addresses, told), kills=kills, seed=seed)
            quiet_after = wait_until_quiet(company, patience)
            evidence = read_evidence(company, slack, told, fleet.servers[0].settings)
    return Trial(evidence, told, fleet.blows, time.monotonic() - began, quiet_after)


def _kill_under_load(fleet: Fleet, load: Load, *, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    fleet.begin()
    fleet.answer_slack_at(load.slack, fleet.servers[0])
    with under_load(load, seed):
        while fleet.blows["kills"] < kills:
            if chance.random() < FAULT_CHANCE:
                load.slack.fail("chat.postMessage", chance.choice(FAULTS), times=chance.randint(1, 2), retry_after="1")
            fleet.strike(chance, load.slack)
    load.slack.heal()
    fleet.wait_until_all_answer()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    parser.add_argument("--postgresql", action="store_true")
    options = parser.parse_args()
    print(f"{options.kills} kills, seed {options.seed}", flush=True)
    with (
        shared_run_folder(),
        tempfile.TemporaryDirectory() as folder,
        fresh_postgresql() if options.postgresql else nullcontext() as url,
    ):
        more = {} if url is None else {"database_url": url}
        servers = 2 if options.postgresql else 1
        trial = kill_repeatedly(
            Path(folder), kills=options.kills, seed=options.seed, patience=900, servers=servers, **more
        )
        print(trial.summary())
    for fault in trial.faults():
        print(fault)
    sys.exit(1 if trial.faults() else 0)


if __name__ == "__main__":
    main()
