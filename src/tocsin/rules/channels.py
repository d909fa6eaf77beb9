"""The channels in which the rules of an organization tell."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.kernel.ids import IntegrationId, OrganizationId
from tocsin.organizations.models import Project
from tocsin.rules.action import decode_actions
from tocsin.rules.models import Rule


def list_channels(session: Session, organization_id: OrganizationId) -> dict[tuple[IntegrationId, str], str]:
    """Workspace and id of each such channel, with the name it had when its rule was made; by that name."""
    stored = session.scalars(
        select(Rule.actions)
        .join(Project, Project.id == Rule.project_id)
        .where(Project.organization_id == organization_id)
        .order_by(Rule.id)
    )
    found = {
        (action.integration_id, action.channel): action.channel_name
        for actions in stored
        for action in decode_actions(actions)
    }
    return dict(sorted(found.items(), key=lambda each: each[1]))
