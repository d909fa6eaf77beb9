"""The channels in which an organization lets comments be told: none, until somebody switches one on."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tocsin.chat.models import CommentChannel
from tocsin.kernel.ids import IntegrationId, OrganizationId
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.permit import Permit

ChannelAddress = tuple[IntegrationId, str]
"""A workspace, and a channel's id in it."""


def comment_channels(session: Session, organization_id: OrganizationId) -> set[ChannelAddress]:
    """Where the organization's comments are told."""
    rows = session.execute(
        select(CommentChannel.integration_id, CommentChannel.channel).where(
            CommentChannel.organization_id == organization_id
        )
    )
    return {(integration_id, channel) for integration_id, channel in rows}


def switch_comments(session: Session, permit: Permit, address: ChannelAddress, *, is_on: bool, now: datetime) -> None:
    """Let comments be told in a channel from now on, or no longer; what stands there stays."""
    organization_id = permit.scope.organization_id
    if (address in comment_channels(session, organization_id)) == is_on:
        return
    integration_id, channel = address
    if is_on:
        session.add(
            CommentChannel(
                organization_id=organization_id, integration_id=integration_id, channel=channel, created_at=now
            )
        )
    else:
        session.execute(
            delete(CommentChannel).where(
                CommentChannel.organization_id == organization_id,
                CommentChannel.integration_id == integration_id,
                CommentChannel.channel == channel,
            )
        )
    session.flush()
    data = {"comments": is_on, "integration_id": integration_id}
    create_audit_entry(session, permit, AuditEvent.CHANNEL_EDIT, target=f"channel:{channel}", now=now, data=data)
