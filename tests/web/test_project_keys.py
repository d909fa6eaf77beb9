"""The keys of a project on its page: each makes a DSN, until it is switched off."""

import re
from datetime import timedelta

from sqlalchemy import select

from tocsin.intake.received import IntakeOutcome, Received, add_received
from tocsin.issues.counters import hour_of
from tocsin.kernel.db import read, write
from tocsin.organizations.audit import AuditEntry
from tocsin.organizations.keys import KEYS_AT_MOST, list_keys

PAGE = "/acme/projects/web/"


def keys_of(world, project="web"):
    with read(world.database) as session:
        return list(list_keys(session, world.projects[project]))


def dsns_on(page):
    return set(re.findall(r'<code id="dsn-\d+">http://([0-9a-f]{32})@', page))


def switch(world, person, key, do, project="web"):
    return world.browser_of(person).post(f"/acme/projects/{project}/keys/{key.public_key}/", {"do": do})


def test_an_admin_makes_a_further_key_and_both_are_shown(world):
    adam = world.browser_of("adam")

    response = adam.post(f"{PAGE}keys/", {"label": "  the shop's   browsers "})

    first, second = keys_of(world)
    assert response.headers["Location"] == f"{PAGE}#keys"
    assert dsns_on(adam.get(PAGE).text) == {first.public_key, second.public_key}
    assert second.label == "the shop's browsers"


def test_a_key_that_is_switched_off_makes_no_dsn_and_can_be_switched_on_again(world):
    [key] = keys_of(world)

    switch(world, "adam", key, "off")
    without = world.browser_of("adam").get(PAGE).text
    switch(world, "adam", key, "on")

    assert (dsns_on(without), "nothing can report to it" in without) == (set(), True)
    assert dsns_on(world.browser_of("adam").get(PAGE).text) == {key.public_key}


def test_the_audit_log_tells_of_keys_by_what_they_are_for(world):
    world.browser_of("adam").post(f"{PAGE}keys/", {"label": "browsers"})
    key = keys_of(world)[1]
    switch(world, "adam", key, "off")
    switch(world, "adam", key, "on")

    with read(world.database) as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.event.startswith("project_key.")).order_by(AuditEntry.id)
        ).all()
    assert [entry.event for entry in entries] == ["project_key.add", "project_key.disable", "project_key.enable"]
    assert [(entry.actor_label, entry.data["label"]) for entry in entries] == [("Adam", "browsers")] * 3
    assert all(key.public_key not in str(entry.data) for entry in entries)


def test_the_page_tells_what_came_with_each_key_in_a_week(world):
    world.browser_of("adam").post(f"{PAGE}keys/", {"label": "browsers"})
    old, new = keys_of(world)
    with write(world.database) as session:
        for key, ago, events in ((old, 8, 700), (old, 2, 30), (old, 0, 4)):
            hour = hour_of(world.clock() - timedelta(days=ago))
            add_received(session, {Received(key.project_id, hour, key.id, IntakeOutcome.ACCEPTED): events})
        refused = Received(new.project_id, hour_of(world.clock()), new.id, IntakeOutcome.RATE_LIMITED)
        add_received(session, {refused: 9})

    page = world.browser_of("ada").get(PAGE).text

    assert re.findall(r"(\w+) events? taken with it in seven days", page) == ["34", "0"]


def test_what_cannot_be_is_told_on_the_page_and_changes_nothing(world):
    [key] = keys_of(world)
    adam = world.browser_of("adam")

    refused = [
        adam.post(f"{PAGE}keys/", {"label": " "}),
        adam.post(f"{PAGE}keys/", {"label": "x" * 65}),
        switch(world, "adam", key, "on"),
        switch(world, "adam", key, "sideways"),
    ]

    assert [response.status_code for response in refused] == [400, 400, 409, 400]
    assert all('role="alert"' in response.text for response in refused)
    assert [(each.public_key, each.is_active) for each in keys_of(world)] == [(key.public_key, True)]


def test_a_project_has_so_many_keys_at_most(world):
    adam = world.browser_of("adam")

    statuses = [adam.post(f"{PAGE}keys/", {"label": f"key {number}"}).status_code for number in range(KEYS_AT_MOST)]

    assert statuses == [303] * (KEYS_AT_MOST - 1) + [400]
    assert len(keys_of(world)) == KEYS_AT_MOST


def test_a_key_of_another_project_is_not_there(world):
    [key] = keys_of(world, "pay")

    response = switch(world, "adam", key, "off")

    assert (response.status_code, keys_of(world, "pay")[0].is_active) == (404, True)


def test_a_member_sees_the_keys_and_changes_none(world):
    [key] = keys_of(world)

    response = switch(world, "ada", key, "off")

    page = world.browser_of("ada").get(PAGE).text
    assert (response.status_code, keys_of(world)[0].is_active) == (403, True)
    assert (dsns_on(page), "Switch off" in page) == ({key.public_key}, False)
