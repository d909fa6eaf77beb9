"""The pages by which somebody who is signed in says "this Slack person is me", or undoes it."""

from dataclasses import dataclass

from sqlalchemy.orm import Session
from starlette.responses import Response
from starlette.routing import Route

from tocsin.chat.errors import LinkExpiredError
from tocsin.chat.identities import link_identity, unlink_identity
from tocsin.chat.links import LinkPurpose, find_link, use_link
from tocsin.chat.models import Integration, LinkNonce
from tocsin.chat.workspaces import list_organization_ids
from tocsin.deliveries.plan import NOTICE, Plan, plan_delivery
from tocsin.http.deps import Deps
from tocsin.http.pages import POST, private_page
from tocsin.http.templates import environment, render
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import NotFoundError
from tocsin.members.authorize import authorize, list_memberships
from tocsin.organizations.permit import Permit, Scope, Verb
from tocsin.slack.messages import mrkdwn

TEMPLATES = environment("tocsin.slack")

LINKED = "From now on, what you press on Tocsin's cards here is done as {account}."
UNLINKED = "This Slack account is no longer linked to {account} in Tocsin."


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link asks of whoever opens it: names as Slack told them, so for reading only."""

    purpose: LinkPurpose
    slack_name: str
    slack_user_id: str
    workspace: str

    @property
    def is_unlinking(self) -> bool:
        return self.purpose == LinkPurpose.UNLINK


def linking_routes(deps: Deps) -> list[Route]:
    """The one address of a link, to look at and to confirm."""
    return [
        private_page(deps, "/link/{nonce}", show_link, name="link"),
        private_page(deps, "/link/{nonce}", accept_link, name="link.accept", method=POST),
    ]


def show_link(visit: SignedInVisit) -> Response:
    """Name the Slack person, the workspace and the account, before anything is tied together."""
    with read(visit.deps.database) as session:
        link = _get_link(session, visit)
        asked = _asked(session, link)
        _permit(session, visit, session.get_one(Integration, link.integration_id))
    return render(TEMPLATES, "link.html", visit, {"asked": asked})


def accept_link(visit: SignedInVisit) -> Response:
    """Use the link up, do what it is for, and tell the Slack person what was done, in one transaction."""
    with write(visit.deps.database) as session:
        asked = _asked(session, _get_link(session, visit))
        link = use_link(session, visit.request.path_params["nonce"], asked.purpose, now=visit.now)
        integration = session.get_one(Integration, link.integration_id)
        permit = _permit(session, visit, integration)
        if asked.is_unlinking:
            unlink_identity(session, permit, integration.id, link.external_id, now=visit.now)
        else:
            link_identity(session, permit, integration.id, link.external_id, visit.person.user_id, now=visit.now)
        _tell(session, visit, link, UNLINKED if asked.is_unlinking else LINKED)
    return render(TEMPLATES, "linked.html", visit, {"asked": asked, "slack_url": integration.url})


def _get_link(session: Session, visit: SignedInVisit) -> LinkNonce:
    """The link as long as it is good; unknown, used and too old answer alike."""
    link = find_link(session, visit.request.path_params["nonce"], now=visit.now)
    if link is None:
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


def _tell(session: Session, visit: SignedInVisit, link: LinkNonce, sentence: str) -> None:
    """The Slack person hears of it in any case: whoever opened the link may not be them."""
    account = mrkdwn.escape(visit.person.email)
    plan = Plan(
        natural_key=f"notice:link:{link.nonce_hash}",
        kind=NOTICE,
        integration_id=link.integration_id,
        recipient=link.external_id,
        body={"text": f"{sentence.format(account=account)} If that was not you, tell an owner of your organization."},
    )
    plan_delivery(session, plan, now=visit.now)
