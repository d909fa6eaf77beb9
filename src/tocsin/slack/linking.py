"""The pages by which somebody who is signed in says "this Slack person is me", or undoes it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from anyio import from_thread
from sqlalchemy.orm import Session
from starlette.responses import Response
from starlette.routing import Route

from tocsin.chat.errors import IdentityNotFoundError, LinkExpiredError
from tocsin.chat.identities import find_identity, find_in_the_way, link_identity, undo_link
from tocsin.chat.link_notices import ChatUser, tell_linked, tell_unlinked
from tocsin.chat.links import LinkPurpose, find_link, use_link
from tocsin.chat.models import Identity, Integration, LinkNonce
from tocsin.chat.suggestions import Likeness, compare_emails
from tocsin.chat.workspaces import list_organization_ids
from tocsin.http.cookies import SIGN_IN, give_key, read_cookie
from tocsin.http.deps import Deps
from tocsin.http.pages import POST, private_page, public_page
from tocsin.http.templates import environment, render
from tocsin.http.visit import PAGE, SignedInVisit, Visit
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import NotFoundError, TocsinError
from tocsin.members.authorize import authorize, list_memberships
from tocsin.members.sessions import NewSignIn, renew_session
from tocsin.organizations.permit import Actor, Permit, Scope, Verb

TEMPLATES = environment("tocsin.slack")

ASKING_SECONDS = 2.0
"""The hint is not worth a longer wait for Slack."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link asks of whoever opens it: names as Slack told them, so for reading only."""

    purpose: LinkPurpose
    slack_name: str
    slack_user_id: str
    workspace: str

    @property
    def is_unlinking(self) -> bool:
        return self.purpose != LinkPurpose.LINK


def linking_routes(deps: Deps) -> list[Route]:
    """The address of a link and that of its undoing, each to look at and to confirm."""
    return [
        private_page(deps, "/link/{nonce}", show_link, name="link"),
        private_page(deps, "/link/{nonce}", accept_link, name="link.accept", method=POST),
        public_page(deps, "/undo/{nonce}", show_undo, name="undo"),
        public_page(deps, "/undo/{nonce}", accept_undo, name="undo.accept", method=POST),
    ]


def show_link(visit: SignedInVisit) -> Response:
    """Name the Slack person, the workspace and the account, before anything is tied together."""
    with read(visit.deps.database) as session:
        link = _get_link(session, visit, LinkPurpose.LINK, LinkPurpose.UNLINK)
        asked = _asked(session, link)
        if asked.is_unlinking:
            _require_own(session, visit, link)
            permit = None
        else:
            permit = _permit(session, visit, session.get_one(Integration, link.integration_id))
        in_the_way = _in_the_way(session, visit, link)
    likeness = Likeness.UNKNOWN if permit is None else _likeness(visit, link, permit)
    facts = {
        "asked": asked,
        "likeness": likeness,
        "other_chat_user": next((one.external_id for one in in_the_way if one.user_id == visit.person.user_id), None),
        "is_somebody_else": any(one.external_id == link.external_id for one in in_the_way),
    }
    return render(TEMPLATES, "link.html", visit, facts)


def accept_link(visit: SignedInVisit) -> Response:
    """Use the link up, do what it is for, and tell whom it concerns, in one transaction.

    Both ends are proved here: the account by its session, the Slack person by the link that only they were shown. So
    either may leave what it was linked to before, if the person says so.
    """
    with write(visit.deps.database) as session:
        asked = _asked(session, _get_link(session, visit, LinkPurpose.LINK, LinkPurpose.UNLINK))
        link = use_link(session, visit.request.path_params["nonce"], asked.purpose, now=visit.now)
        integration = session.get_one(Integration, link.integration_id)
        if asked.is_unlinking:
            _unlink(session, visit, link)
        else:
            _link(session, visit, _permit(session, visit, integration), link)
        renewed = _renew(session, visit)
    response = render(TEMPLATES, "linked.html", visit, {"asked": asked, "slack_url": integration.url})
    if renewed is not None:
        give_key(response, renewed, now=visit.now, is_https=visit.deps.is_https)
    return response


def show_undo(visit: Visit) -> Response:
    """Name the Slack person whose link would be undone; whoever they are here, they need not sign in."""
    with read(visit.deps.database) as session:
        asked = _asked(session, _get_link(session, visit, LinkPurpose.UNDO))
    return render(TEMPLATES, "undo.html", visit, {"asked": asked, "is_done": False})


def accept_undo(visit: Visit) -> Response:
    """Undo the link of the Slack person who was told of it; it only takes rights away."""
    with write(visit.deps.database) as session:
        asked = _asked(session, _get_link(session, visit, LinkPurpose.UNDO))
        link = use_link(session, visit.request.path_params["nonce"], LinkPurpose.UNDO, now=visit.now)
        somebody = Actor(None, f"Slack user {link.external_id}")
        user_id = undo_link(session, link.integration_id, link.external_id, by=somebody, source=PAGE, now=visit.now)
        if user_id is not None:
            tell_unlinked(session, visit.deps.telling, _chat_user(link), user_id, by=somebody.label, now=visit.now)
    return render(TEMPLATES, "undo.html", visit, {"asked": asked, "is_done": True})


def _link(session: Session, visit: SignedInVisit, permit: Permit, link: LinkNonce) -> None:
    """Link, in place of what stands in the way if the person said so, and tell those who lost a link."""
    replaced = _in_the_way(session, visit, link)
    link_identity(
        session,
        permit,
        link.integration_id,
        link.external_id,
        visit.person.user_id,
        now=visit.now,
        replace=visit.field("replace") == "yes",
    )
    tell_linked(session, visit.deps.telling, _chat_user(link), visit.person.user_id, replaced, now=visit.now)


def _unlink(session: Session, visit: SignedInVisit, link: LinkNonce) -> None:
    """Part the two ends, both of which are proved; it takes no place in an organization, for it only takes rights away.

    Those who are offered it are often in none: they were removed, and their Slack account wants another one.
    """
    _require_own(session, visit, link)
    person = Actor(visit.person.user_id, visit.person.name)
    undo_link(session, link.integration_id, link.external_id, by=person, source=PAGE, now=visit.now)
    tell_unlinked(
        session, visit.deps.telling, _chat_user(link), visit.person.user_id, by=visit.person.name, now=visit.now
    )


def _require_own(session: Session, visit: SignedInVisit, link: LinkNonce) -> None:
    identity = find_identity(session, link.integration_id, link.external_id)
    if identity is None or identity.user_id != visit.person.user_id:
        raise IdentityNotFoundError("This Slack account is not linked to yours.")


def _chat_user(link: LinkNonce) -> ChatUser:
    return ChatUser(link.integration_id, link.external_id, link.display_name)


def _in_the_way(session: Session, visit: SignedInVisit, link: LinkNonce) -> Sequence[Identity]:
    return find_in_the_way(session, link.integration_id, link.external_id, visit.person.user_id)


def _renew(session: Session, visit: SignedInVisit) -> NewSignIn | None:
    """The browser goes on under another key: what the account can do from Slack has changed."""
    return renew_session(session, read_cookie(visit.request, SIGN_IN, is_https=visit.deps.is_https) or "")


def _likeness(visit: SignedInVisit, link: LinkNonce, permit: Permit) -> Likeness:
    email = from_thread.run(_read_email, visit.deps, link)
    with read(visit.deps.database) as session:
        return compare_emails(session, visit.person.user_id, permit.scope.organization_id, email)


async def _read_email(deps: Deps, link: LinkNonce) -> str | None:
    """What Slack knows as the person's e-mail; nothing where it does not say so in time."""
    try:
        async with asyncio.timeout(ASKING_SECONDS):
            return (await deps.chat.read_person(link.integration_id, link.external_id)).email
    except (TocsinError, TimeoutError) as error:
        log.info("slack.link.no_email", integration_id=link.integration_id, reason=type(error).__name__)
        return None


def _get_link(session: Session, visit: Visit, *purposes: LinkPurpose) -> LinkNonce:
    """The link as long as it is good for one of `purposes`; unknown, used and too old answer alike."""
    link = find_link(session, visit.request.path_params["nonce"], now=visit.now)
    if link is None or link.purpose not in purposes:
        raise LinkExpiredError(
            "This link was used already or is older than 15 minutes. Press a button on a card in Slack for a new one."
        )
    return link


def _asked(session: Session, link: LinkNonce) -> Asked:
    integration = session.get_one(Integration, link.integration_id)
    return Asked(LinkPurpose(link.purpose), link.display_name, link.external_id, integration.name)


def _permit(session: Session, visit: SignedInVisit, integration: Integration) -> Permit:
    """The person's own permit in an organization of theirs that uses the workspace.

    Raises:
        NotFoundError: they are in none.
    """
    users = set(list_organization_ids(session, integration.id))
    for membership in list_memberships(session, visit.person.user_id):
        if membership.organization_id in users:
            scope = Scope(membership.organization_id)
            return authorize(session, visit.person.user_id, Verb.SEE, scope, source=PAGE)
    raise NotFoundError(
        f"You are signed in as {visit.person.email}, who is in no organization that uses the Slack workspace "
        f"{integration.name}. Sign in with another account, or ask somebody there to add you."
    )
