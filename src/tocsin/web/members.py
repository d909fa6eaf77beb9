"""The page of an organization's members: who is in, who is on their way in, and what one may do about it."""

from collections.abc import Callable

from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from tocsin.http.errors import page_of
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import InvitationId
from tocsin.members.approvals import (
    approve_member_invitation,
    describe_request,
    invite,
    make_invitation_link,
    reject_member_invitation,
    resend_invitation,
    revoke_invitation,
)
from tocsin.members.authorize import authorize
from tocsin.members.invitations import find_invite_mails, get_invitation, list_open_invitations
from tocsin.members.join_requests import allow_join_requests
from tocsin.members.models import REQUESTED, Invitation
from tocsin.members.organization_service import list_members
from tocsin.members.people import (
    change_role,
    deactivate_member,
    get_member,
    reactivate_member,
    remove_member,
)
from tocsin.members.requests import list_invited_teams
from tocsin.notifications.approvals import request_invitation
from tocsin.organizations.models import Organization, Team
from tocsin.organizations.permit import Permit, Role, Verb
from tocsin.organizations.queries import list_teams
from tocsin.web.place import Place, open_place, show
from tocsin.web.refusals import TOLD_ON_THE_PAGE, WRITER_SECONDS, refusals_on_record

MEMBER_CHANGES: dict[str, Callable[..., None]] = {
    "deactivate": deactivate_member,
    "reactivate": reactivate_member,
    "remove": remove_member,
}
"""What the buttons beside a member do; changing the role takes a role, too."""


def show_members(visit: SignedInVisit) -> Response:
    """Everybody who is in or on their way in."""
    return _page(visit)


def accept_invite(visit: SignedInVisit) -> Response:
    """Invite somebody; whoever may not do that by themselves asks those who may."""

    def do(session: Session, place: Place) -> str | None:
        email, role = visit.field("email"), _role(visit)
        teams = _teams(session, visit, place)
        if not place.may(Verb.EDIT_MEMBERS):
            permit = authorize(session, visit.person.user_id, Verb.SEE, place.scope, source=PAGE)
            request_invitation(session, permit, email=email, role=role, teams=teams, now=visit.now)
            return None
        permit = _permit(session, visit, place)
        issued = invite(session, permit, visit.deps.mailing, email=email, role=role, teams=teams, now=visit.now)
        return issued.link

    return _act(visit, do, target="organization")


def accept_decision(visit: SignedInVisit) -> Response:
    """Approve, reject, send again, make a link for, or take back one request or invitation."""
    invitation_id = InvitationId(_number(visit, "invitation"))

    def do(session: Session, place: Place) -> str | None:
        permit = _permit(session, visit, place)
        invitation = get_invitation(session, place.organization.id, invitation_id)
        return _decide(session, visit, permit, invitation)

    return _act(visit, do, target=f"invitation:{invitation_id}")


def accept_change(visit: SignedInVisit) -> Response:
    """Change a member's role, switch their place off or on, or take them out."""
    member_id = _number(visit, "member")

    def do(session: Session, place: Place) -> None:
        permit = _permit(session, visit, place)
        member = get_member(session, place.organization.id, member_id)
        change = visit.field("do")
        if change == "role":
            change_role(session, permit, member, _role(visit), now=visit.now)
        elif change in MEMBER_CHANGES:
            MEMBER_CHANGES[change](session, permit, member, now=visit.now)
        else:
            raise InvalidInputError("Choose what to do with this member.")

    return _act(visit, do, target=f"member:{member_id}")


def accept_join_requests(visit: SignedInVisit) -> Response:
    """Let anybody ask to join, or nobody."""

    def do(session: Session, place: Place) -> None:
        permit = _permit(session, visit, place)
        organization = session.get_one(Organization, place.organization.id)
        allow_join_requests(session, permit, organization, are_allowed=visit.field("allow") == "on", now=visit.now)

    return _act(visit, do, target="organization")


def _decide(session: Session, visit: SignedInVisit, permit: Permit, invitation: Invitation) -> str | None:
    """Do what the button says; the link to pass on, if there is one."""
    mailing, now = visit.deps.mailing, visit.now
    match visit.field("do"):
        case "approve":
            return approve_member_invitation(session, permit, invitation, mailing, now=now).link
        case "reject":
            reject_member_invitation(session, permit, invitation, now=now)
        case "resend":
            return resend_invitation(session, permit, invitation, mailing, now=now).link
        case "link":
            return make_invitation_link(session, permit, invitation, mailing, now=now)
        case "revoke":
            revoke_invitation(session, permit, invitation, now=now)
        case _:
            raise InvalidInputError("Choose what to do with this request.")
    return None


def _act(visit: SignedInVisit, do: Callable[[Session, Place], str | None], *, target: str) -> Response:
    """One transaction; what stands in its way is told on the page, and a link that was made is shown there, once."""
    try:
        with refusals_on_record(visit, target=target), write(visit.deps.database, timeout=WRITER_SECONDS) as session:
            place = open_place(session, visit)
            link = do(session, place)
    except TOLD_ON_THE_PAGE as error:
        return _page(visit, sentence=str(error), status=page_of(error).status)
    if link is not None:
        return _page(visit, link=link)
    return RedirectResponse(f"/{place.organization.slug}/members/", status_code=303)


def _page(visit: SignedInVisit, *, sentence: str = "", link: str = "", status: int = 200) -> Response:
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        may_edit = place.may(Verb.EDIT_MEMBERS)
        invitations = list_open_invitations(session, place.organization.id)
        facts = {
            "members": list_members(session, place.organization.id),
            "requests": [one for one in invitations if one.status in REQUESTED],
            "invited": [one for one in invitations if one.status not in REQUESTED],
            "mails": find_invite_mails(session, invitations),
            "teams": list_teams(session, place.organization.id),
            "teams_of": {one.id: list_invited_teams(session, one) for one in invitations},
        }
    facts |= {
        "may_edit": may_edit,
        "roles": [role for role in Role if role.rank <= place.membership.role.rank],
        "own_rank": place.membership.role.rank,
        "rank_of": {role: role.rank for role in Role},
        "describe_request": describe_request,
        "has_mail": visit.deps.mailing.is_on,
        "join_address": f"{visit.deps.settings.link_base}/{place.organization.slug}/join/",
        "sentence": sentence,
        "link": link,
        "typed": {"email": visit.field("email"), "role": visit.field("role")}
        if sentence
        else {"email": "", "role": ""},
    }
    return show("members.html", visit, facts, place=place, section="members", status=status)


def _permit(session: Session, visit: SignedInVisit, place: Place) -> Permit:
    return authorize(session, visit.person.user_id, Verb.EDIT_MEMBERS, place.scope, source=PAGE)


def _role(visit: SignedInVisit) -> Role:
    try:
        return Role(visit.field("role"))
    except ValueError:
        raise InvalidInputError("Choose one of the roles.") from None


def _teams(session: Session, visit: SignedInVisit, place: Place) -> list[Team]:
    wanted = {slug.strip() for slug in visit.form.get("team", ()) if slug.strip()}
    return [team for team in list_teams(session, place.organization.id) if team.slug in wanted]


def _number(visit: SignedInVisit, name: str) -> int:
    """A number in the address; 0, which nothing has, for anything else."""
    text = visit.request.path_params[name]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
