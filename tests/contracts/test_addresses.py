"""No organization is called like the first word of an address of ours: its pages could never be reached."""

import pytest
from cryptography.fernet import Fernet
from starlette.routing import BaseRoute, Mount, Route

from tests.support.acme import NOW
from tocsin.bootstrap import Process
from tocsin.kernel.db import Database, write
from tocsin.organizations.create import FIRST_WORDS, create_organization
from tocsin.organizations.errors import BadSlugError
from tocsin.organizations.permit import Via
from tocsin.settings import Settings


@pytest.fixture
def database(sqlite_database_url):
    opened = Database.open(sqlite_database_url)
    yield opened
    opened.close()


def first_word(route: BaseRoute) -> str:
    assert isinstance(route, Route | Mount), route
    return route.path.strip("/").partition("/")[0]


def test_the_first_word_of_each_address_is_kept_from_organizations(database, tmp_path):
    settings = Settings(data_dir=tmp_path, secret_keys=Fernet.generate_key().decode())

    words = {first_word(route) for route in Process(settings, database).application().routes}

    assert {word for word in words if word and "{" not in word} == FIRST_WORDS


@pytest.mark.parametrize("slug", sorted(FIRST_WORDS))
def test_an_organization_cannot_be_called_like_an_address_of_ours(database, slug):
    with pytest.raises(BadSlugError, match="choose another name"), write(database) as session:
        create_organization(session, slug, reason="a test", via=Via.CLI, now=NOW)
