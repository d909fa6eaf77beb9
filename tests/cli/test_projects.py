"""`tocsin projects rename` and `delete`."""

from tests.cli.terminal import Terminal


def test_a_project_gets_another_name_and_keeps_its_slug(acme: Terminal):
    renamed = acme.do("projects", "rename", "web", "The shop")

    assert (renamed["slug"], renamed["name"]) == ("web", "The shop")
    assert [(each["slug"], each["name"]) for each in acme.do("projects", "list")] == [("web", "The shop")]


def test_a_project_is_deleted_once_its_slug_was_said_twice(acme: Terminal):
    asked = acme.type("projects", "delete", "web")
    wrong = acme.type("projects", "delete", "web", "--confirm", "shop")
    before = acme.do("projects", "list")
    deleted = acme.do("projects", "delete", "web", "--confirm", "web")

    assert {(said.code, "Say --confirm web to delete it" in said.err) for said in (asked, wrong)} == {(2, True)}
    assert len(before) == 1
    assert (deleted, acme.do("projects", "list")) == ({"slug": "web", "deleted": True}, [])


def test_only_an_owner_deletes_a_project(acme: Terminal):
    acme.do("members", "add", "--email", "mona@example.com", "--role", "manager")

    refused = acme.type("projects", "delete", "web", "--confirm", "web", "--as", "mona@example.com")

    assert (refused.code, "you need the role owner" in refused.err) == (1, True)


def test_who_sees_a_project_is_chosen_and_shown(acme: Terminal):
    acme.do("members", "add", "--email", "ada@example.com", "--team", "pay")

    opened = acme.do("projects", "access", "web")
    closed = acme.do("projects", "access", "web", "--visible-to", "teams")
    given = acme.do("projects", "access", "web", "--give-to", "#pay")
    taken = acme.do("projects", "access", "web", "--take-from", "pay")

    assert opened == {"slug": "web", "open": True, "teams": [], "people": ["ada", "owner"]}
    assert closed == {"slug": "web", "open": False, "teams": [], "people": ["owner"]}
    assert given == {"slug": "web", "open": False, "teams": ["pay"], "people": ["ada", "owner"]}
    assert taken == closed
