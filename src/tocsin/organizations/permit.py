"""Who acts, from where, and the proof that they may: `Actor`, `Source`, `Verb`, `Scope` and `Permit`."""

from dataclasses import dataclass
from enum import StrEnum

from tocsin.kernel.ids import IntegrationId, OrganizationId, ProjectId, UserId


class Role(StrEnum):
    """A member's role in an organization, weakest first; nobody grants above their own."""

    MEMBER = "member"
    ADMIN = "admin"
    MANAGER = "manager"
    OWNER = "owner"

    @property
    def rank(self) -> int:
        """The role's place in the order of power; higher may more."""
        return list(Role).index(self)


class Verb(StrEnum):
    """What a person may be allowed to do; `members.authorize` owns the table of who may what."""

    SEE = "see"
    COMMENT = "comment"
    TRIAGE = "triage"
    ASSIGN = "assign"
    MODERATE = "moderate"
    """Change or remove what others said."""
    DELETE_ISSUES = "delete_issues"
    EDIT_RULES = "edit_rules"
    EDIT_PROJECTS = "edit_projects"
    EDIT_TEAMS = "edit_teams"
    SHARE_VIEWS = "share_views"
    EDIT_MEMBERS = "edit_members"
    EDIT_WORKSPACES = "edit_workspaces"
    SEE_AUDIT = "see_audit"
    UNLINK_OTHERS = "unlink_others"
    EDIT_ORGANIZATION = "edit_organization"
    EDIT_SECRETS = "edit_secrets"
    DELETE = "delete"


class Via(StrEnum):
    """The door through which somebody came."""

    PAGE = "page"
    CLI = "cli"
    SLACK = "slack"
    INGEST = "ingest"
    TIMER = "timer"


@dataclass(frozen=True, slots=True)
class Source:
    """Where an act came from; Slack's ids only when it came from there."""

    via: Via
    integration_id: IntegrationId | None = None
    slack_user_id: str | None = None
    channel: str | None = None
    ts: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """A person who acts (`user_id`), or the system itself with the reason why."""

    user_id: UserId | None
    label: str
    """A person's name, or the system's reason, as history keeps it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is acted upon: an organization, or one project of it."""

    organization_id: OrganizationId
    project_id: ProjectId | None = None


@dataclass(frozen=True, slots=True)
class Permit:
    """Proof that `actor` may do `verb` in `scope`; only `members.authorize` and `Permit.system` make one."""

    actor: Actor
    verb: Verb | None
    """`None` only for the system, which is bound by its code and not by a role."""
    scope: Scope
    source: Source

    @classmethod
    def system(cls, reason: str, scope: Scope, via: Via) -> "Permit":
        """The permit of a timer or of ingest; `reason` is what history says instead of a name."""
        return cls(Actor(None, reason), None, scope, Source(via))
