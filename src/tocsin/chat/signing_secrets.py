"""Signing secrets: the one that a workspace's app has now, and those before it, which are good for a day more."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tocsin.chat.models import Integration, OrganizationIntegration, ReplacedSecret
from tocsin.kernel.db import changed_rows
from tocsin.kernel.ids import IntegrationId
from tocsin.kernel.secrets import SecretBox, SecretUnreadableError
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.permit import Permit, Scope

ACCEPTED_FOR = timedelta(hours=24)
"""How long Slack lets the old secret live beside a regenerated one, and requests may be signed with either."""

OLD_AT_MOST = 5
"""Secrets beside the present one: each is tried on a request that no other proved, whoever sent it."""


BY_ANOTHER = "another organization that uses the workspace"
"""Who did it, in the audit log of an organization whose people did not."""


@dataclass(frozen=True, slots=True)
class LiveSecrets:
    """What proves the requests of one workspace: its secrets in the clear, the present one first.

    `unreadable` counts those that should and that no present key opens; without any other they cost the workspace its
    requests, and never those of another.
    """

    opened: tuple[str, ...] = field(repr=False)
    unreadable: int


def open_signing_secret(integration: Integration, secret_box: SecretBox) -> str:
    """The signing secret that the workspace's app has now, in the clear.

    Raises:
        SecretUnreadableError: no present key fits.
    """
    return secret_box.open(integration.sealed_signing_secret, context=_context(integration.id))


def open_live_secrets(
    session: Session, integrations: Sequence[Integration], secret_box: SecretBox, *, now: datetime
) -> dict[IntegrationId, LiveSecrets]:
    """The secrets that prove requests of these workspaces at `now`."""
    found: dict[IntegrationId, list[str | None]] = defaultdict(list)
    for each in integrations:
        found[each.id].append(_find_present(each, secret_box))
    for row in reversed(_list_live(session, [each.id for each in integrations], now)):
        found[row.integration_id].append(_find_replaced(row, secret_box))
    return {
        integration_id: LiveSecrets(tuple(each for each in secrets if each is not None), secrets.count(None))
        for integration_id, secrets in found.items()
    }


def find_old_secrets_until(
    session: Session, integration_ids: Sequence[IntegrationId], *, now: datetime
) -> dict[IntegrationId, datetime]:
    """Until when secrets that were replaced are accepted, for those workspaces that have any."""
    return {row.integration_id: row.accepted_until for row in _list_live(session, integration_ids, now)}


def set_signing_secret(
    session: Session, integration: Integration, signing_secret: str, secret_box: SecretBox, *, now: datetime
) -> None:
    """Seal the secret that the app has from now on; the one before stays good for 24 hours.

    The caller holds the workspace's row. What was mistyped and put right a minute later is one of those before, too,
    and takes nothing from them, unless there were very many. An old secret that no key opens is of no use to anybody,
    and is dropped.
    """
    before = _find_present(integration, secret_box)
    own = select(ReplacedSecret).where(ReplacedSecret.integration_id == integration.id)
    newest_first = own.order_by(ReplacedSecret.accepted_until.desc(), ReplacedSecret.id.desc())
    kept = 1
    for row in session.scalars(newest_first.with_for_update()):
        is_of_use = row.accepted_until > now and kept < OLD_AT_MOST
        if not is_of_use or _find_replaced(row, secret_box) in {signing_secret, before, None}:
            session.delete(row)
        else:
            kept += 1
    if before is not None and before != signing_secret:
        sealed = secret_box.seal(before, context=_context_of_replaced(integration.id))
        session.add(ReplacedSecret(integration_id=integration.id, sealed=sealed, accepted_until=now + ACCEPTED_FOR))
    integration.sealed_signing_secret = secret_box.seal(signing_secret, context=_context(integration.id))


def drop_old_secrets(session: Session, integration_id: IntegrationId) -> int:
    """Accept none but the present secret from now on; gives how many there were beside it."""
    return changed_rows(session, delete(ReplacedSecret).where(ReplacedSecret.integration_id == integration_id))


def end_old_secrets(session: Session, permit: Permit, integration: Integration, *, now: datetime) -> None:
    """What to do when a secret that was replaced became known to others: it proves nothing from now on.

    It proved requests for every organization that uses the workspace, so the audit log of each tells it: that of the
    permit's organization by whom, the others that it was done by another one, whose people are none of theirs.
    """
    data = {"old_secrets_ended": drop_old_secrets(session, integration.id)}
    using = select(OrganizationIntegration.organization_id).where(
        OrganizationIntegration.integration_id == integration.id
    )
    for organization_id in session.scalars(using.order_by(OrganizationIntegration.organization_id)).all():
        is_own = organization_id == permit.scope.organization_id
        by = permit if is_own else Permit.system(BY_ANOTHER, Scope(organization_id), permit.source.via)
        target = f"integration:{integration.id}"
        create_audit_entry(session, by, AuditEvent.INTEGRATION_EDIT, target=target, now=now, data=data)


def reseal_signing_secrets(session: Session, secret_box: SecretBox) -> int:
    """Put every signing secret under the newest key; gives their number.

    Raises:
        SecretUnreadableError: one cannot be read with the present keys.
    """
    present = session.scalars(select(Integration).with_for_update()).all()
    for integration in present:
        integration.sealed_signing_secret = secret_box.reseal(integration.sealed_signing_secret)
    replaced = session.scalars(select(ReplacedSecret).with_for_update()).all()
    for row in replaced:
        row.sealed = secret_box.reseal(row.sealed)
    session.flush()
    return len(present) + len(replaced)


def find_past_secrets(session: Session, *, now: datetime, limit: int) -> Sequence[int]:
    """Some of the replaced secrets that are accepted no longer."""
    return session.scalars(select(ReplacedSecret.id).where(ReplacedSecret.accepted_until <= now).limit(limit)).all()


def forget_secrets(session: Session, ids: Sequence[int]) -> None:
    """Do away with these replaced secrets."""
    session.execute(delete(ReplacedSecret).where(ReplacedSecret.id.in_(ids)))


def _list_live(session: Session, integration_ids: Sequence[IntegrationId], now: datetime) -> Sequence[ReplacedSecret]:
    """What was replaced in these workspaces and is still accepted, the last to run out last."""
    return session.scalars(
        select(ReplacedSecret)
        .where(ReplacedSecret.integration_id.in_(integration_ids), ReplacedSecret.accepted_until > now)
        .order_by(ReplacedSecret.accepted_until, ReplacedSecret.id)
    ).all()


def _find_present(integration: Integration, secret_box: SecretBox) -> str | None:
    try:
        return open_signing_secret(integration, secret_box)
    except SecretUnreadableError:
        return None


def _find_replaced(row: ReplacedSecret, secret_box: SecretBox) -> str | None:
    try:
        return secret_box.open(row.sealed, context=_context_of_replaced(row.integration_id))
    except SecretUnreadableError:
        return None


def _context(integration_id: IntegrationId) -> str:
    """The place that a secret is sealed for: a copy in another workspace's row cannot be read."""
    return f"integration:{integration_id}:signing_secret"


def _context_of_replaced(integration_id: IntegrationId) -> str:
    return f"integration:{integration_id}:replaced_signing_secret"
