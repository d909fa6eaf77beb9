"""The first workspace, taken from the environment: `TOCSIN_SLACK_BOT_TOKEN` and `TOCSIN_SLACK_SIGNING_SECRET`."""

import asyncio

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tocsin.chat.models import Integration
from tocsin.chat.platform import WorkspaceFacts
from tocsin.chat.workspaces import connect_workspace
from tocsin.http.deps import Deps
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import TocsinError
from tocsin.kernel.ids import OrganizationId
from tocsin.organizations.models import Organization
from tocsin.organizations.permit import Permit, Scope, Via

RETRY_SECONDS = 5.0

log = structlog.get_logger()


async def connect_from_environment(deps: Deps) -> None:
    """Connect the workspace that the environment names to the oldest organization, once both exist.

    Rows win: as soon as any workspace is connected, the environment is not looked at again.
    """
    token, secret = deps.settings.slack_bot_token, deps.settings.slack_signing_secret
    if token is None or secret is None:
        return
    while True:
        try:
            organization_id = await asyncio.to_thread(_organization_without_workspace, deps)
            if organization_id is not None:
                facts = await deps.chat.test_token(token.get_secret_value())
                await asyncio.to_thread(_connect, deps, organization_id, facts)
            elif await asyncio.to_thread(_has_workspace, deps):
                return
        except TocsinError as error:
            log.warning("slack.first_connection.failed", error_code=error.code, reason=str(error))
            if error.permanent:
                return
        except SQLAlchemyError as error:  # the database may come back
            log.warning("slack.first_connection.no_database", error=type(error).__name__)
        await asyncio.sleep(RETRY_SECONDS)


def _organization_without_workspace(deps: Deps) -> OrganizationId | None:
    with read(deps.database) as session:
        if _any_workspace(session):
            return None
        return session.scalars(select(Organization.id).order_by(Organization.id).limit(1)).first()


def _has_workspace(deps: Deps) -> bool:
    with read(deps.database) as session:
        return _any_workspace(session)


def _any_workspace(session: Session) -> bool:
    return session.scalars(select(Integration.id).limit(1)).first() is not None


def _connect(deps: Deps, organization_id: OrganizationId, facts: WorkspaceFacts) -> None:
    token, secret = deps.settings.slack_bot_token, deps.settings.slack_signing_secret
    assert token is not None
    assert secret is not None
    with write(deps.database) as session:
        if _any_workspace(session):
            return
        connect_workspace(
            session,
            Permit.system("the environment", Scope(organization_id), Via.CLI),
            facts,
            bot_token=token.get_secret_value(),
            signing_secret=secret.get_secret_value(),
            secret_box=deps.secrets,
            now=deps.clock(),
        )
    log.info("slack.first_connection.made", team_id=facts.team_id)
