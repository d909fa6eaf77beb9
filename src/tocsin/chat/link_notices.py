"""Who hears that a chat user and an account were joined or parted: both ends, each where only they read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy.orm import Session

from tocsin.chat.links import build_undo_url
from tocsin.chat.models import Identity, Integration
from tocsin.chat.platform import LinkWords
from tocsin.deliveries.mail import Mailing, plan_mail
from tocsin.deliveries.plan import NOTICE, NOTICE_LIFETIME, Plan, plan_delivery
from tocsin.kernel.ids import IntegrationId, UserId
from tocsin.members.models import User

LETTER = "identity_linked"
LETTER_OF_LOSS = "identity_moved"
LETTER_OF_PARTING = "identity_parted"


@dataclass(frozen=True, slots=True)
class Telling:
    """What telling of a link needs of this process."""

    words: LinkWords
    mailing: Mailing


@dataclass(frozen=True, slots=True)
class ChatUser:
    """One end of a link, as it is named to the other."""

    integration_id: IntegrationId
    external_id: str
    """Slack's `U...`."""
    name: str
    """As the platform told it last; their id, where nobody told."""


def tell_linked(
    session: Session,
    telling: Telling,
    chat_user: ChatUser,
    user_id: UserId,
    replaced: Sequence[Identity],
    *,
    now: datetime,
) -> None:
    """Tell the chat user, with a way to undo it; the account by mail; and whoever was linked to either before.

    The chat user hears of it in any case, since whoever linked them may not be them; the account too, since somebody
    may have been talked into it, or somebody else did it. So does an account that loses its chat user (`replaced`):
    by mail, since that person is somebody else's now.
    """
    undo = build_undo_url(
        session,
        chat_user.integration_id,
        chat_user.external_id,
        display_name=chat_user.name,
        base_url=telling.mailing.link_base,
        now=now,
    )
    account = session.get_one(User, user_id).email
    _plan_notice(session, chat_user, telling.words.linked(account, undo), now)
    _mail(session, telling.mailing, chat_user, user_id, {}, now, letter=LETTER)
    for one in replaced:
        if one.external_id != chat_user.external_id:
            _plan_notice(session, chat_user_of(one), telling.words.unlinked(account), now)
        if one.user_id != user_id:
            _mail(session, telling.mailing, chat_user, one.user_id, {}, now, letter=LETTER_OF_LOSS)


def tell_unlinked(
    session: Session, telling: Telling, chat_user: ChatUser, user_id: UserId, *, by: str, now: datetime
) -> None:
    """Tell both ends that they are parted; `by` is the name of who did it."""
    account = session.get_one(User, user_id).email
    _plan_notice(session, chat_user, telling.words.unlinked(account), now)
    _mail(session, telling.mailing, chat_user, user_id, {"by": by}, now, letter=LETTER_OF_PARTING)


def chat_user_of(identity: Identity) -> ChatUser:
    """The chat user's end of a link; what they are called is not kept."""
    return ChatUser(identity.integration_id, identity.external_id, identity.external_id)


def _plan_notice(session: Session, chat_user: ChatUser, sentence: str, now: datetime) -> None:
    plan = Plan(
        natural_key=f"notice:link:{uuid4().hex}",  # said once for each deed, whose transaction happens once
        kind=NOTICE,
        integration_id=chat_user.integration_id,
        recipient=chat_user.external_id,
        body={"text": sentence},
        expires_at=now + NOTICE_LIFETIME,
    )
    plan_delivery(session, plan, now=now)


def _mail(
    session: Session,
    mailing: Mailing,
    chat_user: ChatUser,
    user_id: UserId,
    more: dict[str, str],
    now: datetime,
    *,
    letter: str,
) -> None:
    user = session.get_one(User, user_id)
    plan_mail(
        session,
        mailing,
        kind=letter,
        to=user.email,
        data={
            "name": user.name,
            "slack_name": chat_user.name,
            "slack_user": chat_user.external_id,
            "workspace": session.get_one(Integration, chat_user.integration_id).name,
            "account_page": f"{mailing.link_base}/account/",
            **more,
        },
        secrets={},
        natural_key=f"mail:{letter}:{uuid4().hex}",
        now=now,
    )
