"""Owns running very many seeds of the simulation, each a small life of its own, over several processes.

python -m tests.proof.many_seeds --seeds 100000     [--first 0] [--processes 2]
"""

import argparse
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from random import Random

import structlog

from tests.proof.faults import HARSH
from tests.proof.simulation import Outcome, simulate_on
from tests.proof.strategies import Look
from tests.proof.workers import quick_database
from tests.support.run_folder import shared_run_folder
from tocsin.slack.reconcile import reconcile

STORIES = (1, 1, 2, 3)
CATCH_UPS = (5.0, 20.0, 60.0)
"""How rarely the workers look for what is due, in virtual seconds: whatever is found late must be right as well."""
CHUNK = 50
PROGRESS_EVERY = 4
"""Chunks between two lines that tell how far it is."""


@dataclass(slots=True)
class Tally:
    """What some seeds came to, together."""

    seeds: int = 0
    deliveries: int = 0
    posts: int = 0
    deletions: int = 0
    """Messages that stood twice for a while, or at the wrong place, and were taken back."""
    wrong: Counter[str] = field(default_factory=Counter)
    """How many sentences are wrong in each way."""
    failing: list[int] = field(default_factory=list)
    """The seeds that told anything wrong: each tells the same again."""

    def add(self, other: "Tally") -> None:
        """Count the seeds of `other`, too."""
        self.seeds += other.seeds
        self.deliveries += other.deliveries
        self.posts += other.posts
        self.deletions += other.deletions
        self.wrong.update(other.wrong)
        self.failing += other.failing

    def summary(self) -> str:
        """The figures, in one line."""
        wrong = ", ".join(f"{number} {name}" for name, number in self.wrong.items() if number) or "none wrong"
        return (
            f"{self.seeds} seeds, {self.deliveries} deliveries, {self.posts} posts, "
            f"{self.deletions} taken back: {wrong}"
        )


def tell(seeds: Iterable[int], look: Look = reconcile) -> Tally:
    """Live through each of `seeds`, one after the other, over one database."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder, quick_database(Path(folder)) as database:
        for seed in seeds:
            shape = Random(-seed - 1)
            outcome = simulate_on(
                database,
                seed,
                stories=shape.choice(STORIES),
                faults=HARSH,
                look=look,
                catch_up_seconds=shape.choice(CATCH_UPS),
            )
            tally.add(_tally_of(seed, outcome))
    return tally


def _tally_of(seed: int, outcome: Outcome) -> Tally:
    verdict = outcome.verdict
    wrong = Counter(
        lost=verdict.lost,
        doubled=verdict.doubled,
        disordered=verdict.disordered,
        misplaced=verdict.misplaced,
        astray=outcome.astray,
    )
    slack = outcome.slack
    failing = [seed] if wrong.total() else []
    return Tally(1, outcome.deliveries, slack.posts.total(), slack.deletions, wrong, failing)


def tell_in_processes(
    first: int, seeds: int, *, processes: int, progress: Callable[[Tally], None] = lambda _tally: None
) -> Tally:
    """Live through `seeds` seeds from `first` on in several processes; `progress` is told now and then."""
    tally = Tally()
    chunks = [range(start, min(start + CHUNK, first + seeds)) for start in range(first, first + seeds, CHUNK)]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=be_quiet) as pool:
        for number, part in enumerate(pool.map(tell, chunks), start=1):
            tally.add(part)
            if number % PROGRESS_EVERY == 0:
                progress(tally)
    return tally


def be_quiet() -> None:
    """Log nothing: a simulation decides as much in a second as a server in a week."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    began = time.monotonic()

    def progress(tally: Tally) -> None:
        print(f"{time.monotonic() - began:.0f} s: {tally.summary()}", flush=True)

    with shared_run_folder():
        tally = tell_in_processes(options.first, options.seeds, processes=options.processes, progress=progress)
    progress(tally)
    if tally.failing:
        print("seeds that failed:", *tally.failing)
    sys.exit(1 if tally.failing else 0)


if __name__ == "__main__":
    main()
