"""The workspaces as requests need them: whose secret proves what, and which organizations use which."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.chat.models import Integration
from tocsin.chat.signing_secrets import LiveSecrets, open_live_secrets
from tocsin.chat.workspaces import list_organization_ids
from tocsin.kernel.clock import Clock
from tocsin.kernel.db import Database, read
from tocsin.kernel.ids import IntegrationId, OrganizationId
from tocsin.kernel.secrets import SecretBox

log = structlog.get_logger()

FRESH = timedelta(seconds=1)
"""What the command line changes is seen within a second; reading it for each press cost a sixth of the press."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A connected workspace, and the organizations that use it; several may."""

    integration_id: IntegrationId
    team_id: str
    bot_id: str
    bot_user_id: str
    organization_ids: tuple[OrganizationId, ...]
    signing_secrets: tuple[str, ...] = field(repr=False)
    """What its app signs with, and what it signed with before as long as Slack lets both live; none if no present key
    opens them, and then no request is the workspace's."""
    is_active: bool = True
    """Whether it is connected: in one that was disconnected a request is proved, and told that nothing was done."""
    unreadable_secrets: int = 0
    """How many more there should be."""


class Workspaces:
    """Every workspace, read again when what is known is a second old. Safe to ask from any thread."""

    def __init__(self, database: Database, secret_box: SecretBox, clock: Clock) -> None:
        self._database = database
        self._secret_box = secret_box
        self._clock = clock
        self._lock = threading.Lock()
        self._known: tuple[tuple[Workspace, ...], datetime] = (), datetime.min.replace(tzinfo=UTC)
        """What was read, and when."""
        self._unreadable: dict[IntegrationId, int] = {}
        """How many secrets of a workspace could not be read then; logged when it changes, not every second."""

    def all(self) -> tuple[Workspace, ...]:
        """The workspaces whose requests are proved; one that was disconnected still signs, and is answered."""
        with self._lock:
            known = self.find_known()
            if known is None:
                now = self._clock()
                with read(self._database) as session:
                    known = _read_all(session, self._secret_box, now)
                self._known = known, now
                self._log_unreadable(known)
            return known

    def find_known(self) -> tuple[Workspace, ...] | None:
        """The same without a look at the database; `None` when what is known is too old, or is that there is none."""
        known, read_at = self._known
        # A clock that was set back must not keep what is known for ever.
        return known if known and read_at <= self._clock() < read_at + FRESH else None

    def _log_unreadable(self, known: tuple[Workspace, ...]) -> None:
        before, self._unreadable = self._unreadable, {each.integration_id: each.unreadable_secrets for each in known}
        for each in known:
            if each.unreadable_secrets > before.get(each.integration_id, 0):
                log.error(
                    "slack.signing_secret.unreadable",
                    integration_id=each.integration_id,
                    team_id=each.team_id,
                    unreadable=each.unreadable_secrets,
                    readable=len(each.signing_secrets),
                )


def bind_org_context_from_integration(session: Session, integration: Integration, secrets: LiveSecrets) -> Workspace:
    """The workspace with every organization that uses it, for the logs; it never says which of them is meant.

    What somebody acts upon says that: each handler takes the organization from the card.
    """
    return Workspace(
        integration_id=integration.id,
        team_id=integration.external_id,
        bot_id=integration.bot_id,
        bot_user_id=integration.bot_user_id,
        organization_ids=tuple(list_organization_ids(session, integration.id)),
        signing_secrets=secrets.opened,
        is_active=integration.is_active,
        unreadable_secrets=secrets.unreadable,
    )


def _read_all(session: Session, secret_box: SecretBox, now: datetime) -> tuple[Workspace, ...]:
    workspaces = session.scalars(select(Integration).order_by(Integration.id)).all()
    secrets = open_live_secrets(session, workspaces, secret_box, now=now)
    return tuple(bind_org_context_from_integration(session, each, secrets[each.id]) for each in workspaces)
