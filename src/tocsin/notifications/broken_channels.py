"""The channels of an organization that take nothing now, as pages tell them, and trying one again by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.chat.channels import find_channel_name
from tocsin.chat.workspaces import list_workspaces
from tocsin.deliveries.health import list_broken_places, probe_now
from tocsin.kernel.errors import NotFoundError
from tocsin.kernel.ids import IntegrationId, OrganizationId, ProjectId
from tocsin.notifications.responsible import Alerting, concerns, list_rules_of_channel
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit


@dataclass(frozen=True, slots=True)
class BrokenChannel:
    """A channel that takes nothing since `since`, and is tried again at `probe_at`."""

    integration_id: IntegrationId
    workspace_name: str
    channel: str
    channel_name: str | None
    """Without `#`; `None` while nobody told us."""
    reason: str
    since: datetime
    probe_at: datetime
    rules: tuple[Alerting, ...]


def list_broken_channels(
    session: Session, organization_id: OrganizationId, project_ids: Sequence[ProjectId]
) -> list[BrokenChannel]:
    """Those in which rules of these projects post or messages of them wait, the one that broke last first.

    A workspace may serve several organizations; one is not told of the others' channels.
    """
    names = {workspace.id: workspace.name for workspace in list_workspaces(session, organization_id)}
    return [
        BrokenChannel(
            integration_id=place.integration_id,
            workspace_name=names[place.integration_id],
            channel=place.channel,
            channel_name=find_channel_name(session, place.integration_id, place.channel),
            reason=place.reason,
            since=place.since,
            probe_at=place.probe_at,
            rules=tuple(list_rules_of_channel(session, project_ids, place.integration_id, place.channel)),
        )
        for place in list_broken_places(session, list(names))
        if concerns(session, project_ids, place.integration_id, place.channel)
    ]


def try_channel_again(
    session: Session, permit: Permit, integration_id: IntegrationId, channel: str, *, now: datetime
) -> None:
    """Somebody mended the channel: what waits there is tried at once, and tells whether they did.

    Raises:
        NotFoundError: it is whole, or nothing of the permit's organization goes there; both answer alike.
    """
    organization_id = permit.scope.organization_id
    used = {workspace.id for workspace in list_workspaces(session, organization_id)}
    projects = session.scalars(select(Project.id).where(Project.organization_id == organization_id)).all()
    known = integration_id in used and concerns(session, projects, integration_id, channel)
    if not known or not probe_now(session, (integration_id, channel), now=now):
        raise NotFoundError("That channel takes messages; nothing needs to be tried.")
    create_audit_entry(
        session, permit, AuditEvent.DELIVERY_RETRY, target=f"channel:{integration_id}:{channel}", now=now
    )
