"""A simulated life ends only when nothing is to come any more; else it would be judged too early."""

from itertools import chain, repeat
from pathlib import Path
from random import Random

from tests.proof.faults import Fate, Faults
from tests.proof.slack_model import ModelSlack
from tests.proof.workers import Workers, commits_of, new_workspace, quick_database, virtual_loop
from tocsin.deliveries.plan import NOTICE, Plan, plan_delivery
from tocsin.kernel.db import write
from tocsin.slack.reconcile import reconcile

LOOKS_EVERY = 0.1
"""Seconds between two looks of the workers: several fall between a post and its answer."""


class Slowest(Random):
    """Makes each wait as long as it may be: who sleeps wakes after 15 minutes, when all sweeps are over."""

    def uniform(self, a: float, b: float) -> float:
        return max(a, b)


def test_what_a_sleeper_says_after_the_last_sweep_is_taken_back_before_the_end(tmp_path: Path) -> None:
    fates = chain([Fate.SLEEPS], repeat(Fate.ANSWERED))
    with quick_database(tmp_path) as database, virtual_loop() as loop, commits_of(database) as commits:
        slack = ModelSlack(loop, Slowest(), Faults(lag=20.0), lambda: next(fates))
        workers = Workers(database, loop, slack, reconcile, commits, catch_up_seconds=LOOKS_EVERY)
        plan = Plan(
            natural_key="0.0",
            kind=NOTICE,
            integration_id=new_workspace(database),
            channel="C1",
            body={"text": "<0.0>"},
        )
        with write(database) as session:
            plan_delivery(session, plan, now=loop.now())

        loop.run_until_complete(workers.work_until_settled(seconds=3600))

    assert [message.text for message in slack.standing()] == ["<0.0>"]
    assert (slack.posts.total(), slack.deletions) == (2, 1)
