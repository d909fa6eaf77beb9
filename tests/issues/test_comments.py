"""Who may say something about an issue, and change or take back what was said."""

import pytest
from sqlalchemy import select

from tests.support.acme import NOW, make_issue, make_organization, make_person, make_project
from tocsin.activities.models import Activity
from tocsin.issues.act import IssueAction, act
from tocsin.issues.comments import COMMENT_LENGTH, edit_comment, list_comments, remove_comment
from tocsin.issues.errors import AlreadyDoneError, CommentNotFoundError
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import InvalidInputError
from tocsin.members.errors import NotAllowedError
from tocsin.organizations.audit import AuditEntry
from tocsin.organizations.permit import Role, Source, Via

PAGE = Source(Via.PAGE)


@pytest.fixture
def home(database):
    return make_organization(database)


@pytest.fixture
def ada(database, home):
    return make_person(database, home)


@pytest.fixture
def issue(database, home):
    return make_issue(database, make_project(database, home))


def say(database, person, issue, text):
    with write(database) as session:
        action = IssueAction("comment", text=text)
        return act(session, user_id=person, source=PAGE, issue_id=issue, action=action, now=NOW).id


def edit(database, person, comment, text):
    with write(database) as session:
        edit_comment(session, comment, text, user_id=person, source=PAGE, now=NOW)


def remove(database, person, comment):
    with write(database) as session:
        remove_comment(session, comment, user_id=person, source=PAGE, now=NOW)


def said_about(database, issue):
    with read(database) as session:
        return [(each.actor_label, each.data["text"]) for each in list_comments(session, issue)]


def test_a_comment_keeps_its_lines_and_loses_the_blanks_around_it(database, ada, issue):
    say(database, ada, issue, "  one\r\ntwo \n")

    assert said_about(database, issue) == [("Ada", "one\ntwo")]


@pytest.mark.parametrize("text", ["", " \n\t", "x" * (COMMENT_LENGTH + 1)])
def test_an_empty_or_endless_comment_is_refused(database, ada, issue, text):
    with pytest.raises(InvalidInputError):
        say(database, ada, issue, text)


def test_its_author_changes_a_comment_and_it_is_told_anew(database, ada, issue):
    comment = say(database, ada, issue, "the cache")
    with write(database) as session:
        session.get_one(Activity, comment).announced_at = NOW

    edit(database, ada, comment, "the clock")

    with read(database) as session:
        activity = session.get_one(Activity, comment)
    assert (activity.data, activity.announced_at) == ({"text": "the clock", "edited": True, "revised": True}, None)


def test_an_edit_before_it_was_told_only_changes_what_will_be_said(database, ada, issue):
    comment = say(database, ada, issue, "the cache")

    edit(database, ada, comment, "the clock")

    with read(database) as session:
        assert session.get_one(Activity, comment).data == {"text": "the clock", "edited": True}


def test_what_was_taken_back_is_kept_nowhere(database, ada, issue):
    comment = say(database, ada, issue, "my password is hunter2")

    remove(database, ada, comment)

    with read(database) as session:
        kept = [str(each.data) for each in session.scalars(select(Activity))]
        kept += [str(each.data) for each in session.scalars(select(AuditEntry))]
    assert said_about(database, issue) == []
    assert "hunter2" not in "".join(kept)
    with pytest.raises(CommentNotFoundError):
        edit(database, ada, comment, "again")


def test_somebody_elses_comment_is_changed_by_admins_alone(database, home, ada, issue):
    comment = say(database, ada, issue, "the cache")
    grace = make_person(database, home, "Grace")
    adam = make_person(database, home, "Adam", Role.ADMIN)

    for change in (lambda: edit(database, grace, comment, "no"), lambda: remove(database, grace, comment)):
        with pytest.raises(NotAllowedError):
            change()
    remove(database, adam, comment)

    assert said_about(database, issue) == []


def test_whoever_may_not_see_the_issue_is_answered_as_if_there_were_no_comment(database, ada, issue):
    comment = say(database, ada, issue, "the cache")
    stranger = make_person(database, make_organization(database, "elsewhere"), "Zoe", Role.OWNER)

    with pytest.raises(CommentNotFoundError):
        edit(database, stranger, comment, "no")


def test_an_edit_that_changes_nothing_is_refused(database, ada, issue):
    comment = say(database, ada, issue, "the cache")

    with pytest.raises(AlreadyDoneError):
        edit(database, ada, comment, " the cache ")
