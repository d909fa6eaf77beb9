"""Which channel a team is met in: linking and unlinking, by whoever may edit teams."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tocsin.chat.channels import find_channel_name, remember_channel
from tocsin.chat.errors import ChannelUnfitError, TeamLinkedError, WorkspaceNotFoundError
from tocsin.chat.models import Channel, Integration, OrganizationIntegration, TeamChannel
from tocsin.chat.platform import ChannelFacts
from tocsin.deliveries.plan import NOTICE, Plan, plan_delivery
from tocsin.kernel.errors import NotFoundError
from tocsin.kernel.ids import IntegrationId, OrganizationId, TeamId
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.models import Team
from tocsin.organizations.permit import Permit


@dataclass(frozen=True, slots=True)
class TeamChannelLine:
    """A team's channel as a list shows it."""

    team_id: TeamId
    integration_id: IntegrationId
    workspace_name: str
    channel: str
    channel_name: str
    """Without `#`; the id where the name was never heard."""
    linked_at: datetime
    linked_by: str


def link_team(
    session: Session,
    permit: Permit,
    team: Team,
    integration_id: IntegrationId,
    channel: ChannelFacts,
    *,
    now: datetime,
    may_be_shared: bool = False,
) -> TeamChannel:
    """Let `team` be met in `channel`, and say so there; the same again is only confirmed.

    `channel` is what the platform answered, asked before the transaction. `may_be_shared` says that the person knows
    that other companies read along.

    Raises:
        NotFoundError: the team is not of the permit's organization.
        WorkspaceNotFoundError: the organization does not use the workspace.
        TeamLinkedError: the team has another channel there, which stays.
        ChannelUnfitError: it is archived, our app is not in it, or other companies are without `may_be_shared`.
    """
    _require_own(session, permit, team, integration_id)
    standing = session.get(TeamChannel, (team.id, integration_id))
    if standing is not None and standing.channel != channel.id:
        name = find_channel_name(session, integration_id, standing.channel) or standing.channel
        raise TeamLinkedError(f"#{team.slug} is linked to the channel #{name} there already; unlink it first.")
    _require_fit(channel, may_be_shared=may_be_shared)
    remember_channel(session, integration_id, channel.id, channel.name)
    if standing is not None:
        return standing

    linked = _insert(session, permit, team, integration_id, channel, now)
    _audit(session, permit, AuditEvent.TEAM_LINK, linked, now)
    _say(session, linked, f"The team {team.slug} of Tocsin is met in this channel now.", now)
    return linked


def unlink_team(session: Session, permit: Permit, team: Team, integration_id: IntegrationId, *, now: datetime) -> None:
    """Part `team` from its channel in the workspace, and say so there.

    Raises:
        NotFoundError: the team is not of the permit's organization, or has no channel there.
        WorkspaceNotFoundError: the organization does not use the workspace.
    """
    _require_own(session, permit, team, integration_id)
    standing = session.get(TeamChannel, (team.id, integration_id))
    if standing is None:
        raise NotFoundError(f"The team {team.slug} has no channel in this workspace.")
    _audit(session, permit, AuditEvent.TEAM_UNLINK, standing, now)
    _say(session, standing, f"The team {team.slug} of Tocsin is no longer met in this channel.", now)
    session.delete(standing)
    session.flush()


def find_team_channel(session: Session, team_id: TeamId, integration_id: IntegrationId) -> str | None:
    """The id of the channel in which the team is met in that workspace."""
    found = session.get(TeamChannel, (team_id, integration_id))
    return None if found is None else found.channel


def list_team_channels(session: Session, organization_id: OrganizationId) -> list[TeamChannelLine]:
    """The channels of the organization's teams, in the workspaces that it uses."""
    rows = session.execute(
        select(TeamChannel, Integration.name, Channel.name)
        .join(Team, Team.id == TeamChannel.team_id)
        .join(Integration, Integration.id == TeamChannel.integration_id)
        .join(OrganizationIntegration, OrganizationIntegration.integration_id == Integration.id)
        .outerjoin(
            Channel,
            (Channel.integration_id == TeamChannel.integration_id) & (Channel.external_id == TeamChannel.channel),
        )
        .where(Team.organization_id == organization_id, OrganizationIntegration.organization_id == organization_id)
        .order_by(Team.slug, Integration.id)
    )
    return [
        TeamChannelLine(
            one.team_id, one.integration_id, workspace, one.channel, name or one.channel, one.linked_at, one.linked_by
        )
        for one, workspace, name in rows
    ]


def _require_own(session: Session, permit: Permit, team: Team, integration_id: IntegrationId) -> None:
    home = permit.scope.organization_id
    if team.organization_id != home:
        raise NotFoundError("There is no such team in this organization.")
    if session.get(OrganizationIntegration, (home, integration_id)) is None:
        raise WorkspaceNotFoundError("There is no such workspace in this organization.")


def _require_fit(channel: ChannelFacts, *, may_be_shared: bool) -> None:
    if channel.is_archived:
        raise ChannelUnfitError(f"#{channel.name} is archived; choose another channel.")
    if not channel.is_member:
        raise ChannelUnfitError(f"The app is not in #{channel.name}; invite it there first: /invite @Tocsin.")
    if channel.is_shared and not may_be_shared:
        raise ChannelUnfitError(
            f"People of other companies read #{channel.name}. Say that this is meant, or choose another channel."
        )


def _insert(
    session: Session, permit: Permit, team: Team, integration_id: IntegrationId, channel: ChannelFacts, now: datetime
) -> TeamChannel:
    linked = TeamChannel(
        team_id=team.id,
        integration_id=integration_id,
        channel=channel.id,
        linked_at=now,
        linked_by=permit.actor.label[:128],
    )
    try:
        with session.begin_nested():
            session.add(linked)
    except IntegrityError as error:
        raise TeamLinkedError(f"Somebody linked #{team.slug} at this very moment; look again.") from error
    return linked


def _audit(session: Session, permit: Permit, event: AuditEvent, linked: TeamChannel, now: datetime) -> None:
    create_audit_entry(
        session,
        permit,
        event,
        target=f"team:{linked.team_id}",
        now=now,
        data={"integration_id": linked.integration_id, "channel": linked.channel},
    )


def _say(session: Session, linked: TeamChannel, sentence: str, now: datetime) -> None:
    """Whoever reads the channel hears of it: what is said there from now on concerns the team."""
    plan = Plan(
        natural_key=f"notice:team:{uuid4().hex}",  # said once for each deed, whose transaction happens once
        kind=NOTICE,
        integration_id=linked.integration_id,
        channel=linked.channel,
        body={"text": sentence},
    )
    plan_delivery(session, plan, now=now)
