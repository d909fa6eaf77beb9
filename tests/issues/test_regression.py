"""When an event brings a resolved issue back."""

from datetime import timedelta

import pytest

from tests.support.acme import NOW
from tocsin.issues.models import IssueStatus, Resolution
from tocsin.issues.regression import brings_back, can_regress
from tocsin.kernel.ids import ReleaseId
from tocsin.organizations.models import Release

OLD, FIXED, NEW = (
    Release(id=ReleaseId(day), version=f"shop@1.{day}.0", first_seen=NOW + timedelta(days=day)) for day in (1, 2, 3)
)


@pytest.mark.parametrize(
    ("resolution", "resolved_in", "seen_in", "is_back"),
    [
        (Resolution.NOW, None, None, True),
        (Resolution.NOW, None, OLD, True),
        (Resolution.AGE, None, OLD, True),
        (Resolution.RELEASE, FIXED, OLD, False),
        (Resolution.RELEASE, FIXED, FIXED, True),
        (Resolution.RELEASE, FIXED, NEW, True),
        (Resolution.RELEASE, FIXED, None, True),
        (Resolution.RELEASE, None, OLD, True),
        (Resolution.NEXT_RELEASE, None, OLD, False),
        (Resolution.NEXT_RELEASE, None, None, False),
        (Resolution.NEXT_RELEASE, FIXED, OLD, False),
        (Resolution.NEXT_RELEASE, FIXED, FIXED, True),
        (Resolution.COMMIT, None, NEW, False),
        (Resolution.COMMIT, FIXED, OLD, False),
        (Resolution.COMMIT, FIXED, NEW, True),
    ],
)
def test_an_event_brings_an_issue_back_unless_it_cannot_have_the_fix(resolution, resolved_in, seen_in, is_back):
    assert brings_back(resolution, resolved_in, seen_in) == is_back


def test_only_a_resolved_issue_can_come_back():
    assert [status for status in IssueStatus if can_regress(status)] == [IssueStatus.RESOLVED]
