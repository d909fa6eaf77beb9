"""The page of members: inviting, deciding, links to pass on, roles and places; and the page that a link leads to."""

import re

import pytest
from sqlalchemy import select, update

from tests.web.world import COOKIE, CSRF, PASSWORD, World
from tocsin.kernel.db import read, write
from tocsin.members.models import Invitation, Member, SignIn, User
from tocsin.organizations.audit import AuditEntry
from tocsin.organizations.models import Organization

HEDY = "hedy@example.com"
GOOD = "frequencies that hop"
ABOVE_MONA = "The role owner is above your own (manager); an owner can grant every role."


def invite(world: World, email: str = HEDY, *, by: str = "mona", role: str = "member", **more: str):
    return world.browser_of(by).post("/acme/members/invite/", {"email": email, "role": role, **more})


def link_in(response) -> str:
    """The path of the link that a page shows."""
    found = re.search(r"http://testserver(/invitation/[\w-]+/)", response.text)
    assert found is not None
    return found[1]


def open_with_form(client, path: str, fields: dict[str, str]):
    """Look at a page for anybody, and send its form."""
    return client.post(path, data={CSRF: token_of(client.get(path)), **fields})


def token_of(page) -> str:
    """The token that the forms of a page carry."""
    found = re.search(rf'name="{CSRF}" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


def accept(world: World, path: str, *, name: str = "Hedy", password: str = GOOD):
    return open_with_form(world.stranger(), path, {"name": name, "new": password, "again": password})


def statuses(world: World) -> list[str]:
    with read(world.database) as session:
        return [str(one) for one in session.scalars(select(Invitation.status).order_by(Invitation.id))]


def role_of(world: World, email: str) -> str | None:
    with read(world.database) as session:
        member = select(Member.role).join(User, User.id == Member.user_id)
        return session.scalar(member.where(User.email == email, Member.organization_id == world.organizations["acme"]))


def member_id(world: World, person: str) -> int:
    with read(world.database) as session:
        return session.scalars(select(Member.id).where(Member.user_id == world.people[person])).one()


def events(world: World) -> list[str]:
    with read(world.database) as session:
        return list(session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)))


def open_to_requests(world: World) -> None:
    with write(world.database) as session:
        session.execute(update(Organization).values(join_requests=True))


def test_a_manager_invites_and_without_mail_is_shown_the_link_once(world):
    shown = invite(world)

    again = world.browser_of("mona").get("/acme/members/")

    assert shown.status_code == 200
    assert link_in(shown)
    assert 'data-copy="invitation"' in shown.text
    assert "/invitation/" not in again.text
    assert HEDY in again.text


def test_whoever_decides_sees_the_teams_that_come_with_a_yes(world):
    invite(world, team="pay")

    shown = world.browser_of("mona").get("/acme/members/").text

    assert re.search(r'id="invitation-1".*as member, in #pay', shown, re.DOTALL)


def test_whoever_opens_the_link_chooses_name_and_password_and_is_in(world):
    path = link_in(invite(world, team="pay"))

    response = accept(world, path)

    assert (response.status_code, response.headers["location"]) == (303, "/")
    assert role_of(world, HEDY) == "member"
    assert statuses(world) == ["accepted"]
    assert "invite.accept" in events(world)
    assert "#pay" in world.browser_of("mona").get("/acme/members/").text.partition("Hedy")[2].partition("</tr>")[0]


def test_a_link_is_good_for_one_use(world):
    path = link_in(invite(world))
    accept(world, path)

    again = world.stranger().get(path)

    assert again.status_code == 404
    assert "was used already" in again.text


def test_looking_at_a_link_does_not_use_it_up(world):
    path = link_in(invite(world))

    looked = [world.stranger().get(path).status_code for _ in range(3)]

    assert looked == [200] * 3
    assert accept(world, path).status_code == 303


def test_a_link_is_too_old_after_thirty_days(world):
    path = link_in(invite(world))
    with write(world.database) as session:
        session.execute(update(Invitation).values(token_expires_at=world.clock()))

    assert world.stranger().get(path).status_code == 404


def test_somebody_whose_invitation_grew_too_old_can_be_invited_anew(world):
    invite(world)
    with write(world.database) as session:
        session.execute(update(Invitation).values(token_expires_at=world.clock()))

    path = link_in(invite(world, role="admin"))

    assert statuses(world) == ["expired", "approved"]
    assert accept(world, path).status_code == 303
    assert role_of(world, HEDY) == "admin"


def test_a_new_link_ends_the_one_before(world):
    first = link_in(invite(world))

    second = link_in(world.browser_of("mona").post("/acme/members/invitations/1/", {"do": "link"}))

    assert [world.stranger().get(path).status_code for path in (first, second)] == [404, 200]


def test_an_invitation_that_was_taken_back_lets_nobody_in(world):
    path = link_in(invite(world))

    world.browser_of("mona").post("/acme/members/invitations/1/", {"do": "revoke"})

    assert world.stranger().get(path).status_code == 404
    assert statuses(world) == ["revoked"]


@pytest.mark.parametrize("password", ["short", HEDY])
def test_a_password_that_is_easily_guessed_is_refused_and_the_link_stays_good(world, password):
    path = link_in(invite(world))

    response = accept(world, path, password=password)

    assert response.status_code == 400
    assert accept(world, path).status_code == 303


def test_somebody_with_an_account_signs_in_and_says_yes(world):
    path = link_in(invite(world, "ruth@example.com"))
    ruth = world.browser_of("ruth")

    asked = world.stranger().get(path).text
    response = open_with_form(ruth.client, path, {})

    assert "Sign in to join" in asked
    assert response.status_code == 303
    assert role_of(world, "ruth@example.com") == "member"


def test_whoever_joins_one_more_organization_goes_on_under_another_key(world):
    path = link_in(invite(world, "ruth@example.com"))
    ruth = world.browser_of("ruth")
    before = ruth.client.cookies[COOKIE]

    open_with_form(ruth.client, path, {})

    stolen = world.stranger()
    stolen.cookies.set(COOKIE, before)
    assert ruth.get("/account/").status_code == 200
    assert stolen.get("/account/").status_code == 303


def test_an_invitation_is_for_one_address_and_nobody_else_can_use_it(world):
    path = link_in(invite(world))
    ruth = world.browser_of("ruth")
    form = world.stranger()
    token = token_of(form.get(path))
    ruth.client.cookies.update(form.cookies)

    response = ruth.client.post(path, data={CSRF: token})

    assert response.status_code == 409
    assert "signed in as ruth@example.com" in response.text
    assert statuses(world) == ["approved"]


def test_a_link_passed_on_by_hand_does_not_become_the_password_of_somebody_elses_member(world):
    path = link_in(invite(world, "ruth@example.com"))

    response = accept_blindly(world, path)

    assert response.status_code == 409
    with read(world.database) as session:
        assert session.scalar(select(User.password_hash).where(User.email == "ruth@example.com")) is None


def accept_blindly(world: World, path: str):
    """Send the newcomer's form where the page offers none."""
    client = world.stranger()
    token = token_of(client.get("/sign-in/"))
    return client.post(path, data={CSRF: token, "name": "Ruth", "new": GOOD, "again": GOOD})


def test_a_member_asks_and_a_manager_decides(world):
    asked = invite(world, by="ada")

    decided = world.browser_of("mona").post("/acme/members/invitations/1/", {"do": "approve"})

    assert asked.status_code == 303
    assert accept(world, link_in(decided)).status_code == 303
    assert [one for one in events(world) if "invit" in one] == ["invite_request.add", "member.invite", "invite.accept"]


def test_a_request_is_decided_once(world):
    invite(world, by="ada")
    world.browser_of("olga").post("/acme/members/invitations/1/", {"do": "reject"})

    late = world.browser_of("mona").post("/acme/members/invitations/1/", {"do": "approve"})

    assert late.status_code == 409
    assert "Invite request for hedy@example.com was rejected by Olga." in late.text


@pytest.mark.parametrize("do", ["approve", "reject", "resend", "link", "revoke"])
def test_a_member_decides_nothing_and_the_try_is_on_record(world, do):
    invite(world, by="ada")

    response = world.browser_of("ben").post("/acme/members/invitations/1/", {"do": do})

    assert response.status_code == 403
    assert statuses(world) == ["requested_to_be_invited"]
    assert events(world)[-1] == "refused"


def test_nobody_invites_to_a_role_above_their_own(world):
    by_member, by_manager = invite(world, by="ada", role="admin"), invite(world, by="mona", role="owner")

    assert [response.status_code for response in (by_member, by_manager)] == [409, 409]
    assert "The role admin is above your own (member); an owner can grant every role." in by_member.text
    assert ABOVE_MONA in by_manager.text
    assert statuses(world) == []


@pytest.mark.parametrize("change", [{"do": "deactivate"}, {"do": "remove"}, {"do": "role", "role": "member"}])
def test_nobody_changes_the_place_of_somebody_above_their_own_role(world, change):
    response = world.browser_of("mona").post(f"/acme/members/{member_id(world, 'olga')}/", change)

    assert (response.status_code, ABOVE_MONA in response.text) == (409, True)
    assert role_of(world, "olga@example.com") == "owner"


@pytest.mark.parametrize("do", ["link", "resend", "revoke"])
def test_nobody_decides_about_a_role_above_their_own(world, do):
    invite(world, by="olga", role="owner")

    response = world.browser_of("mona").post("/acme/members/invitations/1/", {"do": do})

    assert (response.status_code, ABOVE_MONA in response.text) == (409, True)
    assert statuses(world) == ["approved"]


def test_who_tried_to_reach_above_their_own_role_is_on_record(world):
    invite(world, by="olga", role="owner")

    world.browser_of("mona").post("/acme/members/invitations/1/", {"do": "revoke"})

    with read(world.database) as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.event, entry.actor_user_id, entry.via) == ("refused", world.people["mona"], "page")
    assert (entry.target, entry.data) == ("invitation:1", {"verb": "edit_members"})


@pytest.mark.parametrize("email", ["ada@example.com", HEDY.upper()])
def test_whoever_is_in_or_on_their_way_is_not_invited_again(world, email):
    invite(world)

    response = invite(world, email)

    assert response.status_code == 409
    assert len(statuses(world)) == 1


def test_another_organizations_invitation_is_not_found(world):
    invite(world)

    response = world.browser_of("ruth").post("/rival/members/invitations/1/", {"do": "revoke"})

    assert response.status_code == 404
    assert statuses(world) == ["approved"]


def test_an_organization_that_takes_no_requests_answers_as_if_there_were_none(world):
    closed, unknown = (world.stranger().get(f"/{slug}/join/") for slug in ("acme", "nowhere"))

    assert (closed.status_code, closed.text) == (unknown.status_code, unknown.text)
    assert closed.status_code == 404


def test_anybody_may_ask_to_join_where_that_is_allowed(world):
    world.browser_of("mona").post("/acme/members/join-requests/", {"allow": "on"})

    response = open_with_form(world.stranger(), "/acme/join/", {"email": HEDY, "name": "Hedy"})

    assert "Your request is noted" in response.text
    assert statuses(world) == ["requested_to_join"]


def test_the_page_for_joining_does_not_tell_who_is_in(world):
    open_to_requests(world)

    answers = [
        open_with_form(world.stranger(), "/acme/join/", {"email": email, "name": "X"})
        for email in (HEDY, HEDY, "ada@example.com")
    ]

    told = [re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text) for answer in answers]
    assert len(set(told)) == 1
    assert statuses(world) == ["requested_to_join"]


def test_a_request_to_join_is_not_approved_once_nobody_may_ask_any_more(world):
    open_to_requests(world)
    open_with_form(world.stranger(), "/acme/join/", {"email": HEDY, "name": "Hedy"})
    world.browser_of("mona").post("/acme/members/join-requests/", {"allow": "off"})

    approved = world.browser_of("mona").post("/acme/members/invitations/1/", {"do": "approve"})
    rejected = world.browser_of("mona").post("/acme/members/invitations/1/", {"do": "reject"})

    assert (approved.status_code, rejected.status_code) == (409, 303)


def test_one_address_cannot_ask_without_end(world):
    open_to_requests(world)

    answers = [
        open_with_form(world.stranger(), "/acme/join/", {"email": f"a{number}@example.com", "name": "A"}).status_code
        for number in range(11)
    ]

    assert answers == [200] * 10 + [429]


def test_a_place_that_is_switched_off_shows_nothing_until_it_is_on_again(world):
    mona, ada = world.browser_of("mona"), world.browser_of("ada")
    address = f"/acme/members/{member_id(world, 'ada')}/"

    mona.post(address, {"do": "deactivate"})
    off = ada.get("/acme/issues/").status_code
    mona.post(address, {"do": "reactivate"})

    assert (off, ada.get("/acme/issues/").status_code) == (404, 200)


def test_whoever_has_a_deactivated_account_is_offered_what_helps_and_no_switch(world):
    with write(world.database) as session:
        session.execute(update(User).where(User.email == "ada@example.com").values(is_active=False))

    page = world.browser_of("mona").get("/acme/members/").text

    row = page.partition(f'id="member-{member_id(world, "ada")}"')[2].partition("</tr>")[0]
    assert "account deactivated" in row
    assert "tocsin accounts reactivate ada@example.com" in row
    assert ("Reactivate" in row, "Deactivate" in row, "Remove Ada" in row) == (False, False, True)


def test_a_role_is_changed_on_the_page(world):
    response = world.browser_of("mona").post(
        f"/acme/members/{member_id(world, 'ada')}/", {"do": "role", "role": "admin"}
    )

    assert response.status_code == 303
    assert role_of(world, "ada@example.com") == "admin"


@pytest.mark.parametrize("do", ["deactivate", "remove", "role"])
def test_the_last_owner_stays(world, do):
    response = world.browser_of("olga").post(f"/acme/members/{member_id(world, 'olga')}/", {"do": do, "role": "member"})

    assert response.status_code == 409
    assert role_of(world, "olga@example.com") == "owner"


def test_a_newcomers_session_is_their_own(world):
    response = accept(world, link_in(invite(world)))

    with read(world.database) as session:
        hedy = session.scalars(select(User).where(User.email == HEDY)).one()
        assert session.scalars(select(SignIn.user_id)).all().count(hedy.id) == 1
    assert "tocsin-sign-in" in response.headers["set-cookie"]
    assert hedy.name == "Hedy"
    assert PASSWORD not in response.text


@pytest.mark.parametrize("address", ["members/invitations", "members", "workspace"])
def test_nobody_keeps_their_refusal_out_of_the_log_by_a_long_address(world, address):
    last = "/try-again/" if address == "workspace" else "/"

    answer = world.browser_of("ada").post(f"/acme/{address}/{'7' * 200}{last}", {"do": "approve"})

    assert answer.status_code == 403
    assert events(world)[-1] == "refused"
