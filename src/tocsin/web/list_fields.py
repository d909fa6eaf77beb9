"""The fields above the list of issues: what each offers to choose, and what it shows of the query."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.issues.models import IssuePriority
from tocsin.issues.search_fields import LEVELS
from tocsin.issues.search_query import Term, words_for
from tocsin.kernel.ids import ProjectId
from tocsin.organizations.models import Environment, Project, Release
from tocsin.web.list_query import FORM_FIELDS, TABS, field_of

ENVIRONMENTS_OFFERED = 50
RELEASES_OFFERED = 50
"""Versions that the field completes; any other can be typed."""
RELEASES_READ = 200
"""Of the last heard of: several projects may have the same version."""
WITHIN = {">-1h": "Within an hour", ">-24h": "Within 24 hours", ">-7d": "Within 7 days", ">-30d": "Within 30 days"}
STATES = {
    "unresolved": "Unresolved",
    "new": "New",
    "ongoing": "Ongoing",
    "regressed": "Regressed",
    "escalating": "Escalating",
    "resolved": "Resolved",
    "archived": "Archived",
}

Group = tuple[str, Sequence[tuple[str, str]]]
"""Options under a heading, each as what stands behind the colon and what a person reads."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A field to choose from a list; `parameter` is its name in the address."""

    parameter: str
    label: str
    unset: str
    """What it says while the search does not speak of it."""
    groups: Sequence[Group]
    """The heading of the first one is empty."""
    chosen: str
    """What the search says of it; offered as it was typed where it is none of the options."""

    @property
    def is_offered(self) -> bool:
        """Whether what is chosen is one of the options, or nothing."""
        return not self.chosen or any(self.chosen == words for _, options in self.groups for words, _ in options)


@dataclass(frozen=True, slots=True)
class Fields:
    """The form: what stands in line with the search, what is folded away, and the field in which a release is typed."""

    in_line: Sequence[Choice]
    folded: Sequence[Choice]
    release: str
    releases: Sequence[str]
    """Versions to complete, as they are typed."""

    @property
    def folded_in_use(self) -> int:
        """How many of what is folded away narrow the list; a state that a tab shows anyway is not counted."""
        chosen = [choice.chosen for choice in self.folded if choice.chosen and choice.chosen not in TABS]
        return len(chosen) + bool(self.release)


def fields_of(
    session: Session,
    terms: Sequence[Term],
    projects: Sequence[Project],
    *,
    teams: Sequence[str],
    people: Sequence[tuple[str, str]],
) -> Fields:
    """The form for what is searched among `projects`, with the slugs of `teams` and each of `people` as (e-mail, name).

    Environments and releases are those of the project that is searched, of all where none or several are.
    """
    says = {parameter: field_of(terms, field) for parameter, field in FORM_FIELDS.items()}
    chosen = [project.id for project in projects if project.slug == says["project"]]
    looked_at = chosen or [project.id for project in projects]
    every_project = [(project.slug, project.slug) for project in projects]
    return Fields(
        in_line=(
            Choice("project", "Project", "All projects", [("", every_project)], says["project"]),
            _of_texts(says, "environment", "All environments", _environments(session, looked_at)),
        ),
        folded=(
            Choice("state", "Status", "Any status", [("", tuple(STATES.items()))], says["state"]),
            _of_texts(says, "level", "Any level", LEVELS),
            Choice("assigned", "Assigned to", "Anybody", _assignees(teams, people), says["assigned"]),
            _of_texts(says, "priority", "Any priority", list(IssuePriority)),
            Choice("first_seen", "First seen", "At any time", [("", tuple(WITHIN.items()))], says["first_seen"]),
            Choice("seen", "Last seen", "At any time", [("", tuple(WITHIN.items()))], says["seen"]),
        ),
        release=says["release"],
        releases=("latest", *(words_for(version) for version in _releases(session, looked_at))),
    )


def _of_texts(says: dict[str, str], parameter: str, unset: str, texts: Sequence[str]) -> Choice:
    options = [(words_for(text), text) for text in texts]
    return Choice(parameter, parameter.capitalize(), unset, [("", options)], says[parameter])


def _assignees(teams: Sequence[str], people: Sequence[tuple[str, str]]) -> list[Group]:
    return [
        ("", [("me", "Me"), ("my-teams", "My teams"), ("none", "Nobody")]),
        ("Teams", [(f"#{slug}", f"#{slug}") for slug in teams]),
        ("People", [(words_for(email), name or email) for email, name in people]),
    ]


def _environments(session: Session, project_ids: Sequence[ProjectId]) -> Sequence[str]:
    names = select(Environment.name).where(Environment.project_id.in_(project_ids)).distinct()
    return session.scalars(names.order_by(Environment.name).limit(ENVIRONMENTS_OFFERED)).all()


def _releases(session: Session, project_ids: Sequence[ProjectId]) -> list[str]:
    """The versions that were heard of last."""
    versions = select(Release.version).where(Release.project_id.in_(project_ids)).order_by(Release.id.desc())
    return list(dict.fromkeys(session.scalars(versions.limit(RELEASES_READ))))[:RELEASES_OFFERED]
