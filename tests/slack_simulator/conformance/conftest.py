"""Fixtures of the conformance suite."""

import pytest

from tests.slack_simulator.conformance.listening import Events, Heard


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def events(bolt):
    return Events(bolt)


@pytest.fixture
def deaf(events):
    """A Bolt app without a listener: it answers 404 to every event."""
    return events


@pytest.fixture
def listening(bolt, events):
    """A Bolt app that takes every event."""
    bolt.event({"type": "message"})(lambda: None)
    for kind in (
        "app_mention",
        "link_shared",
        "member_joined_channel",
        "channel_rename",
        "app_home_opened",
        "reaction_added",
    ):
        bolt.event(kind)(lambda: None)
    return events
