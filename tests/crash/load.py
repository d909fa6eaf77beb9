"""Owns the load: applications that report errors and people who decide, each noting only what they were told."""

import json
import random
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from bench.company import FoundedCompany, FoundedProject
from slack_simulator.errors import NotPossibleError
from slack_simulator.running import Simulator
from tocsin.issues.act import IssueAction, act
from tocsin.issues.errors import AlreadyDoneError
from tocsin.issues.models import Issue, IssueStatus
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import WriterBusyError
from tocsin.kernel.ids import IssueId
from tocsin.organizations.permit import Source, Via

NEW_ISSUES = 0.02
"""The part of the reports that opens an issue; each of its cards takes a second of its channel."""

LATELY = 30
"""Decisions are about one of so many newest issues, as people's are; of those some threads have much to tell."""

SECRET = "sk_live_51canaryNobodyMayEverReadThis"
"""Every report carries it under a sensitive name: it must be found nowhere afterwards."""

PATIENCE_SECONDS = 20
DECISIONS = {
    IssueStatus.UNRESOLVED: ("resolve", "assign_me", "unassign"),
    IssueStatus.RESOLVED: ("reopen",),
    IssueStatus.ARCHIVED: ("reopen",),
}


@dataclass(slots=True)
class Told:
    """What the world was told, and must be able to rely on."""

    acknowledged: list[str] = field(default_factory=list)
    decided: list[int] = field(default_factory=list)
    unanswered: int = 0
    presses: int = 0


@dataclass(slots=True)
class Load:
    """Errors and decisions at a given rate, chosen by one seed."""

    company: FoundedCompany
    slack: Simulator
    addresses: Sequence[str]
    told: Told
    stopped: threading.Event = field(default_factory=threading.Event)

    def report(self, chance: random.Random) -> None:
        """Report an error, seldom a new one."""
        if chance.random() < NEW_ISSUES:
            self.report_new(chance)
        else:
            self._report(chance, f"Error{chance.randrange(6)}")

    def report_new(self, chance: random.Random) -> None:
        """Report an error that nobody has seen before."""
        self._report(chance, f"Error{uuid4().hex[:12]}")

    def _report(self, chance: random.Random, name: str) -> None:
        """When no answer came, sometimes again under the same id, as SDKs that retry do."""
        project = chance.choice(self.company.projects)
        event_id = uuid4().hex
        answered = self._send(chance.choice(self.addresses), project, name, event_id)
        if not answered and chance.random() < 0.5:
            answered = self._send(chance.choice(self.addresses), project, name, event_id)
        if answered:
            self.told.acknowledged.append(event_id)
        else:
            self.told.unanswered += 1

    def decide(self, chance: random.Random) -> None:
        """Change an issue as the command line does, in a transaction of our own process."""
        with read(self.company.database) as session:
            issues = session.execute(select(Issue.id, Issue.status).order_by(Issue.id.desc()).limit(LATELY)).all()
        if not issues:
            return
        issue_id, status = chance.choice(issues)
        self._decide(issue_id, [chance.choice(DECISIONS[IssueStatus(status)])])

    def decide_much(self, *, changes: int) -> None:
        """Assign and unassign the newest issue in turn in one transaction, as a script does: all are due at once."""
        with read(self.company.database) as session:
            newest = session.scalar(select(func.max(Issue.id)))
        if newest is not None:
            self._decide(newest, [("assign_me", "unassign")[number % 2] for number in range(changes)])

    def _decide(self, issue_id: IssueId, names: Sequence[str]) -> None:
        activities = []
        try:
            with write(self.company.database) as session:
                now, ada, source = system_clock(), self.company.ada, Source(Via.CLI)
                for name in names:
                    action = IssueAction(name)
                    activity = act(session, user_id=ada, source=source, issue_id=issue_id, action=action, now=now)
                    activities.append(activity.id)
        except (AlreadyDoneError, WriterBusyError, OperationalError):
            return
        self.told.decided += activities

    def press(self, chance: random.Random) -> None:
        """Press a button of some card, signed by Slack; what came of it is in the database, or nowhere."""
        project = chance.choice(self.company.projects)
        channel = chance.choice(project.channels)
        cards = [message for message in self.slack.messages(channel) if message.blocks]
        buttons = [(card.ts, button) for card in cards for button in _buttons(card.blocks)]
        if not buttons:
            return
        ts, action_id = chance.choice(buttons)
        try:
            self.slack.press(channel, ts, action_id, user=project.person)
        except NotPossibleError:
            return
        self.told.presses += 1

    def _send(self, address: str, project: FoundedProject, name: str, event_id: str) -> bool:
        event = {
            "event_id": event_id,
            "exception": {"values": [{"type": name, "value": f"{name} happened"}]},
            "extra": {"api_key": SECRET},
        }
        body = f'{{"event_id":"{event_id}"}}\n{{"type":"event"}}\n{json.dumps(event)}\n'.encode()
        auth = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={project.key}"}
        request = urllib.request.Request(f"{address}/api/{project.id}/envelope/", body, auth, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                return json.load(answer)["id"] == event_id
        except (urllib.error.URLError, HTTPException, OSError):
            return False


@contextmanager
def under_load(load: Load, seed: int) -> Iterator[None]:
    """Keep up 20 reports, three decisions and two presses a second for as long as the block lasts."""
    # Many reporters that each pause long: whoever asked a server that is dead waits for its next life.
    parts: list[tuple[Callable[[random.Random], None], float]] = [
        *[(load.report, 0.8)] * 16,
        *[(load.decide, 1.0)] * 3,
        *[(load.press, 1.0)] * 2,
    ]
    threads = [
        threading.Thread(target=_repeat, args=(load, act_once, pause, random.Random(f"{seed}:{number}")))
        for number, (act_once, pause) in enumerate(parts)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        load.stopped.set()
        for thread in threads:
            thread.join()


def _repeat(load: Load, act_once: Callable[[random.Random], None], pause: float, chance: random.Random) -> None:
    while not load.stopped.wait(pause):
        act_once(chance)


def _buttons(blocks: list[dict]) -> list[str]:
    elements = (element for block in blocks for element in block.get("elements", ()))
    return [element["action_id"] for element in elements if element.get("type") == "button" and "url" not in element]
