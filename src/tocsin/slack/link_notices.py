"""Who hears that a Slack person and an account were joined or parted: both ends, each where only they read it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy.orm import Session

from tocsin.chat.links import build_undo_url
from tocsin.chat.models import Identity, Integration, LinkNonce
from tocsin.deliveries.mail import Mailing, plan_mail
from tocsin.deliveries.plan import NOTICE, NOTICE_LIFETIME, Plan, plan_delivery
from tocsin.kernel.ids import IntegrationId, UserId
from tocsin.members.models import User
from tocsin.members.sign_in import SignedInUser
from tocsin.slack.messages import mrkdwn

LINKED = (
    "From now on, what you press on Tocsin's cards here is done as {account}. "
    "If that was not you, <{url}|undo it>, and tell an owner of your organization."
)
UNLINKED = (
    "This Slack account is no longer linked to {account} in Tocsin. "
    "If that was not you, tell an owner of your organization."
)
LETTER = "identity_linked"
LETTER_OF_LOSS = "identity_moved"


def tell_linked(
    session: Session,
    mailing: Mailing,
    link: LinkNonce,
    person: SignedInUser,
    replaced: Sequence[Identity],
    *,
    now: datetime,
) -> None:
    """Tell the Slack person, with a way to undo it; the account by mail; and whoever was linked to either before.

    The Slack person hears of it in any case, since whoever opened the link may not be them; the account too, since
    somebody may have been talked into opening it. So does an account that loses its Slack person: by mail, since that
    person is somebody else's now.
    """
    undo = build_undo_url(
        session,
        link.integration_id,
        link.external_id,
        display_name=link.display_name,
        base_url=mailing.link_base,
        now=now,
    )
    sentence = LINKED.format(account=mrkdwn.escape(person.email), url=undo)
    _plan_notice(session, link.integration_id, link.external_id, sentence, now)
    _mail(session, mailing, link, person.user_id, now, letter=LETTER)
    for one in replaced:
        if one.external_id != link.external_id:
            tell_unlinked(session, one.integration_id, one.external_id, person.email, now=now)
        if one.user_id != person.user_id:
            _mail(session, mailing, link, one.user_id, now, letter=LETTER_OF_LOSS)


def tell_unlinked(
    session: Session, integration_id: IntegrationId, external_id: str, email: str, *, now: datetime
) -> None:
    """Tell the Slack person that what they press is done as `email` no more."""
    _plan_notice(session, integration_id, external_id, UNLINKED.format(account=mrkdwn.escape(email)), now)


def _mail(session: Session, mailing: Mailing, link: LinkNonce, user_id: UserId, now: datetime, *, letter: str) -> None:
    user = session.get_one(User, user_id)
    workspace = session.get_one(Integration, link.integration_id).name
    plan_mail(
        session,
        mailing,
        kind=letter,
        to=user.email,
        data={
            "name": user.name,
            "slack_name": link.display_name,
            "slack_user": link.external_id,
            "workspace": workspace,
            "account_page": f"{mailing.link_base}/account/",
        },
        secrets={},
        natural_key=f"mail:{letter}:{link.nonce_hash}",
        now=now,
    )


def _plan_notice(
    session: Session, integration_id: IntegrationId, external_id: str, sentence: str, now: datetime
) -> None:
    plan = Plan(
        natural_key=f"notice:link:{uuid4().hex}",  # said once for each deed, whose transaction happens once
        kind=NOTICE,
        integration_id=integration_id,
        recipient=external_id,
        body={"text": sentence},
        expires_at=now + NOTICE_LIFETIME,
    )
    plan_delivery(session, plan, now=now)
