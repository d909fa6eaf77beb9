"""A workspace to deliver to."""

import pytest

from tests.deliveries.world import World, make_world
from tocsin.kernel.db import Database


@pytest.fixture
def world(database: Database) -> World:
    return make_world(database)
