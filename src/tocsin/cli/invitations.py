"""The verbs of `tocsin members` about who is on their way in: inviting, deciding, links, and asking to join."""

from typing import Annotated

from cyclopts import Parameter
from sqlalchemy.orm import Session

from tocsin.cli.choose import choose_organization, choose_person, permit_for
from tocsin.cli.database import acting, open_database, open_mailing
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption
from tocsin.cli.output import answer, table
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read
from tocsin.kernel.errors import InvalidInputError
from tocsin.members.approvals import (
    Issued,
    approve_member_invitation,
    invite,
    make_invitation_link,
    reject_member_invitation,
    resend_invitation,
    revoke_invitation,
)
from tocsin.members.authorize import LEAST_ROLE, find_membership
from tocsin.members.errors import InvitationNotFoundError
from tocsin.members.invitations import find_invite_mails, find_open_invitation, get_invitation, list_open_invitations
from tocsin.members.join_requests import allow_join_requests
from tocsin.members.models import Invitation
from tocsin.members.requests import list_invited_teams
from tocsin.notifications.approvals import request_invitation
from tocsin.organizations.models import Organization, Team
from tocsin.organizations.permit import Role, Verb
from tocsin.organizations.queries import find_team
from tocsin.settings import Settings

InvitedOption = Annotated[str, Parameter(name="--email", help="E-mail of the person who is on their way in.")]


def invite_(
    *,
    email: Annotated[str, Parameter(help="E-mail of the person to invite.")],
    role: Annotated[Role, Parameter(help="What they may do; never above the role of who invites.")] = Role.MEMBER,
    team: Annotated[list[str] | None, Parameter(help="Slug of a team that they join, too; repeatable.")] = None,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Invite somebody; in the name of a plain member (--as) it asks those who may decide."""
    settings = Settings()
    with open_database(settings) as database, acting(database) as session:
        now = system_clock()
        home = choose_organization(session, organization)
        teams = [_get_team(session, home, slug) for slug in team or ()]
        if _may_invite(session, home, as_):
            permit = permit_for(session, home, as_, Verb.EDIT_MEMBERS)
            mailing = open_mailing(settings)
            issued = invite(session, permit, mailing, email=email, role=role, teams=teams, now=now)
        else:
            permit = permit_for(session, home, as_, Verb.SEE)
            issued = Issued(request_invitation(session, permit, email=email, role=role, teams=teams, now=now), None)
        document = _document(home, issued.invitation, issued.link)
    _tell(document, as_json=json)


def invitations(*, organization: OrganizationOption = None, json: JsonOption = False) -> None:
    """Show requests that wait for a decision, and invitations that nobody used yet."""
    with open_database(Settings()) as database, read(database) as session:
        home = choose_organization(session, organization)
        waiting = list_open_invitations(session, home.id)
        teams = {one.id: list_invited_teams(session, one) for one in waiting}
        mails = {invitation_id: mail.words for invitation_id, mail in find_invite_mails(session, waiting).items()}
    rows = [
        (
            one.email,
            one.role,
            " ".join(f"#{slug}" for slug in teams[one.id]) or None,
            _state(one),
            one.asked_by,
            one.decided_by,
            mails.get(one.id, "no mail"),
        )
        for one in waiting
    ]
    headings = ("E-MAIL", "ROLE", "TEAMS", "STATE", "ASKED BY", "DECIDED BY", "MAIL")
    document = [{**_document(home, one), "teams": teams[one.id], "mail": mails.get(one.id)} for one in waiting]
    answer(document, table(headings, rows, nothing="Nobody is on their way in."), as_json=json)


def approve(
    *, email: InvitedOption, organization: OrganizationOption = None, as_: AsOption = None, json: JsonOption = False
) -> None:
    """Approve a request: its person gets a link by mail, or you get it to pass on where no mail is set up."""
    settings = Settings()
    with open_database(settings) as database, acting(database) as session:
        home = choose_organization(session, organization)
        permit = permit_for(session, home, as_, Verb.EDIT_MEMBERS)
        invitation = _get_open(session, home, email)
        issued = approve_member_invitation(session, permit, invitation, open_mailing(settings), now=system_clock())
        document = _document(home, issued.invitation, issued.link)
    _tell(document, as_json=json)


def reject(
    *, email: InvitedOption, organization: OrganizationOption = None, as_: AsOption = None, json: JsonOption = False
) -> None:
    """Reject a request."""
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        permit = permit_for(session, home, as_, Verb.EDIT_MEMBERS)
        invitation = _get_open(session, home, email)
        reject_member_invitation(session, permit, invitation, now=system_clock())
        document = _document(home, invitation)
    _tell(document, as_json=json)


def resend(
    *, email: InvitedOption, organization: OrganizationOption = None, as_: AsOption = None, json: JsonOption = False
) -> None:
    """Send an invitation again, with a new link; the old one ends."""
    settings = Settings()
    with open_database(settings) as database, acting(database) as session:
        home = choose_organization(session, organization)
        permit = permit_for(session, home, as_, Verb.EDIT_MEMBERS)
        invitation = _get_open(session, home, email)
        issued = resend_invitation(session, permit, invitation, open_mailing(settings), now=system_clock())
        document = _document(home, issued.invitation, issued.link)
    _tell(document, as_json=json)


def link(
    *, email: InvitedOption, organization: OrganizationOption = None, as_: AsOption = None, json: JsonOption = False
) -> None:
    """Make a new link of an invitation, to pass on by hand; the old one ends, and this one is shown once."""
    settings = Settings()
    with open_database(settings) as database, acting(database) as session:
        home = choose_organization(session, organization)
        permit = permit_for(session, home, as_, Verb.EDIT_MEMBERS)
        invitation = _get_open(session, home, email)
        made = make_invitation_link(session, permit, invitation, open_mailing(settings), now=system_clock())
        document = _document(home, invitation, made)
    _tell(document, as_json=json)


def revoke(
    *, email: InvitedOption, organization: OrganizationOption = None, as_: AsOption = None, json: JsonOption = False
) -> None:
    """Take back an invitation that nobody used yet; its link is good for nothing from now on."""
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        permit = permit_for(session, home, as_, Verb.EDIT_MEMBERS)
        invitation = _get_open(session, home, email)
        revoke_invitation(session, permit, invitation, now=system_clock())
        document = _document(home, invitation)
    _tell(document, as_json=json)


def join_requests(
    switch: Annotated[str, Parameter(help="`on` or `off`.")],
    /,
    *,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Let anybody ask to join at /ORGANIZATION/join/, or nobody."""
    if switch not in {"on", "off"}:
        raise InvalidInputError("Say `on` or `off`.")
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        permit = permit_for(session, home, as_, Verb.EDIT_MEMBERS)
        allow_join_requests(session, permit, home, are_allowed=switch == "on", now=system_clock())
    who = "Anybody may" if switch == "on" else "Nobody can"
    answer({"organization": home.slug, "join_requests": switch}, [f"{who} ask to join {home.slug}."], as_json=json)


def _may_invite(session: Session, organization: Organization, email: str | None) -> bool:
    """Whether whoever acts invites by themselves; without --as that is the first owner, or the server's operator."""
    if email is None:
        return True
    membership = find_membership(session, choose_person(session, organization, email), organization.id)
    return membership is None or membership.role.rank >= LEAST_ROLE[Verb.EDIT_MEMBERS].rank


def _get_team(session: Session, organization: Organization, text: str) -> Team:
    team = find_team(session, organization.id, text.removeprefix("#"))
    if team is None:
        raise InvalidInputError(f"There is no team {text!r} in {organization.slug}.")
    return team


def _get_open(session: Session, organization: Organization, email: str) -> Invitation:
    found = find_open_invitation(session, organization.id, email)
    if found is None:
        raise InvitationNotFoundError(
            f"Nobody with the e-mail {email.strip()} is on their way into {organization.slug}."
        )
    return get_invitation(session, organization.id, found.id)


def _document(organization: Organization, invitation: Invitation, link: str | None = None) -> dict[str, object]:
    return {
        "organization": organization.slug,
        "email": invitation.email,
        "role": str(invitation.role),
        "status": str(invitation.status),
        "link": link,
    }


def _tell(document: dict[str, object], *, as_json: bool) -> None:
    lines = [f"{document['email']}: {str(document['status']).replace('_', ' ')}, as {document['role']}."]
    if document["link"] is not None:
        lines.append(f"Pass this link on; it is shown this once: {document['link']}")
    answer(document, lines, as_json=as_json)


def _state(invitation: Invitation) -> str:
    expired = invitation.token_expires_at is not None and invitation.token_expires_at < system_clock()
    return "expired" if expired else str(invitation.status).replace("_", " ")
