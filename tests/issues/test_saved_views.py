"""Saved views belong to a member, or to all; each member opens one first."""

import pytest
from sqlalchemy import select

from tests.support.acme import NOW, make_organization, make_person
from tocsin.issues.saved_views import (
    VIEWS_AT_MOST,
    View,
    ViewNameTakenError,
    ViewNotFoundError,
    list_views,
    open_first,
    remove_view,
    rename_view,
    save_view,
    verb_of,
)
from tocsin.issues.search import Order
from tocsin.issues.search_query import SearchError
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import OrganizationId, UserId
from tocsin.members.authorize import authorize
from tocsin.members.errors import NotAllowedError
from tocsin.organizations.audit import AuditEntry
from tocsin.organizations.permit import Permit, Role, Scope, Source, Via

PAGE = Source(Via.PAGE)


class Acme:
    """Ada, an admin, and Ben, a member."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.home: OrganizationId = make_organization(database)
        self.ada = make_person(database, self.home, "Ada", Role.ADMIN)
        self.ben = make_person(database, self.home, "Ben")

    def save(self, who: UserId, name: str, query: str = "is:new", *, is_shared: bool = False) -> View:
        with write(self.database) as session:
            permit = authorize(session, who, verb_of(is_shared=is_shared), Scope(self.home), source=PAGE)
            return save_view(session, permit, name=name, query=query, order=Order.EVENTS, is_shared=is_shared, now=NOW)

    def remove(self, who: UserId, view: View) -> None:
        with write(self.database) as session:
            permit: Permit = authorize(session, who, verb_of(is_shared=view.is_shared), Scope(self.home), source=PAGE)
            remove_view(session, permit, view.id, now=NOW)

    def rename(self, who: UserId, view: View, name: str) -> None:
        with write(self.database) as session:
            permit = authorize(session, who, verb_of(is_shared=view.is_shared), Scope(self.home), source=PAGE)
            rename_view(session, permit, view.id, name=name, now=NOW)

    def told(self) -> list[tuple[str, dict[str, str]]]:
        """What the audit log has of views, as (event, data)."""
        with read(self.database) as session:
            entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
            return [(entry.event, entry.data) for entry in entries if entry.event.startswith("view.")]

    def first(self, who: UserId, view: View | None) -> None:
        with write(self.database) as session:
            open_first(session, self.home, who, None if view is None else view.id)

    def names(self, who: UserId) -> list[tuple[str, bool, bool]]:
        """Each view as (name, is shared, is opened first)."""
        with read(self.database) as session:
            return [(view.name, view.is_shared, view.is_default) for view in list_views(session, self.home, who)]


@pytest.fixture
def acme(database: Database) -> Acme:
    return Acme(database)


def test_a_member_has_their_own_views_and_those_that_all_have(acme):
    acme.save(acme.ada, "  All   new ", is_shared=True)
    acme.save(acme.ada, "mine")
    acme.save(acme.ben, "Ben's")

    assert acme.names(acme.ada) == [("mine", False, False), ("All new", True, False)]
    assert acme.names(acme.ben) == [("Ben's", False, False), ("All new", True, False)]


def test_a_member_shares_no_view_and_removes_none_of_others(acme):
    shared, adas = acme.save(acme.ada, "all", is_shared=True), acme.save(acme.ada, "mine")

    for attempt in (lambda: acme.save(acme.ben, "x", is_shared=True), lambda: acme.remove(acme.ben, shared)):
        with pytest.raises(NotAllowedError):
            attempt()
    with pytest.raises(ViewNotFoundError):
        acme.remove(acme.ben, adas)
    assert len(acme.names(acme.ada)) == 2


def test_a_view_is_renamed_and_goes_on_opening_first(acme):
    shared = acme.save(acme.ada, "all", is_shared=True)
    acme.first(acme.ben, shared)

    acme.rename(acme.ada, shared, "  All   new ")

    assert acme.names(acme.ben) == [("All new", True, True)]
    assert acme.told() == [("view.share", {"name": "all"}), ("view.rename", {"name": "All new", "was": "all"})]


def test_whoever_may_not_remove_a_view_does_not_rename_it(acme):
    shared, adas = acme.save(acme.ada, "all", is_shared=True), acme.save(acme.ada, "mine")

    with pytest.raises(NotAllowedError):
        acme.rename(acme.ben, shared, "Ben's")
    with pytest.raises(ViewNotFoundError):
        acme.rename(acme.ben, adas, "Ben's")

    assert acme.names(acme.ada) == [("mine", False, False), ("all", True, False)]


def test_a_view_takes_no_name_of_another_one_but_its_own_in_other_letters(acme):
    mine, _, _ = acme.save(acme.ada, "mine"), acme.save(acme.ada, "loud"), acme.save(acme.ada, "all", is_shared=True)

    with pytest.raises(ViewNameTakenError):
        acme.rename(acme.ada, mine, "LOUD")
    with pytest.raises(InvalidInputError, match="a name of 1 to"):
        acme.rename(acme.ada, mine, " ")
    acme.rename(acme.ada, mine, "Mine")
    acme.rename(acme.ada, mine, "Mine")

    assert [name for name, _, _ in acme.names(acme.ada)] == ["loud", "Mine", "all"]


def test_the_view_that_opens_first_is_each_members_own_choice(acme):
    shared = acme.save(acme.ada, "all", is_shared=True)

    acme.first(acme.ben, shared)

    assert (acme.names(acme.ada), acme.names(acme.ben)) == ([("all", True, False)], [("all", True, True)])
    acme.first(acme.ben, None)
    assert acme.names(acme.ben) == [("all", True, False)]


def test_a_view_that_is_removed_opens_for_nobody(acme):
    shared = acme.save(acme.ada, "all", is_shared=True)
    acme.first(acme.ben, shared)

    acme.remove(acme.ada, shared)

    assert (acme.names(acme.ada), acme.names(acme.ben)) == ([], [])


def test_a_view_has_a_name_of_its_own_and_a_query_that_makes_sense(acme):
    acme.save(acme.ada, "mine")

    with pytest.raises(ViewNameTakenError):
        acme.save(acme.ada, "MINE")
    with pytest.raises(InvalidInputError, match="a name of 1 to"):
        acme.save(acme.ada, "  ")
    with pytest.raises(SearchError, match="Close the quotes"):
        acme.save(acme.ada, "broken", 'a "b')


def test_there_are_only_so_many_views(acme):
    for number in range(VIEWS_AT_MOST):
        acme.save(acme.ada, f"view {number}")

    with pytest.raises(InvalidInputError, match="remove one first"):
        acme.save(acme.ada, "one more")
