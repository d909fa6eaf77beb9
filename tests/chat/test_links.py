"""Links that prove who somebody is: once, soon, for one purpose, and opaque."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.support.acme import NOW
from tocsin.chat.errors import LinkExpiredError
from tocsin.chat.links import (
    LIVES,
    LinkPurpose,
    build_linking_url,
    build_undo_url,
    build_unlinking_url,
    find_link,
    use_link,
)
from tocsin.chat.models import Integration, LinkNonce
from tocsin.kernel.db import Database, read, write

BASE = "https://tocsin.example.com"
BUILDERS = {
    LinkPurpose.LINK: build_linking_url,
    LinkPurpose.UNLINK: build_unlinking_url,
    LinkPurpose.UNDO: build_undo_url,
}
JUST_IN_TIME = timedelta(minutes=15, seconds=-1)


@pytest.fixture
def workspace(database):
    with write(database) as session:
        integration = Integration(
            external_id="T0ACME", name="Acme", sealed_bot_token="", sealed_signing_secret="", created_at=NOW
        )
        session.add(integration)
        session.flush()
        return integration.id


def make_nonce(database: Database, workspace, *, purpose=LinkPurpose.LINK, now=NOW) -> str:
    with write(database) as session:
        url = BUILDERS[purpose](session, workspace, "U0ADA", display_name="Ada", base_url=BASE, now=now)
    return url.rpartition("/")[2]


def use(database: Database, nonce: str, purpose=LinkPurpose.LINK, *, now=NOW) -> tuple[int, str, str]:
    with write(database) as session:
        link = use_link(session, nonce, purpose, now=now)
        return link.integration_id, link.external_id, link.display_name


def test_the_address_carries_256_random_bits_and_nothing_else(database, workspace):
    with write(database) as session:
        given = {"display_name": "Ada", "base_url": f"{BASE}/", "now": NOW}
        urls = [build_linking_url(session, workspace, "U0ADA", **given) for _ in range(2)]

    assert all(re.fullmatch(r"https://tocsin\.example\.com/link/[\w-]{43}", url) for url in urls)
    assert urls[0] != urls[1]


def test_the_database_keeps_only_a_hash_of_it(database, workspace):
    nonce = make_nonce(database, workspace)

    with read(database) as session:
        row = session.scalars(select(LinkNonce)).one()
        stored = [str(getattr(row, column.name)) for column in LinkNonce.__table__.columns]
    assert nonce not in stored


def test_looking_at_a_link_does_not_use_it_and_using_it_does(database, workspace):
    nonce = make_nonce(database, workspace)

    with read(database) as session:
        looks = [find_link(session, nonce, now=NOW + JUST_IN_TIME) for _ in range(2)]
    used = use(database, nonce, now=NOW + JUST_IN_TIME)

    assert [look is not None and look.purpose == LinkPurpose.LINK for look in looks] == [True, True]
    assert used == (workspace, "U0ADA", "Ada")


def test_a_used_link_is_good_for_nothing(database, workspace):
    nonce = make_nonce(database, workspace)
    use(database, nonce)

    with pytest.raises(LinkExpiredError):
        use(database, nonce)

    with read(database) as session:
        assert find_link(session, nonce, now=NOW) is None


@pytest.mark.parametrize(
    ("purpose", "life"),
    [
        (LinkPurpose.LINK, timedelta(minutes=15)),
        (LinkPurpose.UNLINK, timedelta(minutes=15)),
        (LinkPurpose.UNDO, timedelta(days=7)),
    ],
)
def test_a_link_that_outlived_its_purpose_is_good_for_nothing(database, workspace, purpose, life):
    nonce = make_nonce(database, workspace, purpose=purpose)

    with pytest.raises(LinkExpiredError):
        use(database, nonce, purpose, now=NOW + life)

    with read(database) as session:
        assert find_link(session, nonce, now=NOW + life) is None
        assert find_link(session, nonce, now=NOW + life - timedelta(seconds=1)) is not None


@pytest.mark.parametrize("made_for", LinkPurpose)
def test_a_link_for_one_purpose_is_no_link_for_another(database, workspace, made_for):
    nonce = make_nonce(database, workspace, purpose=made_for)

    for other in set(LinkPurpose) - {made_for}:
        with pytest.raises(LinkExpiredError):
            use(database, nonce, other)

    assert use(database, nonce, made_for) == (workspace, "U0ADA", "Ada")


def test_a_link_that_was_never_made_answers_like_one_that_was_used(database):
    with pytest.raises(LinkExpiredError, match="used already or is older"):
        use(database, "a" * 43)


def test_a_use_that_fails_halfway_leaves_the_link_good(database, workspace):
    nonce = make_nonce(database, workspace)

    with write(database) as session:
        use_link(session, nonce, LinkPurpose.LINK, now=NOW)
        session.rollback()

    assert use(database, nonce) == (workspace, "U0ADA", "Ada")


def test_old_links_are_cleared_away_when_a_new_one_is_made(database, workspace):
    make_nonce(database, workspace)

    make_nonce(database, workspace, now=NOW + max(LIVES.values()))

    with read(database) as session:
        assert len(session.scalars(select(LinkNonce)).all()) == 1
