"""Issues elsewhere that are the same one."""

from urllib.parse import urlsplit

import pytest

from tests.support.acme import NOW, make_issue, make_organization, make_project, system
from tocsin.activities.describe import describe, plain_text
from tocsin.issues.errors import AlreadyDoneError
from tocsin.issues.external import (
    ExternalIssueNotFoundError,
    label_of,
    link,
    list_external,
    parse_url,
    provider_of,
    unlink,
)
from tocsin.issues.models import Issue
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import InvalidInputError

URL = "https://github.com/acme/shop/issues/12"


@pytest.fixture
def home(database):
    return make_organization(database)


@pytest.fixture
def issue(database, home):
    return make_issue(database, make_project(database, home))


@pytest.mark.parametrize(
    ("url", "provider", "label"),
    [
        (URL, "GitHub", "acme/shop#12"),
        ("https://github.com/acme/shop/pull/12/", "GitHub", "acme/shop#12"),
        ("https://gitlab.com/acme/web/shop/-/issues/7", "GitLab", "acme/web/shop#7"),
        ("https://acme.atlassian.net/browse/SHOP-7", "Jira", "SHOP-7"),
        ("https://linear.app/acme/issue/SHO-7/", "Linear", "SHO-7"),
        ("https://app.asana.com/0/120/345/", "Asana", "345"),
        ("http://tracker.example:8080/", "tracker.example", "tracker.example"),
        ("https://www.notgithub.com/a%20b", "notgithub.com", "a b"),
        ("https://tracker.example/%00SHOP%0a-7", "tracker.example", "SHOP-7"),
        ("https://tracker.example/%00", "tracker.example", "tracker.example"),
    ],
)
def test_an_address_says_what_the_issue_is_called_there(url, provider, label):
    address = urlsplit(url)

    assert (provider_of(address), label_of(address)) == (provider, label)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "SHOP-7",
        "javascript:alert(1)",
        "ftp://example.com/1",
        "https://",
        "https://user:secret@example.com/1",
        "https://example.com/a b",
        "https://example.com/<script>",
        "https://example.com/\u0000",
        "https://[::1",
        "https://example.com/" + "x" * 500,
    ],
)
def test_what_no_browser_should_open_is_refused(url):
    with pytest.raises(InvalidInputError):
        parse_url(url)


def test_a_link_is_kept_once_told_and_forgotten(database, home, issue):
    with write(database) as session:
        row = session.get_one(Issue, issue)
        linked = link(session, row, system(home), URL, now=NOW)
        with pytest.raises(AlreadyDoneError):
            link(session, row, system(home), f" {URL} ", now=NOW)
        kept = [(each.provider, each.label) for each in list_external(session, issue)]
        unlinked = unlink(session, row, system(home), URL, now=NOW)

    with read(database) as session:
        left = list_external(session, issue)
    assert (kept, list(left)) == ([("GitHub", "acme/shop#12")], [])
    assert [plain_text(describe(each) or [], issue="WEB-1") for each in (linked, unlinked)] == [
        "a test linked WEB-1 to the GitHub issue acme/shop#12",
        "a test unlinked WEB-1 from the GitHub issue acme/shop#12",
    ]


def test_a_label_of_ones_own_goes_before_what_the_address_says(database, home, issue):
    with write(database) as session:
        activity = link(session, session.get_one(Issue, issue), system(home), URL, " Cart is empty ", now=NOW)

    assert activity.data["label"] == "Cart is empty"


def test_what_is_not_linked_is_not_unlinked(database, home, issue):
    with pytest.raises(ExternalIssueNotFoundError), write(database) as session:
        unlink(session, session.get_one(Issue, issue), system(home), URL, now=NOW)
