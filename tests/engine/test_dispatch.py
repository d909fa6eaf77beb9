"""Notes of work become runs, many of them in one workflow, each under a lease of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from tests.proof.virtual_time import BEGINNING
from tocsin.deliveries.lease import busy_names
from tocsin.engine.carriers import Begun, Carrier, read_runs
from tocsin.engine.dispatch import RUNS_TOGETHER, Dispatcher, Run, WorkKind
from tocsin.engine.runs import Payload
from tocsin.kernel.clock import to_milliseconds
from tocsin.kernel.db import read


@dataclass
class Started:
    """An engine that only notes what it is to start."""

    workflows: list[tuple[str, str, Payload]] = field(default_factory=list)

    def enqueue(self, workflow: str, workflow_id: str, payload: Payload) -> None:
        self.workflows.append((workflow, workflow_id, payload))


class Standing(Carrier):
    """A carrier that takes whatever comes, and only notes it."""

    def __init__(self) -> None:
        super().__init__()
        self.carried: list[Begun] = []
        self.is_closed = False

    def take(self, begun: Sequence[Begun]) -> bool:
        self.carried += begun
        return True

    def close(self) -> None:
        self.is_closed = True


KIND = WorkKind(runs_for=lambda _session, _ids: [], find_due=lambda _session, _now: [Run("drain", "1:C042")])


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


def test_a_run_goes_to_the_carrier_that_stands_and_begins_no_workflow(database):
    carrier = Standing()
    dispatcher = Dispatcher(database, {"delivery": KIND}, clock=lambda: BEGINNING, lease_seconds=30)
    engine = Started()
    dispatcher.start(engine, {"drain": carrier})

    dispatcher.catch_up()
    dispatcher.stop()

    assert [subject for subject, _ in carrier.carried] == ["1:C042"]
    assert engine.workflows == []
    assert carrier.is_closed


def test_a_kind_that_cannot_tell_what_is_due_keeps_no_other_kind_waiting(database):
    def fail(session: Session, _now: datetime) -> Iterable[Run]:
        session.execute(text("SELECT 1 FROM no_such_table"))
        return []

    kinds = {"age": replace(KIND, find_due=fail), "delivery": KIND}
    dispatcher = Dispatcher(database, kinds, clock=lambda: BEGINNING, lease_seconds=30)
    engine = Started()
    dispatcher.start(engine)

    with capture_logs() as lines:
        dispatcher.catch_up()
    dispatcher.stop()

    assert [workflow for workflow, _, _ in engine.workflows] == ["drain"]
    assert [(line["event"], line["kind"]) for line in lines] == [("engine.catch_up.failed", "age")]


def test_a_kind_that_is_looked_for_seldom_is_asked_again_at_once_after_a_look_that_failed(database):
    looks = []

    def fail_once(_session: Session, _now: datetime) -> Iterable[Run]:
        looks.append(len(looks))
        if len(looks) == 1:
            raise LookupError("this row means nothing")
        return []

    kind = replace(KIND, find_due=fail_once, every=3600.0)
    dispatcher = Dispatcher(database, {"age": kind}, clock=lambda: BEGINNING, lease_seconds=30)

    for _ in range(3):
        dispatcher.catch_up()

    assert looks == [0, 1]
