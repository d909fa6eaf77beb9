"""The rule of regression: when a new event brings an issue back."""

from tocsin.issues.models import IssueStatus


def is_regression(status: str) -> bool:
    """Whether an event that arrives now brings back an issue that is in `status`.

    An archived issue stays put: somebody decided that more of the same is no news.
    """
    return status == IssueStatus.RESOLVED
