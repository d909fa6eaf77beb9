"""Issues elsewhere (GitHub, Jira...) that somebody linked to an issue of ours: kept, shown, and never asked."""

import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import SplitResult, unquote, urlsplit

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tocsin.activities.models import Activity, ActivityType
from tocsin.issues.change import changed
from tocsin.issues.errors import AlreadyDoneError
from tocsin.issues.models import ExternalIssue, Issue
from tocsin.kernel.errors import InvalidInputError, NotFoundError
from tocsin.kernel.ids import IssueId
from tocsin.organizations.permit import Permit

URL_LENGTH = 500
LABEL_LENGTH = 100
UNFIT = re.compile(r"[\s\x00-\x1f\x7f<>\"\\^`{|}]")
"""Signs that no address holds unescaped (RFC 3986), and that would end it in one place or another."""
CONTROLS = re.compile(r"[\x00-\x1f\x7f]")

PROVIDERS = {
    "github.com": "GitHub",
    "gitlab.com": "GitLab",
    "bitbucket.org": "Bitbucket",
    "atlassian.net": "Jira",
    "linear.app": "Linear",
    "app.asana.com": "Asana",
    "app.shortcut.com": "Shortcut",
    "dev.azure.com": "Azure DevOps",
}
"""What people call the places whose hosts end so; any other place is called by its host."""

REPOSITORY_ISSUE = re.compile(
    r"/(?P<name>[^/]+(?:/[^/]+)+?)(?:/-)?/(?:issues|pull|merge_requests)/(?P<number>[0-9]+)/?"
)


class ExternalIssueNotFoundError(NotFoundError):
    """The issue has no link to that address."""

    code = "issues.external_not_found"


def link(
    session: Session, issue: Issue, permit: Permit, url: str, label: str | None = None, *, now: datetime
) -> Activity:
    """Keep that `issue` is also the one at `url`, called `label` there; without one, what its address calls it.

    Raises:
        InvalidInputError: it is no address that a browser opens.
        AlreadyDoneError: it is linked already.
    """
    address = parse_url(url)
    if _find(session, issue.id, address.geturl()) is not None:
        raise AlreadyDoneError(f"{issue.short_id} is already linked to {address.geturl()}")

    external = ExternalIssue(
        issue_id=issue.id,
        url=address.geturl(),
        provider=provider_of(address),
        label=(label or "").strip()[:LABEL_LENGTH] or label_of(address),
        created_at=now,
    )
    session.add(external)
    return changed(session, issue, permit, ActivityType.LINKED, now=now, data=_told(external))


def unlink(session: Session, issue: Issue, permit: Permit, url: str, *, now: datetime) -> Activity:
    """Forget the link of `issue` to `url`.

    Raises:
        ExternalIssueNotFoundError: there is none.
    """
    external = _find(session, issue.id, url.strip())
    if external is None:
        raise ExternalIssueNotFoundError(f"{issue.short_id} is not linked to {url}.")

    told = _told(external)
    session.delete(external)
    return changed(session, issue, permit, ActivityType.UNLINKED, now=now, data=told)


def list_external(session: Session, issue_id: IssueId) -> Sequence[ExternalIssue]:
    """What the issue is linked to, oldest first."""
    return session.scalars(
        select(ExternalIssue).where(ExternalIssue.issue_id == issue_id).order_by(ExternalIssue.id)
    ).all()


def move_links(session: Session, issue: Issue, survivor: Issue) -> None:
    """Give the links of an issue that is merged to the other one, but for those that it has itself."""
    own = select(ExternalIssue.url).where(ExternalIssue.issue_id == survivor.id).scalar_subquery()
    session.execute(
        update(ExternalIssue)
        .where(ExternalIssue.issue_id == issue.id, ExternalIssue.url.not_in(own))
        .values(issue_id=survivor.id)
        .execution_options(synchronize_session=False)
    )


def parse_url(text: str) -> SplitResult:
    """The address that `text` is.

    Raises:
        InvalidInputError: it is none with http or https, a host, and neither a password nor signs that no address has.
    """
    said = text.strip()
    refusal = InvalidInputError("Give the address of the other issue, like https://github.com/acme/shop/issues/12.")
    try:
        address = urlsplit(said)
        host = address.hostname
    except ValueError:
        raise refusal from None
    is_fit = address.scheme in {"http", "https"} and host and "@" not in address.netloc
    if not is_fit or len(said) > URL_LENGTH or UNFIT.search(said):
        raise refusal
    return address


def provider_of(address: SplitResult) -> str:
    """What people call the place, e.g. `GitHub`."""
    host = (address.hostname or "").removeprefix("www.")
    known = (name for end, name in PROVIDERS.items() if host == end or host.endswith(f".{end}"))
    return next(known, host)[:LABEL_LENGTH]


def label_of(address: SplitResult) -> str:
    """What the issue is called there: `acme/shop#12` in a repository, else the last word of the path, else the host."""
    found = REPOSITORY_ISSUE.fullmatch(address.path)
    if found is not None:
        return _unquote(f"{found['name']}#{found['number']}")[:LABEL_LENGTH]
    last = _unquote(address.path.removesuffix("/").rpartition("/")[2])
    return (last or address.hostname or "")[:LABEL_LENGTH]


def _unquote(part: str) -> str:
    """The words that a part of an address means; no database keeps the NUL that `%00` does."""
    return CONTROLS.sub("", unquote(part)).strip()


def _find(session: Session, issue_id: IssueId, url: str) -> ExternalIssue | None:
    return session.scalars(
        select(ExternalIssue).where(ExternalIssue.issue_id == issue_id, ExternalIssue.url == url)
    ).one_or_none()


def _told(external: ExternalIssue) -> dict[str, object]:
    return {"url": external.url, "provider": external.provider, "label": external.label}
