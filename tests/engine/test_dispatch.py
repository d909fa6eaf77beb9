"""Notes of work become runs, many of them in one workflow, each under a lease of its own."""

import asyncio
from dataclasses import dataclass, field

import pytest

from tests.proof.virtual_time import BEGINNING
from tocsin.deliveries.lease import Held, busy_names
from tocsin.engine.dispatch import RUNS_TOGETHER, Dispatcher, Run, WorkKind, read_runs, run_together
from tocsin.engine.runs import Payload
from tocsin.kernel.clock import to_milliseconds
from tocsin.kernel.db import read


@dataclass
class Started:
    """An engine that only notes what it is to start."""

    workflows: list[tuple[str, str, Payload]] = field(default_factory=list)

    def enqueue(self, workflow: str, workflow_id: str, payload: Payload) -> None:
        self.workflows.append((workflow, workflow_id, payload))


def test_many_runs_begin_with_few_workflows_and_each_under_its_own_lease(database):
    names = [f"1:C{number:03}" for number in range(RUNS_TOGETHER + 8)]
    due = [*(Run("drain", name) for name in names), Run("announce", "all")]
    kind = WorkKind(runs_for=lambda _session, _ids: [], find_due=lambda _session, _now: due)
    dispatcher = Dispatcher(database, {"delivery": kind}, clock=lambda: BEGINNING, lease_seconds=30)
    engine = Started()
    dispatcher.start(engine)

    dispatcher.catch_up()
    dispatcher.stop()

    drained = [read_runs(payload) for workflow, _, payload in engine.workflows if workflow == "drain"]
    with read(database) as session:
        busy = busy_names(session, now=to_milliseconds(BEGINNING))
    assert sorted(subject for runs in drained for subject, _ in runs) == names
    assert all(held.name == f"drain:{subject}" for runs in drained for subject, held in runs)
    assert len(drained) == 2
    assert len({workflow_id for _, workflow_id, _ in engine.workflows}) == len(engine.workflows) == 3
    assert busy == {run.name for run in due}


def test_a_run_that_fails_is_told_of_and_leaves_those_beside_it_alone():
    finished = []

    async def run(subject: str, _held: Held) -> None:
        if subject == "1:C2":
            raise LookupError("this channel is gone")
        await asyncio.sleep(0)
        finished.append(subject)

    payload: Payload = {"runs": [[subject, f"drain:{subject}", 1] for subject in ("1:C1", "1:C2", "1:C3")]}
    with pytest.raises(ExceptionGroup, match="1 of 3 runs failed") as failed:
        asyncio.run(run_together(payload, run))

    assert finished == ["1:C1", "1:C3"]
    assert failed.group_contains(LookupError)
