"""A mail server that the tests of the mail edge hand over to."""

from collections.abc import Iterator

import pytest

from tests.mail.office import PostOffice
from tests.support.mailbox import Mailbox, running_mailbox
from tocsin.kernel.db import Database


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with running_mailbox() as running:
        yield running


@pytest.fixture
def office(database: Database, mailbox: Mailbox) -> PostOffice:
    return PostOffice(database, mailbox.port)
