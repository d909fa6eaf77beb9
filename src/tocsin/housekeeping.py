"""Housekeeping, a part of the composition root: what is retired by itself, so that no table grows for ever."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from tocsin.chat.signing_secrets import find_past_secrets, forget_secrets
from tocsin.deliveries.forgetting import find_forgettable, forget
from tocsin.intake.received import find_past_hours, forget_past_hours
from tocsin.issues.evicting import REST, evict_old, evict_surplus
from tocsin.issues.folding import find_unfolded, fold_hours
from tocsin.issues.recent import find_past_ticks, forget_ticks
from tocsin.issues.retention import Limits
from tocsin.kernel.clock import Clock
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.writer_queue import Priority
from tocsin.members.sessions import find_expired_sign_ins, forget_sign_ins
from tocsin.notifications.forgetting import find_past_firings, forget_past_firings
from tocsin.rules.throttle import find_past_throttles, forget_throttles

THIN_EVERY = 60
RETIRE_EVERY = 3600
"""Seconds."""
ROWS_AT_A_TIME = 100
"""Of one transaction: some milliseconds of the writer's time."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Leftover:
    """Rows of which nobody will ask any more: what finds some of them, and what does away with these."""

    find: Callable[..., Sequence[Any]]
    """Called with the session, `now` and `limit`."""
    forget: Callable[[Session, Sequence[Any], datetime], None]


LEFTOVERS: dict[str, Leftover] = {
    "issue_hours": Leftover(find_unfolded, lambda session, rows, now: fold_hours(session, rows, now=now)),
    "deliveries": Leftover(find_forgettable, lambda session, rows, _now: forget(session, rows)),
    "firings": Leftover(find_past_firings, lambda session, rows, _now: forget_past_firings(session, rows)),
    "last_firings": Leftover(find_past_throttles, lambda session, rows, _now: forget_throttles(session, rows)),
    "sign_ins": Leftover(find_expired_sign_ins, lambda session, rows, _now: forget_sign_ins(session, rows)),
    "replaced_secrets": Leftover(find_past_secrets, lambda session, rows, _now: forget_secrets(session, rows)),
    "intake_hours": Leftover(find_past_hours, lambda session, rows, _now: forget_past_hours(session, rows)),
}
"""By table. Further tables are cleared by what writes them; `docs/operations.md` has the bound of each."""
TICKS = Leftover(find_past_ticks, lambda session, rows, _now: forget_ticks(session, rows))


@dataclass
class Housekeeping:
    """What the workers of one installation do away with, each run in one process of them."""

    database: Database
    usual: Limits
    """What holds for projects that have chosen nothing else."""
    clock: Clock
    stop: threading.Event = field(default_factory=threading.Event)
    """Set when the process ends."""

    def thin(self) -> None:
        """Every minute: what projects have too many of."""
        evict_surplus(self.database, self.usual, stop=self.stop)
        self._clear("issue_ticks", TICKS)

    def retire(self) -> None:
        """Every hour: what is too old."""
        evict_old(self.database, self.usual, clock=self.clock, stop=self.stop)
        for table, leftover in LEFTOVERS.items():
            self._clear(table, leftover)

    def _clear(self, table: str, leftover: Leftover) -> None:
        count = 0
        while not self.stop.is_set():
            now = self.clock()
            with read(self.database) as session:
                rows = leftover.find(session, now=now, limit=ROWS_AT_A_TIME)
            if not rows:
                break
            with write(self.database, priority=Priority.INGEST) as session:
                begun = time.perf_counter()
                leftover.forget(session, rows, now)
            count += len(rows)
            self.stop.wait((time.perf_counter() - begun) * REST)
        if count:
            log.info("housekeeping.cleared", table=table, rows=count)
