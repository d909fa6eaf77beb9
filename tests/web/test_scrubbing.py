"""What is taken out of events, on the page of a project."""

from tocsin.events.scrubbing import ScrubRules
from tocsin.intake.scrub_rules import scrub_rules_of
from tocsin.kernel.db import read
from tocsin.organizations.models import Project


def rules_of(world):
    with read(world.database) as session:
        return scrub_rules_of(session.get_one(Project, world.projects["web"]))


def test_an_admin_has_more_taken_out_and_sees_it_on_the_page(world):
    adam = world.browser_of("adam")

    fields = {"more_names": "birth-date\r\naccount", "harmless_names": "session_count", "ip_addresses": "on"}
    response = adam.post("/acme/projects/web/scrubbing/", fields)

    page = adam.get(response.headers["Location"]).text
    assert rules_of(world) == ScrubRules(
        frozenset({"birth-date", "account"}), frozenset({"session_count"}), ip_addresses=True
    )
    assert "account, birth-date</textarea>" in page


def test_a_name_that_cannot_be_one_is_told_on_the_page_and_nothing_is_kept(world):
    response = world.browser_of("adam").post("/acme/projects/web/scrubbing/", {"more_names": "ok, <b>", "emails": "on"})

    assert (response.status_code, "cannot be a name" in response.text, rules_of(world)) == (400, True, ScrubRules())
