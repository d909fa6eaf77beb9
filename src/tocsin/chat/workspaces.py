"""Connected workspaces: their sealed secrets, which organizations use them, and whether they work."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tocsin.chat.errors import WorkspaceNotFoundError, WorkspaceSharedError, WorkspaceTakenError
from tocsin.chat.models import Integration, OrganizationIntegration
from tocsin.chat.platform import WorkspaceFacts
from tocsin.chat.signing_secrets import drop_old_secrets, reseal_signing_secrets, set_signing_secret
from tocsin.deliveries.health import probe_workspace_now
from tocsin.deliveries.parking import unpark_workspace
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import IntegrationId, OrganizationId
from tocsin.kernel.secrets import SecretBox
from tocsin.kernel.statement import Statement
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.permit import Permit, Scope, Via

SLACK = "slack"


def connect_workspace(
    session: Session,
    permit: Permit,
    facts: WorkspaceFacts,
    *,
    bot_token: str,
    signing_secret: str,
    secret_box: SecretBox,
    now: datetime,
) -> Integration:
    """Let the permit's organization use the workspace; again, it takes new secrets and what was parked goes on.

    A signing secret that is replaced is accepted for 24 hours more, unless it is that of another app.
    `facts` are what the platform answered for `bot_token`, asked before the transaction.

    Raises:
        WorkspaceTakenError: another organization uses it with another app, or disconnected it; nothing is replaced.
        InvalidInputError: token or secret is empty.
    """
    bot_token, signing_secret = bot_token.strip(), signing_secret.strip()
    if not bot_token or not signing_secret:
        raise InvalidInputError("A workspace is connected with both a bot token and a signing secret.")
    integration = find_workspace(session, facts.team_id, for_update=True)
    is_new = integration is None
    if integration is None:
        integration = _insert(session, facts, now)
    else:
        _refuse_taking_over(session, permit, integration, facts)
    is_other_app = integration.app_id != facts.app_id
    _take_facts(integration, facts)
    integration.sealed_bot_token = secret_box.seal(bot_token, context=_context(integration.id))
    set_signing_secret(session, integration, signing_secret, secret_box, now=now)
    if is_other_app:
        drop_old_secrets(session, integration.id)
    integration.is_active, integration.broken_reason = True, None
    session.flush()
    _let_go_on(session, integration.id, now)

    joined = _join(session, permit.scope.organization_id, integration.id, now)
    create_audit_entry(
        session,
        permit,
        AuditEvent.INTEGRATION_ADD if is_new or joined else AuditEvent.INTEGRATION_EDIT,
        target=f"integration:{integration.id}",
        now=now,
        data={"team_id": facts.team_id, "app_id": facts.app_id},
    )
    return integration


def disconnect_workspace(session: Session, permit: Permit, integration_id: IntegrationId, *, now: datetime) -> bool:
    """Switch off the workspace until it is connected anew; answers whether it is news.

    What waits and what is planned from now on is parked by whoever would have sent it; the cards that stand, stay.

    Raises:
        WorkspaceNotFoundError: the permit's organization does not use it.
        WorkspaceSharedError: others use it, too; what is to be said in it would stop for them.
    """
    integration = session.get(Integration, integration_id, with_for_update=True, populate_existing=True)
    users = list_organization_ids(session, integration_id)
    if integration is None or permit.scope.organization_id not in users:
        raise WorkspaceNotFoundError("There is no such workspace in this organization.")
    if len(users) > 1:
        raise WorkspaceSharedError(
            f"Another organization uses the workspace {integration.name}, too, and would fall silent with this one. "
            "Remove this organization's alert rules instead."
        )
    if not integration.is_active:
        return False
    integration.is_active = False
    session.flush()
    target, data = f"integration:{integration_id}", {"team_id": integration.external_id}
    create_audit_entry(session, permit, AuditEvent.INTEGRATION_DISCONNECT, target=target, now=now, data=data)
    return True


def find_workspace(session: Session, team_id: str, *, for_update: bool = False) -> Integration | None:
    """The workspace with Slack's `team_id` (`T...`), whoever uses it."""
    wanted = select(Integration).where(Integration.platform == SLACK, Integration.external_id == team_id)
    return session.scalars(wanted.with_for_update() if for_update else wanted).one_or_none()


def list_workspaces(session: Session, organization_id: OrganizationId) -> Sequence[Integration]:
    """The workspaces that the organization uses, oldest first."""
    return session.scalars(
        select(Integration)
        .join(OrganizationIntegration, OrganizationIntegration.integration_id == Integration.id)
        .where(OrganizationIntegration.organization_id == organization_id)
        .order_by(Integration.id)
    ).all()


def list_organization_ids(session: Session, integration_id: IntegrationId) -> Sequence[OrganizationId]:
    """The organizations that use the workspace; several may."""
    return session.scalars(
        select(OrganizationIntegration.organization_id)
        .where(OrganizationIntegration.integration_id == integration_id)
        .order_by(OrganizationIntegration.organization_id)
    ).all()


def reason_of_workspace(broken_reason: str | None) -> str:
    """Why nothing goes out in a whole workspace; without a reason of the platform's, somebody switched it off."""
    return f"{broken_reason or 'disabled'}: the workspace must be connected again"


_FIND_STANDING = select(Integration.is_active, Integration.broken_reason).where(
    Integration.id == bindparam("integration_id")
)
_STANDING, _STANDING_HELD = Statement(_FIND_STANDING), Statement(_FIND_STANDING.with_for_update(read=True))


def why_nothing_goes_out(session: Session, integration_id: IntegrationId) -> str | None:
    """Why what is planned for the workspace is to be parked; `None` while it works.

    Whoever connects it waits until this transaction has ended, and then lets go on what it parked.
    """
    for standing in (_STANDING, _STANDING_HELD):  # most work, and need not be held
        [(is_active, broken_reason)] = standing.rows(session, {"integration_id": integration_id})
        if is_active and broken_reason is None:
            return None
    return reason_of_workspace(broken_reason)


def open_bot_token(integration: Integration, secret_box: SecretBox) -> str:
    """The workspace's bot token in the clear; never logged, never kept longer than the call that needs it.

    Raises:
        SecretUnreadableError: no present key fits.
    """
    return secret_box.open(integration.sealed_bot_token, context=_context(integration.id))


def mark_broken(session: Session, integration_id: IntegrationId, reason: str, *, now: datetime) -> bool:
    """Stop calling a workspace that answered with a lasting `reason` (`token_revoked`); answers whether it is news."""
    marked = session.execute(
        update(Integration)
        .where(Integration.id == integration_id, Integration.broken_reason.is_(None))
        .values(broken_reason=reason[:80])
        .returning(Integration.id)
    )
    if marked.first() is None:
        return False
    _audit_for_all(session, integration_id, AuditEvent.INTEGRATION_DISABLED, reason, now)
    return True


def mark_healed(session: Session, integration_id: IntegrationId, *, now: datetime) -> bool:
    """The workspace answers again, and what was parked goes on; answers whether it is news."""
    marked = session.execute(
        update(Integration)
        .where(Integration.id == integration_id, Integration.broken_reason.is_not(None))
        .values(broken_reason=None)
        .returning(Integration.id)
    )
    if marked.first() is None:
        return False
    _let_go_on(session, integration_id, now)
    _audit_for_all(session, integration_id, AuditEvent.INTEGRATION_HEALED, "answers again", now)
    return True


def keep_facts(
    session: Session, permit: Permit, integration_id: IntegrationId, facts: WorkspaceFacts, *, now: datetime
) -> None:
    """The workspace takes its token, as the platform just said with `facts`: it works, and has these permissions."""
    integration = session.get_one(Integration, integration_id, with_for_update=True, populate_existing=True)
    before, scopes = sorted(integration.scopes), sorted(facts.scopes)
    integration.name, integration.url, integration.scopes = facts.name[:128], facts.url[:255], list(facts.scopes)
    session.flush()
    if before != scopes:
        data = {"scopes": scopes}
        create_audit_entry(
            session, permit, AuditEvent.INTEGRATION_EDIT, target=f"integration:{integration.id}", now=now, data=data
        )
    mark_healed(session, integration_id, now=now)


def reseal_secrets(session: Session, secret_box: SecretBox) -> int:
    """Put every stored secret under the newest key, so that the oldest can be taken away; gives their number.

    Raises:
        SecretUnreadableError: one cannot be read with the present keys; nothing was changed.
    """
    workspaces = session.scalars(select(Integration).with_for_update()).all()
    for integration in workspaces:
        integration.sealed_bot_token = secret_box.reseal(integration.sealed_bot_token)
    return len(workspaces) + reseal_signing_secrets(session, secret_box)


def _insert(session: Session, facts: WorkspaceFacts, now: datetime) -> Integration:
    """A row whose id the secrets can be sealed for; the caller fills it in before the transaction ends."""
    integration = Integration(
        platform=SLACK,
        external_id=facts.team_id,
        name=facts.name[:128],
        sealed_bot_token="",
        sealed_signing_secret="",
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(integration)
    except IntegrityError as error:
        raise WorkspaceTakenError(
            f"The workspace {facts.name} was connected at this very moment; look again."
        ) from error
    return integration


def _refuse_taking_over(session: Session, permit: Permit, integration: Integration, facts: WorkspaceFacts) -> None:
    """A workspace has one pair of secrets, and is on or off: neither is decided over the heads of those who use it."""
    users = list_organization_ids(session, integration.id)
    others = [one for one in users if one != permit.scope.organization_id]
    if others and integration.app_id != facts.app_id:
        raise WorkspaceTakenError(
            f"The workspace {facts.name} is connected by another organization with another Slack app; use that app."
        )
    if others and len(others) == len(users) and not integration.is_active:
        raise WorkspaceTakenError(
            f"Another organization disconnected the workspace {facts.name}, and what waits there is its own; "
            "it connects the workspace first."
        )


def _take_facts(integration: Integration, facts: WorkspaceFacts) -> None:
    integration.name, integration.url = facts.name[:128], facts.url[:255]
    integration.app_id, integration.bot_id = facts.app_id, facts.bot_id
    integration.bot_user_id, integration.scopes = facts.bot_user_id, list(facts.scopes)


def _join(session: Session, organization_id: OrganizationId, integration_id: IntegrationId, now: datetime) -> bool:
    if session.get(OrganizationIntegration, (organization_id, integration_id)) is not None:
        return False
    session.add(OrganizationIntegration(organization_id=organization_id, integration_id=integration_id, created_at=now))
    session.flush()
    return True


def _let_go_on(session: Session, integration_id: IntegrationId, now: datetime) -> None:
    unpark_workspace(session, integration_id)
    probe_workspace_now(session, integration_id, now=now)


def _audit_for_all(
    session: Session, integration_id: IntegrationId, event: AuditEvent, reason: str, now: datetime
) -> None:
    for organization_id in list_organization_ids(session, integration_id):
        permit = Permit.system(reason, Scope(organization_id), Via.TIMER)
        create_audit_entry(session, permit, event, target=f"integration:{integration_id}", now=now)


def _context(integration_id: IntegrationId) -> str:
    """The place that a bot token is sealed for: a copy in another workspace's row cannot be read."""
    return f"integration:{integration_id}:bot_token"
