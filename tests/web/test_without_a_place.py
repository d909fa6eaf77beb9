"""Whoever lost their place or their account is shown nothing and changes nothing: walked over every page there is."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from tests.web.routes import ALL, OF_AN_ORGANIZATION, POSTED, PRIVATE, address
from tests.web.world import CSRF, World
from tocsin.kernel.db import Base, read, write
from tocsin.members.models import Member, User
from tocsin.members.people import deactivate_member, remove_member
from tocsin.organizations.permit import Permit, Scope, Via

Loss = Callable[[Session, World, Member], object]
"""What Mona, a manager, loses."""

ACMES = [*OF_AN_ORGANIZATION, "link", "link.accept"]
"""What one needs a place in Acme for."""
FREE = [name for name in ALL if name not in {*PRIVATE, "undo.accept"}]
"""What nobody signs in for. Undoing a link is left out: whoever holds its address may do that, without an account."""
NOTED = {"audit_entries", "audit_heads", "sign_in_tries"}
"""The tables in which a refusal leaves its mark."""
HIDDEN = ("ZeroDivisionError", "division by zero", "olga@example.com", "adam@example.com", "C0OPS")


def switched_off(session: Session, world: World, member: Member) -> None:
    deactivate_member(session, system(world), member, now=world.clock())


def removed(session: Session, world: World, member: Member) -> None:
    remove_member(session, system(world), member, now=world.clock())


def account_deactivated(session: Session, _world: World, member: Member) -> None:
    session.execute(update(User).where(User.id == member.user_id).values(is_active=False))


def account_removed(session: Session, _world: World, member: Member) -> None:
    session.execute(delete(User).where(User.id == member.user_id))


def system(world: World) -> Permit:
    return Permit.system("tests", Scope(world.organizations["acme"]), Via.CLI)


def paths_of(world: World) -> Mapping[str, str]:
    """The address of every page, each about things of Acme's that are there."""
    return {name: address(world, name, organization="acme", project="web")[1] for name in ALL}


def lose(world: World, loss: Loss) -> None:
    with write(world.database) as session:
        loss(session, world, session.scalars(select(Member).where(Member.user_id == world.people["mona"])).one())


def rows(world: World, *, but: Sequence[str] = ()) -> Mapping[str, Any]:
    """Everything that is stored, but for what refusals leave behind."""
    tables = [table for table in Base.metadata.sorted_tables if table.name not in {*NOTED, *but}]
    with read(world.database) as session:
        return {table.name: sorted(map(repr, session.execute(select(table)).all())) for table in tables}


def ask(client: Any, name: str, path: str, token: str) -> Any:
    if ALL[name][0] == "GET":
        return client.get(path)
    return client.post(path, data={**POSTED[name], CSRF: token})


@pytest.mark.parametrize("loss", [switched_off, removed])
def test_without_a_place_nothing_of_the_organization_is_found_or_changed(world: World, loss: Loss):
    paths = paths_of(world)
    lose(world, loss)
    mona = world.browser_of("mona")
    before = rows(world)

    answers = {name: ask(mona.client, name, paths[name], mona.csrf_token) for name in ACMES}

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(ACMES, 404)
    assert [name for name, answer in answers.items() if any(word in answer.text for word in HIDDEN)] == []
    assert rows(world) == before


@pytest.mark.parametrize("loss", [switched_off, removed])
def test_without_a_place_ones_own_pages_work_and_tell_nothing_of_the_organization(sqlite_world: World, loss: Loss):
    paths = paths_of(sqlite_world)
    lose(sqlite_world, loss)
    own = [name for name in ALL if name not in ACMES]
    before = rows(sqlite_world, but=["sign_ins", "users"])

    answers = {}
    for name in own:  # each in a browser of its own, for some of these sign out
        mona = sqlite_world.browser_of("mona")
        answers[name] = ask(mona.client, name, paths[name], mona.csrf_token)

    assert [name for name, answer in answers.items() if answer.status_code >= 500] == []
    assert [name for name, answer in answers.items() if any(word in answer.text for word in HIDDEN)] == []
    assert rows(sqlite_world, but=["sign_ins", "users"]) == before


@pytest.mark.parametrize("loss", [account_deactivated, account_removed])
def test_an_account_that_is_gone_is_signed_out_of_every_page_and_changes_nothing(world: World, loss: Loss):
    paths, mona = paths_of(world), world.browser_of("mona")
    lose(world, loss)
    before = rows(world)

    answers = {name: ask(mona.client, name, paths[name], mona.csrf_token) for name in PRIVATE}

    places = {(answer.status_code, answer.headers["Location"].split("?")[0]) for answer in answers.values()}
    assert places == {(303, "/sign-in/")}
    assert rows(world) == before


@pytest.mark.parametrize("loss", [account_deactivated, account_removed])
def test_the_pages_for_anybody_know_nothing_of_an_account_that_is_gone(sqlite_world: World, loss: Loss):
    paths, mona = paths_of(sqlite_world), sqlite_world.browser_of("mona")
    lose(sqlite_world, loss)
    mona.client.get("/sign-in/")
    before = rows(sqlite_world)

    answers = {name: ask(mona.client, name, paths[name], mona.client.cookies["tocsin-form"]) for name in FREE}

    statuses = {name: answer.status_code for name, answer in answers.items()}
    shown = {"sign_in", "password.forgotten", "password.ask", "undo"}
    assert {name for name, status in statuses.items() if status == 200} == shown
    assert {status for name, status in statuses.items() if name not in shown} == {401, 404}
    assert [name for name, answer in answers.items() if any(word in answer.text for word in HIDDEN)] == []
    assert rows(sqlite_world) == before
