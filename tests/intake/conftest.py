"""A project whose alerts go to a channel, and events that need no SDK."""

import pytest

from tests.intake.world import World, make_world
from tocsin.kernel.db import Database


@pytest.fixture
def world(database: Database) -> World:
    return make_world(database)
